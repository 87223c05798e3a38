"""Judge labelled mentions, and print how often risk ranks them as people do.

    python -m benchmarks.risk DIR [--texts]

DIR holds TSV files named LANGUAGE.tsv, second.LANGUAGE.tsv or independent.LANGUAGE.tsv with the
columns label (high, medium, low), kind, title, text, trap; and, where the brand is not Decathlon,
brand and others (further brands that are listened for), several parted by commas.

Two areas under the curve: "high" against the rest (is it an alert?), and "high" or "medium" against
"low" (is it worth reading?); a tie is half. Then what was judged worst: low above the middle
"high", and high below the middle "low", by trap. Of independent files only counts are shown, unless
--texts: who writes the rules must not learn from them.
"""

from __future__ import annotations

import csv
import re
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from listener.analysis import risk, sentiment
from listener.app import read_rules
from listener.content import Content
from listener.model import PostKind, Risk, Span

INDEPENDENT = "independent."
SHOWN = 8  # texts of a file
BRANDS = "Decathlon, Décathlon"  # of files without the column


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled mention, judged."""

    label: str
    trap: str
    text: str
    judged: Risk


def main() -> int:
    options = ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, metavar="DIR", help="folder of TSV files")
    options.add_argument("--texts", action="store_true", help="show texts of independent files")
    given = options.parse_args()
    rules = read_rules(Content()).risk
    files = sorted(given.folder.glob("*.tsv"))
    judged = {path.stem: list(examples(path, rules)) for path in files}
    print("| file | rows | AUC high | AUC high or medium | ms |")
    print("| --- | --- | --- | --- | --- |")
    for path in files:
        start = time.process_time()
        count = len(list(examples(path, rules)))
        spent = 1000 * (time.process_time() - start) / count
        grave, some = areas(judged[path.stem])
        print(f"| {path.stem} | {count} | {grave:.3f} | {some:.3f} | {spent:.2f} |")
    for name, rows in judged.items():
        print(f"\n{name}")
        for line in confusions(rows, texts=given.texts or not name.startswith(INDEPENDENT)):
            print(f"  {line}")
    return 0


def examples(path: Path, rules: risk.Rules) -> Iterator[Example]:
    """Judge every row of a file."""
    language = path.stem.rpartition(".")[2]
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            judged = judge(row, language, rules)
            text = " | ".join(filter(None, (row["title"], row["text"])))
            yield Example(row["label"], row["trap"] or "-", text, judged)


def judge(row: Mapping[str, str], language: str, rules: risk.Rules) -> Risk:
    """Judge a row as a mention of the brand: its tone first, as in the program."""
    title, text, kind = row["title"] or None, row["text"], PostKind(row["kind"])
    spans = named(row.get("brand") or BRANDS, title, text)
    return risk.assess(
        title=title,
        text=text,
        spans=spans,
        others=named(row.get("others") or "", title, text),
        language=language,
        sentiment=sentiment.score(title, text, spans, language, kind),
        kind=kind,
        author=None,
        engagement=None,
        rating=None,
        rules=rules,
    )


def named(brands: str, title: str | None, text: str) -> list[Span]:
    """Return where one of the brands, parted by commas, is named."""
    names = [re.escape(name.strip()) for name in brands.split(",") if name.strip()]
    if not names:
        return []
    brand = re.compile("|".join(names), re.IGNORECASE)
    spans = [Span("title", *found.span()) for found in brand.finditer(title or "")]
    return spans + [Span("text", *found.span()) for found in brand.finditer(text)]


def areas(rows: Sequence[Example]) -> tuple[float, float]:
    """Return the areas under the curve of high against the rest, and of low against the rest."""
    scores = {
        label: [row.judged.score for row in rows if row.label == label]
        for label in ("high", "medium", "low")
    }
    return (
        auc(scores["high"], scores["medium"] + scores["low"]),
        auc(scores["high"] + scores["medium"], scores["low"]),
    )


def auc(above: Sequence[int], below: Sequence[int]) -> float:
    """How often a higher label has the higher score; a tie is half."""
    pairs = list(product(above, below))
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)


def confusions(rows: Sequence[Example], *, texts: bool) -> Iterator[str]:
    """Yield how often which trap was fallen for, what was missed, and the worst of both."""
    counts = Counter((row.label, row.trap, str(row.judged.level)) for row in rows)
    for label in ("high", "medium", "low"):
        for trap in sorted({row.trap for row in rows if row.label == label}):
            levels = ("critical", "high", "medium", "low")
            told = ", ".join(
                f"{level} {counts[label, trap, level]}"
                for level in levels
                if counts[label, trap, level]
            )
            yield f"meant {label}, trap {trap}: judged {told}"
    if texts:
        low = sorted((r for r in rows if r.label == "low"), key=lambda r: -r.judged.score)
        high = sorted((r for r in rows if r.label == "high"), key=lambda r: r.judged.score)
        for row in low[:SHOWN] + high[:SHOWN]:
            yield f"{row.label} judged {row.judged.score}: {row.text[:100]}"


if __name__ == "__main__":
    sys.exit(main())
