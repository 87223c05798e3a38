"""Identify the language of labelled texts, whole and cut short, and print how often that is right.

    python -m benchmarks.language DIR [--six]

DIR holds TSV files with the columns text and lang (ISO 639-1). With `--six` only de, en, es, fr, it
and pt are looked for, and only texts in these are counted.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.labelled import LANGUAGES, rows
from listener.analysis.language import DEFAULT, identify


def main() -> int:
    options = ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, metavar="DIR")
    options.add_argument("--six", action="store_true", help="restrict to six languages")
    chosen = options.parse_args()
    among = LANGUAGES if chosen.six else DEFAULT
    identify("The model is loaded before the clock starts.", declared=None)
    print("| file | language | words | texts | answered % | of these right % | texts/s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in sorted(chosen.folder.glob("*.tsv")):
        by_language: dict[str, list[str]] = defaultdict(list)
        for row in rows(path):
            if not chosen.six or row["lang"] in LANGUAGES:
                by_language[row["lang"]].append(row["text"])
        for language, texts in sorted(by_language.items()):
            for words in (None, 5):
                print(measure(path.stem, language, texts, words, among))
        if len(by_language) > 1:
            for words in (None, 5):
                print(mean(path.stem, by_language, words, among))
    return 0


def measure(
    name: str, language: str, texts: Sequence[str], words: int | None, among: Sequence[str]
) -> str:
    start = time.process_time()
    answered, right = count(language, texts, words, among)
    seconds = time.process_time() - start
    return row(name, language, words, len(texts), answered, right, f"{len(texts) / seconds:,.0f}")


def mean(
    name: str, texts: Mapping[str, Sequence[str]], words: int | None, among: Sequence[str]
) -> str:
    counts = [count(language, some, words, among) for language, some in texts.items()]
    total = sum(map(len, texts.values()))
    return row(name, "all", words, total, sum(a for a, _ in counts), sum(r for _, r in counts), "")


def count(
    language: str, texts: Sequence[str], words: int | None, among: Sequence[str]
) -> tuple[int, int]:
    """Return how many texts, cut after so many words, have an answer, and how many a right one."""
    cut = [" ".join(text.split()[:words]) for text in texts]
    said = [identify(text, declared=None, among=among) for text in cut]
    return sum(answer is not None for answer in said), said.count(language)


def row(
    name: str, language: str, words: int | None, texts: int, answered: int, right: int, speed: str
) -> str:
    share = f"{100 * right / answered:.1f}" if answered else "-"
    said = f"{100 * answered / texts:.1f}"
    return f"| {name} | {language} | {words or 'all'} | {texts} | {said} | {share} | {speed} |"


if __name__ == "__main__":
    sys.exit(main())
