"""Finds what is alleged in a sentence: crisis terms that are not negated, nor innocent there.

Terms, traps, negations, hypotheses and settings of a language are found in one Aho-Corasick pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from listener.analysis.text import Word, words
from listener.analysis.vocabulary import File

REACH = 4  # words that a negation reaches over
FURTHER = 10  # words that a hypothesis reaches over
BREAKS = frozenset(";:()–—")  # what neither reaches across
CLAUSE = BREAKS | {","}  # nor a negation


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase of a family, as written in the file.

    keeps  what remains of its weight in the settings that concern it, in hundredths
    """

    text: str
    family: str
    title: str
    weight: int
    keeps: Mapping[str, int] = field(default_factory=dict)


class Hit(NamedTuple):
    """A term that counts, the words that said it as they were written, and where they stand.

    possible  it is not said to have happened
    """

    term: Term
    words: str
    start: int
    end: int
    possible: bool = False


class Reading(NamedTuple):
    """One sentence, read: its hits, the settings it speaks of or hints at, whether it asks."""

    hits: tuple[Hit, ...]
    settings: frozenset[str]
    hints: frozenset[tuple[str, str]] = frozenset()  # setting, words
    asks: bool = False


class _Found(NamedTuple):
    """A pattern found: what it means, and the numbers of its words."""

    role: str
    term: Term | None
    words: range
    hint: str = ""  # what hints at the setting that is its role


class Vocabulary:
    """One language's crisis terms. Built once; immutable, so that threads may share it.

    titles: what reasons call a family, by its name; else the file's own title.
    """

    def __init__(self, file: File, titles: Mapping[str, str]) -> None:
        meanings: dict[str, list[tuple[str, Term | None, str]]] = {}
        for text, role, term in _meanings(file, titles):
            meanings.setdefault(_pattern(text), []).append((role, term, ""))
        for name, setting in file.settings.items():
            for text in setting.hints:
                meanings.setdefault(_pattern(text), []).append((name, None, text))
        self._settings = frozenset(file.settings)
        self._meanings = tuple(map(tuple, meanings.values()))
        self._automaton = AhoCorasick(list(meanings))

    def read(self, sentence: str, cut: Sequence[Word]) -> Reading:
        """Search one sentence or title, and the words it was cut into.

        The settings of its neighbours are the caller's matter.
        """
        found = tuple(self._find(cut))
        if not found:
            return Reading((), frozenset())
        roles = frozenset(it.role for it in found)
        hits = tuple(_hits(found, cut, sentence)) if "TERM" in roles else ()
        asks = "REQUEST" in roles or ("PERSON" in roles and "?" in sentence)
        hints = frozenset((it.role, it.hint) for it in found if it.hint)
        told = frozenset(it.role for it in found if not it.hint)
        return Reading(hits, self._settings & told, hints, asks)

    def _find(self, cut: Sequence[Word]) -> Iterator[_Found]:
        line = " " + " ".join(_bare(word.text) for word in cut) + " "
        number, seen = 0, 0  # the words before `seen`; matches come in the order of their ends
        for which, start, end in sorted(
            self._automaton.find_matches_as_indexes(line, overlapping=True), key=itemgetter(1)
        ):
            number, seen = number + line.count(" ", seen, start), start
            length = 1 + line.count(" ", start + 1, end - 1)
            for role, term, hint in self._meanings[which]:
                yield _Found(role, term, range(number, number + length), hint)


def _hits(found: Sequence[_Found], cut: Sequence[Word], sentence: str) -> Iterator[Hit]:
    """Yield the terms that are the longest on some word of theirs, no trap and not denied."""
    trapped = _numbers(found, "TRAP")
    denied = _denied(found, cut, sentence)
    possible = _possible(found, cut, sentence)
    longest = _longest(found)
    for it in found:
        if (
            it.term
            and it.words[0] not in denied
            and trapped.isdisjoint(it.words)
            and any(longest[n] == len(it.words) for n in it.words)
        ):
            start, end = cut[it.words[0]].start, cut[it.words[-1]].end
            yield Hit(it.term, sentence[start:end], start, end, it.words[0] in possible)


def _numbers(found: Iterable[_Found], role: str) -> frozenset[int]:
    return frozenset(number for it in found if it.role == role for number in it.words)


def _longest(found: Iterable[_Found]) -> dict[int, int]:
    """Return for each word the length of the longest term on it, which alone has the say."""
    longest: dict[int, int] = {}
    for it in found:
        if it.term:
            longest.update((n, max(len(it.words), longest.get(n, 0))) for n in it.words)
    return longest


def _denied(found: Sequence[_Found], cut: Sequence[Word], sentence: str) -> frozenset[int]:
    """Return the words that a negation reaches: the next few, up to a comma or a "but".

    What denies what was said before it ("a recall was ruled out") reaches as far the other way.
    """
    reached: set[int] = set()
    exceptions, until = _numbers(found, "EXCEPTION"), _numbers(found, "UNTIL")
    for it in found:
        if it.role == "NEGATION" and exceptions.isdisjoint(it.words):
            last = it.words[-1]
            reached.update(_stretch(last, REACH, cut, sentence, CLAUSE, until))
        if it.role == "AFTER" and exceptions.isdisjoint(it.words):
            first = it.words[0]
            for number in range(first - 1, max(-1, first - 1 - 2 * REACH), -1):
                between = sentence[cut[number].end : cut[number + 1].start]
                if not CLAUSE.isdisjoint(between):
                    break
                reached.add(number)
    return frozenset(reached)


def _possible(found: Sequence[_Found], cut: Sequence[Word], sentence: str) -> frozenset[int]:
    """Return the words that a hypothesis reaches: "if", "what if", "in case of"."""
    exceptions = _numbers(found, "CERTAIN")
    until = _numbers(found, "UNTIL") - _numbers(found, "HYPOTHESIS")
    return frozenset(
        number
        for it in found
        if it.role == "HYPOTHESIS" and exceptions.isdisjoint(it.words)
        for number in _stretch(it.words[-1], FURTHER, cut, sentence, BREAKS, until)
    )


def _stretch(
    last: int,
    reach: int,
    cut: Sequence[Word],
    sentence: str,
    marks: frozenset[str],
    until: frozenset[int],
) -> Iterator[int]:
    """Yield the numbers of the next words, up to one of these marks or words."""
    for number in range(last + 1, min(last + 1 + reach, len(cut))):
        between = sentence[cut[number - 1].end : cut[number].start]
        if number in until or not marks.isdisjoint(between):
            return
        yield number


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
            keeps = {n: s.keeps for n, s in file.settings.items() if s.concerns(text, name)}
            title = titles.get(name, family.title)
            term = Term(text=text, family=name, title=title, weight=weight, keeps=keeps)
            yield text, "TERM", term
    guards = {
        "TRAP": [text for phrases in file.traps.values() for text in phrases],
        "NEGATION": file.negation.words,
        "AFTER": file.negation.after,
        "EXCEPTION": file.negation.exceptions,
        "UNTIL": file.negation.until,
        "HYPOTHESIS": file.hypothesis.words,
        "CERTAIN": file.hypothesis.exceptions,
        "REQUEST": file.asking.requests,
        "PERSON": file.asking.persons,
        **{name: setting.words for name, setting in file.settings.items()},
    }
    for role, texts in guards.items():
        yield from ((text, role, None) for text in texts)
