"""The command that takes in what others have: import."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from listener import app as parts
from listener.app import App
from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    choose,
    err,
    escape,
    out,
    quiet_logs,
    read_config,
)
from listener.cli.toml import append_tables, as_toml
from listener.collect.pushed import origin
from listener.collect.pushed_posts import Origin
from listener.config import Config
from listener.config.shape import Source
from listener.errors import ConfigError, ListenerError
from listener.exchange.files import Row, is_table, line_rows, read_table, table_rows
from listener.exchange.opml import read_feeds
from listener.exchange.taking import Checked, check, take
from listener.intake import Pass

TOLD = 50  # bad lines that are printed
Rows = Callable[[], Iterator[Row]]


def register(app: typer.Typer) -> None:
    app.command("import")(import_)


def import_(
    file: Annotated[
        Path, typer.Argument(help="Posts: .csv, .tsv, .txt or .jsonl, .ndjson. Feeds: .opml.")
    ],
    source: Annotated[
        str | None, typer.Option(help="The source of your configuration that posts belong to.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help='Which column holds a field, like "text=Message"; repeat it.'),
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(help='How a CSV writes times, if not ISO 8601: "%d/%m/%Y %H:%M".'),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Take the rest of a file that has bad lines.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be taken.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Feeds: add them to the configuration.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take posts of a file into the archive, or the feeds of an OPML into the configuration.

    Posts are judged, and alert nobody. A file with a bad line is left alone as a whole. Importing
    it twice stores nothing twice: after an interruption, do it again.
    """
    quiet_logs()
    settings = read_config(config)
    _check_readable(file)
    if file.suffix.lower() == ".opml":
        if source or columns or dates or skip_bad:
            raise ConfigError(["--source, --map, --dates and --skip-bad are for posts, not feeds"])
        _feeds(settings, file, config if write and not dry_run else None)
        return
    if write:
        raise ConfigError(["--write is for feeds; posts go into the archive"])
    rows = _rows(file, columns or [], dates)
    chosen = _source(settings, source)
    made = origin(chosen.name, settings.source_options[chosen.name], datetime.now(UTC))
    made = made.within(ZoneInfo(settings.tables.listener.timezone))
    with _progress("checking", file) as advance:
        checked = check(rows(), made, advance)
    _print_noticed(file, checked)
    if checked.bad and not skip_bad:
        err.print("nothing was stored; --skip-bad takes the rest")
        raise typer.Exit(1)
    if dry_run:
        out.print(f"{checked.posts:,} posts would be taken; nothing was stored")
        return
    _print_taken(asyncio.run(_take(settings, chosen, rows, made, file)), checked)


def _check_readable(file: Path) -> None:
    if not file.is_file():
        raise ConfigError([f"{file}: no such file"])
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as exc:
        raise ListenerError(f"{file}: cannot be read: {exc.strerror}") from exc


def _source(config: Config, name: str | None) -> Source:
    if name is None:
        what = "--source NAME: which source do they belong to? One of kind import is for that"
        raise ConfigError([what])
    known = {one.name: one for one in config.tables.sources}
    return choose("source", known, [name])[0]


def _rows(file: Path, columns: list[str], dates: str | None) -> Rows:
    """Return what yields the rows, as often as it is asked; say which columns are not read."""
    if not is_table(file):
        if columns or dates:
            raise ConfigError(["--map and --dates are for CSV: JSON lines name their fields"])
        return lambda: line_rows(file)
    pairs = [text.partition("=") for text in columns]
    if wrong := [f"{a}{b}" for a, b, c in pairs if not (a and c)]:
        raise ConfigError([f'--map {text}: write it like "text=Message"' for text in wrong])
    names = {field: column for field, _, column in pairs}
    if len(names) < len(pairs):
        raise ConfigError(["--map gives one field to two columns"])
    table = read_table(file, names)
    if table.unread:
        err.print(escape(f"columns that are not read: {', '.join(table.unread)}"))
    return lambda: table_rows(file, table, dates)


@contextmanager
def _progress(what: str, file: Path) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=file.stat().st_size)
        yield lambda done: progress.update(task, completed=done)


async def _take(config: Config, source: Source, rows: Rows, made: Origin, file: Path) -> Pass:
    async with parts.opened(config) as app:
        app.rematch()
        return await asyncio.to_thread(_store, app, source, rows, made, file)


def _store(app: App, source: Source, rows: Rows, made: Origin, file: Path) -> Pass:
    with _progress("storing", file) as advance:
        return take(rows(), made, source, app.pipeline, app.store, app.clock, advance)


def _print_noticed(file: Path, checked: Checked) -> None:
    for wrong in checked.wrong[:TOLD]:
        err.print(escape(f"{file}: {wrong}"))
    if len(checked.wrong) > TOLD:
        err.print(f"and more: {checked.bad:,} bad lines in all")
    if checked.again:
        what = "lines tell of a post again (same id, or none and the same address or words)"
        err.print(f"{checked.again:,} {what}: each post is taken once, as it is told last")


def _print_taken(taken: Pass, checked: Checked) -> None:
    left = f"; {checked.bad:,} bad lines were left out" if checked.bad else ""
    out.print(f"{taken.posts:,} posts read, {taken.fresh:,} new, {taken.mentions:,} mentions{left}")


def _feeds(config: Config, file: Path, target: Path | None) -> None:
    options = (config.source_options[s.name] for s in config.tables.sources if s.kind == "feed")
    known = [str(getattr(one, "url", "")) for one in options]
    listed = read_feeds(file, known, (source.name for source in config.tables.sources))
    for why in listed.left_out:
        err.print(escape(f"{file}: {why}"))
    if not listed.feeds:
        raise ListenerError(f"{file}: lists no feed that is new")
    tables = [{"name": f.name, "kind": "feed", "url": f.url} for f in listed.feeds]
    if target is None:
        print(as_toml("sources", tables), end="")
        err.print(f"{len(tables)} feeds; --write adds them to the configuration")
        return
    append_tables(target, "sources", tables)
    out.print(f"added {len(tables)} sources to {target}; listener collect reads them once, now")
