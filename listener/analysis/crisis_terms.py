"""The terms of a crisis vocabulary, what else its patterns mean, and what of it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from listener.analysis.spread import Stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase of a family, as written in the file.

    keeps  what remains of its weight in the settings that concern it, in hundredths
    """

    text: str
    family: str
    title: str
    weight: int
    keeps: Mapping[str, int] = field(default_factory=dict)


class Meaning(NamedTuple):
    """What a pattern stands for."""

    role: str
    term: Term | None = None
    hint: str = ""  # what hints at the setting that is its role; the points of plain words


class Found(NamedTuple):
    """A pattern found: what it means, and the numbers of its words."""

    role: str
    term: Term | None
    hint: str
    words: Stretch

    @property
    def spread(self) -> bool:
        """Tell whether other words stand between its own."""
        return self.words[-1] - self.words[0] >= len(self.words)
