"""Finds which queries may match a post at all, from the words that they cannot do without.

One automaton holds the words of all queries and reads a post once; a query is worth evaluating only
if all its words are there. So ten thousand queries cost little more than ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Term, bare, longest_piece

Literal = tuple[str, bool]  # folded; True: as a whole word
Choice = frozenset[Literal]  # one of these must be there

_WINDOW = 100_000  # characters searched at once: a hostile text cannot fill the memory with hits
_SHORT = 3  # letters; shorter literals are hit in every other word


def required(node: Node) -> tuple[Choice, ...]:
    """Return choices of which every post that matches has at least one literal each."""
    match node:
        case Term():
            return tuple(frozenset([_literal(pattern.text)]) for pattern in node.patterns)
        case Near():
            return required(node.left) + required(node.right)
        case And():
            return tuple(choice for child in node.children for choice in required(child))
        case Or():
            choices = [required(child) for child in node.children]
            if all(choices):
                return (frozenset().union(*(max(choice, key=_weight) for choice in choices)),)
            return ()
        case Not() | Field():
            return ()


def _literal(pattern: str) -> Literal:
    piece = longest_piece(pattern)  # without #, and @: a handle is stored without it
    return piece, piece == bare(pattern)


def _weight(choice: Choice) -> tuple[int, bool]:
    """Rank by how seldom it is met: long before short, a sign like & before a letter."""
    return min((len(text), not text.isalnum()) for text, _ in choice)


def _is_short(choice: Choice) -> bool:
    return any(len(text) < _SHORT and text.isascii() for text, _ in choice)


class Index:
    """Queries by the literals they need. Numbers stand for queries, in the order given."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._always: list[int] = []  # these may match without any literal
        self._needs: dict[int, list[frozenset[int]]] = {}
        numbers: dict[Literal, int] = {}
        owners: dict[int, list[int]] = {}
        for query, node in enumerate(nodes):
            first, *others = sorted(required(node), key=_weight, reverse=True) or [frozenset()]
            choices = [first, *(choice for choice in others if not _is_short(choice))]
            needs = [
                frozenset(numbers.setdefault(one, len(numbers)) for one in choice)
                for choice in choices
            ]
            for number in needs[0]:
                owners.setdefault(number, []).append(query)
            self._needs[query] = needs[1:]
            if not first:
                self._always.append(query)
        self._owners = [owners.get(number, []) for number in range(len(numbers))]
        self._whole = [whole for _, whole in numbers]
        self._longest = max((len(text) for text, _ in numbers), default=0)
        self._automaton = AhoCorasick([text for text, _ in numbers], store_patterns=False)

    def candidates(self, haystack: str) -> list[int]:
        """Return the queries that may match a folded text, in order."""
        seen = self._seen(haystack)
        owned = {query for number in seen for query in self._owners[number]}
        found = (
            query
            for query in owned
            if not any(need.isdisjoint(seen) for need in self._needs[query])
        )
        return sorted([*found, *self._always])

    def _seen(self, haystack: str) -> set[int]:
        seen: set[int] = set()
        whole = self._whole
        for number, start, end in self._hits(haystack):
            if number not in seen and not (whole[number] and _inside(haystack, start, end)):
                seen.add(number)
        return seen

    def _hits(self, haystack: str) -> Iterator[tuple[int, int, int]]:
        find = self._automaton.find_matches_as_indexes
        if len(haystack) <= _WINDOW:
            yield from find(haystack, overlapping=True)
            return
        for at in range(0, len(haystack), _WINDOW):
            window = haystack[at : at + _WINDOW + self._longest]
            for number, start, end in find(window, overlapping=True):
                yield number, start + at, end + at


def _inside(text: str, start: int, end: int) -> bool:
    """Tell whether plain letters go on at either side: the literal is part of a longer word."""
    before, after = text[start - 1 : start + 1], text[end - 1 : end + 1]
    return (len(before) == 2 and before.isalnum() and before.isascii()) or (
        len(after) == 2 and after.isalnum() and after.isascii()
    )
