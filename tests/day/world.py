"""A day of listening: real sockets, the real limiter, pipeline and daemon, and time that jumps.

Every kind that polls over HTTP hears its platform, played on this machine. The platforms count
what they are asked, and hold their own limits. Kinds that are pushed to or keep a connection
(`webhook`, `import`, `jetstream`, `imap`) poll nobody, and are not here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import tomlkit

from listener import app as parts
from listener.app import App
from listener.config import load
from listener.daemon import Daemon, plan
from listener.fetch import Fetcher
from listener.store import open_store
from tests.collect.simulated import Question
from tests.day import forums, press
from tests.day.clock import VirtualClock, VirtualLoop, VirtualPacing
from tests.day.platform import Platform, Said

PLATFORMS: tuple[type, ...] = (
    forums.Discourse,
    forums.Mastodon,
    forums.Reddit,
    forums.StackExchange,
    forums.Lemmy,
    forums.GitHub,
    forums.Telegram,
    press.WordPress,
    press.AppStore,
    press.Gdelt,
    press.HackerNews,
    press.Sitemap,
    press.Feeds,
    press.Alerts,
)
# What is pushed to us, or read by a connection that stays.
UNPOLLED = ("import", "imap", "jetstream", "webhook")
BEFORE = timedelta(hours=12)  # what is there when the first pass comes
BURST = timedelta(minutes=10)
LIVES = 3  # the program is stopped and started so often
_HEADER = b"\r\n\r\n"


@dataclass(slots=True)
class Host:
    """A server, what is published on it, and how often it was asked."""

    platform: Platform
    clock: VirtualClock
    items: list[Said]
    times: list[datetime] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question = _question(await reader.readuntil(_HEADER))
            await self.clock.travel()
            said = self._answer(question)
            await self.clock.travel()
            writer.write(said)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the program ends
        finally:
            writer.close()

    def _answer(self, question: Question) -> bytes:
        now = self.clock.now()
        if question.path == "/robots.txt":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.times.append(now)
        allowed = [window.count(now) for window in self.platform.limits]
        if not all(allowed):
            return self.platform.refuse(now)
        shown = [item for item in self.items if item.seen <= now]
        return self.platform.answer(question, shown, now)


def _question(head: bytes) -> Question:
    lines = head.decode("latin-1").split("\r\n")
    url = urlsplit(lines[0].split()[1])
    asked: dict[str, str] = {}
    for name, value in parse_qsl(url.query):
        asked[name] = f"{asked[name]},{value}" if name in asked else value
    return Question(url.path, asked, {})


class Passes(logging.Handler):
    """Writes down when each source was heard, and what went wrong."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(logging.INFO)
        self._clock = clock
        self.heard: defaultdict[str, list[datetime]] = defaultdict(list)
        self.unheard: Counter[str] = Counter()
        self.wrong: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            self.wrong.append(record.getMessage())
        elif record.msg.startswith("heard"):
            self.heard[str(getattr(record, "source", ""))].append(self._clock.now())
        elif record.msg.startswith("could not hear"):
            self.unheard[record.getMessage()] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one kind.

    every    the longest interval of its sources
    used     of what the platform allows in all this time, by its longest limit
    missing  posts about the brand that were not stored, or not once
    wait     the longest time without a finished pass of one of its sources
    late     the longest time from a post's appearance until it was found; without the first pass
    """

    kind: str
    sources: int
    every: timedelta
    requests: int
    limits: tuple[str, ...]
    busiest: tuple[int, ...]
    exceeded: int
    used: float | None
    stored: int
    missing: tuple[str, ...]
    wait: timedelta
    late: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    lines: tuple[Line, ...]
    unheard: dict[str, int]
    wrong: tuple[str, ...]


def play(start: datetime, hours: float, *, settle: float = 1.5, busy: float = 0.6) -> Day:
    """Listen from `start` for so many hours, and some more in which nothing is published.

    busy  how much is published: 1 is a day in which every list has something to say
    """
    clock = VirtualClock(start)
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner,
    ):
        hosts = [
            Host(made, clock, published(made, start, start + timedelta(hours=hours), busy))
            for made in (kind() for kind in PLATFORMS)
        ]
        end = start + timedelta(hours=hours + settle)
        return runner.run(_play(clock, Path(folder), hosts, end))


async def _play(clock: VirtualClock, folder: Path, hosts: Sequence[Host], end: datetime) -> Day:
    start = clock.now()
    async with AsyncExitStack() as stack:
        sources: list[dict[str, object]] = []
        for host in hosts:
            server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
            stack.callback(server.close)
            sources += _sources(host.platform, server.sockets[0].getsockname()[1])
        stack.enter_context(_environment(hosts))
        _write(folder, sources)
        config = load(folder / "sources.toml")
        store = open_store(folder / "listener.db")
        stack.callback(store.close)
        passes = stack.enter_context(_listening_to(clock))
        for life in range(1, LIVES + 1):  # a new start renews no quota
            fetcher = await stack.enter_async_context(Fetcher(contact=None, clock=clock))
            fetcher.pacing = VirtualPacing(clock, store.quotas)
            app = parts.build(config, store, fetcher, clock)
            await _live(app, clock, start + (end - start) * life / LIVES)
        lines = tuple(_line(host, app, passes, start) for host in hosts)
    return Day(lines=lines, unheard=dict(passes.unheard), wrong=tuple(passes.wrong))


def published(platform: Platform, start: datetime, end: datetime, busy: float) -> list[Said]:
    """Return what is published in all its lists, in the order of its appearance, with a burst."""
    dice = random.Random(platform.kind)
    items = []
    for place in platform.places:
        hours = (end - start + BEFORE).total_seconds() / 3600
        times = [
            start - BEFORE + timedelta(hours=dice.uniform(0, hours))
            for _ in range(round(busy * platform.hourly * hours))
        ]
        burst = start + (end - start) / 3
        times += [
            burst + BURST * dice.random() for _ in range(round(2 * busy * platform.hourly) + 3)
        ]
        for at in times:
            late = timedelta(seconds=dice.choice([0, 0, 0, 5, 90]))
            whole = at.replace(microsecond=0)
            about = dice.random() < 0.6
            items.append(Said(0, whole, whole + late, place=place, about=about))
    items.sort(key=lambda item: item.seen)
    for number, item in enumerate(items, start=1):
        item.number = number
    return items


def _sources(platform: Platform, port: int) -> Iterator[dict[str, object]]:
    for n, source in enumerate(platform.sources(f"http://127.0.0.1:{port}"), start=1):
        yield {"name": f"{platform.kind} {n}", "kind": platform.kind, "private": True} | source


@contextmanager
def _environment(hosts: Sequence[Host]) -> Iterator[None]:
    secrets = {"DAY_TOKEN": "t", "no_proxy": "*"}
    for host in hosts:
        secrets |= getattr(host.platform, "secrets", {})
    with patch.dict(os.environ, secrets):
        yield


def _write(folder: Path, sources: Sequence[dict[str, object]]) -> None:
    tables = {
        "listener": {"timezone": "Europe/Paris"},
        "brands": [{"name": "Acme", "query": "acme", "matches": ["Acme"]}],
        "sources": sources,
    }
    (folder / "sources.toml").write_text(tomlkit.dumps(tables), encoding="utf-8")


@contextmanager
def _listening_to(clock: VirtualClock) -> Iterator[Passes]:
    passes, logger = Passes(clock), logging.getLogger("listener")
    level, propagates = logger.level, logger.propagate
    logger.addHandler(passes)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield passes
    finally:
        logger.removeHandler(passes)
        logger.setLevel(level)
        logger.propagate = propagates


async def _live(app: App, clock: VirtualClock, end: datetime) -> None:
    """Wake the daemon for its jobs as its scheduler does, and stop it as a signal does."""
    daemon = Daemon(app, lambda: app)
    due = {job: clock.now() for job in plan(app.config) if job.work in ("collect", "look again")}
    while clock.now() < end:
        for job, at in due.items():
            if at <= clock.now():
                await daemon._wake(job)
                due[job] = at + job.trigger.interval
        await clock.sleep((min(due.values()) - clock.now()).total_seconds())
    app.fetcher.stopping.set()
    await daemon._finish()


def _line(host: Host, app: App, passes: Passes, start: datetime) -> Line:
    sources = [s for s in app.config.tables.sources if s.kind == host.platform.kind]
    names = [source.name for source in sources]
    marks = ",".join("?" * len(names))
    rows = app.store.rows(
        "SELECT p.key, m.found FROM mentions m JOIN posts p ON p.id = m.post"
        f" WHERE m.source IN ({marks})",
        tuple(names),
    )
    stored = Counter(row["key"] for row in rows)
    expected = {host.platform.key(item): item.seen for item in host.items if item.about}
    wrong = {key for key in expected if stored[key] != 1} | (stored.keys() - expected.keys())
    found = {row["key"]: row["found"] for row in rows}
    late = [
        timedelta(seconds=found[key] - seen.timestamp())
        for key, seen in expected.items()
        if key in found and seen > start
    ]
    return Line(
        kind=host.platform.kind,
        sources=len(sources),
        every=max(source.every for source in sources),
        requests=len(host.times),
        limits=tuple(map(str, host.platform.limits)),
        busiest=tuple(window.busiest for window in host.platform.limits),
        exceeded=sum(window.exceeded for window in host.platform.limits),
        used=_used(host, start, app.clock.now()),
        stored=len(stored),
        missing=tuple(sorted(wrong)),
        wait=max(_longest(passes.heard[name], start, app.clock.now()) for name in names),
        late=max(late, default=timedelta()),
    )


def _used(host: Host, start: datetime, end: datetime) -> float | None:
    if not host.platform.limits:
        return None
    allowed = min(w.most / w.per.total_seconds() for w in host.platform.limits)
    return len(host.times) / (allowed * (end - start).total_seconds())


def _longest(times: Sequence[datetime], start: datetime, end: datetime) -> timedelta:
    return max(after - before for before, after in pairwise([start, *times, end]))
