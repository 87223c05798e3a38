"""Whether net sentiment ranks targets as people do.

    python -m benchmarks.topics DIR [--least N] [--files PATTERN] [--language CODE] [--half A|B]

Of each target with at least N labelled texts (20), net sentiment is 100 x (positive - negative) /
all, by our labels and by people's. Printed for each file: Pearson's correlation, Spearman's (of the
ranks), how far off the net is on average, and by how much it leans.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from statistics import correlation, mean

from benchmarks.labelled import Labelled, parser, read
from benchmarks.sentiment import net
from benchmarks.targets import about, vader


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--least", type=int, default=20, metavar="N")
    chosen = options.parse_args()
    files: dict[str, dict[str, list[Labelled]]] = defaultdict(lambda: defaultdict(list))
    for one in read(chosen.folder, chosen.files, chosen.half):
        if one.target and chosen.language in (None, one.language):
            files[one.file][one.target.casefold()].append(one)
    print("| file | engine | targets | texts | Pearson | Spearman | mean error | lean |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for file, targets in files.items():
        large = [texts for texts in targets.values() if len(texts) >= chosen.least]
        if len(large) < 5:
            continue
        true = [net(one.label for one in texts) for texts in large]
        for name, judge in (("ours", about), ("VADER", vader)):
            said = [net(judge(one) for one in texts) for texts in large]
            print(row(f"{file} | {name}", sum(map(len, large)), said, true))
    return 0


def row(name: str, texts: int, said: Sequence[float], true: Sequence[float]) -> str:
    off = [ours - theirs for ours, theirs in zip(said, true, strict=True)]
    return (
        f"| {name} | {len(said)} | {texts} | {correlation(said, true):.2f} "
        f"| {spearman(said, true):.2f} "
        f"| {mean(map(abs, off)):.0f} | {mean(off):+.0f} |"
    )


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    return correlation(ranks(one), ranks(other))


def ranks(values: Sequence[float]) -> list[float]:
    """Return each value's rank; equal values share the mean of theirs."""
    places: dict[float, list[int]] = defaultdict(list)
    for place, value in enumerate(sorted(values)):
        places[value].append(place)
    return [mean(places[value]) for value in values]


if __name__ == "__main__":
    sys.exit(main())
