"""Says where a query is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from listener.errors import ListenerError

_BEFORE, _AFTER = 50, 30  # characters of a long query shown around the mistake
_OPERATORS = {"_AND": "AND", "_OR": "OR", "_NOT": "NOT", "NEAR": "NEAR"}


class QueryError(ListenerError):
    """A query that cannot be read. `position`: offset of the mistake in it.

    Its message is a sentence that says how to mend it, the query, and a caret below the place.
    """

    def __init__(self, query: str, position: int, sentence: str) -> None:
        self.position = position
        excerpt = f"\n{_excerpt(query, position)}" if query.strip() else ""
        super().__init__(sentence + excerpt)


def _excerpt(query: str, position: int) -> str:
    start = max(query.rfind("\n", 0, position) + 1, position - _BEFORE)
    before = _printable(query[start:position]).lstrip()
    rest = query[position : position + _AFTER].partition("\n")[0]
    left = "… " if query[:start].strip() else ""
    right = " …" if query[position + len(rest) :].strip() else ""
    caret = " " * _columns(left + before) + "^"
    return f"    {left}{before}{_printable(rest)}{right}\n    {caret}"


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _columns(text: str) -> int:
    return sum(
        0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text
    )


def check_brackets(query: str, tokens: Sequence[Token], deepest: int) -> None:
    """Raise QueryError for parentheses that do not pair up, hold nothing, or nest too deeply."""
    opened: list[Token] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "LPAR":
            opened.append(token)
            if len(opened) > deepest:
                sentence = f"more than {deepest} parentheses inside one another: say it more simply"
                raise QueryError(query, _at(token), sentence)
        elif token.type == "RPAR":
            if not opened:
                sentence = 'this ")" closes nothing: remove it, or add "(" where it should begin'
                raise QueryError(query, _at(token), sentence)
            if before is opened.pop():
                sentence = "nothing between the parentheses: put words there or remove them"
                raise QueryError(query, _at(token), sentence)
    if opened:
        sentence = 'this "(" is never closed: add ")" where it should end'
        raise QueryError(query, _at(opened[-1]), sentence)


def syntax_error(query: str, error: UnexpectedInput, tokens: Sequence[Token] = ()) -> QueryError:
    """Translate what the parser found."""
    if isinstance(error, UnexpectedCharacters):
        position = error.pos_in_stream or 0
        return QueryError(query, position, _stray(query[position]))
    assert isinstance(error, UnexpectedToken)  # the only other one without a lexer of its own
    token = error.token
    if token.type == "$END":
        return QueryError(query, _at(tokens[-1]), _dangling(tokens[-1]))
    number = next(n for n, t in enumerate(tokens) if t.start_pos == token.start_pos)
    before = tokens[number - 1] if number else None
    if before is not None and before.type == "FIELD":
        return QueryError(query, _at(before), _dangling(before))
    return QueryError(query, _at(token), _misplaced(token, before))


def _stray(sign: str) -> str:
    match sign:
        case '"' | "“" | "«":
            return "this quotation is never closed: add the closing quotation mark"
        case "{":
            return 'this "{" is never closed: write {Case Sensitive}'
        case "-":
            return 'a "-" stands before what it excludes, without a space: -word'
        case _:
            return f"{sign} closes nothing: remove it"


def _dangling(token: Token) -> str:
    if token.type == "FIELD":
        name = _shown(token)
        return f"{name} needs a value after it: {name}word or {name}(a OR b)"
    return f"{_shown(token)} needs something after it: add it, or remove {_shown(token)}"


def _misplaced(token: Token, before: Token | None) -> str:
    if before is not None and before.type in _OPERATORS:
        if before.type == token.type == "_NOT":
            return "NOT of NOT: remove both"
        if before.type == "NEAR" and token.type == "_NOT":
            return "NEAR cannot exclude: write (a NEAR/5 b) NOT (c NEAR/5 d)"
        if token.type in _OPERATORS or token.type == "RPAR":
            return f"{_shown(before)} needs something after it, before {_shown(token)}"
    if token.type == "NEAR" and before is not None and before.type != "LPAR":
        return "NEAR joins two: write (a NEAR/5 b) AND (b NEAR/5 c)"
    return f"{_shown(token)} needs something before it: add it, or remove {_shown(token)}"


def _shown(token: Token) -> str:
    return '")"' if token.type == "RPAR" else str(token).strip()


def _at(token: Token) -> int:
    return token.start_pos or 0
