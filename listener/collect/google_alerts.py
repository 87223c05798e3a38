"""Google Alerts, delivered as a feed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from listener.analysis.urls import site
from listener.collect.feed import Feed
from listener.collect.tools import Tools
from listener.errors import SourceError
from listener.model import Batch, Post, PostKind

_PATH = re.compile(r"(https?://[^/\s]+)/[^\s:]*")
_GOOGLE = re.compile(r"(?:.+\.)?google\.[a-z.]{2,6}")


class GoogleAlerts:
    """One alert's private Atom feed: found pages under their own addresses, outlets by site.

    Polled as any feed is; see `Feed`. Its address is a secret and stays out of errors and cursor.
    """

    class Options(BaseModel):
        """What a source of kind `google_alerts` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        url: SecretStr = Field(
            description="Address of the alert's feed, as `env:NAME` or `file:PATH`: whoever knows"
            " it can read it."
        )
        publishes: PostKind = Field(
            PostKind.WEB,
            description="What the alert looks for: news, blog, discussion, video or web. Digests"
            " are grouped by it.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )
        language: str | None = Field(
            None,
            pattern="^[a-z]{2}$",
            description="Language of what is found (ISO 639-1: fr, en): the feed declares none.",
        )

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: SecretStr) -> SecretStr:
            if not url.get_secret_value().startswith(("https://", "http://")):
                raise ValueError("write a reference to the address of the alert's feed")
            return url

    def __init__(self, options: Options, tools: Tools) -> None:
        feed = Feed.Options(
            url=options.url.get_secret_value(),
            publishes=options.publishes,
            private=options.private,
            language=options.language,
        )
        self._feed = Feed(feed, tools)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield one batch; it is empty when nothing changed."""
        try:
            async for batch in self._feed.collect(cursor):
                posts = tuple(map(with_outlet, batch.posts))
                yield replace(batch, posts=posts, cursor=_without_address(batch.cursor))
        except SourceError as exc:
            exc.args = (_PATH.sub(r"\1/...", str(exc)),)  # half an address is a hint, too
            raise


def with_outlet(post: Post) -> Post:
    """Name the site that a found page lies on; None while it is still one of Google's."""
    outlet = site(post.url) if post.url else None
    return replace(post, outlet=None if outlet and _GOOGLE.fullmatch(outlet) else outlet)


def _without_address(cursor: Mapping[str, str]) -> dict[str, str]:
    """Forget where the feed moved for good: the cursor is kept in the database."""
    return {name: value for name, value in cursor.items() if name != "url"}
