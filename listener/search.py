"""Searches the archive with a query: candidates by full-text index, then each read exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from listener.analysis.match import Matcher
from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Pattern, Term, bare
from listener.analysis.text import TOKEN
from listener.model import Span
from listener.store import Store
from listener.store.search import Kept, Order

PAGE = 200  # posts read at once
DEEPEST = 40  # levels of a query that the index is asked: SQLite's parser takes few more
SHORTEST = 2  # letters before a * that are worth looking up

_COLUMNS = {"any": "{title text}", "title": "title", "text": "text", "author": "author"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A post that fits, and where; no spans when only facts or its author do."""

    kept: Kept
    spans: tuple[Span, ...]


def search(
    store: Store,
    node: Node,
    *,
    order: Order = "newest",
    since: datetime | None = None,
    until: datetime | None = None,
    brand: str | None = None,
) -> Iterator[Hit]:
    """Yield the posts that fit, in order: read as they are asked for, so that ten cost little."""
    matcher = Matcher({"": node})
    ids = store.search.ids(expression(node), order=order, since=since, until=until, brand=brand)
    for start in range(0, len(ids), PAGE):
        for kept in store.search.posts(ids[start : start + PAGE]):
            found = matcher.match(
                kept.post,
                source=kept.source,
                source_kind=kept.source_kind,
                language=kept.language,
            )
            if found:
                yield Hit(kept=kept, spans=found[0].spans)


def expression(node: Node, depth: int = DEEPEST) -> str | None:
    """Return what the index is asked, in FTS5's language: it finds all that fit, and some more.

    None when the words of the query do not narrow it down: every post has to be read.
    """
    if depth == 0:
        return None
    match node:
        case Term():
            return _term(node)
        case Near():
            return _all((node.left, node.right), depth)
        case And():
            return _all(node.children, depth)
        case Or():
            found = [expression(child, depth - 1) for child in node.children]
            known = [one for one in found if one is not None]
            return f"({' OR '.join(known)})" if len(known) == len(found) else None
        case Not() | Field():
            return None


def _all(nodes: Iterable[Node], depth: int) -> str | None:
    found = [one for node in nodes if (one := expression(node, depth - 1)) is not None]
    return f"({' AND '.join(found)})" if found else None


def _term(term: Term) -> str | None:
    """A phrase, when all its words are whole; else its words, anywhere in the scope."""
    split = _of_handle if term.scope == "author" else _of_word
    if any(pattern.wild for pattern in term.patterns):
        parts = [part for pattern in term.patterns if (part := _beginning(pattern, split))]
    else:
        parts = [_phrase(word for pattern in term.patterns for word in split(pattern.text))]
    return f"{_COLUMNS[term.scope]} : ({' AND '.join(parts)})" if parts else None


def _beginning(pattern: Pattern, split: Callable[[str], list[str]]) -> str | None:
    """What stands before the first * or ?, as the beginning of a word."""
    *whole, last = split(re.split(r"[*?]", pattern.text)[0]) or [""]
    if not pattern.wild:
        return _phrase([*whole, last])
    if len(last) >= SHORTEST:
        return f"{_phrase([*whole, last])} *"
    return _phrase(whole) if whole else None


def _of_word(text: str) -> list[str]:
    return [bare(text)]


def _of_handle(text: str) -> list[str]:
    """A handle is one word to a query, and several to the index: @jean-paul@m.example."""
    return [bare(word) for word in TOKEN.findall(bare(text))] if text[:1] == "@" else [bare(text)]


def _phrase(words: Iterable[str]) -> str:
    return '"{}"'.format(" ".join(words).replace('"', '""'))
