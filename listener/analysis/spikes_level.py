"""The usual count of a bucket, and how much more than chance it scatters: learnt as it comes."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

DAY = 288  # buckets of five minutes
CUT = 3  # standard deviations above the level beyond which a count teaches nothing more

_LEVEL = 1 - 0.5 ** (1 / (5 * DAY))  # half-life 5 days
_SPREAD = 1 - 0.5 ** (1 / (7 * DAY))  # half-life 7 days
_LEAST = 1e-9


@dataclass(slots=True)
class Level:
    """An exponentially weighted mean, corrected for its start, of counts without their surges.

    total   of the counts, and `weight` of the share of the sources that were heard with them
    excess  of (count - level)² - level, and `square` of level²: their ratio is the
            over-dispersion, 0 for a Poisson
    """

    total: float = 0.0
    weight: float = 0.0
    excess: float = 0.0
    square: float = 0.0

    @property
    def usual(self) -> float | None:
        """Mentions in a bucket when all sources are heard, above 0; None before the first."""
        return max(_LEAST, self.total / self.weight) if self.weight else None

    @property
    def dispersion(self) -> float:
        return self.excess / self.square if self.excess > 0 else 0.0

    def learn(self, count: int, share: float, expected: float | None) -> None:
        """Take in a count of which `share` (0..1] of the sources was heard.

        What is more than `expected` + 1 + CUT standard deviations is cut: a surge must not raise
        the level that it is measured against. The 1 lets the few mentions of a small brand count.
        """
        kept = float(count)
        if expected is not None:
            variance = expected + self.dispersion * expected * expected
            kept = min(kept, expected + 1 + CUT * sqrt(variance))
            gap = kept - expected
            self.excess += _SPREAD * (gap * gap - expected - self.excess)
            self.square += _SPREAD * (expected * expected - self.square)
        self.total += _LEVEL * (kept - self.total)
        self.weight += _LEVEL * (share - self.weight)

    def rescale(self, times: float) -> None:
        """Expect `times` as many from now on: a source came or went for good."""
        self.total *= times
        self.excess *= times * times
        self.square *= times * times
