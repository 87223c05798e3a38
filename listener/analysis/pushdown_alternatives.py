"""Reads a query as alternatives that a platform can be asked for; each finds more, never less.

An alternative is of choices: a post must hold one of each. `(tente OR sac) eau` is one alternative
of two choices; only what is mixed deeper is multiplied out, and never beyond `MOST`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Term
from listener.analysis.pushdown_dialect import Asked, Choice, Dialect, choices

MOST = 64  # alternatives of a query


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way for a post to match.

    clause   as the person wrote it; told only of what cannot be asked for
    choices  a post must hold one of each; () when it cannot be asked for
    without  what it must not hold
    """

    clause: str
    choices: tuple[Choice, ...] = ()
    without: Choice = ()

    @property
    def plain(self) -> bool:
        """Whether it is nothing but a choice, that can be cut anywhere."""
        return len(self.choices) == 1 and not self.without


def alternatives(node: Node, dialect: Dialect) -> list[Alternative]:
    """Return alternatives that together find every post that a query matches."""
    match node:
        case Term():
            asked = choices(node, dialect) if node.scope != "author" else ()
            return [Alternative(clause=node.clause, choices=asked)]
        case Field():
            return [Alternative(clause=node.clause)]
        case Not():
            return [Alternative(clause=node.clause, without=tuple(_excluded(node.child, dialect)))]
        case Near():
            return _every(node.clause, (node.left, node.right), dialect)
        case And():
            return _every(node.clause, node.children, dialect)
        case Or():
            return _any(node, dialect)


def _excluded(node: Node, dialect: Dialect) -> Iterator[Asked]:
    """Yield what a platform may leave out: nothing that it reads more widely than we do."""
    if dialect.without is None:
        return
    match node:
        case Term(scope="any", patterns=patterns):
            if all(one.text.isalnum() and one.exact is None for one in patterns):
                yield from (asked for choice in choices(node, dialect) for asked in choice)
        case Or():
            for child in node.children:
                yield from _excluded(child, dialect)


def _every(clause: str, nodes: Sequence[Node], dialect: Dialect) -> list[Alternative]:
    first, *others = (
        [replace(one, clause=_enclosed(one.clause)) for one in alternatives(node, dialect)]
        for node in nodes
    )
    for other in others:
        first = _times(first, other)
    return [replace(first[0], clause=clause)] if len(first) == 1 else first


def _times(left: list[Alternative], right: list[Alternative]) -> list[Alternative]:
    left, right = _pooled(left), _pooled(right)
    while len(left) * len(right) > MOST:
        if len(left) > len(right):
            left = _loosened(left)
        else:
            right = _loosened(right)
    return [
        Alternative(
            clause="" if asked else f"{a.clause} AND {b.clause}",
            choices=asked,
            without=tuple(dict.fromkeys(a.without + b.without)),
        )
        for a in left
        for b in right
        for asked in [tuple(dict.fromkeys(a.choices + b.choices))]
    ]


def _pooled(found: list[Alternative]) -> list[Alternative]:
    """Make one of all that cannot be asked for: multiplied, its clauses would grow without end."""
    unasked = [one.clause for one in found if not one.choices]
    if len(unasked) < 2:
        return found
    clause = _enclosed(" OR ".join(unasked))
    return [*(one for one in found if one.choices), Alternative(clause=clause)]


def _enclosed(clause: str) -> str:
    return f"({clause})" if " OR " in clause else clause


def _any(node: Or, dialect: Dialect) -> list[Alternative]:
    found = [one for child in node.children for one in alternatives(child, dialect)]
    if not any(one.choices for one in found):
        return [Alternative(clause=node.clause)]
    found = joined(found)
    return found if len(found) <= MOST else _loosened(found)


def joined(found: Iterable[Alternative]) -> list[Alternative]:
    """Make one alternative of those with a single choice; order stays."""
    ones: dict[object, Alternative] = {}
    merged: dict[object, dict[Asked, None]] = {}
    for number, one in enumerate(found):
        single = len(one.choices) == 1
        key: object = frozenset(one.without) if single else number
        ones.setdefault(key, one)
        if single:
            merged.setdefault(key, {}).update(dict.fromkeys(one.choices[0]))
    return [
        replace(one, choices=(tuple(merged[key]),)) if key in merged else one
        for key, one in ones.items()
    ]


def _loosened(found: list[Alternative]) -> list[Alternative]:
    """Return at most two: the most telling choice of each, and what cannot be asked for."""
    unasked = [one for one in _pooled(found) if not one.choices]
    return unasked + telling([one for one in found if one.choices])


def telling(found: Sequence[Alternative]) -> list[Alternative]:
    """Return the most telling choice of each as one; what others ask for anyway costs nothing."""
    picked = {asked: None for one in found if one.plain for asked in one.choices[0]}
    for one in found:
        choices = [(choice, commonness(choice, picked)) for choice in one.choices]
        picked.update(dict.fromkeys(min(choices, key=lambda pair: pair[1])[0]))
    return [Alternative(clause="", choices=(tuple(picked),))] if picked else []


def commonness(choice: Choice, known: Collection[Asked] = ()) -> float:
    """Tell how often a choice is met, compared with another, beside what is `known`.

    A rule of thumb: each further letter makes a word rarer; in bytes, so that a sign of Chinese
    counts for three.
    """
    return sum(0.6 ** len(asked.text.encode()) for asked in choice if asked not in known)


def uncovered(found: Iterable[Alternative]) -> list[Alternative]:
    """Leave out what another alternative finds anyway."""
    kept: list[Alternative] = []
    for one in found:
        if not any(_covers(other, one) for other in kept):
            kept = [other for other in kept if not _covers(one, other)] + [one]
    return kept


def _covers(wide: Alternative, narrow: Alternative) -> bool:
    return set(wide.without) <= set(narrow.without) and all(
        any(_follows(choice, frozenset(wanted)) for choice in narrow.choices)
        for wanted in wide.choices
    )


def _follows(choice: Choice, wanted: frozenset[Asked]) -> bool:
    return all(any(wider in wanted for wider in asked.wider()) for asked in choice)


def settled(found: Sequence[Alternative]) -> list[Alternative]:
    """Leave out of all alternatives what is asked for on its own, or within something wider."""
    alone = frozenset(asked for one in found if one.plain for asked in one.choices[0])
    result = []
    for one in found:
        left = tuple(
            tuple(asked for asked in choice if not _is_found(asked, alone, itself=not one.plain))
            for choice in one.choices
        )
        if all(left):
            result.append(replace(one, choices=tuple(dict.fromkeys(left))))
    return result


def _is_found(asked: Asked, alone: frozenset[Asked], *, itself: bool) -> bool:
    return any(wider in alone for wider in asked.wider() if itself or wider != asked)
