"""What a report says, as data. It is kept as it was made: a later formula does not change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from listener.analysis.figures import Interval, Tally
from listener.model import Coverage, Heard, Label, PostKind, Reason, Risk


class Period(NamedTuple):
    """From `start` up to and without `end`."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandInfo:
    """A brand, and what it is to the operator."""

    name: str
    role: Literal["own", "competitor", "topic"] = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something planned that explains a day's volume."""

    name: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """One brand over one period.

    copies    the same texts published elsewhere: not mentions, counted beside them
    alarming  mentions of high or critical risk
    """

    mentions: int
    copies: int
    alarming: int
    tally: Tally
    net: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How many of a brand's mentions share a source, language or kind; None: it is not known."""

    key: str | None
    now: int
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`before`: the mentions of the same day in the period before. `gaps`: sources not heard."""

    day: date
    mentions: int
    before: int | None
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A mention as it is shown: a title of bounded length, and a link only if it is http(s)."""

    title: str
    url: str | None
    outlet: str
    published: datetime | None
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What was told most; `engagement` is that of its mentions where it is known.

    path       the kinds of places that told it, in the order in which they joined
    loudest    the outlet where the author with most followers told it; None when none is known
    """

    first: Item
    mentions: int
    copies: int
    engagement: int | None
    path: tuple[PostKind, ...] = ()
    loudest: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """The riskiest mention of a story; `others`: mentions of that story beside it."""

    item: Item
    risk: Risk
    label: Label | None
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Mentions that an own account replied to, and how soon (seconds) half of them were."""

    answered: int
    median: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A surge ("burst", "sustained") or a silence ("drop"); `event`: planned for that day."""

    brand: str
    kind: str
    at: datetime
    said: tuple[Reason, ...]
    event: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A brand beside its competitors; shares in percent, None when nothing was said of any."""

    name: str
    own: bool
    now: Counts
    before: Counts | None
    share: float | None
    share_before: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandWeek:
    """An own brand over the period; `before` is None when it is not known."""

    name: str
    now: Counts
    before: Counts | None
    days: tuple[Day, ...]
    voices: tuple[Voice, ...]  # itself first; alone when there is no competitor
    sources: tuple[Part, ...]
    languages: tuple[Part, ...]
    kinds: tuple[Part, ...]
    stories: tuple[Story, ...]
    dangers: tuple[Danger, ...]
    answers: Answers | None = None  # None: no reply of ours was seen
    spikes: tuple[Spike, ...] = ()  # oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWeek:
    name: str
    now: Counts
    before: Counts | None
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWeek:
    """How a source was heard, in shares (0..1) of the period.

    unrecorded  nothing is known: the source was not polled yet, or the program did not run
    gaps        the stretches in which it was not simply heard, cut to the period
    """

    name: str
    heard: float
    limited: float
    stale: float
    down: float
    unrecorded: float
    heard_before: float | None
    gaps: tuple[Coverage, ...]

    @property
    def missed(self) -> bool:
        """Whether posts of this source may be missing. A stale source does answer."""
        return any(gap.state is not Heard.STALE for gap in self.gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One period, and the one of the same length before it.

    version       of this shape, REPORT_VERSION
    formulas      of the figures, `listener.analysis.figures.VERSION`
    heard         share (0..1) of sources x time that was heard; None without any source
    heard_before  None: the period before is not known, and nothing is compared with it
    undated       mentions without a date of their own, placed by when they were found
    engines       what scored sentiment and risk, with versions
    """

    version: int
    formulas: str
    start: datetime
    end: datetime
    timezone: str
    brands: tuple[BrandWeek, ...]
    topics: tuple[TopicWeek, ...]
    sources: tuple[SourceWeek, ...]
    events: tuple[Event, ...]
    heard: float | None
    heard_before: float | None
    undated: int
    engines: tuple[str, ...]
