"""Values as people write them in TOML: durations, moments, clock ranges, secrets."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.triggers.cron import CronTrigger
from pydantic import BeforeValidator, GetCoreSchemaHandler
from pydantic_core import core_schema

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AT_ONCE, HOURLY, DAILY, WEEKLY = "at once", "hourly", "daily", "weekly"


def parse_duration(value: object) -> timedelta:
    """Read "90s", "10m", "2h", "30d" or "2w"; raise ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6})\s*([smhdw])", value) if isinstance(value, str) else None
    if not found or int(found[1]) == 0:
        raise ValueError('write a duration like "30s", "10m", "2h" or "30d"')
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])


def parse_zone(value: object) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise ValueError('write a time zone of the IANA list, like "Europe/Paris"')
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Zone = Annotated[str, BeforeValidator(parse_zone)]


def parse_time(text: str) -> time:
    """Read "HH:MM"; raise ValueError otherwise."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if not found:
        raise ValueError('write a time like "08:00"')
    return time(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class When:
    """How often somebody wants to hear: at once, hourly, daily HH:MM, weekly DAY HH:MM."""

    cadence: str
    at: time = time()
    weekday: str | None = None

    @classmethod
    def parse(cls, value: object) -> When:
        """Read "at once", "hourly", "daily 08:00" or "weekly mon 08:00"; else ValueError."""
        hint = 'write "at once", "hourly", "daily 08:00" or "weekly mon 08:00"'
        words = value.split() if isinstance(value, str) else []
        match words:
            case ["at", "once"]:
                return cls(AT_ONCE)
            case ["hourly"]:
                return cls(HOURLY)
            case ["daily", at]:
                return cls(DAILY, parse_time(at))
            case ["weekly", day, at] if day in WEEKDAYS:
                return cls(WEEKLY, parse_time(at), day)
        raise ValueError(hint)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value)
        )

    def trigger(self, zone: str) -> CronTrigger:
        """Return APScheduler's trigger. "at once" has none: ValueError.

        Weekdays go by name: APScheduler numbers them from Monday = 0, crontab from Sunday = 0.
        """
        match self.cadence:
            case "hourly":
                return CronTrigger(minute=0, timezone=zone)
            case "daily":
                return CronTrigger(hour=self.at.hour, minute=self.at.minute, timezone=zone)
            case "weekly":
                return CronTrigger(
                    day_of_week=self.weekday,
                    hour=self.at.hour,
                    minute=self.at.minute,
                    timezone=zone,
                )
        raise ValueError(f"{self.cadence!r} has no schedule")

    def next_after(self, moment: datetime, zone: str) -> datetime:
        """Return the first slot later than `moment`."""
        just_after = moment + timedelta(microseconds=1)
        slot = self.trigger(zone).get_next_fire_time(None, just_after)
        assert slot is not None  # a cron trigger without an end always has a next time
        return datetime.fromtimestamp(slot.timestamp(), UTC)

    def latest(self, now: datetime, zone: str) -> datetime:
        """Return the last slot that is not later than `now`."""
        back = timedelta(hours=2) if self.cadence == HOURLY else timedelta(days=9)
        slot = self.next_after(now - back, zone)
        while (following := self.next_after(slot, zone)) <= now:
            slot = following
        return slot

    def __str__(self) -> str:
        if self.cadence in (AT_ONCE, HOURLY):
            return self.cadence
        day = f"{self.weekday} " if self.weekday else ""
        return f"{self.cadence} {day}{self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the day, "20:00-08:00"; may pass midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, value: object) -> Hours:
        parts = value.split("-") if isinstance(value, str) else []
        if len(parts) != 2:
            raise ValueError('write hours like "20:00-08:00"')
        start, end = (parse_time(part.strip()) for part in parts)
        if start == end:
            raise ValueError("the two times are the same")
        return cls(start, end)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value)
        )

    def hold(self, now: datetime, zone: str) -> bool:
        """Tell whether `now` lies within these hours, read on a clock in `zone`."""
        here = now.astimezone(ZoneInfo(zone)).time()
        if self.start < self.end:
            return self.start <= here < self.end
        return here >= self.start or here < self.end


def resolve_secret(value: str, folder: Path) -> str:
    """Return what `env:NAME` or `file:PATH` stands for; other text as it is.

    Raises ValueError with what is missing, never with what was found.
    """
    scheme, _, rest = value.partition(":")
    if scheme == "env":
        found = os.environ.get(rest)
        if not found:
            raise ValueError(f"the environment variable {rest} is not set")
        return found
    if scheme == "file" and not rest.startswith("//"):
        try:
            return (folder / rest).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ValueError(f"cannot read the file {rest}") from exc
    return value


def is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("env:", "file:"))
