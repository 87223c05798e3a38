"""Sentiments that people gave by hand: which there are, and what might be labelled next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from listener.model import PERSON, Mention

if TYPE_CHECKING:
    from listener.store.sqlite import Store

_LABELLED = """
FROM mentions m JOIN scores s ON s.id = m.score
JOIN posts p ON p.id = m.post
WHERE s.engine = :person AND m.language IS NOT NULL
"""
_BEFORE = """
(SELECT label FROM scores b WHERE b.mention = m.id AND b.id < s.id AND b.engine IS NOT :person
    ORDER BY b.id DESC LIMIT 1)
"""


def alike(store: Store, posts: Sequence[int], brand: str | None) -> tuple[Mention, ...]:
    """Return the mentions of these posts and of copies of their text, of one brand or all."""
    rows = store.rows(
        "SELECT m.id FROM mentions m JOIN posts p ON p.id = m.post"
        " WHERE (p.id IN (SELECT value FROM json_each(:posts)) OR p.original IN"
        " (SELECT original FROM posts WHERE id IN (SELECT value FROM json_each(:posts))))"
        " AND (:brand IS NULL OR m.brand = :brand) ORDER BY m.id",
        {"posts": json.dumps(list(posts)), "brand": brand},
    )
    return store.mentions.by_ids(row["id"] for row in rows)


def post_of(store: Store, mention: Mention) -> list[int]:
    """Return the post of a mention; none when it is gone."""
    rows = store.rows("SELECT post FROM mentions WHERE id = ?", (mention.id,))
    return [row["post"] for row in rows]


def labelled(store: Store) -> tuple[Mention, ...]:
    """Return what people labelled, of known language; of copies of a text, the first."""
    rows = store.rows(
        f"SELECT min(m.id) AS id {_LABELLED} GROUP BY m.brand, coalesce(p.original, -p.id)",
        {"person": PERSON},
    )
    return store.mentions.by_ids(row["id"] for row in rows)


def agreed(store: Store) -> tuple[int, int]:
    """Return how many of what people labelled an engine had labelled before, and how many so."""
    row = store.row(
        "SELECT count(before) AS judged, coalesce(sum(given = before), 0) AS same"
        f" FROM (SELECT min(m.id), s.label AS given, {_BEFORE} AS before {_LABELLED}"
        " GROUP BY m.brand, coalesce(p.original, -p.id))",
        {"person": PERSON},
    )
    assert row is not None
    return row["judged"], row["same"]


def sample(store: Store, brand: str | None, count: int) -> tuple[Mention, ...]:
    """Return mentions by chance that nobody labelled, of known language, each text once."""
    rows = store.rows(
        "SELECT min(m.id) AS id FROM mentions m JOIN scores s ON s.id = m.score"
        " JOIN posts p ON p.id = m.post"
        " WHERE s.engine IS NOT :person AND m.language IS NOT NULL AND p.gone IS NULL"
        " AND (:brand IS NULL OR m.brand = :brand)"
        " GROUP BY m.brand, coalesce(p.original, -p.id) ORDER BY random() LIMIT :count",
        {"person": PERSON, "brand": brand, "count": count},
    )
    return store.mentions.by_ids(row["id"] for row in rows)
