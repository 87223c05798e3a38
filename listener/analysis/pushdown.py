"""Turns brands' queries into searches of a platform that knows less than we do.

What the searches find is a superset of what the queries match, and is matched again here. So
nearness, fields, capitals and whatever else a platform does not understand are left out;
what must not be there is left out too, or excluded where that cannot lose a match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from listener.analysis.nodes import Node
from listener.analysis.pushdown_alternatives import (
    Alternative,
    alternatives,
    commonness,
    joined,
    settled,
    telling,
    uncovered,
)
from listener.analysis.pushdown_dialect import Choice, Dialect, quoted

__all__ = ["Dialect", "Pushed", "push_down", "quoted"]

_SPELLED_OUT = 8  # searches that one alternative becomes where alternatives need one each
_HALVINGS = 3  # of an alternative that is too long, before it is loosened instead
_OPEN = 8  # searches in which room is looked for


@dataclass(frozen=True, slots=True)
class Pushed:
    """What to ask a platform for.

    searches  without duplicates, in the order of the queries
    unasked   clauses that no search can ask for (`site:`, `author:`, `*wild*` words alone): posts
              that match by nothing else are not found
    """

    searches: tuple[str, ...]
    unasked: tuple[str, ...]


def push_down(nodes: Iterable[Node], dialect: Dialect) -> Pushed:
    """Return as few searches as the dialect allows that find all that the queries match."""
    asked: list[Alternative] = []
    unasked: list[str] = []
    for node in nodes:
        found = alternatives(node, dialect)
        unasked += (one.clause for one in found if not one.choices)
        asked += uncovered(one for one in found if one.choices)
    if dialect.both is None:
        asked = telling(asked)
    fitting = [piece for one in settled(joined(asked)) for piece in _fitting(one, dialect)]
    searches = _searches(settled(fitting), dialect)
    return Pushed(tuple(dict.fromkeys(searches)), tuple(dict.fromkeys(unasked)))


def _fitting(one: Alternative, dialect: Dialect) -> Iterator[Alternative]:
    """Yield alternatives that fit a search each; one of plain alternatives can be cut anywhere."""
    for piece in [one] if dialect.either is not None else _spelled_out(one):
        while (pieces := _cut(piece, dialect, _HALVINGS)) is None:
            piece = _loosened(piece)
        yield from pieces


def _spelled_out(one: Alternative) -> Iterator[Alternative]:
    """Yield an alternative for each combination; choices that would make too many are left out."""
    count = 1
    kept: set[Choice] = set()
    for choice in sorted(one.choices, key=commonness):
        if not kept or len(choice) == 1 or count * len(choice) <= _SPELLED_OUT:
            kept.add(choice)
            count *= len(choice)
    for combination in product(*(choice for choice in one.choices if choice in kept)):
        yield replace(one, choices=tuple((asked,) for asked in dict.fromkeys(combination)))


def _cut(one: Alternative, dialect: Dialect, times: int) -> list[Alternative] | None:
    """Cut the longest choice in halves until the parts fit; None, if that takes too many."""
    if _fits(one, dialect) or one.plain:
        return [one]
    longest = max(one.choices, key=len)
    if times == 0 or len(longest) == 1:
        return None
    middle = len(longest) // 2
    parts: list[Alternative] = []
    for half in (longest[:middle], longest[middle:]):
        choices = dict.fromkeys(half if choice == longest else choice for choice in one.choices)
        if (cut := _cut(replace(one, choices=tuple(choices)), dialect, times - 1)) is None:
            return None
        parts += cut
    return parts


def _loosened(one: Alternative) -> Alternative:
    """Leave out what is missed least: first of what is excluded, then the most common choice."""
    if one.without:
        return replace(one, without=one.without[: len(one.without) // 2])
    common = max(one.choices, key=commonness)
    return replace(one, choices=tuple(choice for choice in one.choices if choice != common))


def _fits(one: Alternative, dialect: Dialect) -> bool:
    enough = dialect.terms is None or _terms(one) <= dialect.terms
    return enough and len(_conjunction(one, dialect)) <= dialect.longest


def _terms(one: Alternative) -> int:
    return sum(map(len, one.choices)) + len(one.without)


def _conjunction(one: Alternative, dialect: Dialect) -> str:
    wanted = (_either([asked.written for asked in choice], dialect) for choice in one.choices)
    unwanted = (f"{dialect.without}{asked.written}" for asked in one.without)
    return (dialect.both or "").join((*wanted, *unwanted))


def _either(operands: list[str], dialect: Dialect) -> str:
    if len(operands) == 1:
        return operands[0]
    return (dialect.either or "").join(operands).join(dialect.group)


@dataclass(slots=True)
class _Search:
    """Alternatives that share a search, while there is room."""

    dialect: Dialect
    open: bool  # to others
    terms: int = 0
    alone: str = ""  # as written when the first has no company
    operands: list[str] = field(default_factory=list)

    def take(self, one: Alternative) -> bool:
        """Add an alternative if there is room; an empty search takes whatever fits by itself."""
        alone = _conjunction(one, self.dialect)
        operand = alone if _terms(one) == 1 else alone.join(self.dialect.group)
        together = _either([*self.operands, operand], self.dialect)
        terms, most = self.terms + _terms(one), self.dialect.terms
        if not self.operands:
            self.alone = alone
        elif len(together) > self.dialect.longest or (most is not None and terms > most):
            return False
        self.operands.append(operand)
        self.terms = terms
        return True

    def __str__(self) -> str:
        return self.alone if len(self.operands) == 1 else _either(self.operands, self.dialect)


def _searches(fitting: Iterable[Alternative], dialect: Dialect) -> Iterator[str]:
    """Write alternatives, as many in a search as there is room for."""
    searches: list[_Search] = []
    for one in (part for whole in fitting for part in _singled(whole)):
        shared = dialect.either is not None and (one.plain or dialect.nested)
        near = searches[-_OPEN:] if shared else []
        if not any(search.open and search.take(one) for search in near):
            searches.append(_Search(dialect, open=shared))
            searches[-1].take(one)
    yield from map(str, searches)


def _singled(one: Alternative) -> Iterator[Alternative]:
    """Yield plain alternatives one by one."""
    if one.plain:
        yield from (replace(one, choices=((asked,),)) for asked in one.choices[0])
    else:
        yield one
