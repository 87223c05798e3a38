"""The command that shows the whole product without a network or an account."""

from __future__ import annotations

import asyncio
import contextlib
import locale
import os
import tempfile
import webbrowser
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, Progress, TextColumn

from listener.app import store_path
from listener.cli.options import err, escape, out, quiet_logs
from listener.demo import received
from listener.demo.ending import Ending, ending
from listener.demo.play import Played, play
from listener.demo.script import read_story
from listener.demo.story import ZONE, Story
from listener.errors import ConfigError
from listener.store import open_store


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    keep: Annotated[
        Path | None,
        typer.Option(help="A new folder for the workspace; a temporary one, if left out."),
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Show the report and the list of messages in a browser.")
    ] = False,
    language: Annotated[
        Literal["en", "fr"] | None, typer.Option(help="Of the report and of what is said here.")
    ] = None,
) -> None:
    """Play two invented weeks of a brand, crisis included, through the whole program.

    Needs no network and no account: small servers on this machine publish the posts and receive the
    mails and Slack messages, and the clock is a simulated one.
    """
    quiet_logs()
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = "*"  # everybody it talks to is on this machine
    code = language or ("fr" if (locale.getlocale()[0] or "").startswith("fr") else "en")
    folder = _folder(keep)
    story = read_story(last_monday(datetime.now(UTC)))
    played = _play(story, folder, code)
    told = _write(story, played, folder)
    (folder / "index.html").write_text(told.page(code, folder), encoding="utf-8")
    out.print(escape(told.text(code, folder)))
    if open_:
        for path in (told.reports[-1], folder / "index.html"):
            webbrowser.open(path.as_uri())


def _folder(keep: Path | None) -> Path:
    """Return the workspace, which is new: nothing of the operator's is written over."""
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="listener-demo-"))
    if keep.exists() and not (keep.is_dir() and not any(keep.iterdir())):
        raise ConfigError([f"{keep}: is not an empty folder; name a new one"])
    keep.mkdir(parents=True, exist_ok=True)
    return keep.resolve()


def last_monday(now: datetime) -> date:
    """Return the Monday from which two weeks and a morning are over by now."""
    here = (now - timedelta(hours=12)).astimezone(ZONE).date()
    return here - timedelta(days=here.weekday() + 14)


def _play(story: Story, folder: Path, language: str) -> Played:
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        length = (story.end - story.start).total_seconds()
        task = progress.add_task("", total=length)

        def tell(moment: datetime) -> None:
            done = (moment - story.start).total_seconds()
            shown = f"{moment.astimezone(ZONE):%a %d %b %H:%M}"
            progress.update(task, completed=done, description=shown)

        return asyncio.run(play(story, folder, language, tell))


def _write(story: Story, played: Played, folder: Path) -> Ending:
    letters = received.write(folder, played.mails, played.posted)
    with contextlib.closing(open_store(store_path(played.config))) as store:
        return ending(story, played.config, store, letters, len(played.posted))
