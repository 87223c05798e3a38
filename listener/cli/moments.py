"""Dates and durations as people type them after --since and --until."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from listener.config.types import parse_duration
from listener.errors import ConfigError


def parse_moment(option: str, text: str | None, zone: str, now: datetime) -> datetime | None:
    """Read "2026-11-01" or "7d" (so long ago). A day is taken whole: --until ends with its end.

    Raises ConfigError.
    """
    if text is None:
        return None
    try:
        if "-" not in text:
            return now - parse_duration(text)
        day = date.fromisoformat(text) + timedelta(days=option == "--until")
        return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        hint = 'write a date like "2026-11-01" or a duration like "7d"'
        raise ConfigError([f"{option} {text}: {hint}"]) from exc
