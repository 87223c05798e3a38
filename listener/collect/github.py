"""GitHub: issues and pull requests by their words, and comments below them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from listener.analysis.match import Matcher
from listener.analysis.pushdown import Dialect
from listener.collect.asking import phrase, searches
from listener.collect.feed_posts import digest
from listener.collect.github_api import Answer, Api
from listener.collect.github_comments import Comments
from listener.collect.github_posts import Issue, Reader
from listener.collect.tools import Tools
from listener.collect.walk import Page, Reach, Walk
from listener.errors import ParseError
from listener.model import Batch, Post

# By when an issue was last changed or commented: new ones, and old ones of which there is news.
REACH = Reach(page=100, hits=1000)
_LONGEST, _TERMS = 256, 6  # of a search with its qualifiers; of words and phrases: five operators
_ONLY = {"issues": "is:issue", "pull_requests": "is:pull-request"}
_UNFINISHED = "GitHub gave up before it had looked everywhere; it is asked the same again"


class _Search(NamedTuple):
    """What the cursor calls it, and what is searched for without the time."""

    name: str
    words: str


class GitHub:
    """Issues and pull requests that say what is looked for, and comments below them.

    The cursor holds a `Walk` for each search, and below which issues comments were read last.
    """

    class Options(BaseModel):
        """What a source of kind `github` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        queries: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
            (),
            description="Words or phrases to search for; what the brands look for, if left out.",
        )
        repos: tuple[
            Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,39}/[A-Za-z0-9._-]{1,60}$")], ...
        ] = Field(
            (),
            max_length=20,
            description='Repositories to search, as "octocat/hello-world"; all public ones, if left'
            " out.",
        )
        what: tuple[Literal["issues", "pull_requests"], ...] = Field(
            ("issues", "pull_requests"), min_length=1, description="What to search."
        )
        comments: bool = Field(
            False,
            description="Read the comments below what is found, too: a request more for each that"
            " has news.",
        )
        token: SecretStr | None = Field(
            None,
            description="Access token, for 30 searches a minute instead of 10: env:NAME or"
            " file:PATH",
        )
        base_url: str = Field(
            "https://api.github.com",
            pattern="^https?://",
            description="Where the API is asked.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @field_validator("queries")
        @classmethod
        def _readable(cls, queries: tuple[str, ...]) -> tuple[str, ...]:
            for query in queries:
                phrase(query)
            return queries

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options, self._tools = options, tools
        self._api = Api(options.base_url, options.token, tools, private=options.private)
        self._reader = Reader(self._api.host)
        wanted = {words: phrase(words) for words in options.queries} or dict(tools.queries)
        self._matcher = Matcher(wanted)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, what was changed last first."""
        asked = list(self._searches())
        comments = Comments(self._api, self._reader, self._tools, cursor.get("comments", ""))
        names = {one.name for one in asked} | {"comments"}
        kept = {name: text for name, text in cursor.items() if name in names}
        told: set[str] = set()
        unfinished = False
        for one in asked:
            async for page, complete in self._searched(one, kept, comments):
                unfinished = unfinished or not complete
                fresh = self._matching(page.posts, told)
                yield Batch(posts=fresh, cursor=dict(kept), skipped=page.skipped)
        if unfinished:  # the last batch of a pass tells how it was heard
            yield Batch(posts=(), cursor=kept, doubt=_UNFINISHED)

    def _matching(self, posts: Sequence[Post], told: set[str]) -> tuple[Post, ...]:
        """Keep what itself says one of the words: hits of the search may only be answered so."""
        new = [post for post in posts if post.item not in told and self._matcher.match(post)]
        told |= {post.item for post in new}
        return tuple(new)

    def _searches(self) -> Iterator[_Search]:
        """Yield what to search for: GitHub wants issues and pull requests apart."""
        places = [f" repo:{repo}" for repo in self._options.repos] or [""]
        now = self._tools.clock.now()
        added = max(len(f" {_ONLY['pull_requests']} {_within(now, now)}{at}") for at in places)
        dialect = Dialect(
            without="NOT ", terms=_TERMS, longest=_LONGEST - added, folds=False, nested=False
        )
        for words in searches(self._options.queries, self._tools, dialect):
            for what in self._options.what:
                for place in places:
                    whole = f"{words} {_ONLY[what]}{place}"
                    yield _Search(digest(whole)[:8], whole)

    async def _searched(
        self, one: _Search, kept: dict[str, str], comments: Comments
    ) -> AsyncIterator[tuple[Page, bool]]:
        """Walk a search, and write down in `kept` where it stands.

        Give each page, those of comments before the walk goes on, and whether it is complete.
        """
        walk = Walk.read(kept.get(one.name, ""), self._tools.clock.now(), REACH)
        left = 1 if walk.until is None else 2  # what was cut short is ended first
        while left:
            answer = await self._api.search(_asked(one, walk))
            issues = self._reader.issues(answer.items, self._tools.clock.now())
            page = _page(answer, issues, walk)
            if not answer.complete:
                yield page, False
                return
            if self._options.comments:
                yield page, True
                async for below in comments.read(issues, walk.since, kept):
                    yield below, True
            walk = self._on(walk, page)
            left -= walk.until is None
            kept[one.name] = walk.kept()
            yield page, True

    def _on(self, walk: Walk, page: Page) -> Walk:
        try:
            return walk.after(page, self._tools.clock.now())
        except ParseError as exc:
            raise ParseError(f"could not read {self._options.base_url}: {exc}") from exc


def _asked(one: _Search, walk: Walk) -> dict[str, object]:
    since = datetime.fromtimestamp(walk.floor, UTC)
    until = None if walk.until is None else datetime.fromtimestamp(walk.until, UTC)
    return {
        "q": f"{one.words} {_within(since, until)}",
        "sort": "updated",
        "order": "desc",
        "per_page": REACH.page,
        "page": walk.page + 1,
    }


def _within(since: datetime, until: datetime | None) -> str:
    """Return the qualifiers that all searches share: what a token may see besides is private."""
    span = f">={since:%Y-%m-%dT%H:%M:%SZ}"
    if until is not None:
        span = f"{since:%Y-%m-%dT%H:%M:%SZ}..{until:%Y-%m-%dT%H:%M:%SZ}"
    return f"is:public updated:{span}"


def _page(answer: Answer, issues: Sequence[Issue | None], walk: Walk) -> Page:
    """Return a page by times of change; a hit that changed since counts as of the last second.

    Issues that are older than the first pass were not heard when they were new, and are no news
    because somebody changed them.
    """
    known = [issue for issue in issues if issue is not None]
    times = [issue.updated for issue in known if issue.updated is not None]
    if walk.until is not None:
        times = [min(at, walk.until) for at in times]
    fresh = [issue.post for issue in known if _since(issue.post, walk.start)]
    beyond = (walk.page + 1) * REACH.page >= REACH.hits  # there is no next page then, in any case
    return Page(
        posts=tuple(fresh),
        size=len(issues),
        skipped=issues.count(None),
        oldest=min(times, default=None),
        newest=max(times, default=None),
        last=None if beyond else not answer.more,
    )


def _since(post: Post, start: int) -> bool:
    return post.published is not None and post.published.timestamp() >= start
