"""The words of the program as types. All frozen; `None` means "not known" and nothing replaces it.

Every datetime is aware and in UTC; what people read is turned to their zone at the surface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal


class PostKind(StrEnum):
    """What sort of place a post was published in; digests are grouped by it, in this order."""

    NEWS = "news"
    BLOG = "blog"
    DISCUSSION = "discussion"
    SOCIAL = "social"
    VIDEO = "video"
    REVIEW = "review"
    WEB = "web"  # the source does not say


class Label(StrEnum):
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Level(StrEnum):
    """Risk in words: low 0-29, medium 30-59, high 60-79, critical 80-100."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Heard(StrEnum):
    """How well a source was heard. `PENDING`: never polled yet."""

    PENDING = "pending"
    HEARD = "heard"
    STALE = "stale"  # it answers, but has published nothing for unusually long
    EMPTY = "empty"  # it answered with nothing, which need not mean that there was nothing
    LIMITED = "limited"  # it throttles us: some posts may be missing
    SPENT = "spent"  # its quota is used up until a time it names
    MISSED = "missed"  # it was heard later, but no longer gave what was published then
    DENIED = "denied"  # it refuses us: a credential, a permission, a block
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    name: str | None = None
    handle: str | None = None  # as the platform writes it, without "@"
    url: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Counts as the platform gave them at one moment."""

    likes: int | None = None
    shares: int | None = None
    comments: int | None = None
    views: int | None = None

    @property
    def total(self) -> int | None:
        """Likes + shares + comments that are known; None when none is. Views are not engagement."""
        known = [n for n in (self.likes, self.shares, self.comments) if n is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Anything published, as one source gave it.

    key     who it is, everywhere: platform and native id, else `url:` and the canonical URL
    item    what this source calls it (guid, id): stable at this source
    text    plain text, without the title; spans point into it
    rating  of a review, from 0 (the worst: one star of five) to 1 (the best)
    parent, root  keys of the post answered and of the one that opened the thread
    outlet  who published it, in words people know ("Le Monde"), when not the source itself
    """

    key: str
    item: str
    kind: PostKind = PostKind.WEB
    url: str | None = None
    title: str | None = None
    text: str = ""
    author: Author | None = None
    outlet: str | None = None
    published: datetime | None = None
    language: str | None = None  # ISO 639-1, as declared
    rating: float | None = None
    parent: str | None = None
    root: str | None = None
    engagement: Engagement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of which a source no longer gives what was published; `why` in words."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Posts, and a cursor that is safe to resume from once they are stored.

    skipped  items that could not be read
    wait     the source asks not to be polled again sooner
    gaps     what cannot be caught up any more
    doubt    why an answer without posts need not mean that there are none, in words
    """

    posts: tuple[Post, ...]
    cursor: Mapping[str, str]
    skipped: int = 0
    wait: timedelta | None = None
    gaps: tuple[Gap, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What a second look at posts we have brought: as they are now, and keys of deleted ones.

    A post that was looked for and is in neither is as it was.
    """

    posts: tuple[Post, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a post's title or text that matched, as offsets into the stored string."""

    field: Literal["title", "text"]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Why a post is about a brand: where, and by which clause of its query."""

    brand: str
    spans: tuple[Span, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word that moved a sentiment score, and by how much."""

    text: str
    weight: float


PERSON = "a person"  # the engine of a sentiment that somebody gave by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    score: float  # -1..1
    label: Label
    engine: str  # name and version, "tone-fr 1.1"; PERSON
    evidence: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Points of a risk score in words: a message of the catalogues and what fills it in."""

    points: int
    text: str  # English, with %(name)s places; translated where it is shown
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    score: int  # 0..100, the sum of its reasons' points, capped
    level: Level
    reasons: tuple[Reason, ...]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The same text published elsewhere."""

    outlet: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A post that matches a brand, judged; as the store gives it back."""

    id: int
    post: Post
    brand: str
    spans: tuple[Span, ...]
    clause: str
    found: datetime
    source: str  # where it was first seen
    story: int
    sentiment: Sentiment | None
    risk: Risk
    language: str | None  # declared or identified
    first_pass: bool = False  # found on the first pass over a new source
    alerted: bool = False
    copies: tuple[Copy, ...] = ()
    original: int | None = None  # the same for all copies of one text; a story may hold several
    answered: datetime | None = None  # when an own account first replied to it
    edited: datetime | None = None  # when we saw that its text had changed
    gone: datetime | None = None  # when we saw that it was deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How a source was heard over a stretch of time."""

    source: str
    state: Heard
    since: datetime | None = None
    until: datetime | None = None
    why: str | None = None  # in words, for everything but HEARD
