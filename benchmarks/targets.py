"""How well the tone about one target is read, against the tone of the whole text and VADER's.

    python -m benchmarks.targets DIR [--files PATTERN] [--language CODE] [--half A|B]

Reads the TSV files of DIR that have a target (see benchmarks/labelled.py). "Disagreeing" are texts
that stand there with several targets and labels: whoever judges the whole text must fail there.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.labelled import Labelled, parser, read
from benchmarks.sentiment import macro_f1
from listener.analysis.sentiment import score

_VADER = SentimentIntensityAnalyzer()


def main() -> int:
    options = parser(__doc__).parse_args()
    files: dict[str, list[Labelled]] = defaultdict(list)
    for one in read(options.folder, options.files, options.half):
        if one.target and one.spans and options.language in (None, one.language):
            files[one.file].append(one)
    print("macro-F1\n")
    print("| file | texts | about the target | whole text | VADER, whole text |")
    print("| --- | --- | --- | --- | --- |")
    for file, texts in files.items():
        for name, some in ((file, texts), (f"{file}, disagreeing", disagreeing(texts))):
            if some:
                figures = (f1(some, judge) for judge in (about, whole, vader))
                print(f"| {name} | {len(some)} | {' | '.join(f'{f:.1f}' for f in figures)} |")
    return 0


def disagreeing(texts: Sequence[Labelled]) -> list[Labelled]:
    labels: dict[str, set[str]] = defaultdict(set)
    for one in texts:
        labels[one.text].add(one.label)
    return [one for one in texts if len(labels[one.text]) > 1]


def f1(texts: Sequence[Labelled], judge: Callable[[Labelled], str | None]) -> float:
    return 100 * macro_f1(Counter((one.label, judge(one) or "neutral") for one in texts))


def about(one: Labelled) -> str | None:
    judged = score(None, one.text, one.spans, one.language, one.kind)
    return judged.label if judged else None


def whole(one: Labelled) -> str | None:
    judged = score(None, one.text, (), one.language, one.kind)
    return judged.label if judged else None


def vader(one: Labelled) -> str:
    compound = _VADER.polarity_scores(one.text)["compound"]  # its own thresholds
    return "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"


if __name__ == "__main__":
    sys.exit(main())
