"""The last two hours of a series, and how long it has been silent."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from math import log, log1p
from typing import ClassVar

_UNLIKELY = log(1e6)


@dataclass(slots=True)
class Window:
    """Counts and what was expected of them, oldest first.

    An expectation of 0.0 marks a bucket that was not heard; others are above it.
    """

    counts: list[int] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)
    ranked: list[int] = field(init=False)  # the counts that were heard, smallest first

    LONGEST: ClassVar = 24  # buckets

    def __post_init__(self) -> None:
        self.ranked = sorted(c for c, u in zip(self.counts, self.usual, strict=True) if u)

    def push(self, count: int, expected: float) -> None:
        self.counts.append(count)
        self.usual.append(expected)
        if expected:
            insort(self.ranked, count)
        if len(self.counts) > self.LONGEST:
            leaving = self.counts.pop(0)
            if self.usual.pop(0):
                del self.ranked[bisect_left(self.ranked, leaving)]

    def sums(self, buckets: int) -> tuple[int, float]:
        """Return the mentions of the last `buckets`, and what was usual for them."""
        return sum(self.counts[-buckets:]), sum(self.usual[-buckets:])

    def steady(self) -> float:
        """Return the median times the number of buckets heard; 0 when half or more were not."""
        ranked = self.ranked
        heard = len(ranked)
        if 2 * heard <= self.LONGEST:
            return 0.0
        return heard * (ranked[(heard - 1) // 2] + ranked[heard // 2]) / 2


@dataclass(slots=True)
class Silence:
    """Heard buckets since the last mention, and the mentions that were to be expected in them."""

    buckets: int = 0
    expected: float = 0.0
    told: bool = False

    def unlikely(self, dispersion: float) -> bool:
        """Tell whether a negative binomial voice is silent so long less than once in a million."""
        if not dispersion:
            return self.expected > _UNLIKELY
        each = dispersion * self.expected / self.buckets
        return self.buckets * log1p(each) > _UNLIKELY * dispersion
