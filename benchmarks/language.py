"""Identify the language of labelled texts, whole and cut short, and print how often that is right.

    python -m benchmarks.language DIR [--six]

DIR holds TSV files with the columns text and lang (ISO 639-1). With `--six` only de, en, es, fr, it
and pt are looked for, and only texts in these are counted. The last columns are of a best guess
that has to answer always: of all texts, those without any word being wrong, and of those with one.
Of a language that is not looked for, every answer is wrong; it is left out of the sums.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.labelled import LANGUAGES, rows
from listener.analysis.language import DEFAULT, identify, likeliest


@dataclass(frozen=True, slots=True)
class Counts:
    """How many texts there are, and how many of them have words, an answer, and a right one."""

    texts: int = 0
    worded: int = 0
    answered: int = 0
    right: int = 0
    guessed: int = 0  # the best guess is right
    seconds: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.texts + other.texts,
            self.worded + other.worded,
            self.answered + other.answered,
            self.right + other.right,
            self.guessed + other.guessed,
            self.seconds + other.seconds,
        )


def main() -> int:
    options = ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, metavar="DIR")
    options.add_argument("--six", action="store_true", help="restrict to six languages")
    chosen = options.parse_args()
    among = LANGUAGES if chosen.six else DEFAULT
    likeliest("xyz")  # the model is loaded before the clock starts
    print(
        "| file | language | words | texts | answered % | of these right % "
        "| right of all % | of those with words % | texts/s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for path in sorted(chosen.folder.glob("*.tsv")):
        by_language: dict[str, list[str]] = defaultdict(list)
        for row in rows(path):
            if not chosen.six or row["lang"] in LANGUAGES:
                by_language[row["lang"]].append(row["text"])
        for words in (None, 5):
            total = Counts()
            for language, texts in sorted(by_language.items()):
                counts = count(language, texts, words, among)
                print(line(path.stem, language, words, counts))
                total += counts if language in among else Counts()
            if len(by_language) > 1:
                print(line(path.stem, "all", words, total))
    return 0


def count(language: str, texts: Sequence[str], words: int | None, among: Sequence[str]) -> Counts:
    """Identify texts cut after so many words."""
    cut = [" ".join(text.split()[:words]) for text in texts]
    start = time.process_time()
    said = [identify(text, declared=None, among=among) for text in cut]
    seconds = time.process_time() - start
    guessed = [likeliest(text, among=among) for text in cut]
    return Counts(
        texts=len(texts),
        worded=sum(guess is not None for guess in guessed),
        answered=sum(answer is not None for answer in said),
        right=said.count(language),
        guessed=guessed.count(language),
        seconds=seconds,
    )


def line(name: str, language: str, words: int | None, counts: Counts) -> str:
    cells = (
        name,
        language,
        str(words or "all"),
        str(counts.texts),
        _percent(counts.answered, counts.texts),
        _percent(counts.right, counts.answered),
        _percent(counts.guessed, counts.texts),
        _percent(counts.guessed, counts.worded),
        f"{counts.texts / counts.seconds:,.0f}" if counts.seconds else "-",
    )
    return f"| {' | '.join(cells)} |"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


if __name__ == "__main__":
    sys.exit(main())
