"""What publishers really send, kept beside the repository because it is theirs."""

from __future__ import annotations

import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from listener.collect.feed import Feed
from listener.collect.feed_document import read_document
from listener.collect.feed_posts import Origin, posts_of
from listener.collect.tools import Tools
from listener.errors import ParseError
from listener.fetch import Fetcher
from listener.model import Batch, PostKind
from tests.local_site import Watch, answer, local_site

FEEDS = Path(__file__).resolve().parents[2] / "../shared/data/feeds"
# Cases of a parser's own test suite: some mean to be no feed.
NO_FEEDS = 0.05


def bodies(name: str) -> dict[str, bytes]:
    path = FEEDS / name
    if not path.exists():
        pytest.skip(f"{name} absent")
    with tarfile.open(path) as archive:
        files = [member for member in archive if member.isfile()]
        return {member.name: archive.extractfile(member).read() for member in files}  # type: ignore[union-attr]


@pytest.fixture
async def fetcher(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fetcher]:
    monkeypatch.setenv("no_proxy", "*")
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        fetcher.pacing.interval = 0
        yield fetcher


async def only(feed: Feed, cursor: dict[str, str]) -> Batch:
    (batch,) = [batch async for batch in feed.collect(cursor)]
    return batch


@pytest.mark.slow
@pytest.mark.anyio
async def test_feeds_as_publishers_send_them(fetcher: Fetcher) -> None:
    feeds = bodies("dev.tar.xz")
    pages = {f"/{number}": answer(200, body) for number, body in enumerate(feeds.values())}
    async with local_site(pages) as site:
        for path, name in zip(pages, feeds, strict=True):
            options = Feed.Options(url=site.url(path), private=True)
            feed = Feed(options, Tools(fetcher=fetcher, clock=Watch()))
            first = await only(feed, {})
            assert first.posts, name
            assert first.skipped == 0, name
            assert len({post.item for post in first.posts}) == len(first.posts), name
            again = await only(feed, {})
            assert again == first, name
            unchanged = await only(feed, dict(first.cursor))
            assert (unchanged.posts, unchanged.cursor) == ((), first.cursor), name


def test_the_cases_of_a_parsers_own_tests() -> None:
    cases = {
        name: body
        for name, body in bodies("conformance.tar.xz").items()
        if name.endswith(("xml", "json"))
    }
    origin = Origin(
        feed="https://example.org/feed",
        base="https://example.org/feed",
        publishes=PostKind.WEB,
        language=None,
        now=Watch().now(),
    )
    refused = []
    for name, body in cases.items():
        try:
            document = read_document(body, media_type="", url="https://example.org/feed")
        except ParseError as exc:
            refused.append(f"{name}: {exc}")
            continue
        for post in posts_of(document.entries, origin):
            f"{post.key}{post.item}{post.title}{post.text}".encode()
    assert len(refused) < NO_FEEDS * len(cases), refused
