"""GitHub: issues, pull requests and discussions by their words, and comments below them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from listener.collect.asking import Words, phrase
from listener.collect.github_api import Answer, Api, Refused
from listener.collect.github_comments import Comments
from listener.collect.github_graphql import Discussions
from listener.collect.github_posts import Issue, Reader
from listener.collect.github_search import (
    Search,
    What,
    by_graphql,
    by_rest,
    in_order,
    page_of,
    to_ask,
)
from listener.collect.sifting import fingerprint, sieve
from listener.collect.tools import Tools
from listener.collect.walk import Page, Reach, Walk
from listener.errors import ParseError
from listener.fetch import shown
from listener.model import Batch, Post

# By when an issue was last changed or commented: new ones, and old ones of which there is news.
REACH = Reach(page=100, hits=1000)
_DISCUSSIONS = 50  # on a page: larger ones are cut short when they cost GitHub too much
_UNFINISHED = "GitHub gave up before it had looked everywhere; it is asked the same again"


class GitHub:
    """Issues, pull requests and discussions that say what is looked for, and comments below them.

    The cursor holds a `Walk` for each search, below which issues comments were read last, and what
    was wanted then: what was left out because nobody wanted it is not stored, so that who wants
    something else begins anew.
    """

    class Options(BaseModel):
        """What a source of kind `github` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        queries: tuple[Annotated[Words, Field(max_length=100)], ...] = Field(
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
        what: tuple[What, ...] | None = Field(
            None,
            min_length=1,
            description='What to search: "issues", "pull_requests", "discussions"; if left out, all'
            " three with a token, and without one all but discussions, which need it.",
        )
        comments: bool = Field(
            False,
            description="Read the comments below what is found, too: a request more for each that"
            " has news.",
        )
        token: SecretStr | None = Field(
            None,
            description="Access token, for discussions, and for 30 searches a minute instead of"
            " 10: env:NAME or file:PATH",
        )
        base_url: str = Field(
            "https://api.github.com",
            pattern="^https?://",
            description="Where the API is asked.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @model_validator(mode="after")
        def _allowed(self) -> Self:
            if self.token is None and "discussions" in (self.what or ()):
                raise ValueError(
                    "discussions need a token, GitHub shows them to no program without: make one at"
                    " https://github.com/settings/personal-access-tokens and give it as"
                    ' token = "env:GITHUB_TOKEN"'
                )
            return self

        @property
        def searched(self) -> tuple[What, ...]:
            """Return what to search, discussions only where they can be."""
            known: tuple[What, ...] = ("issues", "pull_requests")
            return self.what or (known if self.token is None else (*known, "discussions"))

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options, self._tools = options, tools
        self._api = Api(options.base_url, options.token, tools, private=options.private)
        self._reader = Reader(self._api.host)
        self._discussions = Discussions(self._api, self._reader, tools)
        wanted = {words: phrase(words) for words in options.queries} or tools.queries
        self._wanted, self._matcher = fingerprint(wanted), sieve(wanted)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, what was changed last first.

        A search that is refused, as one in a repository that is gone, stops no other.
        """
        options = self._options
        cursor = cursor if cursor.get("wanted") == self._wanted else {}
        read = cursor.get("comments", "")
        asked = list(to_ask(options.queries, options.repos, options.searched, self._tools))
        comments = Comments(self._api, self._discussions, self._reader, self._tools, read)
        names = {one.name for one in asked} | {"comments"}
        kept = {name: text for name, text in cursor.items() if name in names}
        kept["wanted"] = self._wanted
        told: set[str] = set()
        unfinished = False
        refused: Refused | None = None
        for one in asked:
            try:
                async for page, complete in self._searched(one, kept, comments):
                    unfinished = unfinished or not complete
                    fresh = self._matching(page.posts, told)
                    yield Batch(posts=fresh, cursor=dict(kept), skipped=page.skipped)
            except Refused as exc:
                refused = refused or exc
        if refused:
            raise refused
        if unfinished:  # the last batch of a pass tells how it was heard
            yield Batch(posts=(), cursor=kept, doubt=_UNFINISHED)

    def _matching(self, posts: Sequence[Post], told: set[str]) -> tuple[Post, ...]:
        """Keep what itself says one of the words: hits of the search may only be answered so."""
        new = [post for post in posts if post.item not in told and self._matcher.match(post)]
        told |= {post.item for post in new}
        return tuple(new)

    async def _searched(
        self, one: Search, kept: dict[str, str], comments: Comments
    ) -> AsyncIterator[tuple[Page, bool]]:
        """Walk a search, and write down in `kept` where it stands.

        Give each page, those of comments before the walk goes on, and whether it is complete.
        """
        walk = Walk.read(kept.get(one.name, ""), self._tools.clock.now(), _reach(one))
        left = 1 if walk.until is None else 2  # what was cut short is ended first
        after = None
        while left:
            answer, issues = await self._ask(one, walk, after)
            page = page_of(answer, issues, walk)
            if not answer.complete:
                yield page, False
                return
            if self._options.comments:
                yield page, True
                async for below in comments.read(issues, walk.since, kept):
                    yield below, True
            walk = self._on(walk, page)
            after = answer.after if walk.page else None
            left -= walk.until is None
            kept[one.name] = walk.kept()
            yield page, True

    async def _ask(
        self, one: Search, walk: Walk, after: str | None
    ) -> tuple[Answer, list[Issue | None]]:
        """Ask for a page; `after` where the last one ended, if this is of the same question."""
        if one.what != "discussions":
            answer = await self._api.search(by_rest(one, walk))
            return answer, self._reader.issues(answer.items, self._tools.clock.now())
        answer = await self._discussions.search(by_graphql(one, walk), walk.reach.page, after)
        found = self._reader.discussions(answer.items, self._tools.clock.now())
        if answer.more and not in_order(found, walk):
            raise self._unreadable("its discussions are not in the order of their changes")
        return answer, found

    def _on(self, walk: Walk, page: Page) -> Walk:
        try:
            return walk.after(page, self._tools.clock.now())
        except ParseError as exc:
            raise self._unreadable(str(exc)) from exc

    def _unreadable(self, why: str) -> ParseError:
        return ParseError(f"could not read {shown(self._options.base_url)}: {why}")


def _reach(one: Search) -> Reach:
    small = min(_DISCUSSIONS, REACH.page)
    return replace(REACH, page=small) if one.what == "discussions" else REACH
