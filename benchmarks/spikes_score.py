"""How good alerts on labelled series are, scored as the Numenta Anomaly Benchmark does.

Lavin and Ahmad 2015, "Evaluating Real-Time Anomaly Detection Algorithms": within a window only the
first alert counts, the more the earlier; each alert outside costs, a little less just after a
window; a window without an alert costs one. 100 is every window at its first row and nothing else,
0 is silence. The first 15 % of a series (at most 750 rows) are not scored.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

STANDARD, LOW_FP = 0.11, 0.22  # what an alert outside costs
_WEEK = 7 * 288  # rows
_EPISODE = 12  # rows: alerts outside that are closer are one
_FAR = 3.0  # windows after its end


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series of counts every five minutes; `windows` are first and last rows, both within."""

    name: str
    counts: tuple[int, ...]
    windows: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        return int(min(0.15 * len(self.counts), 750))

    @property
    def scored(self) -> int:
        """Return the windows that can be found: those that do not end before the start."""
        return sum(last >= self.start for _, last in self.windows)

    @property
    def weeks(self) -> float:
        """Return the scored time outside the windows."""
        inside = sum(max(0, last - max(first, self.start) + 1) for first, last in self.windows)
        return (len(self.counts) - self.start - inside) / _WEEK


@dataclass(frozen=True, slots=True)
class Result:
    """What alerts on one series are worth: `found` of `windows`, and `cost` of those outside."""

    windows: int
    scored: int
    caught: int
    found: float
    cost: float
    episodes: int
    weeks: float


def read(folder: Path) -> list[Labelled]:
    """Read the `*.csv` of a folder that its `labels.json` tells windows of."""
    labels = json.loads((folder / "labels.json").read_text())
    series = []
    for name in sorted(labels):
        with (folder / name).open(newline="") as file:
            rows = [(row["timestamp"], int(float(row["value"]))) for row in csv.DictReader(file)]
        at = {moment: place for place, (moment, _) in enumerate(rows)}
        windows = tuple((at[first], at[last]) for first, last in labels[name]["windows"])
        series.append(Labelled(name, tuple(count for _, count in rows), windows))
    return series


def score(series: Labelled, alerts: Sequence[int]) -> Result:
    """Score the rows (in order) at which something was said."""
    seen: set[int] = set()
    found = cost = 0.0
    episodes, last = 0, -_EPISODE - 1
    for row in alerts:
        if row < series.start:
            continue
        window = next((at for at, (a, b) in enumerate(series.windows) if a <= row <= b), None)
        if window is None:
            cost += _cost(series, row)
            episodes += row - last > _EPISODE
            last = row
        elif window not in seen:
            seen.add(window)
            found += _worth(row, *series.windows[window])
    return Result(
        windows=len(series.windows),
        scored=series.scored,
        caught=len(seen),
        found=found,
        cost=cost,
        episodes=episodes,
        weeks=series.weeks,
    )


def normalised(results: Sequence[Result], price: float) -> float:
    """Return the score of all series together; `price` is STANDARD or LOW_FP."""
    worth = sum(r.found - price * r.cost - (r.scored - r.caught) for r in results)
    silent = sum(r.scored for r in results)
    return 100 * (worth + silent) / (sum(r.windows for r in results) + silent)


def false_episodes(results: Sequence[Result]) -> float:
    """Return the false alarms a brand-week; those within an hour are one."""
    return sum(r.episodes for r in results) / sum(r.weeks for r in results)


def _curve(place: float) -> float:
    return -1.0 if place > _FAR else 2 / (1 + exp(5 * place)) - 1


def _worth(row: int, first: int, last: int) -> float:
    return _curve(-(last - row + 1) / (last - first + 1)) / _curve(-1.0)


def _cost(series: Labelled, row: int) -> float:
    """Return 0..1: an alert just after a window costs hardly anything."""
    before = [(first, last) for first, last in series.windows if last < row]
    if not before:
        return 1.0
    first, last = before[-1]
    return -_curve((row - last) / (last - first))
