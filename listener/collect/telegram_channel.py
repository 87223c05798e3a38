"""Public channels of Telegram, by the preview that it shows on the web."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from listener.collect.descent import Depth, Descent
from listener.collect.fields import number
from listener.collect.telegram_posts import Preview, read_preview
from listener.collect.tools import Tools
from listener.errors import AccessDenied, ParseError
from listener.fetch import Budget, shown
from listener.model import Batch

# Authors may edit for as long as they like; what a day brings is a page or two.
DEPTH = Depth(overlap=timedelta(hours=6), pages=100)
_TERMS = (
    "Telegram's terms (telegram.org/tos, telegram.org/tos/content-licensing) restrict what programs"
    " may gather from public channels; say accept_terms = true if you have read them, and what you"
    " do with this channel is allowed"
)
_NOTHING = "the channel shows no messages"


class TelegramChannel:
    """Every message of one channel; which of them concern a brand is decided here.

    The cursor holds `channel` and a `Descent`.
    """

    class Options(BaseModel):
        """What a source of kind `telegram_channel` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        channel: str = Field(
            pattern=r"^@?[A-Za-z][A-Za-z0-9_]{3,31}$",
            description="Name of the channel, as in t.me/NAME.",
        )
        accept_terms: bool = Field(
            False,
            description="That you have read Telegram's terms, and may read the preview by program;"
            " nothing is read without.",
        )
        language: str | None = Field(
            None, pattern="^[a-z]{2}$", description="Language of the channel (ISO 639-1)."
        )
        base_url: str = Field(
            "https://t.me", pattern="^https?://", description="Where the preview is."
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @model_validator(mode="after")
        def _accepted(self) -> Self:
            if not self.accept_terms:
                raise ValueError(_TERMS)
            return self

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._channel = options.channel.removeprefix("@").lower()
        self._fetcher, self._clock = tools.fetcher, tools.clock
        host = urlsplit(options.base_url).netloc.rpartition("@")[2].lower()
        # No limit is documented: a page every three seconds asks no more than a reader does.
        self._budget = Budget(
            name=f"Telegram preview, {host}", requests=20, per=timedelta(minutes=1)
        )

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, newest first, each message once in a pass."""
        same = cursor.get("channel") == self._channel
        walk = _resumed(cursor.get("walk", "") if same else "", self._clock.now())
        told: set[str] = set()
        left = 1 if walk.at is None else 2  # what was cut short is ended first
        while left:
            top, page = walk.at is None, await self._page(walk.at)
            walk, gaps = walk.after(page.entries, self._clock.now())
            left -= walk.at is None
            fresh = tuple(post for post in page.posts if post.item not in told)
            told.update(post.item for post in fresh)
            yield Batch(
                posts=fresh,
                cursor={"channel": self._channel, "walk": walk.kept()},
                skipped=page.skipped,
                gaps=gaps,
                doubt=_NOTHING if top and not page.entries else None,
            )

    async def _page(self, before: str | None) -> Preview:
        asked = "" if before is None else f"?before={before}"
        url = f"{self._options.base_url.rstrip('/')}/s/{self._channel}{asked}"
        response = await self._fetcher.get(
            url,
            headers={"Accept": "text/html", "Accept-Language": "en"},
            private=self._options.private,
            budget=self._budget,
        )
        if not urlsplit(response.url).path.lower().endswith(f"/s/{self._channel}"):
            raise AccessDenied(
                f"could not read {shown(url)}: Telegram shows no preview of it: the channel is"
                " private or restricted, it is a group, a bot or a person, or there is none"
            )
        try:
            return await asyncio.to_thread(
                read_preview,
                response.body.decode("utf-8", "replace"),
                channel=self._channel,
                language=self._options.language,
                now=self._clock.now(),
            )
        except ParseError as exc:
            raise ParseError(f"could not read {shown(url)}: {exc}") from exc


def _resumed(text: str, now: datetime) -> Descent:
    walk = Descent.read(text, now, DEPTH)
    ids = [id for id in (walk.floor, walk.at, walk.next) if id is not None]
    return walk if all(map(number, ids)) else Descent.anew(now, DEPTH)
