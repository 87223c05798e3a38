"""Commands about the operator's own files: init, add, check, eject."""

from __future__ import annotations

import asyncio
import os
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from tzlocal import get_localzone_name

from listener.app import make_fetcher
from listener.cli.check import check_everything
from listener.cli.files import write_text
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
)
from listener.cli.toml import append_table
from listener.clock import SystemClock
from listener.collect.discover import Found, discover
from listener.config import Config, load
from listener.config.shape import Role
from listener.config.types import parse_zone
from listener.content import Content
from listener.errors import ConfigError, ListenerError
from listener.locale import translations
from listener.model import PostKind

add = typer.Typer(no_args_is_help=True, help="Add a brand or a source to the configuration.")


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.add_typer(add, name="add")
    app.command()(check)
    app.command()(eject)


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    language: Annotated[
        Literal["en", "fr"] | None, typer.Option(help="Of the comments and of what people read.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help='Like "Europe/Paris"; this machine\'s, if left out.')
    ] = None,
) -> None:
    """Make a workspace: a folder with a commented sources.toml."""
    target = folder / "sources.toml"
    if target.exists():
        raise ConfigError([f"{target}: exists already"])
    zone = timezone or get_localzone_name()
    try:
        parse_zone(zone)
    except ValueError as exc:
        raise ConfigError([f'--timezone "{zone}": {exc}']) from exc
    name = f"{language or _language()}.toml"
    template = files("listener").joinpath("workspace", name).read_text(encoding="utf-8")
    write_text(target, template.format(timezone=zone))
    out.print(f"made {escape(target)}\nnext: cd {escape(folder)}\n      listener add brand NAME")


def _language() -> str:
    """Return the language that this terminal asks for, as gettext finds it, if it is ours."""
    asked = (os.environ.get(name) for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    return "fr" if next(filter(None, asked), "").startswith("fr") else "en"


@add.command("brand")
def add_brand(
    name: Annotated[str, typer.Argument(help='What people call it, like "Decathlon".')],
    role: Annotated[Role, typer.Option(help="What it is to you.")] = "own",
    query: Annotated[
        str | None, typer.Option(help="See docs/queries.md; the name itself, if left out.")
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="Your own @handle or site: its posts are answers, not mentions."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a brand, a competitor or a topic to listen for."""
    table: dict[str, object] = {"name": name}
    if role != "own":
        table["role"] = role
    table["query"] = query or _as_query(name)
    if account:
        table["accounts"] = account
    _ = translations(_language_of(config)).gettext
    if query is None:
        table["matches"] = [_("What do you think of %(brand)s?") % {"brand": name}]
    append_table(config, "brands", table, _("matches and ignores are examples that are checked"))
    out.print(f'added the brand "{escape(name)}", query: {escape(table["query"])}')
    out.print(
        'is the name also a common word? Say what it is not: query = "NAME NOT (word OR word)"'
    )


def _language_of(config: Path) -> str:
    """Return the language of a configuration; a broken one is told when it is added to."""
    try:
        return load(config).tables.listener.language
    except ConfigError:
        return "en"


def _as_query(name: str) -> str:
    plain = all(c.isalnum() for c in name) and name not in ("AND", "OR", "NOT")
    return name if plain else '"{}"'.format(name.replace('"', " "))


@add.command("source")
def add_source(
    url: Annotated[str, typer.Argument(help="A feed, or a page that announces feeds.")],
    name: Annotated[str | None, typer.Option(help="The feed's own title, if left out.")] = None,
    publishes: Annotated[PostKind | None, typer.Option(help="What its posts are.")] = None,
    every: Annotated[str | None, typer.Option(help='Time between two polls, like "15m".')] = None,
    brand: Annotated[
        list[str] | None, typer.Option(help="Listen there for these only; all, if left out.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="The address lies on this machine or network.")
    ] = False,
    every_feed: Annotated[
        bool, typer.Option("--all", help="Add every feed found, not only the first.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Find the feeds of a page, try them, show what they hold, and add the first."""
    quiet_logs()
    settings = load(config)
    found = asyncio.run(_discover(settings, url, private))
    if not found:
        raise ListenerError(f"{url}: no feed there, and the page announces none")
    _print_found(found)
    taken = {source.name for source in settings.tables.sources}
    known = _addresses(settings)
    for feed in found if every_feed else found[:1]:
        if feed.url in known:
            out.print(f'the source "{escape(known[feed.url])}" listens there: {escape(feed.url)}')
            continue
        table: dict[str, object] = {"name": _free(name or feed.title or feed.url, taken)}
        taken.add(str(table["name"]))
        table |= {"kind": "feed", "url": feed.url}
        options = {"publishes": publishes, "every": every, "brands": brand, "private": private}
        table |= {key: value for key, value in options.items() if value}
        append_table(config, "sources", table)
        out.print(f'added the source "{escape(table["name"])}": {escape(feed.url)}')
    if len(found) > 1 and not every_feed:
        out.print("the others: name one by its URL, or use --all")


def _addresses(config: Config) -> dict[str, str]:
    """Return the sources' names by the address that they read."""
    options = config.source_options
    return {str(getattr(options[s.name], "url", "")): s.name for s in config.tables.sources}


async def _discover(config: Config, url: str, private: bool) -> tuple[Found, ...]:
    address = url if "://" in url else f"https://{url}"
    with err.status(f"looking for feeds at {escape(address)}"):
        async with make_fetcher(config, SystemClock()) as fetcher:
            return await discover(fetcher, address, private=private)


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free


def _print_found(found: tuple[Found, ...]) -> None:
    table = Table("feed", "format", "entries", "newest", "what it holds")
    for feed in found:
        newest = f"{feed.newest:%Y-%m-%d}" if feed.newest else "unknown"
        titles = "\n".join(feed.titles)
        label = escape(f"{feed.title or ''}\n{feed.url}")
        table.add_row(label, feed.format, str(feed.entries), newest, escape(titles))
    out.print(table)


def check(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Check everything offline: keys, names, queries with their examples, rules, templates."""
    try:
        settings = load(config)
        check_everything(settings)
    except ConfigError as exc:
        if json:
            print_json({"problems": exc.problems, "warnings": []})
            raise typer.Exit(2) from exc
        raise
    if json:
        print_json({"problems": [], "warnings": settings.warnings})
        return
    for warning in settings.warnings:
        err.print(f"[yellow]warning:[/] {escape(warning)}")
    tables = settings.tables
    out.print(
        f"{escape(config)}: well; {len(tables.brands)} brands, {len(tables.sources)} sources, "
        f"{len(tables.subscriptions)} subscriptions"
    )


def eject(
    name: Annotated[
        str | None, typer.Argument(help="Like alerts/rules.toml; lists all, if left out.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Copy a shipped template, rule or vocabulary beside your sources.toml, to change it there."""
    content = Content()
    if name is None:
        out.print("\n".join(content.names()))
        return
    choose("shipped file", {one: one for one in content.names()}, [name])
    if not config.exists():
        raise ConfigError([f"{config}: no such file; a copy works beside your sources.toml only"])
    target = config.parent / name
    if target.exists():
        raise ConfigError([f"{target}: exists already"])
    write_text(target, content.read(name))
    out.print(f"{escape(target)}: yours now; delete it to return to the shipped one")
