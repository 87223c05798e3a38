"""A platform played for a day: what is published there, what it allows, what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tests.collect.simulated import Item, Question
from tests.day.limits import Window
from tests.local_site import answer

Source = dict[str, Any]
TOO_MANY = answer(429, b"Too Many Requests")


@dataclass(slots=True)
class Said(Item):
    """place  which of the platform's lists shows it
    about  it names the brand
    """

    place: str = ""
    about: bool = True

    @property
    def text(self) -> str:
        return f"{'Acme' if self.about else 'Summit'} tent {self.number} leaks"


class Platform(Protocol):
    """kind    of source
    places  its lists
    hourly  how many posts appear in each list in an hour
    limits  that it documents; of those that document none, ours
    """

    kind: str
    places: tuple[str, ...]
    hourly: float
    limits: Sequence[Window]

    def sources(self, url: str) -> Sequence[Source]:
        """Return what stands in `sources.toml`, without name and kind."""

    def key(self, item: Said) -> str: ...

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        """Answer from the items shown at this moment, oldest first."""

    def refuse(self, now: datetime) -> bytes:
        """Answer what is too much."""


@dataclass
class Played:
    """What most platforms have in common."""

    url: str = ""
    hourly: float = 6
    limits: Sequence[Window] = ()
    refusal: bytes = TOO_MANY
    places: tuple[str, ...] = ("",)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def refuse(self, now: datetime) -> bytes:
        return self.refusal


def about(shown: Sequence[Said]) -> list[Said]:
    """Return what a search for the brand finds."""
    return [item for item in shown if item.about]


def ids(text: str) -> set[int]:
    """Return the numbers that are asked for at once: 1,2 or 1;2."""
    return {int(word) for word in text.replace(";", ",").split(",") if word}


def headed(said: bytes, headers: Mapping[str, str]) -> bytes:
    """Return an answer with more headers: what is left of a limit."""
    lines = "".join(f"\r\n{name}: {value}" for name, value in headers.items()).encode()
    first, rest = said.split(b"\r\n", 1)
    return first + lines + b"\r\n" + rest
