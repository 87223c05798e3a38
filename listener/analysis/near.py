"""Reads what of a post is about a brand: the passage, its words of feeling, and their weight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from listener.analysis.lexicon import languages, lexicon
from listener.analysis.lexicon_shape import Examples
from listener.analysis.passages import Passage, around, whole
from listener.analysis.roles import Lexicon
from listener.analysis.sentences import Range
from listener.analysis.tone import Reading, read
from listener.model import PostKind, Span, Word

SHORT = 400  # characters: a shorter text is judged whole
EVIDENCE = 8  # words that are told, the heaviest first
FAINT = 0.05  # intensities below this are not told
FLOOR = 0.3  # what a word in a headline, and any word of a review, counts at least
RIVAL = 0.3  # what is left of a word that stands nearer to another brand
LESSER = -0.5  # of a word that compares, for who is named behind "than"
BESIDE = 1.0  # words between "than" and a name: "than the new Bolt" is too far

ENGINES = frozenset(languages())
# What is read with no words of a language: emoji and emoticons.
_SIGNS = Lexicon("", 0, False, {}, {}, {}, Examples())


class Told(NamedTuple):
    """What is told of a brand; `weights` are None where it is not named."""

    text: str
    names: tuple[Range, ...]  # where the brand's own words stand
    reading: Reading
    weights: list[float] | None

    @property
    def score(self) -> float:
        """The tone, -1..1, by the rules alone."""
        return self.reading.score(self.weights)

    def valences(self) -> list[float]:
        """Return each hit's intensity after the rules, with its weight for the brand."""
        weights = self.weights or [1.0] * len(self.reading.hits)
        return [
            hit.valence * weight for hit, weight in zip(self.reading.hits, weights, strict=True)
        ]

    def words(self) -> tuple[Word, ...]:
        """Return the words that moved the score, the heaviest first."""
        words = (
            Word(self.text[hit.start : hit.end], round(valence, 4))
            for hit, valence in zip(self.reading.hits, self.valences(), strict=True)
            if abs(valence) >= FAINT
        )
        return tuple(sorted(words, key=lambda word: -abs(word.weight))[:EVIDENCE])


def about(
    title: str | None,
    text: str,
    spans: Sequence[Span],
    rivals: Sequence[Span],
    language: str,
    kind: PostKind,
    ignore: Sequence[str],
) -> Told:
    """Read the words around the brand; of an article that is silent there, the whole."""
    if len(text) <= SHORT or kind is PostKind.REVIEW:
        floor = FLOOR if kind is PostKind.REVIEW else 0.0
        return _read(whole(title, text, spans, rivals), language, ignore, floor)
    near = _read(around(title, text, spans, rivals), language, ignore)
    return near if near.words() else _read(whole(title, text, ()), language, ignore)


def _read(passage: Passage, language: str, ignore: Sequence[str], floor: float = 0.0) -> Told:
    words = lexicon(language) if language in ENGINES else _SIGNS
    names = _named(passage.text, ignore)
    reading = read(passage.text, words, names)
    return Told(passage.text, tuple(names), reading, _weights(reading, passage, floor))


def _weights(reading: Reading, passage: Passage, floor: float) -> list[float] | None:
    """Return what each word of feeling counts for the brand, or None where it is not named."""
    if not (places := _places(reading, passage.about)):
        return None
    own = reading.nearness(places)
    weights = [
        max(near, FLOOR if hit.start < passage.headline else floor)
        for hit, near in zip(reading.hits, own, strict=True)
    ]
    if others := _places(reading, passage.rivals):
        weights = [
            weight * RIVAL if other > near else weight
            for weight, near, other in zip(weights, own, reading.nearness(others), strict=True)
        ]
    for n, place in reading.compared:
        if _stands(places, place):
            weights[n] = LESSER * own[n]
        elif _stands(others, place):
            weights[n] = own[n]
    return weights


def _stands(places: Sequence[float], place: float) -> bool:
    return any(place <= one <= place + BESIDE for one in places)


def _places(reading: Reading, ranges: Sequence[Range]) -> list[float]:
    found = (reading.place(start) for start, _ in ranges)
    return sorted({place for place in found if place is not None})


def _named(text: str, names: Sequence[str]) -> list[Range]:
    """Return where the brand's own words stand."""
    if not (patterns := [re.escape(name) for name in names if name.strip()]):
        return []
    brand = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
    return [found.span() for found in brand.finditer(text)]
