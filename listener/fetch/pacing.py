"""Politeness: turns per host, budgets per account, and silence when asked for it.

A quota does not begin anew because we do: with a `Memory`, a restart or a crash asks no more
than one long run would.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from listener.clock import Clock
from listener.errors import QuotaSpent, RateLimited
from listener.fetch.limits import Limit

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_IDLE = timedelta(hours=1)  # longer than any request takes
_COUNTED = timedelta(days=1)  # no budget is for longer
_REMEMBERED = 4096  # hosts; a redirecting server could name a new one each time
PATIENCE = timedelta(minutes=15)  # who would wait longer for a turn is told when to come back
LASTING = timedelta(minutes=30)  # a refusal for this long is a quota, not a throttle
UNSAID = timedelta(minutes=1)  # how long to ask nothing when it is not said
SHORT = timedelta(minutes=2)  # a pause asked for beside an answer, which is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be asked in the name of one account, by all sources together.

    name      told to the operator: no secret in it
    requests  at most so many in any stretch of `per`
    zone      a quota per day, renewed at midnight there; `per` does not count then
    """

    name: str
    requests: int
    per: timedelta = timedelta(days=1)
    zone: str | None = None


class Memory(Protocol):
    """What outlives the process of hosts and accounts, by name."""

    def starts(self, name: str, now: datetime) -> Sequence[datetime]:
        """Return when the requests started, or will, that still count; oldest first."""

    def pauses(self, name: str) -> tuple[datetime, datetime] | None:
        """Return until when it refuses us, and until when it asked for a pause."""

    def spend(self, name: str, start: datetime, until: datetime) -> None:
        """Keep that a request starts, and until when it counts: before it goes out."""

    def pause(self, name: str, closed: datetime, free: datetime) -> None:
        """Keep until when it wants to be left alone."""


@dataclass(slots=True)
class _Turns:
    """Of a host: when the next request may start. Of an account: when the last ones did."""

    at_once: asyncio.Semaphore
    next: datetime = field(default=_LONG_AGO)  # before then no request starts
    closed: datetime = field(default=_LONG_AGO)  # until then it refuses us
    free: datetime = field(default=_LONG_AGO)  # until then it asked for a pause
    starts: deque[datetime] = field(default_factory=deque)
    most: int = 0  # starts that are remembered: sources may know of different limits


class Pacing:
    """Says when a request may start.

    interval  seconds between the starts of two requests to one host
    stopping  set it, and who waits for a turn is cancelled
    waiting   tasks that wait until their account may ask again, which can take long
    memory    of what was asked before; without one every process begins anew
    """

    def __init__(
        self,
        clock: Clock,
        memory: Memory | None = None,
        *,
        interval: float = 1.0,
        per_host: int = 2,
        total: int = 32,
    ) -> None:
        self.interval = interval
        self.stopping = asyncio.Event()
        self.waiting: set[asyncio.Task[object] | None] = set()
        self._clock = clock
        self._memory = memory
        self._per_host = per_host
        self._slots = asyncio.Semaphore(total)
        self._known: dict[str, _Turns] = {}

    @asynccontextmanager
    async def turn(self, host: str, budget: Budget | None = None) -> AsyncIterator[None]:
        """Wait for the host's turn, then for one of the slots shared by all.

        In this order: who waits for a host takes no slot from the others. Raises RateLimited
        while the host or account wants to be left alone, QuotaSpent when a budget is used up for
        longer than `PATIENCE`.
        """
        state, task = self._turns(host), asyncio.current_task()
        if budget is not None:
            self.waiting.add(task)
        try:
            async with state.at_once:
                await self._wait(host, state, budget)
                self.waiting.discard(task)
                async with self._slots:
                    yield
        finally:
            self.waiting.discard(task)

    async def _wait(self, host: str, state: _Turns, budget: Budget | None) -> None:
        self._check(host, state, budget)
        now = self._clock.now()
        start = max(now, state.next, state.free)
        if budget is not None:
            start = self._spend(budget, start, now)
        state.next = start + timedelta(seconds=self.interval)
        if start > now:
            await self.pause((start - now).total_seconds())
            self._check(host, state, budget)

    def close(self, name: str, wait: timedelta) -> None:
        """Leave a host, or an account by its budget's name, alone for `wait` from now."""
        state = self._turns(name)
        state.closed = max(state.closed, self._clock.now() + wait)
        self._keep(name, state)

    def heed(
        self, host: str, budget: Budget | None, limit: Limit, *, refused: bool = False
    ) -> None:
        """Take to heart what an answer said of our limits; a refusal may say nothing of them.

        Reddit says after each answer that nothing is left for a minute: such a pause is waited
        for. After a refusal, and for longer, whoever asks is told when to come back.
        """
        wait = limit.wait
        if limit.remaining == 0 and budget and budget.zone and not (refused and wait):
            # a short pause may be asked for in the same breath
            midnight = _midnight(self._clock.now(), budget.zone)
            wait = max(wait or timedelta(), midnight - self._clock.now())
        if wait is None and (refused or limit.remaining == 0):
            wait = UNSAID
        name = budget.name if budget else host
        if wait and (refused or wait > SHORT):
            self.close(name, wait)
        elif wait:
            state = self._turns(name)
            state.free = max(state.free, self._clock.now() + wait)
            self._keep(name, state)

    def _spend(self, budget: Budget, start: datetime, now: datetime) -> datetime:
        """Return when a request of this account may start, and count it."""
        account = self._turns(budget.name)
        starts, start = account.starts, max(start, account.free)
        if budget.zone:
            today = _midnight(now, budget.zone) - timedelta(days=1)
            while starts and starts[0] < today:
                starts.popleft()
            free = start if len(starts) < budget.requests else _midnight(now, budget.zone)
        else:
            account.most = max(account.most, budget.requests)
            while len(starts) > account.most:
                starts.popleft()
            full = len(starts) >= budget.requests
            free = max(start, starts[-budget.requests] + budget.per) if full else start
        if free - now > PATIENCE:
            message = f"{budget.name}: all that may be asked is used up until {free:%H:%M} UTC"
            raise QuotaSpent(message, None, free - now)
        starts.append(free)
        if self._memory:
            until = _midnight(free, budget.zone) if budget.zone else free + budget.per
            self._memory.spend(budget.name, free, until)
        return free

    def _keep(self, name: str, state: _Turns) -> None:
        if self._memory:
            self._memory.pause(name, state.closed, state.free)

    async def pause(self, seconds: float) -> None:
        """Sleep; the end of the program does not wait for it, but cancels who sleeps."""
        sleep = asyncio.ensure_future(self._clock.sleep(seconds))
        stop = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({sleep, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            stop.cancel()
        if self.stopping.is_set():
            raise asyncio.CancelledError

    def _check(self, host: str, state: _Turns, budget: Budget | None) -> None:
        pairs = [(host, state)]
        if budget is not None:
            pairs.append((budget.name, self._turns(budget.name)))
        for name, turns in pairs:
            left = turns.closed - self._clock.now()
            if left > timedelta(0):
                message = f"{name} asked to be left alone for another {left.total_seconds():.0f} s"
                raise (QuotaSpent if left > LASTING else RateLimited)(message, None, left)

    def _turns(self, name: str) -> _Turns:
        if name not in self._known:
            self._forget()
            self._known[name] = self._recalled(name)
        return self._known[name]

    def _recalled(self, name: str) -> _Turns:
        turns = _Turns(asyncio.Semaphore(self._per_host))
        if self._memory is None:
            return turns
        now = self._clock.now()
        # what lies further ahead was written by a clock that was wrong
        turns.starts.extend(s for s in self._memory.starts(name, now) if s <= now + PATIENCE)
        if pauses := self._memory.pauses(name):
            turns.closed, turns.free = (min(until, now + _COUNTED) for until in pauses)
        return turns

    def _forget(self) -> None:
        if len(self._known) < _REMEMBERED:
            return
        old = self._clock.now() - _IDLE
        self._known = {
            name: turns
            for name, turns in self._known.items()
            if max(turns.next, turns.closed) > old
            or (turns.starts and turns.starts[-1] > old - _COUNTED)
        }


def _midnight(now: datetime, zone: str) -> datetime:
    """Return the next midnight of a zone, in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    day = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return day.astimezone(UTC)
