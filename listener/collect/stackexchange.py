"""Questions, answers and comments on Stack Overflow and the other sites of Stack Exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from listener.analysis.pushdown import Dialect
from listener.collect.asking import Words, searches
from listener.collect.feed_posts import digest
from listener.collect.stackexchange_api import Api, Refused
from listener.collect.stackexchange_posts import Found, Site, read_hit
from listener.collect.stackexchange_whole import AT_ONCE, again, whole
from listener.collect.tools import Tools
from listener.collect.walk import Page, Reach, Walk
from listener.errors import ParseError, QuotaSpent
from listener.fetch import shown
from listener.model import Batch, Post, Second

# What is found is not read again by the walk: the overlap is for what the index shows late.
# Without a key, pages past the 25th are refused.
REACH = Reach(page=100, hits=2500, overlap=timedelta(hours=2), late=timedelta(days=3))
# What `q` does with several words is not documented: each phrase is asked for by itself.
DIALECT = Dialect(either=None, both=None, longest=200, folds=False)
_REMEMBERED = 100  # posts found, of all sites together


class StackExchange:
    """Questions and answers that say what is looked for, and comments below them.

    The cursor holds for each site a `Walk` for each search and one for comments, and the numbers of
    the posts found last: what they say is not asked for again, comments are read below them.
    """

    class Options(BaseModel):
        """What a source of kind `stackexchange` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        sites: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]{2,60}$")], ...] = Field(
            ("stackoverflow",),
            min_length=1,
            max_length=10,
            description='Sites to search, as their addresses begin: "stackoverflow", "superuser",'
            ' "unix", "pt.stackoverflow".',
        )
        queries: tuple[Annotated[Words, Field(max_length=150)], ...] = Field(
            (),
            description="Words or phrases to search for; what the brands look for, if left out.",
        )
        comments: bool = Field(
            False,
            description="Read the comments below the hundred posts found last, too: a request more"
            " for each site and pass.",
        )
        key: SecretStr | None = Field(
            None,
            description="Key of an app, for 10,000 requests a day instead of 300: env:NAME or"
            " file:PATH",
        )
        base_url: str = Field(
            "https://api.stackexchange.com/2.3",
            pattern="^https?://",
            description="Where the API is asked.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._tools = tools
        self._api = Api(options.base_url, options.key, tools, private=options.private)
        self._searches: tuple[str, ...] = ()

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, newest first. A site that is refused stops no other."""
        options = self._options
        self._searches = self._searches or searches(options.queries, self._tools, DIALECT)
        self._api.begin()
        kept = self._known(cursor)
        refused: Refused | None = None
        for site in options.sites:
            try:
                async for batch in self._site(site, kept):
                    yield batch
            except Refused as exc:
                refused = refused or exc
        if refused:
            raise refused

    async def _site(self, site: str, kept: dict[str, str]) -> AsyncIterator[Batch]:
        for search in self._searches:
            async for batch in self._searched(site, search, kept):
                yield batch
        if self._options.comments:
            async for batch in self._commented(site, kept):
                yield batch

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        """Ask for a hundred posts at once; those that are missing in the answer were deleted."""
        now = self._tools.clock.now()
        if not self._api.spares(now):
            raise QuotaSpent("what is left of today's quota is kept for new posts", None)
        async for second in again(self._api, posts, now):
            yield second

    def _known(self, cursor: Mapping[str, str]) -> dict[str, str]:
        names = {_found(site) for site in self._options.sites}
        names |= {_walk(site, search) for site in self._options.sites for search in self._asked}
        return {name: value for name, value in cursor.items() if name in names}

    @property
    def _asked(self) -> tuple[str, ...]:
        return (*self._searches, *((self._below,) if self._options.comments else ()))

    @property
    def _below(self) -> str:
        """Return what the walk through comments is for: other searches find other posts."""
        return "\n".join(("comments", *sorted(self._searches)))

    async def _searched(self, site: str, search: str, kept: dict[str, str]) -> AsyncIterator[Batch]:
        name, now = _walk(site, search), self._tools.clock.now()
        walk = Walk.read(kept.get(name, ""), now, REACH)
        left = 1 if walk.until is None else 2  # what was cut short is ended first
        while left:
            asked = {"q": search, **_span(walk), "site": site}
            raw, more = await self._api.items("search/excerpts", asked)
            hits = [read_hit(one, now) for one in raw]
            found = list(dict.fromkeys(hit.found for hit in hits if hit))
            times = [hit.at for hit in hits if hit and hit.at is not None]
            new = self._new(found, site, kept)
            posts, skipped = await whole(self._api, site, new, now)
            page = _page(posts, len(raw), skipped + hits.count(None), _upto(walk, times), more)
            walk = self._on(walk, page)
            left -= walk.until is None
            there = {post.item for post in posts}
            given = [one for one in new if f"{site}:{one.kind}{one.id}" in there]
            kept |= {name: walk.kept(), _found(site): self._remembered(given, site, kept)}
            yield self._batch(page, kept)

    async def _commented(self, site: str, kept: dict[str, str]) -> AsyncIterator[Batch]:
        """Read comments below what was found last, newest first."""
        under = _numbers(kept.get(_found(site), ""))[:AT_ONCE]
        name, now = _walk(site, self._below), self._tools.clock.now()
        walk = Walk.read(kept.get(name, ""), now, REACH)
        left = (1 if walk.until is None else 2) if under else 0
        while left:
            path = f"posts/{';'.join(found.id for found in under)}/comments"
            raw, more = await self._api.items(path, {**_span(walk), "site": site})
            posts, skipped = await asyncio.to_thread(Site(site).comments, raw, under, now)
            times = [int(post.published.timestamp()) for post in posts if post.published]
            page = _page(posts, len(raw), skipped, _upto(walk, times), more)
            walk = self._on(walk, page)
            left -= walk.until is None
            kept |= {name: walk.kept()}
            yield self._batch(page, kept)

    def _on(self, walk: Walk, page: Page) -> Walk:
        try:
            return walk.after(page, self._tools.clock.now())
        except ParseError as exc:
            raise ParseError(f"could not read {shown(self._options.base_url)}: {exc}") from exc

    def _batch(self, page: Page, kept: Mapping[str, str]) -> Batch:
        wait = self._api.wait(self._tools.clock.now())
        return Batch(posts=page.posts, cursor=dict(kept), skipped=page.skipped, wait=wait)

    def _new(self, found: Iterable[Found], site: str, kept: Mapping[str, str]) -> list[Found]:
        known = set(_numbers(kept.get(_found(site), "")))
        return [one for one in found if one not in known]

    def _remembered(self, given: Sequence[Found], site: str, kept: Mapping[str, str]) -> str:
        """Return the numbers of posts given, the last first, as many as a cursor may hold."""
        before = _numbers(kept.get(_found(site), ""))
        most = max(10, _REMEMBERED // len(self._options.sites))
        return " ".join(map(str, [*given, *before][:most]))


def _walk(site: str, search: str) -> str:
    return f"{site} {digest(search)[:10]}"


def _found(site: str) -> str:
    return f"{site} found"


def _numbers(text: str) -> list[Found]:
    return [found for word in text.split() if (found := Found.read(word))]


def _span(walk: Walk) -> dict[str, object]:
    """Return what to ask for. Whether `todate` itself is given is not documented."""
    up_to = {} if walk.until is None else {"todate": walk.until + 1}
    return {
        "sort": "creation",
        "order": "desc",
        "fromdate": walk.floor,
        **up_to,
        "pagesize": REACH.page,
        "page": walk.page + 1,
    }


def _upto(walk: Walk, times: Sequence[int]) -> list[int]:
    """Return the times of hits; those after what was wanted count as of its last second."""
    return [time if walk.until is None else min(time, walk.until) for time in times]


def _page(
    posts: tuple[Post, ...], size: int, skipped: int, times: Sequence[int], more: bool
) -> Page:
    return Page(
        posts=posts,
        size=size,
        skipped=skipped,
        oldest=min(times, default=None),
        newest=max(times, default=None),
        last=not more,
    )
