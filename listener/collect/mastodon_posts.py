"""Statuses of Mastodon and of servers that speak its API, as posts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from listener.analysis.html import text_of
from listener.collect.fields import LONGEST_TEXT, count, moment, name, plain_line, token, web
from listener.model import Author, Engagement, Post, PostKind

_PUBLIC = ("public", "unlisted")
_FALLBACK = ".quote-inline"  # "RE: https://..." for servers that cannot show the post quoted
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_]\w+)*", re.IGNORECASE)

Raw = Mapping[str, object]


class Status(NamedTuple):
    """A post, and what it answers at this instance: ids there mean nothing elsewhere."""

    post: Post
    id: str
    answers: str | None


class Instance:
    """Reads what one instance says.

    A post is known by its `uri`, which is the same at every instance. Its item is the instance's
    own id, with the instance, which is what can be asked for again.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc.rpartition("@")[2].lower()

    def read(self, raw: Sequence[object], now: datetime) -> tuple[tuple[Status, ...], int]:
        """Return the statuses that are public, and how many could not be read."""
        found, unread = [], 0
        for one in raw:
            status = _boosted(one)
            if status is not None and _is_secret(status):
                continue
            read = self._status(status, now) if status is not None else None
            found += [read] if read else []
            unread += read is None
        return tuple(found), unread

    def id_of(self, post: Post) -> str | None:
        """Return what this instance calls a post; None for a post of another."""
        host, _, id = post.item.rpartition("/")
        return name(id) if host == self.host else None

    def _status(self, raw: Raw, now: datetime) -> Status | None:
        id, uri = token(raw.get("id")), name(raw.get("uri"))
        if id is None or uri is None or not is_public(raw):
            return None
        account = raw.get("account")
        account = account if isinstance(account, Mapping) else {}
        post = Post(
            key=key(uri),
            item=f"{self.host}/{id}",
            kind=PostKind.SOCIAL,
            url=web(raw.get("url")) or web(uri),
            title=plain_line(raw.get("spoiler_text")),
            text=_text(raw.get("content")),
            author=self._author(account),
            published=moment(raw.get("created_at"), now),
            language=_language(raw.get("language")),
            engagement=_engagement(raw, here=_is_here(account)),
        )
        return Status(post, id, token(raw.get("in_reply_to_id")))

    def _author(self, account: Raw) -> Author | None:
        acct = name(account.get("acct"))
        if acct is None:
            return None
        return Author(
            name=plain_line(account.get("display_name")),
            handle=acct if "@" in acct else f"{acct}@{self.host}",
            url=web(account.get("url")),
            followers=_counted(account.get("followers_count"), here=_is_here(account)),
        )


def key(uri: str) -> str:
    """Return the key of the post that has this `uri`, wherever it was seen."""
    return f"mastodon:{uri}"


def is_public(raw: Raw) -> bool:
    return raw.get("visibility") in _PUBLIC and raw.get("local_only") is not True


def _is_secret(raw: Raw) -> bool:
    """Tell whether a status is for some only, and says so.

    "private" is for followers, "direct" for who is addressed, "limited" and "list:7" for a circle,
    "local" (Akkoma) and what is `local_only` (glitch-soc, GoToSocial) for the instance's members.
    """
    return isinstance(raw.get("visibility"), str) and not is_public(raw)


def _boosted(raw: object) -> Raw | None:
    """Return what a boost passes on; any other status as it is."""
    if not isinstance(raw, Mapping):
        return None
    inner = raw.get("reblog")
    return inner if isinstance(inner, Mapping) else raw


def _text(content: object) -> str:
    return text_of(content, without=_FALLBACK)[:LONGEST_TEXT] if isinstance(content, str) else ""


def _language(value: object) -> str | None:
    found = _LANGUAGE.fullmatch(value) if isinstance(value, str) else None
    return found[1].lower() if found else None


def _is_here(account: Raw) -> bool:
    """Tell whether an account is of the instance that was asked: then it knows all about it."""
    return "@" not in str(account.get("acct", "@"))


def _engagement(raw: Raw, *, here: bool) -> Engagement | None:
    boosts = _counted(raw.get("reblogs_count"), here=here)
    quotes = _counted(raw.get("quotes_count"), here=here)
    found = Engagement(
        likes=_counted(raw.get("favourites_count"), here=here),
        shares=None if boosts is None and quotes is None else (boosts or 0) + (quotes or 0),
        comments=_counted(raw.get("replies_count"), here=here),
    )
    return None if found == Engagement() else found


def _counted(value: object, *, here: bool) -> int | None:
    """Return a count. Of another instance's posts one only knows what reached this one.

    So many there are at least; but none seen here says nothing.
    """
    found = count(value)
    return None if found == 0 and not here else found
