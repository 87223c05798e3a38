"""The seam for platforms: what a collector is, and the table of kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from listener.collect.appstore import AppStore
from listener.collect.discourse import Discourse
from listener.collect.feed import Feed
from listener.collect.gdelt import Gdelt
from listener.collect.github import GitHub
from listener.collect.google_alerts import GoogleAlerts
from listener.collect.hackernews import HackerNews
from listener.collect.imap import Imap
from listener.collect.jetstream import Jetstream
from listener.collect.lemmy import Lemmy
from listener.collect.mastodon import Mastodon
from listener.collect.page import Page
from listener.collect.pushed import Pushed
from listener.collect.reddit_feed import RedditFeed
from listener.collect.stackexchange import StackExchange
from listener.collect.telegram_channel import TelegramChannel
from listener.collect.webhook import Webhook
from listener.collect.wordpress import WordPress
from listener.model import Batch, Post, Second


class Collector(Protocol):
    """Finds recent public posts at one source. Made from its `Options` and `Tools`.

    Called by the pipeline, which stores each batch with its cursor before it asks for the next.
    Raises SourceError and its kin; anything else is a bug.
    """

    def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]: ...


@runtime_checkable
class Refresher(Protocol):
    """A collector that can look again at posts it gave: counts, edits, deletions.

    `posts` carry the key and item they were given with. Yields what each request brought; raises
    like `collect`. Only for platforms where a request looks at many posts, or is nearly free.
    """

    def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]: ...


@runtime_checkable
class Stream(Protocol):
    """A collector that is pushed everything, and gives batches until the program ends.

    Only what matches a brand is kept of it.
    """

    streams: bool


COLLECTORS: Mapping[str, type] = {
    "appstore": AppStore,
    "discourse": Discourse,
    "feed": Feed,
    "gdelt": Gdelt,
    "github": GitHub,
    "google_alerts": GoogleAlerts,
    "hackernews": HackerNews,
    "imap": Imap,
    "import": Pushed,
    "lemmy": Lemmy,
    "jetstream": Jetstream,
    "page": Page,
    "telegram_channel": TelegramChannel,
    "mastodon": Mastodon,
    "reddit_feed": RedditFeed,
    "stackexchange": StackExchange,
    "webhook": Webhook,
    "wordpress": WordPress,
}
