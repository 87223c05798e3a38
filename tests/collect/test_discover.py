from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from listener.collect.discover import Found, discover
from listener.errors import FetchError
from listener.fetch import Fetcher
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio

ITEMS = "".join(
    f"<item><title>T{n}</title><pubDate>Thu, 1{n} Nov 2026 10:00:00 GMT</pubDate></item>"
    for n in (5, 7, 6, 4)
)
FEED = answer(
    200, f'<rss version="2.0"><channel><title>News</title>{ITEMS}</channel></rss>'.encode()
)
PAGE = b"""<html><head><link rel="alternate" type="application/rss+xml" href="/a.xml">
<link rel="alternate" type="application/atom+xml" href="/gone.xml">
<link rel="alternate" type="application/rss+xml" href="/moved.xml"></head></html>"""


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with local_site() as site:
        yield site


@pytest.fixture
async def fetcher(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fetcher]:
    monkeypatch.setenv("no_proxy", "*")
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        yield fetcher


async def test_a_feed_is_found_itself(site: Site, fetcher: Fetcher) -> None:
    site.pages["/feed"] = FEED
    assert await discover(fetcher, site.url("/feed"), private=True) == (
        Found(
            url=site.url("/feed"),
            title="News",
            format="RSS",
            entries=4,
            newest=datetime(2026, 11, 17, 10, 0, tzinfo=UTC),
            titles=("T5", "T7", "T6"),
        ),
    )
    assert site.paths == ["/feed"]


async def test_announced_feeds_are_tried(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/": answer(200, PAGE),
        "/a.xml": FEED,
        "/moved.xml": answer(301, Location="/b.xml"),
        "/b.xml": FEED,
    }
    found = await discover(fetcher, site.url("/"), private=True)
    assert [feed.url for feed in found] == [site.url("/a.xml"), site.url("/b.xml")]


async def test_well_known_paths_come_last(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/blog": answer(200, b"<html>"), "/feed.xml": FEED, "/atom.xml": FEED}
    found = await discover(fetcher, site.url("/blog"), private=True)
    assert [feed.url for feed in found] == [site.url("/feed.xml")]


async def test_nothing_to_be_found(site: Site, fetcher: Fetcher) -> None:
    site.pages["/"] = answer(200, b"<html>")
    assert await discover(fetcher, site.url("/"), private=True) == ()
    with pytest.raises(FetchError, match="404"):
        await discover(fetcher, site.url("/missing"), private=True)


async def test_a_page_cannot_point_into_the_network(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="private"):
        await discover(fetcher, site.url("/"))
    assert site.requests == []
