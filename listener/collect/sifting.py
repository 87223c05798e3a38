"""What a collector may leave out by itself, before posts are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from listener.analysis.match import Matcher
from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Term
from listener.collect.feed_posts import digest

_LATER = ("lang", "source", "kind")


def sieve(queries: Mapping[str, Node]) -> Matcher:
    """Return what holds posts against queries and lets everything through that may match.

    A collector knows neither what its source is called nor which language will be recognised, and
    may not know yet who wrote: `lang:`, `source:`, `kind:` and `author:` are left to the judge. A
    query of nothing else is taken at its word, or all that is published would come through.
    """
    return Matcher({name: _told(node) or node for name, node in queries.items()})


def fingerprint(queries: Mapping[str, Node]) -> str:
    """Return what tells queries from others: what the others left out was not kept."""
    return digest("\n".join(sorted(map(repr, queries.values()))))


def _told(node: Node) -> Node | None:
    """Return what words and addresses tell of a query; None for what they tell nothing of."""
    match node:
        case Field():
            return None if node.field in _LATER else node
        case Term() | Near():
            return None if node.scope == "author" else node
        case Not():
            return node if _told(node.child) == node.child else None
        case And():
            told = tuple(child for child in map(_told, node.children) if child is not None)
            return replace(node, children=told) if any(map(_finds, told)) else None
        case Or():
            told = tuple(child for child in map(_told, node.children) if child is not None)
            return replace(node, children=told) if len(told) == len(node.children) else None


def _finds(node: Node) -> bool:
    """Tell whether a query says what to look for, and not only what not."""
    match node:
        case Not():
            return False
        case And():
            return any(map(_finds, node.children))
        case Or():
            return all(map(_finds, node.children))
    return True
