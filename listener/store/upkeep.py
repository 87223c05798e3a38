"""What leaves the store: what is too old, and what somebody asked to have erased."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from listener.analysis.urls import canonical
from listener.store import ids
from listener.store.posts import purged_names
from listener.store.rows import at, seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store

SENT_MESSAGES = timedelta(days=30)  # how long the text of a delivered message is kept
LEDGERS = timedelta(days=400)  # coverage, spikes, and tombstones of what is listed no more
TAKEN_OUT = "…"  # the subject of a message that told of what is gone
MERGED = 500  # pages of the index that are made anew each hour
LOOKS = timedelta(days=14)  # twice as old as posts are when they are looked at last

# Words of what was deleted stand in the older parts of the index until these are made anew
# (https://www.sqlite.org/fts5.html, "The merge Command").
_INDEX = "INSERT INTO post_words (post_words, rank)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure removed; `urls` are what a report may still name it by."""

    posts: int
    mentions: int
    messages: int
    urls: tuple[str, ...]


class Upkeep:
    def __init__(self, store: Store) -> None:
        self._store = store

    def purge(self, now: datetime, mentions: timedelta, unmatched: timedelta, zone: str) -> int:
        """Remove what is older than configured, counts apart; return how many posts went.

        Answers stay as long as mentions do, which else would be unanswered again. A source may
        still list a purged post: its tombstone keeps it from coming back as news.
        """
        with self._store.transaction():
            old = self._store.rows(
                "SELECT id FROM posts p WHERE first_seen < ?"
                " AND by_brand IS NULL AND NOT EXISTS (SELECT 1 FROM mentions WHERE post = p.id)"
                " UNION ALL SELECT id FROM posts p WHERE first_seen < ?"
                " AND (by_brand IS NOT NULL OR EXISTS (SELECT 1 FROM mentions WHERE post = p.id))",
                (seconds(now - unmatched), seconds(now - mentions)),
            )
            posts = [row["id"] for row in old]
            self._roll_up(posts, zone)
            self._bury(self._purged(posts), now, erased=False)
            self._delete(posts)
            if posts:
                self._store.execute(f"{_INDEX} VALUES ('merge', ?)", (-MERGED,))
            self._store.execute(  # the row stays: it says what was told
                "UPDATE outbox SET message = NULL WHERE sent_at < ? AND message IS NOT NULL",
                (seconds(now - SENT_MESSAGES),),
            )
            self._store.execute(  # that of an alert is a headline
                "UPDATE outbox SET subject = ? WHERE sent_at < ? AND subject <> ?",
                (TAKEN_OUT, seconds(now - mentions), TAKEN_OUT),
            )
            self._store.stories.forget(now)
            self._store.quotas.forget(now)
            self._forget(now)
        return len(posts)

    def _forget(self, now: datetime) -> None:
        """Remove what nobody asks for any more: ledgers, and looks that were never made."""
        ledgers = (seconds(now - LEDGERS),)
        self._store.execute("DELETE FROM coverage WHERE until < ?", ledgers)
        self._store.execute(
            "DELETE FROM tombstones WHERE NOT erased AND coalesce(listed, at) < ?", ledgers
        )
        self._store.execute(
            "DELETE FROM owed WHERE subject IN (SELECT 'spike:' || id FROM spikes WHERE at < ?)",
            ledgers,
        )
        self._store.execute(  # the last one made stays: ids are counted on from it
            "DELETE FROM spikes WHERE at < ? AND id < (SELECT max(id) FROM spikes)", ledgers
        )
        self._store.execute(
            "DELETE FROM looks WHERE post IN"
            " (SELECT id FROM posts WHERE coalesce(published, first_seen) < ?)",
            (seconds(now - LOOKS),),
        )

    def erase(self, names: Sequence[str], now: datetime) -> Erased:
        """Remove posts known by any of these URLs or keys, or by these authors, for good.

        Messages that hold a removed mention lose their text; one that was never tried is made
        anew without it.
        """
        with self._store.transaction():
            authors = self._authors(names)
            posts = self._named(names, authors)
            people = [f"author:{name.casefold()}" for name in (*names, *authors)]
            self._bury([*self._keys(posts), *names, *people], now, erased=True)
            found = self._store.rows(
                "SELECT id FROM mentions WHERE post IN (SELECT value FROM json_each(?))",
                (json.dumps(posts),),
            )
            mentions = [row["id"] for row in found]
            urls = self._store.rows(
                "SELECT url FROM posts WHERE url IS NOT NULL"
                " AND id IN (SELECT value FROM json_each(?))",
                (json.dumps(posts),),
            )
            messages = self._blank(mentions)
            self._delete(posts)
            self._store.execute(f"{_INDEX} VALUES ('optimize', NULL)")
        self._store.rows("PRAGMA wal_checkpoint(TRUNCATE)")  # as they do in the log
        return Erased(
            posts=len(posts),
            mentions=len(mentions),
            messages=messages,
            urls=tuple(row["url"] for row in urls),
        )

    def keep_report(self, week: str, report: str, now: datetime) -> None:
        """Keep the snapshot a report was made from; a later one of the same week replaces it."""
        self._store.execute(
            "INSERT OR REPLACE INTO figures (week, made_at, report) VALUES (?, ?, ?)",
            (week, seconds(now), report),
        )

    def reports(self) -> dict[str, str]:
        """Return all kept snapshots by week, oldest first."""
        rows = self._store.rows("SELECT week, report FROM figures ORDER BY week")
        return {row["week"]: row["report"] for row in rows}

    def _named(self, names: Sequence[str], authors: Sequence[str]) -> list[int]:
        wanted, by = (f"(SELECT value FROM json_each(:{given}))" for given in ("names", "authors"))
        rows = self._store.rows(
            f"SELECT id FROM posts WHERE key IN {wanted} OR url IN {wanted}"
            f" OR author_url IN {by} OR author_handle IN {by} OR author_name IN {by}",
            {"names": json.dumps(names), "authors": json.dumps(authors)},
        )
        return [row["id"] for row in rows]

    def _authors(self, names: Sequence[str]) -> list[str]:
        """Return the authors of these names as they are written: in any case, or as a page's URL.

        SQLite knows upper and lower case of English letters only.
        """
        wanted, pages = {name.casefold() for name in names}, {*names}
        rows = self._store.rows(
            "SELECT author_url AS name FROM posts UNION SELECT author_handle FROM posts"
            " UNION SELECT author_name FROM posts"
        )
        found = (row["name"] for row in rows if row["name"])
        return [
            name
            for name in found
            if name.casefold() in wanted or ("://" in name and canonical(name) in pages)
        ]

    def _keys(self, posts: Sequence[int]) -> list[str]:
        rows = self._store.rows(
            "SELECT key FROM posts WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(posts),),
        )
        return [row["key"] for row in rows]

    def _purged(self, posts: Sequence[int]) -> list[str]:
        rows = self._store.rows(
            "SELECT p.key, p.title, p.text, s.item FROM posts p JOIN sightings s ON s.post = p.id"
            " WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(posts),),
        )
        return [name for row in rows for name in purged_names(*row)]

    def _bury(self, names: Sequence[str], now: datetime, *, erased: bool) -> None:
        self._store.execute_many(
            "INSERT INTO tombstones (hash, at, erased) VALUES (?, ?, ?)"
            " ON CONFLICT (hash) DO UPDATE SET erased = max(erased, excluded.erased)",
            [(self._store.posts.tombstone(name), seconds(now), erased) for name in names],
        )

    def _blank(self, mentions: Sequence[int]) -> int:
        """Take the text out of messages that hold these mentions; return how many.

        A surge is still owed without them.
        """
        alerts = self._store.rows(
            "SELECT id FROM alerts WHERE mention IN (SELECT value FROM json_each(?))",
            (json.dumps(mentions),),
        )
        subjects = [*(f"mention:{m}" for m in mentions), *(f"alert:{row['id']}" for row in alerts)]
        shown = json.dumps([*subjects, *self._surges(mentions)])
        ids.remember(self._store)
        holding = (  # in all its parts: they were frozen together
            "SELECT part.id FROM owed JOIN outbox whole ON whole.id = owed.message"
            " JOIN outbox part ON part.id = whole.id"
            " OR rtrim(whole.key, '0123456789') LIKE '%/'"
            " AND rtrim(part.key, '0123456789') = rtrim(whole.key, '0123456789')"
            " WHERE owed.subject IN (SELECT value FROM json_each(?))"
        )
        messages = self._store.execute(
            "UPDATE outbox SET message = NULL, subject = ?"
            f" WHERE sent_at IS NOT NULL AND id IN ({holding})",
            (TAKEN_OUT, shown),
        )
        messages += self._store.execute(
            f"DELETE FROM outbox WHERE sent_at IS NULL AND id IN ({holding})", (shown,)
        )
        self._store.execute(
            "DELETE FROM owed WHERE subject IN (SELECT value FROM json_each(?))",
            (json.dumps(subjects),),
        )
        return messages

    def _surges(self, mentions: Sequence[int]) -> list[str]:
        """Return the surges whose messages show what was said in them."""
        rows = self._store.rows(
            "SELECT DISTINCT s.id FROM spikes s JOIN mentions m ON m.brand = s.brand"
            " AND m.found >= s.at - 60 * s.minutes AND m.found < s.at"
            " WHERE m.id IN (SELECT value FROM json_each(?))",
            (json.dumps(mentions),),
        )
        return [f"spike:{row['id']}" for row in rows]

    def _delete(self, posts: Sequence[int]) -> None:
        gone = (json.dumps(posts),)
        self._store.execute(
            "WITH gone AS (SELECT id FROM mentions WHERE post IN (SELECT value FROM json_each(?)))"
            " DELETE FROM owed WHERE subject IN (SELECT 'mention:' || id FROM gone UNION"
            " SELECT 'alert:' || id FROM alerts WHERE mention IN (SELECT id FROM gone))",
            gone,
        )
        ids.remember(self._store)
        self._store.stories.leave(posts)
        self._store.execute("DELETE FROM posts WHERE id IN (SELECT value FROM json_each(?))", gone)
        self._store.stories.close()

    def _roll_up(self, posts: Sequence[int], zone: str) -> None:
        """Add the mentions of these posts to `daily`."""
        rows = self._store.rows(
            "SELECT m.brand, p.kind, coalesce(m.language, '') AS language,"
            " coalesce(s.label, '') AS label, coalesce(p.published, m.found) AS at"
            " FROM mentions m JOIN posts p ON p.id = m.post JOIN scores s ON s.id = m.score"
            " WHERE m.post IN (SELECT value FROM json_each(?))",
            (json.dumps(posts),),
        )
        self._store.execute_many(
            "INSERT INTO daily (brand, day, kind, language, label, count) VALUES (?, ?, ?, ?, ?, 1)"
            " ON CONFLICT (brand, day, kind, language, label) DO UPDATE SET count = count + 1",
            [
                (
                    row["brand"],
                    at(row["at"]).astimezone(ZoneInfo(zone)).date().isoformat(),
                    row["kind"],
                    row["language"],
                    row["label"],
                )
                for row in rows
            ],
        )
