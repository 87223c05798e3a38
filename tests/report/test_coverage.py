from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.model import Coverage, Heard
from listener.report.coverage import by_source, gaps, heard, weeks
from listener.report.model import Period, SourceWeek
from tests.report.samples import BEFORE, END, START

WEEK, EARLIER = Period(START, END), Period(BEFORE, START)


def stretch(state: Heard, since: float | None, until: float | None, why: str = "") -> Coverage:
    """A stretch between two days of the week; None leaves it open."""
    return Coverage(
        source="A",
        state=state,
        since=None if since is None else START + timedelta(days=since),
        until=None if until is None else START + timedelta(days=until),
        why=why or None,
    )


def week(*coverage: Coverage) -> SourceWeek:
    (made,) = weeks(by_source(coverage), {}, WEEK, EARLIER)
    return made


def test_shares_of_a_week_with_every_state() -> None:
    made = week(
        stretch(Heard.HEARD, None, 3.5),
        stretch(Heard.LIMITED, 3.5, 4),
        stretch(Heard.DOWN, 4, 5),
        stretch(Heard.STALE, 5, None),
    )
    assert made.heard == pytest.approx(3.5 / 7)
    assert made.limited == pytest.approx(0.5 / 7)
    assert made.down == pytest.approx(1 / 7)
    assert made.stale == pytest.approx(2 / 7)
    assert made.unrecorded == 0
    assert [gap.state for gap in made.gaps] == [Heard.LIMITED, Heard.DOWN, Heard.STALE]
    assert made.gaps[2].until == END
    assert made.missed


def test_time_without_a_record_is_a_gap() -> None:
    made = week(stretch(Heard.HEARD, 2, 3), stretch(Heard.HEARD, 5, None))
    assert made.unrecorded == pytest.approx(4 / 7)
    assert [(gap.state, gap.since, gap.until) for gap in made.gaps] == [
        (Heard.PENDING, START, START + timedelta(days=2)),
        (Heard.PENDING, START + timedelta(days=3), START + timedelta(days=5)),
    ]


def test_a_source_never_polled_was_not_heard() -> None:
    made = week(stretch(Heard.PENDING, None, None))
    assert (made.heard, made.unrecorded) == (0, 1)
    assert heard(by_source([stretch(Heard.PENDING, None, None)]), WEEK) == 0


def test_a_failed_poll_is_no_gap() -> None:
    minutes = 59 / 60 / 24
    made = week(
        stretch(Heard.HEARD, None, 2),
        stretch(Heard.DOWN, 2, 2 + minutes),
        stretch(Heard.HEARD, 2 + minutes, None),
    )
    assert made.gaps == ()
    assert not made.missed


def test_a_stale_source_is_named_but_was_heard() -> None:
    made = week(stretch(Heard.STALE, None, None, why="silent for 9 days"))
    assert not made.missed
    assert [gap.why for gap in made.gaps] == ["silent for 9 days"]
    assert heard(by_source([stretch(Heard.STALE, None, None)]), WEEK) == 1


def test_gaps_of_a_day_begin_at_an_hour() -> None:
    day = Period(START, START + timedelta(days=1))
    hour = 1 / 24
    short = by_source([stretch(Heard.HEARD, None, 0.5), stretch(Heard.HEARD, 0.5 + hour * 0.9, 1)])
    long = by_source([stretch(Heard.HEARD, None, 0.5), stretch(Heard.HEARD, 0.5 + hour, 1)])
    assert gaps(short, day) == ()
    assert gaps(long, day) == ("A",)


def test_no_source_is_unknown() -> None:
    assert heard({}, WEEK) is None


def test_the_cause_is_one_harmless_line() -> None:
    made = week(stretch(Heard.DOWN, None, None, why="bad\r\n\x1b[31m" + "x" * 500))
    (gap,) = made.gaps
    assert gap.why is not None
    assert gap.why.startswith("bad [31mx")
    assert len(gap.why) <= 160


@given(st.lists(st.floats(-3, 10), min_size=2, max_size=12), st.data())
def test_shares_of_a_source_sum_to_the_week(days: list[float], data: st.DataObject) -> None:
    edges = sorted(days)
    states = data.draw(
        st.lists(st.sampled_from(list(Heard)), min_size=len(edges), max_size=len(edges))
    )
    made = week(*(map(stretch, states, edges, edges[1:])))
    parts = (made.heard, made.limited, made.stale, made.down, made.unrecorded)
    assert all(0 <= part <= 1 for part in parts)
    assert sum(parts) == pytest.approx(1, abs=1e-6)
