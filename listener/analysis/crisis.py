"""Finds what is alleged in a sentence: crisis terms that are not negated, nor innocent there.

Terms, traps, negations and settings of a language are found in one Aho-Corasick pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
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
    """A pattern found: what it means, and the numbers of its words."""

    role: str
    term: Term | None
    words: range


class Vocabulary:
    """One language's crisis terms. Built once; immutable, so that threads may share it.

    titles: what reasons call a family, by its name; else the file's own title.
    """

    def __init__(self, file: File, titles: Mapping[str, str]) -> None:
        meanings: dict[str, list[tuple[str, Term | None]]] = {}
        for text, role, term in _meanings(file, titles):
            meanings.setdefault(_pattern(text), []).append((role, term))
        self._settings = frozenset(file.settings)
        self._meanings = tuple(map(tuple, meanings.values()))
        self._automaton = AhoCorasick(list(meanings))

    def read(self, sentence: str, cut: Sequence[Word]) -> Reading:
        """Search one sentence or title, and the words it was cut into.

        The settings of its neighbours are the caller's matter.
        """
        found = tuple(self._find(cut))
        trapped = _numbers(found, "TRAP")
        negated = _negated(found, cut, sentence)
        longest = _longest(found)
        hits = (
            Hit(it.term, sentence[cut[it.words[0]].start : cut[it.words[-1]].end])
            for it in found
            if it.term
            and it.words[0] not in negated
            and trapped.isdisjoint(it.words)
            and any(longest[n] == len(it.words) for n in it.words)
        )
        return Reading(tuple(hits), self._settings.intersection(it.role for it in found))

    def _find(self, cut: Sequence[Word]) -> Iterator[_Found]:
        line = " " + " ".join(_bare(word.text) for word in cut) + " "
        number, seen = 0, 0  # the words before `seen`; matches come in the order of their ends
        for which, start, end in sorted(
            self._automaton.find_matches_as_indexes(line, overlapping=True), key=itemgetter(1)
        ):
            number, seen = number + line.count(" ", seen, start), start
            length = 1 + line.count(" ", start + 1, end - 1)
            for role, term in self._meanings[which]:
                yield _Found(role, term, range(number, number + length))


def _numbers(found: Sequence[_Found], role: str) -> frozenset[int]:
    return frozenset(number for it in found if it.role == role for number in it.words)


def _longest(found: Sequence[_Found]) -> dict[int, int]:
    """Return for each word the length of the longest term on it, which alone has the say."""
    longest: dict[int, int] = {}
    for it in found:
        if it.term:
            longest.update((n, max(len(it.words), longest.get(n, 0))) for n in it.words)
    return longest


def _negated(found: Sequence[_Found], cut: Sequence[Word], sentence: str) -> frozenset[int]:
    """Return the words that a negation reaches: the next few, up to a comma or a "but"."""
    reached: set[int] = set()
    exceptions, until = _numbers(found, "EXCEPTION"), _numbers(found, "UNTIL")
    for it in found:
        if it.role == "NEGATION" and exceptions.isdisjoint(it.words):
            for number in range(it.words[-1] + 1, min(it.words[-1] + 1 + REACH, len(cut))):
                between = sentence[cut[number - 1].end : cut[number].start]
                if number in until or not CLAUSE.isdisjoint(between):
                    break
                reached.add(number)
    return frozenset(reached)


def _pattern(text: str) -> str:
    """Return a term as it is searched: folded words between spaces, open at the end for `*`."""
    inner = " ".join(_bare(word.text) for word in words(text.rstrip("*")))
    return f" {inner}" if text.endswith("*") else f" {inner} "


def _bare(word: str) -> str:
    return word.lstrip("#@") or word


def _meanings(file: File, titles: Mapping[str, str]) -> Iterator[tuple[str, str, Term | None]]:
    """Yield every pattern of a file with its role; a setting is a role of its own (lower) name."""
    for name, family in file.families.items():
        for text, weight in family.graded().items():
            innocent = frozenset(n for n, s in file.settings.items() if text in s.mutes)
            title = titles.get(name, family.title)
            term = Term(text=text, family=name, title=title, weight=weight, innocent=innocent)
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
