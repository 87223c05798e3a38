"""Reads the tone of a text by a language's lexicon: which words speak, how strongly, and where.

The rules are VADER's (Hutto and Gilbert, 2014), for any language whose lexicon names its words of
negation, emphasis and contrast, and linear in the length of the text. What is added: a negation
that stands behind its verb ("j'aime pas") or needs a partner ("ne ... plus"), phrases, hashtags,
letters held down ("geniaaal"), lost accents, and the distance to what is spoken of.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import copysign, exp, sqrt
from operator import mul
from typing import NamedTuple

from listener.analysis.roles import Lexicon, Role
from listener.analysis.tokens import Range, Token, shouted, tokens

REACH = 3  # words before a word of feeling in which negations and emphasis are looked for,
BEHIND = 2  # and behind a verb
APART = 8  # words from the first part of a verb in which its second is looked for
TURNED_PRAISE, TURNED_BLAME = -0.74, -0.5  # "not good" (VADER's), "not bad"
DAMPED = (1.0, 0.95, 0.9)  # emphasis one, two and three words away (VADER's)
FAINTEST = 0.2  # what is left of an intensity, however much it is weakened
CAPITALS = 0.733  # a word in capitals among others that are not (VADER's)
HELD = 0.5  # a word with letters held down
BEFORE, AFTER = 0.5, 1.5  # of a "but" (VADER's)
IRONIC = -0.5  # what praise is worth in a text that says it is ironic
EXCLAMATION, EXCLAMATIONS = 0.292, 4  # a mark's emphasis (VADER's), and how many count
ALPHA = 15.0  # sum / sqrt(sum^2 + ALPHA): VADER's way into -1..1
NEAR = 8.0  # words: weight is exp(-distance / NEAR)
CLOSE = 2.0  # makes weighted sums about as large as those of whole texts


class Unit(NamedTuple):
    """A word, or a phrase taken as one, and what it does."""

    role: Role | None
    first: Token
    last: Token


@dataclass(frozen=True, slots=True)
class Hit:
    """A word or phrase that speaks, with its intensity after the rules (about -6..6)."""

    start: int
    end: int
    place: float  # in words and pauses from the beginning
    valence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What speaks in a text."""

    hits: tuple[Hit, ...]
    starts: tuple[int, ...]  # where its words begin,
    places: tuple[float, ...]  # and the place of each
    exclamations: int
    compared: tuple[tuple[int, float], ...] = ()  # hit ("better"), place of what follows "than"

    def score(self, weights: Sequence[float] | None = None) -> float:
        """Return the tone, -1..1, each hit weighted (by `nearness`, or all the same)."""
        values = [hit.valence for hit in self.hits]
        total = CLOSE * sum(map(mul, values, weights)) if weights else sum(values)
        if total:
            total += copysign(min(self.exclamations, EXCLAMATIONS) * EXCLAMATION, total)
        return total / sqrt(total * total + ALPHA)

    def place(self, offset: int) -> float | None:
        """Return the place of the word at or before an offset; None when there is no word."""
        at = bisect_right(self.starts, offset) - 1
        return self.places[max(at, 0)] if self.places else None

    def nearness(self, places: Sequence[float]) -> list[float]:
        """Return a weight for each hit, exp(-distance / NEAR) from the nearest of the places.

        The places are in order; there is at least one.
        """
        return [exp(-_distance(hit.place, places) / NEAR) for hit in self.hits]


def _distance(place: float, places: Sequence[float]) -> float:
    at = bisect_right(places, place)
    return min(abs(place - other) for other in places[max(at - 1, 0) : at + 1])


def read(text: str, lexicon: Lexicon, names: Sequence[Range] = ()) -> Reading:
    """Read a text; a name at one of these ranges, in order, is one word without any feeling."""
    found = tokens(text, lexicon, names)
    units = list(_units(found.tokens, lexicon))
    if lexicon.splits:
        units = _joined(units, lexicon)
    loud = shouted(found.tokens)
    hits = [
        Hit(unit.first.start, unit.last.end, unit.first.place, _valence(units, at, loud))
        for at, unit in enumerate(units)
        if unit.role and unit.role.valence and not _spent(units, at)
    ]
    acting = [unit for unit in units if unit.role]
    hits = _contrasted(acting, hits)
    if any(unit.role and unit.role.ironic for unit in acting):
        hits = [_times(hit, IRONIC) if hit.valence > 0 else hit for hit in hits]
    return Reading(
        hits=tuple(hits),
        starts=tuple(token.start for token in found.tokens),
        places=tuple(token.place for token in found.tokens),
        exclamations=found.exclamations,
        compared=tuple(_compared(units, hits)) if hits else (),
    )


def _units(found: Sequence[Token], lexicon: Lexicon) -> Iterator[Unit]:
    """Yield the words, the longest phrases first."""
    at, last, phrases = 0, len(found) - 1, lexicon.phrases
    while at <= last:
        first = found[at]
        if at < last and (seconds := phrases.get(first.plain)):
            for rest, phrase in seconds.get(found[at + 1].plain, ()):
                if _is_phrase(found, at, rest):
                    at += 1 + len(rest)
                    yield Unit(phrase, first, found[at])
                    break
            else:
                yield Unit(first.role, first, first)
        else:
            yield Unit(first.role, first, first)
        at += 1


def _joined(units: list[Unit], lexicon: Lexicon) -> list[Unit]:
    """Put together verbs whose second part closes the clause: "stürzt seit gestern ab"."""
    for at, unit in enumerate(units):
        if (parts := lexicon.splits.get(unit.first.plain)) and unit.first is unit.last:
            for n in range(at + 1, min(at + 1 + APART, len(units))):
                last = units[n].first
                if last.clause != unit.first.clause:
                    break
                if (role := parts.get(last.plain)) and _closes(units, n, lexicon):
                    units[at], units[n] = Unit(role, unit.first, last), Unit(None, last, last)
                    break
    return units


def _closes(units: Sequence[Unit], at: int, lexicon: Lexicon) -> bool:
    """Tell whether a clause ends with a word: else "ab" and "auf" are prepositions."""
    if at + 1 == len(units):
        return True
    following = units[at + 1].first
    return (
        following.clause != units[at].last.clause
        or following.plain in lexicon.joins
        or not following.form[:1].isalnum()
    )


def _is_phrase(found: Sequence[Token], at: int, rest: Sequence[str]) -> bool:
    """Tell whether these words follow the two at a place, and no comma interrupts."""
    end = at + 1 + len(rest)
    return (
        end < len(found)
        and found[end].clause == found[at].clause
        and all(
            token.plain == word for token, word in zip(found[at + 2 : end + 1], rest, strict=True)
        )
    )


def _spent(units: Sequence[Unit], at: int) -> bool:
    """Tell whether a word that also has a feeling of its own only serves the one it precedes."""
    role, first, _ = units[at]
    assert role
    reach = 2 if role.negates else 1 if role.boost else 0
    for unit in units[at + 1 : at + 1 + reach]:
        if unit.role and unit.role.valence and unit.first.clause == first.clause:
            return True
    return False


def _valence(units: Sequence[Unit], at: int, loud: bool) -> float:
    role, first, last = units[at]
    assert role
    if first.form and not first.form[0].isalnum():
        return role.valence  # an emoji speaks for itself: nothing in the words turns it
    size = abs(role.valence)
    if loud and first.capitals:
        size += CAPITALS
    if first.held or last.held:
        size += HELD
    turned = role.verb and _turned_behind(units, at)
    boosted = True
    for back in range(1, min(REACH, at) + 1):
        before = units[at - back]
        if before.first.clause != first.clause:
            break
        if before.role is None:
            continue
        if _negates(units, at - back):
            turned = True
        elif boosted:
            size += before.role.boost * DAMPED[back - 1]
        boosted = boosted and not (before.role.valence and not before.role.boost)
    size = max(size, FAINTEST)
    if turned:
        return size * (TURNED_PRAISE if role.valence > 0 else -TURNED_BLAME)
    return copysign(size, role.valence)


def _turned_behind(units: Sequence[Unit], at: int) -> bool:
    """Tell whether a negation stands behind a verb: "j'aime pas", "funktioniert nicht"."""
    clause = units[at].first.clause
    for n in range(at + 1, len(units)):
        if n > at + BEHIND and units[n].first.start > units[at].last.start:
            return False
        if units[n].first.clause != clause:
            return False
        role = units[n].role
        if role and role.after and _negates(units, n):
            return True
    return False


def _negates(units: Sequence[Unit], at: int) -> bool:
    """Tell whether a word negates here: "plus" does so only behind "ne"."""
    role, first, _ = units[at]
    if role is None or not role.negates:
        return False
    if not role.paired:
        return True
    return any(
        unit.role and unit.role.partner and unit.first.clause == first.clause
        for unit in units[max(0, at - REACH - 1) : at]
    )


def _contrasted(units: Sequence[Unit], hits: Sequence[Hit]) -> list[Hit]:
    """Weigh what stands before and after the first "but" of each sentence."""
    turns = {
        unit.first.sentence: unit.first.start
        for unit in reversed(units)
        if unit.role and unit.role.contrast
    }
    if not turns:
        return list(hits)
    sentences = {unit.first.start: unit.first.sentence for unit in units}
    return [
        _times(hit, BEFORE if hit.start < turn else AFTER)
        if (turn := turns.get(sentences[hit.start])) is not None
        else hit
        for hit in hits
    ]


def _compared(units: Sequence[Unit], hits: Sequence[Hit]) -> Iterator[tuple[int, float]]:
    """Yield which hit compares, and the place of what it compares with: "better than Bolt"."""
    found = [n for n, unit in enumerate(units[:-1]) if unit.role and unit.role.than]
    for at in found:
        unit = units[at]
        for back in range(at - 1, max(-1, at - 1 - REACH), -1):
            if units[back].first.clause != unit.first.clause:
                break
            if _compares(units, back):
                start, place = units[back].first.start, units[at + 1].first.place
                yield from ((n, place) for n, hit in enumerate(hits) if hit.start == start)
                break


def _compares(units: Sequence[Unit], at: int) -> bool:
    role, before = units[at].role, units[at - 1].role if at else None
    if role is None or not role.valence:
        return False
    return role.comparative or (before is not None and before.more)


def _times(hit: Hit, factor: float) -> Hit:
    return Hit(hit.start, hit.end, hit.place, hit.valence * factor)
