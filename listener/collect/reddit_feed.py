"""Reddit without an account: the Atom feeds of its lists and of its search."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from listener.analysis.pushdown import Dialect
from listener.collect.asking import Words, searches
from listener.collect.feed import ACCEPT
from listener.collect.feed_document import read_document
from listener.collect.feed_posts import digest
from listener.collect.reddit_posts import COMMENT, POST, Kind, Read, read_entries
from listener.collect.reddit_trail import Trail
from listener.collect.tools import Tools
from listener.errors import AccessDenied, ParseError, SourceError
from listener.fetch import Budget, Response, shown
from listener.model import Batch

# A request a minute from one address since 12 June 2026, counted by the clock's minutes.
_MINUTE = timedelta(seconds=61)
_PAGE = 100  # the most it gives at once; without asking, 25
_LONGEST = 1500  # characters of subreddits in one address
# `q` may have 512 characters; forty alternatives were answered with nothing, twenty with posts.
DIALECT = Dialect(both=" AND ", longest=500, terms=16, folds=False)
_BLOCKED = "Reddit refuses the address of this machine, as it does with most data centres"
_REASONS = ("private", "quarantined", "banned", "gated")
_NOTHING = "Reddit's feeds were empty: no such subreddit or word, or it did not say what is wrong"


@dataclass(frozen=True, slots=True)
class Listing:
    """One of Reddit's lists: its path, what is asked of it, and what stands in it."""

    path: str
    asked: tuple[tuple[str, str], ...]
    kind: Kind

    @property
    def name(self) -> str:
        """What the cursor calls it: another list starts anew."""
        return digest(f"{self.path}?{urlencode(self.asked)}")[:12]


class RedditFeed:
    """Posts and comments of subreddits, and posts that Reddit's search finds.

    The cursor holds a `Trail` for each list.
    """

    class Options(BaseModel):
        """What a source of kind `reddit_feed` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        subreddits: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{2,24}$")], ...] = Field(
            (), description='Subreddits to read, without "r/".'
        )
        what: tuple[Literal["posts", "comments"], ...] = Field(
            ("posts", "comments"),
            min_length=1,
            description="What to read: posts, comments of the subreddits, or both.",
        )
        search: bool = Field(
            False,
            description="Search for posts instead of reading all: in the subreddits, or on all of"
            " Reddit when none is named. Comments cannot be searched for.",
        )
        queries: tuple[Annotated[Words, Field(max_length=200)], ...] = Field(
            (),
            description="Words or phrases to search for; what the brands look for, if left out.",
        )
        base_url: str = Field(
            "https://www.reddit.com",
            pattern="^https?://",
            description="Where the feeds are asked.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @model_validator(mode="after")
        def _somewhere(self) -> Self:
            if self.queries and not self.search:
                raise ValueError("queries are for search = true: without, all posts are read")
            if not (self.subreddits or self.search):
                raise ValueError("name subreddits to read, or say search = true")
            if not self.subreddits and "what" in self.model_fields_set and "comments" in self.what:
                raise ValueError("comments are read of subreddits only: name some")
            return self

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._tools = tools
        self._base = options.base_url.rstrip("/")
        host = urlsplit(options.base_url).netloc.rpartition("@")[2].lower()
        self._budget = Budget(name=f"Reddit's feeds at {host}", requests=1, per=_MINUTE)
        self._listings: tuple[Listing, ...] = ()

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page of each list, newest first, each post once in a pass."""
        self._listings = self._listings or tuple(_listings(self._options, self._tools))
        now = self._tools.clock.now()
        trails = {one: Trail.resumed(cursor.get(one.name, ""), now) for one in self._listings}
        told: set[str] = set()
        found = False
        for listing in self._listings:
            left = 1 if trails[listing].over else 2  # what was cut short is ended first
            while left:
                read = await self._page(listing, trails[listing].after)
                found = found or bool(read.listed)
                trails[listing], gaps = trails[listing].on(read.listed, self._tools.clock.now())
                left -= trails[listing].over
                yield Batch(
                    posts=tuple(post for post in read.posts if post.item not in told),
                    cursor={one.name: trail.kept() for one, trail in trails.items()},
                    skipped=read.skipped,
                    gaps=gaps,
                    doubt=None if found else _NOTHING,
                )
                told.update(post.item for post in read.posts)

    async def _page(self, listing: Listing, after: str | None) -> Read:
        asked = (*listing.asked, ("limit", str(_PAGE)), *([("after", after)] if after else []))
        url = f"{self._base}{listing.path}?{urlencode(asked)}"
        response = await self._ask(url)
        try:
            return await asyncio.to_thread(self._read, response, listing.kind)
        except ParseError as exc:
            raise ParseError(f"could not read {shown(url)}: {exc}") from exc

    async def _ask(self, url: str) -> Response:
        try:
            response = await self._tools.fetcher.get(
                url,
                budget=self._budget,
                headers={"Accept": ACCEPT},
                private=self._options.private,
            )
        except AccessDenied as exc:
            raise _denied(url, exc) from exc
        path = urlsplit(response.url).path
        if path.startswith("/login"):
            raise AccessDenied(f"could not read {shown(url)}: Reddit asks for a login")
        if path.startswith("/subreddits/search"):
            raise SourceError(f"could not read {shown(url)}: there is no such subreddit")
        return response

    def _read(self, response: Response, kind: Kind) -> Read:
        document = read_document(
            response.body,
            media_type=response.headers.get("content-type", ""),
            url=response.url,
        )
        read = read_entries(document.entries, kind, self._tools.clock.now())
        skipped = read.skipped + document.skipped
        if skipped and not read.listed:
            raise ParseError("it is a feed, but none of Reddit's")
        return Read(posts=read.posts, listed=read.listed, skipped=skipped)


def _listings(options: RedditFeed.Options, tools: Tools) -> Iterator[Listing]:
    """Yield as few lists as hold what is asked for; raises NothingToAsk."""
    groups = list(_grouped(options.subreddits))
    if "posts" in options.what and options.search:
        for query in searches(options.queries, tools, DIALECT):
            asked = (("q", query), ("sort", "new"), ("type", "link"))
            if not groups:
                yield Listing("/search.rss", asked, POST)
            for group in groups:
                here = (*asked, ("restrict_sr", "on"))
                yield Listing(f"/r/{group}/search.rss", here, POST)
    elif "posts" in options.what:
        yield from (Listing(f"/r/{group}/new/.rss", (), POST) for group in groups)
    if "comments" in options.what:
        yield from (Listing(f"/r/{group}/comments/.rss", (), COMMENT) for group in groups)


def _grouped(subreddits: tuple[str, ...]) -> Iterator[str]:
    """Yield subreddits joined as Reddit reads them together, as many as an address holds."""
    group = ""
    for name in dict.fromkeys(subreddits):
        if group and len(group) + 1 + len(name) > _LONGEST:
            yield group
            group = ""
        group = f"{group}+{name}" if group else name
    if group:
        yield group


def _denied(url: str, refused: AccessDenied) -> AccessDenied:
    """Return the refusal in words: JSON is about the subreddit, a web page about who asks."""
    said = next((word for word in _REASONS if f'"{word}"'.encode() in refused.body), None)
    closed = f"a subreddit is {said or 'private, quarantined or banned'}"
    why = closed if refused.body.lstrip().startswith(b"{") else _BLOCKED
    denied = AccessDenied(f"could not read {shown(url)}: {refused.status}: {why}")
    denied.status, denied.body = refused.status, refused.body
    return denied
