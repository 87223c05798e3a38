"""Posts, where they were seen, and what they became: identity is decided here, once."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from listener.model import Author, Engagement, Post
from listener.store.rows import post_columns, post_from

if TYPE_CHECKING:
    from listener.store.sqlite import Store

AGAIN = 30 * 86_400  # seconds until it is written down again that a purged post is still listed


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a post: its row, and whether we have to look at its text.

    `fresh`: never seen before; `edited`: its source changed it, or another gave more of it.
    """

    id: int
    fresh: bool = False
    edited: bool = False

    @property
    def changed(self) -> bool:
        return self.fresh or self.edited


def content_hash(post: Post) -> bytes:
    """Hash what a source says of a post; counts are apart, they change all the time."""
    said = (post.title, post.text, post.url, post.language, post.rating, str(post.kind))
    return hashlib.blake2b(repr(said).encode(errors="surrogatepass"), digest_size=16).digest()


class Posts:
    """Writes belong inside `store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def unchanged(self, source: str, posts: Iterable[Post]) -> set[str]:
        """Return the items that this source has said word for word before."""
        hashes = {post.item: content_hash(post) for post in posts}
        rows = self._store.rows(
            "SELECT item, hash FROM sightings WHERE source = ?"
            " AND item IN (SELECT value FROM json_each(?))",
            (source, json.dumps(list(hashes))),
        )
        return {row["item"] for row in rows if row["hash"] == hashes[row["item"]]}

    def add(self, source: str, post: Post, now: int) -> Stored | None:
        """Store a post, or what is new about one we have; None when it was erased.

        An item this source showed before is the same post, whatever its URL became. Else the key
        decides, but two items of one source that share an address and not a title are two posts
        (change logs, forums whose entries all link to one page).
        """
        if self.erased(post):
            self._still_listed(post, now)
            return None
        row = self._same_item(source, post.item) or self._same_key(source, post)
        if row is None:
            return self._insert(source, post, now)
        if row["hash"] is not None and row["hash"] == content_hash(post):
            self._count(row["id"], post.engagement, now)
            return Stored(row["id"])
        return self._again(source, post, row, now)

    def _same_item(self, source: str, item: str) -> sqlite3.Row | None:
        return self._store.row(
            "SELECT p.id, p.title, p.text, p.source, s.hash FROM sightings s"
            " JOIN posts p ON p.id = s.post WHERE s.source = ? AND s.item = ?",
            (source, item),
        )

    def _same_key(self, source: str, post: Post) -> sqlite3.Row | None:
        row = self._by_key(source, post.key)
        if row is None or row["hash"] is None:
            return row
        same = row["title"] == post.title if post.title else row["text"] == post.text
        return row if same else self._by_key(source, _apart(post).key)

    def _by_key(self, source: str, key: str) -> sqlite3.Row | None:
        return self._store.row(
            "SELECT p.id, p.title, p.text, p.source, s.hash FROM posts p"
            " LEFT JOIN sightings s ON s.post = p.id AND s.source = ? WHERE p.key = ?",
            (source, key),
        )

    def _insert(self, source: str, post: Post, now: int) -> Stored:
        if self._store.row("SELECT 1 FROM posts WHERE key = ?", (post.key,)):
            post = _apart(post)
        columns = post_columns(post) | {"first_seen": now, "source": source}
        row = self._store.row(
            f"INSERT INTO posts ({', '.join(columns)})"
            f" VALUES ({', '.join('?' * len(columns))}) RETURNING id",
            tuple(columns.values()),
        )
        assert row is not None
        self._sight(row["id"], source, post, now)
        self._count(row["id"], post.engagement, now)
        return Stored(row["id"], fresh=True)

    def _again(self, source: str, post: Post, row: sqlite3.Row, now: int) -> Stored:
        """Take over what this source says now, if it is its text we hold or it gives more of it."""
        self._sight(row["id"], source, post, now)
        self._count(row["id"], post.engagement, now)
        same = (row["title"], row["text"]) == (post.title, post.text)
        ours = row["source"] == source
        if same or not (ours or len(post.text) > len(row["text"])):
            return Stored(row["id"])
        if ours:
            self._store.execute(
                "INSERT INTO revisions (post, at, title, text) VALUES (?, ?, ?, ?)",
                (row["id"], now, row["title"], row["text"]),
            )
        self._store.execute(
            "UPDATE posts SET title = ?, text = ?, source = ? WHERE id = ?",
            (post.title, post.text, source, row["id"]),
        )
        return Stored(row["id"], edited=True)

    def _sight(self, post_id: int, source: str, post: Post, now: int) -> None:
        self._store.execute(
            "INSERT INTO sightings (post, source, item, hash, seen) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (post, source) DO UPDATE SET item = excluded.item, hash = excluded.hash",
            (post_id, source, post.item, content_hash(post), now),
        )

    def _count(self, post_id: int, engagement: Engagement | None, now: int) -> None:
        """Add a row to the series when a count is known and has changed."""
        if engagement is None:
            return
        last = self._store.row(
            "SELECT likes, shares, comments, views FROM engagement WHERE post = ?"
            " ORDER BY at DESC LIMIT 1",
            (post_id,),
        )
        counts = astuple(engagement)
        if last is None or tuple(last) != counts:
            self._store.execute(
                "INSERT OR REPLACE INTO engagement (post, at, likes, shares, comments, views)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (post_id, now, *counts),
            )

    def get(self, post_id: int) -> Post:
        """Return a post as it stands now."""
        row = self._store.row("SELECT *, language AS declared FROM posts WHERE id = ?", (post_id,))
        assert row is not None
        return post_from(row)

    def archive(self, after: int, limit: int) -> list[tuple[int, str, Post]]:
        """Return stored posts by id, with the source that gave them, a page at a time."""
        rows = self._store.rows(
            "SELECT *, language AS declared FROM posts WHERE id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )
        return [(row["id"], row["source"], post_from(row)) for row in rows]

    def by_brand(self, post_id: int, brand: str | None) -> None:
        """Remember that a brand's own account wrote this post: it is an answer."""
        self._store.execute("UPDATE posts SET by_brand = ? WHERE id = ?", (brand, post_id))

    def erased(self, post: Post) -> bool:
        """Tell whether this post or its author was erased on request, or it was purged."""
        either = self._tombstones(post)
        marks = ", ".join("?" * len(either))
        sql = f"SELECT 1 FROM tombstones WHERE hash IN ({marks}) AND (erased OR hash <> ?)"
        shared = self.tombstone(post.key) if _is_address(post.key) else b""
        return self._store.row(sql, [*either, shared]) is not None

    def _still_listed(self, post: Post, now: int) -> None:
        """Remember that a source lists what was purged: so long it has to stay away."""
        names = self._tombstones(post)
        self._store.execute(
            f"UPDATE tombstones SET listed = ? WHERE hash IN ({', '.join('?' * len(names))})"
            " AND NOT erased AND coalesce(listed, at) < ?",
            (now, *names, now - AGAIN),
        )

    def _tombstones(self, post: Post) -> list[bytes]:
        return [self.tombstone(name) for name in (*erasable(post), *purged_names(*_facts(post)))]

    def tombstone(self, name: str) -> bytes:
        """Hash a key or an author with this store's own secret: it tells nothing to others."""
        return hmac.digest(self._secret, name.encode(errors="surrogatepass"), "sha256")

    @cached_property
    def _secret(self) -> bytes:
        row = self._store.row("SELECT value FROM settings WHERE name = 'tombstone_key'")
        assert row is not None
        return bytes(row["value"])


def erasable(post: Post) -> tuple[str, ...]:
    """Return the names by which a post can be erased: its key, alone or shared; its author's."""
    author = post.author or Author()
    names = (author.url, author.handle, author.name)
    return (post.key, _apart(post).key, *(f"author:{name.casefold()}" for name in names if name))


def purged_names(key: str, title: str | None, text: str, item: str) -> tuple[str, ...]:
    """Return the names by which a post is known that was purged while a source still lists it.

    An address alone is none: what is published there next is another post.
    """
    if not _is_address(key):
        return (key,)
    own = _own(item)
    base = key.removesuffix(own)
    return (key, base + own, f"{base}\n{title or text}")


def _facts(post: Post) -> tuple[str, str | None, str, str]:
    return post.key, post.title, post.text, post.item


def _is_address(key: str) -> bool:
    return key.startswith("url:")


def _own(item: str) -> str:
    """Return what an item adds to an address that it shares with others."""
    said = item.encode(errors="surrogatepass")
    return f"#{hashlib.blake2b(said, digest_size=8).hexdigest()}"


def _apart(post: Post) -> Post:
    """Return the post under a key of its own: its address is shared with another one."""
    return replace(post, key=post.key + _own(post.item))
