"""The REST API of a WordPress: where it is, what is asked of it, and what its refusals mean."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urljoin

from listener.analysis.urls import canonical
from listener.collect.fields import count, line
from listener.errors import AccessDenied, FetchError, ParseError, SourceError
from listener.fetch import Fetcher, Response, shown

_MARK = "https://api.w.org/"  # the relation by which every WordPress announces its API
_HEADER = re.compile(rf'<([^<>]{{1,2000}})>\s*;\s*rel="?{re.escape(_MARK)}"?')
_TAG = re.compile(r"<link\b[^<>]{1,2000}>", re.IGNORECASE)
_REL = re.compile(rf"""\brel\s*=\s*["']?{re.escape(_MARK)}["'\s>]""", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["']?([^"'\s<>]+)""", re.IGNORECASE)
_LONGEST = 1_000_000  # characters of a front page that are looked at
_NOWHERE = "not a WordPress, or its REST API is switched off"
_BEYOND = "invalid_page_number"  # rest_post_invalid_page_number

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """items  of one page; fewer than asked for where some are not shown to everybody
    pages  that there are in all; None when it does not say
    """

    items: list[object]
    pages: int | None


class Api:
    """Asks one site. `root` is where its API is, once it is known."""

    def __init__(self, url: str, fetcher: Fetcher, root: str | None, *, private: bool) -> None:
        self._home = url
        self._fetcher = fetcher
        self._private = private
        self._found = False
        self._known = root is not None
        self.root = root or f"{url.rstrip('/')}/wp-json/"

    async def ask(self, what: str, asked: Mapping[str, object]) -> Answer:
        """Return a page of "posts" or "comments"; looks for the API if it is not where it was."""
        try:
            return await self._ask(what, asked)
        except (FetchError, ParseError) as exc:
            elsewhere = isinstance(exc, ParseError) or exc.status == 404
            if self._found or not elsewhere:
                raise
            await self._find(exc)
        return await self._ask(what, asked)

    async def _ask(self, what: str, asked: Mapping[str, object]) -> Answer:
        url = self._address(f"wp/v2/{what}", asked)
        try:
            response = await self._get(url)
        except (AccessDenied, FetchError) as exc:
            return _refused(url, what, exc)
        answer = await asyncio.to_thread(_read, url, response)
        self._found = True
        return answer

    def _address(self, path: str, asked: Mapping[str, object]) -> str:
        """Return an address; a site without readable ones has the path in a parameter."""
        if "rest_route=" in self.root:
            return f"{self.root.rstrip('/')}/{quote(path)}&{urlencode(asked)}"
        return f"{self.root.rstrip('/')}/{path}?{urlencode(asked)}"

    async def _get(self, url: str) -> Response:
        accept = {"Accept": "application/json, text/html;q=0.5"}
        return await self._fetcher.get(url, headers=accept, private=self._private)

    async def _find(self, why: SourceError) -> None:
        """Look where the front page says that the API is."""
        self._found = True
        page = await self._get(self._home)
        text = page.body.decode("utf-8", "replace")
        link = announced(page.headers.get("link", ""), text)
        root = urljoin(page.url, link) if link else ""
        if not canonical(root) or root == self.root:
            if self._known:
                raise why  # it was there: what answers now may be a notice of maintenance
            missing = SourceError(f"could not read {shown(self._home)}: {_NOWHERE}")
            missing.needs_person = True
            raise missing from why
        self.root = root


def announced(header: str, page: str) -> str | None:
    """Return the address of the API, out of a `Link` header or of a page."""
    if found := _HEADER.search(header):
        return found[1]
    for tag in _TAG.findall(page[:_LONGEST]):
        if _REL.search(tag) and (href := _HREF.search(tag)):
            return html.unescape(href[1])
    return None


def _read(url: str, response: Response) -> Answer:
    items = response.json()
    if not isinstance(items, list):
        raise ParseError(f"could not read {shown(url)}: it is JSON, but no list of a WordPress")
    return Answer(items, count(response.headers.get("x-wp-totalpages")))


def _refused(url: str, what: str, refusal: AccessDenied | FetchError) -> Answer:
    """Raise what a refusal means, in the site's words; a page past the last one is none."""
    code, words = _problem(refusal.body)
    if _BEYOND in code:
        return Answer([], 0)
    if isinstance(refusal, AccessDenied) and words:
        denied = AccessDenied(f"could not read {shown(url)}: {words}")
        denied.status, denied.body = refusal.status, refusal.body
        raise denied from refusal
    if code == "rest_no_route":
        missing = SourceError(f"could not read {shown(url)}: its REST API gives no {what}")
        missing.needs_person = True
        raise missing from refusal
    raise refusal


def _problem(body: bytes) -> tuple[str, str | None]:
    """Return the code of a refusal, and its message in words."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return "", None
    if not isinstance(answer, dict):
        return "", None
    return str(answer.get("code", "")), line(answer.get("message"))
