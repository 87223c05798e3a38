"""Commands about how things are judged: learn, rescore."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from listener import app as parts
from listener import labelling
from listener.analysis import labelled, learned
from listener.analysis.labelled import Example
from listener.analysis.learned import LABELS, Card
from listener.analysis.near import ENGINES
from listener.analysis.sentiment import engine
from listener.analysis.training import Outcome, train
from listener.app import models, store_path
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
from listener.errors import ConfigError
from listener.rescore import Outcome as Judged
from listener.rescore import Rescorer
from listener.store import open_store
from listener.store.rescoring import Scope


def register(app: typer.Typer) -> None:
    app.command()(learn)
    app.command()(rescore)


def learn(
    file: Annotated[
        Path | None,
        typer.Argument(help="Labelled texts, tab-separated: text, label, lang [, kind, target]."),
    ] = None,
    from_labels: Annotated[
        bool, typer.Option("--from-labels", help='Mentions labelled with "listener label".')
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Tell what was learned before.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove what was learned, of all languages or one.")
    ] = False,
    language: Annotated[str | None, typer.Option(help="Only this language, like fr.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Train sentiment on texts that people labelled; used where it is better than the rules.

    Measured by cross-validation against what is there. What comes of it stays in data_dir/models,
    without the texts. New mentions are judged by it when the daemon starts or reloads; the archive
    by "listener rescore".
    """
    quiet_logs()
    settings = read_config(config)
    if sum((file is not None or from_labels, show, remove)) != 1:
        raise ConfigError(["say FILE or --from-labels (or both), --show, or --remove"])
    if file is not None or from_labels:
        _learn(settings, *_texts(settings, file, from_labels), language, json)
    elif remove:
        _remove(settings, language)
    else:
        _show(settings, language, json)


def _texts(config: Config, file: Path | None, from_labels: bool) -> tuple[tuple[Example, ...], str]:
    """Return the texts, each once, and a hash of where they come from."""
    texts, which = labelled.read(file) if file else (), hashlib.blake2b(digest_size=16)
    if file:
        which.update(file.read_bytes())
    if from_labels:
        with contextlib.closing(open_store(store_path(config))) as store:
            given = labelling.examples(store)
        which.update(repr(given).encode())
        texts = tuple(dict.fromkeys([*texts, *given]))
    if not texts:
        raise ConfigError([f"{file}: holds no texts" if file else "nothing was labelled yet"])
    return texts, which.hexdigest()


def _learn(
    config: Config, examples: Sequence[Example], which: str, language: str | None, json: bool
) -> None:
    found = []
    for one in sorted({example.language for example in examples}):
        if language in (None, one):
            with err.status(f"learning {one}"):
                texts = [example for example in examples if example.language == one]
                found.append(train(one, texts, which, datetime.now(UTC).date()))
    if not found:
        raise ConfigError([f"there are no texts in {language}"])
    for outcome in found:
        path = learned.place(models(config), outcome.language)
        if outcome.learned:
            learned.write(path, outcome.learned)
    if json:
        print_json([_as_json(outcome) for outcome in found])
    else:
        _print_outcomes(found, models(config))


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "language": outcome.language,
        "texts": outcome.texts,
        "f1": outcome.f1,
        "rules": outcome.rules,
        "rules_f1": outcome.rules_f1,
        "used": outcome.learned is not None,
        "engine": outcome.learned.name if outcome.learned else None,
        "why": outcome.why,
    }


def _print_outcomes(found: list[Outcome], folder: Path) -> None:
    table = Table("language", *LABELS, "now", "macro-F1", "learned")
    for one in found:
        counts = [str(one.texts[label]) for label in LABELS]
        figures = (one.rules or "none", _percent(one.rules_f1), _percent(one.f1))
        table.add_row(one.language, *counts, *figures)
    out.print(table)
    for one in found:
        colour = "green" if one.learned else "yellow"
        stays = not one.learned and learned.place(folder, one.language).exists()
        before = '; what was learned before stays until "--remove"' if stays else ""
        out.print(f"{one.language}: [{colour}]{escape(one.why + before)}[/]")


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _remove(config: Config, language: str | None) -> None:
    folder = models(config)
    paths = learned.kept(folder) if language is None else [learned.place(folder, language)]
    gone = [path for path in paths if path.exists()]
    for path in gone:
        path.unlink()
        out.print(f"removed {path}")
    if not gone:
        out.print("nothing was learned")


def _show(config: Config, language: str | None, json: bool) -> None:
    cards: list[learned.Learned] = []
    problems: list[str] = []
    for path in learned.kept(models(config)):
        if language is None or path == learned.place(models(config), language):
            try:
                cards.append(learned.load(path))
            except ConfigError as exc:
                problems += exc.problems
    if json:
        hidden = {"figures", "bias", "scales"}
        shown = [{"engine": one.name} | one.card.model_dump(exclude=hidden) for one in cards]
        print_json(shown)
    else:
        for one in cards:
            out.print(f"[bold]{one.name}[/] {escape(_told(one.card))}")
        if not cards and not problems:
            out.print("nothing was learned")
    if problems:
        raise ConfigError(problems)


def _told(card: Card) -> str:
    """Tell in words where a learned engine comes from."""
    texts = ", ".join(f"{count} {label}" for label, count in card.texts.items())
    kinds = ", ".join(f"{count} {kind}" for kind, count in card.kinds.items())
    than = f", {card.rules} {card.rules_f1:.1f}" if card.rules_f1 is not None else ""
    told = (
        f"of {card.trained}: {texts} ({kinds}); macro-F1 {card.f1:.1f}{than}; file {card.file_hash}"
    )
    present = engine(card.language) if card.language in ENGINES else None
    if present != card.rules:
        told += f"; the rules are now {present}: better learn again"
    return told


def rescore(
    brand: Annotated[str | None, typer.Option(help="Only mentions of this brand.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only what was published from this day on."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Judge the archive again with the present engines, rules and vocabularies.

    Older judgements are kept beside the new ones; nobody is alerted. The daemon may go on. After an
    interruption, do it again: it goes on where it stopped.
    """
    quiet_logs()
    settings = read_config(config)
    if brand is not None:
        choose("brand", {b.name: b for b in settings.tables.brands}, [brand])
    zone = ZoneInfo(settings.tables.listener.timezone)
    scope = Scope(brand=brand, since=since.replace(tzinfo=zone) if since else None)
    found = asyncio.run(_rescore(settings, scope, dry_run))
    if json:
        print_json(asdict(found))
    else:
        _print_judged(found, dry_run)


async def _rescore(config: Config, scope: Scope, dry_run: bool) -> Judged:
    columns = (TextColumn("judging"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with parts.opened(config) as app:
        folders = [models(config), config.folder / "alerts" / "risk"]
        rescorer = Rescorer(app.store, app.judge, config, folders)
        after = rescorer.start(scope, dry_run=dry_run)
        if after:
            err.print("going on where the last run stopped")
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task("judging", total=rescorer.remaining(scope, after))
            return rescorer.run(
                scope,
                app.clock.now(),
                dry_run=dry_run,
                told=lambda count: progress.advance(task, count),
            )


def _print_judged(found: Judged, dry_run: bool) -> None:
    verb = "would change" if dry_run else "changed"
    out.print(f"{found.judged} mentions judged again: {found.changed} {verb}")
    if found.kept:
        out.print(f"{found.kept} left as they were: their brand or query no longer finds them")
    for what, moves in (("sentiment", found.labels), ("risk", found.levels)):
        for move, count in moves.most_common():
            out.print(f"  {what} {move}: {count}")
