"""A query's way back through time, page by page, and what is kept of it between two passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from listener.collect.hackernews_posts import Page
from listener.errors import ParseError

PAGE = 100  # hits asked for at once
REACH = 1000  # hits of one question that Algolia gives
FIRST = timedelta(days=7)
# Authors may edit for two hours, and the index lags: that much is always read again.
OVERLAP = timedelta(hours=2)
# After a failure of theirs the index was filled days later (August 2025). What the first page can
# hold of that costs nothing.
LATE = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where a query stands, in Unix seconds. A pass goes from the newest hit back to `since`.

    Not by page numbers: hits that arrive meanwhile would move the others from page to page, and
    past the thousandth there is nothing.

    start   where the first pass began: nothing older is asked for
    since   back to here a pass has to go
    newest  the newest hit of this pass
    until   everything after it was read in this pass; None when no pass is under way
    page    of the hits up to `until`; more than 0 while they are all of that second
    """

    start: int
    since: int
    newest: int
    until: int | None = None
    page: int = 0

    @classmethod
    def read(cls, text: str, now: datetime) -> Self:
        """Return what `text` kept; a first pass when it is nothing we know, or of a wrong clock."""
        try:
            start, since, newest, *until = map(int, text.split())
            if max(start, since, newest) > now.timestamp():
                raise ValueError
            return cls(start=start, since=since, newest=newest, until=until[0] if until else None)
        except ValueError:
            first = int((now - FIRST).timestamp())
            return cls(start=first, since=first, newest=first)

    def kept(self) -> str:
        """Return what is safe to resume from; `page` is not, its hits are read again."""
        until = () if self.until is None else (self.until,)
        return " ".join(map(str, (self.start, self.since, self.newest, *until)))

    def asks(self) -> Mapping[str, str | int]:
        """Return the next question's parameters."""
        floor = max(self.start, self.since - _seconds(LATE))
        ceiling = "" if self.until is None else f",created_at_i<={self.until}"
        filters = f"created_at_i>={floor}{ceiling}"
        return {"numericFilters": filters, "hitsPerPage": PAGE, "page": self.page}

    def after(self, answer: Page, now: datetime) -> Self:
        """Return where an answer leads; raises ParseError for one that leads nowhere."""
        if answer.refused is not None:
            return self._beyond(answer.refused)
        oldest = answer.oldest
        newest = max(self.newest, min(answer.newest or 0, int(now.timestamp())))
        if answer.size < PAGE or (oldest is not None and oldest < self.since):
            since = max(self.since, newest - _seconds(OVERLAP))
            return replace(self, since=since, newest=newest, until=None, page=0)
        if oldest is None:
            raise ParseError("none of its hits says when it was published")
        if self.until is not None and oldest > self.until:
            raise ParseError("its hits are newer than was asked for")
        if oldest != self.until:
            return replace(self, newest=newest, until=oldest, page=0)
        if (self.page + 2) * PAGE > REACH:
            return self._beyond("more hits of one second than it gives")
        return replace(self, newest=newest, page=self.page + 1)

    def _beyond(self, why: str) -> Self:
        """Return the second before: more of this one cannot be had."""
        if self.until is None or self.page == 0:
            raise ParseError(why)
        return replace(self, until=self.until - 1, page=0)


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
