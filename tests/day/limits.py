"""What platforms allow, counted where they count it: at their own side."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Window:
    """At most so many requests in any stretch of `per`; a day is one of the calendar, in UTC.

    used      today, before the first request of ours: the address is shared
    busiest   the most that were counted in one stretch
    exceeded  requests that were too many
    """

    most: int
    per: timedelta
    used: int = 0
    busiest: int = 0
    exceeded: int = 0
    times: deque[datetime] = field(default_factory=deque)

    @property
    def daily(self) -> bool:
        return self.per == timedelta(days=1)

    def count(self, now: datetime) -> bool:
        """Count a request; return whether it is allowed."""
        while self.times and not self._counts(self.times[0], now):
            self.times.popleft()
            self.used = 0 if self.daily else self.used
        self.times.append(now)
        self.busiest = max(self.busiest, self.taken)
        self.exceeded += self.taken > self.most
        return self.taken <= self.most

    @property
    def taken(self) -> int:
        return len(self.times) + self.used

    def left(self, now: datetime) -> int:
        return max(0, self.most - sum(self._counts(at, now) for at in self.times) - self.used)

    def renewed(self) -> datetime:
        """Return when the first of the requests that count no longer does."""
        return self.times[0] + self.per

    def _counts(self, at: datetime, now: datetime) -> bool:
        if self.daily:
            return at.astimezone(UTC).date() == now.astimezone(UTC).date()
        return at > now - self.per

    def __str__(self) -> str:
        seconds = self.per.total_seconds()
        return f"{self.most} in {'a day' if self.daily else f'{seconds:g} s'}"


def windows(*limits: tuple[int, float]) -> tuple[Window, ...]:
    """Return limits given as requests and seconds."""
    return tuple(Window(most, timedelta(seconds=seconds)) for most, seconds in limits)
