"""Health of a container: a daemon holds the store, and no source has been due for an hour.

It is not `listener status`, whose exit code 1 asks for a person: no restart mends a password.
"""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from listener.app import store_path
from listener.cli.standing import standing
from listener.config import load
from listener.errors import ConfigError, StoreError
from listener.lock import is_held
from listener.store import open_store

LATE = timedelta(hours=1)


def illness(path: Path, now: datetime) -> str | None:
    """Return what is wrong with the daemon of this sources.toml; None when it works."""
    try:
        config = load(path)
        with contextlib.closing(open_store(store_path(config))) as store:
            found = standing(config, store, now, running=is_held(config.data_dir))
    except ConfigError:
        return None  # a running daemon goes on with the file as it was
    except StoreError as exc:
        return str(exc)
    if not found.running:
        return "no daemon holds the store"
    late = [s.name for s in found.sources if s.next_at and now - s.next_at > LATE]
    return f"due for an hour, not polled: {', '.join(late)}" if late else None


if __name__ == "__main__":
    sys.exit(illness(Path(os.environ.get("LISTENER_CONFIG", "sources.toml")), datetime.now(UTC)))
