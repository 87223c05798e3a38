"""Mentions and their scores: written by ingest, read by digest, report and commands."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from listener.model import Copy, Match, Mention, Risk, Sentiment
from listener.store.ids import unused
from listener.store.rows import mention_from, score_columns, spans_to

if TYPE_CHECKING:
    from listener.store.sqlite import Store

SELECT = """
SELECT m.id AS mention_id, m.brand, m.spans, m.clause, m.found, m.source, m.first_pass,
    m.language AS judged_language,
    p.key, p.kind, p.url, p.title, p.text, p.author_name, p.author_handle, p.author_url,
    p.followers, p.outlet, p.published, p.language AS declared, p.rating, p.parent, p.root, p.story,
    p.original,
    p.gone,
    (SELECT max(at) FROM revisions WHERE post = p.id) AS edited,
    (SELECT min(coalesce(a.published, a.first_seen)) FROM posts a
        WHERE a.by_brand IS NOT NULL AND (a.parent = p.key OR a.root = p.key)
            AND NOT EXISTS (SELECT 1 FROM settings t, json_each(t.value) j
                WHERE t.name = 'theirs' AND j.value = a.by_brand)) AS answered,
    s.sentiment, s.label, s.engine, s.evidence, s.risk, s.level, s.reasons, s.version,
    e.likes, e.shares, e.comments, e.views,
    EXISTS (SELECT 1 FROM alerts a WHERE a.mention = m.id) AS alerted
FROM mentions m
JOIN posts p ON p.id = m.post
JOIN scores s ON s.id = m.score
LEFT JOIN engagement e ON e.post = p.id
    AND e.at = (SELECT max(at) FROM engagement WHERE post = p.id)
"""
COPIES = """
SELECT p.original, p.key, p.url, coalesce(p.outlet, m.source) AS outlet
FROM posts p JOIN mentions m ON m.post = p.id
WHERE p.story IN (SELECT value FROM json_each(?))
GROUP BY p.id ORDER BY p.first_seen, p.id
"""


class Mentions:
    """Posts that match a brand, judged."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        post: int,
        match: Match,
        *,
        source: str,
        found: int,
        first_pass: bool,
        language: str | None,
    ) -> int | None:
        """Store a mention and return its id; None when the post is a mention of it already."""
        row = self._store.row(
            "INSERT INTO mentions"
            " (id, post, brand, spans, clause, found, source, first_pass, language)"
            f" VALUES ({unused('mentions')}, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (post, brand) DO NOTHING RETURNING id",
            (
                post,
                match.brand,
                spans_to(match.spans),
                match.clause,
                found,
                source,
                first_pass,
                language,
            ),
        )
        return None if row is None else int(row["id"])

    def rematched(self, post: int, match: Match, language: str | None) -> int:
        """Point an existing mention into the post's new text and return its id."""
        row = self._store.row(
            "UPDATE mentions SET spans = ?, clause = ?, language = ? WHERE post = ? AND brand = ?"
            " RETURNING id",
            (spans_to(match.spans), match.clause, language, post, match.brand),
        )
        assert row is not None
        return int(row["id"])

    def unmatched(self, post: int, brands: Sequence[str]) -> None:
        """Point no more into a post's old text, in mentions of other brands than these."""
        self._store.execute(
            "UPDATE mentions SET spans = '[]' WHERE post = ?"
            " AND brand NOT IN (SELECT value FROM json_each(?))",
            (post, json.dumps(list(brands))),
        )

    def judge(self, mention: int, sentiment: Sentiment | None, risk: Risk, now: int) -> None:
        """Add a score row; it is the one that counts from now on."""
        columns = {"mention": mention, "at": now} | score_columns(sentiment, risk)
        row = self._store.row(
            f"INSERT INTO scores ({', '.join(columns)})"
            f" VALUES ({', '.join('?' * len(columns))}) RETURNING id",
            tuple(columns.values()),
        )
        assert row is not None
        self._store.execute("UPDATE mentions SET score = ? WHERE id = ?", (row["id"], mention))

    def not_ours(self, brands: Iterable[str]) -> None:
        """Remember the brands that are not ours: what their accounts reply is no answer of ours."""
        self._store.execute(
            "INSERT OR REPLACE INTO settings (name, value) VALUES ('theirs', ?)",
            (json.dumps(sorted(brands)),),
        )

    def languages(self, source: str) -> dict[str, int]:
        """Return how many mentions first seen at a source are in which language, if known."""
        rows = self._store.rows(
            "SELECT language, count(*) AS count FROM mentions"
            " WHERE source = ? AND language IS NOT NULL GROUP BY language",
            (source,),
        )
        return {row["language"]: row["count"] for row in rows}

    def by_ids(self, ids: Iterable[int]) -> tuple[Mention, ...]:
        rows = self._store.rows(
            SELECT + "WHERE m.id IN (SELECT value FROM json_each(?)) ORDER BY m.id",
            (json.dumps(list(ids)),),
        )
        return self._with_copies(rows)

    def between(
        self, brands: Sequence[str], start: int, end: int, by: Literal["found", "published"]
    ) -> tuple[Mention, ...]:
        """Return mentions of the brands with start <= time < end, oldest first.

        By "published", a post without a date counts where it was found.
        """
        column = "m.found" if by == "found" else "coalesce(p.published, m.found)"
        rows = self._store.rows(
            SELECT + "WHERE m.brand IN (SELECT value FROM json_each(?))"
            f" AND {column} >= ? AND {column} < ? ORDER BY {column}, m.id",
            (json.dumps(list(brands)), start, end),
        )
        return self._with_copies(rows)

    def _with_copies(self, rows: Sequence[sqlite3.Row]) -> tuple[Mention, ...]:
        stories = sorted({row["story"] for row in rows})
        published: dict[int, list[tuple[str, Copy]]] = defaultdict(list)
        for row in self._store.rows(COPIES, (json.dumps(stories),)):
            copy = Copy(outlet=row["outlet"], url=row["url"])
            published[row["original"]].append((row["key"], copy))
        return tuple(
            replace(
                mention_from(row),
                copies=tuple(copy for key, copy in published[row["original"]] if key != row["key"]),
            )
            for row in rows
        )
