"""The background service: wakes up, lets the database say what is due, and stops in time."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from listener import app as parts
from listener.app import App
from listener.clock import Clock
from listener.config import Config, load
from listener.config.shape import Source
from listener.errors import ConfigError
from listener.systemd import notify, watchdog_interval

log = logging.getLogger(__name__)

GRACE = 10.0  # seconds that the work in hand gets to finish
ONE_PRESS = 1.0  # seconds in which a Ctrl-C that reaches us by two ways is one
AT_A_TIME = 128  # passes in progress; streams, and who waits for an account's turn, apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something the scheduler wakes the daemon for; the database says whether there is work."""

    name: str
    trigger: IntervalTrigger
    work: str
    argument: str | None = None


def plan(config: Config) -> tuple[Job, ...]:
    """Return what to wake up for. Channels have a job each, so that none waits for another."""
    return (
        Job(name="collect", trigger=IntervalTrigger(seconds=2), work="collect"),
        Job(name="look again", trigger=IntervalTrigger(minutes=1), work="look again"),
        Job(name="compose", trigger=IntervalTrigger(seconds=5), work="compose"),
        *(
            Job(
                name=f"deliver {channel.name}",
                trigger=IntervalTrigger(seconds=5),
                work="deliver",
                argument=channel.name,
            )
            for channel in config.tables.channels
        ),
        Job(name="reassess", trigger=IntervalTrigger(minutes=1), work="reassess"),
        Job(name="surges", trigger=IntervalTrigger(minutes=1), work="surges"),
        Job(name="report", trigger=IntervalTrigger(seconds=30), work="report"),
        Job(name="upkeep", trigger=IntervalTrigger(hours=1), work="upkeep"),
    )


class Daemon:
    """Runs jobs in tasks of its own, one of a name at a time."""

    def __init__(self, app: App, reread: Callable[[], App]) -> None:
        self._app = app
        self._reread = reread
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()
        self._asked = 0.0
        self._streaming: set[str] = set()  # sources whose passes end only with the program

    @property
    def app(self) -> App:
        """The program as it is configured now."""
        return self._app

    async def run(self) -> bool:
        """Work until told to stop; return whether everything in hand was finished."""
        if self._stop.is_set():
            return await self._finish()
        self._app.store.outbox.release()  # leases of a process that died
        self._app.retry()
        self._spawn("rematch", asyncio.to_thread(self._app.rematch))
        self._schedule()
        self._scheduler.start()
        self._spawn("watchdog", self._watch())
        self._say_hello()
        notify("READY=1")
        await self._stop.wait()
        return await self._finish()

    def _say_hello(self) -> None:
        tables = self._app.config.tables
        sources = len(tables.sources)
        log.info(
            "listening to %d %s for %s",
            sources,
            "source" if sources == 1 else "sources",
            ", ".join(brand.name for brand in tables.brands),
        )
        log.info("all that is written lies in %s", self._app.config.data_dir)

    def _schedule(self) -> None:
        self._scheduler.remove_all_jobs()
        for job in plan(self._app.config):
            self._scheduler.add_job(
                self._wake,
                job.trigger,
                [job],
                id=job.name,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC),  # what was missed while we were off is due now
            )

    async def _wake(self, job: Job) -> None:
        """Start the job's work in a task of its own: the scheduler would cancel it on stop."""
        if job.work == "collect":
            self._collect()
            return
        works: dict[str, Callable[[], Coroutine[None, None, object]]] = {
            "look again": self._look_again,
            "compose": lambda: asyncio.to_thread(self._app.composer.compose),
            "deliver": lambda: self._app.courier.deliver(job.argument or ""),
            "reassess": lambda: asyncio.to_thread(self._app.reassessor.run),
            "surges": lambda: asyncio.to_thread(self._app.surges.watch),
            "report": lambda: asyncio.to_thread(self._app.reporter.due),
            "upkeep": lambda: asyncio.to_thread(self._app.upkeep),
        }
        if job.name not in self._tasks:
            self._spawn(job.name, works[job.work]())

    def _collect(self) -> None:
        sources = {source.name: source for source in self._app.config.tables.sources}
        polled = {name.removeprefix("poll ") for name in self._tasks if name.startswith("poll ")}
        idle = sources.keys() - polled
        due = self._app.store.sources.due(idle, self._app.clock.now())
        for state in due[: max(0, AT_A_TIME - self._busy(polled))]:
            self._spawn(f"poll {state.name}", self._poll(sources[state.name]))

    def _busy(self, polled: Iterable[str]) -> int:
        """Return how many passes take part of the machine: the others may last for very long."""
        waiting = self._app.fetcher.waiting
        busy = (name for name in polled if self._tasks[f"poll {name}"] not in waiting)
        return sum(name not in self._streaming for name in busy)

    async def _poll(self, source: Source) -> None:
        pipeline = self._app.pipeline
        if pipeline.streams(source):
            self._streaming.add(source.name)
        try:
            await pipeline.poll(source)
        except Exception:
            self._app.pipeline.postpone(source, "internal error, see the log")
            raise
        finally:
            self._streaming.discard(source.name)

    async def _look_again(self) -> None:
        sources = {source.name: source for source in self._app.config.tables.sources}
        looks, now = self._app.store.looks, self._app.clock.now()
        for name in await asyncio.to_thread(looks.sources, sources.keys(), now):
            if f"look again {name}" not in self._tasks:
                self._spawn(f"look again {name}", self._look(sources[name]))

    async def _look(self, source: Source) -> None:
        try:
            await self._app.pipeline.look_again(source)
        except Exception:
            self._app.pipeline.look_later(source)
            raise

    def _spawn(self, name: str, work: Coroutine[None, None, object]) -> None:
        if self._stop.is_set():
            work.close()
            return
        task = asyncio.create_task(self._guarded(name, work), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks[name] is task and self._tasks.pop(name))

    async def _guarded(self, name: str, work: Awaitable[object]) -> None:
        """Keep the daemon alive whatever a job does; the one place where any error is caught."""
        try:
            await work
        except Exception:
            log.exception("%s failed; the daemon goes on", name)

    async def _watch(self) -> None:
        """Tell systemd that the loop turns and the store answers."""
        interval = watchdog_interval()
        while interval is not None:
            await asyncio.to_thread(self._app.store.rows, "SELECT 1")
            notify("WATCHDOG=1")
            await asyncio.sleep(interval)

    def listen_to_signals(self) -> None:
        """Take signals from now on, which would end the process: before anybody hears of us."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            if asyncio.get_running_loop().time() - self._asked < ONE_PRESS:
                return
            log.warning("asked twice: stopping at once")
            os._exit(1)
        self._asked = asyncio.get_running_loop().time()
        log.info("stopping; the work in hand gets %d s", GRACE)
        notify("STOPPING=1")
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._app.fetcher.stopping.set()  # nobody waits for a turn any more
        self._stop.set()

    def _reload(self) -> None:
        """Re-read the configuration; keep the old one when the new is wrong."""
        old = self._app
        try:
            self._app = self._reread()
        except ConfigError as exc:
            for problem in exc.problems:
                log.error("%s", problem)
            log.error("the configuration is wrong: going on with the old one")
            return
        old.pipeline.hand_over(self._app.pipeline)
        self._schedule()
        self._end_passes()
        self._app.retry()
        self._spawn("rematch", asyncio.to_thread(self._app.rematch))
        log.info("read the configuration again")
        self._say_hello()

    def _end_passes(self) -> None:
        """End streams, which go on from their cursors, and passes over what is configured no more.

        The others end by themselves, and judge as configured now.
        """
        known = {source.name for source in self._app.config.tables.sources} - self._streaming
        for name, task in self._tasks.items():
            kind, _, source = name.partition("poll ")
            if not kind and source not in known:
                task.cancel()

    async def _finish(self) -> bool:
        watch = self._tasks.get("watchdog")
        if watch is not None:
            watch.cancel()
        tasks = set(self._tasks.values())
        if not tasks:
            return True
        _, late = await asyncio.wait(tasks, timeout=GRACE)
        for task in late:
            log.warning(
                "%s did not finish in time; it is taken up at the next start", task.get_name()
            )
            task.cancel()
        return not late


async def run(config: Config, path: Path, clock: Clock | None = None) -> None:
    """Run the daemon on a checked configuration until SIGTERM or SIGINT."""
    from listener.web import serving  # aiohttp takes its time to load, and other commands need none

    async with parts.opened(config, clock) as app:

        def reread() -> App:
            fresh = load(path)
            if fresh.data_dir != config.data_dir:
                raise ConfigError([f"{path.name}: listener.data_dir: restart to move the data"])
            if fresh.tables.web != config.tables.web:
                raise ConfigError([f"{path.name}: web: restart to listen somewhere else"])
            return parts.build(fresh, app.store, app.fetcher, app.clock)

        daemon = Daemon(app, reread)
        daemon.listen_to_signals()
        async with serving(config.tables.web, lambda: daemon.app):
            finished = await daemon.run()
    if not finished:  # a thread waits for somebody who does not answer, and nothing else ends it
        logging.shutdown()
        os._exit(0)
