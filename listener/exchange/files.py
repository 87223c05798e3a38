"""Files of posts, a row at a time: CSV as spreadsheets write it, and JSON lines."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from listener.collect.pushed_posts import Problem, PushedPost, items_of
from listener.config.problems import suggestion
from listener.errors import ConfigError, ListenerError, ParseError

DELIMITERS = (",", ";", "\t")
LONGEST_CELL = 1_000_000  # characters: a quote that is never closed swallows the rest of a file
LONGEST_LINE = 5_000_000  # bytes of a JSON line
_ESCAPED = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as Python tells of it
TABLES, LINES = (".csv", ".tsv", ".txt"), (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Row:
    """One post of a file: the line it begins in, how far into the file, and what it says.

    `item` is a Problem when it could not even be taken apart.
    """

    line: int
    bytes: int
    item: Mapping[str, object] | object | Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a CSV is read: its encoding and delimiter, the field of each column, and what is not."""

    encoding: str
    delimiter: str
    fields: tuple[str | None, ...]
    unread: tuple[str, ...]


def is_table(path: Path) -> bool:
    """Tell a CSV from JSON lines by the name. Raises ConfigError for anything else."""
    suffix = path.suffix.lower()
    if suffix not in TABLES + LINES:
        known = ", ".join((*TABLES, *LINES, ".opml"))
        raise ConfigError([f"{path}: cannot tell what it is; its name has to end in {known}"])
    return suffix in TABLES


def read_table(path: Path, names: Mapping[str, str]) -> Table:
    """Look at a CSV's first row. Raises ConfigError and ListenerError.

    names: columns of fields that the column is not named after.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        start = file.readline(LONGEST_CELL)
        if not start.strip():
            raise ListenerError(f"{path}: line 1 is empty, and should name the columns")
        header, delimiter = _header(path, file)
    return _named(path, header, delimiter, encoding, names)


def _header(path: Path, file: IO[str]) -> tuple[list[str], str]:
    """Return the columns by the delimiter that makes most of them."""
    read = []
    why: csv.Error | None = None
    for delimiter in DELIMITERS:
        file.seek(0)
        try:
            columns = next(csv.reader(_shown(file), delimiter=delimiter, strict=True))
        except csv.Error as exc:
            why = why or exc
        else:
            read.append((columns, delimiter))
    if not read:
        raise ListenerError(f"{path}: line 1 does not name the columns: {why}") from why
    return max(read, key=lambda found: len(found[0]))


def _named(
    path: Path, header: Sequence[str], delimiter: str, encoding: str, names: Mapping[str, str]
) -> Table:
    known = tuple(PushedPost.model_fields)
    columns = [name.strip() for name in header]
    problems = [
        f"--map {field}={column}: there is no {what}{suggestion(wrong, choices)}"
        for field, column in names.items()
        for what, wrong, choices in (
            (f'field "{field}"', field, known),
            (f'column "{column}" in {path}', column, tuple(columns)),
        )
        if wrong not in choices
    ]
    if problems:
        raise ConfigError(problems)
    fields = tuple(_field(column, names) for column in columns)
    _check_fields(path, columns, fields, names)
    unread = tuple(c for c, field in zip(columns, fields, strict=True) if field is None)
    return Table(encoding=encoding, delimiter=delimiter, fields=fields, unread=unread)


def _field(column: str, names: Mapping[str, str]) -> str | None:
    """Return the field that a column is mapped to, else that it is named after."""
    mapped = [field for field, mapped in names.items() if mapped == column]
    plain = column.casefold().replace(" ", "_")
    of_itself = plain in PushedPost.model_fields and plain not in names
    return mapped[0] if mapped else plain if of_itself else None


def _check_fields(
    path: Path, columns: Sequence[str], fields: Sequence[str | None], names: Mapping[str, str]
) -> None:
    """Raise ConfigError when no column holds words, or what a column holds would be lost."""
    for field in dict.fromkeys(filter(None, fields)):
        same = [f'"{c}"' for c, its in zip(columns, fields, strict=True) if its == field]
        if len(same) > 1:
            which = f"{', '.join(same)}; say which: --map {field}=COLUMN, or rename one"
            raise ConfigError([f"{path}: several columns are named {field}: {which}"])
    if len(set(names.values())) < len(names):
        raise ConfigError(["--map gives one column to two fields"])
    if not {"title", "text", "html"} & set(fields):
        which = ", ".join(f'"{column}"' for column in columns[:20])
        what = "no column is named title, text or html; say which it is: --map text=COLUMN"
        raise ConfigError([f"{path}: {what} (there are {which})"])


def _encoding(path: Path) -> str:
    """Return utf-16 or utf-8 if the file is so, else cp1252, what Excel writes in the West.

    A file of UTF-8 stays one when a few letters of it are damaged: texts are often cut by bytes.
    """
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    damaged = letters = 0
    with path.open(encoding="utf-8", newline="", errors="surrogateescape") as text:
        while part := text.read(1 << 20):
            damaged += len(_ESCAPED.findall(part))
            letters += len(part) - len(part.encode("ascii", "ignore"))
    return "utf-8-sig" if 2 * damaged <= letters else "cp1252"


def table_rows(path: Path, table: Table, dates: str | None = None) -> Iterator[Row]:
    """Yield the rows of a CSV; `dates` as of strptime, when they are not ISO 8601."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open("rb") as raw, _text(raw, table.encoding) as file:
            reader = csv.reader(_shown(file), delimiter=table.delimiter, strict=True)
            next(reader)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as exc:
                    yield Row(line, raw.tell(), Problem(None, str(exc)))
                    continue
                if any(cell.strip() for cell in cells):
                    yield Row(line, raw.tell(), _item(cells, table, dates))
    finally:
        csv.field_size_limit(before)


def _text(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(raw, encoding=encoding, newline="", errors="replace")


def _shown(file: IO[str]) -> Iterator[str]:
    """Yield lines; NULs are no text."""
    for line in file:
        yield line.replace("\0", "")


def _item(cells: Sequence[str], table: Table, dates: str | None) -> Mapping[str, object] | Problem:
    if len(cells) > len(table.fields):
        return Problem(None, f"has {len(cells)} cells, and there are {len(table.fields)} columns")
    pairs = zip(table.fields, cells, strict=False)
    item: dict[str, object] = {field: cell.strip() for field, cell in pairs if field}
    when = item.get("published")
    if dates and isinstance(when, str) and when:
        try:
            item["published"] = datetime.strptime(when, dates)  # noqa: DTZ007 -- its zone is told
        except ValueError:
            return Problem("published", f"is not written like {dates}")
    return item


def line_rows(path: Path) -> Iterator[Row]:
    """Yield the lines of a file of JSON lines that hold something."""
    with path.open("rb") as file:
        number = 0
        while text := file.readline(LONGEST_LINE):
            number += 1
            if len(text) == LONGEST_LINE:
                while text and not text.endswith(b"\n"):
                    text = file.readline(LONGEST_LINE)
                yield Row(number, file.tell(), Problem(None, "is too long"))
                continue
            text = text.removeprefix(codecs.BOM_UTF8) if number == 1 else text
            if text.strip():
                yield Row(number, file.tell(), _value(text))


def _value(text: bytes) -> object | Problem:
    try:
        (item,) = items_of(text, lines=True)
    except ParseError as exc:
        return Problem(None, str(exc).removeprefix("line 1: "))
    return item
