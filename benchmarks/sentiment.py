"""Score labelled texts with the engines that ship, and print how often they agree with people.

    python -m benchmarks.sentiment DIR [--files PATTERN] [--language CODE] [--half A|B]

DIR holds TSV files (see benchmarks/labelled.py). Languages without an engine are counted apart.
"Net" is 100 x (positive - negative) / all, as said and as people said. "Mean of six" is over the
files that have en, fr, de, es, it and pt.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from benchmarks.labelled import LANGUAGES, Labelled, parser, read
from listener.analysis.sentiment import score
from listener.model import Label

Pairs = Counter[tuple[str, str]]  # (people's label, ours)


def main() -> int:
    options = parser(__doc__).parse_args()
    groups: dict[tuple[str, str], list[Labelled]] = defaultdict(list)
    for one in read(options.folder, options.files, options.half):
        if options.language in (None, one.language):
            groups[one.file, one.language].append(one)
    print(
        "| file | language | texts | scored | macro-F1 | accuracy | net said | net true | texts/s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    by_file: dict[str, dict[str, float]] = defaultdict(dict)
    for (file, language), texts in sorted(groups.items()):
        pairs, seconds = measure(texts)
        print(row(file, language, len(texts), pairs, seconds))
        by_file[file][language] = 100 * macro_f1(pairs) if pairs else 100 / 3
    for file, figures in by_file.items():
        if all(language in figures for language in LANGUAGES):
            mean = sum(figures[language] for language in LANGUAGES) / len(LANGUAGES)
            print(f"\nMean of six, {file}: {mean:.1f}")
    return 0


def measure(texts: Sequence[Labelled]) -> tuple[Pairs, float]:
    """Return the pairs of labels, and the processor's seconds."""
    pairs: Pairs = Counter()
    score(None, "", (), texts[0].language, texts[0].kind)  # loads the lexicon
    start = time.process_time()
    for one in texts:
        judged = score(None, one.text, one.spans, one.language, one.kind)
        if judged:
            pairs[one.label, judged.label] += 1
    return pairs, time.process_time() - start


def row(file: str, language: str, texts: int, pairs: Pairs, seconds: float) -> str:
    scored = pairs.total()
    if not scored:
        return f"| {file} | {language} | {texts} | 0 | - | - | - | - | - |"
    right = sum(count for (truth, said), count in pairs.items() if truth == said)
    said = net(label for (_, label), n in pairs.items() for label in [label] * n)
    true = net(label for (label, _), n in pairs.items() for label in [label] * n)
    return (
        f"| {file} | {language} | {texts} | {scored} | {100 * macro_f1(pairs):.1f} "
        f"| {100 * right / scored:.1f} | {said:+.0f} | {true:+.0f} | {scored / seconds:,.0f} |"
    )


def net(labels: object) -> float:
    """Return net sentiment, -100..100: 100 x (positive - negative) / all."""
    counts = Counter(labels)  # type: ignore[call-overload]
    return float(100 * (counts[Label.POSITIVE] - counts[Label.NEGATIVE]) / counts.total())


def macro_f1(pairs: Pairs) -> float:
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
