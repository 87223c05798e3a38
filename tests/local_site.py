"""A real HTTP server on this machine whose answers a test writes itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Site:
    """`pages` maps paths to whole answers, or to coroutines that write one as they like."""

    pages: dict[str, bytes | Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    busiest: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has heard enough
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines[1:] if line)
        path = lines[0].split()[1]
        headers = {name.lower(): value.strip() for name, _, value in fields}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append(Request(path, headers, body))
        self._arrived.set()
        self.busiest = max(self.busiest, len(self._tasks))
        page = self.pages.get(path, answer(404))
        if callable(page):
            await page(writer)
        else:
            writer.write(page)
            await writer.drain()

    async def asked(self, times: int) -> None:
        """Wait until that many requests came."""
        while len(self.requests) < times:
            self._arrived.clear()
            await self._arrived.wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def local_site(
    pages: Mapping[str, bytes | Answer] | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Site]:
    site = Site(dict(pages or {}))
    server = await asyncio.start_server(site.serve, host, 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        await site.close()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Write an HTTP answer; header names with _ for -."""
    fields = {"Connection": "close", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} said\r\n{head}\r\n".encode() + body


class Watch:
    """A clock that only moves when somebody sleeps, or the test sets it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)
