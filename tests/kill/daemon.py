"""Runs the real daemon with a clock that is ahead: `python -m tests.kill.daemon FILE SECONDS`."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from listener import daemon, logs
from listener.config import load
from listener.lock import only_one


class ClockAhead:
    """The machine's clock, and some."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def main() -> None:
    logs.configure("info")
    path = Path(sys.argv[1])
    config = load(path)
    with only_one(config.data_dir):
        asyncio.run(daemon.run(config, path, ClockAhead(timedelta(seconds=float(sys.argv[2])))))


if __name__ == "__main__":
    main()
