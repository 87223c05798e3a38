"""Puts together the phrases whose parts stand apart in a sentence.

A phrase is looked at only when the part that the fewest phrases need is there; then its parts are
walked in order, once. So the time grows with the words of the sentence, not with the vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from listener.analysis.phrases import Phrase

Stretch = tuple[int, ...]  # numbers of words, in order; those of a gap are left out


class Spread:
    """Phrases of several parts, by number in the order given. Immutable once built."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        numbers: dict[frozenset[str], int] = {}
        self._parts = [
            tuple(numbers.setdefault(part, len(numbers)) for part in phrase.parts)
            for phrase in phrases
        ]
        self._gaps = [phrase.gaps for phrase in phrases]
        needed = Counter(part for parts in self._parts for part in set(parts))
        self._rarest: dict[int, list[int]] = {}
        for number, parts in enumerate(self._parts):
            self._rarest.setdefault(min(parts, key=needed.__getitem__), []).append(number)
        self.literals: dict[str, list[int]] = {}  # the parts that each may be
        for part, number in numbers.items():
            for literal in part:
                self.literals.setdefault(literal, []).append(number)
        self.number = numbers.get  # of a part

    def find(self, found: Mapping[int, set[Stretch]]) -> Iterator[tuple[int, Stretch]]:
        """Yield the phrases that stand in a sentence, from where each part of theirs was found."""
        for part in found:
            for number in self._rarest.get(part, ()):
                parts = self._parts[number]
                if all(one in found for one in parts):
                    for stretch in align([found[one] for one in parts], self._gaps[number]):
                        yield number, stretch


def align(places: Sequence[set[Stretch]], gaps: Sequence[int]) -> Iterator[Stretch]:
    """Yield the words of a phrase for every place where its last part ends it.

    Of several beginnings the nearest counts.
    """
    chains = sorted(places[0], key=_end)
    for place, gap in zip(places[1:], gaps, strict=True):
        longer: list[Stretch] = []
        nearest = -1  # the last chain that ends before this stretch
        for stretch in sorted(place):
            while nearest + 1 < len(chains) and chains[nearest + 1][-1] < stretch[0]:
                nearest += 1
            if nearest >= 0 and stretch[0] - chains[nearest][-1] - 1 <= gap:
                longer.append(chains[nearest] + stretch)
        chains = sorted(longer, key=_end)
    yield from chains


def _end(stretch: Stretch) -> int:
    return stretch[-1]
