"""What is denied or merely possible in a sentence: how far negations and hypotheses reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from listener.analysis.crisis_terms import Found
from listener.analysis.spread import Stretch
from listener.analysis.text import Word

REACH = 4  # words that a negation reaches over
FURTHER = 10  # words that a hypothesis reaches over
BREAKS = frozenset(";:()–—")  # what neither reaches across
CLAUSE = BREAKS | {","}  # nor a negation


def numbers(found: Iterable[Found], role: str) -> frozenset[int]:
    return frozenset(number for it in found if it.role == role for number in it.words)


def denied(
    found: Sequence[Found], cut: Sequence[Word], sentence: str
) -> Mapping[int, list[Stretch]]:
    """Return the words that a negation reaches, with its own: the next few, up to a comma or "but".

    What denies what was said before it ("a recall was ruled out") reaches as far the other way.
    """
    exceptions, until = numbers(found, "EXCEPTION"), numbers(found, "UNTIL")
    words: defaultdict[int, list[Stretch]] = defaultdict(list)
    for it in found:
        if it.role not in ("NEGATION", "AFTER") or not exceptions.isdisjoint(it.words):
            continue
        if it.role == "NEGATION":
            reached = _stretch(it.words[-1], REACH, cut, sentence, CLAUSE, until)
        else:
            reached = _back(it.words[0], 2 * REACH, cut, sentence)
        for number in reached:
            words[number].append(it.words)
    return words


def is_denied(it: Found, denials: Mapping[int, list[Stretch]]) -> bool:
    """Tell whether a negation that is no word of the term reaches it."""
    return any(
        set(negation).isdisjoint(it.words)
        for number in (it.words if it.spread else it.words[:1])
        for negation in denials.get(number, ())
    )


def _back(first: int, reach: int, cut: Sequence[Word], sentence: str) -> Iterator[int]:
    """Yield the numbers of the words before, back to a mark that parts clauses."""
    for number in range(first - 1, max(-1, first - 1 - reach), -1):
        if not CLAUSE.isdisjoint(sentence[cut[number].end : cut[number + 1].start]):
            return
        yield number


def possible(found: Sequence[Found], cut: Sequence[Word], sentence: str) -> frozenset[int]:
    """Return the words that a hypothesis reaches: "if", "what if", "in case of"."""
    exceptions = numbers(found, "CERTAIN")
    until = numbers(found, "UNTIL") - numbers(found, "HYPOTHESIS")
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
