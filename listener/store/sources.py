"""What is due, how each source is doing, and how well it was heard over time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from listener.model import Coverage, Heard
from listener.store.rows import at, moment, seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store

LONGEST_WAIT = timedelta(days=1)
EARLIEST = timedelta(days=7)  # no source is called stale before
UNUSUAL = 10  # silence of this many times the usual gap between posts


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered of a source between two passes."""

    name: str
    kind: str
    due_at: datetime
    cursor: Mapping[str, str] = field(default_factory=dict)
    failures: int = 0
    error: str | None = None
    needs_person: bool = False
    polled_at: datetime | None = None
    heard_at: datetime | None = None
    first_heard: datetime | None = None
    newest: datetime | None = None  # publication of the newest post seen
    posts: int = 0
    mentions: int = 0

    def succeeded(
        self, now: datetime, every: timedelta, wait: timedelta | None, jitter: float
    ) -> SourceState:
        """Plan the next pass: `every`, or the longer `wait` the source asked for.

        jitter: 0..1; spreads sources over up to a twentieth of the interval.
        """
        pause = max(every, min(wait or timedelta(), LONGEST_WAIT))
        return replace(
            self,
            due_at=now + pause * (1 + jitter / 20),
            failures=0,
            error=None,
            needs_person=False,
            polled_at=now,
            heard_at=now,
            first_heard=self.first_heard or now,
        )

    def failed(
        self,
        now: datetime,
        every: timedelta,
        error: str,
        *,
        needs_person: bool = False,
        retry_after: timedelta | None = None,
    ) -> SourceState:
        """Back off: doubles up to a day; `retry_after` wins when longer; a day for a person."""
        doubled = min(every * 2 ** min(self.failures, 20), LONGEST_WAIT)
        pause = LONGEST_WAIT if needs_person else max(doubled, retry_after or timedelta())
        return replace(
            self,
            due_at=now + pause,
            failures=self.failures + 1,
            error=error,
            needs_person=needs_person,
            polled_at=now,
        )


def is_stale(newest: datetime, oldest: datetime, count: int, now: datetime) -> bool:
    """Tell whether a source that answers has been silent for unusually long.

    `count` posts were published from `oldest` to `newest`; with fewer than five there is no
    "usual" yet and only 30 days of silence are unusual.
    """
    silence = now - newest
    if count < 5:
        return silence > timedelta(days=30)
    return silence > max(EARLIEST, UNUSUAL * (newest - oldest) / (count - 1))


class SourceStates:
    def __init__(self, store: Store) -> None:
        self._store = store

    def sync(self, kinds: Mapping[str, str], now: datetime) -> None:
        """Make a row for each configured source; a new one, or one of another kind, starts over."""
        with self._store.transaction():
            for name, kind in kinds.items():
                state = self.get(name)
                if state is None or state.kind != kind:
                    self._store.execute("DELETE FROM sources WHERE name = ?", (name,))
                    self.save(SourceState(name=name, kind=kind, due_at=now))

    def get(self, name: str) -> SourceState | None:
        row = self._store.row("SELECT * FROM sources WHERE name = ?", (name,))
        return None if row is None else _state(row)

    def due(self, names: Iterable[str], now: datetime) -> tuple[SourceState, ...]:
        """Return the sources to poll now, longest overdue first."""
        rows = self._store.rows(
            "SELECT * FROM sources WHERE name IN (SELECT value FROM json_each(?))"
            " AND due_at <= ? ORDER BY due_at, name",
            (json.dumps(list(names)), seconds(now)),
        )
        return tuple(map(_state, rows))

    def save(self, state: SourceState) -> None:
        """Remember a state; not that of a kind which the source no longer is.

        The file may be read again while a pass is under way.
        """
        columns = {
            "name": state.name,
            "kind": state.kind,
            "due_at": seconds(state.due_at),
            "cursor": json.dumps(dict(state.cursor)),
            "failures": state.failures,
            "error": state.error,
            "needs_person": state.needs_person,
            "polled_at": seconds(state.polled_at),
            "heard_at": seconds(state.heard_at),
            "first_heard": seconds(state.first_heard),
            "newest": seconds(state.newest),
            "posts": state.posts,
            "mentions": state.mentions,
        }
        self._store.execute(
            f"INSERT INTO sources ({', '.join(columns)})"
            f" VALUES ({', '.join('?' * len(columns))}) ON CONFLICT (name) DO UPDATE SET"
            f" {', '.join(f'{name} = excluded.{name}' for name in columns)}"
            " WHERE kind = excluded.kind",
            tuple(columns.values()),
        )

    def is_stale(self, name: str, newest: datetime | None, now: datetime) -> bool:
        """Tell whether the source is unusually silent; False while its dates are not known."""
        if newest is None or now - newest <= EARLIEST:
            return False
        row = self._store.row(
            "SELECT count(*) AS n, min(p.published) AS oldest FROM sightings s"
            " JOIN posts p ON p.id = s.post WHERE s.source = ? AND p.published IS NOT NULL",
            (name,),
        )
        assert row is not None
        return row["n"] > 0 and is_stale(newest, at(row["oldest"]), row["n"], now)

    def cover(
        self,
        name: str,
        state: Heard,
        now: datetime,
        every: timedelta,
        planned: datetime,
        why: str | None = None,
    ) -> None:
        """Write down how a source was heard just now, in a poll that was `planned` for then.

        Stretches join up while polls come as planned: what fails is not heard since the last good
        poll, what recovers catches up. A longer gap (the program was off) stays a gap.
        """
        last = self._store.row(
            "SELECT * FROM coverage WHERE source = ? AND state <> ?"
            " ORDER BY until DESC, id DESC LIMIT 1",
            (name, Heard.MISSED),
        )
        moment_ = int(now.timestamp())
        since = moment_
        late = 2 * max(every, LONGEST_WAIT / 24)
        if last is not None and now - max(at(last["until"]), planned) <= late:
            same = (last["state"], last["why"]) == (state, why)
            if same or state is Heard.HEARD:
                self._extend(last, moment_)
            if same:
                return
            since = moment_ if state is Heard.HEARD else last["until"]
        for start, end in self._given(name, since, moment_):
            self._insert(name, state, start, end, why)

    def _extend(self, last: sqlite3.Row, until: int) -> None:
        """Let a stretch go on, but not over what was missed since its end."""
        parts = list(self._given(last["source"], last["until"], until))
        if parts[0][0] == last["until"]:
            _, end = parts.pop(0)
            self._store.execute("UPDATE coverage SET until = ? WHERE id = ?", (end, last["id"]))
        for start, end in parts:
            self._insert(last["source"], last["state"], start, end, last["why"])

    def _given(self, name: str, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of a stretch of which nothing was missed; the last ends with it."""
        rows = self._store.rows(
            "SELECT since, until FROM coverage WHERE source = ? AND state = ?"
            " AND until > ? AND since < ? ORDER BY since",
            (name, Heard.MISSED, since, until),
        )
        for row in rows:
            if since < row["since"]:
                yield since, row["since"]
            since = max(since, min(row["until"], until))
        yield since, until

    def missed(self, name: str, since: datetime, until: datetime, why: str) -> None:
        """Write down that what a source published then cannot be had any more.

        A stretch that was taken for heard gives way; one in which it was not heard stays.
        """
        start, end = int(since.timestamp()), int(until.timestamp())
        if start >= end:
            return
        rows = self._store.rows(
            "SELECT * FROM coverage WHERE source = ? AND until > ? AND since < ? ORDER BY since",
            (name, start, end),
        )
        free = start
        for row in rows:
            if Heard(row["state"]) in (Heard.HEARD, Heard.STALE, Heard.EMPTY):
                self._store.execute("DELETE FROM coverage WHERE id = ?", (row["id"],))
                self._stretch(name, row["state"], row["since"], start, row["why"])
                self._stretch(name, row["state"], end, row["until"], row["why"])
            else:
                self._stretch(name, Heard.MISSED, free, row["since"], why)
                free = max(free, row["until"])
        self._stretch(name, Heard.MISSED, free, end, why)

    def _stretch(self, name: str, state: str, since: int, until: int, why: str | None) -> None:
        if since < until:
            self._insert(name, state, since, until, why)

    def _insert(self, name: str, state: str, since: int, until: int, why: str | None) -> None:
        self._store.execute(
            "INSERT INTO coverage (source, state, since, until, why) VALUES (?, ?, ?, ?, ?)",
            (name, state, since, until, why),
        )

    def coverage(
        self, names: Iterable[str], start: datetime, end: datetime
    ) -> tuple[Coverage, ...]:
        """Return every stretch that touches start..end, cut to it, in order; none is a gap."""
        rows = self._store.rows(
            "SELECT * FROM coverage WHERE source IN (SELECT value FROM json_each(?))"
            " AND until >= ? AND since <= ? ORDER BY source, since, until, id",
            (json.dumps(list(names)), seconds(start), seconds(end)),
        )
        return tuple(
            Coverage(
                source=row["source"],
                state=Heard(row["state"]),
                since=max(at(row["since"]), start),
                until=min(at(row["until"]), end),
                why=row["why"],
            )
            for row in rows
        )


def _state(row: sqlite3.Row) -> SourceState:
    return SourceState(
        name=row["name"],
        kind=row["kind"],
        due_at=at(row["due_at"]),
        cursor=json.loads(row["cursor"]),
        failures=row["failures"],
        error=row["error"],
        needs_person=bool(row["needs_person"]),
        polled_at=moment(row["polled_at"]),
        heard_at=moment(row["heard_at"]),
        first_heard=moment(row["first_heard"]),
        newest=moment(row["newest"]),
        posts=row["posts"],
        mentions=row["mentions"],
    )
