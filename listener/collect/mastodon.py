"""Mastodon, and servers that speak its API: hashtags, and with a token search and mentions."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from listener.collect.asking import Words, phrase, searches
from listener.collect.descent import Depth, Descent, Entry
from listener.collect.feed_posts import digest
from listener.collect.fields import moment, token
from listener.collect.mastodon_again import look_again
from listener.collect.mastodon_api import Api
from listener.collect.mastodon_posts import Instance
from listener.collect.mastodon_search import DIALECT, FIRST, UNHEARD, Found, is_deaf, search
from listener.collect.mastodon_threads import Threads
from listener.collect.sifting import fingerprint, sieve
from listener.collect.tools import Tools
from listener.model import Batch, Post, Second

DEPTH = Depth(overlap=timedelta(hours=2), pages=250)
_PAGE = "40"  # the most that these lists give
_TAG = re.compile(r"#?([\w·・]+)")  # app/models/tag.rb
_UNKNOWN = "the instance knows no post with these hashtags; it knows what its members follow"


class Mastodon:
    """What one instance knows under hashtags, by full-text search, and of mentions of an account.

    The cursor holds a `Descent` for each hashtag and for an account's mentions, and for each search
    since when to ask. All of them go by the ids of one instance: another one begins anew. So does a
    search when something else is wanted of it: what nobody wanted before was not kept.
    """

    class Options(BaseModel):
        """What a source of kind `mastodon` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        base_url: str = Field(
            pattern=r"^https?://[^\s/?#]+/?$",
            description="Address of the instance that is asked.",
        )
        hashtags: tuple[Annotated[str, Field(max_length=100)], ...] = Field(
            (), max_length=20, description="Hashtags to read, with or without #."
        )
        token: SecretStr | None = Field(
            None,
            description="Access token of an account there, for search, mentions and closed"
            " instances: env:NAME or file:PATH",
        )
        search: bool = Field(False, description="Search the full text of posts; needs a token.")
        queries: tuple[Annotated[Words, Field(max_length=200)], ...] = Field(
            (),
            description="Words or phrases to search for, each as it is written. Left out, what the"
            " brands' queries look for.",
        )
        mentions: bool = Field(
            False, description="Read public posts that mention the token's account."
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @field_validator("hashtags")
        @classmethod
        def _plain(cls, hashtags: tuple[str, ...]) -> tuple[str, ...]:
            found = [_TAG.fullmatch(tag) for tag in hashtags]
            if wrong := [tag for tag, match in zip(hashtags, found, strict=True) if not match]:
                raise ValueError(f'"{wrong[0]}" is no hashtag: one word of letters and digits')
            return tuple(dict.fromkeys(match[1].lower() for match in found if match))

        @model_validator(mode="after")
        def _answerable(self) -> Self:
            if self.search and self.token is None:
                raise ValueError("search needs a token: without one, instances find nothing")
            if self.mentions and self.token is None:
                raise ValueError("mentions need a token: they are those of its account")
            if self.queries and not self.search:
                raise ValueError("queries are for search = true; hashtags are read without")
            if not (self.hashtags or self.search or self.mentions):
                raise ValueError("nothing to listen for: give hashtags, search or mentions")
            return self

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options, self._tools = options, tools
        self._clock = tools.clock
        self._instance = Instance(options.base_url)
        self._api = Api(
            options.base_url, self._instance.host, options.token, options.private, tools
        )
        self._threads = Threads(self._api)
        wanted = {words: phrase(words) for words in options.queries} or tools.queries
        self._wanted, self._matcher = fingerprint(wanted), sieve(wanted)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page: hashtags, then mentions, then what is searched for."""
        same = cursor.get("instance") == self._instance.host
        known = {f"#{tag}" for tag in self._options.hashtags} | {self._mentions}
        kept = {k: v for k, v in cursor.items() if same and (k in known or k[:1] == "?")}
        kept["instance"] = self._instance.host
        told: set[str] = set()
        doubts: list[str] = []
        for part in (self._lists(kept, doubts), self._searches(kept, doubts)):
            async for batch in part:
                fresh = {post.item: post for post in batch.posts if post.item not in told}
                told |= fresh.keys()
                yield replace(batch, posts=tuple(fresh.values()), cursor=dict(kept))
        yield Batch(posts=(), cursor=kept, doubt="; ".join(doubts) or None)

    @property
    def _mentions(self) -> str:
        """What the cursor calls the mentions of this account."""
        return f"@{self._api.account}"

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        async for second in look_again(self._api, self._instance, posts, self._clock.now()):
            yield second

    async def _lists(self, kept: dict[str, str], doubts: list[str]) -> AsyncIterator[Batch]:
        empty = True
        for tag in self._options.hashtags:
            path = f"v1/timelines/tag/{quote(tag)}"
            async for batch, size in self._down(path, (), f"#{tag}", kept):
                empty = empty and size == 0
                yield batch
        if self._options.hashtags and empty:
            doubts.append(_UNKNOWN)
        if self._options.mentions:
            params = (("types[]", "mention"),)
            async for batch, _ in self._down("v1/notifications", params, self._mentions, kept):
                yield batch

    async def _down(
        self, path: str, params: Sequence[tuple[str, str]], key: str, kept: dict[str, str]
    ) -> AsyncIterator[tuple[Batch, int]]:
        """Walk a list, and write down in `kept` where it stands; give each page, and its size."""
        walk = Descent.read(kept.get(key, ""), self._clock.now(), DEPTH)
        left = 1 if walk.at is None else 2  # what was cut short is ended first
        while left:
            asked = [*params, ("limit", _PAGE)] + ([("max_id", walk.at)] if walk.at else [])
            raw = await self._api.list(path, asked)
            now = self._clock.now()
            walk, gaps = walk.after(_entries(raw, now), now)
            left -= walk.at is None
            statuses = _mentioning(raw) if key == self._mentions else raw
            posts, skipped = await self._posts(statuses, now)
            kept[key] = walk.kept()
            yield Batch(posts=posts, cursor=kept, skipped=skipped, gaps=gaps), len(raw)

    async def _searches(self, kept: dict[str, str], doubts: list[str]) -> AsyncIterator[Batch]:
        if not self._options.search:
            return
        found_any = False
        asked = {
            self._name(words): words
            for words in searches(self._options.queries, self._tools, DIALECT)
        }
        for gone in [key for key in kept if key[:1] == "?" and key not in asked]:
            del kept[gone]
        for key, words in asked.items():
            now = self._clock.now()
            since = _since(kept.get(key, ""), now)
            async for found in search(self._api, words, since, now):
                kept[key] = str(int(found.since.timestamp()))
                found_any = found_any or bool(found.raw)
                yield await self._matching(found, now, kept)
        if not found_any and await is_deaf(self._api):
            doubts.append(UNHEARD)

    def _name(self, words: str) -> str:
        """Return what the cursor calls a search: it has to stay small."""
        return "?" + digest(f"{words}\n{self._wanted}")[:8]

    async def _matching(self, found: Found, now: datetime, kept: Mapping[str, str]) -> Batch:
        """Keep what really says one of the words: the search also goes by stems."""
        posts, skipped = await self._posts(found.raw, now)
        matching = tuple(post for post in posts if self._matcher.match(post))
        return Batch(posts=matching, cursor=kept, skipped=skipped, gaps=found.gaps)

    async def _posts(self, raw: Sequence[object], now: datetime) -> tuple[tuple[Post, ...], int]:
        statuses, skipped = self._instance.read(raw, now)
        return await self._threads.placed(statuses), skipped


def _entries(raw: Sequence[object], now: datetime) -> tuple[Entry, ...]:
    read = ((token(one.get("id")), one) for one in raw if isinstance(one, Mapping))
    return tuple(Entry(id, moment(one.get("created_at"), now)) for id, one in read if id)


def _mentioning(notifications: Sequence[object]) -> list[object]:
    """Return the statuses that mention the account; old servers notify of more than was asked."""
    said = [one for one in notifications if isinstance(one, Mapping)]
    return [one.get("status") for one in said if one.get("type") == "mention"]


def _since(text: str, now: datetime) -> datetime:
    try:
        since = datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return now - FIRST
    return since if since <= now else now - FIRST
