"""What a text alleges of a brand: crisis terms, by where they stand and of whom they are said."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from listener.analysis.crisis import Hit, Reading, Vocabulary
from listener.analysis.sentences import Range, beside, holding, split
from listener.analysis.text import Word, words
from listener.model import PostKind, Reason, Span

SHORT = 400  # characters: a shorter text is one scene, and everything in it is near the brand
LONGEST = 10_000  # characters that are read
MOST = 300  # sentences of them,
WORDS = 2000  # and words: prose has fewer
TERMS = 6  # that count
EACH = 2  # of a family
SHARE = 0.4  # of all but the heaviest
FAINT = 15  # weight of terms that are in every other newspaper
ASIDE = 40  # characters that a comma or the like stands for, in the distance to a name


class Place(NamedTuple):
    """Where a term stands, what that makes of its weight, and how it is told."""

    factor: float
    text: str


HEADLINE = Place(1.1, "“%(words)s” (%(family)s) in the headline")
BRAND = Place(1.0, "“%(words)s” (%(family)s) beside the brand")
NEAR = Place(0.85, "“%(words)s” (%(family)s) near the brand")
ELSEWHERE = Place(0.25, "“%(words)s” (%(family)s) elsewhere in the text")
OTHER = Place(0.1, "“%(words)s” (%(family)s), said of somebody else")
POSSIBLE = Place(0.3, "“%(words)s” (%(family)s), as a possibility")
LIGHT = Place(1.0, "“%(words)s” (%(family)s), where it weighs less")


class Passage(NamedTuple):
    """A title or a sentence, the words it was cut into, where it stands and whom it names.

    aside  it names nobody, and what was named last before it is another brand
    """

    text: str
    words: tuple[Word, ...]
    place: Place
    ours: tuple[Range, ...] = ()
    others: tuple[Range, ...] = ()
    aside: bool = False


class Allegation(NamedTuple):
    """A term found, what it weighs there, and the number of its passage."""

    weight: float
    hit: Hit
    place: Place
    passage: int = 0

    def overlaps(self, other: Allegation) -> bool:
        """Tell whether both are read from the same words."""
        return self.passage == other.passage and bool(
            set(self.hit.numbers) & set(other.hit.numbers)
        )


def passages(
    title: str | None, text: str, spans: Sequence[Span], others: Sequence[Span], kind: PostKind
) -> Iterator[Passage]:
    """Yield the title and each sentence with its place.

    A review is about the brand throughout; a title without the brand is as near to it as the
    first sentence.
    """
    text = text[:LONGEST]
    spans, others = _read(spans), _read(others)
    sentences = split(text)[:MOST]
    held = holding(sentences, [(span.start, span.end) for span in spans if span.field == "text"])
    titled = any(span.field == "title" for span in spans)
    close = beside(held | {-1} if titled else held)
    small = len(text) <= SHORT or not spans

    def place(number: int) -> Place:
        if number in held or kind is PostKind.REVIEW:
            return BRAND
        return NEAR if small or number in close else ELSEWHERE

    aside, left = False, WORDS
    if title:
        title = title[:LONGEST]
        where = HEADLINE if titled else place(0)
        ours, rest = (_inside(these, "title", 0, len(title)) for these in (spans, others))
        aside = bool(rest) and not ours
        cut = words(title, left)
        left -= len(cut)
        yield Passage(title, cut, where, ours, rest)
    for number, (start, end) in enumerate(sentences):
        said = text[start:end]
        ours, rest = (_inside(these, "text", start, end) for these in (spans, others))
        if ours or rest:
            aside = not ours
        nobody = not (ours or rest)
        cut = words(said, left)
        left -= len(cut)
        yield Passage(said, cut, place(number), ours, rest, aside and nobody)


def _read(spans: Sequence[Span]) -> list[Span]:
    """Return the spans of what is read, in order."""
    return sorted((one for one in spans if one.start < LONGEST), key=_end)


def _end(span: Span) -> int:
    return span.end


def _inside(spans: Sequence[Span], field: str, start: int, end: int) -> tuple[Range, ...]:
    """Return the spans, given in order, that touch a stretch, counted from its start."""
    after = islice(spans, bisect_right(spans, start, key=_end), None)
    return tuple(
        (span.start - start, span.end - start)
        for span in after
        if span.start < end and span.field == field
    )


def readings(vocabulary: Vocabulary, told: Sequence[Passage]) -> tuple[Reading, ...]:
    return tuple(vocabulary.read(one.text, one.words, one.ours, one.others) for one in told)


def allegations(
    told: Sequence[Passage], read: Sequence[Reading], needs: Mapping[str, int], *, whole: bool
) -> Iterator[Allegation]:
    """Yield the hits with their weights, when the opening and each one's neighbours set the scene.

    needs  how many hints tell a setting
    whole  all of a short text sets the scene
    """
    for number, passage in enumerate(told):
        if not read[number].hits:
            continue
        scene = read if whole else (read[0], *read[max(0, number - 1) : number + 2])
        settings = _settings(scene, needs)
        for hit in read[number].hits:
            keeps = min((hit.term.keeps[s] for s in settings & hit.term.keeps.keys()), default=100)
            if keeps:
                yield _weighed(hit, passage, keeps, number)


def _settings(scene: Sequence[Reading], needs: Mapping[str, int]) -> set[str]:
    """Return the settings that a word tells, or different hints."""
    hints = Counter(setting for setting, _ in {hint for one in scene for hint in one.hints})
    told = {setting for one in scene for setting in one.settings}
    return told | {setting for setting, count in hints.items() if count >= needs[setting]}


def _weighed(hit: Hit, passage: Passage, keeps: int, number: int) -> Allegation:
    place, factor = passage.place, passage.place.factor * keeps / 100
    if _of_another(hit, passage):
        place = OTHER
        factor = min(factor, place.factor)
    elif hit.possible:
        place = POSSIBLE
        factor *= place.factor
    elif keeps < 100:
        place = LIGHT
    return Allegation(hit.term.weight * factor, hit, place, number)


def _of_another(hit: Hit, passage: Passage) -> bool:
    """Tell whether the nearest name is of another brand that is known."""
    if not passage.others:
        return passage.aside
    other = min(_distance(hit, name, passage.text) for name in _nearest(hit, passage.others))
    ours = (_distance(hit, name, passage.text) for name in _nearest(hit, passage.ours))
    return other < min(ours, default=other + 1)


def _nearest(hit: Hit, names: Sequence[Range]) -> Sequence[Range]:
    """Return the names, given in order, beside a term: the last before it and the next ones."""
    at = bisect_right(names, hit.start, key=itemgetter(0))
    return names[max(0, at - 1) : at + 1]


def _distance(hit: Hit, name: Range, text: str) -> int:
    """Return the characters between a term and a name; a mark that parts clauses counts many."""
    between = text[hit.end : name[0]] if name[0] >= hit.end else text[name[1] : hit.start]
    return len(between) + ASIDE * sum(between.count(mark) for mark in ",;:()–—")


def alleged(found: Sequence[Allegation]) -> Iterator[Reason]:
    """Yield reasons for the heaviest terms: each adds to what the heavier ones leave up to 100.

    The heaviest counts in full, others by SHARE; of each family two, each term once. Faint terms,
    which say nothing by themselves, are heard only where no other speaks.
    """
    if any(one.weight > FAINT < one.hit.term.weight for one in found):
        found = [one for one in found if one.hit.term.weight > FAINT]
    counted: Counter[str] = Counter()
    said: list[Allegation] = []
    total = 0
    for one in sorted(found, key=lambda one: -one.weight):
        term = one.hit.term
        if counted[term.family] == EACH or any(
            one.overlaps(other) or term.text == other.hit.term.text for other in said
        ):
            continue
        said.append(one)
        counted[term.family] += 1
        points = round(min(100 - total, one.weight))
        if len(said) > 1:
            points = round((100 - total) * SHARE * one.weight / 100)
        if points < 1 or len(said) > TERMS:
            return
        total += points
        facts = {"words": one.hit.words, "family": term.title}
        yield Reason(points=points, text=one.place.text, facts=facts)
