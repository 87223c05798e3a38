"""Articles of the web, fetched as politely as their sites ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from listener.analysis.urls import is_identity
from listener.collect.article import Article, read_article
from listener.collect.robots import Robots
from listener.collect.tools import Tools
from listener.errors import ParseError
from listener.fetch import Response, shown

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


class Articles:
    """Reads what a source links to.

    home     address of the source: when it may be private, so may what lies on the same host
    """

    def __init__(self, tools: Tools, home: str, *, private: bool) -> None:
        self._fetcher = tools.fetcher
        self._clock = tools.clock
        self._robots = Robots(tools.fetcher, tools.clock)
        self._private = _host(home) if private else None

    async def read(self, url: str) -> tuple[Article, str]:
        """Return an article and the address it has in the end; raises SourceError."""
        response = await self.get(url, {"Accept": ACCEPT})
        if is_identity(url) and _elsewhere(response.url):
            raise ParseError(f"could not read {shown(url)}: it leads to no article")
        return await self.article(response), response.url

    async def article(self, response: Response, *, whole: bool = False) -> Article:
        """Read an answer; raises ParseError."""
        try:
            return await asyncio.to_thread(
                read_article,
                response.body,
                url=response.url,
                media_type=response.headers.get("content-type", ""),
                now=self._clock.now(),
                whole=whole,
            )
        except ParseError as exc:
            raise ParseError(f"could not read {shown(response.url)}: {exc}") from exc

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """Ask, unless the site's robots.txt asks not to; raises SourceError."""
        private = _host(url) == self._private
        pace = await self._robots.check(url, private=private)
        return await self._fetcher.get(url, headers=headers, private=private, budget=pace)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def _elsewhere(url: str) -> bool:
    """Tell whether an article's address led to a home page, or to who asks for consent first."""
    host = urlsplit(url).hostname or ""
    return host.startswith(("consent.", "login.", "accounts.")) or not is_identity(url)
