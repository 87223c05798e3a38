"""People say how a mention sounds: their word counts from then on, and engines can learn from it.

A label is a judgement like any other, with its risk; the engine's stays beside it. It holds until
the post is edited, and `rescore` leaves it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from listener.analysis.labelled import Example
from listener.errors import ConfigError
from listener.judge import Judge
from listener.model import PERSON, Label, Mention, Sentiment
from listener.store import Store, labels

SCORES = {Label.NEGATIVE: -0.5, Label.NEUTRAL: 0.0, Label.POSITIVE: 0.5}  # what a label counts as
HONEST = 1 / 3  # of labels of what an engine had judged, which must be what it had said


def label(
    store: Store, judge: Judge, posts: Sequence[int], brand: str | None, given: Label, now: datetime
) -> tuple[Mention, ...]:
    """Give posts and the copies of their text a label, for a brand or all that they mention.

    Returns the mentions as they were. Their risk is assessed with it; nobody is alerted.
    """
    tone = Sentiment(score=SCORES[given], label=given, engine=PERSON)
    with store.transaction():
        found = labels.alike(store, posts, brand)
        for mention in found:
            risk = judge.again(replace(mention, sentiment=tone), store.signals.of(mention, now))
            store.mentions.judge(mention.id, tone, risk, int(now.timestamp()))
    return found


def examples(store: Store) -> tuple[Example, ...]:
    """Return what people labelled, to learn from.

    Raises ConfigError when most labels correct an engine: measured on its mistakes alone, whatever
    is learned seems better than it. Where no engine judged there is none to correct.
    """
    judged, agreed = labels.agreed(store)
    if agreed < HONEST * judged:
        raise ConfigError([
            f"only {agreed} of {judged} labels are what was said before, so that anything"
            ' would seem better: label mentions taken by chance as well, with "listener label"'
        ])  # fmt: skip
    return tuple(_example(mention) for mention in labels.labelled(store))


def _example(mention: Mention) -> Example:
    post = mention.post
    assert mention.sentiment is not None
    assert mention.language is not None
    return Example(
        title=post.title,
        text=post.text,
        label=mention.sentiment.label,
        language=mention.language,
        kind=post.kind,
        spans=mention.spans,
        target=mention.brand,
    )
