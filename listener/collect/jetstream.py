"""Bluesky, as it happens: every public post passes by, and those about a brand are kept.

Jetstream (https://github.com/bluesky-social/jetstream) sends the network's posts as JSON over a
websocket, about fifty a second, to whoever asks. What names no brand is forgotten at once.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from listener.collect.bluesky import MOST_POSTS, ask, authors_of, seconds_look
from listener.collect.jetstream_events import Event, with_authors
from listener.collect.recent import Recent
from listener.collect.sifting import sieve
from listener.collect.tools import Tools
from listener.errors import SourceError
from listener.model import Author, Batch, Gap, Post, Second

log = logging.getLogger(__name__)

HOSTS = tuple(
    f"wss://jetstream{n}.us-{coast}.bsky.network" for coast in ("east", "west") for n in (2, 1)
)
# Events come only roughly in the order of their times, and a cursor's exact edge is not promised.
REWIND = timedelta(seconds=10)
LOST = timedelta(minutes=1)  # a stream that begins so long after its cursor has forgotten some
EVERY = 5.0  # seconds between two batches, so that what was heard is safe
FULL = 200  # posts of a batch
KNOWN = 20_000  # posts whose replies are kept as well, and authors


class Jetstream:
    """The cursor holds `time`: the newest event taken in, in Unix microseconds."""

    streams = True

    class Options(BaseModel):
        """What a source of kind `jetstream` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        hosts: tuple[Annotated[str, Field(pattern=r"^wss?://[^\s?#]+$")], ...] = Field(
            HOSTS,
            min_length=1,
            description="Where the stream is read: the first that answers; the next when it breaks"
            " off.",
        )
        base_url: str = Field(
            "https://public.api.bsky.app",
            pattern="^https?://",
            description="Where names, followers and reactions are asked, for posts that name a"
            " brand.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._tools = tools
        self._matcher = sieve(tools.queries)
        self._newest: int | None = None
        self._kept: Recent[bool] = Recent(KNOWN)  # posts that name a brand
        self._authors: Recent[Author] = Recent(KNOWN)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield what is about a brand every few seconds, until the program ends.

        Raises FetchError when no host answers any more.
        """
        from listener.collect.jetstream_socket import Socket  # costs a command 0.2 s

        self._newest = _time(cursor.get("time", ""), self._tools.clock.now())
        async with Socket(self._options.hosts, private=self._options.private) as socket:
            resumed: int | None = None  # until it is known whether the stream still held it
            stream = socket.read(lambda: self._newest, REWIND, EVERY, self._tools.fetcher)
            async for events in stream:
                if not events:  # connected, or calm
                    resumed = self._newest
                    continue
                gaps = _lost(resumed, events[0].time) if resumed else ()
                resumed = None
                *parts, last = _parts([event for event in events if self._concerns(event)])
                for part in parts:
                    cursor = self._reached(part[-1].time)
                    yield Batch(posts=await self._named(part), cursor=cursor, gaps=gaps)
                    gaps = ()
                cursor = self._reached(max(event.time for event in events))
                yield Batch(posts=await self._named(last), cursor=cursor, gaps=gaps)

    def _reached(self, time: int) -> dict[str, str]:
        """Return the cursor after an event; the clock of another host may be behind."""
        self._newest = max(time, self._newest or 0)
        return {"time": str(self._newest)}

    def _concerns(self, event: Event) -> bool:
        """Tell whether a post names a brand, or replies to one that did: answers are kept."""
        post = event.post
        if post is None or event.deleted:
            return False
        known = any(key in self._kept for key in (post.parent, post.root) if key)
        if known or self._matcher.match(post):
            self._kept[post.key] = True
            return True
        return False

    async def _named(self, events: Sequence[Event]) -> tuple[Post, ...]:
        """Add who wrote them: the stream gives a number (DID) only. Unknown when nobody tells."""
        dids = {event.did for event in events if event.did not in self._authors}
        try:
            for did, author in (await authors_of(self._tools, self._options, sorted(dids))).items():
                self._authors[did] = author
        except SourceError as exc:
            log.info("could not ask who wrote on Bluesky: %s", exc)
        return tuple(with_authors(events, self._authors))

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        """Look again at posts, 25 a request: reactions and deletions. Posts cannot be edited."""
        for start in range(0, len(posts), MOST_POSTS):
            some = posts[start : start + MOST_POSTS]
            uris = [("uris", post.key) for post in some]
            answer = await ask(self._tools, self._options, "app.bsky.feed.getPosts", uris)
            yield seconds_look(answer, some, self._tools.clock.now())


def _time(text: str, now: datetime) -> int | None:
    """Return a cursor; None when it is none, or of a wrong clock."""
    newest = int(text) if text.isdecimal() and len(text) < 20 else 0
    return newest if 0 < newest <= (now + timedelta(days=1)).timestamp() * 1_000_000 else None


def _lost(cursor: int, first: int) -> tuple[Gap, ...]:
    """Return what the stream no longer had when it was taken up again."""
    since, until = (datetime.fromtimestamp(time / 1_000_000, UTC) for time in (cursor, first))
    if until - since <= LOST:
        return ()
    return (Gap(since=since, until=until, why="the stream no longer held what was posted then"),)


def _parts(events: Sequence[Event]) -> list[Sequence[Event]]:
    """Cut into batches; one at least, so that the cursor moves on."""
    return [events[n : n + FULL] for n in range(0, len(events), FULL)] or [()]
