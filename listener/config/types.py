"""Values as people write them in TOML: durations, moments, clock ranges, secrets."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, GetCoreSchemaHandler
from pydantic_core import core_schema

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = timedelta(days=36500)  # what reaches back beyond the calendar is no moment any more
AT_ONCE, HOURLY, DAILY, WEEKLY = "at once", "hourly", "daily", "weekly"


def parse_duration(value: object) -> timedelta:
    """Read "90s", "10m", "2h", "30d" or "2w", up to a century; raise ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6})\s*([smhdw])", value) if isinstance(value, str) else None
    if not found or int(found[1]) == 0:
        raise ValueError('write a duration like "30s", "10m", "2h" or "30d"')
    duration = timedelta(seconds=int(found[1]) * UNITS[found[2]])
    if duration > LONGEST:
        raise ValueError(f'must be at most "{LONGEST.days}d", a hundred years')
    return duration


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

    def next_after(self, moment: datetime, zone: str) -> datetime:
        """Return the first slot later than `moment`. "at once" has none: ValueError.

        An hour that the clocks leave out counts as the one after it, one that comes twice as the
        first. APScheduler's triggers do otherwise: they skip the first slots after a night in
        which the clocks go forward, and give those of the other night twice.
        """
        if self.cadence == AT_ONCE:
            raise ValueError(f"{self.cadence!r} has no schedule")
        here = moment.astimezone(ZoneInfo(zone))
        if self.cadence == HOURLY:
            return _full_hour(moment, ZoneInfo(zone))
        for ahead in range(9):
            day = here.date() + timedelta(days=ahead)
            if self.weekday in (None, WEEKDAYS[day.weekday()]):
                slot = datetime.combine(day, self.at, ZoneInfo(zone)).astimezone(UTC)
                if slot > moment:
                    return slot
        raise AssertionError("each weekday comes within nine days")

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


def _full_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first full hour of a zone's clocks after `moment`; zones differ by quarters of hours."""
    quarter = timedelta(minutes=15)
    slot = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while slot <= moment or slot.astimezone(zone).minute:
        slot += quarter
    return slot


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
        if not rest:
            raise ValueError('write the variable\'s name: "env:NAME"')
        if not found:
            raise ValueError(f"the environment variable {rest} is not set")
        return found
    if scheme == "file" and not rest.startswith("//"):
        try:
            found = (folder / Path(rest).expanduser()).read_text(encoding="utf-8-sig").strip()
        except (OSError, RuntimeError, ValueError) as exc:  # no such home; a name no file can have
            raise ValueError(f"cannot read the file {rest}") from exc
        if not found:
            raise ValueError(f"the file {rest} is empty")
        return found
    return value


def is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("env:", "file:"))
