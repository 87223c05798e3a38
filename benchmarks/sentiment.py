"""Score labelled texts with the engines that ship, and print how often they agree with people.

    python -m benchmarks.sentiment DIR

DIR holds TSV files with the columns text, label (negative, neutral, positive), lang, and
optionally target: what the label is about. Texts of languages without an engine are counted apart.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from listener.analysis.sentiment import score
from listener.model import Label, PostKind, Span


def main() -> int:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    print("| file | language | texts | scored | macro-F1 | accuracy | texts/s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in sorted(Path(sys.argv[1]).glob("*.tsv")):
        by_language: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for row in read(path):
            by_language[row["lang"]].append(row)
        for language, rows in sorted(by_language.items()):
            print(measure(path.stem, language, rows))
    return 0


def read(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def measure(name: str, language: str, rows: list[Mapping[str, str]]) -> str:
    pairs: Counter[tuple[str, str]] = Counter()
    start = time.process_time()
    for row in rows:
        judged = score(None, row["text"], spans(row), language, PostKind.SOCIAL)
        if judged:
            pairs[row["label"], judged.label] += 1
    seconds = time.process_time() - start
    scored = pairs.total()
    if not scored:
        return f"| {name} | {language} | {len(rows)} | 0 | - | - | - |"
    right = sum(count for (truth, said), count in pairs.items() if truth == said)
    return (
        f"| {name} | {language} | {len(rows)} | {scored} | {100 * macro_f1(pairs):.1f} "
        f"| {100 * right / scored:.1f} | {scored / seconds:,.0f} |"
    )


def spans(row: Mapping[str, str]) -> list[Span]:
    target = row.get("target") or ""
    start = row["text"].find(target) if target else -1
    return [Span("text", start, start + len(target))] if start >= 0 else []


def macro_f1(pairs: Counter[tuple[str, str]]) -> float:
    """Return the mean F1 of the labels that people gave."""
    truths = {truth for truth, _ in pairs}
    scores = []
    for one in (each for each in Label if each in truths):
        hit = pairs[one, one]
        given = sum(count for (truth, _), count in pairs.items() if truth == one)
        said = sum(count for (_, answer), count in pairs.items() if answer == one)
        scores.append(2 * hit / (given + said) if given + said else 0.0)
    return sum(scores) / len(scores)


if __name__ == "__main__":
    sys.exit(main())
