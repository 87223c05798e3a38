"""One daemon a store: a lock that the system frees when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from listener.errors import StoreError


@contextlib.contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the store's lock. Raises StoreError that says who holds it already."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / "listener.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise StoreError(f"{data_dir}: is in use by {holder}") from exc
        file.truncate(0)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(f"process {os.getpid()} on {socket.gethostname()}, since {started}\n")
        file.flush()
        yield


def is_held(data_dir: Path) -> bool:
    """Tell whether a daemon runs on this store."""
    try:
        with (data_dir / "listener.lock").open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
