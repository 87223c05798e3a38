"""How posts that were found are shown: to people, as JSON, as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.text import Text

from listener.cli.options import out, printable
from listener.digest.excerpt import one_line
from listener.model import Label
from listener.search import Hit
from listener.store.search import Mark
from listener.why.matching import places
from listener.why.model import Place

WIDTH = 160  # characters of a text that is not marked anywhere
COLUMNS = (
    "published seen source kind language author brands risk level sentiment title excerpt url key"
)
_FORMULA = "=+-@＝＋－＠"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A post that was found; its fields are the keys of the JSON, and stay as they are."""

    key: str
    url: str | None
    title: str | None
    excerpt: str
    places: tuple[Place, ...]
    published: str | None
    seen: str
    source: str
    kind: str
    language: str | None
    author: str | None
    brands: tuple[Mark, ...]

    @property
    def worst(self) -> Mark | None:
        """The judgement that matters most, when it is a mention of several brands."""
        return max(self.brands, key=lambda mark: mark.risk, default=None)


def found(hit: Hit, zone: str) -> Found:
    """Lay a hit out; times are those of `zone`, ISO 8601."""
    kept, post = hit.kept, hit.kept.post
    author = post.author
    here = ZoneInfo(zone)
    return Found(
        key=post.key,
        url=post.url,
        title=one_line(post.title) if post.title else None,
        excerpt=one_line(post.text[: WIDTH * 2])[:WIDTH],
        places=places(post, hit.spans),
        published=post.published.astimezone(here).isoformat() if post.published else None,
        seen=kept.seen.astimezone(here).isoformat(),
        source=kept.source,
        kind=post.kind.value,
        language=kept.language,
        author=(author.name or author.handle) if author else None,
        brands=kept.marks,
    )


def print_found(one: Found) -> None:
    """Print three lines: the title, where it matches, and what is known of it."""
    marked = {place.field: place for place in reversed(one.places)}
    if one.title:
        out.print(_marked(marked.get("title"), one.title, style="bold"))
    out.print(_marked(marked.get("text"), one.excerpt, style=""))
    facts = [one.source, (one.published or one.seen)[:16].replace("T", " "), *_judged(one.brands)]
    line = Text("  " + printable(" · ".join(facts)), style="dim")
    if one.url:
        line.append(printable(f"\n  {one.url}"))
    out.print(line, end="\n\n")


def _judged(marks: Iterable[Mark]) -> list[str]:
    return [
        f"{mark.brand}: {mark.level} risk {mark.risk}{f', {mark.label}' if mark.label else ''}"
        for mark in marks
    ]


def _marked(place: Place | None, otherwise: str, style: str) -> Text:
    if place is None:
        return Text(printable(otherwise), style=style)
    return highlighted(place.text, place.marks, style)


def highlighted(words: str, marks: Sequence[tuple[int, int]], style: str = "") -> Text:
    """Return foreign words with some that stand out; in brackets where there is no colour."""
    words = printable(words)
    if not out.is_terminal:
        for start, end in reversed(marks):
            words = f"{words[:start]}[{words[start:end]}]{words[end:]}"
        return Text(words)
    text = Text(words, style=style)
    for start, end in marks:
        text.stylize("bold reverse", start, end)
    return text


def plain(value: object) -> object:
    """Return what JSON has no form for: a moment as ISO 8601, a duration in seconds."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_csv(rows: Iterable[Found]) -> None:
    """Write a table for a spreadsheet; a mention of several brands shows the riskiest judgement."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS.split())
    for row in rows:
        worst = row.worst
        label: Label | None = worst.label if worst else None
        text = next((place.text for place in row.places if place.field == "text"), row.excerpt)
        cells = (
            row.published, row.seen, row.source, row.kind, row.language, row.author,
            ", ".join(mark.brand for mark in row.brands), worst.risk if worst else None,
            worst.level if worst else None, label, row.title, text, row.url, row.key,
        )  # fmt: skip
        writer.writerow([cell if isinstance(cell, int) else harmless(cell) for cell in cells])


def harmless(cell: str | None) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = printable(cell or "")
    return f"'{text}" if text[:1] and text[0] in _FORMULA else text
