"""What one writes in an afternoon: feedparser on each address, a row and a commit an entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import feedparser


@contextmanager
def poller(urls: Sequence[str], names: int, folder: Path) -> Iterator[Callable[[], int]]:  # noqa: ARG001
    etags: dict[str, str | None] = {}
    with closing(sqlite3.connect(folder / "naive.sqlite", isolation_level=None)) as db:
        db.execute("CREATE TABLE entries (id TEXT PRIMARY KEY, title TEXT, link TEXT, text TEXT)")

        def poll() -> int:
            for url in urls:
                parsed = feedparser.parse(url, etag=etags.get(url))
                etags[url] = parsed.get("etag")
                for e in parsed.entries:
                    db.execute(
                        "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)",
                        (e.id, e.title, e.link, e.get("summary")),
                    )
            return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])

        yield poll
