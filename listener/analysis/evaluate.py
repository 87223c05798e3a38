"""Evaluates a query over one post."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Scope, Term, wildcard
from listener.analysis.reading import Passage, Place, Reading
from listener.model import Span

Found = tuple[Passage, Place]
MOST = 500  # spans of a match


def evaluate(node: Node, reading: Reading) -> list[Found] | None:
    """Return the words that make it match (none, if only facts do); None: it does not match."""
    match node:
        case Term():
            return _found(reading, node.scope, lambda passage: passage.places(node))
        case Near():
            return _found(reading, node.scope, lambda passage: _near(node, passage))
        case And():
            return _every(node, reading)
        case Or():
            found = [evaluate(child, reading) for child in node.children]
            matching = [places for places in found if places is not None]
            return [place for places in matching for place in places] if matching else None
        case Not():
            return [] if evaluate(node.child, reading) is None else None
        case Field():
            return [] if _holds(node, reading) else None


def spans(found: list[Found]) -> tuple[Span, ...]:
    """Return where the words stand in the stored title and text: in order, overlaps made one.

    The first 500 only: a hostile text cannot fill the store with them.
    """
    merged: list[Span] = []
    for passage, place in sorted(found, key=lambda it: (it[0].field, it[1])):
        if (span := passage.span(place)) is None:
            continue
        last = merged[-1] if merged else None
        if last is not None and last.field == span.field and span.start < last.end:
            merged[-1] = Span(last.field, last.start, max(last.end, span.end))
        elif len(merged) == MOST:
            break
        else:
            merged.append(span)
    return tuple(merged)


def _found(
    reading: Reading, scope: Scope, places: Callable[[Passage], list[Place]]
) -> list[Found] | None:
    found = [(passage, place) for passage in reading.passages[scope] for place in places(passage)]
    return found or None


def _every(node: And, reading: Reading) -> list[Found] | None:
    places: list[Found] = []
    for child in node.children:
        if (found := evaluate(child, reading)) is None:
            return None
        places += found
    return places


def _near(node: Near, passage: Passage) -> list[Place]:
    """Return the places of both operands that take part in a pair near enough."""
    left, right = passage.places(node.left), passage.places(node.right)
    pairs = _followed(left, right, node.within)
    if not node.ordered:
        pairs |= _followed(right, left, node.within)
    return sorted(pairs)


def _followed(first: list[Place], second: list[Place], within: int) -> set[Place]:
    """Return the places of `first` that one of `second` follows within so many words, and those.

    Looks only at each place's nearest, so that a word said a million times costs no square of it.
    """
    starts = [start for start, _ in second]
    ends = sorted(end for _, end in first)
    found = set()
    for place in first:
        number = bisect_left(starts, place[1])
        if number < len(starts) and starts[number] - place[1] <= within:
            found.add(place)
    for place in second:
        number = bisect_right(ends, place[0]) - 1
        if number >= 0 and place[0] - ends[number] <= within:
            found.add(place)
    return found


def _holds(node: Field, reading: Reading) -> bool:
    values = reading.facts[node.field]
    match node.field:
        case "site":
            return any(f".{value}".endswith(f".{node.value}") for value in values)
        case "url":
            return any(wildcard(f"*{node.value}*").match(value) for value in values)
        case "lang":
            return any(value.split("-")[0] == node.value.split("-")[0] for value in values)
        case "source" | "kind":
            return any(wildcard(node.value).match(value) for value in values)
