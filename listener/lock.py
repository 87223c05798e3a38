"""One daemon a store: a lock that the system frees when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from listener.errors import StoreError

MOMENTS = 5


@contextlib.contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the store's lock. Raises StoreError that says who holds it already."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (data_dir / "listener.lock").open("a+", encoding="utf-8")
    except OSError as exc:
        raise StoreError(f"{data_dir}: cannot be written: {exc.strerror}") from exc
    with file:
        if not _taken(file):
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise StoreError(f"{data_dir}: is in use by {holder}")
        started = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}, since {started}\n")
            file.flush()
        except OSError as exc:  # a full disk
            raise StoreError(f"{data_dir}: cannot be written: {exc.strerror}") from exc
        yield


def _taken(file: TextIO) -> bool:
    """Take the lock, if nobody holds it; `is_held` may have it for a moment."""
    for _ in range(MOMENTS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        except OSError as exc:  # some network file systems have no locks
            raise StoreError(f"{file.name}: cannot be locked: {exc.strerror}") from exc
        else:
            return True
    return False


def is_held(data_dir: Path) -> bool:
    """Tell whether a daemon runs on this store. Raises StoreError where that cannot be seen."""
    try:
        with (data_dir / "listener.lock").open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as exc:  # the folder of another user
        raise StoreError(f"{data_dir}: cannot be read: {exc.strerror}") from exc
    return False
