"""What is known of a mention besides its text, and what that makes of its risk.

Each factor takes harm (the points of what is alleged and how) and yields a share of it as a reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from listener.model import Author, Engagement, PostKind, Reason

KINDS = {PostKind.NEWS: 0.15, PostKind.BLOG: 0.05}  # of harm, for who says it
SPREAD = 0.1  # of harm, for a story that has come to another kind of place
ASKED = 6  # points


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What the store knows of a mention; None is not known.

    story_posts     posts that tell its story, with this one
    story_copies    of them, copies of one text
    story_last_day  posts that joined its story in the last 24 hours
    new_kind        its story began in one kind of place, and is now in others as well
    velocity        reactions gained in an hour, between the last two counts
    earlier         earlier mentions of the brand by the same author
    negative        of them, negative ones
    answered        an own account replied
    gone            the post was deleted
    """

    story_posts: int | None = None
    story_copies: int | None = None
    story_last_day: int | None = None
    new_kind: bool | None = None
    velocity: float | None = None
    earlier: int | None = None
    negative: int | None = None
    answered: bool | None = None
    gone: bool | None = None


UNKNOWN = Signals()


def asking(asks: bool, signals: Signals) -> Iterator[Reason]:
    """Yield what a question or complaint to the brand adds while nobody has answered it."""
    if asks and signals.answered:
        yield Reason(points=0, text="asks for an answer, and has one")
    elif asks:
        yield Reason(points=ASKED, text="asks for an answer, and has none")


def saying(kind: PostKind, author: Author | None, signals: Signals, harm: int) -> Iterator[Reason]:
    """Yield what the one who says it makes of it: reach, the authority of the place, history."""
    followers = author.followers if author else None
    if points := round(harm * share(followers, 1_000) / 2):
        facts = {"followers": followers or 0}
        yield Reason(points=points, text="an author with %(followers)s followers", facts=facts)
    if points := round(harm * KINDS.get(kind, 0.0)):
        yield Reason(points=points, text="in the press" if kind is PostKind.NEWS else "on a blog")
    before, negative = signals.earlier or 0, signals.negative or 0
    if negative and (points := round(harm * negative / (before + 3) / 4)):
        text = "%(negative)s of %(earlier)s earlier posts by the author were negative"
        yield Reason(points=points, text=text, facts={"negative": negative, "earlier": before})


def moving(engagement: Engagement | None, signals: Signals, harm: int) -> Iterator[Reason]:
    """Yield what its movement adds: reactions and their pace, a story that grows and spreads."""
    reactions = engagement.total if engagement else None
    if points := round(harm * share(reactions, 10) / 2):
        yield Reason(points=points, text="%(count)s reactions", facts={"count": reactions or 0})
    if points := round(harm * share(signals.velocity, 10) / 4):
        facts = {"count": round(signals.velocity or 0)}
        yield Reason(points=points, text="%(count)s reactions an hour", facts=facts)
    joined = signals.story_last_day
    if points := round(harm * share(joined, 2, decades=2) / 2):
        text = "%(count)s posts tell of it within a day"
        yield Reason(points=points, text=text, facts={"count": joined or 0})
    if signals.new_kind and (points := round(harm * SPREAD)):
        yield Reason(points=points, text="the story has spread to other kinds of places")


def ending(signals: Signals, risk: int) -> Iterator[Reason]:
    """Yield what a deletion takes away: half."""
    if signals.gone and (points := round(risk / 2)):
        yield Reason(points=-points, text="the post was deleted")


def share(count: float | None, floor: int, decades: int = 3) -> float:
    """Return 0 up to `floor`, 1 from so many powers of ten above it, the logarithm between."""
    return min(1.0, math.log10(count / floor) / decades) if count and count > floor else 0.0
