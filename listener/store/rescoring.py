"""Mentions as they were judged, a page at a time, and their new judgements."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from listener.model import Match, Mention
from listener.store.rows import at
from listener.store.signals import OPEN

if TYPE_CHECKING:
    from listener.store.sqlite import Store

_WHERE = """
FROM mentions m JOIN posts p ON p.id = m.post
WHERE m.id > :after AND (:brand IS NULL OR m.brand = :brand)
    AND (:since IS NULL OR coalesce(p.published, m.found) >= :since)
"""
_SELECT = """
SELECT m.id, m.post, m.score, m.found, (
    SELECT max(at) FROM scores WHERE mention = m.id AND at <= m.found + :open
) AS judged
"""
_PLACE = "rescore"  # in `settings`: how far an interrupted run came


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which mentions: of a brand, published (or found) since."""

    brand: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A mention as it was judged last.

    moment  when what moves (the growth of its story, the pace of reactions) was looked at last in
            the days in which it was followed; None: these last
    """

    post_id: int
    score: int
    mention: Mention
    moment: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """A mention, what was thought of it, and what is thought of it now."""

    old: Scored
    new: Mention

    @property
    def judged_anew(self) -> bool:
        old = self.old.mention
        return (self.new.sentiment, self.new.risk) != (old.sentiment, old.risk)

    @property
    def changed(self) -> bool:
        return self.new != self.old.mention


def count(store: Store, scope: Scope, after: int) -> int:
    row = store.row(f"SELECT count(*) AS count {_WHERE}", _parameters(scope, after))
    return int(row["count"]) if row else 0


def page(store: Store, scope: Scope, after: int, limit: int, now: datetime) -> list[Scored]:
    """Return mentions by id, with the newest counts of their posts."""
    open_for = int(OPEN.total_seconds())
    rows = store.rows(
        f"{_SELECT} {_WHERE} ORDER BY m.id LIMIT :limit",
        _parameters(scope, after) | {"limit": limit, "open": open_for},
    )
    mentions = store.mentions.by_ids(row["id"] for row in rows)
    return [
        Scored(
            post_id=row["post"],
            score=row["score"],
            mention=mention,
            moment=None if now - mention.found <= OPEN else at(row["judged"] or row["found"]),
        )
        for row, mention in zip(rows, mentions, strict=True)
    ]


def renew(store: Store, found: Iterable[Rescored], now: int) -> int:
    """Write what changed; return how many. What was judged or edited meanwhile is left alone."""
    written = 0
    for one in found:
        new = one.new
        current = store.row(
            "SELECT m.score, p.title, p.text FROM mentions m JOIN posts p ON p.id = m.post"
            " WHERE m.id = ?",
            (new.id,),
        )
        if current is None or tuple(current) != (one.old.score, new.post.title, new.post.text):
            continue
        match = Match(brand=new.brand, spans=new.spans, clause=new.clause)
        store.mentions.rematched(one.old.post_id, match, new.language)
        if one.judged_anew:
            store.mentions.judge(new.id, new.sentiment, new.risk, now)
        written += 1
    return written


def place(store: Store, job: str) -> int:
    """Return after which mention an interrupted run of this job goes on; 0: at the beginning."""
    row = store.row("SELECT value FROM settings WHERE name = ?", (_PLACE,))
    kept = json.loads(row["value"]) if row else {}
    return int(kept["after"]) if kept.get("job") == job else 0


def keep_place(store: Store, job: str, after: int | None) -> None:
    """Remember how far a job came; None: it is done."""
    store.execute("DELETE FROM settings WHERE name = ?", (_PLACE,))
    if after is not None:
        value = json.dumps({"job": job, "after": after})
        store.execute("INSERT INTO settings (name, value) VALUES (?, ?)", (_PLACE, value))


def _parameters(scope: Scope, after: int) -> dict[str, object]:
    since = int(scope.since.timestamp()) if scope.since else None
    return {"after": after, "brand": scope.brand, "since": since}
