"""Hacker News Search played on this machine: as strict as the real one, and as careless."""

from __future__ import annotations

import asyncio
import html
import json
import re
import unicodedata
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from tests.local_site import answer

Hit = Mapping[str, object]
TOO_FAR = "you can only fetch the 1000 hits for this query."


@dataclass(slots=True)
class Algolia:
    """`faults` are answered first; None lets one question through. `before` runs at each one."""

    hits: list[Hit] = field(default_factory=list)
    faults: deque[bytes | None] = field(default_factory=deque)
    before: Callable[[], None] = lambda: None
    asked: list[dict[str, str]] = field(default_factory=list)
    reach: int = 1000
    refuses: int = 400  # status of an answer past `reach`: 400, or 200 without hits
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            url = urlsplit(target)
            self.asked.append(dict(parse_qsl(url.query)))
            self.before()
            fault = self.faults.popleft() if self.faults else None
            known = url.path in ("/api/v1/search_by_date", "/api/v1/search")
            writer.write(fault or (self.answer(self.asked[-1]) if known else answer(404)))
            await writer.drain()
        finally:
            writer.close()

    def answer(self, asked: Mapping[str, str]) -> bytes:
        size, page = int(asked["hitsPerPage"]), int(asked.get("page", "0"))
        if (page + 1) * size > self.reach:
            return answer(self.refuses, json.dumps({"hits": [], "message": TOO_FAR}).encode())
        found = [hit for hit in self.hits if tagged(hit, asked["tags"]) and _says(hit, asked)]
        found = [hit for hit in found if _within(hit, asked.get("numericFilters", ""))]
        found.sort(key=lambda hit: (_at(hit), str(hit["objectID"])), reverse=True)
        shown = found[page * size : (page + 1) * size]
        body = {"hits": shown, "nbHits": len(found), "page": page, "hitsPerPage": size}
        return answer(200, json.dumps(body).encode(), Content_Type="application/json")


def _at(hit: Hit) -> int:
    at = hit["created_at_i"]
    assert isinstance(at, int)
    return at


def tagged(hit: Hit, tags: str) -> bool:
    """Tell whether a hit has the tags: commas are "and", between parentheses "or"."""
    own = hit["_tags"]
    assert isinstance(own, list)
    groups = re.findall(r"\(([^()]*)\)|([^,()]+)", tags)
    return all(set(own) & set((group or single).split(",")) for group, single in groups)


def _says(hit: Hit, asked: Mapping[str, str]) -> bool:
    """Tell whether words begin with the query: more than was asked for, like the real index."""
    fields = ("title", "story_text", "comment_text", "url", "author")
    text = _plain(html.unescape(" ".join(str(hit.get(name) or "") for name in fields)))
    wanted = _plain(asked.get("query", "").strip('"'))
    return re.search(rf"\b{re.escape(wanted)}", text) is not None


def _plain(text: str) -> str:
    signs = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def _within(hit: Hit, filters: str) -> bool:
    compare = {">=": int.__ge__, "<=": int.__le__}
    for one in filters.split(",") if filters else ():
        name, sign, bound = re.split(r"([<>]=)", one)
        assert name == "created_at_i"
        if not compare[sign](_at(hit), int(bound)):
            return False
    return True


@asynccontextmanager
async def algolia(hits: list[Hit] | None = None) -> AsyncIterator[Algolia]:
    played = Algolia(hits or [])
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0)
    played.port = server.sockets[0].getsockname()[1]
    try:
        yield played
    finally:
        server.close()
