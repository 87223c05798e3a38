"""The seam for platforms: what a collector is, and the table of kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from listener.collect.feed import Feed
from listener.collect.hackernews import HackerNews
from listener.model import Batch


class Collector(Protocol):
    """Finds recent public posts at one source.

    Called by the pipeline, which stores each batch with its cursor before it asks for the next.
    Raises SourceError and its kin; anything else is a bug.
    """

    def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]: ...


COLLECTORS: Mapping[str, type] = {
    "feed": Feed,
    "hackernews": HackerNews,
}
