"""Adds tables to the operator's TOML: nothing that stands there is touched, and all is checked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import tomlkit

from listener.cli.files import whole
from listener.config import load
from listener.errors import ConfigError


def append_table(path: Path, name: str, values: Mapping[str, object], comment: str = "") -> None:
    """Append `[[name]]` to the file. Raises ConfigError and changes nothing if that is wrong."""
    append_tables(path, name, [values], comment)


def append_tables(
    path: Path, name: str, tables: Iterable[Mapping[str, object]], comment: str = ""
) -> None:
    """Append a `[[name]]` for each of the tables: all of them, or none and ConfigError."""
    old = problems_of(path)
    try:
        before = path.read_bytes()
    except OSError as exc:
        raise ConfigError(old) from exc
    added = as_toml(name, tables, comment).encode()
    with whole(path.resolve()) as fresh:  # a link stays a link
        fresh.write_bytes(before.rstrip() + b"\n\n" + added if before.strip() else added)
        shutil.copymode(path, fresh)
        new = [problem for problem in problems_of(fresh, path.name) if problem not in old]
        if new:
            raise ConfigError(new)


def as_toml(name: str, tables: Iterable[Mapping[str, object]], comment: str = "") -> str:
    """Return a `[[name]]` for each of the tables, as it stands in the file."""
    array = tomlkit.aot()
    for values in tables:
        table = tomlkit.table()
        for key, value in values.items():
            table.add(key, tomlkit.item(value))
        if comment:
            table.add(tomlkit.comment(comment))
        array.append(table)
    document = tomlkit.document()
    document.add(name, array)
    return tomlkit.dumps(document)


def problems_of(path: Path, name: str | None = None) -> tuple[str, ...]:
    """Return what is wrong with a file, as if it were called `name`.

    Without lines: what is only tried out stands in none.
    """
    try:
        load(path)
    except ConfigError as exc:
        named = (problem.replace(path.name, name or path.name, 1) for problem in exc.problems)
        return tuple(re.sub(r" \(line \d+\)", "", problem) for problem in named)
    return ()
