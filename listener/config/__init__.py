"""Reads sources.toml: every problem at once, each with its place, before anything is opened."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from listener.analysis.query import Node
from listener.config.checks import check_queries, check_references
from listener.config.hooks import check_hooks
from listener.config.kinds import check_kinds
from listener.config.problems import Places, read
from listener.config.shape import Brand, Person, Source, Sources, Subscription
from listener.errors import ConfigError
from listener.messages import Person as Reader

# how tomllib says it -> what its author can do
HINTS = {
    "Invalid value": 'text stands between straight quotation marks, like "this"',
    "Illegal character '\\n'": "a quotation mark is missing at the end",
    "Cannot declare": "write its keys where it stands first",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A checked sources.toml: its tables, and what was built from them."""

    path: Path
    tables: Sources
    queries: Mapping[str, Node]
    source_options: Mapping[str, BaseModel]
    channel_options: Mapping[str, BaseModel]
    warnings: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the operator's own files lie."""
        return self.path.parent

    @property
    def data_dir(self) -> Path:
        return (self.folder / self.tables.listener.data_dir).resolve()

    def brand(self, name: str) -> Brand:
        return next(b for b in self.tables.brands if b.name == name)

    def brands_of(self, source: Source) -> tuple[str, ...]:
        return source.brands or tuple(b.name for b in self.tables.brands)

    def definition_of(self, brand: Brand) -> str:
        """Return what decides which posts are a brand's, to tell when that changed.

        Its query; where there are any, also the lists it can name, its languages, and the sources
        at which it is not listened for.
        """
        lists = self.tables.lists if "list:" in brand.query else {}
        deaf = sorted(s.name for s in self.tables.sources if brand.name not in self.brands_of(s))
        more = (dict(lists), sorted(brand.languages), deaf)
        return json.dumps((brand.query, *more)) if any(more) else brand.query

    def brands_for(self, subscription: Subscription) -> tuple[str, ...]:
        """Return what a subscription covers: what it names, else all but competitors."""
        heard = (b.name for b in self.tables.brands if b.role != "competitor")
        return subscription.brands or tuple(heard)

    def reader(self, name: str) -> Reader:
        """Return the person with what [listener] fills in."""
        person: Person = next(p for p in self.tables.people if p.name == name)
        return Reader(
            name=person.name,
            email=person.email,
            language=person.language or self.tables.listener.language,
            timezone=person.timezone or self.tables.listener.timezone,
        )


def load(path: Path) -> Config:
    """Read and check the file. Raises ConfigError with every problem found."""
    text, data = _parse(path)
    folder = path.resolve().parent
    places = Places(path.name, text, data)
    problems: list[str] = []
    tables = read(Sources, data, places, (), problems)
    source_options = check_kinds("sources", data, places, folder, problems)
    channel_options = check_kinds("channels", data, places, folder, problems)
    check_references(data, places, problems)
    check_hooks(data, places, problems)
    queries, warnings = check_queries(data, places, problems)
    if tables is None or problems:
        raise ConfigError(problems)
    return Config(
        path=path.resolve(),
        tables=tables,
        queries=queries,
        source_options=source_options,
        channel_options=channel_options,
        warnings=tuple(warnings),
    )


def _parse(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors of Windows begin with a mark
    except FileNotFoundError as exc:
        raise ConfigError(
            [f'{path}: no such file; "listener init DIR" makes a workspace, --config names a file']
        ) from exc
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror}"]) from exc
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        what = f"is no UTF-8 text; save it again as UTF-8 (line {line})"
        raise ConfigError([f"{path}: {what}"]) from exc
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError([f"{path.name}: not TOML: {_what(exc)}"]) from exc


def _what(exc: tomllib.TOMLDecodeError) -> str:
    """Return tomllib's sentence, and what to do; never the line itself: it may hold a secret."""
    said = re.sub(r"\('(\w+)',\)", r"[\1]", str(exc))
    hint = next((hint for start, hint in HINTS.items() if said.startswith(start)), None)
    return f"{said}; {hint}" if hint else said
