"""Logging: one readable line an event on stderr, or one JSON object."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """A JSON object a line: time, level, logger, message, and the facts given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {k: v for k, v in vars(record).items() if k not in STANDARD}
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line | facts, ensure_ascii=False, default=str)


class OneLine(logging.Formatter):
    """A line a record: text from outside cannot forge another one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")


def configure(level: str = "info", style: Literal["text", "json"] = "text") -> None:
    handler = logging.StreamHandler(sys.stderr)
    text = OneLine("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
    handler.setFormatter(JsonLines() if style == "json" else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # httpx logs whole URLs, and a URL may hold a secret
    for noisy in ("httpx", "httpcore", "apscheduler", "py3langid", "matplotlib", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
