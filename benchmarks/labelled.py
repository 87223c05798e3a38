"""Labelled texts in TSV files, for the benchmarks of sentiment.

Columns: text, label (negative, neutral, positive), lang; optionally target (what the label is
about), masked (the text with `$T$` at the place that is meant) and kind (as in PostKind). Without
a kind the file's name tells it: news, reviews, else social posts.
"""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import blake2b
from pathlib import Path

from listener.model import PostKind, Span

LANGUAGES = ("en", "fr", "de", "es", "it", "pt")
_KINDS = (
    (PostKind.NEWS, ("news", "nyt", "headline", "press")),
    (PostKind.REVIEW, ("review", "rest1", "laptop", "allocine", "books", "amazon", "hotel")),
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text that people labelled; `target` is where what they judged is named."""

    file: str
    text: str
    label: str
    language: str
    kind: PostKind
    target: str | None
    spans: tuple[Span, ...]


def parser(description: str | None) -> ArgumentParser:
    """Return the arguments all of these benchmarks share."""
    options = ArgumentParser(description=description)
    options.add_argument("folder", type=Path, metavar="DIR", help="folder of TSV files")
    options.add_argument("--files", default="*", help="pattern of file names without .tsv")
    options.add_argument("--language", help="only this language")
    options.add_argument("--half", choices=("A", "B"), help="half of the texts, by their hash")
    return options


def read(folder: Path, files: str = "*", half: str | None = None) -> Iterator[Labelled]:
    """Yield the labelled texts of a folder's files, in the order of their names."""
    for path in sorted(folder.glob("*.tsv")):
        if not fnmatch(path.stem, files):
            continue
        for row in rows(path):
            if half is None or half == _half(row["text"]):
                yield _labelled(path.stem, row)


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield a file's lines by column."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _labelled(file: str, row: dict[str, str]) -> Labelled:
    target = row.get("target") or None
    return Labelled(
        file=file,
        text=row["text"],
        label=row["label"],
        language=row["lang"],
        kind=PostKind(row["kind"]) if row.get("kind") else _kind(file),
        target=target,
        spans=_spans(row["text"], target, row.get("masked") or ""),
    )


def _kind(file: str) -> PostKind:
    return next((k for k, parts in _KINDS if any(p in file for p in parts)), PostKind.SOCIAL)


def _spans(text: str, target: str | None, masked: str) -> tuple[Span, ...]:
    """Return where the target stands: at the mark of the masked text, else where it is first."""
    if not target:
        return ()
    start = masked.find("$T$")
    if start < 0 or not text.startswith(target, start):
        start = text.find(target)
    return (Span("text", start, start + len(target)),) if start >= 0 else ()


def _half(text: str) -> str:
    return "AB"[blake2b(text.encode(), digest_size=1).digest()[0] & 1]
