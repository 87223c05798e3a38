"""Options and small habits that commands share."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer
from rich.console import Console

from listener import logs
from listener.config import Config, load
from listener.config.problems import suggestion
from listener.errors import ConfigError

T = TypeVar("T")
_HARMLESS = "\u00a0\u202f\u2009\u200d"  # spaces of typography, and what joins emoji
LogFormat = Literal["text", "json"]

ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="LISTENER_CONFIG", help="The configuration to use."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

DEFAULT_CONFIG = Path("sources.toml")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def read_config(path: Path) -> Config:
    """Load the configuration; what is probably a mistake goes to stderr."""
    config = load(path)
    for warning in config.warnings:
        err.print(f"[yellow]warning:[/] {escape(warning)}")
    return config


def quiet_logs() -> None:
    """Let only errors through: the command's own output says the rest."""
    logs.configure("error")
    logging.captureWarnings(True)


def printable(text: str) -> str:
    """Return text from outside without control characters; every other one stays in its place."""
    return "".join(c if c.isprintable() or c in f"\n{_HARMLESS}" else "�" for c in text)


def escape(text: object) -> str:
    """Return text from outside without markup and control characters, for a terminal."""
    return printable(str(text)).replace("[", r"\[")


def choose(what: str, known: Mapping[str, T], names: Sequence[str] | None) -> list[T]:
    """Return the things of these names, or all. Raises ConfigError with suggestions."""
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ConfigError(
            [f'there is no {what} "{name}"{suggestion(name, tuple(known))}' for name in unknown]
        )
    return [known[name] for name in names] if names else list(known.values())


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_json(value: object, default: Callable[[object], object] = _as_text) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=default))
