"""Finds what is alleged in a sentence: crisis terms that are not negated, nor innocent there.

Terms, traps, negations and settings of a language are found in one Aho-Corasick pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from listener.analysis.text import Word, words
from listener.analysis.vocabulary import File

REACH = 4  # words that a negation reaches over
CLAUSE = frozenset(",;:()–—")  # and what it does not reach across


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase of a family, as written in the file; innocent in the settings it names."""

    text: str
    family: str
    title: str
    weight: int
    innocent: frozenset[str] = frozenset()


class Hit(NamedTuple):
    """A term that counts, and the words that said it, as they were written."""

    term: Term
    words: str


class Reading(NamedTuple):
    """One sentence, read: its hits, and the settings that it speaks of."""

    hits: tuple[Hit, ...]
    settings: frozenset[str]


class _Found(NamedTuple):
    """A pattern found: what it means, from its first word to its last."""

    role: str
    term: Term | None
    first: int
    last: int


class Vocabulary:
    """One language's crisis terms. Built once; immutable, so that threads may share it."""

    def __init__(self, file: File) -> None:
        meanings: dict[str, list[tuple[str, Term | None]]] = {}
        for text, role, term in _meanings(file):
            meanings.setdefault(_pattern(text), []).append((role, term))
        self._settings = frozenset(file.settings)
        self._meanings = tuple(map(tuple, meanings.values()))
        self._automaton = AhoCorasick(list(meanings))

    def read(self, sentence: str) -> Reading:
        """Search one sentence or title. The settings of its neighbours are the caller's matter."""
        cut = words(sentence)
        found = tuple(self._find(cut))
        hits = (
            Hit(it.term, sentence[cut[it.first].start : cut[it.last].end])
            for it in found
            if it.term and not _covered(it, found) and not _negated(it, found, cut, sentence)
        )
        return Reading(tuple(hits), self._settings.intersection(it.role for it in found))

    def _find(self, cut: Sequence[Word]) -> Iterator[_Found]:
        line = " " + " ".join(_bare(word.text) for word in cut) + " "
        for number, start, end in self._automaton.find_matches_as_indexes(line, overlapping=True):
            first = line.count(" ", 0, start)
            last = first + line.count(" ", start + 1, end - 1)
            for role, term in self._meanings[number]:
                yield _Found(role, term, first, last)


def _covered(hit: _Found, found: Sequence[_Found]) -> bool:
    """Is it in a trap, or a part of a longer term, which then has the say?"""
    return any(
        (it.role == "TRAP" and _touch(it, hit))
        or (
            it.term and it.first <= hit.first and hit.last <= it.last and _length(it) > _length(hit)
        )
        for it in found
    )


def _length(found: _Found) -> int:
    return found.last - found.first


def _negated(hit: _Found, found: Sequence[_Found], cut: Sequence[Word], sentence: str) -> bool:
    return any(
        it.role == "NEGATION"
        and 0 < hit.first - it.last <= REACH
        and not any(other.role == "EXCEPTION" and _touch(other, it) for other in found)
        and not any(other.role == "UNTIL" and it.last < other.first < hit.first for other in found)
        and CLAUSE.isdisjoint(sentence[cut[it.last].end : cut[hit.first].start])
        for it in found
    )


def _touch(one: _Found, other: _Found) -> bool:
    return one.first <= other.last and other.first <= one.last


def _pattern(text: str) -> str:
    """Return a term as it is searched: folded words between spaces, open at the end for `*`."""
    inner = " ".join(_bare(word.text) for word in words(text.rstrip("*")))
    return f" {inner}" if text.endswith("*") else f" {inner} "


def _bare(word: str) -> str:
    return word.lstrip("#@") or word


def _meanings(file: File) -> Iterator[tuple[str, str, Term | None]]:
    """Yield every pattern of a file with its role; a setting is a role of its own (lower) name."""
    for name, family in file.families.items():
        for text, weight in family.graded().items():
            innocent = frozenset(n for n, s in file.settings.items() if text in s.mutes)
            term = Term(
                text=text, family=name, title=family.title, weight=weight, innocent=innocent
            )
            yield text, "TERM", term
    guards = {
        "TRAP": [text for phrases in file.traps.values() for text in phrases],
        "NEGATION": file.negation.words,
        "EXCEPTION": file.negation.exceptions,
        "UNTIL": file.negation.until,
        **{name: setting.words for name, setting in file.settings.items()},
    }
    for role, texts in guards.items():
        yield from ((text, role, None) for text in texts)
