"""Fakes at the seams: a clock that is set, a source that says what it is told to, a mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

from listener.errors import DeliveryError, SourceError
from listener.messages import Message
from listener.model import Batch

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


class FakeClock:
    """Stands still until told."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def tick(self, **units: float) -> None:
        self._now += timedelta(**units)


class FakeCollector:
    """Gives the passes that were scripted, in order; then nothing new."""

    def __init__(self, *passes: list[Batch] | SourceError) -> None:
        self.passes = list(passes)
        self.cursors: list[Mapping[str, str]] = []

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        self.cursors.append(cursor)
        script = self.passes.pop(0) if self.passes else [Batch(posts=(), cursor=cursor)]
        if isinstance(script, SourceError):
            raise script
        for batch in script:
            yield batch


class Mailbox:
    """A channel that keeps what it is given, or fails as it is told to."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.failures: list[DeliveryError] = []

    def parts(self, message: Message) -> tuple[Message, ...]:
        return (message,)

    async def send(self, message: Message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.messages.append(message)
