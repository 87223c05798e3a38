"""Finds which brands a post is about.

One automaton holds a literal of every query that cannot match without it; only the queries whose
literal stands in the post are evaluated, so that ten thousand cost little more than ten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ahocorasick_rs import AhoCorasick

from listener.analysis.evaluate import evaluate, spans
from listener.analysis.explain import Explanation, explain
from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Term, bare
from listener.analysis.reading import Reading
from listener.model import Match, Post

__all__ = ["Explanation", "Matcher"]

_WINDOW = 100_000  # characters searched at once: a hostile text cannot fill the memory with hits


class Matcher:
    """Brands and their queries, compiled."""

    def __init__(self, queries: Mapping[str, Node]) -> None:
        self._queries = dict(queries)
        self._brands = tuple(self._queries)
        self._always: list[int] = []  # queries that may match without any literal
        owners: dict[Literal, list[int]] = {}
        for number, node in enumerate(self._queries.values()):
            literals = required(node)
            if literals is None:
                self._always.append(number)
            for one in literals or ():
                owners.setdefault(one, []).append(number)
        self._whole = [whole for _, whole in owners]
        self._owners = list(owners.values())
        self._longest = max((len(text) for text, _ in owners), default=0)
        self._automaton = AhoCorasick([text for text, _ in owners], store_patterns=False)

    def match(
        self, post: Post, *, source: str = "", source_kind: str = "", language: str | None = None
    ) -> tuple[Match, ...]:
        """Return the brands that a post is about, in the order of the queries.

        source       the name of the source it came from, for `source:`
        source_kind  the source's kind, for `kind:` beside the post's own
        language     as identified; the post's declared one, if left out
        """
        reading = Reading(post, source=source, source_kind=source_kind, language=language)
        matches = []
        for number in sorted(self._candidates(reading.haystack)):
            brand = self._brands[number]
            node = self._queries[brand]
            found = evaluate(node, reading)
            if found is not None:
                clause = _cause(node, reading)
                matches.append(Match(brand=brand, spans=spans(found), clause=clause))
        return tuple(matches)

    def explain(
        self,
        brand: str,
        post: Post,
        *,
        source: str = "",
        source_kind: str = "",
        language: str | None = None,
    ) -> Explanation:
        """Tell clause by clause why a post is about a brand, or why not."""
        reading = Reading(post, source=source, source_kind=source_kind, language=language)
        return explain(self._queries[brand], reading)

    def _candidates(self, haystack: str) -> set[int]:
        candidates = set(self._always)
        seen: set[int] = set()
        for number, start, end in self._hits(haystack):
            if number in seen or (self._whole[number] and _inside_word(haystack, start, end)):
                continue
            seen.add(number)
            candidates.update(self._owners[number])
        return candidates

    def _hits(self, haystack: str) -> Iterator[tuple[int, int, int]]:
        find = self._automaton.find_matches_as_indexes
        if len(haystack) <= _WINDOW:
            yield from find(haystack, overlapping=True)
            return
        for at in range(0, len(haystack), _WINDOW):
            window = haystack[at : at + _WINDOW + self._longest]
            for number, start, end in find(window, overlapping=True):
                yield number, start + at, end + at


Literal = tuple[str, bool]  # folded; True: as a whole word


def required(node: Node) -> Collection[Literal] | None:
    """Return literals of which every post that matches has at least one; None: there are none."""
    match node:
        case Term():
            return [max((_literal(pattern.text) for pattern in node.patterns), key=_weight)]
        case Near():
            return _best([required(node.left), required(node.right)])
        case And():
            return _best([required(child) for child in node.children])
        case Or():
            found = [required(child) for child in node.children]
            if any(literals is None for literals in found):
                return None
            return list(dict.fromkeys(one for literals in found for one in literals or ()))
        case Not() | Field():
            return None


def _literal(pattern: str) -> Literal:
    pieces = bare(pattern).replace("?", "*").split("*")  # a handle is stored without its @
    return max(pieces, key=len), len(pieces) == 1


def _weight(one: Literal) -> tuple[int, bool]:
    """Rank by rarity: long before short, a sign like & before a letter."""
    return len(one[0]), not one[0].isalnum()


def _best(choices: list[Collection[Literal] | None]) -> Collection[Literal] | None:
    known = [literals for literals in choices if literals]
    return max(known, key=lambda literals: min(map(_weight, literals)), default=None)


def _inside_word(text: str, start: int, end: int) -> bool:
    """Tell whether plain letters go on at either side: the literal is a part of a longer word."""
    return (start > 0 and _joins(text[start - 1], text[start])) or (
        end < len(text) and _joins(text[end - 1], text[end])
    )


def _joins(one: str, other: str) -> bool:
    return one.isascii() and other.isascii() and one.isalnum() and other.isalnum()


def _cause(node: Node, reading: Reading) -> str:
    """Return the clause that made it match: of alternatives the first that does."""
    if isinstance(node, Or):
        for child in node.children:
            if evaluate(child, reading) is not None:
                return _cause(child, reading)
    return node.clause
