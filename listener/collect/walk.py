"""A search's way back through time, page by page, and what is kept of it between two passes.

For searches that give the newest first and can be asked for what was published up to a second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from listener.errors import ParseError
from listener.model import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a search can be walked.

    page     hits of a full answer
    hits     the most that one question gives, on all its pages
    first    how far the first pass looks back
    overlap  always read again: authors edit, and an index lags
    late     read again as far as the first page holds it: hits that were indexed days later
    """

    page: int = 100
    hits: int = 1000
    first: timedelta = timedelta(days=7)
    overlap: timedelta = timedelta(hours=2)
    late: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer.

    size            hits in it, readable or not
    oldest, newest  when its hits were published, in Unix seconds; None when none of them says so
    refused         why it holds no hits, in the platform's words, when not for want of any
    last            the platform says that nothing follows; None: its size tells
    """

    posts: tuple[Post, ...] = ()
    size: int = 0
    skipped: int = 0
    oldest: int | None = None
    newest: int | None = None
    refused: str | None = None
    last: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where a question stands, in Unix seconds. A pass goes from the newest hit back to `since`.

    Not by page numbers: hits that arrive meanwhile would move the others from page to page, and
    past the last reachable hit there is nothing.

    start   where the first pass began: nothing older is asked for
    since   back to here a pass has to go
    newest  the newest hit of this pass
    until   everything after it was read in this pass; None when no pass is under way
    page    of the hits up to `until`; more than 0 while they are all of that second, or hidden
    """

    reach: Reach
    start: int
    since: int
    newest: int
    until: int | None = None
    page: int = 0

    @classmethod
    def read(cls, text: str, now: datetime, reach: Reach) -> Self:
        """Return what `text` kept; a first pass when it is nothing we know, or of a wrong clock."""
        try:
            numbers = [int(word) for word in text.split()]
            if not all(0 <= number <= now.timestamp() for number in numbers):
                raise ValueError
            start, since, newest, *rest = numbers
            until = rest[0] if rest else None
            return cls(reach=reach, start=start, since=since, newest=newest, until=until)
        except ValueError:
            first = int((now - reach.first).timestamp())
            return cls(reach=reach, start=first, since=first, newest=first)

    def kept(self) -> str:
        """Return what is safe to resume from; `page` is not, its hits are read again."""
        until = () if self.until is None else (self.until,)
        return " ".join(map(str, (self.start, self.since, self.newest, *until)))

    @property
    def floor(self) -> int:
        """Nothing older than this second need be asked for."""
        return max(self.start, self.since - _seconds(self.reach.late))

    def after(self, answer: Page, now: datetime) -> Self:
        """Return where an answer leads; raises ParseError for one that leads nowhere."""
        if answer.refused is not None:
            return self._beyond(answer.refused)
        oldest = answer.oldest
        newest = max(self.newest, min(answer.newest or 0, int(now.timestamp())))
        last = answer.size < self.reach.page if answer.last is None else answer.last
        if last or (oldest is not None and oldest < self.since):
            since = max(self.since, newest - _seconds(self.reach.overlap))
            return replace(self, since=since, newest=newest, until=None, page=0)
        if oldest is None:
            return self._past_nothing(answer, now)
        if self.until is not None and oldest > self.until:
            raise ParseError("its hits are newer than was asked for")
        if oldest != self.until:
            return replace(self, newest=newest, until=oldest, page=0)
        if self._last_page:
            return self._beyond("more hits of one second than it gives")
        return replace(self, newest=newest, page=self.page + 1)

    @property
    def _last_page(self) -> bool:
        return (self.page + 2) * self.reach.page > self.reach.hits

    def _past_nothing(self, answer: Page, now: datetime) -> Self:
        """Return the next page of a platform that hides all of one from us, and has more."""
        if answer.size:
            raise ParseError("none of its hits says when it was published")
        if self._last_page:
            raise ParseError("it says that there is more, and shows nothing")
        until = int(now.timestamp()) if self.until is None else self.until
        return replace(self, until=until, page=self.page + 1)

    def _beyond(self, why: str) -> Self:
        """Return the second before: more of this one cannot be had."""
        if self.until is None or self.page == 0:
            raise ParseError(why)
        return replace(self, until=self.until - 1, page=0)


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
