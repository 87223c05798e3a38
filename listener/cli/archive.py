"""Commands about what is kept: status, backup, erase."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from listener import app as parts
from listener.analysis.urls import canonical
from listener.app import store_path
from listener.cli.files import whole
from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    err,
    escape,
    out,
    print_json,
    quiet_logs,
    read_config,
)
from listener.cli.standing import Standing, Unknown, standing
from listener.config import Config
from listener.errors import StoreError
from listener.lock import is_held
from listener.store import open_store
from listener.store.upkeep import Erased


def register(app: typer.Typer) -> None:
    app.command()(status)
    app.command()(backup)
    app.command()(erase)


def status(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Tell how each source and message is doing, and what is needed of you.

    Exit code 1 when something needs a person: fit for a health check.
    """
    quiet_logs()
    settings = read_config(config)
    with contextlib.closing(open_store(store_path(settings))) as store:
        found = standing(settings, store, datetime.now(UTC), running=is_held(settings.data_dir))
    if json:
        print_json(asdict(found))
    else:
        _print_standing(found, settings)
    if found.needs:
        raise typer.Exit(1)


def _print_standing(found: Standing, config: Config) -> None:
    zone = ZoneInfo(config.tables.listener.timezone)

    def clock(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%d %b %H:%M}" if moment else "never"

    out.print(f"daemon: {'running' if found.running else 'not running'}")
    table = Table("source", "state", "last heard", "posts", "mentions", "next")
    for source in found.sources:
        colour = "green" if source.state == "heard" else "yellow"
        table.add_row(
            escape(source.name),
            f"[{colour}]{source.state}[/]",
            clock(source.heard_at),
            str(source.posts),
            str(source.mentions),
            clock(source.next_at),
        )
    out.print(table)
    for source in found.sources:
        if source.kind in ("import", "webhook"):
            out.print(f"{escape(source.name)}: posts came last: {clock(source.came_at)}")
        if source.why:
            out.print(f"{escape(source.name)}: {escape(source.why)}")
    if found.unknown.mentions:
        out.print(_unknown(found.unknown))
    for message in found.waiting:
        why = f": {message.error}" if message.error else ""
        text = f'waiting: "{message.subject}" to {message.person} by {message.channel}{why}'
        out.print(escape(text))
    for need in found.needs:
        out.print(f"[red]needs you:[/] {escape(need)}")


def _unknown(found: Unknown) -> str:
    """Tell the share of mentions of which something is not known."""
    unscored, unspoken = (
        f"{100 * count / found.mentions:.0f} %" for count in (found.unscored, found.unspoken)
    )
    return (
        f"last seven days: {found.mentions} mentions, {unscored} without sentiment, "
        f"{unspoken} of unknown language"
    )


def backup(
    target: Annotated[Path, typer.Argument(help="A file that does not exist yet.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write a consistent copy of the database; the daemon may go on meanwhile."""
    settings = read_config(config)
    path = store_path(settings)
    if not path.exists():
        raise StoreError(f"{path}: there is nothing to back up yet")
    if target.exists():
        raise StoreError(f"{target}: exists already")
    if not target.parent.is_dir():
        raise StoreError(f"{target.parent}: no such folder")
    with (
        contextlib.closing(open_store(path)) as store,
        err.status("copying"),
        whole(target) as part,
    ):
        store.backup(part)
        part.chmod(0o600)  # it holds what people said, as data_dir does
    size = f"{target.stat().st_size / 1e6:.1f} MB"
    out.print(f"{escape(target)}: {size}; to restore, copy it to {escape(path)}")


def erase(
    name: Annotated[str, typer.Argument(help="A post's URL, or an author: @handle, name or URL.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Remove a post, or all of an author's, for good: it is not taken in again either.

    Mails that were sent and files that were exported are not ours to take back.
    """
    settings = read_config(config)
    if not yes:
        typer.confirm(f'Erase "{name}" for good?', abort=True)
    with err.status("erasing"):
        found, reports = asyncio.run(_erase(settings, name))
    out.print(
        f"erased {found.posts} posts with {found.mentions} mentions; "
        f"{found.messages} messages lost their text; {reports} reports were written anew"
    )


async def _erase(config: Config, name: str) -> tuple[Erased, int]:
    async with parts.opened(config) as app:
        found = app.store.upkeep.erase(names_of(name), app.clock.now())
        return found, app.reporter.forget(found.urls)


def names_of(name: str) -> tuple[str, ...]:
    """Return all that a URL, key, handle or name may be stored as."""
    address = canonical(name) if "://" in name else None
    handle = name.removeprefix("@")
    return (name, handle, f"url:{address}", address) if address else (name, handle)
