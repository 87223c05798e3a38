"""Ids that are never given twice.

What somebody is owed and was told names mentions and alerts by their ids, and outlives them; who
sends a message knows it by its id, and tells of it when it is gone already. SQLite would give the
highest id again once its row is gone: what is told of the next one would then count as told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from listener.store.sqlite import Store

TABLES = ("mentions", "alerts", "outbox")


def unused(table: str) -> str:
    """Return SQL for the next id of a table."""
    return (
        f"(SELECT 1 + max(coalesce((SELECT max(id) FROM {table}), 0),"
        f" coalesce((SELECT value FROM settings WHERE name = 'last of {table}'), 0)))"
    )


def remember(store: Store) -> None:
    """Write down how far ids were given; before rows are removed, in the same transaction."""
    for table in TABLES:
        store.execute(
            "INSERT OR REPLACE INTO settings (name, value)"
            f" SELECT 'last of {table}', {unused(table)} - 1"
        )
