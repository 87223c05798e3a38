"""What GDELT is asked for: stretches of time, halved while an answer is full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from listener.model import Gap

MOST = 250  # articles of one answer; there is no second page
FIRST = timedelta(days=7)  # the first pass looks back so far
OVERLAP = timedelta(hours=2)  # always asked for again: articles are listed late
ARCHIVE = timedelta(days=88)  # it searches the last three months
SMALLEST = timedelta(hours=1)  # it refuses to search less: "Timespan is too short."


class Window(NamedTuple):
    """From one Unix second to another, both with it."""

    since: int
    until: int

    def halves(self) -> tuple[Self, Self] | None:
        """Return the newer and the older half; None when it refuses to search so little."""
        if self.until - self.since < 2 * SMALLEST.total_seconds():
            return None
        middle = (self.since + self.until) // 2
        return self._replace(since=middle), self._replace(until=middle)

    def gap(self, oldest: int | None) -> Gap:
        """Return what a full answer that cannot be halved leaves out: all before its oldest."""
        until = self.until if oldest is None else oldest
        return Gap(since=_time(self.since), until=_time(until), why=f"more than {MOST} in an hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Where a search stands, in Unix seconds.

    start  where the first pass began
    since  the newest article, up to which everything was read; `start` while there was none
    heard  when it was last answered to the end
    """

    start: int
    since: int
    heard: int

    @classmethod
    def read(cls, text: str, now: datetime) -> Self:
        """Return what `text` kept; a first pass when it is nothing we know, or of a wrong clock."""
        try:
            start, since, heard = map(int, text.split())
            if not all(0 <= time <= now.timestamp() for time in (start, since, heard)):
                raise ValueError
        except ValueError:
            start = since = heard = int((now - FIRST).timestamp())
        return cls(start=start, since=since, heard=heard)

    def kept(self) -> str:
        return f"{self.start} {self.since} {self.heard}"

    def found(self, now: datetime) -> bool:
        """Tell whether there is an article that it has to find again."""
        return self.since > max(self.start, _oldest(now))

    def window(self, now: datetime) -> Window:
        """Return what a pass has to ask for."""
        since = self.since - int(OVERLAP.total_seconds())
        return Window(max(since, _oldest(now)), int(now.timestamp()))

    def after(self, newest: int | None, now: datetime) -> Self:
        """Return where it stands once all up to these articles was read."""
        reached = self.since if newest is None else min(newest, int(now.timestamp()))
        return replace(self, since=max(self.since, reached))

    def ended(self, now: datetime) -> tuple[Self, tuple[Gap, ...]]:
        """Return where it stands after a pass, and what came too late for its archive."""
        oldest = _oldest(now)
        why = "GDELT searches the last three months only"
        lost = self.heard < oldest
        gaps = (Gap(since=_time(self.heard), until=_time(oldest), why=why),) if lost else ()
        return replace(self, heard=int(now.timestamp())), gaps


def _oldest(now: datetime) -> int:
    return int((now - ARCHIVE).timestamp())


def _time(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
