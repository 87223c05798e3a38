"""Finds what is alleged in a sentence: crisis terms that are not negated, nor innocent there.

Terms, traps, negations, hypotheses and settings of a language are found in one Aho-Corasick pass;
phrases with gaps are put together from their parts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from listener.analysis.crisis_terms import Found, Meaning, Term
from listener.analysis.phrases import BRAND, OTHER, Phrase, bare
from listener.analysis.reach import BREAKS, denied, is_denied, numbers, possible
from listener.analysis.sentences import Range
from listener.analysis.spread import Spread, Stretch
from listener.analysis.text import Word
from listener.analysis.vocabulary import File


class Hit(NamedTuple):
    """A term that counts, the words that said it as they were written, and where they stand.

    possible  it is not said to have happened
    """

    term: Term
    words: str
    start: int
    end: int
    possible: bool = False
    numbers: Stretch = ()  # of its words in the sentence; those between them are not its own


class Reading(NamedTuple):
    """One sentence, read: its hits, the settings it speaks of or hints at, whether it asks."""

    hits: tuple[Hit, ...]
    settings: frozenset[str]
    hints: frozenset[tuple[str, str]] = frozenset()  # setting, words
    asks: bool = False
    wording: Mapping[str, int] = MappingProxyType({})  # words of no hit, and their points


class Vocabulary:
    """One language's crisis terms. Immutable, so that threads may share it.

    titles: what reasons call a family, by its name; else the file's own title. It is put together
    when it is first read with: most programs meet one or two languages.
    """

    def __init__(self, file: File, titles: Mapping[str, str]) -> None:
        self._file, self._titles = file, titles
        self.needs = {name: setting.needs for name, setting in file.settings.items()}
        self.base = file.wording.base  # points

    @cached_property
    def _index(self) -> _Index:
        return _Index(self._file, self._titles)

    def read(
        self,
        sentence: str,
        cut: Sequence[Word],
        ours: Sequence[Range] = (),
        others: Sequence[Range] = (),
    ) -> Reading:
        """Search one sentence or title, and the words it was cut into.

        ours, others: where the brand and others are named. The settings of its neighbours are the
        caller's matter.
        """
        # In an order of their own: that of the automaton hangs on Python's hashes.
        names = {BRAND: ours, OTHER: others}
        found = tuple(sorted(self._index.find(cut, sentence, names), key=_order))
        if not found:
            return Reading((), frozenset())
        roles = frozenset(it.role for it in found)
        hits = tuple(_hits(found, cut, sentence)) if "TERM" in roles else ()
        asks = "REQUEST" in roles or ("PERSON" in roles and "?" in sentence)
        hints = frozenset(_hints([it for it in found if it.role in self.needs and it.hint]))
        told = frozenset(it.role for it in found if not it.hint)
        heard = {number for hit in hits for number in hit.numbers}
        plain = {
            cut[it.words[0]].text: int(it.hint)
            for role in ("BEGINNING", "WORDING")  # of which the whole word has the say
            for it in found
            if it.role == role and heard.isdisjoint(it.words)
        }
        return Reading(hits, told & self.needs.keys(), hints, asks, plain)


class _Index:
    """The phrases of a file, ready to be searched."""

    def __init__(self, file: File, titles: Mapping[str, str]) -> None:
        literals: dict[str, list[Meaning]] = {}
        spread: list[tuple[Phrase, Meaning]] = []
        grammar = file.grammar()
        for text, meaning in _meanings(file, titles):
            for phrase in grammar.parse(text):
                if phrase.gaps:
                    spread.append((phrase, meaning))
                for literal in () if phrase.gaps else phrase.parts[0]:
                    literals.setdefault(literal, []).append(meaning)
        self._spread = Spread([phrase for phrase, _ in spread])
        self._spread_meanings = tuple(meaning for _, meaning in spread)
        patterns = list(literals | self._spread.literals)
        self._meanings = tuple(tuple(literals.get(one, ())) for one in patterns)
        self._parts = tuple(tuple(self._spread.literals.get(one, ())) for one in patterns)
        self._automaton = AhoCorasick(patterns)

    def find(
        self, cut: Sequence[Word], sentence: str, names: Mapping[frozenset[str], Sequence[Range]]
    ) -> Iterator[Found]:
        """Yield everything that stands in a sentence, in which these names are named."""
        line = " " + " ".join(bare(word.text) for word in cut) + " "
        parts: dict[int, set[Stretch]] = {}
        for name, spans in names.items():
            if (part := self._spread.number(name)) is not None:
                parts |= {part: held} if (held := set(_inside(cut, spans))) else {}
        number, seen = 0, 0  # the words before `seen`; matches come in the order of their ends
        for which, start, end in sorted(
            self._automaton.find_matches_as_indexes(line, overlapping=True), key=itemgetter(1)
        ):
            number, seen = number + line.count(" ", seen, start), start
            length = 1 + line.count(" ", start + 1, end - 1)
            stretch = tuple(range(number, number + length))
            for meaning in self._meanings[which]:
                yield Found(*meaning, stretch)
            for part in self._parts[which]:
                parts.setdefault(part, set()).add(stretch)
        for which, stretch in self._spread.find(parts):
            if BREAKS.isdisjoint(sentence[cut[stretch[0]].end : cut[stretch[-1]].start]):
                yield Found(*self._spread_meanings[which], stretch)


def _order(it: Found) -> tuple[Stretch, str, str, str, str]:
    term = (it.term.family, it.term.text) if it.term else ("", "")
    return it.words, it.role, *term, it.hint


def _inside(cut: Sequence[Word], spans: Sequence[Range]) -> Iterator[Stretch]:
    """Yield the numbers of the words that each span touches."""
    for start, end in spans:
        first = bisect_right(cut, start, key=attrgetter("end"))
        last = bisect_left(cut, end, key=attrgetter("start"))
        if first < last:
            yield tuple(range(first, last))


def _hints(found: Sequence[Found]) -> Iterator[tuple[str, str]]:
    """Yield what hints at a setting; of two hints that share a word the longer counts."""
    taken: set[tuple[str, int]] = set()
    for it in sorted(found, key=lambda it: -len(it.words)):
        own = {(it.role, number) for number in it.words}
        if taken.isdisjoint(own):
            yield it.role, it.hint
        taken |= own


def _hits(found: Sequence[Found], cut: Sequence[Word], sentence: str) -> Iterator[Hit]:
    """Yield the terms that have the say on some word of theirs, no trap and not denied."""
    trapped = numbers(found, "TRAP")
    denials = denied(found, cut, sentence)
    maybes = possible(found, cut, sentence)
    for it in _speaking([it for it in found if it.term]):
        if it.term and trapped.isdisjoint(it.words) and not is_denied(it, denials):
            start, end = cut[it.words[0]].start, cut[it.words[-1]].end
            maybe = not maybes.isdisjoint(it.words if it.spread else it.words[:1])
            yield Hit(it.term, sentence[start:end], start, end, maybe, it.words)


def _speaking(found: Sequence[Found]) -> Iterator[Found]:
    """Yield the terms that rank first on some word of theirs.

    The longest has the say. One whose words stand apart, with others between, is the longest only
    when it is also as heavy: what it means is less sure.
    """
    heaviest = {number: 0 for it in found for number in it.words}
    for it in found:
        if not it.spread and it.term:
            heaviest.update((n, max(heaviest[n], it.term.weight)) for n in it.words)

    def rank(it: Found, number: int) -> tuple[int, int]:
        weight = it.term.weight if it.term else 0
        if it.spread and weight < heaviest[number]:
            return 0, weight
        return len(it.words), weight

    first: dict[int, tuple[int, int]] = {}
    for it in found:
        first.update((n, max(rank(it, n), first.get(n, (0, 0)))) for n in it.words)
    return (it for it in found if any(rank(it, n) == first[n] for n in it.words))


def _meanings(file: File, titles: Mapping[str, str]) -> Iterator[tuple[str, Meaning]]:
    """Yield every phrase of a file with its role; a setting is a role of its own (lower) name."""
    for name, family in file.families.items():
        for text, weight in family.graded().items():
            keeps = {n: s.keeps for n, s in file.settings.items() if s.concerns(text, name)}
            title = titles.get(name, family.title)
            term = Term(text=text, family=name, title=title, weight=weight, keeps=keeps)
            yield text, Meaning("TERM", term)
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
        yield from ((text, Meaning(role)) for text in texts)
    for name, setting in file.settings.items():
        yield from ((text, Meaning(name, hint=text)) for text in setting.hints)
    for points, texts in file.wording.points.items():
        for text in texts:
            role = "BEGINNING" if text.endswith("*") else "WORDING"
            yield text, Meaning(role, hint=points)
