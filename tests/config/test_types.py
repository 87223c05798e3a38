from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.config.types import Hours, When, parse_duration

PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", timedelta(seconds=30)), ("10m", timedelta(minutes=10)), ("2w", timedelta(weeks=2))],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "10", "m", "0s", "-5m", "1.5h", "10 minutes", 10, None])
def test_no_durations(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["at once", "hourly", "daily 08:00", "weekly mon 07:30"])
def test_when_is_written_as_it_is_read(text: str) -> None:
    assert str(When.parse(text)) == text


@pytest.mark.parametrize("text", ["", "daily", "daily 25:00", "weekly 1 07:00", "monthly", 3])
def test_no_when(text: object) -> None:
    with pytest.raises(ValueError):
        When.parse(text)


def test_weekly_is_on_its_day_in_its_zone() -> None:
    slot = When.parse("weekly mon 07:00").next_after(datetime(2026, 11, 20, tzinfo=UTC), PARIS)
    assert slot == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert slot.weekday() == 0


def test_daily_follows_summer_time() -> None:
    when = When.parse("daily 08:00")
    assert when.next_after(datetime(2026, 3, 28, 12, tzinfo=UTC), PARIS).hour == 6
    assert when.next_after(datetime(2026, 3, 27, 12, tzinfo=UTC), PARIS).hour == 7


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Africa/Cairo"])
@pytest.mark.parametrize("text", ["daily 00:00", "daily 01:30", "daily 02:30", "daily 23:30"])
def test_each_day_has_one_slot_when_the_clocks_change_too(text: str, zone: str) -> None:
    when, slot = When.parse(text), datetime(2026, 3, 1, tzinfo=UTC)
    days = []
    while slot < datetime(2026, 12, 1, tzinfo=UTC):
        slot = when.next_after(slot, zone)
        days.append(slot.astimezone(ZoneInfo(zone)).date())
    assert [later - day for day, later in pairwise(days)] == [timedelta(days=1)] * (len(days) - 1)


def test_the_week_after_the_clocks_went_forward_has_its_slot() -> None:
    latest = When.parse("weekly mon 00:30").latest(datetime(2026, 3, 30, 6, tzinfo=UTC), PARIS)
    assert latest == datetime(2026, 3, 29, 22, 30, tzinfo=UTC)


def test_what_comes_at_once_has_no_slot() -> None:
    with pytest.raises(ValueError, match="no schedule"):
        When.parse("at once").next_after(datetime(2026, 3, 1, tzinfo=UTC), PARIS)


@given(
    now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    text=st.sampled_from(["hourly", "daily 02:30", "daily 23:59", "weekly sun 00:00"]),
)
def test_the_latest_slot_is_the_last_one_before_now(now: datetime, text: str) -> None:
    when = When.parse(text)
    latest = when.latest(now, PARIS)
    assert latest <= now < when.next_after(latest, PARIS)


@pytest.mark.parametrize(
    ("hours", "hour", "expected"),
    [
        ("20:00-08:00", 22, True),
        ("20:00-08:00", 3, True),
        ("20:00-08:00", 12, False),
        ("12:00-14:00", 13, True),
        ("12:00-14:00", 14, False),
    ],
)
def test_quiet_hours_may_pass_midnight(hours: str, hour: int, expected: bool) -> None:
    assert Hours.parse(hours).hold(datetime(2026, 1, 5, hour, tzinfo=UTC), "UTC") is expected


def test_hours_are_two_different_times() -> None:
    assert Hours.parse("09:00-18:00") == Hours(time(9), time(18))
    with pytest.raises(ValueError, match="same"):
        Hours.parse("09:00-09:00")


def test_no_duration_reaches_back_beyond_the_calendar() -> None:
    assert parse_duration("36500d") == timedelta(days=36500)
    with pytest.raises(ValueError, match="at most"):
        parse_duration("36501d")
