"""Hacker News, by the full-text search that Algolia runs over its stories and comments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from listener.analysis.match import Matcher
from listener.analysis.pushdown import Dialect
from listener.analysis.query import Node, parse
from listener.collect.asking import Words, searches
from listener.collect.hackernews_again import look_again
from listener.collect.hackernews_posts import read_page
from listener.collect.tools import Tools
from listener.collect.walk import Page, Reach, Walk
from listener.errors import FetchError, ParseError
from listener.fetch import Budget, Response, shown
from listener.model import Batch, Post, Second

BUDGET = Budget(name="Hacker News Search", requests=9_500, per=timedelta(hours=1))  # of 10,000
# Authors may edit for two hours. After a failure of theirs the index was filled days later (August
# 2025): what the first page can hold of that costs nothing.
REACH = Reach(page=100, hits=1000, overlap=timedelta(hours=2), late=timedelta(days=3))
# A question is one phrase: of words that must all be there, the most telling is asked for.
DIALECT = Dialect(phrase=str, word=str, either=None, both=None, longest=200)
_TAGS = {"stories": "story,poll,job", "comments": "comment"}


class HackerNews:
    """Stories, polls, jobs and comments that say one of the words or phrases.

    The cursor holds a `Walk` for each query and what was looked for with it: a new query, or one
    that is to find comments too, starts with a first pass of its own.
    """

    class Options(BaseModel):
        """What a source of kind `hackernews` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        queries: tuple[Annotated[Words, Field(max_length=200)], ...] = Field(
            (),
            description="Words or phrases to look for, each as it is written: whole words, in"
            " this order; case and accents do not count. Left out, what the brands' queries look"
            " for.",
        )
        what: tuple[Literal["stories", "comments"], ...] = Field(
            ("stories", "comments"),
            min_length=1,
            description="What to look in: stories (with polls and jobs), comments, or both.",
        )
        base_url: str = Field(
            "https://hn.algolia.com/api/v1",
            pattern="^https?://",
            description="Where the search is asked.",
        )
        items_url: str = Field(
            "https://hacker-news.firebaseio.com/v0",
            pattern="^https?://",
            description="Where it is asked whether what the search no longer has was deleted.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._fetcher = tools.fetcher
        self._clock = tools.clock
        self._tools = tools
        self._tags = ",".join(tag for what, tag in _TAGS.items() if what in options.what)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, newest first, each post once in a pass."""
        now = self._clock.now()
        queries = self._options.queries or searches((), self._tools, DIALECT)
        self._matcher = Matcher({query: _phrase(query) for query in queries})
        walks = {
            query: Walk.read(cursor.get(self._name(query), ""), now, REACH) for query in queries
        }
        told: set[str] = set()
        for query in walks:
            left = 1 if walks[query].until is None else 2  # what was cut short is ended first
            while left:
                page, walks[query] = await self._step(query, walks[query])
                left -= walks[query].until is None
                posts = tuple(post for post in page.posts if post.item not in told)
                told.update(post.item for post in posts)
                kept = {self._name(asked): walk.kept() for asked, walk in walks.items()}
                yield Batch(posts=posts, cursor=kept, skipped=page.skipped)

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        """Ask for fifty stories or comments at once, and for those that are missing one by one."""
        now = self._clock.now()
        async for second in look_again(self._search, self._item, posts, now):
            yield second

    async def _search(self, asked: Mapping[str, object]) -> Response:
        url = f"{self._options.base_url.rstrip('/')}/search?{urlencode(asked)}"
        return await self._get(url, BUDGET)

    async def _item(self, item: str) -> Response:
        return await self._get(f"{self._options.items_url.rstrip('/')}/item/{item}.json", None)

    async def _get(self, url: str, budget: Budget | None) -> Response:
        return await self._fetcher.get(
            url,
            headers={"Accept": "application/json"},
            private=self._options.private,
            budget=budget,
        )

    def _name(self, query: str) -> str:
        return f"{self._tags} {query}"

    async def _step(self, query: str, walk: Walk) -> tuple[Page, Walk]:
        """Ask for one page; return what is in it, and the walk after it."""
        url = self._url(query, walk)
        try:
            response = await self._get(url, BUDGET)
        except FetchError as exc:
            if exc.status != 400 or walk.page == 0:
                raise
            page = Page(refused="400")  # past the thousandth hit
            return page, walk.after(page, self._clock.now())
        answer = await asyncio.to_thread(response.json)
        try:
            page = await asyncio.to_thread(self._read, answer)
            return page, walk.after(page, self._clock.now())
        except ParseError as exc:
            raise ParseError(f"could not read {shown(url)}: {exc}") from exc

    def _url(self, query: str, walk: Walk) -> str:
        asked = {
            "query": f'"{query}"',
            "tags": f"({self._tags})",
            "typoTolerance": "false",
            "numericFilters": f"created_at_i>={walk.floor}{_up_to(walk)}",
            "hitsPerPage": REACH.page,
            "page": walk.page,
        }
        return f"{self._options.base_url.rstrip('/')}/search_by_date?{urlencode(asked)}"

    def _read(self, answer: object) -> Page:
        """Read a page, and keep what really says one of the words.

        The index also gives words that only begin alike, and what it takes for misspelt.
        """
        page = read_page(answer, self._clock.now())
        return replace(page, posts=tuple(post for post in page.posts if self._matcher.match(post)))


def _up_to(walk: Walk) -> str:
    return "" if walk.until is None else f",created_at_i<={walk.until}"


def _phrase(query: str) -> Node:
    """Return the query that finds these words in a post or as its author."""
    return parse(f'"{query}" OR author:"{query}"')
