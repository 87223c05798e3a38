"""Risk, 0..100: what is alleged near the brand, how negative, who says it and how it moves.

    harm  = alleged + tone                       never below 0
    risk  = harm x (1 + reach / 2 + engagement / 2)    at most 100

alleged     the heaviest term of each family counts, weight x place: headline 1.1, the brand's
            sentence 1, near it 0.6, elsewhere 0.25. The heaviest family counts in full, the next
            0.4, the third 0.2, others not
tone        -15 x sentiment (or the rating, from -1 to 1); half of it in news, whose subjects sound
            negative; a positive tone takes away half as much, and only from what is alleged
reach       log10(followers / 1,000) / 3, from 0 to 1: 1,000 -> 0, 1,000,000 -> 1
engagement  log10(reactions / 10) / 3, from 0 to 1: 10 -> 0, 10,000 -> 1

What is not known adds nothing. Every step is rounded to whole points and is a reason. A text of
unknown language is read with all vocabularies; one in a language without a vocabulary says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from listener.analysis.crisis import Hit, Vocabulary
from listener.analysis.sentences import beside, holding, split
from listener.analysis.text import Word, words
from listener.analysis.vocabulary import read
from listener.errors import ConfigError
from listener.model import (
    Author,
    Engagement,
    Label,
    Level,
    PostKind,
    Reason,
    Risk,
    Sentiment,
    Span,
)

VERSION = "risk 1"
SHORT = 400  # characters: in a shorter text, everything is near the brand
LONGEST = 10_000  # characters that are read
MOST = 300  # sentences of them
TONE = 15
FAMILIES = (1.0, 0.4, 0.2)
LEVELS = ((80, Level.CRITICAL), (60, Level.HIGH), (30, Level.MEDIUM), (0, Level.LOW))


class Place(NamedTuple):
    """Where a term stands, what that makes of its weight, and how it is told."""

    factor: float
    text: str


ENGLISH = "en"
HEADLINE = Place(1.1, "“%(words)s” (%(family)s) in the headline")
BRAND = Place(1.0, "“%(words)s” (%(family)s) beside the brand")
NEAR = Place(0.6, "“%(words)s” (%(family)s) near the brand")
ELSEWHERE = Place(0.25, "“%(words)s” (%(family)s) elsewhere in the text")


class Passage(NamedTuple):
    """A title or a sentence, the words it was cut into, and where it stands."""

    text: str
    words: tuple[Word, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Rules:
    """The crisis vocabularies by language (ISO 639-1)."""

    vocabularies: Mapping[str, Vocabulary]

    def speaking(self, language: str | None) -> tuple[Vocabulary, ...]:
        """Return what a text is read with: its language's vocabulary, or all when unknown."""
        if language is None:
            return tuple(self.vocabularies.values())
        return (self.vocabularies[language],) if language in self.vocabularies else ()


def load(tables: Mapping[str, Mapping[str, object]]) -> Rules:
    """Build the rules from the tables of `alerts/risk/<language>.toml`, by language.

    Reasons name a family by its English title, which the catalogues translate for each reader.
    Raises ConfigError with every problem of every file: file, table and key.
    """
    problems: list[str] = []
    files = {
        language: read(f"alerts/risk/{language}.toml", table, problems)
        for language, table in tables.items()
    }
    if problems:
        raise ConfigError(problems)
    english = files.get(ENGLISH)
    titles = {name: f.title for name, f in english.families.items()} if english else {}
    return Rules({language: Vocabulary(file, titles) for language, file in files.items() if file})


def assess(
    *,
    title: str | None,
    text: str,
    spans: Sequence[Span],
    language: str | None,
    sentiment: Sentiment | None,
    kind: PostKind,
    author: Author | None,
    engagement: Engagement | None,
    rating: float | None,
    rules: Rules,
) -> Risk:
    """Judge how much a mention endangers the brand; the reasons' points sum to the score."""
    passages = tuple(_passages(title, text, spans, kind))
    reasons = list(_alleged(passages, language, rules))
    reasons += _tone(sentiment, rating, kind, sum(r.points for r in reasons))
    reasons += _spread(author, engagement, sum(r.points for r in reasons))
    score = sum(r.points for r in reasons)
    if score > 100:
        reasons.append(Reason(points=100 - score, text="no score goes beyond 100"))
        score = 100
    level = next(level for floor, level in LEVELS if score >= floor)
    return Risk(score=score, level=level, reasons=tuple(reasons), version=VERSION)


def _alleged(passages: Sequence[Passage], language: str | None, rules: Rules) -> Iterator[Reason]:
    """Yield a reason for the heaviest term of each of the heaviest families."""
    speaking = rules.speaking(language)
    if language and not speaking:
        facts = {"language": language}
        yield Reason(points=0, text="no crisis vocabulary for language %(language)s", facts=facts)
        return
    heaviest: dict[str, tuple[float, Hit, Place]] = {}
    for vocabulary in speaking:
        for hit, place in _hits(vocabulary, passages):
            weight = hit.term.weight * place.factor
            if weight > heaviest.get(hit.term.family, (0.0,))[0]:
                heaviest[hit.term.family] = weight, hit, place
    ranked = sorted(heaviest.values(), key=lambda found: -found[0])
    for share, (weight, hit, place) in zip(FAMILIES, ranked, strict=False):
        facts = {"words": hit.words, "family": hit.term.title}
        yield Reason(points=round(weight * share), text=place.text, facts=facts)


def _hits(vocabulary: Vocabulary, passages: Sequence[Passage]) -> Iterator[tuple[Hit, Place]]:
    """Yield the hits that stay when the opening and each passage's neighbours set the scene."""
    readings = [vocabulary.read(passage.text, passage.words) for passage in passages]
    for number, passage in enumerate(passages):
        scene = (readings[0], *readings[max(0, number - 1) : number + 2])
        settings = {setting for reading in scene for setting in reading.settings}
        for hit in readings[number].hits:
            if hit.term.innocent.isdisjoint(settings):
                yield hit, passage.place


def _passages(
    title: str | None, text: str, spans: Sequence[Span], kind: PostKind
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
        yield _passage(title[:LONGEST], HEADLINE if titled else place(0))
    for number, (start, end) in enumerate(sentences):
        yield _passage(text[start:end], place(number))


def _passage(text: str, place: Place) -> Passage:
    return Passage(text, words(text), place)


def _tone(
    sentiment: Sentiment | None, rating: float | None, kind: PostKind, alleged: int
) -> Iterator[Reason]:
    """Yield what the author's rating says, else the sentiment; nothing when it is neutral."""
    facts: dict[str, str | int] = {}
    if rating is not None:
        score, text = 2 * rating - 1, "rated %(stars)s of 5"
        facts["stars"] = f"{1 + 4 * rating:.2g}"
    elif sentiment is not None and sentiment.label is not Label.NEUTRAL:
        score, text = sentiment.score, "negative tone" if sentiment.score < 0 else "positive tone"
    else:
        return
    points = round(-score * (TONE / 2 if kind is PostKind.NEWS else TONE))
    if points < 0:
        points = max(round(points / 2), -alleged)
    if points:
        yield Reason(points=points, text=text, facts=facts)


def _spread(author: Author | None, engagement: Engagement | None, harm: int) -> Iterator[Reason]:
    followers = author.followers if author else None
    reactions = engagement.total if engagement else None
    if points := round(harm * _share(followers, 1_000) / 2):
        facts = {"followers": followers or 0}
        yield Reason(points=points, text="an author with %(followers)s followers", facts=facts)
    if points := round(harm * _share(reactions, 10) / 2):
        yield Reason(points=points, text="%(count)s reactions", facts={"count": reactions or 0})


def _share(count: int | None, floor: int) -> float:
    """Return 0 up to `floor`, 1 from a thousand times it, and the logarithm between."""
    return min(1.0, math.log10(count / floor) / 3) if count and count > floor else 0.0
