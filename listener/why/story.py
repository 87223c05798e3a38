"""Which story a post belongs to, and for what it was taken into it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from listener.analysis.story_course import Course, Piece, course
from listener.model import PostKind
from listener.store import Store
from listener.store.rows import at
from listener.why.model import StoryWhy, Telling


def story_of(store: Store, post: int, now: datetime) -> StoryWhy | None:
    """Return the story of a stored post; None when it is a mention of nothing."""
    rows = store.rows(
        "SELECT id, story, original, kind, url, title, coalesce(outlet, source) AS outlet,"
        " first_seen, coalesce(published, first_seen) AS published, followers"
        " FROM posts WHERE story = (SELECT story FROM posts WHERE id = ?)"
        " ORDER BY first_seen, id",
        (post,),
    )
    position = next((n for n, row in enumerate(rows) if row["id"] == post), None)
    if position is None:
        return None
    own = rows[position]
    reason = store.row("SELECT other, why FROM story_joins WHERE post = ?", (post,))
    join = json.loads(reason["why"]) if reason else None
    like = next((row for row in rows if reason and row["id"] == reason["other"]), None)
    return StoryWhy(
        id=own["story"],
        first=_telling(rows[0], own) if position else None,
        like=_telling(like, own) if like else None,
        join=join,
        shared=tuple(join.get("same", ())) if join else (),
        others=tuple(_telling(row, own) for row in rows[position + 1 :]),
        course=_course(rows, now),
    )


def _course(rows: Sequence[sqlite3.Row], now: datetime) -> Course:
    pieces = [
        Piece(
            kind=PostKind(row["kind"]),
            outlet=row["outlet"],
            at=at(row["published"]),
            text=row["original"],
            followers=row["followers"],
        )
        for row in rows
    ]
    told = course(pieces, now)
    assert told is not None  # it has the post that was asked about
    return told


def _telling(row: sqlite3.Row, own: sqlite3.Row) -> Telling:
    return Telling(
        outlet=row["outlet"],
        url=row["url"],
        title=row["title"],
        seen=at(row["first_seen"]),
        copy=row["original"] == own["original"],
    )
