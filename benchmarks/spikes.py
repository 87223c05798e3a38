"""Watch series of counts for surges and silences; print what was said, and what it cost.

    python -m benchmarks.spikes DIR OUT
    python -m benchmarks.spikes DIR --sensitivity

DIR holds `*.csv` files of the columns `timestamp,value`, a row every five minutes. For each, OUT
gets a file of the same name in the format of the Numenta Anomaly Benchmark (the columns
`timestamp,value,anomaly_score`, here with `alert` beside them: 1 where something was said) and,
where DIR has a `labels.json` ({file: {"windows": [[first, last], ...]}}), its score. Then come
checks on invented series, always the same ones. With --sensitivity, the score for other settings.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import median

from benchmarks import spikes_score, spikes_sensitivity
from benchmarks.spikes_checks import checks, thin
from benchmarks.spikes_score import LOW_FP, STANDARD, false_episodes, normalised, score
from listener.analysis.spikes import Detector, Seen
from listener.analysis.spikes_level import DAY

SHARES = (1.0, 0.1, 0.03)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("folder", type=Path, metavar="DIR")
    options.add_argument("out", type=Path, metavar="OUT", nargs="?")
    options.add_argument("--sensitivity", action="store_true")
    asked = options.parse_args()
    if asked.sensitivity:
        for line in spikes_sensitivity.report(spikes_score.read(asked.folder)):
            print(line, flush=True)
        return 0
    if asked.out is None:
        options.error("where to is missing: OUT")
    files = sorted(asked.folder.glob("*.csv"))
    if not files:
        print(f"no *.csv in {asked.folder}", file=sys.stderr)
        return 2
    asked.out.mkdir(parents=True, exist_ok=True)
    print("| file | updates | mentions a day | us an update | alerts | state, bytes |")
    print("| --- | --- | --- | --- | --- | --- |")
    watched = [watch(path, asked.out / path.name) for path in files]
    series = [counts for counts, _ in watched]
    if (asked.folder / "labels.json").exists():
        print(f"\n{scored(asked.folder, dict(zip((p.name for p in files), watched, strict=True)))}")
    print("\n| a share of the mentions, % | alerts per brand-week, by file |\n| --- | --- |")
    for share in SHARES:
        print(f"| {100 * share:g} | {', '.join(thinned(series, share))} |")
    print("\n| check | wanted | seen |\n| --- | --- | --- |")
    for name, wanted, seen in checks():
        print(f"| {name} | {wanted} | {seen} |", flush=True)
    return 0


Watched = tuple[list[int], list[int]]  # the counts, and the rows where something was said


def watch(path: Path, out: Path) -> Watched:
    """Run a detector over a file, write what it said and print a line of the table."""
    with path.open(newline="") as file:
        rows = [(row["timestamp"], int(float(row["value"]))) for row in csv.DictReader(file)]
    detector, costs = Detector(), []
    said: list[Seen | None] = []
    for _, count in rows:
        start = time.perf_counter_ns()
        said.append(detector.update(count))
        costs.append(time.perf_counter_ns() - start)
    with out.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("timestamp", "value", "anomaly_score", "alert"))
        for (at, count), seen in zip(rows, said, strict=True):
            writer.writerow((at, count, f"{seen.score if seen else 0:.3f}", int(seen is not None)))
    counts = [count for _, count in rows]
    kinds = [seen.kind for seen in said if seen]
    told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "none"
    print(
        f"| {path.name} | {len(rows):,} | {sum(counts) * DAY / len(counts):,.0f} "
        f"| {median(costs) / 1000:.1f} | {told} | {len(detector.dumps()):,} |"
    )
    return counts, [row for row, seen in enumerate(said) if seen]


def scored(folder: Path, watched: Mapping[str, Watched]) -> str:
    """Tell the score as the Numenta Anomaly Benchmark has it."""
    results = [score(one, watched[one.name][1]) for one in spikes_score.read(folder)]
    caught = f"{sum(r.caught for r in results)} of {sum(r.scored for r in results)} windows found"
    return (
        f"standard {normalised(results, STANDARD):.1f}, low-FP {normalised(results, LOW_FP):.1f}, "
        f"{caught}, {false_episodes(results):.2f} false episodes a brand-week"
    )


def thinned(series: Sequence[Sequence[int]], share: float) -> list[str]:
    chance = Random(1)
    rates = []
    for counts in series:
        detector = Detector()
        said = sum(detector.update(thin(chance, n, share)) is not None for n in counts)
        rates.append(f"{said * 7 * DAY / len(counts):.2f}")
    return rates


if __name__ == "__main__":
    sys.exit(main())
