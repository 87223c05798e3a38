"""The figures of digest, report and commands: made here only, so that they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from listener.model import Label, Sentiment

# Goes up when a formula changes: figures of two versions are not to be compared.
VERSION = "1"

# Below this many scored mentions no tone is claimed.
ENOUGH = 10

_Z = 1.959964  # two-sided 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Mentions by label. Unscored ones are unknown, not neutral: they are counted beside."""

    positive: int = 0
    neutral: int = 0
    negative: int = 0
    unscored: int = 0

    @property
    def scored(self) -> int:
        return self.positive + self.neutral + self.negative

    @property
    def total(self) -> int:
        return self.scored + self.unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value in -100..100 and where it lies with 95 % confidence, from `n` observations."""

    value: float
    low: float
    high: float
    n: int

    @property
    def sign(self) -> int:
        """1 or -1 when the whole interval lies on that side of zero, else 0."""
        return (self.low > 0) - (self.high < 0)


def tally(sentiments: Iterable[Sentiment | None]) -> Tally:
    counts = Counter(s.label if s else None for s in sentiments)
    return Tally(
        positive=counts[Label.POSITIVE],
        neutral=counts[Label.NEUTRAL],
        negative=counts[Label.NEGATIVE],
        unscored=counts[None],
    )


def net_sentiment(tally: Tally) -> Interval | None:
    """(P - N) / (P + N + U) x 100; None when nothing is scored.

    The interval is the adjusted Wald interval for a difference of two proportions of one sample,
    with one observation added to each: Bonett & Price (2012), "Adjusted Wald confidence interval
    for a difference of binomial proportions based on paired data", doi:10.3102/1076998611411915.
    """
    if not tally.scored:
        return None
    centre, error = _adjusted(tally)
    return Interval(
        value=100 * (tally.positive - tally.negative) / tally.scored,
        low=100 * max(-1.0, centre - _Z * error),
        high=100 * min(1.0, centre + _Z * error),
        n=tally.scored,
    )


def tone_moved(now: Tally, before: Tally) -> int:
    """1 or -1 when net sentiment rose or fell by more than chance explains (95 %), else 0.

    0 also when either side has fewer than ENOUGH scored mentions.
    """
    if min(now.scored, before.scored) < ENOUGH:
        return 0
    (centre, error), (centre_before, error_before) = _adjusted(now), _adjusted(before)
    change, margin = centre - centre_before, _Z * sqrt(error**2 + error_before**2)
    return (change > margin) - (change < -margin)


def volume_moved(now: int, before: int) -> int:
    """1 or -1 when a count differs from another by more than chance explains (95 %), else 0.

    Both taken as Poisson over periods of one length: z = (a - b) / sqrt(a + b).
    """
    margin = _Z * sqrt(now + before)
    return (now - before > margin) - (now - before < -margin)


def share_of_voice(brand: int, competitors: int) -> float | None:
    """Percent of what is said of brand and competitors that is said of the brand; None of none."""
    total = brand + competitors
    return 100 * brand / total if total else None


def _adjusted(tally: Tally) -> tuple[float, float]:
    """Bonett & Price: the adjusted difference of proportions, and its standard error."""
    n = tally.scored + 2
    positive, negative = (tally.positive + 1) / n, (tally.negative + 1) / n
    difference = positive - negative
    return difference, sqrt((positive + negative - difference**2) / n)
