"""OPML, the list of feeds that feed readers give and take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from listener.analysis.html import plain
from listener.analysis.urls import canonical
from listener.errors import ListenerError

LARGEST = 20_000_000  # bytes
LONGEST_NAME = 100  # characters


@dataclass(frozen=True, slots=True)
class Feed:
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """What a file lists, and in `left_out` what is not taken and why, in words."""

    feeds: tuple[Feed, ...]
    left_out: tuple[str, ...]


def read_feeds(path: Path, known: Iterable[str], names: Iterable[str]) -> Feeds:
    """Read the feeds of a file, in all of its folders. Raises ListenerError.

    known: addresses that are listened to already; names: of sources, which stay theirs.
    """
    seen = {canonical(url) for url in known}
    taken, feeds, left_out = set(names), [], []
    for line, said in _outlines(path):
        url = said["xmlUrl"].strip().replace("feed://", "https://", 1)
        name = " ".join(plain(said.get("title") or said.get("text") or "").split())[:LONGEST_NAME]
        page = canonical(url)
        if page is None:
            left_out.append(f"line {line}: {name or 'a feed'} has no http or https address")
        elif page in seen:
            left_out.append(f"line {line}: {name or url} is listed already")
        else:
            seen.add(page)
            feeds.append(Feed(_free(name or page, taken), url))
    return Feeds(feeds=tuple(feeds), left_out=tuple(left_out))


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    taken.add(free)
    return free


def _outlines(path: Path) -> Sequence[tuple[int, Mapping[str, str]]]:
    """Return the line and the attributes of each outline that names a feed, folders opened."""
    found: list[tuple[int, Mapping[str, str]]] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.lower() == "outline" and "xmlUrl" in attributes:
            found.append((parser.CurrentLineNumber, attributes))

    def refuse(*_: object) -> None:
        raise ListenerError(f"{path}: declares entities of its own, which no OPML needs")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    try:
        if path.stat().st_size > LARGEST:
            raise ListenerError(f"{path}: is too large for a list of feeds")
        parser.Parse(path.read_bytes(), True)
    except (expat.ExpatError, LookupError, ValueError) as exc:  # the last two: its encoding
        raise ListenerError(f"{path}: is no XML: {exc}") from exc
    return found


def write_feeds(feeds: Iterable[Feed]) -> str:
    """Return an OPML 2.0 document."""
    lines = [
        f'    <outline type="rss" text={quoteattr(f.name)} xmlUrl={quoteattr(f.url)}/>'
        for f in feeds
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
    title = "  <head><title>Listener</title></head>\n  <body>\n"
    return head + title + "".join(f"{line}\n" for line in lines) + "  </body>\n</opml>\n"
