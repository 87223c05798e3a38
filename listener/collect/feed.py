"""RSS, Atom and JSON feeds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import BaseModel, ConfigDict, Field

from listener.collect.conditional import conditions, validators
from listener.collect.feed_document import read_document
from listener.collect.feed_posts import Origin, digest, posts_of
from listener.collect.fulltext import FullText
from listener.collect.tools import Tools
from listener.errors import ParseError, RateLimited, SourceError
from listener.fetch import Response, shown
from listener.model import Batch, PostKind

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_LONGEST_WAIT = timedelta(days=1)
_LONGEST_URL = 1000  # characters
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


class Feed:
    """One feed, asked conditionally: what has not changed costs its server and us next to nothing.

    The cursor holds `source` (of which URL it is), `url` (where that moved for good), `etag`,
    `modified`, `body` (a fingerprint), `every` (seconds, as the feed asked) and, with `fulltext`,
    `full` (see `FullText`).
    """

    class Options(BaseModel):
        """What a source of kind `feed` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        url: str = Field(
            repr=False,
            min_length=1,
            description="Address of an RSS, Atom or JSON feed. `env:NAME` or `file:PATH` for a"
            " private one: whoever knows it can read it.",
        )
        publishes: PostKind = Field(
            PostKind.WEB,
            description="What its posts are: news, blog, discussion, social, video, review or web."
            " Digests are grouped by it.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )
        language: str | None = Field(
            None,
            pattern="^[a-z]{2}$",
            description="Language of its posts (ISO 639-1: fr, en), when the feed declares none"
            " or a wrong one.",
        )
        fulltext: bool = Field(
            False,
            description="Fetch the article behind each new entry, for feeds that only give the"
            " first lines.",
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._fetcher = tools.fetcher
        self._clock = tools.clock
        self._source = digest(options.url)
        self._full: FullText | None = None
        if options.fulltext:
            self._full = FullText(tools, options.url, private=options.private)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield one batch, empty when nothing changed; with `fulltext`, one more each article."""
        if cursor.get("source") != self._source:
            cursor = {}  # of another URL
        if self._full is None:
            yield await self._newest(cursor)
            return
        batch = await self._newest(self._full.asked(cursor))
        async for part in self._full.complete(batch, cursor):
            yield part

    async def _newest(self, cursor: Mapping[str, str]) -> Batch:
        if moved := cursor.get("url"):
            try:
                return await self._batch(moved, cursor)
            except RateLimited:
                raise
            except SourceError:
                cursor = {}  # it did not move for good, after all
        return await self._batch(self._options.url, cursor)

    async def _batch(self, url: str, cursor: Mapping[str, str]) -> Batch:
        headers = {"Accept": ACCEPT} | conditions(cursor)
        response = await self._fetcher.get(url, headers=headers, private=self._options.private)
        body = digest(response.body)
        if response.status == 304 or body == cursor.get("body"):
            known = dict(cursor) | self._cursor(url, response)
            return Batch(posts=(), cursor=known, wait=self._wait(response, known))
        return await self._read(url, response, body)

    async def _read(self, url: str, response: Response, body: str) -> Batch:
        try:
            return await asyncio.to_thread(self._posts, url, response, body)
        except ParseError as exc:
            raise ParseError(f"could not read {shown(url)}: {exc}") from exc

    def _posts(self, url: str, response: Response, body: str) -> Batch:
        """Read the document; parsing and keying are work for a thread."""
        document = read_document(
            response.body,
            media_type=response.headers.get("content-type", ""),
            url=response.url,
        )
        options = self._options
        origin = Origin(
            feed=options.url,
            base=response.url,
            publishes=options.publishes,
            language=options.language,
            now=self._clock.now(),
        )
        cursor = self._cursor(url, response) | {"body": body}
        if document.every:
            cursor["every"] = str(int(document.every.total_seconds()))
        posts = posts_of(document.entries, origin)
        return Batch(
            posts=posts,
            cursor=cursor,
            skipped=document.skipped + (0 if posts else len(document.entries)),
            wait=self._wait(response, cursor),
        )

    def _cursor(self, url: str, response: Response) -> dict[str, str]:
        moved = response.moved or (url if url != self._options.url else "")
        kept = {"source": self._source} | validators(response)
        return kept | ({"url": moved} if 0 < len(moved) < _LONGEST_URL else {})

    def _wait(self, response: Response, cursor: Mapping[str, str]) -> timedelta | None:
        """Return how long nothing new is to be expected, by HTTP or the feed: a day at most."""
        waits = [_fresh(response.headers, self._clock.now())]
        if every := cursor.get("every", ""):
            waits.append(timedelta(seconds=int(every)))
        longest = max((wait for wait in waits if wait), default=timedelta(0))
        return min(longest, _LONGEST_WAIT) or None


def _fresh(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long an answer stays fresh (RFC 9111, 4.2.1): max-age, else Expires."""
    if found := _MAX_AGE.search(headers.get("cache-control", "")):
        return timedelta(seconds=int(found[1]))
    try:
        expires = parsedate_to_datetime(headers.get("expires", ""))
    except (ValueError, OverflowError):
        return None
    return max(timedelta(0), (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) - now)
