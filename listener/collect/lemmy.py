"""Lemmy: posts and comments that an instance knows, by its search, and whole communities."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from listener.analysis.pushdown import Dialect
from listener.collect.asking import Words, phrase, searches
from listener.collect.feed_posts import digest
from listener.collect.lemmy_api import Api, NotThere, Params
from listener.collect.lemmy_posts import Read, Reader
from listener.collect.lemmy_walk import MOST, Walk
from listener.collect.sifting import fingerprint, sieve
from listener.collect.tools import Tools
from listener.errors import FetchError, RateLimited
from listener.model import Batch, Gap


def _plain(words: str) -> str:
    """Write words for `ILIKE '%two%words%'`: what stands between words is anything to it."""
    return " ".join("".join(c if c.isalnum() else " " for c in words).split())


# Letters within words, without regard to case, one after the other in a title or a text
# (`fuzzy_search`, crates/db_schema/src/utils.rs). Accents are letters of their own.
DIALECT = Dialect(
    phrase=_plain, prefix=_plain, either=None, both=None, longest=200, folds=False
)  # fmt: skip


class _List(NamedTuple):
    """A list to read: what the cursor calls it, its path, what is asked for."""

    name: str
    path: str
    params: Params
    searched: bool


class Lemmy:
    """Posts and comments that say what is looked for, and all there is in some communities.

    The cursor holds the instance and a `Walk` for each list: another instance begins anew. So does
    a search when something else is wanted of it: what nobody wanted before was not kept.
    """

    class Options(BaseModel):
        """What a source of kind `lemmy` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        base_url: str = Field(
            pattern=r"^https?://[^\s/?#]+/?$",
            description="Address of the instance that is asked.",
        )
        queries: tuple[Annotated[Words, Field(max_length=150)], ...] = Field(
            (),
            description="Words or phrases to search for; what the brands look for, if left out.",
        )
        communities: tuple[Annotated[str, Field(pattern=r"^!?[\w.-]+(@[\w.:-]+)?$")], ...] = Field(
            (),
            max_length=20,
            description='Communities to read whole, as "technology@lemmy.world"; of this instance'
            " without @. Given without queries, nothing else is searched.",
        )
        what: tuple[Literal["posts", "comments"], ...] = Field(
            ("posts", "comments"), min_length=1, description="What to read: posts, comments, both."
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options, self._tools = options, tools
        self._api = Api(options.base_url, options.private, tools)
        self._reader = Reader()
        wanted = {words: phrase(words) for words in options.queries} or tools.queries
        self._wanted, self._matcher = fingerprint(wanted), sieve(wanted)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, newest first, each post once in a pass.

        A community that is not there any more keeps no other list from being read.
        """
        site = await self._api.site()
        self._reader.languages = site.languages
        same = cursor.get("instance") == self._api.host
        lists = list(self._lists(v4=site.v4))
        names = {one.name for one in lists}
        kept = {name: text for name, text in cursor.items() if same and name in names}
        kept["instance"] = self._api.host
        told: set[str] = set()
        missing: dict[Params, NotThere] = {}
        for one in lists:
            if one.params in missing:  # its comments are not there either
                continue
            try:
                async for read, gaps in self._down(one, kept, v4=site.v4):
                    posts = {post.item: post for post in read.posts if post.item not in told}
                    if one.searched:  # it also finds parts of words
                        posts = {k: post for k, post in posts.items() if self._matcher.match(post)}
                    told |= posts.keys()
                    fresh = tuple(posts.values())
                    yield Batch(posts=fresh, cursor=dict(kept), skipped=read.skipped, gaps=gaps)
            except NotThere as exc:
                missing[one.params] = exc
        if missing:
            raise next(iter(missing.values()))

    def _lists(self, *, v4: bool) -> Iterator[_List]:
        options = self._options
        wanted: tuple[str, ...] = ()
        if options.queries or not options.communities:
            wanted = searches(options.queries, self._tools, DIALECT)
        written = str.lower if v4 else str.capitalize
        common = (("sort", written("new")),)
        for words in wanted:
            asked = (("q", words), ("search_term", words)) if v4 else (("q", words),)
            for what in options.what:
                only = (("type_", written(what)), ("listing_type", written("all")), *common)
                name = digest(f"{words}\n{self._wanted}")[:8]
                yield _List(f"{name} {what}", "search", (*asked, *only), True)
        for community in options.communities:
            called = community.removeprefix("!")
            there = (("community_name", called), ("type_", written("all")), *common)
            for what in options.what:
                path = f"{what.removesuffix('s')}/list"
                yield _List(f"{digest(called)[:8]}! {what}", path, there, False)

    async def _down(
        self, one: _List, kept: dict[str, str], *, v4: bool
    ) -> AsyncIterator[tuple[Read, tuple[Gap, ...]]]:
        """Walk a list, and write down in `kept` where it stands; give each page."""
        walk = Walk.resumed(kept.get(one.name, ""), self._tools.clock.now())
        left = 1 if walk.at is None else 2  # what was cut short is ended first
        seen: set[str] = set()
        lost = 0
        while left:
            try:
                views, token = await self._api.views(one.path, (*one.params, *_page(walk, v4=v4)))
            except (FetchError, NotThere) as exc:
                erased = exc.status in (400, 404) and not isinstance(exc, RateLimited)
                if not walk.token or lost or not erased:
                    raise
                walk, lost = walk.anew(), 1  # the post that the page cursor named was erased
                continue
            now = self._tools.clock.now()
            read = await asyncio.to_thread(self._reader.read, views, now)
            joins = walk.joins(read.rows, seen)
            walk, gaps = (
                walk.tokened(read.rows, token, now) if v4 else walk.numbered(read.rows, seen, now)
            )
            seen |= {row.id for row in read.rows} if joins else set()
            left -= walk.at is None
            kept[one.name] = walk.kept()
            yield read, gaps


def _page(walk: Walk, *, v4: bool) -> Params:
    if v4:
        return (("limit", str(MOST)), *((("page_cursor", walk.token),) if walk.token else ()))
    limit, number = walk.window()
    return (("limit", str(limit)), ("page", str(number)))
