"""The SQLite store: one connection, short write transactions, and a part for each concern."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from listener.errors import StoreError
from listener.store.looks import Looks
from listener.store.mentions import Mentions
from listener.store.outbox import Outbox
from listener.store.posts import Posts
from listener.store.quotas import Quotas
from listener.store.schema import migrations
from listener.store.search import Search, teach
from listener.store.signals import MentionSignals
from listener.store.sources import SourceStates
from listener.store.spikes import Spikes
from listener.store.stories import Stories
from listener.store.upkeep import Upkeep

APPLICATION_ID = 0x4C53544E  # "LSTN": nobody else's file is ever written to
Parameters = Sequence[object] | Mapping[str, object]


class Store:
    """Everything that is kept. Safe to use from several threads; every method may raise StoreError.

    Statements go through `rows` and `execute`; what belongs together is written inside one
    `transaction()`, which takes the write lock at once, so that it never fails half way for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = _connect(path)
        self.posts = Posts(self)
        self.mentions = Mentions(self)
        self.stories = Stories(self)
        self.sources = SourceStates(self)
        self.looks = Looks(self)
        self.outbox = Outbox(self)
        self.search = Search(self)
        self.spikes = Spikes(self)
        self.signals = MentionSignals(self)
        self.quotas = Quotas(self)
        self.upkeep = Upkeep(self)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Write together or not at all; nested calls join the outer transaction."""
        with self._lock, _translated(self.path):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        with self._lock, _translated(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        return next(iter(self.rows(sql, parameters)), None)

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement and return how many rows it changed."""
        with self._lock, _translated(self.path):
            return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, parameters: Sequence[Parameters]) -> None:
        with self._lock, _translated(self.path):
            self._connection.executemany(sql, parameters)

    def backup(self, target: Path) -> None:
        """Write a consistent copy while the daemon goes on; the target must not exist."""
        if target.exists():
            raise StoreError(f"{target}: exists already")
        with self._lock, _translated(self.path):
            copy = sqlite3.connect(target)
            with contextlib.closing(copy):
                self._connection.backup(copy)

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def open_store(path: Path) -> Store:
    """Open or make the database file. Raises StoreError, also when it is newer than the program."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds what people said
    except OSError as exc:
        raise StoreError(f"{path.parent}: cannot be made: {exc.strerror}") from exc
    return Store(path)


def _connect(path: Path) -> sqlite3.Connection:
    with _translated(path):
        connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if owner != APPLICATION_ID:
        if tables:
            raise StoreError(f"{path}: is a database of another program")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA synchronous = FULL")  # a sent mark must survive a power cut
    connection.execute("PRAGMA secure_delete = ON")  # what was erased stays in no free page
    connection.execute("PRAGMA foreign_keys = ON")
    teach(connection)
    _migrate(connection, path)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    db = Database(connection, execute_plugins=False)
    ours = {m.name for m in migrations.pending(Database(memory=True))}
    if {m.name for m in migrations.applied(db)} - ours:
        raise StoreError(f"{path}: was written by a newer version of this program; upgrade it")
    if migrations.pending(db):
        # Two programs may open a new file at once: one migrates, the other finds it done.
        connection.execute("BEGIN IMMEDIATE")
        try:
            migrations.apply(db)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreError(f"{path}: {exc}") from exc
