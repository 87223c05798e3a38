"""Hits of Hacker News Search as posts. A key that is null and one that is missing say the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from listener.collect.fields import count, line, moment, number, prose, web
from listener.collect.walk import Page
from listener.errors import ParseError
from listener.model import Author, Engagement, Post, PostKind

SITE = "https://news.ycombinator.com"
_OPENED = datetime(2006, 10, 9, tzinfo=UTC)  # the day of item 1

Hit = Mapping[str, object]


def read_page(answer: object, now: datetime) -> Page:
    """Read an answer of `search` or `search_by_date`; raises ParseError."""
    if not isinstance(answer, dict):
        raise ParseError("it is JSON, but no answer of Hacker News Search")
    hits, message = answer.get("hits"), line(answer.get("message"))
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
    item = number(hit.get("objectID")) if isinstance(hit, dict) else None
    if not isinstance(hit, dict) or item is None:
        return None
    root = number(hit.get("story_id"))
    return Post(
        key=_key(item),
        item=item,
        kind=PostKind.DISCUSSION,
        url=f"{SITE}/item?id={item}",
        title=line(hit.get("title")),
        text=_text(hit),
        author=_author(hit.get("author")),
        published=_published(hit, now),
        parent=_key(parent) if (parent := number(hit.get("parent_id"))) else None,
        root=_key(root) if root and root != item else None,  # a story is its own
        engagement=_engagement(hit),
    )


def _key(item: str) -> str:
    return f"hackernews:{item}"


def _text(hit: Hit) -> str:
    """Return what the author wrote, and on a line of its own the page that the story links to."""
    written = prose(hit.get("comment_text") or hit.get("story_text"))
    link = web(hit.get("url")) or ""
    return "\n".join(part for part in (written, link) if part)


def _author(value: object) -> Author | None:
    handle = line(value)
    return Author(handle=handle, url=f"{SITE}/user?id={quote(handle)}") if handle else None


def _published(hit: Hit, now: datetime) -> datetime | None:
    """Return `created_at_i`, else `created_at`."""
    seconds = hit.get("created_at_i")
    when = seconds if isinstance(seconds, int) else hit.get("created_at")
    return moment(when, now, opened=_OPENED)


def _engagement(hit: Hit) -> Engagement | None:
    likes, comments = count(hit.get("points")), count(hit.get("num_comments"))
    if likes is None and comments is None:
        return None
    return Engagement(likes=likes, comments=comments)
