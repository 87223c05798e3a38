from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.figures import (
    Tally,
    net_sentiment,
    share_of_voice,
    tally,
    tone_moved,
    volume_moved,
)
from listener.model import Label, Sentiment

counts = st.integers(0, 10_000)
tallies = st.builds(
    Tally, positive=counts, neutral=counts, negative=counts, unscored=st.integers(0, 10)
)


def sentiment(label: Label) -> Sentiment:
    return Sentiment(score=0.0, label=label, engine="test 1")


def test_unscored_is_not_neutral() -> None:
    found = tally([sentiment(Label.POSITIVE), None, sentiment(Label.NEUTRAL), None])
    assert found == Tally(positive=1, neutral=1, unscored=2)
    assert (found.scored, found.total) == (2, 4)


def test_net_sentiment_of_the_worked_example() -> None:
    # 80 positive, 20 negative, 100 neutral: (80 - 20) / 200.
    net = net_sentiment(Tally(positive=80, negative=20, neutral=100, unscored=7))
    assert net is not None
    assert net.value == pytest.approx(30)
    assert net.n == 200


def test_interval_agrees_with_the_published_implementation() -> None:
    # Bonett's own R package statpsych, ci.pairs.mult(.05, c(125, 82, 92)), rows "1 2" and "2 3".
    net = net_sentiment(Tally(positive=125, negative=82, neutral=92))
    assert net is not None
    assert net.low == pytest.approx(5.011508, abs=1e-4)
    assert net.high == pytest.approx(23.559920, abs=1e-4)
    net = net_sentiment(Tally(positive=82, negative=92, neutral=125))
    assert net is not None
    assert net.low == pytest.approx(-11.952594, abs=1e-4)
    assert net.high == pytest.approx(5.308076, abs=1e-4)


def test_nothing_scored_is_unknown() -> None:
    assert net_sentiment(Tally(unscored=12)) is None


@given(tallies)
def test_interval_contains_the_value_and_stays_in_range(counts: Tally) -> None:
    net = net_sentiment(counts)
    if net is None:
        assert counts.scored == 0
        return
    assert -100 <= net.low <= net.value <= net.high <= 100
    assert net.sign in (0, (net.value > 0) - (net.value < 0))


@given(tallies)
def test_praise_and_blame_are_symmetric(counts: Tally) -> None:
    mirrored = Tally(
        positive=counts.negative, negative=counts.positive, neutral=counts.neutral, unscored=0
    )
    one, other = net_sentiment(counts), net_sentiment(mirrored)
    if one and other:
        assert one.low == pytest.approx(-other.high)
        assert one.value == pytest.approx(-other.value)


@pytest.mark.parametrize(
    ("now", "before", "moved"),
    [
        (Tally(positive=60, negative=20), Tally(positive=20, negative=60), 1),
        (Tally(positive=20, negative=60), Tally(positive=60, negative=20), -1),
        (Tally(positive=41, negative=39), Tally(positive=39, negative=41), 0),
        (Tally(negative=9), Tally(positive=900), 0),  # too few to say
    ],
)
def test_tone_moves_only_beyond_chance(now: Tally, before: Tally, moved: int) -> None:
    assert tone_moved(now, before) == moved


@pytest.mark.parametrize(
    ("now", "before", "moved"),
    [(0, 0, 0), (3, 1, 0), (4, 0, 1), (0, 4, -1), (142, 137, 0), (200, 137, 1), (38, 96, -1)],
)
def test_volume_moves_only_beyond_chance(now: int, before: int, moved: int) -> None:
    assert volume_moved(now, before) == moved


@given(counts, counts)
def test_shares_of_two_sum_to_a_hundred(one: int, other: int) -> None:
    mine, theirs = share_of_voice(one, other), share_of_voice(other, one)
    if mine is None or theirs is None:
        assert one + other == 0
    else:
        assert mine + theirs == pytest.approx(100)
