"""The websocket: connected to one of several hosts, anew when it breaks off or falls silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace, TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from listener import __version__
from listener.collect.jetstream_events import COLLECTION, Event, read_event
from listener.errors import FetchError
from listener.fetch import Fetcher, shown
from listener.fetch.guard import Resolver, public

log = logging.getLogger(__name__)

SILENT = 30.0  # seconds without a message, on a network with fifty posts a second
LARGEST = 1_000_000  # bytes of a message
TRIES = 6  # connections in a row that gave nothing; then the source counts as down
_CONNECT = 20.0  # seconds
_PRIVATE = "private address (allow it with private = true)"
_AHEAD = 5_000  # events that wait for us; then the other side has to


class Socket:
    """Reads events. One per pass; use `async with`."""

    def __init__(self, hosts: Sequence[str], *, private: bool) -> None:
        self._hosts = hosts
        self._guard = _Guard(private=private)

    async def __aenter__(self) -> Self:
        leaving = aiohttp.TraceConfig()
        leaving.on_request_redirect.append(_stay)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._guard),
            trace_configs=[leaving],
            headers={"User-Agent": f"listener/{__version__}"},
            trust_env=True,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()
        await self._guard.close()

    async def read(
        self,
        newest: Callable[[], int | None],
        rewind: timedelta,
        every: float,
        fetcher: Fetcher,
    ) -> AsyncIterator[list[Event]]:
        """Yield the events of every few seconds, from `newest` (Unix microseconds) less `rewind`.

        Each connection begins with none. Ends when the program ends. Raises FetchError when no
        host gives anything any more.
        """
        vain = 0
        while not fetcher.stopping.is_set():
            host = self._hosts[vain % len(self._hosts)]
            try:
                async for events in self._connected(host, newest(), rewind, every, fetcher):
                    vain = 0 if events else vain
                    yield events
                vain += 1
                log.info("%s broke off; connecting again", shown(host))
            except (aiohttp.ClientError, OSError, TimeoutError) as exc:
                vain += 1
                if vain >= TRIES:
                    message = f"could not read {shown(host)}: {_cause(exc)}"
                    raise FetchError(message) from exc
            if vain >= TRIES:
                raise FetchError(f"could not read {shown(host)}: it breaks off at once")
            if vain > 1:
                await fetcher.pacing.pause(min(2.0**vain, 60.0))

    async def _connected(
        self, host: str, newest: int | None, rewind: timedelta, every: float, fetcher: Fetcher
    ) -> AsyncIterator[list[Event]]:
        """Yield what one connection gives, until it ends or nothing came for long."""
        # What is too large to be read would break off every connection at the same place.
        asked = {"wantedCollections": COLLECTION, "maxMessageSizeBytes": str(LARGEST)}
        if newest is not None:
            asked["cursor"] = str(max(1, newest - int(rewind.total_seconds() * 1_000_000)))
        self._guard.check(host)
        url = f"{host.rstrip('/')}/subscribe"
        connecting = self._session.ws_connect(url, params=asked, max_msg_size=LARGEST + 1)
        socket = await asyncio.wait_for(connecting, _CONNECT)
        waiting: asyncio.Queue[Event | None] = asyncio.Queue(_AHEAD)
        reader = asyncio.create_task(_receive(socket, waiting))
        try:
            yield []
            while not fetcher.stopping.is_set():
                events, more = await _gathered(waiting, every)
                yield events
                if not more:
                    return
        finally:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader
            await socket.close()


async def _receive(
    socket: aiohttp.ClientWebSocketResponse, waiting: asyncio.Queue[Event | None]
) -> None:
    """Read until the other side ends or is silent; None says that it is over."""
    try:
        while True:
            message = await socket.receive(timeout=SILENT)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            if event := read_event(message.data):
                await waiting.put(event)
    except (TimeoutError, aiohttp.ClientError):
        return
    finally:
        if not asyncio.current_task().cancelling():  # type: ignore[union-attr]
            await waiting.put(None)


async def _gathered(waiting: asyncio.Queue[Event | None], every: float) -> tuple[list[Event], bool]:
    """Return what came in so many seconds, and whether more may come."""
    events: list[Event] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(every):
            while len(events) < _AHEAD:
                event = await waiting.get()
                if event is None:
                    return events, False
                events.append(event)
    return events, True


async def _stay(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    redirect: aiohttp.TraceRequestRedirectParams,
) -> None:
    """Follow nobody: an address in numbers is connected to without being resolved."""
    redirect.response.close()
    raise OSError(None, "it leads elsewhere")


def _cause(exc: BaseException) -> str:
    match exc:
        case TimeoutError():
            return "timed out"
        case aiohttp.WSServerHandshakeError():
            return f"{exc.status}, no websocket"
        case aiohttp.ClientConnectorError() if exc.os_error.strerror == _PRIVATE:
            return _PRIVATE
        case aiohttp.ClientConnectorError():
            return "connection refused or no such host"
        case OSError(strerror=str(words)) if words:
            return words.lower()
    return "connection failed"


class _Guard(AbstractResolver):
    """Resolves names to addresses that may be connected to, as `fetch.guard` does."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._resolver = Resolver(threads=2)

    def check(self, url: str) -> None:
        """Raise OSError for a private address in numbers: those are never resolved."""
        with contextlib.suppress(ValueError):  # it is a name
            if not (self._private or public(urlsplit(url).hostname or "")):
                raise OSError(None, _PRIVATE)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: int = 0,  # noqa: ARG002  (the interface of aiohttp)
    ) -> list[ResolveResult]:
        found = await self._resolver.addresses(host, port)
        allowed = [address for address in found if self._private or public(address)]
        if not allowed:
            raise OSError(None, _PRIVATE)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=0, proto=0, flags=0)
            for address in allowed
        ]

    async def close(self) -> None:
        self._resolver.close()
