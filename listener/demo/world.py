"""The outside world on the loopback interface: what is read, and who is told; all real servers."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from listener.clock import Clock
from listener.demo import feeds
from listener.demo.hackernews import search_by_date
from listener.demo.story import Story

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What the mail server took; `at` is the simulated time."""

    at: datetime
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was posted to the Slack webhook."""

    at: datetime
    payload: Mapping[str, Any]


@dataclass(slots=True)
class World:
    """Serves the story as of the clock, and keeps what it is told."""

    story: Story
    clock: Clock
    http_port: int = 0
    smtp_port: int = 0
    mails: list[Mail] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.http_port}"

    def answer(self, target: str, known: str | None) -> bytes:
        """Answer a GET; `known` is the version that the client has, which is not sent again."""
        url, now = urlsplit(target), self.clock.now()
        if url.path in ("/hackernews/search", "/hackernews/search_by_date"):
            found = search_by_date(self.story.items, dict(parse_qsl(url.query)), now)
            return _message(HTTPStatus.OK, "application/json", json.dumps(found).encode())
        name = url.path.rpartition("/")[2]
        place = self.story.places.get(name)
        if place is None:
            return _message(HTTPStatus.NOT_FOUND, "text/plain", b"")
        if self.story.during(place.down, now):
            return _message(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"")
        body = feeds.feed(self.story, name, now)
        etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        if known == etag:
            return _message(HTTPStatus.NOT_MODIFIED, feeds.TYPES[place.format], b"", etag)
        return _message(HTTPStatus.OK, feeds.TYPES[place.format], body, etag)

    def receive(self, body: bytes) -> bytes:
        """Take what is posted to the webhook, and answer as Slack does."""
        self.posted.append(Posted(at=self.clock.now(), payload=json.loads(body)))
        return _message(HTTPStatus.OK, "text/plain", b"ok")

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        for recipient in envelope.rcpt_tos:
            self.mails.append(Mail(at=self.clock.now(), recipient=recipient, content=content))
        return "250 OK"


@asynccontextmanager
async def playing(story: Story, clock: Clock) -> AsyncIterator[World]:
    """Start the servers on free ports; stop them at the end."""
    world, loop = World(story, clock), asyncio.get_running_loop()
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(_serve(world, reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    web = await asyncio.start_server(connected, HOST, 0)
    post = await loop.create_server(
        lambda: SMTP(world, hostname="localhost", enable_SMTPUTF8=True, loop=loop), HOST, 0
    )
    world.http_port, world.smtp_port = (s.sockets[0].getsockname()[1] for s in (web, post))
    try:
        yield world
    finally:
        for server in (web, post):
            server.close()
            await server.wait_closed()
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _serve(world: World, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer what comes over one connection, HTTP as our own clients speak it."""
    gone = (OSError, asyncio.IncompleteReadError)  # the other side has left
    with contextlib.closing(writer), contextlib.suppress(*gone):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in head)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            if method == "POST":
                answer = world.receive(body)
            else:
                answer = world.answer(target, headers.get("if-none-match"))
            writer.write(answer)
            await writer.drain()


def _message(status: HTTPStatus, media_type: str, body: bytes, etag: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {media_type}"] + ([f"ETag: {etag}"] if etag else [])
    return "\r\n".join([*lines, "", ""]).encode() + body
