"""Which story a post belongs to, and what makes it a copy of an earlier one."""

from __future__ import annotations

import sqlite3
from typing import Literal

from listener.analysis import stories
from listener.store import Store
from listener.store.rows import at
from listener.why.model import StoryWhy, Telling

MOST = 200  # posts of a story that are looked at


def story_of(store: Store, post: int) -> StoryWhy | None:
    """Return the story of a stored post; None when it is a mention of nothing."""
    rows = store.rows(
        "SELECT id, story, url, title, text, coalesce(outlet, source) AS outlet, first_seen"
        " FROM posts WHERE story = (SELECT story FROM posts WHERE id = ?)"
        " ORDER BY first_seen, id LIMIT ?",
        (post, MOST),
    )
    position = next((n for n, row in enumerate(rows) if row["id"] == post), None)
    if position is None:
        return None
    return StoryWhy(
        id=rows[0]["story"],
        first=_telling(rows[0]) if position else None,
        shared=_shared(rows[position], rows[:position]),
        others=tuple(map(_telling, rows[position + 1 :])),
    )


def _shared(own: sqlite3.Row, earlier: list[sqlite3.Row]) -> tuple[Literal["title", "text"], ...]:
    mine = set(stories.keys(own["title"], own["text"]))
    theirs = {key for row in earlier for key in stories.keys(row["title"], row["text"])}
    kinds = {"title" if key.startswith("title ") else "text" for key in mine & theirs}
    return tuple(kind for kind in ("title", "text") if kind in kinds)


def _telling(row: sqlite3.Row) -> Telling:
    return Telling(
        outlet=row["outlet"], url=row["url"], title=row["title"], seen=at(row["first_seen"])
    )
