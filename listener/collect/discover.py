"""Finds the feeds of a site, and shows what they hold."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from listener.analysis.html import announced_feeds
from listener.collect.feed import ACCEPT
from listener.collect.feed_document import page_of, read_document
from listener.collect.feed_entries import Document
from listener.errors import ParseError, SourceError
from listener.fetch import Fetcher, Response

WELL_KNOWN = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
_TITLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that was tried and can be read.

    url     the address to configure: where permanent redirects lead
    newest  date of its newest entry, None when it gives none
    titles  of its first three entries
    """

    url: str
    title: str | None
    format: str
    entries: int
    newest: datetime | None
    titles: tuple[str, ...]


async def discover(fetcher: Fetcher, url: str, *, private: bool = False) -> tuple[Found, ...]:
    """Return the URL itself when it is a feed, else the feeds its page announces and that work.

    When none does, well-known paths of the site are tried. Raises SourceError when the URL itself
    cannot be read; what is wrong with a feed that was only announced is left out.
    """
    response = await fetcher.get(url, headers={"Accept": ACCEPT}, private=private)
    try:
        return (await _found(url, response),)
    except ParseError:
        announced = announced_feeds(page_of(response.body), response.url)
    found = await _try(fetcher, [address for address, _ in announced], private=private)
    guesses = [urljoin(response.url, path) for path in WELL_KNOWN]
    return found or (await _try(fetcher, guesses, private=private))[:1]


async def _try(fetcher: Fetcher, urls: list[str], *, private: bool) -> tuple[Found, ...]:
    """Read all; return those that are feeds, each once."""
    tried = await asyncio.gather(*(_attempt(fetcher, url, private=private) for url in urls))
    return tuple({found.url: found for found in tried if found}.values())


async def _attempt(fetcher: Fetcher, url: str, *, private: bool) -> Found | None:
    try:
        response = await fetcher.get(url, headers={"Accept": ACCEPT}, private=private)
        return await _found(url, response)
    except SourceError:
        return None


async def _found(url: str, response: Response) -> Found:
    document = await asyncio.to_thread(
        read_document,
        response.body,
        media_type=response.headers.get("content-type", ""),
        url=response.url,
    )
    return Found(
        url=response.moved or url,
        title=document.title,
        format=document.format,
        entries=len(document.entries),
        newest=_newest(document),
        titles=tuple(entry.title for entry in document.entries if entry.title)[:_TITLES],
    )


def _newest(document: Document) -> datetime | None:
    return max((e.published for e in document.entries if e.published), default=None)
