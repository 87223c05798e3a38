"""Cuts a text into the words and signs that its tone is read from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from listener.analysis import emoticons
from listener.analysis.roles import Lexicon, Role, plain

LONGEST = 10_000  # characters that are read,
MOST = 1_500  # words of them,
LETTERS = 60  # letters of a word that nobody knows,
PIECES = 10  # and parts of a word with apostrophes
PAUSE, STOP = 2.0, 8.0  # words that a comma and the end of a sentence count for in a distance

Range = tuple[int, int]

# Linear on anything: every repetition is possessive or bounded.
_LETTERS = r"[^\W_]++(?:[\u0300-\u036f]++[^\W_]*+)*+"
_TOKEN = re.compile(
    rf"(?P<word>{_LETTERS}(?:['’]{_LETTERS})*+)"
    r"|(?! )(?:(?P<handle>@\w++)"
    rf"|(?P<sign>{emoticons.SIGN})"
    r"|(?P<stop>[.!?…\n]++)"
    r"|(?P<comma>[,;:()\[\]«»\"“”|–—]|(?<=\s)-(?=\s)))"
)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S{1,2000}")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)  # of a name: "Yahoo!'s" as "Acme's"
_HELD = re.compile(r"([^\W\d])\1{2,}")


class Token(NamedTuple):
    """A word or sign; `place` counts words and pauses from the beginning."""

    form: str  # lower case; empty for a name that is passed over
    plain: str  # without accents
    role: Role | None
    start: int
    end: int
    place: float
    clause: int
    sentence: int
    capitals: bool
    held: bool  # letters held down: "geniaaal"


class Tokens(NamedTuple):
    tokens: Sequence[Token]
    exclamations: int


def tokens(text: str, lexicon: Lexicon, names: Sequence[Range] = ()) -> Tokens:
    """Cut a text's first LONGEST characters into at most MOST words and signs.

    names  ranges in order that do not overlap: each is one word of which nothing is read
    """
    text = text[:LONGEST]
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(lambda found: "@" + "x" * (len(found[0]) - 1), text)
    return _Cutter(lexicon, names, _HELD.search(text) is not None).cut(text)


def shouted(found: Sequence[Token]) -> bool:
    """Tell whether some words are in capitals and others are not."""
    capitals = sum(token.capitals for token in found)
    return 0 < capitals < len(found)


class _Cutter:
    """Walks along a text; knows in which clause and sentence it is."""

    def __init__(self, lexicon: Lexicon, names: Sequence[Range], held: bool) -> None:
        self._lexicon, self._names, self._held = lexicon, names, held
        self._tokens: list[Token] = []
        self._place, self._clause, self._sentence = 0.0, 0, 0
        self._named = 0  # names that were passed

    def cut(self, text: str) -> Tokens:
        exclamations = 0
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup
            start, end = match.span()
            if self._names and self._passes(match):
                start = self._names[self._named - 1][1]
                if kind != "stop" or start >= end:
                    continue  # else marks follow a name that ends with one: "Yahoo!!"
            if kind == "word":
                self._word(match.group(), start)
            elif kind == "sign":
                self._add(match.group(), emoticons.role(match.group()), start, end)
            elif kind == "handle":
                self._place += 1.0
            else:
                self._pause(sentence=kind == "stop")
                exclamations += text.count("!", start, end)
            if len(self._tokens) >= MOST:
                break
        return Tokens(self._tokens, exclamations)

    def _passes(self, match: re.Match[str]) -> bool:
        """Put a name into the list when the walk comes to it; tell whether this is part of it."""
        start, end = match.span()
        while self._named < len(self._names) and self._names[self._named][0] < end:
            name, _ = self._names[self._named]
            if self._lexicon.elides and start < name and match[0][name - start - 1] in "'’":
                self._word(match[0][: name - start - 1], start)  # the "qu" of "qu'Acme"
                start = name
            self._add("", None, *self._names[self._named])
            self._named += 1
        if not self._named:
            return False
        ended = self._names[self._named - 1][1]
        return start < ended or _POSSESSIVE.match(match.string, ended, end) is not None

    def _word(self, word: str, start: int) -> None:
        form = word.lower()
        if form.isalnum():
            self._known(form, word, start)
            return
        form = form.replace("’", "'")
        if "'" not in form:
            self._known(form, word, start)
        elif not self._lexicon.elides:
            self._known(form.removesuffix("'s"), word, start)
        else:
            for piece in islice(re.finditer(r"[^'’]+", word), PIECES):
                self._known(piece.group().lower(), piece.group(), start + piece.start())

    def _known(self, form: str, word: str, start: int) -> None:
        role, held = self._lexicon.role(form), False
        if role is None and self._held and _HELD.search(form):
            form, role = self._let_go(form[:LETTERS])
            held = role is not None
        capitals = len(word) > 1 and word.isupper()
        token = Token(
            form,
            form if form.isascii() else plain(form),
            role,
            start,
            start + len(word),
            self._place,
            self._clause,
            self._sentence,
            capitals,
            held,
        )
        self._tokens.append(token)
        self._place += 1.0

    def _let_go(self, form: str) -> tuple[str, Role | None]:
        """Return a word whose letters were held down as it is spelled, if it is one we know."""
        for letters in (r"\1\1", r"\1"):
            short = _HELD.sub(letters, form)
            if role := self._lexicon.role(short):
                return short, role
        return form, None

    def _add(self, form: str, role: Role | None, start: int, end: int) -> None:
        """Take in a sign, or a name without a form."""
        place, clause, sentence = self._place, self._clause, self._sentence
        token = Token(form, plain(form), role, start, end, place, clause, sentence, False, False)
        self._tokens.append(token)
        self._place += 1.0

    def _pause(self, sentence: bool) -> None:
        self._clause += 1
        self._sentence += sentence
        self._place += STOP if sentence else PAUSE
