"""The words by which two texts about one event know each other: of titles, names, numbers.

A term is a folded word without its ending, so that "recalls" and "recalled" meet, or the kind of
thing that the word speaks of. Words of any text (and days and months, agencies) are left out, and
so are those to `ignore`: the brand, which all its mentions share, and the outlet's own name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from listener.analysis import story_common, story_kinds
from listener.analysis.folding import fold
from listener.analysis.story_numbers import numbers

MOST = 48  # terms of a post; those of the title, names and numbers come first
BROKEN = "=outage"  # the term of a post that says so in common words
_LEAD = 1200  # characters of the text that are read
_LEAD_WORDS = 60  # of these, every word; then only names and numbers
_NAME_WORDS = 120
_TITLE, _NAME, _NUMBER, _PLAIN = 2.0, 2.0, 2.0, 1.0  # weights
_STEM = 6  # letters of a term

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(
    r"(?<![\w.,-])(?: (?:[A-Z]{1,2}[ -]?|[A-Z]{3,5}-?)\d{1,5}[A-Z]? | \d{1,2}[A-Z](?![.€])"
    r" | \d{1,3}x\d{1,3} )(?!\w)",
    re.VERBOSE,
)
_OPENING = re.compile(r"[.!?:\n«\"“][\s«\"“]*\Z")
_ENDING = re.compile(r"(?:ing|ed|es|s|x|e)\Z")
_HASHTAG = re.compile(r"#\w{1,80}")
_INSIDE = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_BETWEEN = re.compile(r"[ -](?:(?:de|du|des|la|le|les|en|sur|sous|of|the|and)[ -])?")
_KINDS = {
    fold(word).text: f"={kind}" for kind, words in story_kinds.lines().items() for word in words
}
_EVENTS = frozenset(f"={kind}" for kind in story_kinds.events())

Sentence = tuple[str, int | None]  # as written, and its key when it is long enough to have one


@dataclass(frozen=True, slots=True)
class Term:
    """What a post says with a term.

    weight  by which a post is found; said: the word as written
    name    whether it is a name; titled: whether the title says it
    home    the key of the sentence, when it stands in that one only
    follows whether it is a further word of a name: "Aubin-du-Couesnon" is one name, not two
    """

    weight: float
    said: str
    name: bool = False
    titled: bool = False
    home: int | None = None
    follows: bool = False


@lru_cache(maxsize=16384)
def term(word: str) -> str | None:
    """Return the term of a word; None when it is a word of any text, or too short to tell."""
    folded = fold(word).text
    if len(folded) < 3 or folded in story_common.WORDS:
        return None
    return _KINDS.get(folded, _stem(folded))


def _stem(folded: str) -> str:
    stem = _ENDING.sub("", folded)
    return (stem if len(stem) >= 4 else folded)[:_STEM]


def of(texts: Iterable[str]) -> frozenset[str]:
    """Return the terms of these texts."""
    return frozenset(filter(None, map(term, _WORD.findall(" ".join(texts)))))


def is_number(term: str) -> bool:
    return term[0].isdigit()


def is_kind(term: str) -> bool:
    return term[0] == "="


def is_event(term: str) -> bool:
    """Tell whether a term is a kind of thing that happens."""
    return term in _EVENTS


def read(
    title: str | None,
    sentences: Sequence[Sentence],
    ignore: Callable[[str, str], bool],
    *,
    broken: bool = False,
) -> dict[str, Term]:
    """Return the terms of a post, the weightiest first; `ignore` is asked for term and word.

    `broken`: it says in common words that something does not work.
    """
    notes = _Notes(ignore)
    title = (title or "")[:300]
    for word in _title(title):
        notes.word(word, _TITLE, titled=True)
    for number in numbers(title):
        notes.add(number, Term(_weight(number), number, titled=True))
    for code in _codes(title):
        notes.add(code, Term(_NAME, code, name=True, titled=True))
    place = 0
    for text, key in _lead(sentences):
        for code in _codes(text):
            notes.add(code, Term(_NAME, code, name=True, home=key))
        for word in _words(text):
            if word.name and place < _NAME_WORDS:
                notes.word(word, _NAME, home=key)
            elif not word.name and place < _LEAD_WORDS:
                notes.word(word, _PLAIN if title else _TITLE, home=key)
            place += 1
        for number in numbers(text):
            notes.add(number, Term(_weight(number), number, home=key))
    if broken:
        notes.add(BROKEN, Term(_PLAIN, "down"))
    kept = sorted(notes.found, key=lambda one: -notes.found[one].weight)[:MOST]
    return {one: notes.found[one] for one in kept}


def _codes(text: str) -> Iterator[str]:
    """Yield what is named by letters and digits: "R7", "A3912", "4x8", "5G"."""
    for match in _CODE.finditer(text):
        yield re.sub(r"[ -]", "", match.group()).casefold()


class Word(NamedTuple):
    """A word as written, whether it is a name, and whether it goes on a name before it."""

    text: str
    name: bool
    near: bool


class _Notes:
    """Terms as they are met: the weightiest word of each is the one that is shown."""

    def __init__(self, ignore: Callable[[str, str], bool]) -> None:
        self.found: dict[str, Term] = {}
        self._ignore = ignore
        self._named = False  # whether the word before was kept as a name

    def word(
        self, word: Word, weight: float, *, titled: bool = False, home: int | None = None
    ) -> None:
        met = term(word.text)
        if met is None or self._ignore(met, word.text):
            self._named = False
            return
        follows = word.name and word.near and self._named
        self.add(met, Term(weight, word.text, word.name, titled, home, follows))
        self._named = word.name

    def add(self, term: str, new: Term) -> None:
        if (old := self.found.get(term)) is not None:
            first = old if old.weight >= new.weight else new
            new = replace(
                first,
                name=old.name or new.name,
                titled=old.titled or new.titled,
                home=new.home if new.home == old.home else None,
                follows=old.follows and new.follows,
            )
        self.found[term] = new


def _weight(number: str) -> float:
    return _NUMBER if len(number) > 2 else _PLAIN


def _lead(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield the first sentences of a text."""
    left = _LEAD
    for text, key in sentences:
        if left <= 0:
            return
        yield text[:left], key
        left -= len(text)


def _title(title: str) -> Iterator[Word]:
    """Yield the words of a title; Where All Words Are Capital, none is known to be a name."""
    found = list(_words(title))
    capitals = sum(word.text[0].isupper() for word in found)
    for place, word in enumerate(found):
        name = 2 * capitals <= len(found) and place > 0 and word.text[0].isupper()
        yield word._replace(name=name)


def _words(sentence: str) -> Iterator[Word]:
    """Yield the words of a sentence; a name is capital, and opens nothing."""
    end = 0
    for match in _WORD.finditer(_HASHTAG.sub(_apart, sentence) if "#" in sentence else sentence):
        word, start = match.group(), match.start()
        capital = start > 0 and word[0].isupper()
        opens = capital and _OPENING.search(match.string, max(0, start - 3), start)
        near = capital and _BETWEEN.fullmatch(match.string, end, start) is not None
        yield Word(word, bool(capital and not opens), near)
        end = match.end()


def _apart(hashtag: re.Match[str]) -> str:
    """Write "#SaveOurShop" as the words that it is made of."""
    return _INSIDE.sub(" ", hashtag.group())
