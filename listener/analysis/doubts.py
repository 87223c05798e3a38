"""Names what is probably a mistake in a query that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Term
from listener.model import PostKind

_MEANT = {
    "and": "AND", "et": "AND", "or": "OR", "ou": "OR", "not": "NOT", "sauf": "NOT",
}  # fmt: skip
_LANGUAGES = {
    "french": "fr", "francais": "fr", "english": "en", "anglais": "en", "german": "de",
    "allemand": "de", "spanish": "es", "espagnol": "es", "italian": "it", "italien": "it",
}  # fmt: skip


def warnings(node: Node) -> tuple[str, ...]:
    """Return a sentence for each thing that is probably not meant."""
    return tuple(dict.fromkeys(_doubts(node)))


def _doubts(node: Node) -> Iterator[str]:
    match node:
        case Term():
            yield from _term(node)
        case Field():
            yield from _field(node)
        case Near():
            yield from _doubts(node.left)
            yield from _doubts(node.right)
        case Not():
            yield from _doubts(node.child)
        case And():
            yield from _lower_case(node)
            yield from _never(node)
        case Or():
            yield from _reach(node)
            yield from _twice(node)
    if isinstance(node, And | Or):
        for child in node.children:
            yield from _doubts(child)


def _term(node: Term) -> Iterator[str]:
    if len(node.patterns) > 1:
        return
    text = node.patterns[0].text
    letters = text.strip("#@").replace("*", "").replace("?", "")
    if len(letters) == 1 and letters.isascii() and letters.isalnum():
        yield f"{node.clause} is one letter: it will be found in almost everything"
    elif len(letters) < 3 and "*" in text:
        yield f"{node.clause} leaves almost every word open: write at least three letters"


def _field(node: Field) -> Iterator[str]:
    match node.field:
        case "lang" if node.value in _LANGUAGES:
            yield f"{node.clause} never matches: write lang:{_LANGUAGES[node.value]}"
        case "lang" if not 2 <= len(node.value.split("-")[0]) <= 3:
            yield f"{node.clause} never matches: a language has two letters, like lang:fr"
        case "site" if "." not in node.value and len(node.value) > 3:
            yield f"{node.clause} has no ending: write it like site:{node.value}.fr"
        case "kind" if node.value not in list(PostKind):
            if close := get_close_matches(node.value, list(PostKind), 1, 0.75):
                yield f"{node.clause}: did you mean kind:{close[0]}?"


def _lower_case(node: And) -> Iterator[str]:
    for child in node.children:
        word = child.clause
        if isinstance(child, Term) and (word in _MEANT or word.lstrip("o").startswith("near/")):
            meant = _MEANT.get(word, word.upper())
            yield f'{word} is searched as a word: write {meant}, or "{word}" if that is meant'


def _never(node: And) -> Iterator[str]:
    """Look for clauses that exclude one another."""
    excluded = {
        _key(child.child): child.clause for child in node.children if isinstance(child, Not)
    }
    for child in node.children:
        if _key(child) in excluded:
            yield f"{child.clause} with {excluded[_key(child)]} never matches"
    fields = [child for child in node.children if isinstance(child, Field)]
    for number, one in enumerate(fields):
        for other in fields[number + 1 :]:
            if one.field == other.field and _exclude(one, other):
                yield f"{one.clause} with {other.clause} never matches: join them with OR"


def _exclude(one: Field, other: Field) -> bool:
    a, b = one.value, other.value
    match one.field:
        case "site":
            return not (f".{a}".endswith(f".{b}") or f".{b}".endswith(f".{a}"))
        case "lang":
            return a.split("-")[0] != b.split("-")[0]
        case "source":
            return a != b and "*" not in a + b
        case "kind":
            return a != b and a in list(PostKind) and b in list(PostKind)
    return False


def _reach(node: Or) -> Iterator[str]:
    """A NOT after an OR binds to the last alternative only; few people mean that."""
    for child in node.children:
        if not isinstance(child, And) or child.grouped:
            continue
        excluded = [part.clause for part in child.children if isinstance(part, Not)]
        if excluded:
            wanted = [_said(part) for part in child.children if not isinstance(part, Not)]
            kept = " ".join(wanted)
            others = " OR ".join(kept if one is child else one.clause for one in node.children)
            reach = " ".join(excluded)
            yield (
                f"{reach} holds only for {kept}: "
                f"if it is meant for all, write ({others}) {reach}; "
                f"if not, write ({child.clause})"
            )


def _said(node: Node) -> str:
    return f"({node.clause})" if isinstance(node, Or) else node.clause


def _twice(node: Or) -> Iterator[str]:
    seen: dict[object, str] = {}
    for child in node.children:
        key = _key(child)
        if key in seen and isinstance(child, Term | Field):
            yield f"{child.clause} says the same as {seen[key]}: one is enough"
        seen.setdefault(key, child.clause)


def _key(node: Node) -> object:
    """Return what two clauses share that say the same."""
    match node:
        case Term():
            return (node.scope, *node.patterns)
        case Field():
            return (node.field, node.value)
    return node
