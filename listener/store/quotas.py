"""What was asked of hosts and accounts, so that a restart asks no more than a long run would."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from listener.store.rows import at, seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store


class Quotas:
    """The limiter's memory: `listener.fetch.pacing.Memory`. Names hold no secret.

    Times are kept in whole seconds and rounded up: nothing is asked too early.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def starts(self, name: str, now: datetime) -> list[datetime]:
        rows = self._store.rows(
            "SELECT at FROM asked WHERE account = ? AND until > ? ORDER BY at",
            (name, seconds(now)),
        )
        return [at(row["at"]) for row in rows]

    def pauses(self, name: str) -> tuple[datetime, datetime] | None:
        row = self._store.row("SELECT closed, free FROM pauses WHERE name = ?", (name,))
        return None if row is None else (at(row["closed"]), at(row["free"]))

    def spend(self, name: str, start: datetime, until: datetime) -> None:
        self._store.execute(
            "INSERT INTO asked (account, at, until) VALUES (?, ?, ?)",
            (name, _ceiled(start), _ceiled(until)),
        )

    def pause(self, name: str, closed: datetime, free: datetime) -> None:
        self._store.execute(
            "INSERT OR REPLACE INTO pauses (name, closed, free) VALUES (?, ?, ?)",
            (name, _ceiled(closed), _ceiled(free)),
        )

    def forget(self, now: datetime) -> None:
        """Remove what no longer counts. Belongs inside `store.transaction()`."""
        self._store.execute("DELETE FROM asked WHERE until <= ?", (seconds(now),))
        self._store.execute("DELETE FROM pauses WHERE max(closed, free) <= ?", (seconds(now),))


def _ceiled(moment: datetime) -> int:
    return math.ceil(moment.timestamp())
