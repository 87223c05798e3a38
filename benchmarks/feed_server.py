"""Serves invented feeds from a process of its own, whose CPU counts for nobody."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from enum import IntEnum
from html import escape
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized

from benchmarks.invented import Item, brands, item


class Phase(IntEnum):
    """What the server has to say, from one pass to the next."""

    ALL_NEW = 0
    UNCHANGED = 1  # 304
    RETAGGED = 2  # the same bytes under another ETag
    ONE_NEW = 3  # one more item in each feed, and the oldest gone


def serve(
    feeds: int, entries: int, names: int, phase: Synchronized[int], ready: Connection
) -> None:
    """Answer for ever; says its port when everything is made up."""
    asyncio.run(_serve(make(feeds, entries, names), phase, ready))


def make(feeds: int, entries: int, names: int) -> list[tuple[bytes, bytes]]:
    """Return each feed's document, and the one with one item more."""
    known = brands(names)
    made = []
    for number in range(feeds):
        site = f"site{number}.example"
        items = [item(site, n, known) for n in range(entries, -1, -1)]
        write = atom if number % 3 == 0 else rss
        made.append((write(site, items[1:]), write(site, items[:-1])))
    return made


async def _serve(
    documents: Sequence[tuple[bytes, bytes]], phase: Synchronized[int], ready: Connection
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await _request(reader):
            writer.write(respond(request, documents, Phase(phase.value)))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _request(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""  # the client has gone


def respond(request: bytes, documents: Sequence[tuple[bytes, bytes]], phase: Phase) -> bytes:
    path = request.split(b" ", 2)[1]
    document = documents[int(path.rpartition(b"/")[2])][phase is Phase.ONE_NEW]
    version = Phase.ALL_NEW if phase is Phase.UNCHANGED else phase
    etag = f'"{hashlib.md5(document).hexdigest()}-{version}"'.encode()
    head = b"\r\nETag: " + etag + b"\r\nContent-Type: application/xml; charset=utf-8\r\n"
    if etag in request:
        return b"HTTP/1.1 304 Not Modified" + head + b"\r\n"
    length = f"Content-Length: {len(document)}\r\n\r\n".encode()
    return b"HTTP/1.1 200 OK" + head + length + document


def html(paragraphs: Sequence[str]) -> str:
    link = '<a href="/more?a=1&amp;b=2" rel="nofollow">&rarr;</a><br/>'
    return "".join(f'<p class="text">{escape(text)} {link}</p>\n' for text in paragraphs)


def rss(site: str, items: Sequence[Item]) -> bytes:
    written = "".join(
        f"<item>\n<title>{escape(i.title)}</title>\n<link>{i.url}</link>\n"
        f'<guid isPermaLink="false">{i.id}</guid>\n<dc:creator>{site}</dc:creator>\n'
        f"<pubDate>{i.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>\n"
        f"<category>news</category><category>{i.language}</category>\n"
        f"<description>{escape(html(i.paragraphs[:1]))}</description>\n"
        f"<content:encoded><![CDATA[{html(i.paragraphs)}]]></content:encoded>\n</item>\n"
        for i in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"<channel><title>{site}</title><link>https://{site}/</link>"
        f"<description>{site}</description>\n{written}</channel></rss>\n"
    ).encode()


def atom(site: str, items: Sequence[Item]) -> bytes:
    written = "".join(
        f'<entry xml:lang="{i.language}">\n<title>{escape(i.title)}</title>\n'
        f'<link rel="alternate" type="text/html" href="{i.url}"/>\n<id>tag:{i.id}</id>\n'
        f"<author><name>{site}</name></author>\n"
        f"<published>{i.published:%Y-%m-%dT%H:%M:%SZ}</published>\n"
        f"<updated>{i.published:%Y-%m-%dT%H:%M:%SZ}</updated>\n"
        f'<content type="html">{escape(html(i.paragraphs))}</content>\n</entry>\n'
        for i in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{site}</title><id>tag:{site}</id><updated>2026-01-05T08:00:00Z</updated>\n"
        f'<link href="https://{site}/"/>\n{written}</feed>\n'
    ).encode()
