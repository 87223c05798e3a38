"""How rarely a brand does what it does now, judged by its own past.

Of each six hours the largest value is kept, for thirty days. Above their 80 % quantile u the
excesses are taken as exponential (the simplest case of peaks over a threshold: Pickands 1975),
with mean beta, shrunk towards PRIOR as if WEIGHT excesses of that size had been seen:

    beta = max(0.05, (WEIGHT x PRIOR + sum of excesses) / (WEIGHT + their number))
    rarity(e) = log10(5) + (e - u) / (beta ln 10)      for e > u, else 0

Rarity is the logarithm (base 10) of the return period in blocks: 0.6 for once a day, 1.45 for
once in seven days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf, log, log10

BLOCK = 72  # buckets: 6 hours
DAILY = 4  # blocks
WARM = 10  # blocks before anything is said: 60 hours
KEPT = 120  # blocks: 30 days

_QUANTILE = 0.8
_PRIOR = 0.4
_WEIGHT = 2
_LEAST = 0.05
_OFTEN = -log10(1 - _QUANTILE)
_GRAIN = 1000  # block maxima are kept in thousandths, to be short when they are written down


@dataclass(slots=True)
class Tail:
    """The largest value of the block that runs, of those before, and the tail fitted to these."""

    top: float = 0.0
    maxima: list[int] = field(default_factory=list)
    floor: float = field(default=inf, init=False)
    slope: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._fit()

    def rarity(self, value: float) -> float:
        """Note a value (above 0 if it is worth noting) and say how rare one so large is."""
        if value > self.top:
            self.top = value
        if value <= self.floor:
            return 0.0
        return _OFTEN + (value - self.floor) * self.slope

    def close(self) -> None:
        """End a block: from the next bucket on its largest value is part of the past."""
        self.maxima.append(round(self.top * _GRAIN))
        del self.maxima[:-KEPT]
        self.top = 0.0
        self._fit()

    def _fit(self) -> None:
        """Fit the tail; while fewer than WARM blocks are known, nothing is rare."""
        if len(self.maxima) < WARM:
            return
        ranked = sorted(self.maxima)
        place = _QUANTILE * (len(ranked) - 1)
        below, above = ranked[int(place)], ranked[ceil(place)]
        floor = below + (above - below) * (place % 1)
        excesses = [(value - floor) / _GRAIN for value in ranked if value > floor]
        mean = (_WEIGHT * _PRIOR + sum(excesses)) / (_WEIGHT + len(excesses))
        self.floor = floor / _GRAIN
        self.slope = 1 / (max(_LEAST, mean) * log(10))
