"""The outbox -> claimed with a lease -> sent -> marked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from listener.clock import Clock
from listener.errors import DeliveryError
from listener.notify import Channel
from listener.store import Store
from listener.store.outbox import Outgoing

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(days=1)


def pause(error: DeliveryError, attempts: int) -> timedelta:
    """Return how long to wait after a failed attempt: 1 min doubling up to a day.

    What only a person can mend is tried again daily; `retry_after` wins when longer.
    """
    if error.permanent:
        return LONGEST_WAIT
    doubled = min(timedelta(minutes=2 ** min(attempts - 1, 20)), LONGEST_WAIT)
    return max(doubled, error.retry_after or timedelta())


class Courier:
    """Sends what the outbox holds; each channel on its own, so that none waits for another."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock

    async def deliver_all(self) -> int:
        """Send everything that may go out now; return how many messages went."""
        return sum(await asyncio.gather(*map(self.deliver, self._channels)))

    async def deliver(self, name: str) -> int:
        """Send what one channel may send now; return how many messages went."""
        sent = 0
        while outgoing := await asyncio.to_thread(
            self._store.outbox.claim, name, self._clock.now()
        ):
            sent += await self._send(name, outgoing)
        return sent

    async def _send(self, name: str, outgoing: Outgoing) -> bool:
        message = outgoing.message
        try:
            await self._channels[name].send(message)
        except DeliveryError as exc:
            await self._failed(name, outgoing, exc)
            return False
        except Exception:
            await self._failed(name, outgoing, DeliveryError("internal error, see the log"))
            raise
        self._store.outbox.sent(outgoing.id, self._clock.now())  # at once: nothing may come between
        log.info("sent %r to %s by %s", message.subject, message.person.name, name)
        return True

    async def _failed(self, name: str, outgoing: Outgoing, error: DeliveryError) -> None:
        next_at = self._clock.now() + pause(error, outgoing.attempts)
        await asyncio.to_thread(
            self._store.outbox.failed, outgoing.id, str(error), next_at, permanent=error.permanent
        )
        level = logging.ERROR if error.permanent else logging.WARNING
        log.log(level, "could not send %r by %s: %s", outgoing.message.subject, name, error)
