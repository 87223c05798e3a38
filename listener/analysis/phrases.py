"""The phrases of a crisis vocabulary: words in order, with alternatives, endings and gaps.

recall notice           these words, side by side
hospitali*              a word that begins so; any word of a phrase may
son|daughter            one of these words
<child>                 one of the words or phrases of a class: `[classes]` of the file
burn~v                  the word with each ending of that name: `[endings]` of the file
<child> ... burn~v      in this order, with up to five other words between; `..` stands for two
<child> & burn~v        the same in either order; `&` may join three
<brand>, <other>        where the brand stands, or another one that is listened for: only with
                        other words beside it
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import permutations, product
from typing import NamedTuple

from listener.analysis.text import words

GAP = 5  # words that `...` and `&` stand for at most
SHORTEST = 3  # letters before a `*`: "co*" would stand for a tenth of a dictionary
MOST = 3  # that may stand in any order
EITHER = "&"
GAPS = {"..": 2, "...": GAP}
BRAND, OTHER = frozenset([" \x01 "]), frozenset([" \x02 "])  # no text has these words
NAMES = {"<brand>": BRAND, "<other>": OTHER}
_SIMPLE = re.compile(r"[a-z0-9]+")
_PHRASE = re.compile(r"[a-z0-9]{3,}\*?|[a-z0-9]+(?: [a-z0-9]+)+")  # nothing can be wrong with these
_CLASS = re.compile(r"<([a-z][a-z_]*)>")
_ENDING = re.compile(r"([^\s~]+)~([a-z][a-z_]*)")

Choices = tuple[str, ...]  # what may stand at a place, folded; with `*` when it is a beginning


class Phrase(NamedTuple):
    """Parts in order, each one of several literals; and the most words between two of them.

    A literal is folded, between spaces; without the last space it is the beginning of a word.
    """

    parts: tuple[frozenset[str], ...]
    gaps: tuple[int, ...] = ()


class Place(NamedTuple):
    """How many words may come before it, and what may stand there."""

    gap: int
    choices: Choices
    part: frozenset[str]  # the choices as literals

    @property
    def fixed(self) -> bool:
        """Tell whether nothing but these whole words may stand there."""
        return len(self.choices) == 1 and self.choices[0][-1] not in "*\x01\x02"


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the phrases of a file may refer to: its classes and endings, by name."""

    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    endings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _read: dict[str, Place | None] = field(default_factory=dict, repr=False, compare=False)

    def check(self, text: str) -> None:
        """Raise ValueError with what is wrong in a phrase, to be put behind it."""
        if not _PHRASE.fullmatch(text):
            self.parse(text)

    def parse(self, text: str) -> tuple[Phrase, ...]:
        """Return what a text stands for: with `&`, one phrase for each order.

        Raises ValueError with what is wrong, to be put behind the phrase.
        """
        items = text.split()
        if EITHER not in items:
            return (_phrase(self._places(items)),)
        sides: list[list[str]] = [[]]
        for item in items:
            if item == EITHER:
                sides.append([])
            else:
                sides[-1].append(item)
        if len(sides) > MOST:
            raise ValueError(f"may have at most {MOST - 1} &")
        places = [list(self._places(side)) for side in sides]
        return tuple(_phrase(_after(order)) for order in permutations(places))

    def _places(self, items: Sequence[str]) -> Iterator[Place]:
        """Yield what may stand at each place; an item without any word is passed over."""
        gap, some = 0, False
        for number, item in enumerate(items):
            if item in GAPS:
                if number in (0, len(items) - 1):
                    raise ValueError("needs words before and after .., ... and &")
                gap = GAPS[item]
            elif place := self._place(item):
                yield Place(gap, place.choices, place.part) if gap else place
                gap, some = 0, True
        if not some:
            raise ValueError("holds no word")

    def _place(self, item: str) -> Place | None:
        """Return what an item stands for, None when it holds no word. Each is read once."""
        if item not in self._read:
            part = NAMES.get(item) or frozenset()
            choices = tuple(one.strip() for one in part)
            if not part:
                choices = tuple(one for one in self._item(item, ()) if one.rstrip("*"))
                part = frozenset(map(literal, choices))
            self._read[item] = Place(0, choices, part) if part else None
        return self._read[item]

    def _item(self, item: str, above: tuple[str, ...]) -> Choices:
        return tuple(one for word in item.split("|") for one in self._word(word, above))

    def _word(self, word: str, above: tuple[str, ...]) -> Iterable[str]:
        if _SIMPLE.fullmatch(word):
            return (word,)
        if not word:
            raise ValueError("needs a word on both sides of |")
        if named := _CLASS.fullmatch(word):
            if named[1] not in self.classes:
                raise ValueError(f"<{named[1]}> is no class")
            return self._class(named[1], above)
        if inflected := _ENDING.fullmatch(word):
            if inflected[2] not in self.endings:
                raise ValueError(f"~{inflected[2]} is no list of endings")
            return (_plain(inflected[1] + ending) for ending in self.endings[inflected[2]])
        if "*" in word[:-1]:
            raise ValueError("* may only be the last letter")
        return (_plain(word[:-1]) + "*",) if word.endswith("*") else (_plain(word),)

    def _class(self, name: str, above: tuple[str, ...]) -> Iterator[str]:
        """Yield every word and phrase of a class, those of the classes it uses as well."""
        if name in above:
            raise ValueError(f"uses itself: {' > '.join(f'<{one}>' for one in (*above, name))}")
        for text in self.classes[name]:
            items = text.split()
            if any(item == EITHER or item in GAPS or item in NAMES for item in items):
                raise ValueError("may have no &, no ... and no brand within a class")
            for row in product(*(self._item(item, (*above, name)) for item in items)):
                if any("*" in one for one in row[:-1]):
                    raise ValueError("* may only be the last letter within a class")
                yield " ".join(row)


def _after(sides: Iterable[list[Place]]) -> Iterator[Place]:
    """Yield the places of all sides, other words allowed between two of them."""
    for number, (first, *others) in enumerate(sides):
        yield first._replace(gap=GAP) if number else first
        yield from others


def _phrase(places: Iterable[Place]) -> Phrase:
    """Join what stands side by side without a choice; the rest is put together when found."""
    joined: list[Place] = []
    for place in places:
        single = len(place.choices) == 1 and place.part not in (BRAND, OTHER)
        beside = joined and joined[-1].fixed and not place.gap
        joined.append(_beside(joined.pop(), place) if beside and single else place)
    parts = tuple(place.part for place in joined)
    return Phrase(parts, tuple(place.gap for place in joined[1:]))


def _beside(left: Place, right: Place) -> Place:
    both = f"{left.choices[0]} {right.choices[0]}"
    return Place(left.gap, (both,), frozenset([literal(both)]))


def literal(text: str) -> str:
    """Return folded words as they are searched: between spaces, open at the end for `*`."""
    if not text.endswith("*"):
        return f" {text} "
    stem = text[:-1]
    if len(stem) < SHORTEST and not stem.isdigit():
        raise ValueError(f"needs at least {SHORTEST} letters before the *")
    return f" {stem}"


@lru_cache(maxsize=65_536)
def _plain(text: str) -> str:
    """Return the words of a text as they are searched, with a space between."""
    return " ".join(bare(word.text) for word in words(text.rstrip("*")))


def bare(word: str) -> str:
    return word.lstrip("#@") or word
