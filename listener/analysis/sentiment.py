"""How a text speaks of a brand, -1..1, by an engine chosen from the language.

English is judged by VADER (Hutto and Gilbert, 2014) on the words about the brand. A language that
has no engine here gets None, never "neutral". A star rating is evidence in any language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer, SentiText

from listener.analysis.sentences import Range, beside, holding, split
from listener.model import Label, PostKind, Sentiment, Span, Word

SHORT = 400  # characters: a shorter text is judged whole
READ = 10_000  # characters in which sentences about the brand are looked for
LONGEST = 1_000  # characters that are judged: VADER's time grows with their square,
MOST = 60  # and emoji of them: it turns each into several words
WIDEST = 400  # characters of one sentence
THRESHOLD = 0.05  # VADER's own: neutral lies between minus and plus this
EVIDENCE = 8  # words that are told, the heaviest first

_EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")

Judged = tuple[float, tuple[Word, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    name: str  # with its version
    judge: Callable[[str], Judged]  # score -1..1, and the words that made it


def score(
    title: str | None,
    text: str,
    spans: Sequence[Span],
    language: str | None,
    kind: PostKind,
    rating: float | None = None,
    ignore: Sequence[str] = (),
) -> Sentiment | None:
    """Judge how a post speaks of what `spans` found; None when there is nothing to judge by.

    rating  0 (worst) to 1 (best), as in Post; together with words it counts twice, they once
    ignore  the brand's own words: "Best Buy" is no praise
    """
    engine = ENGINES.get(language) if language else None
    judged: list[tuple[int, str, Judged]] = []
    if rating is not None:
        judged.append((2, "rating 1", _stars(rating)))
    if engine:
        judged.append((1, engine.name, _about(engine, title, text, spans, kind, ignore)))
    if not judged:
        return None
    total = sum(weight for weight, _, _ in judged)
    mean = round(sum(weight * value for weight, _, (value, _) in judged) / total, 4)
    return Sentiment(
        score=mean,
        label=label(mean),
        engine=" + ".join(name for _, name, _ in judged),
        evidence=tuple(word for _, _, (_, words) in judged for word in words),
    )


def label(value: float) -> Label:
    if abs(value) < THRESHOLD:
        return Label.NEUTRAL
    return Label.POSITIVE if value > 0 else Label.NEGATIVE


def _about(
    engine: Engine,
    title: str | None,
    text: str,
    spans: Sequence[Span],
    kind: PostKind,
    ignore: Sequence[str],
) -> Judged:
    """Judge the words around the brand; where they are silent, the whole from its beginning."""
    whole = f"{(title or '')[:LONGEST]}\n{text[:LONGEST]}".strip()
    if len(text) > SHORT and kind is not PostKind.REVIEW:
        judged = engine.judge(_cut(_around(title, text[:READ], spans), ignore))
        if judged[1]:
            return judged
    return engine.judge(_cut(whole, ignore))


def _around(title: str | None, text: str, spans: Sequence[Span]) -> str:
    """Return the title, the sentences with the brand, one before and one after each."""
    matched = [(span.start, span.end) for span in spans if span.field == "text"]
    sentences = split(text)
    held = holding(sentences, matched)
    chosen = sorted(held | beside(held))
    pieces = [_narrow(text, sentences[n], matched) for n in chosen if 0 <= n < len(sentences)]
    return "\n".join([title, *pieces] if title else pieces)


def _narrow(text: str, sentence: Range, matched: Sequence[Range]) -> str:
    """Return a sentence, or of an endless one the stretch around the first match."""
    start, end = sentence
    first = next((left for left, right in matched if left < end and right > start), start)
    begin = max(start, min(first - WIDEST // 2, end - WIDEST))
    return text[begin : min(end, begin + WIDEST)]


def _cut(text: str, ignore: Sequence[str]) -> str:
    """Return what is judged, the brand's own words replaced by as many letters without meaning."""
    emoji = [found.start() for found in islice(_EMOJI.finditer(text), MOST + 1)]
    text = text[: min(LONGEST, emoji[MOST])] if len(emoji) > MOST else text[:LONGEST]
    if names := [re.escape(name) for name in ignore if name.strip()]:
        brand = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", re.IGNORECASE)
        return brand.sub(lambda found: "x" * len(found[0]), text)
    return text


def _stars(rating: float) -> Judged:
    value = 2 * rating - 1
    return value, (Word(f"{1 + 4 * rating:.2g}/5", round(value, 4)),)


class _Vader(SentimentIntensityAnalyzer):  # type: ignore[misc]
    """VADER, which also tells what each word came to after negation, emphasis and "but"."""

    def score_valence(self, sentiments: list[float], text: str) -> dict[str, object]:
        weights = zip(SentiText(text).words_and_emoticons, sentiments, strict=True)
        moved = [Word(word, round(float(weight), 4)) for word, weight in weights if weight]
        return {**super().score_valence(sentiments, text), "words": moved}


@cache
def _analyzer() -> _Vader:
    return _Vader()


def _vader(text: str) -> Judged:
    result = _analyzer().polarity_scores(text)
    heaviest = sorted(result["words"], key=lambda word: -abs(word.weight))
    return float(result["compound"]), tuple(heaviest[:EVIDENCE])


ENGINES: Mapping[str, Engine] = {"en": Engine(name="vader-en 1", judge=_vader)}
