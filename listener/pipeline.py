"""One source, one pass: collect -> judge -> store with what is owed and the cursor -> remember."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from listener.clock import Clock
from listener.collect import Collector, Refresher, Stream
from listener.collect.pushed import came
from listener.config.shape import Source
from listener.errors import AccessDenied, QuotaSpent, RateLimited, SourceError
from listener.intake import Intake, Pass
from listener.model import Batch, Heard, Post, Second
from listener.store import Store
from listener.store.sources import SourceState

log = logging.getLogger(__name__)

AT_ONCE = 200  # posts looked at again in one go
LATER = timedelta(hours=1)  # when a second look that failed is tried again


class Pipeline:
    """Polls sources. Collectors run on the event loop, everything else in a worker thread."""

    def __init__(
        self,
        *,
        store: Store,
        intake: Intake,
        collectors: Mapping[str, Collector],
        clock: Clock,
    ) -> None:
        self._store = store
        self._intake = intake
        self._collectors = collectors
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._heir: Pipeline | None = None

    def hand_over(self, heir: Pipeline) -> None:
        """Let passes under way judge as another pipeline does: the file was read again.

        What they store comes too late for the search of the archive with the new queries.
        """
        self._heir = heir

    @property
    def intake(self) -> Intake:
        """What judges posts and writes them down, as configured now."""
        return self._intake if self._heir is None else self._heir.intake

    async def poll(self, source: Source) -> Pass:
        """Make one pass; a SourceError is remembered and returned, nothing of it is raised."""
        async with self._turns[source.name]:  # what is remembered of a source has one writer
            return await self._poll(source)

    async def _poll(self, source: Source) -> Pass:
        # Not on the event loop: another pass may hold the store, and everything would wait for it.
        state = await asyncio.to_thread(self._state, source)
        first = state.first_heard is None
        total, last = Pass(source=source.name), Batch(posts=(), cursor=state.cursor)
        try:
            async for last in self._collectors[source.name].collect(state.cursor):
                state, part = await asyncio.to_thread(self.ingest, source, state, last, first)
                total = total.plus(part)
                if self.streams(source):  # it has no end at which that could be told
                    state = await asyncio.to_thread(self._succeeded, source, state, last)
                    first = False  # it tells of what is new, not of a past
        except SourceError as exc:
            await asyncio.to_thread(self._failed, source, state, exc)
            log.warning("could not hear %s: %s", source.name, exc)
            return replace(total, error=str(exc))
        if not self.streams(source):  # whose end is no answer: it was cut off, or never began
            await asyncio.to_thread(self._succeeded, source, state, _doubted(last, total))
        self._say(source, total)
        return total

    async def receive(self, source: Source, posts: tuple[Post, ...], skipped: int = 0) -> Pass:
        """Store posts that were pushed to a source; once it returns, they are safe."""

        def store() -> Pass:
            state = self._state(source)
            cursor = came(state.cursor, self._clock.now())
            batch = Batch(posts=posts, cursor=cursor, skipped=skipped)
            state, part = self.ingest(source, state, batch, first=False)
            self._succeeded(source, state, batch)
            return part

        async with self._turns[source.name]:
            received = await asyncio.to_thread(store)
        self._say(source, received)
        return received

    async def look_again(self, source: Source) -> int:
        """Look again at the source's mentions that are due for it; return at how many.

        What fails is due again later. Killed half way, it looks at some of them twice.
        """
        now, collector = self._clock.now(), self._collectors[source.name]
        posts = await asyncio.to_thread(self._store.looks.due, source.name, now, AT_ONCE)
        if not posts or not isinstance(collector, Refresher):
            return 0
        try:
            async for second in collector.refresh(posts):
                await asyncio.to_thread(self._compare, source, second)
        except SourceError as exc:
            asked = exc.retry_after if isinstance(exc, RateLimited) else None
            await asyncio.to_thread(self.look_later, source, asked)
            log.warning("could not look again at posts of %s: %s", source.name, exc)
            return 0
        await asyncio.to_thread(self._looked, posts)
        return len(posts)

    def look_later(self, source: Source, wait: timedelta | None = None) -> None:
        """Look no sooner again at anything of a source that could not be looked at."""
        until = self._clock.now() + max(source.every, wait or LATER)
        self._store.looks.postpone(source.name, until)

    def _compare(self, source: Source, second: Second) -> None:
        """Keep what a second look showed: counts, edits (judged again), deletions."""
        intake = self.intake
        sorted_ = intake.sort(source, second.posts)
        with self._store.transaction():
            self._store.looks.seen(second.posts)
            part = intake.write(source, sorted_, first=False)
            deleted = self._store.looks.deleted(second.gone, self._clock.now())
        log.info(
            "looked again at %d posts of %s: %d changed, %d deleted, %d mentions",
            len(second.posts) + len(second.gone), source.name, len(sorted_.news), deleted,
            part.mentions,
        )  # fmt: skip

    def _looked(self, posts: Sequence[Post]) -> None:
        with self._store.transaction():
            self._store.looks.looked(posts, self._clock.now())

    def streams(self, source: Source) -> bool:
        """Tell whether a pass over the source ends only with the program."""
        collector = self._collectors[source.name]
        return isinstance(collector, Stream) and collector.streams

    def _say(self, source: Source, total: Pass) -> None:
        log.info(
            "heard %s: %d posts, %d new, %d mentions%s",
            source.name, total.posts, total.fresh, total.mentions,
            f", {total.alerts} alerts" if total.alerts else "",
            extra={"source": source.name, "posts": total.posts, "mentions": total.mentions},
        )  # fmt: skip

    def ingest(
        self, source: Source, state: SourceState, batch: Batch, first: bool
    ) -> tuple[SourceState, Pass]:
        """Store a batch with its cursor and what is owed for it: together or not at all."""
        intake = self.intake
        sorted_ = intake.sort(source, batch.posts, flood=self.streams(source))
        dates = [post.published for post, _ in sorted_.news if post.published is not None]
        state = replace(state, cursor=dict(batch.cursor))
        if dates:
            state = replace(state, newest=max([*dates, *filter(None, [state.newest])]))
        part = Pass(source=source.name, posts=len(batch.posts), skipped=batch.skipped)
        if not sorted_ and not batch.gaps:
            return state, part  # the cursor is saved with the pass
        with self._store.transaction():
            for gap in batch.gaps:
                self._store.sources.missed(source.name, gap.since, gap.until, gap.why)
            looks_again = isinstance(self._collectors[source.name], Refresher)
            part = part.plus(intake.write(source, sorted_, first=first, looks_again=looks_again))
            state = replace(
                state, posts=state.posts + part.fresh, mentions=state.mentions + part.mentions
            )
            self._store.sources.save(state)
        return state, part

    def postpone(self, source: Source, why: str) -> None:
        """Back off from a source whose pass broke in a way we do not know."""
        self._failed(source, self._state(source), SourceError(why))

    def _state(self, source: Source) -> SourceState:
        state = self._store.sources.get(source.name)
        assert state is not None  # made when the program was built
        return state

    def _succeeded(self, source: Source, state: SourceState, last: Batch) -> SourceState:
        now = self._clock.now()
        heard, why = Heard.HEARD, None
        if last.doubt:
            heard, why = Heard.EMPTY, last.doubt
        elif self._store.sources.is_stale(source.name, state.newest, now):
            heard, why = Heard.STALE, f"nothing new since {state.newest:%Y-%m-%d}"
        jitter = random.random()  # noqa: S311 -- spreads polls, guards nothing
        planned = state.due_at
        state = state.succeeded(now, source.every, last.wait, jitter)
        with self._store.transaction():
            self._store.sources.save(state)
            self._store.sources.cover(source.name, heard, now, source.every, planned, why)
        return state

    def _failed(self, source: Source, state: SourceState, exc: SourceError) -> None:
        now = self._clock.now()
        retry_after = exc.retry_after if isinstance(exc, RateLimited) else None
        failed = state.failed(
            now,
            source.every,
            str(exc),
            needs_person=exc.needs_person,
            retry_after=retry_after,
        )
        with self._store.transaction():
            self._store.sources.save(failed)
            self._store.sources.cover(
                source.name, _unheard(exc), now, source.every, state.due_at, str(exc)
            )


def _doubted(last: Batch, total: Pass) -> Batch:
    """Say so when a pass brought items, and none that can be read: the format may have changed."""
    if last.doubt or total.posts or not total.skipped:
        return last
    return replace(last, doubt=f"none of the {total.skipped} items that it gave can be read")


def _unheard(exc: SourceError) -> Heard:
    """Return in which way a source was not heard: each asks for something else to be done."""
    match exc:
        case QuotaSpent():
            return Heard.SPENT
        case RateLimited(status=503):  # it asks for patience, not for fewer questions
            return Heard.DOWN
        case RateLimited():
            return Heard.LIMITED
        case AccessDenied():
            return Heard.DENIED
        case _:
            return Heard.DOWN
