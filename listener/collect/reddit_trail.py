"""A list of Reddit's, walked down page by page.

Reddit is asked for what stands after a post, and answers with nothing once that was deleted. So
the next best are kept, too; only when all of them lead nowhere the list is at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from listener.collect.descent import Depth, Descent, Entry, below
from listener.model import Gap

# Who writes may edit at any time; a page is a hundred posts anyway. No list has more than 1000,
# which makes forty pages where we are given but 25 on each.
DEPTH = Depth(overlap=timedelta(hours=2), pages=45)
_ANCHORS = 3
_FEW = 20  # of at least 25 on a page: that was the whole list


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Where a list stands.

    walk     by the numbers in Reddit's ids, which grow
    anchors  lowest posts of the last page, the lowest first: one to ask after, and the next best
    reached  Unix seconds; the oldest that this pass has read
    read     entries that this pass has read
    """

    walk: Descent
    anchors: tuple[str, ...] = field(default=())
    reached: int = 0
    read: int = 0

    @classmethod
    def resumed(cls, text: str, now: datetime) -> Self:
        """Return what `text` kept; a first pass when it is nothing we know."""
        try:
            walk, anchors, reached, read = text.rsplit(" ", 3)
            kept = cls(
                walk=Descent.read(walk, now, DEPTH),
                anchors=tuple(filter(None, anchors.strip("-").split(","))),
                reached=min(max(0, int(reached)), int(now.timestamp())),
                read=int(read),
            )
        except ValueError:
            return cls(walk=Descent.anew(now, DEPTH))
        lost = kept.walk.at is not None and not kept.anchors
        return cls(walk=Descent.anew(now, DEPTH)) if lost else kept

    def kept(self) -> str:
        """Return what is safe to resume from."""
        return f"{self.walk.kept()} {','.join(self.anchors) or '-'} {self.reached} {self.read}"

    @property
    def after(self) -> str | None:
        """What to ask after; None for the top of the list."""
        return self.anchors[0] if self.walk.at is not None else None

    @property
    def over(self) -> bool:
        return self.walk.at is None

    def on(self, page: Sequence[Entry], now: datetime) -> tuple[Self, tuple[Gap, ...]]:
        """Return where a page leads, and what can no longer be caught up."""
        at = self.walk.at
        if at is not None and not any(below(entry.id, at) for entry in page):
            if len(self.anchors) > 1:
                return replace(self, anchors=self.anchors[1:]), ()
            return self._ended(now)
        walk, gaps = self.walk.after(page, now)
        if walk.at is None:
            return replace(self, walk=walk, anchors=(), reached=0, read=0), gaps
        lowest = sorted((entry.id for entry in page), key=lambda id: (len(id), id))[:_ANCHORS]
        times = [int(entry.at.timestamp()) for entry in page if entry.at]
        known = [*times, *([self.reached] if at is not None and self.reached else [])]
        read = len(page) + (self.read if at is not None else 0)
        reached = min(known, default=0)
        return replace(self, walk=walk, anchors=tuple(lowest), reached=reached, read=read), gaps

    def _ended(self, now: datetime) -> tuple[Self, tuple[Gap, ...]]:
        """Return the end of a list; of what came since last time it may give no more."""
        walk, _ = self.walk.after((), now)
        over = replace(self, walk=walk, anchors=(), reached=0, read=0)
        known = self.walk.heard > self.walk.start  # by a pass before this one
        if not known or self.reached <= self.walk.heard or self.read < _FEW:
            return over, ()
        since, until = (datetime.fromtimestamp(t, UTC) for t in (self.walk.heard, self.reached))
        why = f"Reddit gave no more than the newest {self.read} of a list"
        return over, (Gap(since=since, until=until, why=why),)
