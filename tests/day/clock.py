"""Time that passes only when nobody has anything to do: a day in seconds, with real sockets."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import selectors
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from listener.fetch import Budget
from listener.fetch.pacing import Memory, Pacing


class VirtualClock:
    """Everybody who sleeps is woken at exactly his time, in order, by the loop below.

    busy  what is under way in real time: requests on the wire, work in threads. While there is
          any, no time passes
    """

    def __init__(self, start: datetime) -> None:
        self.time = start
        self.busy = 0
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._random = random.Random(7)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        until = self.time + timedelta(seconds=max(0.0, seconds))
        heapq.heappush(self._sleepers, (until, next(self._count), woken))
        await woken

    async def travel(self) -> None:
        """Let a request, or its answer, be on its way; others go on meanwhile."""
        self.busy -= 1
        try:
            await self.sleep(self._random.uniform(0.01, 0.3))
        finally:
            self.busy += 1

    def advance(self) -> bool:
        """Go to the earliest time at which somebody wakes up; return whether there was one."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)  # he was cancelled
        if self.busy or not self._sleepers:
            return False
        self.time = self._sleepers[0][0]
        while self._sleepers and self._sleepers[0][0] <= self.time:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)
        return True


class _Selector(selectors.DefaultSelector):
    """The loop asks for events with a timeout only when no task can go on by itself."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            ready = super().select(0)
            if ready or self._clock.advance():
                return ready
        return super().select(timeout)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that lets virtual time pass when it has nothing else to do."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        super().__init__(_Selector(clock))

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._clock.busy += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: asyncio.Future[Any]) -> None:
        self._clock.busy -= 1


class VirtualPacing(Pacing):
    """The limiter itself, which also tells the clock of requests on the wire."""

    def __init__(self, clock: VirtualClock, memory: Memory) -> None:
        super().__init__(clock, memory)
        self._virtual = clock

    @asynccontextmanager
    async def turn(self, host: str, budget: Budget | None = None) -> AsyncIterator[None]:
        async with super().turn(host, budget):
            self._virtual.busy += 1
            try:
                yield
            finally:
                self._virtual.busy -= 1


MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
