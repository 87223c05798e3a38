"""The parts of a parsed query; each knows its clause, as the person wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from re import Pattern as Regex
from re import compile as compile_regex
from typing import Literal

Scope = Literal["any", "title", "text", "author"]
Fact = Literal["site", "url", "lang", "source", "kind"]


@lru_cache(maxsize=65536)
def wildcard(text: str) -> Regex[str]:
    """Return what `*` (any letters) and `?` (one) stand for. Takes linear time on hostile words."""
    return compile_regex(translate(text.replace("[", "[[]")))  # a bracket is only a bracket


@lru_cache(maxsize=65536)
def longest_piece(pattern: str) -> str:
    """Return the longest run of letters that every word fitting a pattern holds."""
    return max(bare(pattern).replace("?", "*").split("*"), key=len)


def bare(word: str) -> str:
    """Return a word without its # or @; the sign itself stays."""
    return word[1:] if len(word) > 1 and word[0] in "#@" else word


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One word of a term.

    text   folded, with its # or @ if it has one; may hold * and ?
    exact  as written, when case and accents count
    """

    text: str
    exact: str | None = None

    @property
    def wild(self) -> bool:
        return "*" in self.text or "?" in self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or a phrase: its patterns must follow one another, in one passage of the scope."""

    clause: str
    patterns: tuple[Pattern, ...]
    scope: Scope = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Two terms (or one of several) with at most `within` words between them."""

    clause: str
    left: Term | Or
    right: Term | Or
    within: int
    ordered: bool

    @property
    def scope(self) -> Scope:
        return next(scope for scope in scopes(self.left) if scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A fact about the post that is not in its words; `value` is folded."""

    clause: str
    field: Fact
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    clause: str
    child: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """grouped: written in parentheses, so that its reach is meant."""

    clause: str
    children: tuple[Node, ...]
    grouped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    clause: str
    children: tuple[Node, ...]


Node = Term | Near | Field | Not | And | Or


def scopes(node: Node) -> Iterator[Scope | None]:
    """Yield the scope of every term of alternatives; None for what is no term."""
    match node:
        case Or():
            for child in node.children:
                yield from scopes(child)
        case Term():
            yield node.scope
        case _:
            yield None
