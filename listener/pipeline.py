"""One source, one pass: collect -> judge -> store with what is owed and the cursor -> remember."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from listener.clock import Clock
from listener.collect import Collector, Stream
from listener.config.shape import Source
from listener.errors import AccessDenied, QuotaSpent, RateLimited, SourceError
from listener.judge import Judge, Judged
from listener.model import Batch, Heard, Post
from listener.owing import Owing
from listener.store import Store
from listener.store.posts import Stored
from listener.store.sources import SourceState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass over a source brought."""

    source: str
    posts: int = 0  # read
    fresh: int = 0  # never seen before
    mentions: int = 0
    alerts: int = 0
    skipped: int = 0  # items that could not be read
    error: str | None = None

    def plus(self, other: Pass) -> Pass:
        return replace(
            self,
            posts=self.posts + other.posts,
            fresh=self.fresh + other.fresh,
            mentions=self.mentions + other.mentions,
            alerts=self.alerts + other.alerts,
            skipped=self.skipped + other.skipped,
        )


class Pipeline:
    """Polls sources. Collectors run on the event loop, everything else in a worker thread."""

    def __init__(
        self,
        *,
        store: Store,
        judge: Judge,
        owing: Owing,
        collectors: Mapping[str, Collector],
        brands: Mapping[str, Collection[str]],
        clock: Clock,
    ) -> None:
        self._store = store
        self._judge = judge
        self._owing = owing
        self._collectors = collectors
        self._brands = brands
        self._clock = clock

    async def poll(self, source: Source) -> Pass:
        """Make one pass; a SourceError is remembered and returned, nothing of it is raised."""
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
        except SourceError as exc:
            await asyncio.to_thread(self._failed, source, state, exc)
            log.warning("could not hear %s: %s", source.name, exc)
            return replace(total, error=str(exc))
        await asyncio.to_thread(self._succeeded, source, state, last)
        self._say(source, total)
        return total

    async def receive(self, source: Source, posts: tuple[Post, ...], skipped: int = 0) -> Pass:
        """Store posts that were pushed to a source; once it returns, they are safe."""

        def store() -> Pass:
            state = self._state(source)
            batch = Batch(posts=posts, cursor=state.cursor, skipped=skipped)
            state, part = self.ingest(source, state, batch, first=False)
            self._succeeded(source, state, batch)
            return part

        received = await asyncio.to_thread(store)
        self._say(source, received)
        return received

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
        told = self._store.posts.unchanged(source.name, batch.posts)
        news = [post for post in batch.posts if post.item not in told]
        counted = [p for p in batch.posts if p.item in told and p.engagement is not None]
        judged = {post.item: self._judged(source, post) for post in news}
        if self.streams(source):  # of a flood only what concerns a brand is kept
            news = [post for post in news if judged[post.item].verdicts or judged[post.item].own]
        dates = [post.published for post in news if post.published is not None]
        state = replace(state, cursor=dict(batch.cursor))
        if dates:
            state = replace(state, newest=max([*dates, *filter(None, [state.newest])]))
        part = Pass(source=source.name, posts=len(batch.posts), skipped=batch.skipped)
        if not news and not counted and not batch.gaps:
            return state, part  # the cursor is saved with the pass
        now = int(self._clock.now().timestamp())
        with self._store.transaction():
            for gap in batch.gaps:
                self._store.sources.missed(source.name, gap.since, gap.until, gap.why)
            for post in counted:
                self._store.posts.add(source.name, post, now)
            for post in news:
                part = part.plus(self._record(source, post, judged[post.item], now, first))
            state = replace(
                state, posts=state.posts + part.fresh, mentions=state.mentions + part.mentions
            )
            self._store.sources.save(state)
        return state, part

    def _judged(self, source: Source, post: Post) -> Judged:
        return self._judge.judge(post, source.name, source.kind, self._brands[source.name])

    def _record(self, source: Source, post: Post, judged: Judged, now: int, first: bool) -> Pass:
        stored = self._store.posts.add(source.name, post, now)
        none = Pass(source=source.name)
        if stored is None:
            return none
        if not stored.changed:  # another source gave more of it: judge what we hold
            post = self._store.posts.get(stored.id)
            judged = self._judged(source, post)
        return replace(
            self.remember(source, stored, post, judged, now, first), fresh=int(stored.fresh)
        )

    def remember(
        self, source: Source, stored: Stored, post: Post, judged: Judged, now: int, first: bool
    ) -> Pass:
        """Write down a judgement: the mentions, their scores, their story, what is owed."""
        if judged.own is not None:
            self._store.posts.by_brand(stored.id, judged.own)
        if not judged.verdicts:
            return Pass(source=source.name)
        story = self._store.posts.story(stored.id, judged.story_keys, now)
        mentions = alerts = 0
        for verdict in judged.verdicts:
            mention = self._store.mentions.add(
                stored.id,
                verdict.match,
                source=source.name,
                found=now,
                first_pass=first,
                language=judged.language,
            )
            if mention is None:  # an edit is judged again, but is no new mention
                if stored.edited:
                    again = self._store.mentions.rematched(
                        stored.id, verdict.match, judged.language
                    )
                    self._store.mentions.judge(again, verdict.sentiment, verdict.risk, now)
                continue
            self._store.mentions.judge(mention, verdict.sentiment, verdict.risk, now)
            mentions += 1
            alerts += self._owing.owe(
                self._store, mention, story, post, verdict, now=now, first_pass=first
            )
        return Pass(source=source.name, mentions=mentions, alerts=alerts)

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


def _unheard(exc: SourceError) -> Heard:
    """Return in which way a source was not heard: each asks for something else to be done."""
    match exc:
        case QuotaSpent():
            return Heard.SPENT
        case RateLimited():
            return Heard.LIMITED
        case AccessDenied():
            return Heard.DENIED
        case _:
            return Heard.DOWN
