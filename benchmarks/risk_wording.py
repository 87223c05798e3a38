"""Learn the points of plain words from labelled mentions, for `[wording]` of a crisis vocabulary.

    python -m benchmarks.risk_wording LANGUAGE [--write | --without FILE]

Prints the table that belongs into alerts/risk/LANGUAGE.toml, from all files of the language in
tests/data/risk; --write puts it there. A ridge logistic regression tells "high" from the rest by
the words of title and text; a word must stand in enough texts, of two files at least. Numbers, the
brands and small words ("but", "which") are left out: they tell who writes, not what happened.
--without leaves a file out, to see what a text that was not learned from gets: put the table into
the vocabulary, and run `python -m benchmarks.risk`.
"""

from __future__ import annotations

import csv
import re
import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

import numpy as np

from benchmarks.risk import BRANDS, INDEPENDENT
from listener.analysis.language_words import small
from listener.analysis.text import words
from listener.analysis.wording import USUAL

DATA, RULES = Path("tests/data/risk"), Path("alerts/risk")
POINTS = 20  # of risk, for one of log odds
LEAST = 4  # points that are worth a line
MOST = 600  # words that are kept: the heaviest
STEM = 5  # letters: longer words are learned by their beginning
BASE = -30  # points: a text that says nothing is not grave
TEXTS, FILES = 4, 2  # that a word must stand in
COMMON = 0.12  # of all texts: a word in more of them says nothing, whatever the figures say
RIDGE = 3.0
STEPS = 400
TABLE = re.compile(r"\n# Plain words.*?(?=\n\[(?!wording)|\n# ---|\Z)", re.DOTALL)


class Row(NamedTuple):
    """A labelled mention: its file, whether it is grave, its words."""

    file: str
    grave: bool
    words: frozenset[str]
    weight: float


def main() -> int:
    options = ArgumentParser(description=__doc__)
    options.add_argument("language")
    options.add_argument("--write", action="store_true", help="into alerts/risk/LANGUAGE.toml")
    options.add_argument("--without", metavar="FILE", help="name of a file that is left out")
    given = options.parse_args()
    rows = [row for row in read(given.language) if row.file != given.without]
    table = toml(learn(rows))
    if given.write:
        path = RULES / f"{given.language}.toml"
        text = TABLE.sub("", path.read_text("utf-8")).rstrip("\n")
        path.write_text(f"{text}\n\n{table}", "utf-8")
    else:
        print(table, end="")
    return 0


def read(language: str) -> Iterator[Row]:
    """Yield the labelled mentions of a language, those of independent files left out."""
    idle = {word.text for one in small(language) for word in words(one)}
    for path in sorted(DATA.glob(f"*{language}.tsv")):
        if path.name.startswith(INDEPENDENT):
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                brands = f"{row.get('brand') or BRANDS} {row.get('others') or ''}"
                own = {word.text for word in words(brands)} | idle
                held = [word.text for word in words(f"{row['title']} . {row['text']}")]
                plain = frozenset(w for w in held if w not in own and w.isalpha() and len(w) > 1)
                stems = frozenset(w if len(w) <= STEM else f"{w[:STEM]}*" for w in plain)
                yield Row(path.stem, row["label"] == "high", stems, len(held))


def learn(rows: Sequence[Row]) -> Mapping[str, int]:
    """Return the points of each word that has some."""
    seen: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        for word in row.words:
            seen[word].append(row.file)
    most = COMMON * len(rows)
    known = sorted(
        word for word, at in seen.items() if TEXTS <= len(at) <= most and len(set(at)) >= FILES
    )
    number = {word: n for n, word in enumerate(known)}
    held = np.zeros((len(rows), len(known)))
    for n, row in enumerate(rows):
        held[n, [number[word] for word in row.words & number.keys()]] = min(1, USUAL / row.weight)
    weights = regress(held, np.array([float(row.grave) for row in rows]))
    points = {w: round(POINTS * float(x)) for w, x in zip(known, weights, strict=True)}
    heaviest = sorted(points, key=lambda word: (-abs(points[word]), word))[:MOST]
    return {word: points[word] for word in heaviest if abs(points[word]) >= LEAST}


def regress(held: np.ndarray, grave: np.ndarray) -> np.ndarray:
    """Return the weights of a ridge logistic regression, by accelerated gradient descent."""
    step = 1 / (np.linalg.norm(held, 2) ** 2 / 4 + RIDGE)
    weights = before = np.zeros(held.shape[1])
    bias = 0.0
    for n in range(STEPS):
        ahead = weights + n / (n + 3) * (weights - before)
        wrong = 1 / (1 + np.exp(-(held @ ahead + bias))) - grave
        before, weights = weights, ahead - step * (held.T @ wrong + RIDGE * ahead)
        bias -= float(wrong.mean())
    return weights


def toml(points: Mapping[str, int]) -> str:
    """Return the table: words by their points."""
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for word, count in sorted(points.items()):
        groups[max(-99, min(99, count))].append(f'"{word}"')
    lines = [
        "# Plain words in which grave mentions are told, and harmless ones (points below 0).",
        "# Learned: python -m benchmarks.risk_wording",
        "[wording]",
        f"base = {BASE}",
        "",
        "[wording.points]",
    ]
    for count, held in sorted(groups.items(), reverse=True):
        lines.append(f"{count} = [")
        lines += (f"  {line}" for line in wrap(", ".join(held) + ",", 96, break_on_hyphens=False))
        lines.append("]")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
