"""Adds tables to the operator's TOML: nothing that stands there is touched, and all is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import tomlkit

from listener.config import load
from listener.errors import ConfigError


def append_table(path: Path, name: str, values: Mapping[str, object], comment: str = "") -> None:
    """Append `[[name]]` to the file. Raises ConfigError and changes nothing if that is wrong."""
    append_tables(path, name, [values], comment)


def append_tables(
    path: Path, name: str, tables: Iterable[Mapping[str, object]], comment: str = ""
) -> None:
    """Append a `[[name]]` for each of the tables: all of them, or none and ConfigError."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if not before:
        raise ConfigError([f'{path}: no such file; "listener init DIR" makes a workspace'])
    fresh = path.with_suffix(".tmp")
    fresh.write_text(f"{before.rstrip()}\n\n{as_toml(name, tables, comment)}", encoding="utf-8")
    try:
        new = [problem for problem in problems_of(fresh) if problem not in problems_of(path)]
        if new:
            raise ConfigError(new)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


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


def problems_of(path: Path) -> tuple[str, ...]:
    """Return what is wrong with a file, whatever it is called, as if it were sources.toml."""
    try:
        load(path)
    except ConfigError as exc:
        return tuple(problem.replace(path.name, "sources.toml", 1) for problem in exc.problems)
    return ()
