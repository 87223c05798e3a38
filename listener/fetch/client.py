"""A GET, and a POST of JSON, that are careful about what comes back."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from listener import __version__
from listener.clock import Clock
from listener.errors import FetchError, ParseError, RateLimited
from listener.fetch.answers import check, said_of_limits, translated
from listener.fetch.decoding import ACCEPTED, Body, Undecodable, too_large
from listener.fetch.guard import Backend, Resolver
from listener.fetch.limits import Limit
from listener.fetch.names import shown
from listener.fetch.pacing import Budget, Memory, Pacing
from listener.fetch.transport import Direct, proxies

MAX_REDIRECTS = 5
PERMANENT = (301, 308)
TEMPORARY = (302, 303, 307)
_REFUSAL = 65_536  # bytes of a refusal that are read,
_EXPLAINING = 5  # seconds for them
_HARMLESS = ("accept", "accept-language", "if-none-match", "if-modified-since")

# httpx logs every URL, httpcore every header: both hold secrets.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a server answered.

    url     where it came from in the end, without user and password
    status  200, or 304 when the request was conditional
    body    decoded; empty for 304
    moved   where permanent redirects lead, to be asked next time; None when any hop was temporary
    """

    url: str
    status: int
    headers: Mapping[str, str]  # case-insensitive
    body: bytes
    moved: str | None = None

    def __repr__(self) -> str:
        return f"Response({shown(self.url)} {self.status}, {len(self.body)} bytes)"

    def json(self) -> object:
        """Return the body read as JSON, a broken letter as U+FFFD; raises ParseError."""
        try:
            return json.loads(self.body.decode(json.detect_encoding(self.body), "replace"))
        except (ValueError, RecursionError) as exc:
            raise ParseError(f"could not read {shown(self.url)}: not JSON") from exc


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def of(self, url: httpx.URL, moved: str | None = None) -> Response:
        told = str(url.copy_with(userinfo=b"") if url.userinfo else url)
        return Response(
            url=told, status=self.status, headers=self.headers, body=self.body, moved=moved
        )


class Fetcher:
    """Reads URLs, politely and within limits. One per process; close it, or use `async with`.

    contact        how a site reaches the operator; goes into the User-Agent
    allow_private  hosts that may be private whatever the call says
    max_bytes      of a decoded body
    timeout        seconds for one `get` with all its redirects, waiting for a turn not counted
    memory         of what was asked by processes before this one
    """

    def __init__(
        self,
        *,
        contact: str | None,
        clock: Clock,
        allow_private: Collection[str] = (),
        max_bytes: int = 10_000_000,
        timeout: float = 30,
        memory: Memory | None = None,
    ) -> None:
        self.pacing = Pacing(clock, memory)
        self._clock = clock
        self._allow_private = frozenset(allow_private)
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._agent = _agent(contact)
        self._resolver = Resolver()
        self._tls = httpx.create_ssl_context()
        # Two pools: a connection made for a private source never serves another.
        self._clients = {private: self._client(private=private) for private in (False, True)}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def waiting(self) -> Collection[asyncio.Task[object] | None]:
        """Return the tasks that wait until their account may ask again."""
        return self.pacing.waiting

    @property
    def stopping(self) -> asyncio.Event:
        """Set when the program ends: who waits for anything here gives up at once."""
        return self.pacing.stopping

    async def aclose(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()
        self._resolver.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        private: bool = False,
        budget: Budget | None = None,
    ) -> Response:
        """Read a URL, following at most five redirects, each checked like the first.

        private  allow addresses of this machine and network
        budget   of the account in whose name is asked; the limits of answers are then its own
        Raises RateLimited, QuotaSpent, Gone, AccessDenied, and FetchError for all else that goes
        wrong; each with the `status` and the beginning of the `body` of the answer.
        """
        here = start = _parse(url)
        left, moved = self._timeout, True
        for _ in range(MAX_REDIRECTS + 1):
            sent = _sendable(headers, start, here)
            answer = await self._hop(here, sent, left, private=private, budget=budget)
            left -= answer.seconds
            if answer.status not in PERMANENT + TEMPORARY:
                known = moved and here != start and not start.userinfo
                return answer.of(here, str(here) if known else None)
            moved = moved and answer.status in PERMANENT
            here = _next(here, answer.headers.get("location", ""))
        raise FetchError(f"could not read {shown(url)}: more than {MAX_REDIRECTS} redirects")

    async def post(
        self,
        url: str,
        asked: object,
        *,
        headers: Mapping[str, str] | None = None,
        private: bool = False,
        budget: Budget | None = None,
    ) -> Response:
        """Ask a question that does not fit a URL, as JSON, and read the answer as `get` does.

        No redirect is followed: what is asked goes to nobody else.
        """
        here = _parse(url)
        sent = {"Content-Type": "application/json", **(headers or {})}
        body = json.dumps(asked).encode()
        answer = await self._hop(
            here, sent, self._timeout, private=private, budget=budget, content=body
        )
        if answer.status != 200:
            raise FetchError(f"could not read {shown(url)}: it redirects", answer.status)
        return answer.of(here)

    def heed(self, url: str, budget: Budget | None, limit: Limit, *, refused: bool = False) -> None:
        """Take to heart what the body of an answer of `url` said of our limits.

        refused  the answer was a refusal, whatever its status says
        """
        self.pacing.heed(_origin(_parse(url))[1], budget, limit, refused=refused)

    async def _hop(
        self,
        url: httpx.URL,
        headers: Mapping[str, str],
        left: float,
        *,
        private: bool,
        budget: Budget | None,
        content: bytes | None = None,
    ) -> _Answer:
        """Ask once, when it is the host's turn; a POST if there is something to send."""
        host, loop = _origin(url)[1], asyncio.get_running_loop()
        client = self._clients[private or url.host in self._allow_private]
        async with self.pacing.turn(host, budget):
            begun = loop.time()
            with translated(str(url), self._timeout):
                async with asyncio.timeout(left):
                    status, got, body = await self._exchange(client, url, headers, content)
        try:
            limit = check(str(url), status, got, body, self._clock.now())
        except RateLimited:
            said = said_of_limits(got, body, self._clock.now())
            self.pacing.heed(host, budget, said, refused=True)
            raise
        self.pacing.heed(host, budget, limit)
        return _Answer(status, got, body, loop.time() - begun)

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        url: httpx.URL,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> tuple[int, httpx.Headers, bytes]:
        method = "GET" if content is None else "POST"
        async with client.stream(method, url, headers=headers, content=content) as answer:
            if answer.status_code not in (200, 304):
                return answer.status_code, answer.headers, await _beginning(answer)
            if int(answer.headers.get("content-length", "0")) > self._max_bytes:
                raise too_large(self._max_bytes)
            body = Body(answer.headers.get("content-encoding", ""), self._max_bytes)
            async for piece in answer.aiter_raw():
                body.add(piece)
            return answer.status_code, answer.headers, body.whole()

    def _client(self, *, private: bool) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=Direct(Backend(self._resolver, private=private), self._tls),
            mounts=proxies(self._tls),
            headers={"User-Agent": self._agent, "Accept-Encoding": ACCEPTED},
            timeout=None,  # the deadline of `_hop` covers every step  # noqa: S113
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )


async def _beginning(answer: httpx.Response) -> bytes:
    """Return how a refusal begins: platforms explain themselves there. None of it is vital."""
    try:
        body = Body(answer.headers.get("content-encoding", ""), _REFUSAL)
        async with asyncio.timeout(_EXPLAINING):
            async for piece in answer.aiter_raw():
                body.add(piece)
        return body.whole()
    except (TimeoutError, httpx.HTTPError, Undecodable):
        return b""


def _agent(contact: str | None) -> str:
    """Return the User-Agent: who asks, and where to complain."""
    said = re.sub(r"[^!-~]+", "", contact or "")
    return f"listener/{__version__} (+{said})" if said else f"listener/{__version__}"


def _parse(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
        fine = parsed.host and (parsed.port or 80) < 65536  # names in Punycode are read only here
    except (httpx.InvalidURL, ValueError) as exc:
        raise FetchError(f"could not read {shown(url)}: not a URL") from exc
    if parsed.scheme not in ("http", "https") or not fine:
        raise FetchError(f"could not read {shown(url)}: not an http or https address")
    return parsed.copy_with(fragment=None) if "#" in url else parsed  # each copy is parsed anew


def _next(here: httpx.URL, location: str) -> httpx.URL:
    if not location:
        raise FetchError(f"could not read {shown(str(here))}: redirected to nowhere")
    try:
        return _parse(str(here.join(location)))
    except (httpx.InvalidURL, ValueError) as exc:
        raise FetchError(f"could not read {shown(str(here))}: redirected to no URL") from exc


def _origin(url: httpx.URL) -> tuple[str, str]:
    """Return scheme, and host with the port when it is not the usual one."""
    return url.scheme, url.host if url.port is None else f"{url.host}:{url.port}"


def _sendable(
    headers: Mapping[str, str] | None, start: httpx.URL, here: httpx.URL
) -> dict[str, str]:
    """Return the caller's headers; another origin gets only those that cannot be credentials."""
    sent = dict(headers or {})
    upgraded = (start.scheme, here.scheme) == ("http", "https") and start.host == here.host
    if _origin(start) == _origin(here) or upgraded:
        return sent
    return {name: value for name, value in sent.items() if name.lower() in _HARMLESS}
