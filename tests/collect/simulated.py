"""A platform played on this machine, as careless as real ones, and the search for what it lost.

A kind of source describes how its platform answers (`Platform`); `survives` then plays a sequence
of events that hypothesis made up (`EVENTS`) and holds that every post that could be seen is stored
exactly once: posts arrive between pages, several in one second, some late; posts are deleted, also
the one a cursor stands on; answers are refusals, failures, cut off, slow or HTML; clocks differ;
passes are cut short, as when the process is killed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from hypothesis import strategies as st

from listener.collect import Collector
from listener.collect.tools import Tools
from listener.errors import SourceError
from listener.fetch import Fetcher
from tests.local_site import Watch, answer

SLOW = b"slow"  # not an answer: the other side says nothing until we give up
_GIVES_UP = 0.4  # seconds of real time


@dataclass(slots=True)
class Item:
    """number  its place in the order of publication
    at      when it says that it was published, by the platform's clock
    seen    from when on the platform shows it
    """

    number: int
    at: datetime
    seen: datetime
    gone: bool = False


@dataclass(slots=True)
class Question:
    path: str
    asked: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


class Platform(Protocol):
    """How a platform answers, and what we make of it.

    refusals  answers in its own dialect: throttled, broken; each is followed by a retry
    lag       how late, at most, it may show a post without its being lost
    """

    refusals: Sequence[bytes]
    lag: timedelta

    def collector(self, url: str, tools: Tools) -> Collector: ...

    def key(self, item: Item) -> str: ...

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        """Answer from the items shown at this moment, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """pause   seconds that pass before it
    posts   so many are published, in one second; `late` seconds later they are shown
    delete  take away the n-th newest; None: none
    batches how many batches are taken before the process dies; 0: no pass, None: the whole pass
    faults  what is answered first, each an index into the faults; None lets a question through
    between published while we ask: so many before each answer
    """

    pause: int = 60
    posts: int = 1
    late: int = 0
    delete: int | None = None
    batches: int | None = None
    faults: tuple[int | None, ...] = ()
    between: int = 0


EVENTS = st.lists(
    st.builds(
        Event,
        pause=st.sampled_from([0, 1, 30, 300, 3600, 86_400]),
        posts=st.integers(0, 5),
        late=st.sampled_from([0, 0, 0, 20, 600]),
        delete=st.none() | st.integers(0, 3),
        batches=st.none() | st.integers(0, 3),
        faults=st.lists(st.none() | st.integers(0, 9), max_size=3).map(tuple),
        between=st.sampled_from([0, 0, 0, 1, 2]),
    ),
    max_size=12,
)

FAULTS = (
    answer(500),
    answer(503, Retry_After="30"),
    answer(200, b"<!doctype html><html><body>We are down for maintenance.</body></html>"),
    b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{"cut": [',
    SLOW,
)


@dataclass(slots=True)
class _Played:
    platform: Platform
    watch: Watch
    skew: timedelta
    items: list[Item] = field(default_factory=list)
    served: set[str] = field(default_factory=set)
    faults: deque[bytes | None] = field(default_factory=deque)
    between: int = 0
    questions: list[Question] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The platform's own idea of the time."""
        return self.watch.time + self.skew

    def publish(self, posts: int, late: int = 0) -> None:
        seen = self.watch.time + min(timedelta(seconds=late), self.platform.lag)
        at = self.now.replace(microsecond=0)
        for _ in range(posts):
            self.items.append(Item(len(self.items) + 1, at, seen))

    def shown(self) -> list[Item]:
        return [item for item in self.items if not item.gone and item.seen <= self.watch.time]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            url = urlsplit(lines[0].split()[1])
            fields = (line.partition(":") for line in lines[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in fields}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            question = Question(url.path, dict(parse_qsl(url.query)), headers, body)
            self.questions.append(question)
            if self.between:
                self.watch.time += timedelta(seconds=1)
                self.publish(self.between)
            fault = self.faults.popleft() if self.faults else None
            if fault == SLOW:
                await asyncio.sleep(2 * _GIVES_UP)
                return
            writer.write(fault or self.platform.answer(question, self.shown(), self.now))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has heard enough
        finally:
            writer.close()


async def survives(
    platform: Platform,
    events: Sequence[Event],
    *,
    skew: timedelta = timedelta(0),
    check: Callable[[Mapping[str, str]], None] = lambda _: None,
) -> _Played:
    """Play the events, then let the storm pass; raises AssertionError when a post was lost.

    check  is shown every cursor that would have been stored
    """
    watch = Watch()
    played = _Played(platform, watch, skew)
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    keys: dict[str, str] = {}
    cursor: Mapping[str, str] = {}
    async with Fetcher(contact=None, clock=watch, timeout=_GIVES_UP) as fetcher:
        fetcher.pacing.interval = 0

        async def listen(most: int | None) -> bool:
            nonlocal cursor
            # made anew each time: what is not in the cursor does not outlive the process
            collector = platform.collector(url, Tools(fetcher=fetcher, clock=watch))
            with suppress(SourceError):
                async for batch in collector.collect(cursor):
                    for post in batch.posts:
                        assert keys.setdefault(post.item, post.key) == post.key
                    cursor = batch.cursor
                    check(cursor)
                    most = None if most is None else most - 1
                    if most == 0:
                        return False
                return True
            return False

        try:
            await listen(None)
            for event in events:
                watch.time += timedelta(seconds=event.pause)
                played.publish(event.posts, event.late)
                if event.delete is not None and event.delete < len(played.shown()):
                    played.shown()[-1 - event.delete].gone = True
                faults = (*FAULTS, *platform.refusals)
                played.faults.extend(
                    f if f is None else faults[f % len(faults)] for f in event.faults
                )
                played.between = event.between
                if event.batches != 0:
                    await listen(event.batches)
                played.faults.clear()
                played.between = 0
            for _ in range(20):
                watch.time += platform.lag + timedelta(hours=1)
                if await listen(None):
                    break
            else:
                raise AssertionError("it does not come to rest")
        finally:
            server.close()
    stored = list(keys.values())
    assert len(stored) == len(set(stored)), "two items of one key"
    alive = {platform.key(item) for item in played.items if not item.gone}
    assert alive <= set(stored), f"lost: {sorted(alive - set(stored))}"
    assert set(stored) <= {platform.key(item) for item in played.items}, "invented"
    return played
