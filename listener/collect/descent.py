"""A list's way down by ids, page by page, and what is kept of it between two passes.

For lists that give the newest first and can be asked for what stands below an id, where ids grow
as the platform takes posts in. Dates do not lead the way: a post that reached the platform late,
or was moved, carries an old one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from listener.model import Gap

_UNSAID = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How far a list is walked.

    first    how far the first pass looks back
    overlap  always read again, counted from the newest entry: authors edit, and entries that are
             written at the same time do not appear in the order of their ids
    pages    of one pass; what lies deeper is given up, and said to be
    """

    first: timedelta = timedelta(days=7)
    overlap: timedelta = timedelta(hours=2)
    pages: int = 250


class Entry(NamedTuple):
    """An entry of the list, whether it can be read or not."""

    id: str
    at: datetime | None  # when it says that it was published


def below(one: str, other: str) -> bool:
    """Tell whether an id is older: by number, or by letters where all have one length (ULID)."""
    return (len(one), one) < (len(other), other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """Where a list stands. A pass goes from the top down to `floor`.

    start   Unix seconds; a first pass goes back to here
    heard   Unix seconds; the newest entry that a finished pass knew of
    floor   down to this id a pass has to go; None while none is old enough
    at      of the pass under way: all ids from here up were read; None when none is under way
    newest  of the pass under way, in Unix seconds
    next    the floor of the pass after this one, as far as it is known
    pages   that the pass under way has read
    """

    depth: Depth
    start: int
    heard: int
    floor: str | None = None
    at: str | None = None
    newest: int = 0
    next: str | None = None
    pages: int = 0

    @classmethod
    def read(cls, text: str, now: datetime, depth: Depth) -> Self:
        """Return what `text` kept; a first pass when it is nothing we know, or of a wrong clock."""
        try:
            start, heard, floor, at, newest, following, pages = text.split()
            numbers = [int(n) for n in (start, heard, newest, pages)]
            if not all(0 <= number <= now.timestamp() for number in numbers):
                raise ValueError
        except ValueError:
            return cls.anew(now, depth)
        ids = [None if value == _UNSAID else value for value in (floor, at, following)]
        return cls(
            depth=depth, start=numbers[0], heard=numbers[1], floor=ids[0], at=ids[1],
            newest=numbers[2], next=ids[2], pages=numbers[3],
        )  # fmt: skip

    @classmethod
    def anew(cls, now: datetime, depth: Depth) -> Self:
        start = int((now - depth.first).timestamp())
        return cls(depth=depth, start=start, heard=start)

    def kept(self) -> str:
        """Return what is safe to resume from."""
        floor, at, following = (value or _UNSAID for value in (self.floor, self.at, self.next))
        return f"{self.start} {self.heard} {floor} {at} {self.newest} {following} {self.pages}"

    def after(self, entries: Iterable[Entry], now: datetime) -> tuple[Self, tuple[Gap, ...]]:
        """Return where a page leads, and what is given up; the pass is over when `at` is None."""
        new = [one for one in entries if self.at is None or below(one.id, self.at)]
        new.sort(key=lambda one: (len(one.id), one.id), reverse=True)
        here = self if self.at is not None else self._begun(new, now)
        if not new:
            return here._over(here.next), ()
        here = replace(here, at=new[-1].id, pages=here.pages + 1, next=here._following(new))
        if here._deep_enough(new):
            return here._over(here.next), ()
        return here._unless_too_many(min((one.at for one in new if one.at), default=now))

    def past(self, id: str, now: datetime) -> tuple[Self, tuple[Gap, ...]]:
        """Return the walk past a stretch down to an id that shows nothing; it counts as a page."""
        here = replace(self, at=id, pages=self.pages + 1)
        if here.floor is not None and not below(here.floor, id):
            return here._over(here.next), ()
        return here._unless_too_many(now)

    def _begun(self, new: list[Entry], now: datetime) -> Self:
        times = [one.at.timestamp() for one in new if one.at]
        newest = int(min(max(times, default=self.heard), now.timestamp()))
        start = self
        if new and self.floor is not None and below(new[0].id, self.floor):
            start = self.anew(now, self.depth)  # ids began anew: it is another list
        return replace(start, newest=newest, next=None, pages=0)

    def _following(self, new: list[Entry]) -> str | None:
        """Return the highest id under everything that is to be read again."""
        again = self.newest - self.depth.overlap.total_seconds()
        found = self.next
        for one in new:
            if one.at is not None and one.at.timestamp() >= again:
                found = None
            elif one.at is not None and found is None:
                found = one.id
        return found

    def _deep_enough(self, new: list[Entry]) -> bool:
        if self.floor is not None:
            return not below(self.floor, new[-1].id)
        times = [one.at.timestamp() for one in new if one.at]
        return bool(times) and max(times) < self.start

    def _unless_too_many(self, reached: datetime) -> tuple[Self, tuple[Gap, ...]]:
        if self.pages < self.depth.pages:
            return self, ()
        since = min(datetime.fromtimestamp(self.heard, UTC), reached)
        why = f"published faster than it could be read: {self.pages} pages in one pass"
        return self._over(self.next or self.at), (Gap(since=since, until=reached, why=why),)

    def _over(self, floor: str | None) -> Self:
        floor = floor or self.floor
        heard = max(self.heard, self.newest)
        return replace(self, floor=floor, heard=heard, at=None, newest=0, next=None, pages=0)
