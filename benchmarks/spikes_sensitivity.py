"""How much the score of the spike detector hangs on its settings, and on the series.

Its settings are constants, on purpose: here, and only here, they are replaced, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import log10
from random import Random
from unittest.mock import patch

from benchmarks.spikes_checks import thin
from benchmarks.spikes_score import (
    LOW_FP,
    STANDARD,
    Labelled,
    Result,
    false_episodes,
    normalised,
    score,
)
from listener.analysis import spikes, spikes_level, spikes_tail, spikes_window
from listener.analysis.spikes import Detector
from listener.analysis.spikes_level import DAY

SAMPLES = 2000
_MODULES = {
    "spikes": spikes,
    "level": spikes_level,
    "tail": spikes_tail,
    "window": spikes_window.Window,
}

Change = Mapping[str, object]  # "module.constant": its value


@dataclass(frozen=True, slots=True)
class Tried:
    """A setting at one of its values."""

    value: str
    results: tuple[Result, ...]

    @property
    def merit(self) -> float:
        return merit(self.results)

    def row(self) -> str:
        figures = (normalised(self.results, STANDARD), normalised(self.results, LOW_FP))
        rate = false_episodes(self.results)
        return f"{self.value} | {figures[0]:.1f} | {figures[1]:.1f} | {rate:.2f}"


def merit(results: Sequence[Result]) -> float:
    """Return what a setting is chosen by: the mean of both scores."""
    return (normalised(results, STANDARD) + normalised(results, LOW_FP)) / 2


def report(series: Sequence[Labelled]) -> Iterator[str]:
    """Tell, line by line, the score for each value of each setting, and what may be expected."""
    yield "| setting | value | standard | low-FP | false episodes a brand-week |"
    yield "| --- | --- | --- | --- | --- |"
    now = Tried("**as it is**", alerts(series, {}))
    yield f"| | {now.row()} |"
    all_tried = [now]
    for name, values in SETTINGS.items():
        for value, change in values.items():
            tried = Tried(value, alerts(series, change))
            all_tried.append(tried)
            yield f"| {name} | {tried.row()} |"
    for hours in (1, 2, 3, 4, 5):
        later = Tried(f"{hours} h", alerts(series, {}, early=12 * hours))
        yield f"| blocks begin earlier | {later.row()} |"
    for share in (0.7, 0.4, 0.2):
        thinned = Tried(f"{100 * share:.0f} %", alerts([thinner(s, share) for s in series], {}))
        yield f"| part of the mentions | {thinned.row()} |"
    yield ""
    yield f"- one setting chosen on the other series, for each: {left_out(all_tried):.1f} standard"
    yield f"- of series drawn anew, 90 % have {' to '.join(bootstrap(now.results))} standard"


def alerts(series: Sequence[Labelled], change: Change, early: int = 0) -> tuple[Result, ...]:
    """Score a detector with changed constants, whose first block ends `early` buckets early."""
    with ExitStack() as changed:
        for place, value in change.items():
            module, constant = place.split(".")
            changed.enter_context(patch.object(_MODULES[module], constant, value))
        return tuple(score(one, _rows(one, early)) for one in series)


def _rows(one: Labelled, early: int) -> list[int]:
    detector = Detector(known=early)
    return [row for row, count in enumerate(one.counts) if detector.update(count)]


def thinner(one: Labelled, share: float) -> Labelled:
    chance = Random(1)
    counts = tuple(thin(chance, count, share) for count in one.counts)
    return Labelled(one.name, counts, one.windows)


def left_out(tried: Sequence[Tried]) -> float:
    """Choose, for each series, what is best on the others, and score that on it."""
    results = []
    for at in range(len(tried[0].results)):
        best = max(tried, key=lambda one: merit(one.results[:at] + one.results[at + 1 :]))
        results.append(best.results[at])
    return normalised(results, STANDARD)


def bootstrap(results: Sequence[Result]) -> tuple[str, str]:
    chance = Random(1)
    drawn = sorted(
        normalised(chance.choices(results, k=len(results)), STANDARD) for _ in range(SAMPLES)
    )
    return f"{drawn[SAMPLES // 20]:.0f}", f"{drawn[-SAMPLES // 20]:.0f}"


def _half_life(days: float) -> float:
    return 1 - float(0.5 ** (1 / (days * DAY)))


def _blocks(hours: int) -> Change:
    """Return blocks of so many hours, for as many days, and the same rates in days."""
    ratio = log10(hours / 6)
    return {
        "spikes.BLOCK": 12 * hours,
        "spikes.RARE": spikes.RARE - ratio,
        "spikes.SILENT": spikes.SILENT - ratio,
        "tail.KEPT": 720 // hours,
        "tail.WARM": 60 // hours,
    }


def _quantile(share: float) -> Change:
    return {"tail._QUANTILE": share, "tail._OFTEN": -log10(1 - share)}


SETTINGS: Mapping[str, Mapping[str, Change]] = {
    "told once in": {f"{d} days": {"spikes.RARE": log10(4 * d)} for d in (3, 4, 5, 6, 8, 9, 10)},
    "half-life of the level": {f"{d} days": {"level._LEVEL": _half_life(d)} for d in (2, 3, 7, 10)},
    "half-life of the scatter": {f"{d} days": {"level._SPREAD": _half_life(d)} for d in (3, 14)},
    "cut": {f"{n} deviations": {"level.CUT": n} for n in (2, 5)},
    "windows": {
        f"{5 * a}, {5 * b}, {5 * c} min": {"spikes._WINDOWS": (a, b, c)}
        for a, b, c in ((1, 3, 9), (1, 4, 12), (1, 6, 12), (1, 3, 18), (2, 6, 18))
    },
    "added to both counts": {f"{n}": {"spikes._EVEN": n} for n in (1, 2, 5)},
    "blocks": {f"{h} h": _blocks(h) for h in (3, 12)},
    "blocks kept": {f"{d} days": {"tail.KEPT": 4 * d} for d in (15, 20, 45)},
    "quantile": {f"{100 * q:.0f} %": _quantile(q) for q in (0.7, 0.75, 0.85, 0.9)},
    "prior mean excess": {f"{p:g}": {"tail._PRIOR": p} for p in (0.2, 0.3, 0.5)},
    "weight of the prior": {f"{w:g}": {"tail._WEIGHT": w} for w in (0.5, 1, 4)},
    "sustained rarer": {f"{n:g} times": {"spikes._TWICE": log10(n)} for n in (1, 3, 5)},
    "sustained over": {f"{n} h": {"window.LONGEST": 12 * n} for n in (1, 3, 4)},
    "silence after": {f"{h} h": {"spikes.PAUSE": 12 * h} for h in (3, 12, 24)},
    "told again when rarer": {f"{n} times": {"spikes.RARER": log10(n)} for n in (3, 10)},
}
