"""What an engine makes of a text, on the one scale on which scores are compared and labelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from listener.model import Label, PostKind, Word

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


class Probabilities(NamedTuple):
    """Of each label; they sum to 1."""

    negative: float
    neutral: float
    positive: float


class Opinion(NamedTuple):
    """An engine's name with its version, a score from -1 to 1, and the words that made it."""

    engine: str
    score: float
    evidence: tuple[Word, ...] = ()


def label(value: float, kind: PostKind = PostKind.SOCIAL) -> Label:
    """Return what a score is called at a kind of source."""
    negative, positive = THRESHOLDS[kind]
    if value <= negative:
        return Label.NEGATIVE
    return Label.POSITIVE if value >= positive else Label.NEUTRAL


def placed(probabilities: Probabilities, kind: PostKind) -> float:
    """Return the score, -1..1, that this kind of source calls by the likeliest label.

    A label that is certain is -1, 0 or 1; one that is as likely as another lies at its border.
    """
    low, high = THRESHOLDS[kind]
    negative, neutral, positive = probabilities
    if positive >= max(negative, neutral):
        return high + (1 - high) * (positive - max(negative, neutral))
    if negative >= neutral:
        return low - (1 + low) * (negative - max(positive, neutral))
    lean = (positive - negative) / neutral
    return lean * (high if lean > 0 else -low)
