"""Commands that do the work: run, collect, digest, report."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from listener import app as parts
from listener import daemon, logs
from listener.app import App
from listener.cli.check import check_everything
from listener.cli.files import write_text
from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    LogFormat,
    choose,
    err,
    escape,
    out,
    print_json,
    quiet_logs,
    read_config,
)
from listener.config import Config
from listener.config.shape import Source, Subscription
from listener.intake import Pass
from listener.lock import is_held, only_one


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(collect)
    app.command()(digest)
    app.command()(report)


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    log_format: Annotated[LogFormat, typer.Option(help="How to write the log.")] = "text",
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], typer.Option(help="How much to write.")
    ] = "info",
) -> None:
    """Listen, judge and tell, until stopped (Ctrl-C or SIGTERM).

    SIGHUP reads the configuration again, and keeps the old one when the new is wrong.
    """
    logs.configure(log_level, log_format)
    settings = read_config(config)
    check_everything(settings)
    with only_one(settings.data_dir):
        asyncio.run(daemon.run(settings, config))


def collect(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Names of sources; all, if left out.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Poll sources once, now, whether they are due or not.

    Sends nothing: what is found is told by the daemon, or by "listener digest".
    """
    quiet_logs()
    settings = read_config(config)
    known = {source.name: source for source in settings.tables.sources}
    chosen = choose("source", known, sources)
    passes = asyncio.run(_collect(settings, chosen))
    if json:
        print_json([asdict(p) for p in passes])
    else:
        _print_passes(passes)
    if any(p.error for p in passes):
        raise typer.Exit(1)


async def _collect(config: Config, sources: list[Source]) -> list[Pass]:
    columns = (TextColumn("polling"), BarColumn(), MofNCompleteColumn())
    async with parts.opened(config) as app:
        app.rematch()
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task("polling", total=len(sources))

            async def poll(source: Source) -> Pass:
                result = await app.pipeline.poll(source)
                progress.advance(task)
                return result

            return list(await asyncio.gather(*map(poll, sources)))


def _print_passes(passes: list[Pass]) -> None:
    table = Table("source", "posts", "new", "mentions", "")
    for p in passes:
        wrong = f"[red]{escape(p.error)}[/]" if p.error else ""
        skipped = f"{p.skipped} unreadable" if p.skipped else ""
        counts = (str(p.posts), str(p.fresh), str(p.mentions))
        table.add_row(escape(p.source), *counts, wrong or skipped)
    out.print(table)


def digest(
    subscriptions: Annotated[
        list[str] | None, typer.Argument(help="Names of subscriptions; all, if left out.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show it here and write the HTML; send nothing.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Send what is owed now, without waiting for its hour."""
    quiet_logs()
    settings = read_config(config)
    known = {subscription.key: subscription for subscription in settings.tables.subscriptions}
    chosen = choose("subscription", known, subscriptions)
    asyncio.run(_preview(settings, chosen) if dry_run else _tell(settings, chosen))


async def _preview(config: Config, subscriptions: list[Subscription]) -> None:
    async with parts.opened(config) as app:
        for subscription in subscriptions:
            message = app.composer.preview(subscription)
            page = config.data_dir / "preview" / f"{_slug(subscription.key)}.html"
            write_text(page, message.html)
            out.rule(escape(subscription.key))
            out.print(f"[bold]{escape(message.subject)}[/]\n\n{escape(message.text)}")
            out.print(f"HTML: {escape(page)}")


async def _tell(config: Config, subscriptions: list[Subscription]) -> None:
    async with parts.opened(config) as app:
        if is_held(config.data_dir):
            out.print(f"{_compose(app, subscriptions)} messages handed to the daemon")
            return
        with only_one(config.data_dir):
            app.retry()  # somebody may have mended why it failed
            made = _compose(app, subscriptions)
            out.print(f"{made} messages written, {await app.courier.deliver_all()} sent")
        waiting = [d for d in app.store.outbox.deliveries(1000) if d.sent_at is None]
    for message in waiting:
        why = f": {message.error}" if message.error else ""
        err.print(escape(f'not sent: "{message.subject}" to {message.person}{why}'))
    if waiting:
        raise typer.Exit(1)


def _compose(app: App, subscriptions: list[Subscription]) -> int:
    return sum(app.composer.now(subscription) for subscription in subscriptions)


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")


def report(
    week: Annotated[
        str | None,
        typer.Option(help="An ISO week, like 2026-W47; the seven days up to now, if left out."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write a report into data_dir/reports and say where; sends nothing."""
    quiet_logs()
    settings = read_config(config)
    path = asyncio.run(_report(settings, week))
    out.print(str(path))


async def _report(config: Config, week: str | None) -> Path:
    async with parts.opened(config) as app:
        with err.status("counting and drawing"):
            return app.reporter.write_week(week) if week else app.reporter.write_latest()
