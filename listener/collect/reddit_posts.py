"""Entries of Reddit's feeds as posts.

Reddit frames what an author wrote: `SC_OFF` and `SC_ON` stand around it, behind it comes
"submitted by /u/name to r/sub [link] [comments]". A post without words is that frame alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from listener.collect import descent
from listener.collect.feed_entries import Entry
from listener.collect.fields import LONGEST_LINE, LONGEST_TEXT, moment, name, prose, web
from listener.model import Author, Post, PostKind

Kind = Literal["t3", "t1"]  # as Reddit calls them: posts, comments
POST: Kind = "t3"
COMMENT: Kind = "t1"

_OPENED = datetime(2005, 6, 1, tzinfo=UTC)  # the month Reddit opened
_FULLNAME = re.compile(r"t[1-9]_[0-9a-z]{1,13}")
_BEGIN, _END = "<!-- SC_OFF -->", "<!-- SC_ON -->"
_FRAME = re.compile(r"submitted by(?:&#32;|\s)+<a\b(?:(?!submitted by).)*\Z", re.DOTALL)
_LINKED = re.compile(r'<a href="([^"<>]{1,4000})">\[link\]</a>')
_THREAD = re.compile(r"/(?:r|user)/([^/]{1,40})/comments/([0-9a-z]{1,13})(?:/|\Z)")
_PLACE = re.compile(r"/comments/([0-9a-z]{1,13})(?:/[^/?#]*/([0-9a-z]{1,13}))?(?:[/?#]|\Z)")
_OWN = ("reddit.com", "redd.it")  # the thread itself, its pictures and videos


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one feed gave.

    posts    those of the wanted kind that could be read
    listed   what a walk needs of each entry of the wanted kind, readable or not
    skipped  entries that could not be read; those of another kind are none
    """

    posts: tuple[Post, ...]
    listed: tuple[descent.Entry, ...]
    skipped: int


def read_entries(entries: Iterable[Entry], kind: Kind, now: datetime) -> Read:
    """Return what the entries of one kind say; a search puts subreddits (t5) among posts."""
    posts, listed, skipped = [], [], 0
    for entry in entries:
        item = _fullname(entry)
        if item is None:
            skipped += 1
        elif item.startswith(kind):
            post = _post(entry, item, kind, now)
            posts.append(post)
            listed.append(descent.Entry(item, post.published))
    return Read(posts=tuple(posts), listed=tuple(listed), skipped=skipped)


def _fullname(entry: Entry) -> str | None:
    """Return what Reddit calls an entry; feeds that other software passes on give its address."""
    if _FULLNAME.fullmatch(entry.id or ""):
        return entry.id
    found = _PLACE.search(entry.link or "")
    if found is None:
        return None
    return f"{COMMENT}_{found[2]}" if found[2] else f"{POST}_{found[1]}"


def _post(entry: Entry, item: str, kind: Kind, now: datetime) -> Post:
    """Return a post or comment. A comment's title is its thread's, not its author's words."""
    link = web(entry.link)
    thread = _THREAD.search(urlsplit(link).path) if link else None
    root = f"{POST}_{thread[2]}" if thread else None
    title = " ".join((entry.title or "").split())[:LONGEST_LINE]
    return Post(
        key=_key(item),
        item=item,
        kind=PostKind.DISCUSSION,
        url=link,
        title=title or None if kind == POST else None,
        text=_text(entry.html),
        author=_author(entry.author),
        outlet=f"r/{thread[1]}" if thread and "/user/" not in (link or "") else None,
        published=_published(entry.published, now),
        root=_key(root) if root and root != item else None,
    )


def _key(fullname: str) -> str:
    return f"reddit:{fullname}"


def _text(content: str) -> str:
    """Return what the author wrote, and on a line of its own the page that a post links to."""
    _, begun, rest = content.partition(_BEGIN)
    written = prose(rest.rpartition(_END)[0] if begun else _FRAME.sub("", content))
    links = _LINKED.findall(content)
    link = web(html.unescape(links[-1])) if links else None
    parts = (written, "" if link is None or _is_own(link) else link)
    return "\n".join(filter(None, parts))[:LONGEST_TEXT]


def _is_own(link: str) -> bool:
    host = (urlsplit(link).hostname or "").lower()
    return any(host == own or host.endswith(f".{own}") for own in _OWN)


def _author(author: Author | None) -> Author | None:
    """Return who wrote it; nobody, if the account was deleted."""
    handle = name((author.name or "").removeprefix("/u/")) if author else None
    if handle is None or handle == "[deleted]":
        return None
    return Author(handle=handle, url=f"https://www.reddit.com/user/{handle}")


def _published(when: datetime | None, now: datetime) -> datetime | None:
    return moment(when.timestamp(), now, opened=_OPENED) if when else None
