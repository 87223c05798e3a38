"""The world's online news, by the search of the GDELT project (DOC 2.0).

It needs no key, and it is overloaded: it often asks to be left alone, says so also with 200, and
gives the same empty object for no hits and for a failure. So nothing empty moves the cursor.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from listener.analysis.pushdown import Dialect, push_down, quoted
from listener.collect import gdelt_windows
from listener.collect.asking import Words, phrase, searches
from listener.collect.fields import plain_line
from listener.collect.gdelt_posts import Articles, read_articles
from listener.collect.gdelt_windows import Known, Window
from listener.collect.tools import Tools
from listener.errors import ParseError, RateLimited, SourceError
from listener.fetch import Budget, Limit, shown
from listener.model import Batch

_THROTTLED = re.compile(r"limit requests|too many requests|rate limit|throttl", re.IGNORECASE)
# "Your query was too short", "One or more of your keywords were too common", "Timespan is ..."
_UNWANTED = re.compile(r"\b(?:query|keywords?|phrases?|timespan|parenthes[ei]s)\b", re.IGNORECASE)
_PASSING = re.compile(r"timed out|time-?out|try again|temporar", re.IGNORECASE)
_WAIT = timedelta(minutes=1)
_NOTHING = "no articles: GDELT answers alike when there are none and when its search fails"
_FAILED = "GDELT's search fails: it does not find again what it found before"

# "Your query was too short or too long." comes somewhere between 213 and 290 characters. A phrase
# in quotes needs five, and a word three ("The specified phrase is too short.", "One or more of your
# keywords were too short"); one that is refused makes the whole search refused. Whether accents
# count is not documented: both spellings are asked.
_LONGEST, _SHORTEST_PHRASE, _SHORTEST_WORD = 210, 5, 3
_UNASKABLE = " " * (_LONGEST + 1)  # longer than any search may be: it is left out


def _phrase(words: str) -> str:
    return quoted(words) if len(words) >= _SHORTEST_PHRASE else _UNASKABLE


def _word(word: str) -> str:
    return word if len(word.encode()) >= _SHORTEST_WORD else _UNASKABLE


DIALECT = Dialect(phrase=_phrase, word=_word, nested=False, longest=_LONGEST, folds=False)


class Refused(SourceError):
    """It cannot be asked for this: the same question will never be answered."""

    needs_person = True


class Gdelt:
    """Articles whose text says what is searched for. The cursor holds where each search stands."""

    class Options(BaseModel):
        """What a source of kind `gdelt` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        queries: tuple[Annotated[Words, Field(max_length=150)], ...] = Field(
            (),
            description="Words or phrases to look for, each as it is written; left out, what the"
            " brands' queries look for.",
        )
        base_url: str = Field(
            "https://api.gdeltproject.org/api/v2",
            pattern=r"^https?://[^\s?#@]+$",
            description="Where the search is asked.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @field_validator("queries")
        @classmethod
        def _askable(cls, queries: tuple[str, ...]) -> tuple[str, ...]:
            for words in queries:
                if not push_down([phrase(words)], DIALECT).searches:
                    raise ValueError(f'"{words}" is too short for GDELT to be searched for')
            return queries

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._tools = tools
        host = urlsplit(options.base_url).netloc
        self._budget = Budget(name=f"GDELT {host}", requests=1, per=timedelta(seconds=6))  # of 5

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each answer. A search that is refused keeps no other waiting."""
        now = self._tools.clock.now()
        asked = searches(self._options.queries, self._tools, DIALECT)
        known = {search: Known.read(cursor.get(_name(search), ""), now) for search in asked}
        told: set[str] = set()
        doubts: set[str] = set()
        refused: Refused | None = None
        for search in asked:
            try:
                async for batch, here in self._search(search, known[search], now):
                    known[search] = here
                    posts = tuple(post for post in batch.posts if post.item not in told)
                    told.update(post.item for post in posts)
                    doubts |= {batch.doubt} if batch.doubt else set()
                    kept = {_name(one): state.kept() for one, state in known.items()}
                    yield replace(batch, posts=posts, cursor=kept, doubt=None)
            except Refused as exc:
                refused = refused or exc
        if refused:
            raise refused
        if told:
            doubts.discard(_NOTHING)  # it works: what is rare is not there
        if doubts:  # the last batch of a pass tells how it was heard
            kept = {_name(one): state.kept() for one, state in known.items()}
            yield Batch(posts=(), cursor=kept, doubt="; ".join(sorted(doubts)))

    async def _search(
        self, search: str, known: Known, now: datetime
    ) -> AsyncIterator[tuple[Batch, Known]]:
        """Read the older half of a full window first: wherever a pass ends, all before was read."""
        whole, size = known.window(now), 0
        windows = [whole]
        while windows:
            window = windows.pop()
            found = await self._ask(search, window)
            if not found.size and window != whole:
                found = await self._ask(search, window)  # it may have failed in silence
            size += found.size
            full = found.size >= gdelt_windows.MOST
            halves = window.halves() if full else None
            windows += halves or ()
            if not halves:
                known = known.after(found.newest, now)
            left_out = (window.gap(found.oldest),) if full and not halves else ()
            yield Batch(posts=found.posts, cursor={}, skipped=found.skipped, gaps=left_out), known
        doubt = None if size else _FAILED if known.found(now) else _NOTHING
        known, too_late = known.ended(now)
        yield Batch(posts=(), cursor={}, gaps=too_late, doubt=doubt), known

    async def _ask(self, search: str, window: Window) -> Articles:
        asked = {
            "query": search,
            "mode": "artlist",
            "format": "json",
            "sort": "datedesc",
            "maxrecords": gdelt_windows.MOST,
            "startdatetime": _stamp(window.since),
            "enddatetime": _stamp(window.until),
        }
        url = f"{self._options.base_url.rstrip('/')}/doc/doc?{urlencode(asked)}"
        response = await self._tools.fetcher.get(
            url,
            headers={"Accept": "application/json"},
            private=self._options.private,
            budget=self._budget,
        )
        text = response.body.decode("utf-8-sig", "replace").strip()
        self._check(url, search, text)
        try:
            return await asyncio.to_thread(read_articles, text, self._tools.clock.now())
        except ParseError as exc:
            raise ParseError(f"could not read {shown(url)}: {exc}") from exc

    def _check(self, url: str, search: str, text: str) -> None:
        """Raise what an answer in plain text means: that it throttles us, or what it refuses."""
        words = plain_line(text[:500])
        if words is None or text.startswith(("{", "[", "<")):
            return
        if _THROTTLED.search(words):
            self._tools.fetcher.heed(
                url, self._budget, Limit(remaining=0, wait=_WAIT), refused=True
            )
            raise RateLimited(f"could not read {shown(url)}: {words}", 200, _WAIT)
        if _UNWANTED.search(words) and not _PASSING.search(words):
            raise Refused(f"GDELT refuses to search for {search}: {words}")
        raise ParseError(f"could not read {shown(url)}: {words}")


def _name(search: str) -> str:
    """Return what the cursor calls a search."""
    return hashlib.blake2b(search.encode(errors="surrogatepass"), digest_size=6).hexdigest()


def _stamp(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y%m%d%H%M%S}"
