"""What a page or a sitemap lists, newest first where it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from listener.clock import Clock
from listener.collect.articles import Articles
from listener.collect.feed_document import page_of
from listener.collect.ledger import MOST
from listener.collect.page_links import articles_among, links_of
from listener.collect.sitemap import Link, Sitemap, is_sitemap, read_sitemap
from listener.errors import ParseError, SourceError
from listener.fetch import Response, shown

_SITEMAPS = 10  # of an index, in one pass
_RECENT = timedelta(days=7)
_UNDATED = datetime.max.replace(tzinfo=UTC)  # perhaps new
_NO_LINKS = "no link on the page looks like an article: say with links which do"
_NESTED = "it lists lists of sitemaps: give the address of one of these"
_DEAD = (404, 410)
_NONE = Sitemap(index=False, links=(), broken=True)
_ACCEPT = {"Accept": "application/xml, text/xml;q=0.9, */*;q=0.5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is listed.

    skipped  sitemaps that are none, or ended before their end
    doubt    why there may be more
    whole    all of it stands in the answer: one that is unchanged lists nothing new
    """

    links: tuple[Link, ...]
    skipped: int = 0
    doubt: str | None = None
    whole: bool = True


class Listings:
    def __init__(self, articles: Articles, clock: Clock, patterns: Sequence[str]) -> None:
        self._articles = articles
        self._clock = clock
        self._patterns = patterns

    async def read(self, response: Response) -> Listing:
        """Return what is listed; raises SourceError when it cannot be told what is new."""
        if not response.body.strip():
            raise ParseError(f"could not read {shown(response.url)}: the answer is empty")
        if not is_sitemap(response.body):
            html = page_of(response.body)
            links = await asyncio.to_thread(links_of, html, response.url)
            chosen = await self._chosen(links, response.url)
            return Listing(links=chosen, doubt=None if chosen else _NO_LINKS)
        sitemaps = [await self._sitemap(response)]
        whole = True
        if sitemaps[0].index:
            recent = self._recent(sitemaps[0], response.url)
            whole = all(link.when is not None for link in recent)
            sitemaps = await self._children(recent)
            if sitemaps and all(one.index for one in sitemaps):
                return Listing(links=(), doubt=_NESTED)
        links = tuple(link for one in sitemaps if not one.index for link in one.links)
        chosen = await self._chosen(links, response.url, told=True)
        undated = sum(link.when is None for link in chosen)
        if undated > MOST:
            raise ParseError(
                f"could not read {shown(response.url)}: the sitemap lists {undated} pages without"
                " saying how old they are: which are new cannot be told"
            )
        ordered = sorted(chosen, key=lambda link: link.when or _UNDATED, reverse=True)
        skipped = sum(one.broken for one in sitemaps)
        return Listing(links=tuple(ordered), skipped=skipped, whole=whole and not skipped)

    async def _children(self, links: Sequence[Link]) -> list[Sitemap]:
        """Return the sitemaps of an index; raises SourceError when none of them is one.

        One that is gone, or no sitemap, does not keep the others from being read.
        """
        read: list[Sitemap] = []
        failed: SourceError | None = None
        for link in links:
            try:
                read.append(await self._sitemap(await self._articles.get(link.url, _ACCEPT)))
            except SourceError as exc:
                if not isinstance(exc, ParseError) and exc.status not in _DEAD:
                    raise
                failed = exc
                read.append(_NONE)
        if failed and all(one is _NONE for one in read):
            raise failed
        return read

    async def _chosen(
        self, links: Sequence[Link], url: str, *, told: bool = False
    ) -> tuple[Link, ...]:
        return await asyncio.to_thread(articles_among, links, url, self._patterns, told=told)

    async def _sitemap(self, response: Response) -> Sitemap:
        try:
            return await asyncio.to_thread(
                read_sitemap, response.body, url=response.url, now=self._clock.now()
            )
        except ParseError as exc:
            raise ParseError(f"could not read {shown(response.url)}: {exc}") from exc

    def _recent(self, index: Sitemap, url: str) -> list[Link]:
        """Return the sitemaps that changed within a week, or do not say when they did."""
        floor = self._clock.now() - _RECENT
        undated = [link for link in index.links if link.when is None]
        if len(undated) > _SITEMAPS:
            raise ParseError(
                f"could not read {shown(url)}: it lists {len(undated)} sitemaps without saying"
                " which changed: give the address of the one to read"
            )
        dated = [link for link in index.links if link.when is not None and link.when >= floor]
        dated.sort(key=lambda link: link.when or _UNDATED, reverse=True)
        return (undated + dated)[:_SITEMAPS]
