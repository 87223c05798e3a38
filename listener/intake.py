"""What becomes of posts: known or new, judged, and written down with what is owed for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from listener.clock import Clock
from listener.config.shape import Source
from listener.judge import Judge, Judged
from listener.model import Post
from listener.owing import Owing
from listener.store import Store
from listener.store.posts import Stored


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


class Sorted(NamedTuple):
    """Posts that are new or changed, judged; and known ones with counts."""

    news: Sequence[tuple[Post, Judged]]
    counted: Sequence[Post]

    def __bool__(self) -> bool:
        return bool(self.news or self.counted)


class Intake:
    """Plain functions over the store, off the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        judge: Judge,
        owing: Owing,
        brands: Mapping[str, Collection[str]],
        clock: Clock,
    ) -> None:
        self._store = store
        self._judge = judge
        self._owing = owing
        self._brands = brands
        self._clock = clock

    def sort(self, source: Source, posts: Sequence[Post], *, flood: bool = False) -> Sorted:
        """Tell what is new from what this source has said before, and judge it.

        flood  keep only what concerns a brand
        """
        told = self._store.posts.unchanged(source.name, posts)
        fresh = [post for post in posts if post.item not in told]
        news = list(zip(fresh, self._judged(source, fresh), strict=True))
        if flood:
            news = [(post, judged) for post, judged in news if judged.verdicts or judged.own]
        counted = [p for p in posts if p.item in told and p.engagement is not None]
        return Sorted(news, counted)

    def write(
        self, source: Source, sorted_: Sorted, *, first: bool, looks_again: bool = False
    ) -> Pass:
        """Write what was sorted, inside a transaction of the caller's.

        first        a first pass: it alerts nobody
        looks_again  the source can be asked again about what it gave
        """
        now, part = int(self._clock.now().timestamp()), Pass(source=source.name)
        for post in sorted_.counted:
            self._store.posts.add(source.name, post, now)
        for post, judged in sorted_.news:
            stored, recorded = self._record(source, post, judged, now, first)
            part = part.plus(recorded)
            if recorded.mentions and looks_again:
                self._store.looks.plan(stored, source.name, post, self._clock.now())
        return part

    def _judged(self, source: Source, posts: Sequence[Post]) -> list[Judged]:
        return self._judge.judge_all(posts, source.name, source.kind, self._brands[source.name])

    def _record(
        self, source: Source, post: Post, judged: Judged, now: int, first: bool
    ) -> tuple[int, Pass]:
        stored = self._store.posts.add(source.name, post, now)
        if stored is None:
            return 0, Pass(source=source.name)
        if not stored.changed:  # another source gave more of it: judge what we hold
            post = self._store.posts.get(stored.id)
            (judged,) = self._judged(source, [post])
        part = self.remember(source, stored, post, judged, now, first)
        return stored.id, replace(part, fresh=int(stored.fresh))

    def remember(
        self, source: Source, stored: Stored, post: Post, judged: Judged, now: int, first: bool
    ) -> Pass:
        """Write down a judgement: the mentions, their scores, their story, what is owed."""
        if judged.own is not None:
            self._store.posts.by_brand(stored.id, judged.own)
        if stored.edited:
            self._store.mentions.unmatched(stored.id, [v.match.brand for v in judged.verdicts])
        if not judged.verdicts or judged.signature is None:
            return Pass(source=source.name)
        story = self._store.stories.place(stored.id, judged.signature, post.published, now)
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
