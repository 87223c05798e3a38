"""Surges and silences in the number of mentions, noticed as they come.

For each series of counts (a brand, its negative mentions, its mentions in one kind of place) a
Detector is told the count of each bucket of five minutes, once, in order. It asks not how unlikely
a count is, but how rarely *this series* surges like that. With K mentions in a window and M as
usual there (`spikes_level`), e = ln((K + 3) / (M + 3)); `spikes_tail` makes of e how rare it is.

burst      the mean of the two greatest rarities among those of the last 5, 15 and 60 minutes; at
           least 10 mentions in the hour, or 6 when these are more than is usual in a whole day
sustained  the same for K = the median of the last two hours' buckets times their number; twice
           as rare, and at least 24 mentions in them
drop       e = ln((M + 3) / 3) for the M mentions that were to be expected since the last one; the
           silence has to be unlikely in itself as well, and two weeks have to be known

A surge rarer than once in seven days is said, then nothing for six hours unless it becomes five
times rarer; a silence rarer than once in four weeks is said once. Buckets in which nothing was
heard are skipped: they are no calm.

Two windows, because the third often has nothing to say: a moment is lost in the hour, and what
rises slowly hardly shows in five minutes. With all three, the threshold decided too much.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from math import log, log10

from listener.analysis.spikes_level import DAY, Level
from listener.analysis.spikes_tail import BLOCK, DAILY, Tail
from listener.analysis.spikes_window import Silence, Window

VERSION = "spikes 2"
_READ = ("spikes 1", VERSION)  # the first asked for more agreement; what it remembers is the same
MINUTES = 5  # a bucket

RARE = log10(28)  # blocks of six hours: once in seven days
SILENT = log10(112)  # blocks: once in four weeks, because quiet weekends come once in one
RARER = 0.7  # five times
PAUSE = 72  # buckets: six hours

_HOUR = 12  # buckets
_WINDOWS = (1, 3, _HOUR)

# What is said to come once in 7 days by the tail alone comes once in 4 to 5, and 12 means 8: past
# surges tell less of those to come than the tail believes, and there are three windows.
_HASTE = log10(12 / 7)
_TWICE = log10(2)  # so much rarer than a burst has to be what lasts
_BUSY_HOUR = 10  # mentions
_BUSY_SMALL = 6  # mentions in an hour, when more than in a usual day
_BUSY_HOURS = 24  # mentions in two hours
_WEEKS = 14 * DAY
_HORIZON = 3  # times the known history: no return period beyond it is claimed
_EVEN = 3  # added to both counts of a ratio, so that small ones do not make it jump


class Kind(StrEnum):
    BURST = "burst"
    SUSTAINED = "sustained"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was noticed at the end of a bucket.

    grows    a surge that was told within six hours has become rarer
    count    mentions in the last `minutes`, where `usual` are usual (above 0)
    a_day    mentions that are usual in a day
    days     how rarely the series does that: about once in so many days
    beyond   rarer than that: three times the known history, beyond which nothing is claimed
    score    log10 of the return period in blocks of six hours; what is told is RARE or more
    """

    kind: Kind
    grows: bool
    count: int
    usual: float
    minutes: int
    a_day: float
    days: float
    beyond: bool
    score: float

    @property
    def times(self) -> float:
        return self.count / self.usual


@dataclass(slots=True)
class Detector:
    """All that is remembered of one series.

    known  heard buckets; pause  buckets until a surge no rarer than `told` is said again
    """

    level: Level = field(default_factory=Level)
    window: Window = field(default_factory=Window)
    tails: tuple[Tail, ...] = field(default_factory=lambda: tuple(Tail() for _ in range(5)))
    silence: Silence = field(default_factory=Silence)
    known: int = 0
    pause: int = 0
    told: float = 0.0

    def update(self, count: int, share: float = 1.0) -> Seen | None:
        """Take in a bucket and return what is to be told, if anything.

        `share` is how much of the voice was heard: the sources that were heard for the whole
        bucket usually bring this share of the mentions, 0..1. `count` holds their mentions only.
        A share of 0 is a bucket to skip; it neither teaches nor triggers.
        """
        if share <= 0:
            self.skip()
            return None
        usual = self.level.usual
        if usual is None:
            expected, seen = None, None
        else:
            expected = usual * share
            self.window.push(count, expected)
            self.pause -= self.pause > 0
            surge, drop = self._surge(), self._drop(count, expected)
            seen = surge or drop
        self.level.learn(count, share, expected)
        self.known += 1
        if self.known % BLOCK == 0:
            for tail in self.tails:
                tail.close()
        return seen

    def skip(self, buckets: int = 1) -> None:
        """Pass over buckets in which nothing was heard."""
        self.pause = max(0, self.pause - buckets)
        for _ in range(min(buckets, Window.LONGEST)):
            self.window.push(0, 0.0)

    def rescale(self, times: float) -> None:
        """Expect `times` as many from now on: a source was taken in, or left, for good."""
        self.level.rescale(times)

    def _surge(self) -> Seen | None:
        rarities, lasting = self._rarities()
        burst = (sum(rarities) - min(rarities)) / (len(rarities) - 1) - _HASTE
        lasting -= _HASTE + _TWICE
        if max(burst, lasting) < RARE:
            return None
        heard, level = self.window.sums(Window.LONGEST)
        burst = burst if self._busy() else 0.0
        score = max(burst, lasting if heard >= max(_BUSY_HOURS, level) else 0.0)
        if score < RARE or (self.pause and score < self.told + RARER):
            return None
        grows = self.pause > 0
        self.pause, self.told = PAUSE, score
        if burst < score:
            kind, buckets, score = Kind.SUSTAINED, Window.LONGEST, score + _TWICE
        else:
            kind, buckets = Kind.BURST, _WINDOWS[rarities.index(max(rarities))]
        return self._seen(kind, *self.window.sums(buckets), buckets, score, grows=grows)

    def _rarities(self) -> tuple[list[float], float]:
        """Say how rare the last minutes are, for each window, and the median of two hours."""
        rarities = []
        for tail, buckets in zip(self.tails, _WINDOWS, strict=False):
            count, level = self.window.sums(buckets)
            rarities.append(tail.rarity(log((count + _EVEN) / (level + _EVEN))))
        level = sum(self.window.usual)
        more = log((self.window.steady() + _EVEN) / (level + _EVEN))
        return rarities, self.tails[3].rarity(more)

    def _busy(self) -> bool:
        """Tell whether the hour's mentions are enough to be worth a person's time."""
        count, _ = self.window.sums(_HOUR)
        return count >= _BUSY_HOUR or (count >= _BUSY_SMALL and count > self._a_day())

    def _a_day(self) -> float:
        return DAY * (self.level.usual or 0.0)

    def _drop(self, count: int, expected: float) -> Seen | None:
        silence = self.silence
        if count:
            if silence.buckets:
                self.silence = Silence()
            return None
        silence.buckets += 1
        silence.expected += expected
        score = self.tails[4].rarity(log((silence.expected + _EVEN) / _EVEN))
        if score < SILENT or silence.told or self.known < _WEEKS:
            return None
        if not silence.unlikely(self.level.dispersion):
            return None
        silence.told = True
        return self._seen(Kind.DROP, 0, silence.expected, silence.buckets, score)

    def _seen(
        self,
        kind: Kind,
        count: int,
        usual: float,
        buckets: int,
        score: float,
        *,
        grows: bool = False,
    ) -> Seen:
        days, horizon = 10**score / DAILY, _HORIZON * self.known / DAY
        return Seen(
            kind=kind,
            grows=grows,
            count=count,
            usual=usual,
            minutes=MINUTES * buckets,
            a_day=self._a_day(),
            days=min(days, horizon),
            beyond=days > horizon,
            score=score,
        )

    def dumps(self) -> str:
        """Write the state down; `loads` gives a detector that goes on exactly as this one."""
        level, silence = self.level, self.silence
        return json.dumps(
            {
                "version": VERSION,
                "level": [level.total, level.weight, level.excess, level.square],
                "counts": self.window.counts,
                "usual": self.window.usual,
                "tops": [tail.top for tail in self.tails],
                "maxima": [tail.maxima for tail in self.tails],
                "silence": [silence.buckets, silence.expected, silence.told],
                "known": self.known,
                "pause": self.pause,
                "told": self.told,
            },
            separators=(",", ":"),
        )

    @classmethod
    def loads(cls, text: str) -> Detector:
        """Read what `dumps` wrote; raises ValueError when it cannot be gone on from."""
        state = json.loads(text)
        if state["version"] not in _READ:
            raise ValueError(f"a state of {state['version']}, not of {VERSION}")
        tails = zip(state["tops"], state["maxima"], strict=True)
        return cls(
            level=Level(*state["level"]),
            window=Window(state["counts"], state["usual"]),
            tails=tuple(Tail(top, maxima) for top, maxima in tails),
            silence=Silence(*state["silence"]),
            known=state["known"],
            pause=state["pause"],
            told=state["told"],
        )
