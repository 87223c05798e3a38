"""Commands that look into the archive: why, search."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.padding import Padding

from listener import search as archive
from listener.analysis.query import Node, QueryError, parse, warnings
from listener.app import make_engines, read_rules, store_path
from listener.cli.archive import names_of
from listener.cli.found import Found, found, highlighted, plain, print_csv, print_found
from listener.cli.moments import parse_moment
from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    choose,
    err,
    escape,
    out,
    print_json,
    quiet_logs,
    read_config,
)
from listener.config import Config
from listener.content import Content
from listener.errors import ConfigError, ListenerError
from listener.store import Store, open_store
from listener.store.search import Order
from listener.why.absent import absent
from listener.why.gather import Inquiry
from listener.why.model import Why
from listener.why.speech import Line, Speech, Style
from listener.why.words import lines

LONGEST = 1_000_000  # characters of a text that are read
STYLES: dict[Style, str] = {
    "title": "bold",
    "head": "bold cyan",
    "plain": "",
    "faint": "dim",
    "good": "green",
    "bad": "red",
}


def register(app: typer.Typer) -> None:
    app.command()(why)
    app.command()(search)


def why(
    post: Annotated[
        str,
        typer.Argument(help="A post's URL or key; a file with a text; or - for a text on stdin."),
    ],
    language: Annotated[
        Literal["en", "fr"] | None, typer.Option(help="That of the configuration, if left out.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Tell why a post is a mention or not, how it was judged, and who was told.

    Of a text, it tells what would be made of it if it were published now.
    """
    quiet_logs()
    settings = read_config(config)
    listener = settings.tables.listener
    now = datetime.now(UTC)
    speech = Speech(language or listener.language, listener.timezone, now)
    with contextlib.closing(open_store(store_path(settings))) as store:
        found = _ask(settings, store, post, speech, now)
    if json:
        print_json([asdict(one) for one in found], default=plain)
        return
    for number, one in enumerate(found):
        if number:
            out.print()
        for line in lines(one, speech):
            _print(line)


def _ask(config: Config, store: Store, name: str, speech: Speech, now: datetime) -> list[Why]:
    rules = read_rules(Content(config.folder))
    if name == "-" or ("://" not in name and Path(name).is_file()):
        engines = make_engines(config)
        return [Inquiry(config, store, rules.risk, rules.alerts, now, engines).text(_read(name))]
    inquiry = Inquiry(config, store, rules.risk, rules.alerts, now)
    names = names_of(name)
    kept = list(store.search.posts(store.search.named(names)))
    if not kept:
        raise ListenerError(absent(store, name, names, speech))
    return [inquiry.post(one) for one in kept]


def _read(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read(LONGEST).strip()
        with Path(name).open(encoding="utf-8") as file:
            return file.read(LONGEST).strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ListenerError(f"{name}: cannot be read: {exc}") from exc


def _print(line: Line) -> None:
    """Print a line, folded under itself on a terminal."""
    text = highlighted(line.text, line.marks, STYLES[line.style])
    if out.is_terminal:
        out.print(Padding(text, (0, 0, 0, 2 * line.depth)), soft_wrap=False)
    else:
        out.print("  " * line.depth, text, sep="")


def search(
    query: Annotated[str, typer.Argument(help="As in docs/queries.md; quote it for the shell.")],
    since: Annotated[
        str | None, typer.Option(help='A date like "2026-11-01", or how long ago: "7d".')
    ] = None,
    until: Annotated[str | None, typer.Option(help="The same; a day is included.")] = None,
    brand: Annotated[str | None, typer.Option(help="Only mentions of this brand.")] = None,
    sort: Annotated[Order, typer.Option(help="What comes first.")] = "newest",
    limit: Annotated[int, typer.Option(min=1, help="How many to show at most.")] = 20,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")] = False,
) -> None:
    """Find posts in the archive, whatever brand they match, or none."""
    quiet_logs()
    settings = read_config(config)
    node = read_query(query, settings)
    zone, now = settings.tables.listener.timezone, datetime.now(UTC)
    start, end = (
        parse_moment(option, text, zone, now)
        for option, text in (("--since", since), ("--until", until))
    )
    if brand is not None:
        choose("brand", {one.name: one for one in settings.tables.brands}, [brand])
    if not archive.expression(node):
        err.print("no word of it can be looked up, so every post is read: this may take a while")
    with contextlib.closing(open_store(store_path(settings))) as store:
        hits = archive.search(store, node, order=sort, since=start, until=end, brand=brand)
        rows = [found(hit, zone) for hit in islice(hits, limit + 1)]
    _show(rows[:limit], json=json, csv=csv)
    if len(rows) > limit:
        err.print(f"there are more: these are the first {limit} (--limit)")


def _show(rows: list[Found], *, json: bool, csv: bool) -> None:
    if json:
        print_json([asdict(row) for row in rows])
    elif csv:
        print_csv(rows)
    else:
        for row in rows:
            print_found(row)
        if not rows:
            err.print("nothing found")


def read_query(text: str, config: Config) -> Node:
    """Read a query with the lists of the configuration. Raises ConfigError, caret and all."""
    try:
        node = parse(text, config.tables.lists)
    except QueryError as exc:
        raise ConfigError([str(exc)]) from exc
    for doubt in warnings(node):
        err.print(f"[yellow]warning:[/] {escape(doubt)}")
    return node
