from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from listener.digest.hearing import hearing
from listener.digest.item import item
from listener.digest.view import importance, view
from listener.model import (
    Author,
    Copy,
    Coverage,
    Engagement,
    Heard,
    Level,
    Mention,
    PostKind,
    Span,
)
from tests.digest.samples import COVERAGE, ENGLISH, NOW, digest, french, mention, risk

CALM = mention(1, "Decathlon")


def one(**about: Any) -> Mention:
    return mention(2, "Decathlon", **about)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        pytest.param(one(danger=risk(60)), one(danger=risk(59), tone=-1), id="risk"),
        pytest.param(one(danger=risk(30)), one(danger=risk(29), tone=-1), id="medium risk"),
        pytest.param(one(tone=-1), one(tone=1, danger=risk(29)), id="low risk does not count"),
        pytest.param(one(tone=-1), one(tone=None), id="unknown is not negative"),
        pytest.param(one(engagement=Engagement(likes=100)), one(), id="engagement"),
        pytest.param(one(author=Author(followers=5000)), one(), id="followers"),
        pytest.param(one(engagement=Engagement(likes=100)), one(hours=1), id="reach before age"),
        pytest.param(one(hours=1), one(hours=2), id="newness"),
        pytest.param(one(hours=1), one(engagement=Engagement(likes=-40)), id="votes below zero"),
    ],
)
def test_importance(more: Mention, less: Mention) -> None:
    assert importance(more) > importance(less)


def test_what_is_at_risk_comes_first_then_kinds_in_their_order() -> None:
    (brand,) = view(digest(), {}, most=50).brands

    assert [section.kind for section in brand.sections] == [
        None, PostKind.NEWS, PostKind.BLOG, PostKind.SOCIAL, PostKind.VIDEO,
    ]  # fmt: skip
    assert [item.level for item in brand.sections[0].items] == [Level.CRITICAL, Level.HIGH]
    assert sum(len(section.items) for section in brand.sections) == len(ENGLISH)


def test_the_most_important_stay_and_the_others_are_counted_by_kind() -> None:
    (brand,) = view(digest(), {}, most=3).brands

    assert [item.score for section in brand.sections for item in section.items] == [86, 64, 38]
    assert brand.hidden == (
        (PostKind.NEWS, 2), (PostKind.BLOG, 1), (PostKind.SOCIAL, 1), (PostKind.VIDEO, 1),
    )  # fmt: skip
    assert brand.tally.total == len(ENGLISH)


def test_counts_are_of_all_and_what_is_not_scored_is_beside() -> None:
    tally = view(digest(), {}, most=1).tally

    assert (tally.total, tally.at_risk) == (8, 2)
    assert tally.tones == (("negative", 3), ("neutral", 1), ("positive", 3), ("unscored", 1))


def test_own_brands_come_first_and_a_brand_without_mentions_is_named() -> None:
    roles = {"Intersport": "competitor", "GR20": "topic"}

    shown = view(french(), roles, most=50)

    assert [(b.name, b.role, b.tally.total) for b in shown.brands] == [
        ("Decathlon", "own", 4), ("Intersport", "competitor", 1), ("GR20", "topic", 0),
    ]  # fmt: skip


def test_a_mention_of_a_brand_that_is_not_named_is_not_lost() -> None:
    shown = view(digest(brands=()), {}, most=50)

    assert [brand.name for brand in shown.brands] == ["Decathlon"]


def test_what_was_found_before_the_period_is_late_but_not_when_told_at_once() -> None:
    late = replace(CALM, found=NOW - timedelta(days=2))

    assert view(digest(mentions=(late, ENGLISH[0])), {}, most=5).late == 1
    assert view(digest(mentions=(late,), cadence="at once", start=NOW), {}, most=5).late == 0


def test_an_item_has_a_title_or_is_its_own_headline() -> None:
    titled, untitled = item(ENGLISH[0]), item(ENGLISH[5])

    assert titled.snippet
    assert untitled.snippet == ()
    assert "".join(p.text for p in untitled.headline).startswith("Queue out of the door")
    assert [p.text for p in untitled.headline if p.strong] == ["Decathlon", "decathlon"]


def test_a_text_that_repeats_the_title_is_not_shown_twice() -> None:
    assert item(mention(1, "Decathlon opens", "decathlon  OPENS")).snippet == ()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a?b=1#c", True),
        ("http://example.org/é", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("//example.org/", False),
        ("https://example.org/a b", False),
        ("https://example.org/\nBcc:x", False),
        ("https://[broken/", False),
        ("https://example.org/" + "a" * 2000, False),
    ],
)
def test_only_addresses_that_may_be_followed_are_links(url: str, shown: bool) -> None:
    hostile = replace(CALM, post=replace(CALM.post, url=url))

    assert item(hostile).url == (url if shown else None)


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        (None, None),
        (Author(), None),
        (Author(name="Lou", handle="lou@example.org"), "Lou @lou@example.org"),
        (Author(name="wet_socks", handle="wet_socks"), "@wet_socks"),
        (Author(name="Le Monde"), None),
        (Author(name="a\nb"), "a b"),
    ],
)
def test_authors(author: Author | None, shown: str | None) -> None:
    assert item(mention(1, "Decathlon", outlet="Le Monde", author=author)).author == shown


def test_copies_are_folded() -> None:
    shown = item(ENGLISH[0])

    assert shown.copies == ("Reuters", "BBC News", "Outdoor Daily")
    assert shown.more_copies == 3
    assert item(replace(CALM, copies=(Copy(outlet="x\ny", url=None),))).copies == ("x y",)


def test_nothing_known_stays_unknown() -> None:
    bare = item(replace(CALM, sentiment=None, spans=(Span("text", 5, 9),)))

    assert bare.sentiment is None
    assert bare.engagement.total is None
    assert bare.followers is None
    assert bare.author is None
    assert bare.outlet == "Google News"


def test_a_stale_source_was_heard_and_a_limited_one_was_not() -> None:
    heard = hearing(COVERAGE)

    assert (heard.heard, heard.total) == (13, 15)
    assert [gap.state for gap in heard.gaps] == [Heard.DOWN, Heard.LIMITED, Heard.STALE]


def stretches(*parts: tuple[Heard, int, int]) -> list[Coverage]:
    """Stretches of one source, in minutes of one day."""
    day = NOW - timedelta(days=1)
    return [
        Coverage(
            source="a",
            state=state,
            since=day + timedelta(minutes=start),
            until=day + timedelta(minutes=end),
            why=None if state is Heard.HEARD else f"why {start}",
        )
        for state, start, end in parts
    ]


def told(*parts: tuple[Heard, int, int]) -> list[tuple[Heard, int | None, int | None]]:
    """The gaps in those stretches, in minutes of the day."""
    day = NOW - timedelta(days=1)
    return [
        (
            gap.state,
            (gap.since - day) // timedelta(minutes=1) if gap.since else None,
            (gap.until - day) // timedelta(minutes=1) if gap.until else None,
        )
        for gap in hearing(stretches(*parts)).gaps
    ]


def test_one_failed_poll_is_no_gap_but_an_hour_is() -> None:
    ok = Heard.HEARD

    assert told((ok, 0, 60), (Heard.DOWN, 60, 119), (ok, 119, 900)) == []
    assert told((ok, 0, 60), (Heard.DOWN, 60, 120), (ok, 120, 900)) == [(Heard.DOWN, 60, 120)]


def test_a_source_that_is_down_now_is_a_gap_however_short() -> None:
    assert told((Heard.HEARD, 0, 890), (Heard.DOWN, 890, 900)) == [(Heard.DOWN, 890, None)]
    assert hearing(stretches((Heard.DOWN, 890, 890))).heard == 0


def test_failures_of_different_causes_are_one_gap_told_by_the_last() -> None:
    parts = ((Heard.DOWN, 0, 30), (Heard.DOWN, 30, 70), (Heard.HEARD, 70, 900))

    assert told(*parts) == [(Heard.DOWN, 0, 70)]
    assert hearing(stretches(*parts)).gaps[0].why == "why 30"


def test_while_the_program_was_off_nobody_listened() -> None:
    parts = ((Heard.HEARD, 0, 60), (Heard.HEARD, 480, 900))

    assert told(*parts) == [(Heard.PENDING, 60, 480)]
    assert hearing(stretches(*parts)).heard == 0
    assert told((Heard.HEARD, 0, 60), (Heard.HEARD, 100, 900)) == []


def test_a_source_that_never_was_polled_is_not_heard() -> None:
    heard = hearing([Coverage(source="new", state=Heard.PENDING)])

    assert (heard.heard, heard.total, heard.gaps[0].since) == (0, 1, None)


def test_many_gaps_are_counted_and_long_reasons_cut() -> None:
    gaps = [
        Coverage(source=f"{n:02}\n", state=Heard.DOWN, why="x\x00y" + "z" * 500) for n in range(11)
    ]

    heard = hearing(gaps)

    assert (heard.total, heard.heard, len(heard.gaps), heard.more_gaps) == (11, 0, 8, 3)
    assert heard.gaps[0].source == "00"
    assert heard.gaps[0].why is not None
    assert heard.gaps[0].why.startswith("x yz")
    assert len(heard.gaps[0].why) == 160
