"""What GitHub is searched for, and what a page of hits means for the walk through time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal, NamedTuple

from listener.analysis.pushdown import Dialect
from listener.collect.asking import searches
from listener.collect.feed_posts import digest
from listener.collect.github_api import Answer
from listener.collect.github_posts import Issue
from listener.collect.tools import Tools
from listener.collect.walk import Page, Walk
from listener.model import Post

What = Literal["issues", "pull_requests", "discussions"]

_LONGEST, _TERMS = 256, 6  # of a search with its qualifiers; of words and phrases: five operators
_ONLY = {
    "issues": "is:issue",
    "pull_requests": "is:pull-request",
    "discussions": "is:discussion",
}
_NEWEST = "sort:updated-desc"  # GraphQL takes the order among the words


class Search(NamedTuple):
    """What the cursor calls it, what is searched for without the time, and where."""

    name: str
    words: str
    what: What


def to_ask(
    phrases: Sequence[str], repos: Sequence[str], what: Sequence[What], tools: Tools
) -> Iterator[Search]:
    """Yield what to search for: GitHub wants issues, pull requests and discussions apart.

    Discussions come last: that a token may not read them keeps nothing else back.
    """
    places = [f" repo:{repo}" for repo in repos] or [""]
    rest = [kind for kind in what if kind != "discussions"]
    apart = [kind for kind in what if kind == "discussions"]
    for kinds, dialect in ((rest, _dialect(places, tools)), (apart, _plain(places, tools))):
        for words in searches(phrases, tools, dialect) if kinds else ():
            for kind in kinds:
                for place in places:
                    whole = f"{words} {_ONLY[kind]}{place}"
                    yield Search(digest(whole)[:8], whole, kind)


def _dialect(places: Sequence[str], tools: Tools) -> Dialect:
    now = tools.clock.now()
    added = max(len(f" {_ONLY['pull_requests']} {_within(now, now)}{at}") for at in places)
    return Dialect(
        without="NOT ", terms=_TERMS, longest=_LONGEST - added, folds=False, nested=False
    )


def _plain(places: Sequence[str], tools: Tools) -> Dialect:
    """Return how discussions are asked for: that their search knows OR is not documented."""
    dialect = _dialect(places, tools)
    return replace(dialect, either=None, longest=dialect.longest - len(f" {_NEWEST}"))


def by_rest(one: Search, walk: Walk) -> dict[str, object]:
    """Return the parameters that ask for the next page of issues or pull requests."""
    return {
        "q": f"{one.words} {_span(walk)}",
        "sort": "updated",
        "order": "desc",
        "per_page": walk.reach.page,
        "page": walk.page + 1,
    }


def by_graphql(one: Search, walk: Walk) -> str:
    """Return the words that ask for discussions."""
    return f"{one.words} {_span(walk)} {_NEWEST}"


def _span(walk: Walk) -> str:
    until = None if walk.until is None else datetime.fromtimestamp(walk.until, UTC)
    return _within(datetime.fromtimestamp(walk.floor, UTC), until)


def _within(since: datetime, until: datetime | None) -> str:
    """Return the qualifiers that all searches share: what a token may see besides is private."""
    span = f">={since:%Y-%m-%dT%H:%M:%SZ}"
    if until is not None:
        span = f"{since:%Y-%m-%dT%H:%M:%SZ}..{until:%Y-%m-%dT%H:%M:%SZ}"
    return f"is:public updated:{span}"


def page_of(answer: Answer, issues: Sequence[Issue | None], walk: Walk) -> Page:
    """Return a page by times of change; a hit that changed since counts as of the last second.

    Issues that are older than the first pass were not heard when they were new, and are no news
    because somebody changed them.
    """
    known = [issue for issue in issues if issue is not None]
    times = _times(known, walk)
    fresh = [issue.post for issue in known if issue.public and _since(issue.post, walk.start)]
    beyond = (walk.page + 1) * walk.reach.page >= walk.reach.hits  # there is no next page then
    return Page(
        posts=tuple(fresh),
        size=len(issues),
        skipped=issues.count(None),
        oldest=min(times, default=None),
        newest=max(times, default=None),
        last=None if beyond else not answer.more,
    )


def in_order(issues: Sequence[Issue | None], walk: Walk) -> bool:
    """Tell whether hits stand from new to old, but for some that changed since they were indexed.

    That discussions can be sorted so is documented for the site's search only. Hits by relevance
    would lead the walk past others: about every second is newer than the one before.
    """
    times = _times([issue for issue in issues if issue is not None], walk)
    newer = sum(before < after for before, after in pairwise(times))
    return newer * 3 <= len(times)


def _times(issues: Sequence[Issue], walk: Walk) -> list[int]:
    times = [issue.updated for issue in issues if issue.updated is not None]
    return times if walk.until is None else [min(at, walk.until) for at in times]


def _since(post: Post, start: int) -> bool:
    return post.published is not None and post.published.timestamp() >= start
