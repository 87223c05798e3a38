"""Risk, 0..100: what is alleged near the brand, how negative, who says it and how it moves.

    harm  = alleged + wording + tone + asked            never below 0
    risk  = harm x (1 + who says it + how it moves)     at most 100; half when deleted

alleged     terms of the crisis vocabulary, weight x place: headline that names the brand 1.1, the
            brand's sentence (and all of a review) 1, near it 0.85, elsewhere 0.25, as a possibility
            0.3 of that, said of another brand 0.1 at most. The heaviest counts in full, each
            further one 0.4 of its weight, as a percentage of what is left up to 100; two of a
            family and six in all, no word twice. Terms of 15 and less only where no other speaks
wording     plain words near the brand, as learned from labelled mentions: 55 at most; at most half
            of what is alleged is taken away
tone        -15 x sentiment (or the rating, from -1 to 1); half of it in news, whose subjects sound
            negative; a positive tone takes away up to a quarter of what is alleged, a rating half
asked       6 for a question, complaint or request to the brand that is unanswered
who         reach/2: log10(followers / 1,000) / 3, from 0 to 1: 1,000 -> 0, 1,000,000 -> 1;
            0.15 for the press, 0.05 for a blog;
            history/4: the author's earlier negative mentions / (all earlier ones + 3)
movement    engagement/2: log10(reactions / 10) / 3: 10 -> 0, 10,000 -> 1;
            velocity/4: the same for reactions in an hour;
            growth/2: log10(posts of its story in 24 hours / 2) / 2: 2 -> 0, 200 -> 1;
            0.1 when the story has come to another kind of place

What is not known adds nothing. Every step is rounded to whole points and is a reason. A text of
unknown language is read with all vocabularies; one in a language without a vocabulary says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from listener.analysis import signals as known
from listener.analysis.allegations import (
    BRAND,
    HEADLINE,
    NEAR,
    SHORT,
    Allegation,
    Passage,
    allegations,
    alleged,
    passages,
    readings,
)
from listener.analysis.crisis import Vocabulary
from listener.analysis.signals import UNKNOWN, Signals
from listener.analysis.strangers import strangers
from listener.analysis.vocabulary import read
from listener.analysis.wording import worded
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

__all__ = ["VERSION", "Rules", "Signals", "assess", "load"]

VERSION = "risk 3"
TONE = 15
POOR = 0.5  # rating: who gives less does not write a harmless mention, whatever the words
ENGLISH = "en"
LEVELS = ((80, Level.CRITICAL), (60, Level.HIGH), (30, Level.MEDIUM), (0, Level.LOW))
CLOSE = (HEADLINE, BRAND, NEAR)
TOLD = (PostKind.NEWS, PostKind.VIDEO)  # kinds that ask nobody


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
    others: Sequence[Span] = (),
    signals: Signals = UNKNOWN,
) -> Risk:
    """Judge how much a mention endangers the brand; the reasons' points sum to the score.

    others   where other brands are named: what stands nearest to them is said of them
    signals  what is known besides the text
    """
    named = (*others, *strangers(title, text, spans, language))
    told = tuple(passages(title, text, spans, named, kind))
    scene = len(title or "") + len(text) <= SHORT
    blamed = rating is not None and rating < POOR
    heard, asks = _heard(told, language, rules, whole=scene, blamed=blamed)
    reasons = list(heard)
    reasons += _tone(sentiment, rating, kind, _sum(reasons))
    reasons += known.asking(asks and kind not in TOLD, signals)
    harm = _sum(reasons)
    reasons += known.saying(kind, author, signals, harm)
    reasons += known.moving(engagement, signals, harm)
    score = _sum(reasons)
    if score > 100:
        reasons.append(Reason(points=100 - score, text="no score goes beyond 100"))
    reasons += known.ending(signals, _sum(reasons))
    score = _sum(reasons)
    level = next(level for floor, level in LEVELS if score >= floor)
    return Risk(score=score, level=level, reasons=tuple(reasons), version=VERSION)


def _sum(reasons: Sequence[Reason]) -> int:
    return sum(reason.points for reason in reasons)


def _heard(
    told: Sequence[Passage], language: str | None, rules: Rules, *, whole: bool, blamed: bool
) -> tuple[tuple[Reason, ...], bool]:
    """Return the reasons for what is alleged, and whether something near the brand asks."""
    speaking = rules.speaking(language)
    if language and not speaking:
        facts = {"language": language}
        text = "no crisis vocabulary for language %(language)s"
        return (Reason(points=0, text=text, facts=facts),), False
    found: list[Allegation] = []
    asks = False
    for vocabulary in speaking:
        read_ = readings(vocabulary, told)
        found += allegations(told, read_, vocabulary.needs, whole=whole)
        asks |= any(r.asks and p.place in CLOSE for r, p in zip(read_, told, strict=True))
    reasons = tuple(alleged(found))
    if len(speaking) != 1:  # plain words say nothing where the language is not known
        return reasons, asks
    words = worded(told, read_, vocabulary.base, _sum(reasons), CLOSE, blamed=blamed)
    return (*reasons, *words), asks


def _tone(
    sentiment: Sentiment | None, rating: float | None, kind: PostKind, harm: int
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
    part = 0.5 if kind is PostKind.NEWS else 1.0
    away = 0.5 if rating is not None else 0.25
    points = round(-score * TONE * part) if score < 0 else -round(harm * score * away)
    if points:
        yield Reason(points=points, text=text, facts=facts)
