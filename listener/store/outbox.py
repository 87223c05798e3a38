"""What people are owed, and the frozen messages that carry it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from listener.messages import Message
from listener.store.frozen import freeze, readdressed, thaw
from listener.store.ids import remember, unused
from listener.store.rows import at, moment, seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store

Why = Literal["digest", "welcome", "alert", "spike"]
LEASE = timedelta(minutes=5)  # for one that died: only one process sends at a time (lock.py)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message of the outbox, claimed for sending."""

    id: int
    message: Message
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A line of the outbox, for `status`."""

    key: str
    subscription: str
    channel: str
    person: str
    subject: str
    created: datetime
    next_at: datetime
    attempts: int
    error: str | None
    permanent: bool
    sent_at: datetime | None


class Outbox:
    def __init__(self, store: Store) -> None:
        self._store = store

    def owe(self, subject: str, subscription: str, why: Why, now: int) -> None:
        """Write down that a subscription is owed a subject; once, whatever happens."""
        self._store.execute(
            "INSERT INTO owed (subject, subscription, why, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (subject, subscription) DO NOTHING",
            (subject, subscription, why, now),
        )

    def owed(self, subscription: str, why: Why, until: datetime) -> dict[int, datetime]:
        """Return the ids of the mentions or alerts that no message holds yet, and since when."""
        rows = self._store.rows(
            "SELECT subject, at FROM owed WHERE subscription = ? AND why = ? AND message IS NULL"
            " AND at <= ? ORDER BY at, subject",
            (subscription, why, seconds(until)),
        )
        return {int(row["subject"].partition(":")[2]): at(row["at"]) for row in rows}

    def alert(
        self, rule: str, brand: str, mention: int, story: int, now: int, *, critical: bool = False
    ) -> int | None:
        """Raise an alert and return its id; None when this rule told of this story before.

        What has become critical is told once more.
        """
        row = self._store.row(
            "INSERT INTO alerts (id, rule, brand, mention, story, at, critical)"
            f" SELECT {unused('alerts')}, :rule, :brand, :mention, :story, :now, :critical"
            " WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE rule = :rule AND brand = :brand"
            " AND story = :story AND critical >= :critical) RETURNING id",
            {
                "rule": rule,
                "brand": brand,
                "mention": mention,
                "story": story,
                "now": now,
                "critical": critical,
            },
        )
        return None if row is None else int(row["id"])

    def alert_row(self, alert: int) -> sqlite3.Row | None:
        """Return an alert, and when its rule told of the same story `before`, if it did."""
        return self._store.row(
            "SELECT a.*, (SELECT max(b.at) FROM alerts b WHERE b.rule = a.rule AND b.id < a.id"
            " AND b.brand = a.brand AND b.story = a.story) AS before FROM alerts a WHERE a.id = ?",
            (alert,),
        )

    def put(
        self,
        parts: Sequence[Message],
        *,
        subscription: str,
        channel: str,
        subjects: Iterable[str],
        now: datetime,
    ) -> None:
        """Freeze a message in its parts and mark what it holds; inside a transaction."""
        first: int | None = None
        for part in parts:
            row = self._store.row(
                "INSERT INTO outbox (id, key, subscription, channel, person, subject, message,"
                " created, next_at, attempts, permanent)"
                f" VALUES ({unused('outbox')}, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)"
                " ON CONFLICT (key) DO UPDATE SET key = key RETURNING id",
                (
                    part.key,
                    subscription,
                    channel,
                    part.person.name,
                    part.subject,
                    freeze(part),
                    seconds(now),
                    seconds(now),
                ),
            )
            assert row is not None
            first = first or int(row["id"])
        self._store.execute_many(
            "UPDATE owed SET message = ? WHERE subject = ? AND subscription = ?",
            [(first, subject, subscription) for subject in subjects],
        )

    def told(self, subjects: Sequence[str], subscription: str) -> bool:
        """Whether a message holds one of these already: two processes may write at a time."""
        row = self._store.row(
            "SELECT 1 FROM owed WHERE subscription = ? AND message IS NOT NULL"
            " AND subject IN (SELECT value FROM json_each(?))",
            (subscription, json.dumps(subjects)),
        )
        return row is not None

    def withdraw(self, keys: str) -> int:
        """Take out messages whose keys begin so; return how many still waited.

        What was sent loses its text; the row stays, so that it is not sent again.
        """
        begins = "substr(key, 1, length(?)) = ?"
        self._store.execute(
            f"UPDATE outbox SET message = NULL WHERE sent_at IS NOT NULL AND {begins}", (keys, keys)
        )
        remember(self._store)
        return self._store.execute(
            f"DELETE FROM outbox WHERE sent_at IS NULL AND {begins}", (keys, keys)
        )

    def claim(self, channel: str, now: datetime) -> Outgoing | None:
        """Take the next message that may go out; it is ours until the lease ends."""
        row = self._store.row(
            "UPDATE outbox SET lease_until = ?, attempts = attempts + 1 WHERE id = ("
            " SELECT id FROM outbox WHERE channel = ? AND sent_at IS NULL AND next_at <= ?"
            " AND (lease_until IS NULL OR lease_until <= ?) ORDER BY next_at, id LIMIT 1"
            ") RETURNING id, message, attempts",
            (seconds(now + LEASE), channel, seconds(now), seconds(now)),
        )
        if row is None:
            return None
        return Outgoing(id=row["id"], message=thaw(row["message"]), attempts=row["attempts"])

    def release(self) -> None:
        """Forget the leases of a process that died; for the one daemon that holds the store."""
        self._store.execute("UPDATE outbox SET lease_until = NULL WHERE sent_at IS NULL")

    def retry(
        self, now: datetime, addresses: Mapping[str, str | None], channels: Collection[str]
    ) -> None:
        """Try again what failed: somebody restarted us or changed the file.

        What waits goes to where its reader is written to now. For a reader or by a channel that is
        no more it is taken back, and owed again.

        addresses  everybody's e-mail address, by name
        """
        remember(self._store)
        rows = self._store.rows("SELECT * FROM outbox WHERE sent_at IS NULL")
        for row in rows:
            if row["person"] not in addresses or row["channel"] not in channels:
                self._store.execute("DELETE FROM outbox WHERE id = ?", (row["id"],))
                continue
            frozen = readdressed(row["message"], addresses[row["person"]])
            if frozen is not None:
                self._store.execute(
                    "UPDATE outbox SET message = ? WHERE id = ?", (frozen, row["id"])
                )
        self._store.execute(
            "UPDATE outbox SET next_at = ? WHERE sent_at IS NULL AND error IS NOT NULL",
            (seconds(now),),
        )

    def sent(self, outgoing: int, now: datetime) -> None:
        self._store.execute(
            "UPDATE outbox SET sent_at = ?, lease_until = NULL, error = NULL, permanent = 0"
            " WHERE id = ?",
            (seconds(now), outgoing),
        )

    def failed(self, outgoing: int, error: str, next_at: datetime, *, permanent: bool) -> None:
        self._store.execute(
            "UPDATE outbox SET next_at = ?, lease_until = NULL, error = ?, permanent = ?"
            " WHERE id = ?",
            (seconds(next_at), error, permanent, outgoing),
        )

    def deliveries(self, limit: int = 20) -> tuple[Delivery, ...]:
        """Return what is waiting, then the newest that was sent."""
        rows = self._store.rows(
            "SELECT * FROM outbox ORDER BY sent_at IS NOT NULL, coalesce(sent_at, 0) DESC, id"
            " LIMIT ?",
            (limit,),
        )
        return tuple(_delivery(row) for row in rows)

    def last_run(self, job: str) -> datetime | None:
        """Return the last slot of something that has a schedule."""
        row = self._store.row("SELECT slot FROM runs WHERE job = ?", (job,))
        return None if row is None else at(row["slot"])

    def ran(self, job: str, slot: datetime) -> None:
        self._store.execute(
            "INSERT INTO runs (job, slot) VALUES (?, ?)"
            " ON CONFLICT (job) DO UPDATE SET slot = max(slot, excluded.slot)",
            (job, seconds(slot)),
        )


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        key=row["key"],
        subscription=row["subscription"],
        channel=row["channel"],
        person=row["person"],
        subject=row["subject"],
        created=at(row["created"]),
        next_at=at(row["next_at"]),
        attempts=row["attempts"],
        error=row["error"],
        permanent=bool(row["permanent"]),
        sent_at=moment(row["sent_at"]),
    )
