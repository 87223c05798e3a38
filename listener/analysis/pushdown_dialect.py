"""What a platform's search understands, and how the words of a query are written for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from listener.analysis.folding import fold, literal
from listener.analysis.nodes import Term, bare
from listener.analysis.text import PATTERN

_SHORTEST_PREFIX = 3  # letters; a shorter one asks for almost everything
_SCOPE = re.compile(r"\s*(?:title|text):\s*", re.IGNORECASE)
# What joins two words into one for many a platform; anything else in between is a space to all.
_GLUE = ("", "'", "-", "/", ",")
_OPERATORS = ("AND", "OR", "NOT", "NEAR", "TO")


def quoted(words: str) -> str:
    """Write words that must follow one another the way most platforms know it."""
    return f'"{words}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a platform's search understands.

    Writers get plain words, never a quotation mark, a parenthesis, a star or a backslash.

    phrase   writes words that follow one another
    word     writes a single plain word; as a phrase, if None
    signed   writes a word with its # or @; without the sign, if None
    prefix   writes the beginning of a word; such words are not asked for, if None
    either   joins alternatives; a search for each, if None
    both     joins what must all be there; only the most telling of it is asked, if None
    group    around alternatives, also when they are the whole search: whoever adds a filter can
    nested   what must all be there may stand among alternatives: `("a" OR ("b" "c"))`
    without  before a term that must not be there; not asked, if None
    longest  characters of one search
    terms    words and phrases in one search (n of them need n - 1 operators); None: any number
    folds    accents make no difference to it; if False, both spellings are asked
    """

    phrase: Callable[[str], str] = quoted
    word: Callable[[str], str] | None = None
    signed: Callable[[str], str] | None = None
    prefix: Callable[[str], str] | None = None
    either: str | None = " OR "
    both: str | None = " "
    group: tuple[str, str] = ("(", ")")
    nested: bool = True
    without: str | None = None
    longest: int = 256
    terms: int | None = None
    folds: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing a platform is asked for: equal to another if it finds the same."""

    kind: Literal["words", "signed", "prefix"]
    text: str  # as compared
    written: str = field(default="", compare=False)

    def wider(self) -> Iterator[Asked]:
        """Yield everything that finds whatever this finds; itself too.

        A word glued to another ("acme.fr", "l'oréal") is one word to many platforms: "acme" does
        not find it there.
        """
        yield self
        tokens = self.text.lstrip("#@").split() if self.kind == "signed" else self.text.split()
        if self.kind != "prefix":
            for start in range(len(tokens)):
                for end in range(start + 1, len(tokens) + 1):
                    yield Asked("words", " ".join(tokens[start:end]))
        for token in tokens:
            for length in range(_SHORTEST_PREFIX, len(token) + 1):
                yield Asked("prefix", token[:length])


Choice = tuple[Asked, ...]  # one of these must be there


def choices(term: Term, dialect: Dialect) -> tuple[Choice, ...]:
    """Return what every post that holds a term in its words is found by; () if it is by nothing.

    A wildcard cuts a phrase into what can be asked of it.
    """
    return tuple(choice for piece in _pieces(term) if (choice := _choice(*piece, dialect)))


def _pieces(term: Term) -> Iterator[tuple[bool, str]]:
    """Yield the stretches of a term without wildcard, and the beginnings of words with one."""
    run = ""
    for (gap, written), pattern in zip(_spelled(term), term.patterns, strict=True):
        if not pattern.wild:
            run += gap + (written if len(term.patterns) == 1 else bare(written))
            continue
        yield False, run.strip()
        run = ""
        yield True, re.split(r"[*?]", bare(written))[0]
    yield False, run.strip()


def _spelled(term: Term) -> Iterator[tuple[str, str]]:
    """Yield what stands before each word, and the word as the person wrote it."""
    content = term.clause if term.scope == "any" else _SCOPE.sub("", term.clause, count=1)
    folded = fold(content)
    found = [match for match in PATTERN.finditer(folded.text) if match.group().strip("*")]
    if [match.group() for match in found] != [pattern.text for pattern in term.patterns]:
        yield from ((" ", pattern.text) for pattern in term.patterns)
        return
    end: int | None = None
    for match in found:
        gap = " " if end is None else folded.text[end : match.start()]
        end = match.end()
        start, stop = folded.span(*match.span())
        written = literal(content[start:stop])
        same = fold(written).text == match.group() and any(map(str.isalnum, written))
        yield gap if gap in _GLUE else " ", written if same else match.group()


def _choice(beginning: bool, text: str, dialect: Dialect) -> Choice:
    """Return the spellings to ask for; none, if the platform knows no way to ask."""
    if beginning and (dialect.prefix is None or len(fold(text).text) < _SHORTEST_PREFIX):
        return ()
    if not any(map(str.isalnum, text)):
        return ()  # an emoji or a sign alone: most platforms do not index them
    spellings = (text,) if dialect.folds else (text, fold(text).text)
    asked = tuple(dict.fromkeys(_asked(beginning, spelling, dialect) for spelling in spellings))
    return asked if all(len(one.written) <= dialect.longest for one in asked) else ()


def _asked(beginning: bool, text: str, dialect: Dialect) -> Asked:
    def compared(words: str) -> str:
        return (fold(words).text if dialect.folds else words.casefold()).replace("-", " ")

    if beginning and dialect.prefix is not None:
        return Asked("prefix", compared(text), dialect.prefix(text))
    if bare(text) != text and dialect.signed is not None:
        return Asked("signed", compared(text), dialect.signed(text))
    text = bare(text)
    plain = text.isalnum() and text.upper() not in _OPERATORS
    write = dialect.word if plain and dialect.word is not None else dialect.phrase
    return Asked("words", compared(text), write(text))
