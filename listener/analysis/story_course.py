"""How a story went: who told it first, where it spread, who told it to most, whether it grows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.model import PostKind

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One post of a story; `text` is the same for copies, `at`: published, else found."""

    kind: PostKind
    outlet: str
    at: datetime
    text: int
    followers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of a story up to a moment.

    path       the first post of each kind of place, in the order in which they joined
    authority  who told it to most people; None when nobody's followers are known
    posts, copies  all posts; those that repeat the text of an earlier one
    day, day_before  posts of the last 24 hours, and of the 24 hours before
    """

    path: tuple[Piece, ...]
    authority: Piece | None
    posts: int
    copies: int
    day: int
    day_before: int

    @property
    def first(self) -> Piece:
        return self.path[0]


def course(pieces: Iterable[Piece], now: datetime) -> Course | None:
    """Return how a story went, from its posts in any order; None when there are none."""
    told = sorted(pieces, key=lambda piece: (piece.at, piece.outlet, piece.text, piece.kind))
    if not told:
        return None
    path: dict[PostKind, Piece] = {}
    for piece in told:
        path.setdefault(piece.kind, piece)
    known = [piece for piece in told if piece.followers is not None]
    return Course(
        path=tuple(path.values()),
        authority=max(known, key=lambda piece: piece.followers or 0, default=None),
        posts=len(told),
        copies=len(told) - len({piece.text for piece in told}),
        day=sum(now - DAY < piece.at <= now for piece in told),
        day_before=sum(now - 2 * DAY < piece.at <= now - DAY for piece in told),
    )
