"""Tells clause by clause why a query matches a post, or where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from listener.analysis.evaluate import evaluate, spans
from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Term
from listener.analysis.reading import Reading
from listener.model import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One clause of a query held against one post.

    clause    as the person wrote it
    operator  what joins the children; "term" and "field" have none
    spans     where its words stand; of NOT: none
    actual    what the post has instead, for a field; "" when it is not known
    """

    clause: str
    operator: Literal["and", "or", "not", "near", "term", "field"]
    matched: bool
    spans: tuple[Span, ...] = ()
    actual: str | None = None
    children: tuple[Explanation, ...] = ()


def explain(node: Node, reading: Reading) -> Explanation:
    """Evaluate every clause by itself, also those that no longer matter."""
    found = evaluate(node, reading)
    return Explanation(
        clause=node.clause,
        operator=_OPERATORS[type(node)],
        matched=found is not None,
        spans=spans(found or []),
        actual=", ".join(reading.facts[node.field]) if isinstance(node, Field) else None,
        children=tuple(explain(child, reading) for child in _children(node)),
    )


_OPERATORS: dict[type[Node], Literal["and", "or", "not", "near", "term", "field"]] = {
    And: "and",
    Or: "or",
    Not: "not",
    Near: "near",
    Term: "term",
    Field: "field",
}


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case And() | Or():
            return node.children
        case Not():
            return (node.child,)
        case Near():
            return (node.left, node.right)
    return ()
