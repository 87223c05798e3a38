"""The command that gives away what is kept: export."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Literal

import typer

from listener.app import store_path
from listener.cli.files import whole
from listener.cli.moments import parse_moment
from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    choose,
    err,
    escape,
    quiet_logs,
    read_config,
)
from listener.config import Config
from listener.config.types import is_reference
from listener.errors import ConfigError
from listener.exchange.giving import Wanted, give, write_lines, write_table
from listener.exchange.opml import Feed, write_feeds
from listener.model import Label
from listener.store import open_store

Form = Literal["csv", "jsonl", "opml"]
FORMS: dict[str, Form] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".opml": "opml"}


def register(app: typer.Typer) -> None:
    app.command()(export)


def export(
    file: Annotated[
        Path | None,
        typer.Argument(help="A file that does not exist yet; stdout, if left out."),
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="JSON lines, which another instance can import.")
    ] = False,
    opml: Annotated[bool, typer.Option("--opml", help="The feeds of the configuration.")] = False,
    brand: Annotated[str | None, typer.Option(help="Only mentions of this brand.")] = None,
    since: Annotated[
        str | None, typer.Option(help='A date like "2026-11-01", or how long ago: "7d".')
    ] = None,
    until: Annotated[str | None, typer.Option(help="The same; a day is included.")] = None,
    label: Annotated[
        list[Label] | None, typer.Option(help="Only with this sentiment; repeat it for more.")
    ] = None,
    min_risk: Annotated[
        int, typer.Option(min=0, max=100, help="Only with at least this risk.")
    ] = 0,
    posts: Annotated[
        bool, typer.Option("--posts", help="All posts that are kept, not only mentions.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write mentions as CSV or JSON lines, or the list of feeds as OPML.

    The end of the file's name says which, else --jsonl or --opml; CSV, if nothing does.
    """
    quiet_logs()
    settings = read_config(config)
    form = _form(file, jsonl=jsonl, opml=opml)
    if form == "opml" and (posts or brand or since or until or label or min_risk):
        raise ConfigError(["a list of feeds is exported as a whole: the options are for mentions"])
    if posts and (brand or label or min_risk):
        raise ConfigError(["--posts exports every post: leave out --brand, --label, --min-risk"])
    if brand is not None:
        choose("brand", {one.name: one for one in settings.tables.brands}, [brand])
    zone, now = settings.tables.listener.timezone, datetime.now(UTC)
    wanted = Wanted(
        brand=brand,
        since=parse_moment("--since", since, zone, now),
        until=parse_moment("--until", until, zone, now),
        labels=tuple(label or ()),
        min_risk=min_risk,
        everything=posts,
    )
    with _opened(file, form) as target:
        if form == "opml":
            target.write(_feeds(settings))
        else:
            _write(settings, wanted, form, target)


def _form(file: Path | None, *, jsonl: bool, opml: bool) -> Form:
    said: Form | None = "jsonl" if jsonl else "opml" if opml else None
    if jsonl and opml:
        raise ConfigError(["--jsonl and --opml are two things"])
    named = FORMS.get(file.suffix.lower()) if file is not None else None
    if said and named and said != named:
        raise ConfigError([f"{file}: is named like {named}, and --{said} is asked for"])
    if file is not None and not (said or named):
        raise ConfigError([f"{file}: end its name in {', '.join(FORMS)}"])
    return said or named or "csv"


@contextlib.contextmanager
def _opened(file: Path | None, form: Form) -> Iterator[IO[str]]:
    """Yield stdout, or a file that appears when it is whole; Excel needs a mark to see UTF-8."""
    if file is None:
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:  # "| head" has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if file.exists():
        raise ConfigError([f"{file}: exists already"])
    encoding = "utf-8-sig" if form == "csv" else "utf-8"
    with whole(file) as part, part.open("w", encoding=encoding, newline="") as target:
        yield target


def _write(config: Config, wanted: Wanted, form: Form, target: IO[str]) -> None:
    with contextlib.closing(open_store(store_path(config))) as store, err.status("writing"):
        given = give(store, wanted)
        if form == "jsonl":
            count, what = write_lines(target, given), "posts"
        else:
            count, what = write_table(target, given, config.tables.listener.timezone), "rows"
    err.print(f"{count:,} {what}")


def _feeds(config: Config) -> str:
    """Return the feeds as OPML; an address that is a secret stays here."""
    feeds = []
    for source in config.tables.sources:
        url = source.options.get("url")
        if source.kind == "feed" and is_reference(url):
            err.print(escape(f"{source.name}: its address is a secret, so it is left out"))
        elif source.kind == "feed":
            feeds.append(Feed(source.name, str(url)))
    return write_feeds(feeds)
