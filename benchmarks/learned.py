"""Train engines on one file of labelled texts, judge another, and print how much is gained.

    python -m benchmarks.learned DIR --train umsab_train --judge umsab_val

DIR holds TSV files (see benchmarks/labelled.py). "Cross-validated" is what `listener learn` would
say of the first file. "Mean of six" is over en, fr, de, es, it and pt.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.labelled import LANGUAGES, Labelled, read
from listener.analysis.labelled import Example
from listener.analysis.learned import Learned
from listener.analysis.sentiment import score
from listener.analysis.training import macro_f1, train
from listener.model import Label


def main() -> int:
    options = ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, metavar="DIR")
    options.add_argument("--train", required=True, help="name of a file without .tsv")
    options.add_argument("--judge", required=True, help="pattern of file names without .tsv")
    options.add_argument("--language", help="only this language")
    chosen = options.parse_args()
    head = "language | trained on | rules | cross-validated | judged | rules | learned | texts/s"
    print(f"| {head} |\n| {' | '.join(['---'] * 8)} |")
    means: dict[str, list[float]] = {"rules": [], "learned": []}
    texts = list(read(chosen.folder, chosen.train))
    others = list(read(chosen.folder, chosen.judge))
    for language in LANGUAGES if chosen.language is None else (chosen.language,):
        outcome = train(
            language,
            [_example(one) for one in texts if one.language == language],
            file_hash="",
            today=date.today(),  # noqa: DTZ011 -- shown to nobody
        )
        judged = [one for one in others if one.language == language]
        rules, _ = measure(judged, None)
        learned, speed = measure(judged, outcome.learned)
        means["rules"].append(rules)
        means["learned"].append(learned)
        before = f"{outcome.rules_f1:.1f}" if outcome.rules_f1 is not None else "-"
        print(
            f"| {language} | {sum(outcome.texts.values())} | {before} | {outcome.f1 or 0:.1f} "
            f"| {len(judged)} | {rules:.1f} | {learned:.1f} | {speed:,.0f} |",
            flush=True,
        )
    for name, values in means.items():
        if len(values) == len(LANGUAGES):
            print(f"\nMean of six, {name}: {sum(values) / len(values):.1f}")
    return 0


def _example(one: Labelled) -> Example:
    return Example(one.text, Label(one.label), one.language, one.kind, one.spans, one.target)


def measure(texts: Sequence[Labelled], learned: Learned | None) -> tuple[float, float]:
    """Return macro-F1 in percent, of no label as neutral, and texts in a second."""
    pairs: Counter[tuple[Label, Label]] = Counter()
    start = time.process_time()
    for one in texts:
        judged = score(None, one.text, one.spans, one.language, one.kind, learned=learned)
        pairs[Label(one.label), judged.label if judged else Label.NEUTRAL] += 1
    return 100 * macro_f1(pairs), len(texts) / (time.process_time() - start)


if __name__ == "__main__":
    sys.exit(main())
