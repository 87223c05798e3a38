"""The commands; each is a function of its own in the modules beside this one."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from listener import __version__
from listener.cli import (
    archive,
    brand,
    demo,
    explain,
    giving,
    judging,
    labelling,
    taking,
    work,
    workspace,
)
from listener.errors import ConfigError, ListenerError, StoreError

HELP = """
Listens for what is said of your brand, judges it, and tells the people who need to know.

Start with "listener init DIR", then "listener add brand NAME" and "listener add source URL" in
that folder, "listener check", and "listener run".

Exit codes: 0 well, 1 something failed or needs a person, 2 the configuration or the command is
wrong, 3 the database cannot be used.
"""

app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
for module in (workspace, work, archive, explain, brand, labelling, judging, taking, giving, demo):
    module.register(app)


def show_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=show_version, help="Show the version and stop."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run a command; errors of ours become one readable line each and an exit code."""
    try:
        app()
    except ConfigError as exc:
        for problem in exc.problems:
            print(problem, file=sys.stderr)
        sys.exit(2)
    except StoreError as exc:
        print(exc, file=sys.stderr)
        sys.exit(3)
    except ListenerError as exc:
        print(exc, file=sys.stderr)
        sys.exit(1)
    except OSError as exc:  # a full disk, a file of somebody else's
        place = f"{exc.filename}: " if exc.filename else ""
        print(f"{place}{exc.strerror or exc}", file=sys.stderr)
        sys.exit(1)
