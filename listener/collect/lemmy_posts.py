"""Posts and comments of Lemmy as posts: of 0.19 (API v3) and 1.0 (v4), which name things anew."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from listener.collect.fields import count, moment, name, number, plain_line, plain_prose, web
from listener.collect.lemmy_walk import Row
from listener.collect.recent import Recent
from listener.model import Author, Engagement, Post, PostKind

_REMEMBERED = 5_000  # comments by their number at the instance

Raw = Mapping[str, object]


class Read(NamedTuple):
    """posts public ones; rows every line, for the walk; skipped lines that could not be read."""

    posts: tuple[Post, ...]
    rows: tuple[Row, ...]
    skipped: int


class Reader:
    """Reads what one instance lists. A post is known by its `ap_id`, the same at all instances.

    languages  codes by the number that the instance gave them
    """

    def __init__(self) -> None:
        self.languages: Mapping[int, str] = {}
        self._comments: Recent[str] = Recent(_REMEMBERED)

    def read(self, views: Sequence[object], now: datetime) -> Read:
        """Read views of posts and comments. What was removed or deleted is left out."""
        known = [_mapping(view) for view in views]
        self._remember(known)
        posts, rows, skipped = [], [], 0
        for view in known:
            thing = _thing(view)
            rows.append(_row(thing, now))
            if thing.get("removed") is True or thing.get("deleted") is True:
                continue
            post = self._post(view, thing, now)
            posts += [post] if post else []
            skipped += post is None
        return Read(tuple(posts), tuple(rows), skipped)

    def _remember(self, views: Sequence[Raw]) -> None:
        """Remember what comments are called everywhere: answers name them by number only."""
        for view in views:
            comment = _mapping(view.get("comment"))
            id, ap_id = number(comment.get("id")), name(comment.get("ap_id"))
            if id is not None and ap_id is not None:
                self._comments[id] = key(ap_id)

    def _post(self, view: Raw, thing: Raw, now: datetime) -> Post | None:
        ap_id = name(thing.get("ap_id"))
        if ap_id is None:
            return None
        is_comment = "comment" in view
        opened = name(_mapping(view.get("post")).get("ap_id")) if is_comment else None
        root = key(opened) if opened else None
        return Post(
            key=key(ap_id),
            item=ap_id,
            kind=PostKind.DISCUSSION,
            url=web(ap_id),
            title=None if is_comment else plain_line(thing.get("name")),
            text=plain_prose(thing.get("content")) if is_comment else _text(thing),
            author=_author(_mapping(view.get("creator"))),
            outlet=_community(_mapping(view.get("community"))),
            published=_published(thing, now),
            language=self._language(thing.get("language_id")),
            parent=self._parent(thing.get("path"), root) if is_comment else None,
            root=root,
            engagement=_engagement(_mapping(view.get("counts")) or thing),
        )

    def _parent(self, path: object, root: str | None) -> str | None:
        """Return what a comment answers; its path is "0", and numbers down to its own."""
        numbers = path.split(".") if isinstance(path, str) else []
        if len(numbers) == 2:
            return root
        return self._comments.get(numbers[-2]) if len(numbers) > 2 else None

    def _language(self, id: object) -> str | None:
        """Return the declared language, if it is one of ISO 639-1; 0 is "undetermined"."""
        code = self.languages.get(id, "") if isinstance(id, int) else ""
        return code if re.fullmatch("[a-z]{2}", code) else None


def key(ap_id: str) -> str:
    """Return the key of the post that has this `ap_id`, wherever it was seen."""
    return f"lemmy:{ap_id}"


def _thing(view: Raw) -> Raw:
    return _mapping(view.get("comment")) or _mapping(view.get("post"))


def _mapping(value: object) -> Raw:
    return value if isinstance(value, Mapping) else {}


def _row(thing: Raw, now: datetime) -> Row:
    at = _published(thing, now)
    pinned = thing.get("featured_community") is True or thing.get("featured_local") is True
    return Row(str(thing.get("ap_id")), int(at.timestamp()) if at else None, pinned)


def _published(thing: Raw, now: datetime) -> datetime | None:
    """Return when it was written: without a zone before 0.19.4, and in UTC."""
    return moment(thing.get("published_at") or thing.get("published"), now)


def _text(post: Raw) -> str:
    """Return what the author wrote, as Markdown, and on its own line the page that it links to."""
    link = web(post.get("url")) or ""
    return "\n".join(part for part in (plain_prose(post.get("body")), link) if part)


def _author(person: Raw) -> Author | None:
    handle = name(person.get("name"))
    if handle is None:
        return None
    address = _address(person)
    return Author(
        name=plain_line(person.get("display_name")),
        handle=f"{handle}@{_host(address)}" if address else handle,
        url=address,
    )


def _community(community: Raw) -> str | None:
    """Return a community as Lemmy's readers write it: `!technology@lemmy.world`."""
    called, address = name(community.get("name")), _address(community)
    return f"!{called}@{_host(address)}" if called and address else plain_line(called)


def _address(actor: Raw) -> str | None:
    return web(actor.get("ap_id")) or web(actor.get("actor_id"))


def _host(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[2].lower()


def _engagement(counts: Raw) -> Engagement | None:
    """Return the counts. A score below zero does not tell how many liked it."""
    liked, below = count(counts.get("upvotes")), count(counts.get("comments"))
    found = Engagement(
        likes=count(counts.get("score")) if liked is None else liked,
        comments=count(counts.get("child_count")) if below is None else below,
    )
    return None if found == Engagement() else found
