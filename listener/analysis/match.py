"""Finds which brands a post is about, where it says so, and why."""

from __future__ import annotations

from collections.abc import Mapping

from listener.analysis.evaluate import evaluate, spans
from listener.analysis.explain import Explanation, explain
from listener.analysis.literals import Index
from listener.analysis.nodes import And, Node, Not, Or
from listener.analysis.reading import Reading
from listener.model import Match, Post

__all__ = ["Explanation", "Matcher"]


class Matcher:
    """Brands and their queries, compiled."""

    def __init__(self, queries: Mapping[str, Node]) -> None:
        self._queries = dict(queries)
        self._in_order = tuple(self._queries.items())
        self._index = Index(tuple(self._queries.values()))

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
        for number in self._index.candidates(reading.haystack):
            brand, node = self._in_order[number]
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


def _cause(node: Node, reading: Reading) -> str:
    """Return the clause that made it match: of alternatives the first; nothing that it excludes."""
    if isinstance(node, Or):
        for child in node.children:
            if evaluate(child, reading) is not None:
                return _cause(child, reading)
    if isinstance(node, And):
        wanted = [child for child in node.children if not isinstance(child, Not)]
        if len(wanted) < len(node.children):
            return " AND ".join(_cause(child, reading) for child in wanted)
    return node.clause
