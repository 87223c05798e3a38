"""How a text speaks of a brand, -1..1, by the words near it and their weight in its language.

A language without an engine gets None, never "neutral": without a lexicon here and without one
that was learned. A star rating is evidence in any language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from listener.analysis.lexicon import lexicon
from listener.analysis.near import ENGINES, about
from listener.analysis.opinion import THRESHOLDS, Opinion, label
from listener.model import PostKind, Sentiment, Span, Word

if TYPE_CHECKING:
    from listener.analysis.learned import Learned

__all__ = ["ENGINES", "THRESHOLDS", "engine", "label", "score"]

VERSION = 1  # of the rules; the lexicon's own follows it


def score(
    title: str | None,
    text: str,
    spans: Sequence[Span],
    language: str | None,
    kind: PostKind,
    rating: float | None = None,
    ignore: Sequence[str] = (),
    rivals: Sequence[Span] = (),
    learned: Learned | None = None,
) -> Sentiment | None:
    """Judge how a post speaks of what `spans` found; None when there is nothing to judge by.

    rating   0 (worst) to 1 (best), as in Post; together with words it counts twice, they once
    ignore   the brand's own words: "Best Buy" is no praise
    rivals   where other brands were found: words nearer to them are about them
    learned  the language's engine that was trained, in place of the rules alone
    """
    words = None
    if language is not None and (learned or language in ENGINES):
        told = about(title, text, spans, rivals, language, kind, ignore)
        if learned:
            words = learned.judge(told, kind)
        else:
            words = Opinion(engine(language), told.score, told.words())
    return settle(words, rating, kind)


def settle(words: Opinion | None, rating: float | None, kind: PostKind) -> Sentiment | None:
    """Bring together what the words say and the rating; None where there is neither."""
    judged = [(2, _stars(rating))] if rating is not None else []
    if words is not None:
        judged.append((1, words))
    if not judged:
        return None
    total = sum(weight for weight, _ in judged)
    mean = round(sum(weight * opinion.score for weight, opinion in judged) / total, 4)
    return Sentiment(
        score=mean,
        label=label(mean, kind),
        engine=" + ".join(opinion.engine for _, opinion in judged),
        evidence=tuple(word for _, opinion in judged for word in opinion.evidence),
    )


def engine(language: str) -> str:
    """Return the name and version of a language's engine: "tone-fr 1.2", rules 1 with words 2."""
    return f"tone-{language} {VERSION}.{lexicon(language).version}"


def _stars(rating: float) -> Opinion:
    value = 2 * rating - 1
    return Opinion("rating 1", value, (Word(f"{1 + 4 * rating:.2g}/5", round(value, 4)),))
