from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.errors import StoreError
from listener.model import Coverage, Heard, Label, Mention
from listener.report.figures import REPORT_VERSION, from_json, to_json, weekly
from listener.report.model import BrandInfo, Event, Part, Report
from tests.report.samples import BEFORE, END, OWN, START, WEEKS, ZONE, mention, report, risk

RIVAL = BrandInfo(name="Ohmly", role="competitor")


def hours(n: float, start: datetime = START) -> datetime:
    return start + timedelta(hours=n)


def test_the_week_of_the_worked_example() -> None:
    now = [
        mention(1, hours(10), label=Label.POSITIVE),
        mention(2, hours(11), label=Label.NEGATIVE, danger=risk(65)),
        mention(3, hours(50), label=None, language=None),
        mention(4, hours(60), brand="Ohmly"),
    ]
    before = [mention(5, hours(10, BEFORE)), mention(6, hours(9, BEFORE), brand="Ohmly")]
    made = report(now, before, brands=[OWN, RIVAL])
    (brand,) = made.brands
    assert (brand.now.mentions, brand.now.alarming) == (3, 1)
    assert (brand.now.tally.scored, brand.now.tally.unscored) == (2, 1)
    assert brand.before is not None
    assert brand.before.mentions == 1
    assert [day.mentions for day in brand.days] == [2, 0, 1, 0, 0, 0, 0]
    assert [day.before for day in brand.days] == [1, 0, 0, 0, 0, 0, 0]
    assert brand.languages == (
        Part(key="fr", now=2, before=1),
        Part(key=None, now=1, before=0),
    )
    assert [(v.name, v.share, v.share_before) for v in brand.voices] == [
        ("Maison Lumen", 75, 50),
        ("Ohmly", 25, 50),
    ]


def test_competitors_and_topics_have_no_section_of_their_own() -> None:
    made = WEEKS["normal"]()
    assert [brand.name for brand in made.brands] == ["Maison Lumen"]
    assert [topic.name for topic in made.topics] == ["#eclairage"]


def test_days_are_those_of_the_zone() -> None:
    late = mention(1, datetime(2026, 3, 10, 23, 30, tzinfo=UTC))  # 00:30 on Wednesday in Paris
    (brand,) = report([late], [], brands=[OWN]).brands
    assert [day.day for day in brand.days if day.mentions] == [date(2026, 3, 11)]


def test_a_week_in_which_the_clocks_change_has_seven_days() -> None:
    start = datetime(2026, 3, 22, 23, tzinfo=UTC)
    end = datetime(2026, 3, 29, 22, tzinfo=UTC)  # one hour shorter
    sunday = mention(1, datetime(2026, 3, 29, 21, 30, tzinfo=UTC))
    monday_before = mention(2, datetime(2026, 3, 15, 23, 30, tzinfo=UTC))
    heard = [Coverage(source="Le Courant", state=Heard.HEARD)]
    made = weekly(
        brands=[OWN],
        now_mentions=[sunday],
        before_mentions=[monday_before],
        coverage=heard,
        coverage_before=heard,
        start=start,
        end=end,
        timezone=ZONE,
    )
    (brand,) = made.brands
    assert [day.mentions for day in brand.days] == [0, 0, 0, 0, 0, 0, 1]
    assert [day.before for day in brand.days] == [1, 0, 0, 0, 0, 0, 0]


def test_without_a_date_the_finding_counts_and_is_said() -> None:
    made = report([mention(1, None, found=hours(30))], [], brands=[OWN])
    assert made.undated == 1
    assert made.brands[0].days[1].mentions == 1


def test_what_lies_outside_the_week_is_left_out() -> None:
    outside = [mention(1, START - timedelta(seconds=1)), mention(2, END)]
    assert report(outside, [], brands=[OWN]).brands[0].now.mentions == 0


def test_the_week_before_is_unknown_when_nobody_listened() -> None:
    made = report(
        [mention(1, hours(3))], [mention(2, hours(3, BEFORE))], coverage_before=[], brands=[OWN]
    )
    (brand,) = made.brands
    assert made.heard_before is None
    assert brand.before is None
    assert {day.before for day in brand.days} == {None}
    assert {part.before for part in brand.sources} == {None}
    assert brand.voices[0].share_before is None


def test_events_outside_the_week_are_not_kept() -> None:
    inside, outside = (
        Event(name="in", day=date(2026, 3, 15)),
        Event(name="out", day=date(2026, 3, 16)),
    )
    assert report([], [], events=[outside, inside]).events == (inside,)


@pytest.mark.parametrize("name", WEEKS)
def test_a_snapshot_is_read_as_it_was_written(name: str) -> None:
    made = WEEKS[name]()
    text = to_json(made)
    assert from_json(text) == made
    assert to_json(from_json(text)) == text


def test_a_snapshot_of_another_version_is_refused() -> None:
    other = replace(WEEKS["quiet"](), version=REPORT_VERSION + 1)
    with pytest.raises(StoreError, match="version"):
        from_json(to_json(other))


def test_what_is_no_snapshot_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        from_json('{"version": 1}')


@st.composite
def mentions(draw: st.DrawFn) -> list[Mention]:
    return [
        mention(
            n,
            hours(draw(st.floats(-170, 170))),
            brand=draw(st.sampled_from(("Maison Lumen", "Ohmly", "Clarté & Fils", "#eclairage"))),
            source=draw(st.integers(0, 5)),
            label=draw(st.sampled_from((*Label, None))),
            language=draw(st.sampled_from(("fr", "en", None))),
            story=draw(st.integers(0, 5)),
            danger=risk(draw(st.integers(0, 100))),
        )
        for n in range(draw(st.integers(0, 30)))
    ]


@settings(max_examples=60, deadline=None)
@given(mentions())
def test_counts_add_up(found: list[Mention]) -> None:
    made = report(found, found)
    for brand in made.brands:
        assert brand.before is not None
        for parts in (brand.sources, brand.languages, brand.kinds):
            assert sum(part.now for part in parts) == brand.now.mentions
            assert sum(part.before or 0 for part in parts) == brand.before.mentions
        assert sum(day.mentions for day in brand.days) == brand.now.mentions
        assert sum(day.before or 0 for day in brand.days) == brand.before.mentions
        assert brand.now.tally.total == brand.now.mentions
        shares = [voice.share for voice in brand.voices]
        assert shares[0] is None or sum(s or 0 for s in shares) == pytest.approx(100)
        assert [d.risk.score for d in brand.dangers] == sorted(
            (d.risk.score for d in brand.dangers), reverse=True
        )


@settings(max_examples=30, deadline=None)
@given(mentions(), st.randoms())
def test_the_order_of_mentions_does_not_matter(found: list[Mention], random: object) -> None:
    shuffled = sorted(found, key=lambda _: random.random())  # type: ignore[attr-defined]
    one: Report = report(found, [])
    assert report(shuffled, []) == one
