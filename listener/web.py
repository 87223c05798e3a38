"""The daemon's small HTTP server, off unless [web] is configured: webhooks and its own health.

Nothing of a request is logged and nothing secret is answered. A body is looked at only when its
signature may be right, and believed only when it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import cast

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from listener.app import App
from listener.collect.pushed import origin, slug
from listener.collect.pushed_posts import Origin, items_of, read_post, unique
from listener.collect.webhook import HEADER, Webhook, doubt_of, is_signed
from listener.config.address import Address
from listener.config.shape import Source
from listener.config.shape import Web as Config
from listener.errors import ListenerError, ParseError, StoreError
from listener.model import Post

log = logging.getLogger(__name__)
_http = logging.getLogger(f"{__name__}.http")
_http.addFilter(lambda record: not _of_the_other_side(record))

LARGEST = 1_000_000  # bytes of a body
MOST_POSTS = 1_000  # of one request
MOST_PROBLEMS = 20  # that are told of one request
AT_ONCE = 32  # requests in hand
READING = 10  # seconds in which a body has to arrive
HEALTHY = 5  # seconds in which the store has to answer
FINISHING = 3  # seconds that requests in hand get when the daemon stops
_LINES = ("application/x-ndjson", "application/jsonl")
_TYPES = ("application/json", *_LINES)
_HINT = {404: "there is nothing here", 405: "this method is not known here"}


class Refused(Exception):
    """What is wrong with a request: a status, a sentence of ours, and what is wrong with posts."""

    def __init__(
        self,
        status: int,
        why: str,
        problems: list[dict[str, object]] | None = None,
        again: int | None = None,
    ) -> None:
        self.status, self.why, self.problems, self.again = status, why, problems, again
        super().__init__(why)

    def answer(self) -> web.Response:
        said: dict[str, object] = {"error": self.why}
        if self.problems:
            said["problems"] = self.problems[:MOST_PROBLEMS]
            said["more_problems"] = max(0, len(self.problems) - MOST_PROBLEMS)
        headers = {"Retry-After": str(self.again)} if self.again else None
        return web.json_response(said, status=self.status, headers=headers)


@contextlib.asynccontextmanager
async def serving(config: Config | None, app: Callable[[], App]) -> AsyncIterator[Address | None]:
    """Serve `app()`, which may be another after a reload; yield where, None without [web].

    Raises ListenerError when nothing can listen there. At the end, requests in hand are finished.
    """
    if config is None:
        yield None
        return
    listen = config.listen
    runner = web.AppRunner(
        Web(app).application(),
        handle_signals=False,
        access_log=None,
        logger=_http,
        auto_decompress=False,
        keepalive_timeout=15,
        shutdown_timeout=FINISHING,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, listen.host, listen.port).start()
        except OSError as exc:
            why = exc.strerror or str(exc)
            raise ListenerError(f"[web] cannot listen on {listen}: {why}") from exc
        address = Address(listen.host, runner.addresses[0][1])
        log.info("webhooks are taken at http://%s/hooks/", address)
        yield address
    finally:
        await runner.cleanup()


class Web:
    """POST /hooks/NAME and GET /health; everything else is refused."""

    def __init__(self, app: Callable[[], App]) -> None:
        self._app = app
        self._in_hand = 0

    def application(self) -> web.Application:
        made = web.Application(client_max_size=LARGEST, middlewares=[_speaks_json])
        made.router.add_post("/hooks/{name}", self._take)
        made.router.add_get("/health", self._health)
        return made

    async def _health(self, _request: web.Request) -> web.Response:
        """That this is answered at all says that the loop turns."""
        try:
            async with asyncio.timeout(HEALTHY):
                await asyncio.to_thread(self._app().store.rows, "SELECT 1")
        except (StoreError, TimeoutError) as exc:
            raise Refused(503, "the store does not answer") from exc
        return web.json_response({"health": "well"})

    async def _take(self, request: web.Request) -> web.Response:
        app = self._app()
        source = _source(app, request.match_info["name"])
        options = cast("Webhook.Options", app.config.source_options[source.name])
        with self._place(), _told(source):
            secret = options.secret.get_secret_value()
            body = await _believed(request, secret, app)
            made = origin(source.name, options, app.clock.now())
            posts = _posts(body, request.content_type in _LINES, made)
            try:
                stored = await app.pipeline.receive(source, posts)
            except StoreError as exc:
                log.error("what was pushed to %s could not be stored: %s", source.name, exc)
                raise Refused(503, "the store cannot be written", again=30) from exc
        return web.json_response({"stored": stored.fresh, "mentions": stored.mentions}, status=202)

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """Take one of the places for requests in hand: bodies lie in memory."""
        if self._in_hand >= AT_ONCE:
            raise Refused(429, "too many requests at once", again=1)
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1


def _source(app: App, name: str) -> Source:
    for source in app.config.tables.sources:
        if source.kind == "webhook" and slug(source.name) == name:
            return source
    raise Refused(404, "there is no webhook of this name")


@contextlib.contextmanager
def _told(source: Source) -> Iterator[None]:
    try:
        yield
    except Refused as exc:
        log.warning("refused what was pushed to %s: %d, %s", source.name, exc.status, exc.why)
        raise


async def _believed(request: web.Request, secret: str, app: App) -> bytes:
    """Return the body of a request that is signed; raise Refused."""
    if request.content_type not in _TYPES:
        raise Refused(415, f"send one of: {', '.join(_TYPES)}")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refused(415, "send it without a Content-Encoding")
    header = request.headers.get(HEADER, "")
    if doubt := doubt_of(header, app.clock.now()):
        raise Refused(401, doubt)
    body = await _body(request)
    if not is_signed(header, secret, body):
        raise Refused(401, f"{HEADER} does not fit the body and the secret")
    return body


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(READING):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as exc:
        raise Refused(413, f"send at most {LARGEST:,} bytes at once") from exc
    except TimeoutError as exc:
        raise Refused(408, f"the body did not arrive within {READING} seconds") from exc
    except (ConnectionError, ClientPayloadError, HttpProcessingError) as exc:
        raise Refused(400, "the body broke off") from exc


def _posts(body: bytes, lines: bool, made: Origin) -> tuple[Post, ...]:
    """Return the posts of a body; with one that is wrong, none is taken."""
    try:
        items = items_of(body, lines=lines)
    except ParseError as exc:
        raise Refused(400, "the body cannot be read", [{"why": str(exc)}]) from exc
    if len(items) > MOST_POSTS:
        raise Refused(413, f"send at most {MOST_POSTS} posts at once")
    posts: list[Post] = []
    problems: list[dict[str, object]] = []
    for index, item in enumerate(items):
        found = read_post(item, made)
        if isinstance(found, Post):
            posts.append(found)
        else:
            problems += ({"index": index, "field": p.field, "why": p.why} for p in found)
    if problems:
        raise Refused(400, "nothing was stored: some posts are wrong", problems)
    return unique(posts)


@web.middleware
async def _speaks_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        answer = await handler(request)
    except Refused as exc:
        answer = exc.answer()
    except web.HTTPException as exc:
        answer = Refused(exc.status, _HINT.get(exc.status, exc.reason)).answer()
    answer.headers["Server"] = "listener"
    return answer


def _of_the_other_side(record: logging.LogRecord) -> bool:
    """Tell whether a log record is about bytes that are no HTTP: their own would be logged."""
    return bool(record.exc_info) and isinstance(record.exc_info[1], HttpProcessingError)  # type: ignore[index]
