"""What a text alleges of a brand: crisis terms, by where they stand and of whom they are said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from listener.analysis.crisis import Hit, Reading, Vocabulary
from listener.analysis.sentences import beside, holding, split
from listener.analysis.text import Word, words
from listener.model import PostKind, Reason, Span

SHORT = 400  # characters: a shorter text is one scene, and everything in it is near the brand
LONGEST = 10_000  # characters that are read
MOST = 300  # sentences of them
TERMS = 6  # that count
EACH = 2  # of a family
SHARE = 0.4  # of all but the heaviest
FAINT = 15  # weight of terms that are in every other newspaper
HINTS = 2  # different ones tell a setting
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
    """A title or a sentence, the words it was cut into, where it stands and whom it names."""

    text: str
    words: tuple[Word, ...]
    place: Place
    ours: tuple[tuple[int, int], ...] = ()
    others: tuple[tuple[int, int], ...] = ()


class Allegation(NamedTuple):
    """A term found, and what it weighs there."""

    weight: float
    hit: Hit
    place: Place


def passages(
    title: str | None, text: str, spans: Sequence[Span], others: Sequence[Span], kind: PostKind
) -> Iterator[Passage]:
    """Yield the title and each sentence with its place.

    A review is about the brand throughout; a title without the brand is as near to it as the
    first sentence.
    """
    text = text[:LONGEST]
    sentences = split(text)[:MOST]
    held = holding(sentences, [(span.start, span.end) for span in spans if span.field == "text"])
    titled = any(span.field == "title" for span in spans)
    close = beside(held | {-1} if titled else held)
    small = len(text) <= SHORT or not spans

    def place(number: int) -> Place:
        if number in held or kind is PostKind.REVIEW:
            return BRAND
        return NEAR if small or number in close else ELSEWHERE

    if title:
        title = title[:LONGEST]
        where = HEADLINE if titled else place(0)
        named = (_inside(these, "title", 0, len(title)) for these in (spans, others))
        yield Passage(title, words(title), where, *named)
    for number, (start, end) in enumerate(sentences):
        said = text[start:end]
        named = (_inside(these, "text", start, end) for these in (spans, others))
        yield Passage(said, words(said), place(number), *named)


def _inside(spans: Sequence[Span], field: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the spans that touch a stretch, counted from its start."""
    return tuple(
        (span.start - start, span.end - start)
        for span in spans
        if span.field == field and span.start < end and span.end > start
    )


def readings(vocabulary: Vocabulary, told: Sequence[Passage]) -> tuple[Reading, ...]:
    return tuple(vocabulary.read(passage.text, passage.words) for passage in told)


def allegations(
    told: Sequence[Passage], read: Sequence[Reading], *, whole: bool
) -> Iterator[Allegation]:
    """Yield the hits with their weights, when the opening and each one's neighbours set the scene.

    whole  all of a short text does
    """
    for number, passage in enumerate(told):
        if not read[number].hits:
            continue
        scene = read if whole else (read[0], *read[max(0, number - 1) : number + 2])
        settings = _settings(scene)
        for hit in read[number].hits:
            keeps = min((hit.term.keeps[s] for s in settings & hit.term.keeps.keys()), default=100)
            if keeps:
                yield _weighed(hit, passage, keeps)


def _settings(scene: Sequence[Reading]) -> set[str]:
    """Return the settings that a word tells, or two different hints."""
    hints = Counter(setting for setting, _ in {hint for one in scene for hint in one.hints})
    told = {setting for one in scene for setting in one.settings}
    return told | {setting for setting, count in hints.items() if count >= HINTS}


def _weighed(hit: Hit, passage: Passage, keeps: int) -> Allegation:
    place, factor = passage.place, passage.place.factor * keeps / 100
    if _of_another(hit, passage):
        place = OTHER
        factor = min(factor, place.factor)
    elif hit.possible:
        place = POSSIBLE
        factor *= place.factor
    elif keeps < 100:
        place = LIGHT
    return Allegation(hit.term.weight * factor, hit, place)


def _of_another(hit: Hit, passage: Passage) -> bool:
    """Tell whether the nearest name in the passage is of another brand that is known."""
    if not passage.others:
        return False
    other = min(_distance(hit, name, passage.text) for name in passage.others)
    ours = (_distance(hit, name, passage.text) for name in passage.ours)
    return other < min(ours, default=other + 1)


def _distance(hit: Hit, name: tuple[int, int], text: str) -> int:
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
    said: set[str] = set()
    total = 0
    for one in sorted(found, key=lambda one: -one.weight):
        term = one.hit.term
        if term.text in said or counted[term.family] == EACH:
            continue
        said.add(term.text)
        counted[term.family] += 1
        points = round(min(100 - total, one.weight))
        if len(said) > 1:
            points = round((100 - total) * SHARE * one.weight / 100)
        if points < 1 or len(said) > TERMS:
            return
        total += points
        facts = {"words": one.hit.words, "family": term.title}
        yield Reason(points=points, text=one.place.text, facts=facts)
