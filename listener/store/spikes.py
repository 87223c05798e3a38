"""What the detectors of spikes remember, what they count, and what they noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from listener.model import Label, Reason
from listener.store.rows import at, seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is remembered of a brand.

    bucket   the end of the last bucket taken in
    sources  whose mentions are counted
    states   of its detectors, by series
    """

    brand: str
    bucket: datetime
    sources: tuple[str, ...]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A mention as far as counting goes. `late`: found so long after it was published."""

    source: str
    kind: str
    label: Label | None
    late: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A surge or a silence that was noticed.

    series   "all", "negative", or "kind news": what surged
    said     what was seen, and how rare that is
    event    what was planned for that day, if anything
    """

    id: int
    brand: str
    series: tuple[str, ...]
    kind: str
    at: datetime
    minutes: int
    said: tuple[Reason, ...]
    event: str | None


class Spikes:
    """Writes belong inside `store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def watch(self, brand: str) -> Watch | None:
        row = self._store.row("SELECT * FROM detectors WHERE brand = ?", (brand,))
        if row is None:
            return None
        return Watch(
            brand=brand,
            bucket=at(row["bucket"]),
            sources=tuple(json.loads(row["sources"])),
            states=json.loads(row["states"]),
        )

    def save(self, watch: Watch) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO detectors (brand, bucket, sources, states) VALUES (?, ?, ?, ?)",
            (
                watch.brand,
                seconds(watch.bucket),
                json.dumps(watch.sources),
                json.dumps(dict(watch.states)),
            ),
        )

    def found(self, brand: str, start: datetime, end: datetime) -> tuple[Counted, ...]:
        """Return the mentions found from `start` up to `end`, without those of first passes."""
        rows = self._store.rows(
            "SELECT m.source, p.kind, s.label, m.found - p.published AS late FROM mentions m"
            " JOIN posts p ON p.id = m.post JOIN scores s ON s.id = m.score"
            " WHERE m.brand = ? AND m.found >= ? AND m.found < ? AND NOT m.first_pass",
            (brand, seconds(start), seconds(end)),
        )
        return tuple(
            Counted(
                source=row["source"],
                kind=row["kind"],
                label=Label(row["label"]) if row["label"] else None,
                late=None if row["late"] is None else timedelta(seconds=row["late"]),
            )
            for row in rows
        )

    def voices(self, brand: str, since: datetime) -> Mapping[str, int]:
        """Return how many mentions each source brought since then, first passes left out."""
        rows = self._store.rows(
            "SELECT source, count(*) AS n FROM mentions WHERE brand = ? AND found >= ?"
            " AND NOT first_pass GROUP BY source",
            (brand, seconds(since)),
        )
        return {row["source"]: row["n"] for row in rows}

    def add(
        self,
        brand: str,
        series: Sequence[str],
        *,
        kind: str,
        at: datetime,
        minutes: int,
        said: Sequence[Reason],
        event: str | None,
    ) -> int | None:
        """Write a spike down and return its id; None when it was before."""
        words = json.dumps([[r.text, dict(r.facts)] for r in said], ensure_ascii=False)
        row = self._store.row(
            "INSERT INTO spikes (brand, series, kind, at, minutes, said, event)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (brand, series, at) DO NOTHING RETURNING id",
            (brand, json.dumps(list(series)), kind, seconds(at), minutes, words, event),
        )
        return None if row is None else int(row["id"])

    def between(self, start: datetime, end: datetime) -> tuple[Spike, ...]:
        """Return what was noticed with start <= time < end, oldest first."""
        return self._spikes("at >= ? AND at < ?", seconds(start), seconds(end))

    def get(self, spike: int) -> Spike | None:
        return next(iter(self._spikes("id = ?", spike)), None)

    def _spikes(self, where: str, *parameters: int | None) -> tuple[Spike, ...]:
        rows = self._store.rows(f"SELECT * FROM spikes WHERE {where} ORDER BY at, id", parameters)
        return tuple(
            Spike(
                id=row["id"],
                brand=row["brand"],
                series=tuple(json.loads(row["series"])),
                kind=row["kind"],
                at=at(row["at"]),
                minutes=row["minutes"],
                said=tuple(
                    Reason(points=0, text=text, facts=facts)
                    for text, facts in json.loads(row["said"])
                ),
                event=row["event"],
            )
            for row in rows
        )
