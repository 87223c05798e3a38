from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from listener.model import Coverage, Heard, Label, Mention
from listener.report.standing import Standing, comparable, heard_well, standings
from tests.report.samples import BEFORE, OWN, SOURCES, START, WEEKS, mention, report, whole

DOWN = [Coverage(source=SOURCES[0], state=Heard.DOWN)]


def many(count: int, label: Label | None = Label.NEUTRAL, before: bool = False) -> list[Mention]:
    start = (BEFORE if before else START) + timedelta(hours=9)
    return [mention(n, start, label=label) for n in range(count)]


def standing(
    now: Sequence[Mention],
    before: Sequence[Mention],
    coverage: Sequence[Coverage] | None = None,
    coverage_before: Sequence[Coverage] | None = None,
) -> Standing:
    made = report(now, before, coverage, coverage_before, brands=[OWN])
    return standings(made)[0]


@pytest.mark.parametrize(
    ("now", "before", "volume"),
    [
        (0, 30, "silent"),
        (30, 29, "steady"),
        (60, 35, "more"),
        (90, 30, "surge"),
        (10, 40, "less"),
        (5, 0, "more"),
    ],
)
def test_volume(now: int, before: int, volume: str) -> None:
    assert standing(many(now), many(before, before=True)).volume == volume


def test_silence_is_not_sold_as_calm() -> None:
    assert standing([], many(30, before=True), DOWN).volume == "deaf"
    assert standing([], [], coverage=[]).volume == "deaf"
    assert standing(many(5), many(40, before=True), DOWN).volume == "less-deaf"


def test_a_first_week_is_compared_with_nothing() -> None:
    found = standing(many(30), many(4, before=True), coverage_before=[])
    assert (found.volume, found.change) == ("alone", 0)


def test_times_are_rounded() -> None:
    assert standing(many(100), many(30, before=True)).times == 3


@pytest.mark.parametrize(
    ("mood", "tone"),
    [
        ([*many(9, Label.NEGATIVE)], "few"),
        ([*many(500, None)], "few"),
        ([*many(12, Label.NEGATIVE), *many(11, Label.POSITIVE)], "even"),
        ([*many(40, Label.NEGATIVE), *many(60)], "negative"),
        ([*many(40, Label.POSITIVE), *many(60)], "positive"),
    ],
)
def test_tone(mood: list[Mention], tone: str) -> None:
    assert standing(mood, []).tone == tone


def test_change_of_tone() -> None:
    bad, good = many(50, Label.NEGATIVE), many(50, Label.POSITIVE, before=True)
    assert standing(bad, good).change == -1
    assert standing(many(50, Label.POSITIVE), many(50, Label.NEGATIVE, before=True)).change == 1


def test_the_most_pressing_brand_leads() -> None:
    crisis = WEEKS["broken"]()
    assert [found.brand.name for found in standings(crisis)] == ["Maison Lumen", "Café Lumen"]


def test_hearing() -> None:
    assert heard_well(report([], []))
    assert not heard_well(report([], [], DOWN))
    half = [Coverage(source=SOURCES[0], state=Heard.HEARD, since=START + timedelta(days=3.5))]
    assert not comparable(report([], [], half, whole(BEFORE)))
    assert comparable(report([], [], half, coverage_before=[]))
