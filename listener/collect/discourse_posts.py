"""Posts of a Discourse forum, as `posts.json`, a topic and a single post give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from listener.analysis.html import text_of
from listener.collect.descent import Entry
from listener.collect.fields import (
    LONGEST_TEXT,
    count,
    line,
    moment,
    name,
    number,
    plain_line,
    web,
    without_user,
)
from listener.model import Author, Engagement, Post, PostKind

_SAID = ("1", "2")  # post types: regular, by a moderator. 3 is a small action, 4 a staff whisper
_LIKE = 2  # of the action types
# What others said and what the forum says of a link or picture: none of it is the author's.
_NOT_THEIRS = "aside.quote, aside.onebox, .lightbox .meta, .poll-info"
_ONEBOX = re.compile(r'<aside\b[^<>]*\bdata-onebox-src="([^"<>]{1,2000})"')

Raw = Mapping[str, object]


class Forum:
    """Reads what one forum says.

    Keys are like the forum's own addresses: `/p/{post}`, and `/t/{topic}` for the first post of a
    topic. So every post of a topic knows its root, wherever the topic began; a post that answers
    another is only given that one's number within the topic.
    """

    def __init__(self, url: str, language: str | None) -> None:
        self._url = without_user(url).rstrip("/")
        self._language = language
        parts = urlsplit(self._url)
        self.site = f"{parts.netloc.lower()}{parts.path}"

    def entries(self, raw: Sequence[object], now: datetime) -> tuple[Entry, ...]:
        """Return what a walk needs of a page's posts, also of those that are not kept."""
        read = ((_id(one), one.get("created_at")) for one in raw if isinstance(one, Mapping))
        return tuple(Entry(id, moment(at, now)) for id, at in read if id is not None)

    def posts(self, raw: Sequence[object], now: datetime) -> tuple[tuple[Post, ...], int]:
        """Return the posts of one answer, and how many of it could not be read."""
        known = {
            (number(one.get("topic_id")), number(one.get("post_number"))): _id(one)
            for one in raw
            if isinstance(one, Mapping)
        }
        posts, unread = [], 0
        for one in raw:
            if isinstance(one, Mapping) and is_withheld(one):
                continue
            post = self._post(one, known, now) if isinstance(one, Mapping) else None
            posts += [post] if post else []
            unread += post is None
        return tuple(posts), unread

    def topic(self, post: Post) -> str | None:
        """Return the topic that a post was in when we read it."""
        start = self._topic_key("")
        key = post.root or post.key
        return number(key.removeprefix(start)) if key.startswith(start) else None

    def _post(
        self, raw: Raw, known: Mapping[tuple[str | None, str | None], str | None], now: datetime
    ) -> Post | None:
        id, topic, place = (number(raw.get(key)) for key in ("id", "topic_id", "post_number"))
        if id is None or topic is None or place is None:
            return None
        first = place == "1"
        above = number(raw.get("reply_to_post_number")) or "1"
        answered = known.get((topic, above))
        parent = self._topic_key(topic) if above == "1" else answered and self._key(answered)
        return Post(
            key=self._topic_key(topic) if first else self._key(id),
            item=id,
            kind=PostKind.DISCUSSION,
            url=f"{self._url}/t/{_slug(raw)}/{topic}/{place}",
            title=plain_line(raw.get("topic_title")) if first else None,
            text=_text(raw.get("cooked")),
            author=self._author(raw),
            published=moment(raw.get("created_at"), now),
            language=self._language,
            parent=None if first else parent,
            root=None if first else self._topic_key(topic),
            engagement=_engagement(raw),
        )

    def _key(self, id: str) -> str:
        return f"discourse:{self.site}/p/{id}"

    def _topic_key(self, topic: str) -> str:
        return f"discourse:{self.site}/t/{topic}"

    def _author(self, raw: Raw) -> Author | None:
        handle = name(raw.get("username"))
        if handle is None:
            return None
        url = f"{self._url}/u/{quote(handle)}"
        return Author(name=plain_line(raw.get("name")), handle=handle, url=url)


def is_withheld(raw: Raw) -> bool:
    """Tell whether a post is no public statement: the forum's own notes, whispers, hidden posts."""
    said = number(raw.get("post_type")) in (None, *_SAID)  # very old forums do not say
    return not said or raw.get("hidden") is True or is_taken_back(raw)


def is_taken_back(raw: Raw) -> bool:
    """Tell whether a post was deleted, by its author ("post deleted by author") or by staff."""
    return raw.get("user_deleted") is True or raw.get("deleted_at") is not None


def _id(raw: Raw) -> str | None:
    return number(raw.get("id"))


def _slug(raw: Raw) -> str:
    return quote(name(raw.get("topic_slug")) or "-", safe="")


def _text(cooked: object) -> str:
    """Return what the author wrote; a link that the forum shows as a card is its address."""
    if not isinstance(cooked, str):
        return ""
    links = (web(line(link)) for link in _ONEBOX.findall(cooked))
    parts = (text_of(cooked, without=_NOT_THEIRS), *filter(None, dict.fromkeys(links)))
    return "\n".join(filter(None, parts))[:LONGEST_TEXT]


def _engagement(raw: Raw) -> Engagement | None:
    found = Engagement(
        likes=_likes(raw.get("actions_summary")),
        comments=count(raw.get("reply_count")),
        views=count(raw.get("reads")),
    )
    return None if found == Engagement() else found


def _likes(summary: object) -> int | None:
    """Return the likes; an action that nobody took is left out of the summary, or has no count."""
    if not isinstance(summary, list):
        return None
    likes = [one for one in summary if isinstance(one, Mapping) and one.get("id") == _LIKE]
    return count(likes[0].get("count", 0)) if likes else 0
