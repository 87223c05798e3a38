"""Google's feeds as they were, from a server of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from listener.collect.feed import Feed
from listener.collect.google_alerts import GoogleAlerts
from listener.collect.tools import Tools
from listener.fetch import Fetcher
from listener.model import Batch
from tests.collect.recordings import load
from tests.local_site import Watch, local_site

pytestmark = pytest.mark.anyio


@pytest.fixture
async def tools(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tools]:
    monkeypatch.setenv("no_proxy", "*")
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        fetcher.pacing.interval = 0
        yield Tools(fetcher=fetcher, clock=Watch())


async def test_an_alert(tools: Tools) -> None:
    async with local_site({"/alert": load("google_feeds/alerts_atom").answer()}) as site:
        options = GoogleAlerts.Options(url=SecretStr(site.url("/alert")), private=True)
        source = GoogleAlerts(options, tools)
        (batch,) = [batch async for batch in source.collect({})]
        (again,) = [batch async for batch in source.collect(batch.cursor)]
    assert (len(batch.posts), batch.skipped) == (20, 0)
    assert (again.posts, again.cursor) == ((), batch.cursor)
    assert len({post.key for post in batch.posts}) == 20
    for post in batch.posts:
        assert post.url is not None
        assert "google.com" not in post.url
        assert post.key.startswith("url:https://")
        assert post.outlet is not None
        assert (
            post.url.removeprefix("https://")
            .removeprefix("http://")
            .startswith((post.outlet, f"www.{post.outlet}", f"m.{post.outlet}"))
        )
        assert "<" not in f"{post.title}{post.text}"
        assert post.author is None
        assert post.published is not None
        assert post.published.date() <= datetime(2019, 7, 10, tzinfo=UTC).date()
    stock = batch.posts[1]
    assert stock.title == "Slack Stock Has a Compelling Story and the Numbers to Back It Up"
    assert stock.outlet == "investorplace.com"
    assert "Company's decision to go public" in stock.text


async def test_google_news_is_read_by_the_kind_feed(tools: Tools) -> None:
    async with local_site({"/news": load("google_feeds/news_search_rss").answer()}) as site:
        source = Feed(Feed.Options(url=site.url("/news"), private=True), tools)
        batches: list[Batch] = [batch async for batch in source.collect({})]
    (batch,) = batches
    assert batch.posts
    assert batch.skipped == 0
    for post in batch.posts:
        assert post.outlet
        assert not (post.title or "").endswith(f" - {post.outlet}")
        assert post.text == ""  # it lists other outlets' titles
