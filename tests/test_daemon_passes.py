"""What the daemon does about passes and second looks that take long, or break."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from listener import daemon as module
from listener.daemon import Daemon
from listener.fetch import Budget
from listener.model import Batch, Post, Second
from listener.store import Store
from tests.fakes import FakeCollector
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio
SLOW = Budget(name="slow.example", requests=1, per=timedelta(minutes=10))
ZENITH = '\n[[brands]]\nname = "Zenith"\nquery = "zenith"\nmatches = ["Zenith"]\n'

EXTRA = '\n[[sources]]\nname = "Extra"\nkind = "feed"\nurl = "https://extra.example/feed"\n'


class Held(FakeCollector):
    """Says what it has to say when it is let go."""

    def __init__(self, *posts: Post) -> None:
        super().__init__()
        self.go, self.posts = asyncio.Event(), posts

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        await self.go.wait()
        yield Batch(posts=self.posts, cursor=cursor)


class Queueing(Held):
    """Waits for a turn of an account that may ask only once in a while."""

    room: Newsroom

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        async with self.room.app.fetcher.pacing.turn("slow.example", SLOW):
            yield Batch(posts=(), cursor=cursor)


class Broken(FakeCollector):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        self.asked += 1
        raise RuntimeError("a bug")
        yield Second()


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    return newsroom(tmp_path, store)


@asynccontextmanager
async def working(room: Newsroom, later: Newsroom | None = None) -> AsyncIterator[Daemon]:
    """Give a daemon that nobody wakes up; when told to read its file again, it is as `later`."""
    made = Daemon(room.app, lambda: (later or room).app)
    made.__dict__["_schedule"] = lambda: None
    yield made
    while tasks := list(made._tasks.values()):
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await asyncio.sleep(0)


@pytest.fixture
async def daemon(room: Newsroom) -> AsyncIterator[Daemon]:
    async with working(room) as made:
        yield made


async def over(daemon: Daemon, name: str) -> None:
    await asyncio.wait([daemon._tasks[name]])
    await asyncio.sleep(0)


async def test_who_waits_for_an_account_keeps_nobody_else_from_being_heard(
    room: Newsroom, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_A_TIME", 1)
    pacing = room.app.fetcher.pacing
    async with pacing.turn("slow.example", SLOW):
        pass
    monkeypatch.setattr(pacing, "pause", lambda _seconds: asyncio.sleep(3600))
    room.collectors["Gazette"] = queueing = Queueing()
    queueing.room = room
    room.collectors["Herald"] = Held()
    daemon._collect()
    assert "poll Gazette" in daemon._tasks
    for _ in range(100):
        if pacing.waiting:
            break
        await asyncio.sleep(0.01)
    daemon._collect()
    assert "poll Herald" in daemon._tasks


async def test_streams_take_no_place_of_others(
    room: Newsroom, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_A_TIME", 1)
    for name in room.collectors:
        room.collectors[name] = Held()
        room.collectors[name].streams = True  # type: ignore[attr-defined]
    daemon._collect()
    await asyncio.sleep(0)
    daemon._collect()
    assert {"poll Gazette", "poll Herald"} <= daemon._tasks.keys()


async def test_a_second_look_that_breaks_is_not_made_every_minute(
    room: Newsroom, daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    room.collectors["Gazette"] = broken = Broken()
    await room.pass_over("Gazette", post("1"))
    for minutes in (30, 1, 1, 60):
        room.clock.tick(minutes=minutes)
        await daemon._look_again()
        if "look again Gazette" in daemon._tasks:
            await over(daemon, "look again Gazette")
    assert broken.asked == 2
    assert "the daemon goes on" in caplog.text


async def test_signals_are_taken_before_anybody_hears_of_it(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def serving(*_: object) -> AsyncIterator[None]:
        for number in (signal.SIGHUP, signal.SIGTERM):
            assert signal.getsignal(number) is not signal.SIG_DFL
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.01)
        yield

    monkeypatch.setattr("listener.web.serving", serving)
    config = room.app.config
    async with asyncio.timeout(60):
        await module.run(config, config.path)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


async def test_a_pass_under_way_judges_as_the_file_says_now(
    tmp_path: Path, store: Store, room: Newsroom
) -> None:
    room.collectors["Gazette"] = held = Held(post("1", "Zenith opens a shop"))
    async with working(room, newsroom(tmp_path, store, more=ZENITH)) as daemon:
        daemon._collect()
        await asyncio.sleep(0)
        daemon._reload()
        await over(daemon, "rematch")
        held.go.set()
        await over(daemon, "poll Gazette")
    assert len(store.mentions.between(["Zenith"], 0, 2**31, "found")) == 1


async def test_a_pass_over_a_source_that_is_no_longer_in_the_file_ends(
    tmp_path: Path, store: Store
) -> None:
    room = newsroom(tmp_path, store, more=EXTRA)
    for name in room.collectors:
        room.collectors[name] = Held(post("1"))
    async with working(room, newsroom(tmp_path, store)) as daemon:
        daemon._collect()
        polls = {name: daemon._tasks[f"poll {name}"] for name in room.collectors}
        await asyncio.sleep(0)
        daemon._reload()
        await asyncio.wait([polls["Extra"]])
        assert [name for name, task in polls.items() if task.done()] == ["Extra"]
