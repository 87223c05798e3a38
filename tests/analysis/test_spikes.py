from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log, log10
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis.spikes import PAUSE, Detector, Kind, Seen
from listener.analysis.spikes_level import DAY, Level
from listener.analysis.spikes_tail import KEPT, WARM, Tail
from listener.analysis.spikes_window import Window
from listener.analysis.spikes_words import words
from listener.locale.formats import Formats

HOUR = 12
WARMTH = 10 * 72  # buckets


def voice(mean: float, buckets: int, seed: int = 1) -> list[int]:
    """Counts between 0 and twice the mean; a mean below a half is a mention now and then."""
    chance = Random(seed)
    return [round(chance.uniform(0, 2 * mean) + chance.uniform(-0.5, 0.5)) for _ in range(buckets)]


def rarely(a_day: int, days: int) -> list[int]:
    chance = Random(a_day)
    return [int(chance.random() < a_day / DAY) for _ in range(days * DAY)]


def watch(detector: Detector, counts: Iterable[int]) -> list[tuple[int, Seen]]:
    """Return what was said and after which count."""
    return [(at, seen) for at, count in enumerate(counts) if (seen := detector.update(count))]


def copy(detector: Detector) -> Detector:
    return Detector.loads(detector.dumps())


@pytest.fixture(scope="module")
def month() -> str:
    """A brand with about 20 mentions in five minutes, known for four weeks."""
    detector = Detector()
    watch(detector, voice(20, 28 * DAY))
    return detector.dumps()


@pytest.fixture
def known(month: str) -> Detector:
    return Detector.loads(month)


def test_an_even_voice_is_no_news() -> None:
    assert watch(Detector(), voice(20, 28 * DAY)) == []


def test_a_burst_is_told_at_once_with_its_facts(known: Detector) -> None:
    (at, seen), *_ = watch(known, [600, 900])

    assert at == 0
    assert (seen.kind, seen.count) == (Kind.BURST, 600)
    assert seen.minutes in (5, 15, 60)
    assert seen.usual == pytest.approx(20, rel=0.1)
    assert seen.times == pytest.approx(30, rel=0.1)
    assert seen.a_day == pytest.approx(20 * DAY, rel=0.1)


def test_a_surge_is_as_rare_as_the_two_windows_that_say_most(known: Detector) -> None:
    """The hour has hardly noticed, and is not asked; 12 days of the tails are 7."""
    minute, quarter, hour, *_ = copy(known).tails
    usual = known.level.usual or 0
    before, expected = known.window.sums(11)
    three, of_three = known.window.sums(2)
    rarities = [
        minute.rarity(log((200 + 3) / (usual + 3))),
        quarter.rarity(log((200 + three + 3) / (usual + of_three + 3))),
        hour.rarity(log((200 + before + 3) / (usual + expected + 3))),
    ]

    seen = known.update(200)

    assert seen
    assert min(rarities) == rarities[2] < sum(rarities[:2]) / 4
    assert seen.score == pytest.approx(sum(rarities[:2]) / 2 - log10(12 / 7))


def with_tails(*tops: float, count: int = 10) -> Detector:
    """A brand of ten in five minutes that always had these ratios, with so many for two hours."""
    detector = Detector(known=40 * 72)
    detector.tails = tuple(Tail(maxima=[round(1000 * top)] * 40) for top in tops)
    detector.level.learn(10, 1.0, None)
    detector.window = Window([count] * 24, [10.0] * 24)
    return detector


def test_one_window_alone_is_not_believed() -> None:
    """A brand that often has a loud moment, but never yet had a loud hour."""
    loud = with_tails(4.0, 2.5, 0.1, 9.0, 9.0)
    assert loud.update(320) is None

    never = with_tails(4.0, 0.1, 0.1, 9.0, 9.0)
    assert never.update(320)


def test_what_lasts_has_to_be_twice_as_rare_and_is_told_as_rare_as_it_is() -> None:
    tops = (9.0, 9.0, 9.0, 0.1, 9.0)
    assert with_tails(*tops, count=30).update(30) is None  # once in 9 days

    seen = with_tails(*tops, count=40).update(40)
    assert seen
    assert seen.kind is Kind.SUSTAINED
    # 0.69897 + (ln(963 / 243) - 0.1) / (0.4 ln 10) for the tail, less log10(12 / 7)
    assert seen.score == pytest.approx(1.8519, abs=0.001)
    assert seen.days == pytest.approx(17.8, abs=0.1)


def test_no_return_period_beyond_three_times_the_known_history(known: Detector) -> None:
    seen = known.update(50_000)

    assert seen
    assert seen.days == pytest.approx(3 * 28, rel=0.01)
    assert seen.beyond
    assert 10**seen.score / 4 > seen.days


def test_a_surge_is_told_once_in_six_hours_unless_it_becomes_five_times_rarer(
    known: Detector,
) -> None:
    said = watch(known, [100] * (PAUSE + 2 * HOUR))

    assert said
    for (before, first), (after, then) in pairwise(said):
        assert after - before >= PAUSE or then.score >= first.score + 0.7


def test_a_surge_that_grows_is_told_again(known: Detector) -> None:
    (_, first), *_ = watch(known, [100] * 3 * HOUR)
    assert not first.grows
    assert known.update(100) is None

    seen = known.update(10_000)
    assert seen
    assert seen.grows


def test_a_rise_that_lasts_is_told_of_a_brand_that_often_bursts() -> None:
    detector = Detector()
    for day in range(28):
        counts = voice(20, DAY, seed=day)
        counts[150 + 3 * day] = 700
        watch(detector, counts)

    (at, seen), *_ = watch(detector, voice(60, 2 * HOUR))

    assert HOUR <= at < 2 * HOUR
    assert seen.kind is Kind.SUSTAINED
    assert seen.minutes == 120
    assert seen.count > 1.4 * seen.usual


def test_what_a_brand_does_often_is_no_news() -> None:
    """Every day at noon ten times as many: the first may surprise, the later ones are its way."""
    detector = Detector()
    day = voice(5, DAY)
    day[144:156] = [50] * HOUR
    said = watch(detector, day * 28)

    assert [at for at, _ in said if at > 14 * DAY] == []
    day[144:156] = [500] * HOUR
    assert watch(detector, day)


def test_nothing_is_said_before_sixty_hours_are_known() -> None:
    detector = Detector()
    counts = voice(20, WARMTH)
    counts[300:336] = [2000] * 36

    assert watch(detector, counts) == []


def test_sixty_hours_are_counted_in_what_was_heard() -> None:
    detector = Detector()
    watch(detector, voice(20, WARMTH - HOUR))
    detector.skip(20 * DAY)

    assert watch(detector, [5000] * HOUR) == []
    assert detector.update(5000)


def test_a_level_that_doubles_for_good_becomes_the_usual(known: Detector) -> None:
    watch(known, voice(40, 14 * DAY))

    assert known.level.usual == pytest.approx(40, rel=0.15)
    assert watch(known, voice(40, 14 * DAY, seed=2)) == []


def test_a_surge_hardly_moves_the_level(known: Detector) -> None:
    before = known.level.usual or 0
    watch(known, [2000] * 36)

    assert known.level.usual == pytest.approx(before, rel=0.2)


def test_a_small_brand_is_told_of_more_in_an_hour_than_in_a_day() -> None:
    detector = Detector()
    assert watch(detector, rarely(1, 28)) == []

    five = copy(detector)
    assert watch(five, [1, 0] * 5 + [0] * HOUR) == []
    (at, seen), *_ = watch(detector, [1, 0] * 6)
    assert (at, seen.count, seen.minutes) == (10, 6, 60)
    assert 0.2 < seen.a_day < 6


def test_six_in_an_hour_are_nothing_to_a_brand_that_has_them_in_a_day() -> None:
    detector = Detector()
    watch(detector, rarely(9, 28))

    assert watch(copy(detector), [8]) == []
    assert watch(detector, [10])


def test_silence_is_told_once(known: Detector) -> None:
    said = watch(known, [0] * DAY)

    assert [seen.kind for _, seen in said] == [Kind.DROP]
    at, seen = said[0]
    assert at < 6
    assert (seen.count, seen.minutes) == (0, 5 * (at + 1))
    assert seen.usual == pytest.approx(20 * (at + 1), rel=0.1)

    watch(known, voice(20, DAY))
    assert [seen.kind for _, seen in watch(known, [0] * DAY)] == [Kind.DROP]


def test_silence_of_every_night_is_no_news() -> None:
    day = voice(5, DAY)
    day[:96] = [0] * 96
    detector = Detector()
    watch(detector, day * 14)

    assert watch(detector, day * 14) == []
    assert [seen.kind for _, seen in watch(detector, [0] * 2 * DAY)] == [Kind.DROP]


def test_silence_is_not_told_before_two_weeks_are_known() -> None:
    detector = Detector()
    watch(detector, voice(20, 13 * DAY))

    assert watch(detector, [0] * HOUR) == []


def test_a_brand_of_one_a_day_may_be_silent_for_a_month() -> None:
    detector = Detector()
    watch(detector, rarely(1, 28))

    assert watch(detector, [0] * 30 * DAY) == []


def test_an_outage_is_no_silence_and_its_end_no_surge(known: Detector) -> None:
    detector = copy(known)
    detector.skip(DAY)
    assert watch(detector, voice(20, 2 * DAY, seed=3)) == []

    detector = copy(known)
    assert [seen.kind for _, seen in watch(detector, [0] * DAY)] == [Kind.DROP]


def test_a_surge_before_and_after_an_outage_is_not_lost(known: Detector) -> None:
    known.skip(HOUR)

    seen = known.update(600)
    assert seen
    count, usual = known.window.sums(HOUR)
    assert count == 600
    assert usual == pytest.approx(20, rel=0.1)  # of the one bucket that was heard


def test_part_of_the_sources_is_held_against_part_of_the_usual(known: Detector) -> None:
    usual = known.level.usual
    calm = copy(known)
    for count in voice(5, 7 * DAY):
        assert calm.update(count, 0.25) is None
    assert calm.level.usual == pytest.approx(usual, rel=0.1)
    assert watch(calm, voice(20, DAY)) == []

    seen = known.update(150, 0.25)
    assert seen
    assert seen.usual == pytest.approx((usual or 0) / 4)


def test_a_source_that_is_taken_in_is_no_surge(known: Detector) -> None:
    detector = copy(known)
    known.rescale(2)
    assert watch(known, voice(40, 7 * DAY)) == []

    assert watch(detector, voice(40, 7 * DAY))


# properties


events = st.lists(
    st.one_of(
        st.tuples(st.just("update"), st.integers(0, 300), st.sampled_from([0.0, 0.5, 1.0])),
        st.tuples(st.just("zeros"), st.integers(1, 100), st.just(1.0)),
        st.tuples(st.just("skip"), st.integers(1, 40), st.just(0.0)),
    ),
    max_size=40,
)


def play(detector: Detector, given: Sequence[tuple[str, int, float]]) -> list[Seen | None]:
    said = []
    for what, number, share in given:
        if what == "skip":
            detector.skip(number)
        elif what == "zeros":
            said += [detector.update(0) for _ in range(number)]
        else:
            said.append(detector.update(number, share))
    return said


@settings(max_examples=60, deadline=None)
@given(before=events, after=events, fresh=st.booleans())
def test_a_detector_that_was_written_down_goes_on_as_if_it_had_not_been(
    month: str,
    before: list[tuple[str, int, float]],
    after: list[tuple[str, int, float]],
    fresh: bool,
) -> None:
    detector = Detector() if fresh else Detector.loads(month)
    play(detector, before)
    again = copy(detector)

    assert again == detector
    assert play(again, after) == play(detector, after)
    assert again.dumps() == detector.dumps()


def test_resumed_at_every_bucket_it_says_the_same() -> None:
    counts = voice(8, 4 * DAY)
    counts[900:930] = [90] * 30
    detector, resumed = Detector(), Detector()
    said = []
    for count in counts:
        said.append(resumed.update(count))
        resumed = copy(resumed)

    assert said == [detector.update(count) for count in counts]
    assert any(said)


@settings(max_examples=60, deadline=None)
@given(buckets=st.integers(1, 100), count=st.integers(0, 10_000), shared=st.booleans())
def test_what_was_not_heard_neither_teaches_nor_triggers(
    month: str, buckets: int, count: int, shared: bool
) -> None:
    detector = Detector.loads(month)
    before = Detector.loads(month)
    if shared:
        assert [detector.update(count, 0.0) for _ in range(buckets)] == [None] * buckets
    else:
        detector.skip(buckets)

    assert detector.level == before.level
    assert detector.tails == before.tails
    assert detector.silence == before.silence
    assert detector.known == before.known


def test_the_state_stays_small_and_is_plain_json(known: Detector) -> None:
    watch(known, voice(20, 28 * DAY, seed=4))

    assert len(known.dumps()) < 6000
    assert all(len(tail.maxima) == KEPT for tail in known.tails)
    assert json.loads(known.dumps())["version"]


FIRST = (  # a brand of one bucket, as the first version wrote it
    '{"version":"spikes 1","level":[0.02,0.01,0.0,0.0],"counts":[3],"usual":[2.0],'
    '"tops":[0.2,0.1,0.1,0.0,0.0],"maxima":[[],[],[],[],[]],"silence":[0,0.0,false],'
    '"known":1,"pause":0,"told":0.0}'
)


def test_a_state_of_the_first_version_is_gone_on_from() -> None:
    detector = Detector.loads(FIRST)

    assert detector.level.usual == pytest.approx(2)
    assert (detector.window.counts, detector.known) == ([3], 1)
    assert detector.tails[0].top == 0.2
    assert watch(detector, voice(2, 10 * DAY)) == []
    assert Detector.loads(detector.dumps()) == detector


def test_a_state_of_another_version_is_refused(known: Detector) -> None:
    state = json.loads(known.dumps()) | {"version": "spikes 0"}

    with pytest.raises(ValueError, match="spikes 0"):
        Detector.loads(json.dumps(state))


# parts


def test_the_level_is_right_from_its_first_bucket() -> None:
    level = Level()
    assert level.usual is None
    level.learn(12, 1.0, None)
    assert level.usual == pytest.approx(12)
    level.learn(3, 0.5, 6.0)
    assert level.usual == pytest.approx(10, rel=0.01)  # 15 mentions of one and a half voices


def test_the_tail_by_hand() -> None:
    tail = Tail()
    for top in (0.1,) * 8 + (0.5, 1.1):
        assert tail.rarity(top) == 0  # not known yet
        tail.close()

    # u: 0.8 x 9 = place 7.2 of the ranked, 0.1 + 0.2 x 0.4; beta: (0.8 + 0.32 + 0.92) / 4
    assert tail.floor == pytest.approx(0.18)
    assert tail.rarity(0.18) == 0
    assert tail.rarity(1.18) == pytest.approx(0.69897 + 1 / ((0.8 + 0.32 + 0.92) / 4 * 2.302585))
    assert len(tail.maxima) == WARM


def test_the_window_leaves_out_what_was_not_heard() -> None:
    window = Window()
    for count in range(1, 25):
        window.push(count, 2.0)
    assert window.sums(3) == (22 + 23 + 24, 6.0)
    assert window.steady() == 24 * 12.5

    window.push(0, 0.0)
    assert window.sums(3) == (23 + 24, 4.0)
    assert window.steady() == 23 * 13  # 2 to 24
    for _ in range(11):
        window.push(0, 0.0)
    assert window.steady() == 0  # half of the two hours is not known


# words


def seen(**facts: object) -> Seen:
    usual = {
        "kind": Kind.BURST,
        "grows": False,
        "count": 24269,
        "usual": 154.4,
        "minutes": 15,
        "a_day": 14800.0,
    }
    return Seen(**({"days": 48.2, "beyond": False, "score": 2.3} | usual | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "english", "french"),
    [
        (
            seen(),
            "24,269 mentions in the last 15 min, 157 times the usual 154"
            " | a surge like that comes about once in 48 days",
            "24\u202f269 mentions ces 15 dernières minutes, 157 fois les 154 habituelles"
            " | un tel pic arrive environ une fois en 48 jours",
        ),
        (
            seen(kind=Kind.SUSTAINED, count=1900, usual=1000.0, minutes=120, beyond=True),
            "1,900 mentions in the last 120 min, 90% more than the usual 1,000"
            " | a surge like that comes less than once in 48 days",
            "1\u202f900 mentions ces 120 dernières minutes, 90\u202f% de plus que les "
            "1\u202f000 habituelles | un tel pic arrive moins d’une fois en 48 jours",
        ),
        (
            seen(count=12, usual=0.4, minutes=60, a_day=9.6),
            "12 mentions in the last 60 min; usual are 10 a day"
            " | a surge like that comes about once in 48 days",
            "12 mentions ces 60 dernières minutes ; d’habitude, 10 par jour"
            " | un tel pic arrive environ une fois en 48 jours",
        ),
        (
            seen(count=6, usual=0.04, minutes=60, a_day=1.0),
            "6 mentions in the last 60 min; usual are 30 in 30 days"
            " | a surge like that comes about once in 48 days",
            "6 mentions ces 60 dernières minutes ; d’habitude, 30 en 30 jours"
            " | un tel pic arrive environ une fois en 48 jours",
        ),
        (
            seen(count=6, usual=0.001, minutes=60, a_day=0.02),
            "6 mentions in the last 60 min; usual is hardly any"
            " | a surge like that comes about once in 48 days",
            "6 mentions ces 60 dernières minutes ; d’habitude, il n’y en a guère"
            " | un tel pic arrive environ une fois en 48 jours",
        ),
        (
            seen(kind=Kind.DROP, count=0, usual=84.2, minutes=50),
            "no mention for 50 min, where 84 are usual"
            " | a silence like that comes about once in 48 days",
            "aucune mention depuis 50 minutes, contre 84 d’habitude"
            " | un tel silence arrive environ une fois en 48 jours",
        ),
        (
            seen(kind=Kind.DROP, count=0, usual=21.0, minutes=1690, beyond=True),
            "no mention for 28 hours, where 21 are usual"
            " | a silence like that comes less than once in 48 days",
            "aucune mention depuis 28 heures, contre 21 d’habitude"
            " | un tel silence arrive moins d’une fois en 48 jours",
        ),
    ],
)
def test_words(what: Seen, english: str, french: str) -> None:
    for language, told in (("en", english), ("fr", french)):
        formats = Formats(language, "UTC")
        assert " | ".join(formats.explain(part) for part in words(what)) == told
