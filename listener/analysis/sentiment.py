"""How a text speaks of a brand, -1..1, by the words near it and their weight in its language.

A language that has no lexicon here gets None, never "neutral". A star rating is evidence in any
language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from listener.analysis.lexicon import languages, lexicon
from listener.analysis.passages import Passage, around, whole
from listener.analysis.sentences import Range
from listener.analysis.tone import Reading, read
from listener.model import Label, PostKind, Sentiment, Span, Word

SHORT = 400  # characters: a shorter text is judged whole
VERSION = 1  # of the rules; the lexicon's own follows it
EVIDENCE = 8  # words that are told, the heaviest first
FAINT = 0.05  # intensities below this are not told
FLOOR = 0.3  # what a word in a headline, and any word of a review, counts at least
RIVAL = 0.3  # what is left of a word that stands nearer to another brand
# From where on a score is called negative or positive, so that net sentiment is right: who posts
# promotes, greets and jokes without meaning the brand. Chosen on the texts named in docs/scores.md.
_POSTS, _TEXTS = (-0.1, 0.2), (-0.1, 0.15)
THRESHOLDS: Mapping[PostKind, tuple[float, float]] = {
    PostKind.NEWS: _TEXTS,
    PostKind.BLOG: _TEXTS,
    PostKind.DISCUSSION: _POSTS,
    PostKind.SOCIAL: _POSTS,
    PostKind.VIDEO: _POSTS,
    PostKind.REVIEW: _TEXTS,
    PostKind.WEB: _TEXTS,
}

ENGINES = frozenset(languages())

Judged = tuple[float, tuple[Word, ...]]


def score(
    title: str | None,
    text: str,
    spans: Sequence[Span],
    language: str | None,
    kind: PostKind,
    rating: float | None = None,
    ignore: Sequence[str] = (),
    rivals: Sequence[Span] = (),
) -> Sentiment | None:
    """Judge how a post speaks of what `spans` found; None when there is nothing to judge by.

    rating  0 (worst) to 1 (best), as in Post; together with words it counts twice, they once
    ignore  the brand's own words: "Best Buy" is no praise
    rivals  where other brands were found: words nearer to them are about them
    """
    judged: list[tuple[int, str, Judged]] = []
    if rating is not None:
        judged.append((2, "rating 1", _stars(rating)))
    if language in ENGINES:
        words = _about(title, text, spans, rivals, language, kind, ignore)
        judged.append((1, engine(language), words))
    if not judged:
        return None
    total = sum(weight for weight, _, _ in judged)
    mean = round(sum(weight * value for weight, _, (value, _) in judged) / total, 4)
    return Sentiment(
        score=mean,
        label=label(mean, kind),
        engine=" + ".join(name for _, name, _ in judged),
        evidence=tuple(word for _, _, (_, words) in judged for word in words),
    )


def engine(language: str) -> str:
    """Return the name and version of a language's engine: "tone-fr 1.2", rules 1 with words 2."""
    return f"tone-{language} {VERSION}.{lexicon(language).version}"


def label(value: float, kind: PostKind = PostKind.SOCIAL) -> Label:
    """Return what a score is called at a kind of source."""
    negative, positive = THRESHOLDS[kind]
    if value <= negative:
        return Label.NEGATIVE
    return Label.POSITIVE if value >= positive else Label.NEUTRAL


def _about(
    title: str | None,
    text: str,
    spans: Sequence[Span],
    rivals: Sequence[Span],
    language: str,
    kind: PostKind,
    ignore: Sequence[str],
) -> Judged:
    """Judge the words around the brand; of an article that is silent there, the whole."""
    if len(text) <= SHORT or kind is PostKind.REVIEW:
        floor = FLOOR if kind is PostKind.REVIEW else 0.0
        return _judge(whole(title, text, spans, rivals), language, ignore, floor)
    near = _judge(around(title, text, spans, rivals), language, ignore)
    return near if near[1] else _judge(whole(title, text, ()), language, ignore)


def _judge(passage: Passage, language: str, ignore: Sequence[str], floor: float = 0.0) -> Judged:
    reading = read(passage.text, lexicon(language), _named(passage.text, ignore))
    weights = _weights(reading, passage, floor)
    factors = weights or [1.0] * len(reading.hits)
    words = (
        Word(passage.text[hit.start : hit.end], round(hit.valence * factor, 4))
        for hit, factor in zip(reading.hits, factors, strict=True)
        if abs(hit.valence * factor) >= FAINT
    )
    heaviest = sorted(words, key=lambda word: -abs(word.weight))
    return reading.score(weights), tuple(heaviest[:EVIDENCE])


def _weights(reading: Reading, passage: Passage, floor: float) -> list[float] | None:
    """Return what each word of feeling counts for the brand, or None where it is not named."""
    if not (places := _places(reading, passage.about)):
        return None
    own = reading.nearness(places)
    weights = [
        max(near, FLOOR if hit.start < passage.headline else floor)
        for hit, near in zip(reading.hits, own, strict=True)
    ]
    if not (others := _places(reading, passage.rivals)):
        return weights
    return [
        weight * RIVAL if other > near else weight
        for weight, near, other in zip(weights, own, reading.nearness(others), strict=True)
    ]


def _places(reading: Reading, ranges: Sequence[Range]) -> list[float]:
    found = (reading.place(start) for start, _ in ranges)
    return sorted({place for place in found if place is not None})


def _named(text: str, names: Sequence[str]) -> list[Range]:
    """Return where the brand's own words stand."""
    if not (patterns := [re.escape(name) for name in names if name.strip()]):
        return []
    brand = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
    return [found.span() for found in brand.finditer(text)]


def _stars(rating: float) -> Judged:
    value = 2 * rating - 1
    return value, (Word(f"{1 + 4 * rating:.2g}/5", round(value, 4)),)
