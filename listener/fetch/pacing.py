"""Politeness per host: a request a second, two at a time, and silence when asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from listener.clock import Clock
from listener.errors import RateLimited

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_IDLE = timedelta(hours=1)  # longer than any request takes
_REMEMBERED = 4096  # hosts; a redirecting server could name a new one each time


@dataclass(slots=True)
class _Host:
    turns: asyncio.Semaphore
    next: datetime = field(default=_LONG_AGO)  # before then no request starts
    closed: datetime = field(default=_LONG_AGO)  # until then it asked to be left alone


class Pacing:
    """Says when a request may start.

    interval  seconds between the starts of two requests to one host
    """

    def __init__(
        self, clock: Clock, *, interval: float = 1.0, per_host: int = 2, total: int = 32
    ) -> None:
        self.interval = interval
        self._clock = clock
        self._per_host = per_host
        self._slots = asyncio.Semaphore(total)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's turn, then for one of the slots shared by all; raises RateLimited.

        In this order: who waits for a host takes no slot from the others.
        """
        state = self._host(host)
        async with state.turns:
            self._check(host, state)
            now = self._clock.now()
            start = max(now, state.next)
            state.next = start + timedelta(seconds=self.interval)
            if start > now:
                await self._clock.sleep((start - now).total_seconds())
                self._check(host, state)
            async with self._slots:
                yield

    def close(self, host: str, wait: timedelta) -> None:
        """Leave a host alone for `wait` from now."""
        state = self._host(host)
        state.closed = max(state.closed, self._clock.now() + wait)

    def _check(self, host: str, state: _Host) -> None:
        left = state.closed - self._clock.now()
        if left > timedelta(0):
            message = f"{host} asked to be left alone for another {left.total_seconds():.0f} s"
            raise RateLimited(message, None, left)

    def _host(self, host: str) -> _Host:
        if host not in self._hosts:
            self._forget()
            self._hosts[host] = _Host(asyncio.Semaphore(self._per_host))
        return self._hosts[host]

    def _forget(self) -> None:
        if len(self._hosts) < _REMEMBERED:
            return
        old = self._clock.now() - _IDLE
        self._hosts = {
            name: host for name, host in self._hosts.items() if max(host.next, host.closed) > old
        }
