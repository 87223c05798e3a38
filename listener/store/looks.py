"""When to look again at what was found, and what a second look showed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from listener.model import Post
from listener.store.rows import at, post_from, seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store

# After publication. Most reactions and edits come in the first hours.
AFTER = (
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)


def next_look(published: datetime, now: datetime) -> datetime | None:
    """Return when to look again at a post of that age; None when it is too old to change much."""
    return next((due for due in (published + after for after in AFTER) if due > now), None)


class Looks:
    """Writes belong inside `store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def plan(self, post_id: int, source: str, post: Post, now: datetime) -> None:
        """Look again at a post, at the source that can."""
        due = next_look(min(post.published or now, now), now)
        if due is not None:
            self._store.execute(
                "INSERT OR IGNORE INTO looks (post, source, due_at) VALUES (?, ?, ?)",
                (post_id, source, seconds(due)),
            )

    def sources(self, names: Iterable[str], now: datetime) -> tuple[str, ...]:
        """Return the sources at which something is due."""
        rows = self._store.rows(
            "SELECT DISTINCT source FROM looks WHERE due_at <= ?"
            " AND source IN (SELECT value FROM json_each(?)) ORDER BY source",
            (seconds(now), json.dumps(list(names))),
        )
        return tuple(row["source"] for row in rows)

    def due(self, source: str, now: datetime, most: int) -> tuple[Post, ...]:
        """Return posts to look at again, longest overdue first, by the source's own names.

        What was put off together comes in any order, so that one that fails blocks no other.
        """
        rows = self._store.rows(
            "SELECT p.*, p.language AS declared, s.item FROM looks l"
            " JOIN posts p ON p.id = l.post"
            " JOIN sightings s ON s.post = l.post AND s.source = l.source"
            " WHERE l.source = ? AND l.due_at <= ? ORDER BY l.due_at, random() LIMIT ?",
            (source, seconds(now), most),
        )
        return tuple(replace(post_from(row), item=row["item"]) for row in rows)

    def looked(self, posts: Collection[Post], now: datetime) -> None:
        """Plan the next look at each, or none."""
        rows = self._store.rows(
            "SELECT l.post, coalesce(p.published, p.first_seen) AS at FROM looks l"
            " JOIN posts p ON p.id = l.post WHERE p.gone IS NULL"
            " AND p.key IN (SELECT value FROM json_each(?))",
            (_keys(posts),),
        )
        due = {row["post"]: next_look(at(row["at"]), now) for row in rows}
        again = [(seconds(when), post) for post, when in due.items() if when is not None]
        self._store.execute_many("UPDATE looks SET due_at = ? WHERE post = ?", again)
        self._store.execute(
            "DELETE FROM looks WHERE due_at <= ? AND post IN"
            " (SELECT id FROM posts WHERE key IN (SELECT value FROM json_each(?)))",
            (seconds(now), _keys(posts)),
        )

    def postpone(self, source: str, until: datetime) -> None:
        """Look no sooner than that at anything of the source."""
        self._store.execute(
            "UPDATE looks SET due_at = max(due_at, ?) WHERE source = ?", (seconds(until), source)
        )

    def deleted(self, keys: Iterable[str], now: datetime) -> int:
        """Write down that posts are no longer to be seen; return how many we took for there."""
        return self._store.execute(
            "UPDATE posts SET gone = ? WHERE gone IS NULL"
            " AND key IN (SELECT value FROM json_each(?))",
            (seconds(now), json.dumps(list(keys))),
        )

    def seen(self, posts: Iterable[Post]) -> None:
        """Write down that posts are there, whatever we took them for."""
        self._store.execute(
            "UPDATE posts SET gone = NULL WHERE gone IS NOT NULL"
            " AND key IN (SELECT value FROM json_each(?))",
            (_keys(posts),),
        )


def _keys(posts: Iterable[Post]) -> str:
    return json.dumps([post.key for post in posts])
