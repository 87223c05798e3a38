"""Sites that run WordPress, by the REST API that every one of them has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from listener.collect.fields import moment
from listener.collect.tools import Tools
from listener.collect.walk import Page, Reach, Walk
from listener.collect.wordpress_api import Answer, Api
from listener.collect.wordpress_posts import EMBEDDED, FIELDS, Site, What, site_name
from listener.errors import ParseError
from listener.model import Batch, Post, PostKind, Second

_PAGE = 100  # the most that one question gives
_ALL = 10**9  # there is no last reachable page
REACH = Reach(page=_PAGE, hits=_ALL, overlap=timedelta(hours=2), late=timedelta(days=3))
_EDITS = replace(REACH, late=timedelta(0))  # the site's own clock says when: none is late
_WALKS: Mapping[str, tuple[What, str]] = {
    "posts": ("posts", "date"),
    "edits": ("posts", "modified"),
    "comments": ("comments", "date"),
}


class WordPress:
    """Every public post and comment of a site; which of them concern a brand is decided here.

    The cursor holds where the API is, and a `Walk` each through posts by their date (also those
    that were planned long before), posts by when they were changed (also those that carry an old
    date), and comments.
    """

    class Options(BaseModel):
        """What a source of kind `wordpress` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        url: str = Field(
            pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
            description="Address of the site, as its front page has it.",
        )
        what: tuple[Literal["posts", "comments"], ...] = Field(
            ("posts", "comments"),
            min_length=1,
            description="What is read: the articles, what readers say below them, or both.",
        )
        publishes: PostKind = Field(
            PostKind.BLOG,
            description="What its articles are: news, blog, discussion, social, video, review or"
            " web. Comments are discussions.",
        )
        language: str | None = Field(
            None,
            pattern="^[a-z]{2}$",
            description="Language of the site (ISO 639-1), if it has just one.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._fetcher, self._clock = tools.fetcher, tools.clock
        self._root: str | None = None  # of the API, where it was last found
        name = site_name(options.url)
        self._site = Site(name=name, publishes=options.publishes, language=options.language)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, newest first, each post once in a pass."""
        now = self._clock.now()
        cursor = cursor if cursor.get("site") == self._site.name else {}
        api = self._api(cursor.get("api"))
        walks = {
            name: Walk.read(cursor.get(name, ""), now, _EDITS if name == "edits" else REACH)
            for name, (what, _) in _WALKS.items()
            if what in self._options.what
        }
        told: set[str] = set()
        for name in walks:
            left = 1 if walks[name].until is None else 2  # what was cut short is ended first
            while left:
                page, walks[name] = await self._step(api, name, walks[name])
                left -= walks[name].until is None
                posts = tuple(post for post in page.posts if post.item not in told)
                told.update(post.item for post in posts)
                kept = {each: walk.kept() for each, walk in walks.items()}
                kept |= {"site": self._site.name, "api": api.root}
                self._root = api.root
                yield Batch(posts=posts, cursor=kept, skipped=page.skipped)

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        """Ask for a hundred at once; who is missing was deleted, or is no longer public."""
        api = self._api(self._root)
        for what, given in self._given(posts):
            for start in range(0, len(given), _PAGE):
                some = {post.item.partition("/")[2]: post for post in given[start : start + _PAGE]}
                asked = _asked(what) | {"include": ",".join(some)}
                answer = await api.ask(what, asked)
                yield await asyncio.to_thread(self._second, what, some, answer)

    def _given(self, posts: Sequence[Post]) -> Iterator[tuple[What, list[Post]]]:
        whats: tuple[What, ...] = ("posts", "comments")
        for what in whats:
            found = [post for post in posts if post.item.startswith(f"{what}/")]
            if found:
                yield what, found

    def _second(self, what: What, given: Mapping[str, Post], answer: Answer) -> Second:
        now = self._clock.now()
        read = [self._site.read(what, raw, now) for raw in answer.items]
        found = {post.item: post for post in read if post is not None}
        if not found.keys() <= {post.item for post in given.values()}:
            raise ParseError(f"could not read {self._options.url}: it gives what was not asked for")
        missing = tuple(post.key for post in given.values() if post.item not in found)
        return Second(
            posts=tuple(
                replace(found[post.item], key=post.key)
                for post in given.values()
                if post.item in found
            ),
            gone=() if None in read else missing,  # it may be what cannot be read
        )

    def _api(self, root: str | None) -> Api:
        return Api(self._options.url, self._fetcher, root, private=self._options.private)

    async def _step(self, api: Api, name: str, walk: Walk) -> tuple[Page, Walk]:
        """Ask for one page; return what is in it, and the walk after it."""
        what, by = _WALKS[name]
        answer = await api.ask(what, _question(what, by, walk))
        now = self._clock.now()
        page = await asyncio.to_thread(self._read, what, by, answer, walk, now)
        try:
            return page, walk.after(page, now)
        except ParseError as exc:
            if by == "modified":  # before WordPress 5.7 it cannot be asked up to a time
                return page, walk.after(replace(page, last=True), now)
            raise ParseError(f"could not read {what} of {self._options.url}: {exc}") from exc

    def _read(self, what: What, by: str, answer: Answer, walk: Walk, now: datetime) -> Page:
        read = [self._site.read(what, raw, now) for raw in answer.items]
        posts = tuple(post for post in read if post is not None)
        raws = [raw for raw in answer.items if isinstance(raw, Mapping)]
        times = [moment(raw.get(f"{by}_gmt"), now) for raw in raws]
        seconds = [_second(time) for time in times if time is not None]
        return Page(
            posts=posts,
            size=len(read),
            skipped=len(read) - len(posts),
            oldest=min(seconds, default=None),
            newest=max(seconds, default=None),
            last=None if answer.pages is None else walk.page + 1 >= answer.pages,
        )


def _question(what: What, by: str, walk: Walk) -> dict[str, object]:
    """Return what is asked; bounds are excluded by the site, and compared with its own time."""
    asked = _asked(what) | {"orderby": by, "order": "desc", "page": walk.page + 1}
    prefix = "modified_" if by == "modified" else ""
    asked["after"] = _stamp(walk.start - 1)
    asked[f"{prefix}after"] = _stamp(walk.floor - 1)
    if walk.until is not None:
        asked[f"{prefix}before"] = _stamp(walk.until + 1)
    return asked


def _asked(what: What) -> dict[str, object]:
    return {"per_page": _PAGE, "_embed": EMBEDDED[what], "_fields": FIELDS[what]}


def _stamp(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _second(time: datetime) -> int:
    return int(time.timestamp())
