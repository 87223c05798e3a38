"""What a feed says, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from listener.collect.fields import web
from listener.errors import ParseError
from listener.model import Author

# What code that expects order throws at disorder.
UNEXPECTED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_LONGEST_NAME = 200  # characters

Raw = TypeVar("Raw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a feed says of one post; all text is plain already.

    id     as the feed gives it; None when it gives none
    link   as the feed gives it, perhaps relative
    texts  summary, content ...: the longest tells most
    html   what the first of them was read from, for platforms that write a frame around it
    stamp  date as written, whatever it is: tells entries apart that have no id
    """

    id: str | None = None
    link: str | None = None
    title: str | None = None
    texts: tuple[str, ...] = ()
    html: str = ""
    author: Author | None = None
    outlet: str | None = None
    published: datetime | None = None
    stamp: str = ""
    language: str | None = None
    comments: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed as it was read.

    format   "RSS", "Atom" or "JSON Feed"
    every    how often the feed says it changes
    skipped  entries that could not be read
    """

    format: str
    title: str | None
    entries: tuple[Entry, ...]
    every: timedelta | None = None
    skipped: int = 0


def read_each(items: Iterable[Raw], read: Callable[[Raw], Entry]) -> tuple[tuple[Entry, ...], int]:
    """Return the entries, and how many could not be read; raises ParseError when none could."""
    entries: list[Entry] = []
    skipped = 0
    for item in items:
        try:
            entries.append(read(item))
        except UNEXPECTED:
            skipped += 1
    if skipped and not entries:
        raise ParseError(f"none of {skipped} entries could be read")
    return tuple(entries), skipped


def author_of(name: str, url: str | None) -> Author | None:
    """Return an author, None without a name; `url` counts when it is an address of the web."""
    name = " ".join(name.split())[:_LONGEST_NAME]
    return Author(name=name, url=web(url)) if name else None


def count(value: object) -> int | None:
    """Return a count written as digits or a number, None for anything else."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
