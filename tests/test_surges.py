"""Spikes through the whole program: what is counted, what is told, and what a restart changes."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from listener.analysis.spikes import Detector
from listener.app import App
from listener.errors import FetchError
from listener.model import PostKind
from listener.store import Store
from listener.store.spikes import Spike, Watch
from listener.surges import BUCKET, NEW
from tests.fakes import MONDAY
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio
EVENT = '[[events]]\nname = "Open day"\nday = 2026-03-02\n'


def usual(seed: int) -> Detector:
    """Return a detector that knows ten days of about two mentions an hour."""
    chance, detector = random.Random(seed), Detector()
    for _ in range(10 * 288):
        detector.update(chance.random() < 1 / 6)
    return detector


LEARNT = {name: usual(seed).dumps() for seed, name in enumerate(("all", "negative", "kind web"))}


async def prepared(room: Newsroom, store: Store) -> Newsroom:
    """Hear every source once, some days ago, and give the detectors a past."""
    await room.hear_once()
    watch = Watch(brand="Acme", bucket=MONDAY, sources=("Gazette", "Herald"), states=LEARNT)
    with store.transaction():
        store.spikes.save(watch)
    return room


@pytest.fixture
async def room(tmp_path: Path, store: Store) -> Newsroom:
    return await prepared(newsroom(tmp_path, store, when="daily 08:00"), store)


async def hear(room: Newsroom, number: int, kind: PostKind = PostKind.WEB, late: float = 0) -> None:
    """Let one source say so many things in this bucket, and the other nothing."""
    now = room.clock.now()
    when = now - timedelta(hours=late)
    name = str(int(now.timestamp()))
    posts = [
        post(f"{name}-{n}", f"Acme thing {name} {n}", text=f"word{name}{n} " * 9, published=when)
        for n in range(number)
    ]
    await room.pass_over("Gazette", *(replace(one, kind=kind) for one in posts))
    await room.pass_over("Herald")


def over(room: Newsroom, buckets: int = 1) -> int:
    """Let the bucket end, and look."""
    room.clock.tick(minutes=5 * buckets + 1)
    return room.app.surges.watch()


def spikes(app: App) -> list[Spike]:
    return list(app.store.spikes.between(MONDAY, MONDAY + timedelta(days=99)))


async def test_a_surge_is_told_once_with_what_was_said_in_it(room: Newsroom) -> None:
    await hear(room, 60)
    assert over(room) == 1
    (subject,) = await room.tell()
    assert subject.startswith("Surge: Acme · 60 mentions in the last 15 min")
    text = room.mailbox.messages[-1].text
    assert "a surge like that" in text.lower()
    assert "*Acme* thing" in text
    assert "55 more mentions in that time." in text
    assert over(room) == 0
    assert await room.tell() == []


async def test_what_is_usual_is_not_told(room: Newsroom) -> None:
    for _ in range(12):
        await hear(room, 0)
        assert over(room) == 0
    await hear(room, 2)
    assert over(room) == 0


async def test_first_passes_and_old_posts_are_no_surge(room: Newsroom, store: Store) -> None:
    await hear(room, 60, late=5)
    assert over(room) == 0
    store.execute("UPDATE sources SET first_heard = NULL")
    await hear(room, 60)
    assert over(room) == 0


async def test_a_planned_event_explains_a_surge(tmp_path: Path, store: Store) -> None:
    room = await prepared(newsroom(tmp_path, store, when="daily 08:00", more=EVENT), store)
    await hear(room, 60)
    assert over(room) == 1
    assert [spike.event for spike in spikes(room.app)] == ["Open day"]
    assert await room.tell() == []


async def test_a_source_that_is_down_is_neither_silence_nor_hides_a_surge(
    room: Newsroom, store: Store
) -> None:
    store.execute("UPDATE sources SET failures = 3 WHERE name = 'Herald'")
    await room.pass_over("Gazette", *(post(f"x{n}", f"Acme {n}") for n in range(60)))
    assert over(room) == 1
    store.execute("UPDATE sources SET failures = 3")
    before = store.spikes.watch("Acme")
    assert over(room) == 0
    after = store.spikes.watch("Acme")
    assert before is not None
    assert after is not None
    known = [Detector.loads(watch.states["all"]).known for watch in (before, after)]
    assert known[0] == known[1], "what nobody heard teaches nothing"


@pytest.mark.parametrize("down", [True, False])
async def test_what_was_said_meanwhile_is_no_surge_when_it_is_caught_up_with(
    room: Newsroom, down: bool
) -> None:
    await hear(room, 0)
    over(room)
    for _ in range(10 if down else 0):
        room.clock.tick(minutes=5)
        await room.pass_over("Gazette", FetchError("no network"))
        await room.pass_over("Herald", FetchError("no network"))
        assert room.app.surges.watch() == 0
    room.clock.tick(minutes=5 if down else 55)
    await hear(room, 40, late=0.5)
    assert over(room) == 0
    for _ in range(2):
        await hear(room, 0)
        assert over(room) == 0
    await hear(room, 60)
    assert over(room) == 1, "it is listened to again"


async def test_where_every_source_is_new_nothing_is_learnt(room: Newsroom, store: Store) -> None:
    with store.transaction():
        store.spikes.save(Watch(brand="Acme", bucket=MONDAY, sources=("Gone",), states=LEARNT))
    await hear(room, 0)
    over(room)
    watch = store.spikes.watch("Acme")
    assert watch is not None
    assert watch.sources == ()
    assert Detector.loads(watch.states["all"]).known == 10 * 288, "its silence is nobody's"


async def test_a_new_source_is_counted_after_a_week(room: Newsroom, store: Store) -> None:
    watch = Watch(brand="Acme", bucket=MONDAY, sources=("Herald",), states=LEARNT)
    with store.transaction():
        store.spikes.save(watch)
    await hear(room, 60)
    assert over(room) == 0
    room.clock.tick(seconds=NEW.total_seconds())
    await hear(room, 0)
    over(room)
    counted = store.spikes.watch("Acme")
    assert counted is not None
    assert counted.sources == ("Gazette", "Herald")


async def test_a_pause_of_ours_is_not_calm(room: Newsroom, store: Store) -> None:
    over(room, buckets=2 * 288)
    watch = store.spikes.watch("Acme")
    assert watch is not None
    assert watch.bucket == MONDAY + 2 * 288 * BUCKET
    assert Detector.loads(watch.states["all"]).known <= 10 * 288 + 1


async def test_a_restart_changes_nothing(tmp_path: Path, store: Store, room: Newsroom) -> None:
    await hear(room, 1)
    over(room)
    fresh = newsroom(tmp_path, store, when="daily 08:00")
    fresh.clock.tick(seconds=(room.clock.now() - fresh.clock.now()).total_seconds())
    await hear(fresh, 60)
    assert over(fresh) == 1
    room.clock.tick(minutes=5)
    assert over(room, buckets=0) == 0, "it was noticed already"
    assert len(spikes(room.app)) == 1


def unread(state: str, version: str) -> str:
    return json.dumps(json.loads(state) | {"version": version})


async def test_a_state_that_cannot_be_read_starts_anew_and_says_nothing(
    room: Newsroom, store: Store
) -> None:
    states = LEARNT | {"kind web": unread(LEARNT["kind web"], "spikes 0")}
    with store.transaction():
        store.spikes.save(Watch(brand="Acme", bucket=MONDAY, sources=("Gazette",), states=states))
    await hear(room, 8)
    assert over(room) == 0, "the web was no place where nothing was ever said"
    watch = store.spikes.watch("Acme")
    assert watch is not None
    assert Detector.loads(watch.states["kind web"]).known == 1
    assert Detector.loads(watch.states["all"]).known == 10 * 288 + 1


async def test_what_the_version_before_remembered_is_gone_on_from(
    room: Newsroom, store: Store
) -> None:
    states = {series: unread(state, "spikes 1") for series, state in LEARNT.items()}
    with store.transaction():
        store.spikes.save(Watch(brand="Acme", bucket=MONDAY, sources=("Gazette",), states=states))
    await hear(room, 2)
    assert over(room) == 0
    await hear(room, 60)
    assert over(room) == 1


async def test_a_part_that_surges_with_the_whole_is_named_with_it(room: Newsroom) -> None:
    await hear(room, 60)
    over(room)
    (spike,) = spikes(room.app)
    assert spike.series[0] == "all"
    assert "kind web" in spike.series[1:]


async def test_listening_begins_with_what_was_heard(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    room.app.surges.watch()
    assert store.spikes.watch("Acme") is None
    await room.hear_once()
    room.app.surges.watch()
    watch = store.spikes.watch("Acme")
    assert watch is not None
    assert watch.sources == ("Gazette", "Herald")
