"""What words do to the tone of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import copysign
from unicodedata import category, normalize

from listener.analysis.lexicon_shape import Examples

PREFIX = 0.5  # what a prefix of emphasis adds
SHORTEST = 3  # letters that must be left behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a word or phrase does to the tone of a text; zero and False do nothing."""

    valence: float = 0.0  # -4..4
    boost: float = 0.0  # added to the intensity of the next word of feeling; below 0 weakens
    verb: bool = False  # a negation after it counts: "aime pas"
    negates: bool = False  # turns the words after it
    after: bool = False  # turns the verb before it
    paired: bool = False  # negates only behind a partner: "ne ... plus"
    partner: bool = False
    contrast: bool = False  # what stands before it counts less, what follows more
    ironic: bool = False  # the praise in this text is not meant
    comparative: bool = False  # "better": who is named behind "than" fares the other way
    more: bool = False  # makes the word after it such a one
    than: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A language's words, ready to be looked up.

    roles    by lower-case word; also without its accents, where no other word is written so
    folded   words that have accents, by the word without: for accents that are wrong
    phrases  by first and second word without accents: the words after these, longest first
    splits   by first and second part without accents: verbs whose second part stands later
    joins    words that may follow the second part
    prefixes with which emphasis begins a word: "supernett"
    """

    language: str
    version: int
    elides: bool
    roles: Mapping[str, Role]
    folded: Mapping[str, Role]
    phrases: Mapping[str, Mapping[str, tuple[tuple[tuple[str, ...], Role], ...]]]
    examples: Examples
    splits: Mapping[str, Mapping[str, Role]] = field(default_factory=dict)
    joins: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def role(self, word: str) -> Role | None:
        """Return what a lower-case word does, however its accents are written."""
        found = self.roles.get(word)
        if found is None and not word.isascii():
            found = self.folded.get(plain(word))
        if found is None and word.startswith(self.prefixes):
            return self._emphasised(word)
        return found

    def _emphasised(self, word: str) -> Role | None:
        """Return what a word of feeling does that has its emphasis before it: "supernett"."""
        rests = (word.removeprefix(prefix) for prefix in self.prefixes if word.startswith(prefix))
        for found in (self.roles.get(rest) for rest in rests if len(rest) >= SHORTEST):
            if found and found.valence and not found.negates:
                return replace(found, valence=found.valence + copysign(PREFIX, found.valence))
        return None


def plain(word: str) -> str:
    """Return a lower-case word without accents."""
    return word if word.isascii() else _plain(word)


@lru_cache(maxsize=16384)
def _plain(word: str) -> str:
    decomposed = normalize("NFKD", word[:100]).lower()
    for ligature, letters in (("œ", "oe"), ("æ", "ae"), ("ß", "ss")):
        decomposed = decomposed.replace(ligature, letters)
    return "".join(c for c in decomposed if not category(c).startswith("M"))
