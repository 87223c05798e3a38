"""Reads a query into nodes; query.lark is the grammar, docs/queries.md tells it to people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import get_args

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from listener.analysis.doubts import warnings
from listener.analysis.folding import fold, literal
from listener.analysis.mistakes import QueryError, check_brackets, syntax_error
from listener.analysis.nodes import (
    And,
    Fact,
    Field,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Scope,
    Term,
    bare,
    scopes,
)
from listener.analysis.sites import domain
from listener.analysis.text import PATTERN

__all__ = ["Node", "QueryError", "parse", "warnings"]

LONGEST = 100_000  # characters
DEEPEST = 50  # parentheses: evaluating recurses
FARTHEST = 100  # words of NEAR
Place = Scope | Fact
_PLACES: dict[str, Place] = {
    name: name for name in (*get_args(Scope), *get_args(Fact)) if name != "any"
}
_FIELDS = (*_PLACES, "list")
# What other tools call our fields.
_ALIASES = {
    "intitle": "title", "inurl": "url", "language": "lang", "domain": "site", "from": "author",
    "type": "kind", "message": "text",
}  # fmt: skip
_LARK = Lark.open(
    "query.lark", rel_to=__file__, parser="lalr", lexer="basic", propagate_positions=True
)


def parse(query: str, lists: Mapping[str, Sequence[str]] = {}) -> Node:
    """Read a query; `lists` are the named lists it may use.

    Raises QueryError with the query, a caret below the mistake and how to mend it.
    """
    if len(query) > LONGEST:
        raise QueryError(query, LONGEST, f"longer than {LONGEST:,} characters: use a named list")
    try:
        tokens = list(_LARK.lex(query))
    except UnexpectedInput as exc:
        raise syntax_error(query, exc) from exc
    if not tokens:
        raise QueryError(query, 0, "the query is empty: write at least one word")
    check_brackets(query, tokens, DEEPEST)
    try:
        tree = _LARK.parse(query)
    except UnexpectedInput as exc:
        raise syntax_error(query, exc, tokens) from exc
    if (negative := _only_not(tree)) is not None:
        sentence = "NOT alone would find everything else: say first what to look for"
        raise QueryError(query, negative.meta.start_pos, sentence)
    return _Builder(query, lists).build(tree)


def _only_not(tree: Tree[Token]) -> Tree[Token] | None:
    """Return the part that only excludes, if that makes the whole match almost everything."""
    children = [child for child in tree.children if isinstance(child, Tree)]
    match tree.data:
        case "none":
            return tree
        case "all":
            found = [_only_not(child) for child in children]
            return found[0] if all(found) else None
        case "any" | "group" | "field":
            return next((bad for child in children if (bad := _only_not(child))), None)
    return None


@dataclass(frozen=True, slots=True)
class _Builder:
    query: str
    lists: Mapping[str, Sequence[str]]

    def build(self, tree: Tree[Token], field: Place = "any") -> Node:
        """Return the node of a tree; `field` is the one that encloses it."""
        match tree.data:
            case "term":
                return self._term(_token(tree), field)
            case "field":
                return self._field(tree, field)
            case "near":
                return self._near(tree, field)
            case "none":
                return Not(clause=self._clause(tree), child=self.build(_branch(tree), field))
            case "group":
                node = self.build(_branch(tree), field)
                return replace(node, grouped=True) if isinstance(node, And) else node
        children = tuple(self.build(child, field) for child in _branches(tree))
        kind = Or if tree.data == "any" else And
        return kind(clause=self._clause(tree), children=children)

    def _clause(self, tree: Tree[Token]) -> str:
        return " ".join(self.query[tree.meta.start_pos : tree.meta.end_pos].split())

    def _error(self, token: Token | Tree[Token], sentence: str) -> QueryError:
        place = token.start_pos if isinstance(token, Token) else token.meta.start_pos
        return QueryError(self.query, place or 0, sentence)

    def _field(self, tree: Tree[Token], outer: str) -> Node:
        token = _token(tree)
        name = token.rstrip().removesuffix(":").lower()
        if name not in _PLACES:
            raise self._error(token, _unknown_field(name))
        if outer != "any":
            raise self._error(token, f"{name}: inside {outer}: put it beside it, joined with AND")
        node = self.build(_branch(tree), _PLACES[name])
        return replace(node, clause=self._clause(tree))

    def _near(self, tree: Tree[Token], field: Place) -> Near:
        token = _token(tree)
        distance = re.sub(r"\D", "", token)
        if len(distance) > 3 or int(distance) > FARTHEST:
            raise self._error(token, f"NEAR reaches {FARTHEST} words at most; or use AND")
        left, right = (self._operand(child, field) for child in _branches(tree))
        return Near(
            clause=self._clause(tree),
            left=left,
            right=right,
            within=int(distance),
            ordered=token.startswith("O") or token.endswith("f"),
        )

    def _operand(self, tree: Tree[Token], field: Place) -> Term | Or:
        node = self.build(tree, field)
        if isinstance(node, Term | Or) and all(scope == field for scope in scopes(node)):
            return node
        sentence = "NEAR joins words, phrases and (a OR b); fields go around: title:(a NEAR/5 b)"
        raise self._error(tree, sentence)

    def _term(self, token: Token, field: Place) -> Node:
        match token.type:
            case "LIST":
                return self._list(token, field)
            case "WORD":
                if field not in ("site", "url") and (hint := _not_a_word(token)):
                    raise self._error(token, hint)
                return self._leaf(token, token, token, field)
        return self._leaf(token[1:-1], token, token, field)

    def _list(self, token: Token, field: Place) -> Or:
        name = token.partition(":")[2].strip().strip('"')
        if name not in self.lists:
            close = get_close_matches(name, self.lists, 1)
            hint = f'did you mean "{close[0]}"?' if close else "write it under [lists]"
            raise self._error(token, f'there is no list "{name}": {hint}')
        if not self.lists[name]:
            raise self._error(token, f'the list "{name}" is empty: put at least one entry in it')
        entries = (entry.strip() for entry in self.lists[name])
        leaves = tuple(self._leaf(entry.strip("{}"), entry, token, field) for entry in entries)
        return Or(clause=str(token), children=leaves)

    def _leaf(self, content: str, clause: str, token: Token, field: Place) -> Node:
        match field:
            case "any" | "title" | "text" | "author":
                return self._words(content, str(clause), token, field)
            case "site":
                value = domain(content)
            case _:
                value = fold(content).text.strip()
        if not value:
            raise self._error(token, _no_value(field, content))
        return Field(clause=str(clause), field=field, value=value)

    def _words(self, content: str, clause: str, token: Token, scope: Scope) -> Term:
        if scope == "author" and content.startswith("@"):  # a handle is compared whole
            patterns = [Pattern(text="@" + fold(content[1:]).text)]
        else:
            patterns = list(_patterns(content, exact=clause.startswith("{")))
        if not any(pattern.text.strip("#@*?") for pattern in patterns):
            raise self._error(token, f"nothing to search for in {clause}: it has no word")
        if not all(bare(pattern.text).strip("*?") for pattern in patterns):
            raise self._error(token, "a * stands for letters of a word; between words, use NEAR/5")
        return Term(clause=clause, patterns=tuple(patterns), scope=scope)


def _patterns(content: str, *, exact: bool) -> Iterator[Pattern]:
    folded = fold(content)
    for found in PATTERN.finditer(folded.text):
        around = folded.text[max(0, found.start() - 1) : found.end() + 1]
        if not found.group().strip("*") and len(around.strip()) > len(found.group()):
            continue  # "任天*": where words have no end, whatever follows is found anyway
        start, end = folded.span(*found.span())
        yield Pattern(text=found.group(), exact=literal(content[start:end]) if exact else None)


def _not_a_word(word: str) -> str | None:
    """Return how to mend what is meant as something else."""
    if re.fullmatch(r"O?NEAR(/.*)?", word):
        return f"{word} needs a distance in words: write NEAR/5"
    if re.fullmatch(r"~\d+", word):
        return f"write the distance between the words: one NEAR/{word[1:]} other"
    if "://" in word:
        return "an address is looked for with url: or site:, like site:example.org"
    return None


def _unknown_field(name: str) -> str:
    close = [_ALIASES[name]] if name in _ALIASES else get_close_matches(name, _FIELDS, 1)
    fields = ", ".join(f"{field}:" for field in _FIELDS)
    hint = f"did you mean {close[0]}:?" if close else f"the fields are {fields}"
    return f'there is no field {name}: {hint} If it is no field, put it in "quotes"'


def _no_value(field: str, content: str) -> str:
    if field == "site":
        return f'"{content}" is no domain: write site:example.org; for a page use url:'
    return f'{field}: needs a value; "{content}" has none'


def _branches(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _branch(tree: Tree[Token]) -> Tree[Token]:
    return _branches(tree)[0]


def _token(tree: Tree[Token]) -> Token:
    return next(child for child in tree.children if isinstance(child, Token))
