"""Bluesky's public API, as far as it answers without an account: posts and profiles by their ids.

https://docs.bsky.app/docs/advanced-guides/api-directory names public.api.bsky.app for this; limits
are per address, 3,000 requests in five minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

from listener.collect.fields import count, name, plain_line
from listener.collect.jetstream_events import SITE, post_of
from listener.collect.tools import Tools
from listener.errors import ParseError
from listener.fetch import Budget, shown
from listener.model import Author, Engagement, Post, Second

MOST_POSTS = MOST_PROFILES = 25  # in one request
BUDGET = Budget(name="Bluesky's public API", requests=2_800, per=timedelta(minutes=5))

_UNPROVEN = "handle.invalid"  # said of all whose handle does not lead back to them


class Place(Protocol):
    """Where to ask."""

    @property
    def base_url(self) -> str: ...
    @property
    def private(self) -> bool: ...


async def ask(
    tools: Tools, place: Place, method: str, asked: Iterable[tuple[str, str]]
) -> Mapping[str, object]:
    """Return the answer of an XRPC query. Raises SourceError."""
    url = f"{place.base_url.rstrip('/')}/xrpc/{method}?{urlencode(list(asked))}"
    response = await tools.fetcher.get(
        url, headers={"Accept": "application/json"}, private=place.private, budget=BUDGET
    )
    answer = response.json()
    if not isinstance(answer, dict):
        raise ParseError(f"could not read {shown(url)}: it is JSON, but no answer of Bluesky's API")
    return answer


async def authors_of(tools: Tools, place: Place, dids: Sequence[str]) -> dict[str, Author]:
    """Return who these are, as far as anybody tells. Raises SourceError."""
    found: dict[str, Author] = {}
    for start in range(0, len(dids), MOST_PROFILES):
        actors = [("actors", did) for did in dids[start : start + MOST_PROFILES]]
        answer = await ask(tools, place, "app.bsky.actor.getProfiles", actors)
        known = map(_profile, _list(answer, "profiles"))
        found |= {did: author for did, author in known if did and author}
    return found


def seconds_look(answer: Mapping[str, object], asked: Sequence[Post], now: datetime) -> Second:
    """Return posts as they are now; those that are not in the answer were deleted."""
    read = {name(raw.get("uri")): raw for raw in _list(answer, "posts")}
    posts = [_again(post, read[post.key], now) for post in asked if post.key in read]
    gone = () if None in read else tuple(p.key for p in asked if p.key not in read)
    return Second(posts=tuple(posts), gone=gone)


def _again(known: Post, raw: Mapping[str, object], now: datetime) -> Post:
    """Return a known post with its counts of now; its text is read as the stream's was."""
    shares = [n for n in (count(raw.get("repostCount")), count(raw.get("quoteCount"))) if n]
    engagement = Engagement(
        likes=count(raw.get("likeCount")),
        shares=sum(shares) if shares else count(raw.get("repostCount")),
        comments=count(raw.get("replyCount")),
    )
    author = _profile(raw.get("author"))[1] if isinstance(raw.get("author"), dict) else None
    read = post_of(known.key, raw.get("record"), now)
    text = read.text if read else known.text
    language = read.language if read else known.language
    return replace(
        known, text=text, language=language, engagement=engagement, author=author or known.author
    )


def _profile(raw: object) -> tuple[str | None, Author | None]:
    if not isinstance(raw, Mapping) or (did := name(raw.get("did"))) is None:
        return None, None
    handle = name(raw.get("handle"))
    return did, Author(
        name=plain_line(raw.get("displayName")),
        handle=None if handle == _UNPROVEN else handle,
        url=f"{SITE}/profile/{did}",
        followers=count(raw.get("followersCount")),
    )


def _list(answer: Mapping[str, object], key: str) -> Iterator[Mapping[str, object]]:
    entries = answer.get(key)
    if not isinstance(entries, list):
        raise ParseError(f"an answer of Bluesky's API has no {key}")
    return (entry for entry in entries if isinstance(entry, dict))
