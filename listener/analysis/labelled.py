"""Reads a file of labelled texts: tab-separated, with the columns text, label and lang.

Also kind (as in PostKind; social posts, if left out) and target (what in the text was judged).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from listener.errors import ConfigError
from listener.model import Label, PostKind, Span

NEEDED = ("text", "label", "lang")
TOLD = 20  # mistakes that are listed


@dataclass(frozen=True, slots=True)
class Example:
    """A text that people labelled; `spans` is where the target, a name, stands."""

    text: str
    label: Label
    language: str
    kind: PostKind = PostKind.SOCIAL
    spans: tuple[Span, ...] = ()
    target: str | None = None
    title: str | None = None


def read(path: Path) -> tuple[Example, ...]:
    """Read labelled texts, each once. Raises ConfigError with every mistake and its line."""
    problems: list[str] = []
    found: dict[Example, None] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets mark it so
            lines = csv.reader(file, "excel-tab", quoting=csv.QUOTE_NONE)
            for line, row in _rows(path.name, lines):
                try:
                    found[_example(row)] = None
                except ValueError as exc:
                    problems.append(f"{path.name}: line {line}: {exc}")
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise ConfigError([f"{path}: cannot be read: {exc}"]) from exc
    if problems:
        more = len(problems) - TOLD
        rest = [f"{path.name}: and {more} more"] if more > 0 else []
        raise ConfigError([*problems[:TOLD], *rest])
    return tuple(found)


def _rows(name: str, lines: Iterator[list[str]]) -> Iterator[tuple[int, Mapping[str, str]]]:
    header = next(lines, [])
    if missing := [column for column in NEEDED if column not in header]:
        what = ", ".join(missing)
        raise ConfigError([f"{name}: line 1: no column {what}: tabs part text, label and lang"])
    for number, line in enumerate(lines, 2):
        if line:
            yield number, dict(zip(header, line, strict=False))


def _example(row: Mapping[str, str]) -> Example:
    said, language = row.get("text", ""), row.get("lang", "").strip().lower()
    label, kind = row.get("label", "").strip().lower(), row.get("kind", "").strip().lower()
    if not said.strip():
        raise ValueError("there is no text")
    if label not in set(Label):
        raise ValueError(f'label "{label}": must be negative, neutral or positive')
    if not (len(language) == 2 and language.isascii() and language.isalpha()):
        raise ValueError(f'lang "{language}": must be a code of two letters, like "en"')
    if kind and kind not in set(PostKind):
        raise ValueError(f'kind "{kind}": must be one of {", ".join(PostKind)}')
    target = row.get("target") or None
    start = said.find(target) if target else -1
    return Example(
        text=said,
        label=Label(label),
        language=language,
        kind=PostKind(kind) if kind else PostKind.SOCIAL,
        spans=(Span("text", start, start + len(target)),) if target and start >= 0 else (),
        target=target,
    )
