"""The archive by its words: a full-text index of every post, kept by triggers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Literal

from listener.analysis.folding import fold
from listener.analysis.nodes import bare
from listener.analysis.text import TOKEN
from listener.model import Label, Level, Post
from listener.store.rows import at, engagement_from, post_from, seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store

Order = Literal["newest", "oldest", "risk", "relevance"]

_WHEN = "coalesce(p.published, p.first_seen)"
_RISK = "(SELECT max(s.risk) FROM mentions m JOIN scores s ON s.id = m.score WHERE m.post = p.id)"
_ORDERS: dict[Order, str] = {
    "newest": f"{_WHEN} DESC, p.id DESC",
    "oldest": f"{_WHEN}, p.id",
    "risk": f"{_RISK} DESC NULLS LAST, {_WHEN} DESC, p.id DESC",
    "relevance": f"w.rank, {_WHEN} DESC, p.id DESC",
}


def words(text: str | None) -> str:
    """Return a text as queries read it: folded words without # and @, a space between them.

    SQLite calls it as `words(...)`. Its own tokenizer would find "cœur" by no other spelling, and
    neither emoji nor the words of Chinese. When this changes, a migration has to index anew.
    """
    return " ".join(map(bare, TOKEN.findall(fold(text).text))) if text else ""


def teach(connection: sqlite3.Connection) -> None:
    """Make `words(...)` known, which the triggers of the index call."""
    connection.create_function("words", 1, words, deterministic=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a mention was judged to be."""

    brand: str
    risk: int
    level: Level
    label: Label | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A post of the archive, with what a query may ask about it and what was thought of it.

    source, source_kind  which source gave the text that is kept
    language             as judged, else as declared
    own                  the brand whose account wrote it
    """

    id: int
    post: Post
    source: str
    source_kind: str
    language: str | None
    seen: datetime
    own: str | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is kept, and since when it was first seen; `unmatched`: of no brand."""

    posts: int
    oldest: datetime | None
    oldest_unmatched: datetime | None


class Search:
    def __init__(self, store: Store) -> None:
        self._store = store

    def ids(
        self,
        expression: str | None,
        *,
        order: Order = "newest",
        since: datetime | None = None,
        until: datetime | None = None,
        brand: str | None = None,
    ) -> list[int]:
        """Return the posts that fit an FTS5 expression over title, text, author; None: all.

        A post counts when it was published, else when it was first seen: since <= then < until.
        """
        wheres = {
            "w.post_words MATCH :words": expression,
            f"{_WHEN} >= :since": seconds(since),
            f"{_WHEN} < :until": seconds(until),
            "EXISTS (SELECT 1 FROM mentions WHERE post = p.id AND brand = :brand)": brand,
        }
        where = " AND ".join(sql for sql, value in wheres.items() if value is not None)
        table = "post_words w CROSS JOIN posts p ON p.id = w.rowid" if expression else "posts p"
        by = _ORDERS["newest" if order == "relevance" and not expression else order]
        rows = self._store.rows(
            f"SELECT p.id FROM {table} WHERE {where or 1} ORDER BY {by}",
            {
                "words": expression,
                "since": seconds(since),
                "until": seconds(until),
                "brand": brand,
            },
        )
        return [row["id"] for row in rows]

    def posts(self, ids: Sequence[int]) -> Iterator[Kept]:
        """Yield these posts, in this order; one that is gone meanwhile is left out."""
        rows = self._store.rows(
            "SELECT p.*, coalesce(k.kind, '') AS source_kind, p.language AS declared,"
            " (SELECT language FROM mentions WHERE post = p.id ORDER BY id LIMIT 1) AS judged,"
            " e.likes, e.shares, e.comments, e.views"
            " FROM posts p LEFT JOIN sources k ON k.name = p.source"
            " LEFT JOIN engagement e ON e.post = p.id"
            " AND e.at = (SELECT max(at) FROM engagement WHERE post = p.id)"
            " WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        marks = self._marks(ids)
        found = {row["id"]: _kept(row, tuple(marks.get(row["id"], ()))) for row in rows}
        return (found[one] for one in ids if one in found)

    def named(self, names: Sequence[str]) -> list[int]:
        """Return the posts known by any of these keys or URLs, oldest first.

        A key finds also the posts that share its address: see `Posts.add`.
        """
        found = chain.from_iterable(
            self._store.rows(
                "SELECT id FROM posts WHERE key = ? OR (key > ? AND key < ?)",
                (name, f"{name}#", f"{name}$"),
            )
            for name in names
        )
        ids = {row["id"] for row in found} or {
            row["id"]
            for row in self._store.rows(
                "SELECT id FROM posts WHERE url IN (SELECT value FROM json_each(?))",
                (json.dumps(list(names)),),
            )
        }
        return sorted(ids)

    def extent(self) -> Extent:
        row = self._store.row(
            "SELECT count(*) AS posts, min(first_seen) AS oldest, (SELECT first_seen FROM posts p"
            " WHERE by_brand IS NULL AND NOT EXISTS (SELECT 1 FROM mentions WHERE post = p.id)"
            " ORDER BY first_seen LIMIT 1) AS unmatched FROM posts"
        )
        assert row is not None
        oldest, unmatched = row["oldest"], row["unmatched"]
        return Extent(
            posts=row["posts"],
            oldest=None if oldest is None else at(oldest),
            oldest_unmatched=None if unmatched is None else at(unmatched),
        )

    def _marks(self, ids: Sequence[int]) -> dict[int, list[Mark]]:
        rows = self._store.rows(
            "SELECT m.post, m.brand, s.risk, s.level, s.label FROM mentions m"
            " JOIN scores s ON s.id = m.score WHERE m.post IN (SELECT value FROM json_each(?))"
            " ORDER BY m.id",
            (json.dumps(list(ids)),),
        )
        marks: dict[int, list[Mark]] = {}
        for row in rows:
            label = Label(row["label"]) if row["label"] else None
            mark = Mark(
                brand=row["brand"], risk=row["risk"], level=Level(row["level"]), label=label
            )
            marks.setdefault(row["post"], []).append(mark)
        return marks


def _kept(row: sqlite3.Row, marks: tuple[Mark, ...]) -> Kept:
    return Kept(
        id=row["id"],
        post=post_from(row, engagement_from(row)),
        source=row["source"],
        source_kind=row["source_kind"],
        language=row["judged"] or row["declared"],
        seen=at(row["first_seen"]),
        own=row["by_brand"],
        marks=marks,
    )
