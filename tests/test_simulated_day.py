"""All kinds that poll, at once, in simulated time; `benchmarks/day.py` plays a whole day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listener.collect import COLLECTORS
from tests.day.clock import MIDNIGHT
from tests.day.world import PLATFORMS, UNPOLLED, Day, play

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Sources that want more than they may have wait for one another.
HUNGRY = {"reddit_feed": 45 * MINUTE, "stackexchange": 3 * HOUR, "github": 5 * MINUTE}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def day() -> Day:
    """Play an evening and what comes after midnight, when quotas of a day are renewed."""
    return play(MIDNIGHT - HOUR / 2, 1, settle=0.75, busy=0.1)


def test_every_kind_is_played() -> None:
    played = {kind().kind for kind in PLATFORMS}
    assert played | set(UNPOLLED) == COLLECTORS.keys()
    assert not played & set(UNPOLLED)


def test_no_limit_is_exceeded_by_a_single_request(day: Day) -> None:
    assert {line.kind: line.exceeded for line in day.lines if line.exceeded} == {}
    assert all(line.requests for line in day.lines)


def test_every_post_about_the_brand_is_stored_once(day: Day) -> None:
    assert {line.kind: line.missing for line in day.lines if line.missing} == {}
    assert all(line.stored for line in day.lines)


def test_nothing_goes_wrong(day: Day) -> None:
    assert day.wrong == ()


@pytest.mark.parametrize("kind", ["reddit_feed", "github"])
def test_budgets_are_used_when_there_is_work(day: Day, kind: str) -> None:
    (line,) = (line for line in day.lines if line.kind == kind)
    assert line.used is not None
    assert line.used >= 0.8


def test_no_source_starves(day: Day) -> None:
    late = {
        line.kind: line.wait
        for line in day.lines
        if line.wait > HUNGRY.get(line.kind, line.every * 1.05 + 5 * MINUTE)
    }
    assert late == {}
