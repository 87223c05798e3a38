"""The command by which people say how mentions sound."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from listener import app as parts
from listener import labelling
from listener.app import App
from listener.cli.archive import names_of
from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    choose,
    escape,
    out,
    print_json,
    quiet_logs,
    read_config,
)
from listener.config import Config
from listener.digest.excerpt import excerpt, one_line
from listener.errors import ConfigError, ListenerError
from listener.model import Label, Mention
from listener.store.labels import post_of, sample
from listener.why.absent import absent
from listener.why.speech import Speech

WIDTH = 600  # characters of a text that are shown
KEYS = {"-": Label.NEGATIVE, "0": Label.NEUTRAL, "+": Label.POSITIVE}


def register(app: typer.Typer) -> None:
    app.command()(label)


def label(
    post: Annotated[
        str | None, typer.Argument(help="A post's URL or key; mentions by chance, if left out.")
    ] = None,
    given: Annotated[
        Label | None, typer.Argument(metavar="LABEL", help="negative, neutral or positive.")
    ] = None,
    brand: Annotated[str | None, typer.Option(help="Only as a mention of this brand.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many mentions to ask about.")] = 20,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Say how a mention sounds, where the program was wrong; or label some, to learn from.

    Your word counts from then on, for copies found so far too; the engine's judgement is kept
    beside it. "listener learn --from-labels" trains on what was labelled.
    """
    quiet_logs()
    settings = read_config(config)
    if (post is None) != (given is None):
        raise ConfigError(["say both POST and LABEL, as in: listener label URL negative"])
    if brand is not None:
        choose("brand", {one.name: one for one in settings.tables.brands}, [brand])
    asyncio.run(_label(settings, post, given, brand, count, json))


async def _label(
    config: Config, post: str | None, given: Label | None, brand: str | None, count: int, json: bool
) -> None:
    async with parts.opened(config) as app:
        if post is None or given is None:
            _ask(app, brand, count)
            return
        posts, now = _named(app, post), app.clock.now()
        changed = labelling.label(app.store, app.judge, posts, brand, given, now)
        if not changed:
            whom = brand or "any brand"
            raise ListenerError(f"{post}: is no mention of {whom}")
        if json:
            print_json([
                {"key": one.post.key, "brand": one.brand, "label": given, "before": _before(one)}
                for one in changed
            ])  # fmt: skip
        for one in changed if not json else ():
            out.print(f"{escape(one.post.url or one.post.key)}")
            out.print(f"  {escape(one.brand)}: {_before(one) or 'not scored'} -> {given}")


def _named(app: App, name: str) -> list[int]:
    names = names_of(name)
    if ids := app.store.search.named(names):
        return ids
    zone = app.config.tables.listener.timezone
    speech = Speech("en", zone, app.clock.now())
    raise ListenerError(absent(app.store, name, names, speech))


def _ask(app: App, brand: str | None, count: int) -> None:
    """Show mentions by chance, without what was thought of them, and ask for each."""
    mentions = sample(app.store, brand, count)
    done = 0
    for number, mention in enumerate(mentions, 1):
        out.print(f"\n{number} of {len(mentions)}, about [bold]{escape(mention.brand)}[/]:")
        _show(mention)
        answer = _answer()
        if answer == "q":
            break
        if answer in KEYS:
            # no other post that shares its address: nobody has read that one
            posts, now = post_of(app.store, mention), app.clock.now()
            given = labelling.label(app.store, app.judge, posts, mention.brand, KEYS[answer], now)
            done += bool(given)
    out.print(f"{done} labelled" if mentions else "there is no mention left to label")


def _show(mention: Mention) -> None:
    post = mention.post
    if post.title:
        out.print(f"[bold]{escape(one_line(post.title))}[/]")
    spans = [(span.start, span.end) for span in mention.spans if span.field == "text"]
    pieces = excerpt(post.text, spans, WIDTH)
    shown = (f"[bold]{escape(one.text)}[/]" if one.strong else escape(one.text) for one in pieces)
    out.print("".join(shown))
    out.print(f"[dim]{escape(post.url or post.key)}[/]")


def _answer() -> str:
    while True:
        said: str = typer.prompt("- negative, 0 neutral, + positive, s skip, q quit")
        if said in KEYS or said in ("s", "q"):
            return said


def _before(mention: Mention) -> str | None:
    return mention.sentiment.label.value if mention.sentiment else None
