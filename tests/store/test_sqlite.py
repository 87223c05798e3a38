from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from listener.errors import StoreError
from listener.store import Store, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "listener.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(path)
    yield opened
    opened.close()


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def half() -> None:
        with store.transaction():
            store.execute("INSERT INTO runs VALUES ('a', 1)")
            with store.transaction():
                store.execute("INSERT INTO runs VALUES ('b', 1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert store.rows("SELECT * FROM runs") == []


def test_two_programs_use_it_at_once(store: Store, path: Path) -> None:
    def write(name: str) -> None:
        other = open_store(path)
        for n in range(20):
            with other.transaction():
                other.execute("INSERT INTO runs VALUES (?, ?)", (f"{name}{n}", n))
        other.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.rows("SELECT * FROM runs")) == 40


def test_a_newer_schema_is_refused_and_not_touched(store: Store, path: Path) -> None:
    store.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('listener', 'from_the_future', '2030')"
    )
    with pytest.raises(StoreError, match="newer version"):
        open_store(path)


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        open_store(path)
    assert path.read_bytes() == before


def test_no_database_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ana, this is no database, but a letter. " * 50)
    with pytest.raises(StoreError, match="not a database"):
        open_store(path)


def test_a_backup_is_a_whole_database(store: Store, tmp_path: Path) -> None:
    store.execute("INSERT INTO runs VALUES ('a', 1)")
    store.backup(tmp_path / "copy.db")
    copy = open_store(tmp_path / "copy.db")
    assert [tuple(row) for row in copy.rows("SELECT * FROM runs")] == [("a", 1)]
    copy.close()
    with pytest.raises(StoreError, match="exists already"):
        store.backup(tmp_path / "copy.db")


def test_errors_name_the_file(store: Store, path: Path) -> None:
    with pytest.raises(StoreError, match=r"listener\.db: no such table"):
        store.rows("SELECT * FROM no_such")
