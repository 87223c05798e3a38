"""Hits of Hacker News Search as posts. A key that is null and one that is missing say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from listener.analysis.html import plain, text_of
from listener.analysis.urls import canonical
from listener.errors import ParseError
from listener.model import Author, Engagement, Post, PostKind

SITE = "https://news.ycombinator.com"
_LONGEST_TEXT, _LONGEST_LINE = 100_000, 1_000  # characters
_OPENED = datetime(2006, 10, 9, tzinfo=UTC)  # the day of item 1
_AHEAD = timedelta(days=1)  # clocks differ
_MOST = 2**53  # past that it is no count

Hit = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer.

    size            hits in it, readable or not
    oldest, newest  when its hits were published, in Unix seconds; None when none of them says so
    refused         why it holds no hits, in Algolia's words, when that is not for want of any
    """

    posts: tuple[Post, ...] = ()
    size: int = 0
    skipped: int = 0
    oldest: int | None = None
    newest: int | None = None
    refused: str | None = None


def read_page(answer: object, now: datetime) -> Page:
    """Read an answer of `search` or `search_by_date`; raises ParseError."""
    if not isinstance(answer, dict):
        raise ParseError("it is JSON, but no answer of Hacker News Search")
    hits, message = answer.get("hits"), _line(answer.get("message"))
    if not isinstance(hits, list):
        raise ParseError(message or "it is JSON, but holds no hits")
    read = [_post(hit, now) for hit in hits]
    posts = tuple(post for post in read if post is not None)
    times = [int(post.published.timestamp()) for post in posts if post.published]
    return Page(
        posts=posts,
        size=len(hits),
        skipped=len(hits) - len(posts),
        oldest=min(times, default=None),
        newest=max(times, default=None),
        refused=None if hits else message,
    )


def _post(hit: object, now: datetime) -> Post | None:
    """Return a story, poll, job or comment; None for what has no id.

    A comment has no title: its story's is not its own words.
    """
    item = _id(hit.get("objectID")) if isinstance(hit, dict) else None
    if not isinstance(hit, dict) or item is None:
        return None
    root = _id(hit.get("story_id"))
    return Post(
        key=_key(item),
        item=item,
        kind=PostKind.DISCUSSION,
        url=f"{SITE}/item?id={item}",
        title=_line(hit.get("title")),
        text=_text(hit),
        author=_author(hit.get("author")),
        published=_published(hit, now),
        parent=_key(parent) if (parent := _id(hit.get("parent_id"))) else None,
        root=_key(root) if root and root != item else None,  # a story is its own
        engagement=_engagement(hit),
    )


def _key(item: str) -> str:
    return f"hackernews:{item}"


def _id(value: object) -> str | None:
    """Return an id: `objectID` is a string of digits, the others are numbers."""
    number = str(value) if isinstance(value, int | str) else ""
    return number if re.fullmatch(r"[1-9][0-9]{0,15}", number) else None


def _text(hit: Hit) -> str:
    """Return what the author wrote, and on a line of its own the page that the story links to."""
    body = hit.get("comment_text") or hit.get("story_text")
    written = text_of(body)[:_LONGEST_TEXT] if isinstance(body, str) else ""
    url = hit.get("url")
    link = plain(url) if isinstance(url, str) and canonical(url) else ""
    return "\n".join(part for part in (written, link) if part)


def _line(value: object) -> str | None:
    """Return one line of text; titles may hold entities."""
    text = text_of(value) if isinstance(value, str) else ""
    return " ".join(text.split())[:_LONGEST_LINE] or None


def _author(value: object) -> Author | None:
    handle = _line(value)
    return Author(handle=handle, url=f"{SITE}/user?id={quote(handle)}") if handle else None


def _published(hit: Hit, now: datetime) -> datetime | None:
    """Return `created_at_i`, else `created_at`; a time before the site opened, or to come, is none.

    So no hit can lead the walk through time astray.
    """
    seconds, stamp = hit.get("created_at_i"), hit.get("created_at")
    try:
        if isinstance(seconds, int):
            when = datetime.fromtimestamp(seconds, UTC)
        else:
            when = datetime.fromisoformat(stamp if isinstance(stamp, str) else "")
        return when.astimezone(UTC) if _OPENED <= when <= now + _AHEAD else None
    except (ValueError, OverflowError, OSError, TypeError):  # TypeError: without a zone
        return None


def _engagement(hit: Hit) -> Engagement | None:
    likes, comments = _count(hit.get("points")), _count(hit.get("num_comments"))
    if likes is None and comments is None:
        return None
    return Engagement(likes=likes, comments=comments)


def _count(value: object) -> int | None:
    counted = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
    return value if counted and isinstance(value, int) else None
