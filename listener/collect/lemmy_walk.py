"""The way back through a list of Lemmy, newest first, by numbers of pages or by its page cursors.

0.19 numbers pages: what is published meanwhile moves others down, which only repeats them; what is
deleted moves others up, past the page that is asked for next. So each page but the first begins
with rows that were read before; where it does not, rows were missed, and it is gone back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from listener.model import Gap

MOST = 50  # rows of an answer
AGAIN = 5  # rows that a page shares with the one before
FIRST = timedelta(days=7)
# Lists go by when a post was written: one that another instance delivers late stands further down.
OVERLAP = timedelta(hours=24)
PAGES = 100  # of one pass; what lies deeper is given up, and said to be


class Row(NamedTuple):
    """A line of the list, readable or not; `at` in Unix seconds, None when it does not say.

    pinned  it stands at the top, however old it is
    """

    id: str
    at: int | None
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where a list stands; times in Unix seconds. A pass goes from the top back to `since`.

    newest  the newest row of finished passes and of this one
    at      of the pass under way: all newer rows were read; None when none is under way
    read    rows from the top that it has read
    token   where it goes on, in the instance's words, if it speaks v4
    pages   that it has read
    """

    since: int
    newest: int
    at: int | None = None
    read: int = 0
    pages: int = 0
    token: str | None = None

    @classmethod
    def resumed(cls, text: str, now: datetime) -> Self:
        """Return what `text` kept; a first pass when it is nothing we know, or of a wrong clock."""
        numbers, _, token = text.partition("|")
        try:
            since, newest, *under_way = map(int, numbers.split())
            if max(since, newest, *under_way) > now.timestamp() or min(since, newest) < 0:
                raise ValueError
            at, read, pages = under_way or (None, 0, 0)
        except ValueError:
            first = int((now - FIRST).timestamp())
            return cls(since=first, newest=first)
        found = cls(since=since, newest=newest)
        return found if at is None else replace(found, at=at, read=read, pages=pages, token=token)

    def kept(self) -> str:
        """Return what is safe to resume from."""
        standing = f"{self.since} {self.newest}"
        if self.at is None:
            return standing
        return f"{standing} {self.at} {self.read} {self.pages}|{self.token or ''}"

    def window(self) -> tuple[int, int]:
        """Return how many rows to ask for, and the number of the page, from 1."""
        known = max(0, self.read - AGAIN)
        limit = max(range(MOST // 2, MOST + 1), key=lambda size: (known // size + 1) * size)
        return limit, known // limit + 1

    def anew(self) -> Self:
        """Return the pass begun again at the top."""
        return replace(self, at=None, read=0, pages=0, token=None)

    def numbered(
        self, rows: Sequence[Row], seen: Collection[str], now: datetime
    ) -> tuple[Self, tuple[Gap, ...]]:
        """Return where the page of `window` leads, and what is given up; `seen` in this pass."""
        limit, page = self.window()
        offset = limit * (page - 1)
        if not self.joins(rows, seen):
            return replace(self, read=max(0, offset - MOST // 2), pages=self.pages + 1), ()
        read = offset + len(rows)
        return replace(self, read=read)._after(rows, now, last=len(rows) < limit)

    def tokened(
        self, rows: Sequence[Row], token: str | None, now: datetime
    ) -> tuple[Self, tuple[Gap, ...]]:
        """Return where a page leads that names the next one."""
        last = not rows or token is None or token == self.token
        return replace(self, token=token)._after(rows, now, last=last)

    def joins(self, rows: Sequence[Row], seen: Collection[str]) -> bool:
        """Tell whether nothing can be missing between the page of `window` and what was read.

        seen  rows of this pass, of pages that joined
        """
        if self.window()[1] == 1:
            return True
        if not rows:
            return False  # so many were deleted that others moved up to where it was read before
        first = rows[0]
        newer = self.at is not None and first.at is not None and first.at > self.at
        return first.id in seen or (newer and not first.pinned)

    def _after(
        self, rows: Sequence[Row], now: datetime, *, last: bool
    ) -> tuple[Self, tuple[Gap, ...]]:
        times = [row.at for row in rows if row.at is not None and not row.pinned]
        newest = max([self.newest, *(min(at, int(now.timestamp())) for at in times)])
        oldest = min([*times, *([] if self.at is None else [self.at])], default=newest)
        here = replace(self, newest=newest, at=oldest, pages=self.pages + 1)
        if last or (times and min(times) < self.since):
            return here._over(), ()
        if here.pages < PAGES:
            return here, ()
        since, until = (datetime.fromtimestamp(at, UTC) for at in (self.since, oldest))
        why = f"published faster than it could be read: {here.pages} pages in one pass"
        return here._over(), (Gap(since=since, until=until, why=why),)

    def _over(self) -> Self:
        since = max(self.since, self.newest - int(OVERLAP.total_seconds()))
        return replace(self.anew(), since=since)
