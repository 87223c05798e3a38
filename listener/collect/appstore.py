"""Reviews of an app in Apple's App Store, by the feed that each country's store has of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from listener.collect.appstore_reviews import Reviews, read_reviews
from listener.collect.tools import Tools
from listener.errors import ParseError, RateLimited, SourceError
from listener.fetch import Budget, shown
from listener.model import Batch, Gap, Post

PAGE, PAGES = 50, 10  # reviews of a full page, and pages of a country: there are no more
FIRST = timedelta(days=7)  # the first pass looks back so far
# Always read again: a review appears a day or more after its author wrote it, and pages are copies
# of different ages.
OVERLAP = timedelta(days=2)
_NEVER = "no reviews for {}: an app without any, an unknown id and a busy server look alike"
_SILENT = "no reviews for {}, where there were some: its list is empty for hours at times"
_HOLE = "the list for {} breaks off in the middle: it is read again next time"


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of a country, in Unix seconds. `start`: nothing older is given."""

    start: int
    newest: int | None = None

    @classmethod
    def read(cls, text: str, now: datetime) -> Self:
        """Return what `text` kept; a first pass when it is nothing we know, or of a wrong clock."""
        try:
            start, *newest = map(int, text.split())
            known = all(0 <= time <= now.timestamp() for time in (start, *newest))
            if not known or len(newest) > 1:
                raise ValueError
            return cls(start, *newest)
        except ValueError:
            return cls(int((now - FIRST).timestamp()))

    def kept(self) -> str:
        return f"{self.start}" if self.newest is None else f"{self.start} {self.newest}"


class AppStore:
    """Reviews country by country, the newest first; which concern a brand is decided elsewhere.

    The cursor holds for each country the time of the newest review. It moves only when the list
    was read without a break down to what was known: an empty answer moves nothing.
    """

    class Options(BaseModel):
        """What a source of kind `appstore` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

        app: str = Field(
            pattern="^[1-9][0-9]{5,14}$",
            description="Id of the app: the digits after `id` in its address.",
        )
        countries: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = Field(
            min_length=1,
            description="Countries whose stores are read (ISO 3166, `fr`): each has reviews of"
            " its own.",
        )
        base_url: str = Field(
            "https://itunes.apple.com",
            pattern=r"^https?://[^\s?#@]+$",
            description="Where the feeds are.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._fetcher, self._clock = tools.fetcher, tools.clock
        host = urlsplit(options.base_url).netloc
        # What Apple says of its search next door; of the feeds it says nothing.
        self._budget = Budget(name=f"App Store {host}", requests=20, per=timedelta(minutes=1))

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page. One country that cannot be read keeps no other waiting."""
        now = self._clock.now()
        cursor = cursor if cursor.get("app") == self._options.app else {}
        countries = dict.fromkeys(self._options.countries)
        known = {name: _Known.read(cursor.get(name, ""), now) for name in countries}
        doubts: list[str] = []
        failed: SourceError | None = None
        for country in countries:
            try:
                async for batch, now_known in self._country(country, known[country]):
                    known[country] = now_known
                    doubts += [batch.doubt] if batch.doubt else []
                    yield replace(batch, cursor=self._cursor(known))
            except RateLimited:
                raise
            except SourceError as exc:
                failed = failed or exc
        if failed:
            raise failed
        if doubts:  # the last batch of a pass tells how it was heard
            yield Batch(posts=(), cursor=self._cursor(known), doubt="; ".join(doubts))

    def _cursor(self, known: Mapping[str, _Known]) -> dict[str, str]:
        return {"app": self._options.app} | {name: one.kept() for name, one in known.items()}

    async def _country(self, name: str, known: _Known) -> AsyncIterator[tuple[Batch, _Known]]:
        """Read pages down to what was known; the last one moves what is known, if there is no hole.

        After a full page an empty one, or one that only repeats, is a hole and not the end.
        """
        floor = known.start if known.newest is None else known.newest - _seconds(OVERLAP)
        told: dict[str, Post] = {}
        full = True
        for page in range(1, PAGES + 1):
            reviews = await self._reviews(name, page)
            fresh = {post.item: post for post in reviews.posts if post.item not in told}
            if not fresh:
                doubt = _HOLE if page > 1 else _NEVER if known.newest is None else _SILENT
                yield self._end(name, known, told, doubt=doubt if full else None)
                return
            told |= fresh
            posts = tuple(post for post in fresh.values() if _second(post, known) >= known.start)
            yield Batch(posts=posts, cursor={}, skipped=reviews.skipped), known
            if min(_second(post, known) for post in fresh.values()) < floor:
                yield self._end(name, known, told)
                return
            full = reviews.size >= PAGE
        yield self._end(name, known, told, gap=True)

    def _end(
        self,
        name: str,
        known: _Known,
        told: Mapping[str, Post],
        *,
        doubt: str | None = None,
        gap: bool = False,
    ) -> tuple[Batch, _Known]:
        """Return what ends a country, and what is known of it from now on."""
        if doubt:
            return Batch(posts=(), cursor={}, doubt=doubt.format(name)), known
        now = int(self._clock.now().timestamp())
        times = [_second(post, known) for post in told.values() if post.published]
        since = known.start if known.newest is None else known.newest
        lost = gap and bool(times) and min(times) > since
        why = f"more than {PAGE * PAGES} reviews for {name}: the store lists no more"
        gaps = (Gap(since=_time(since), until=_time(min(times)), why=why),) if lost else ()
        newest = min(now, max([*times, since]))
        return Batch(posts=(), cursor={}, gaps=gaps), replace(known, newest=newest)

    async def _reviews(self, country: str, page: int) -> Reviews:
        """Return a page; the first has two addresses, of which at times only one knows reviews."""
        reviews = await self._ask(country, f"page={page}/id={self._options.app}")
        if page == 1 and not reviews.posts:
            return await self._ask(country, f"id={self._options.app}")
        return reviews

    async def _ask(self, country: str, what: str) -> Reviews:
        base = self._options.base_url.rstrip("/")
        url = f"{base}/{country}/rss/customerreviews/{what}/sortBy=mostRecent/json"
        response = await self._fetcher.get(
            url,
            headers={"Accept": "application/json"},
            private=self._options.private,
            budget=self._budget,
        )
        answer = await asyncio.to_thread(response.json)
        try:
            return await asyncio.to_thread(read_reviews, answer, country, self._clock.now())
        except ParseError as exc:
            raise ParseError(f"could not read {shown(url)}: {exc}") from exc


def _second(post: Post, known: _Known) -> int:
    """Return when it was written; what does not say leads the way nowhere."""
    unsaid = known.start if known.newest is None else known.newest
    return int(post.published.timestamp()) if post.published else unsaid


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())


def _time(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
