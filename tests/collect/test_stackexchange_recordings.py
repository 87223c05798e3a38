"""What Stack Exchange really answered, replayed through the collector."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listener.collect.stackexchange import StackExchange
from listener.collect.stackexchange_api import Api
from listener.collect.tools import Tools
from listener.errors import QuotaSpent
from listener.fetch import Fetcher
from listener.model import Post, Second
from tests.collect.recordings import Recording, load
from tests.local_site import Watch, local_site

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def tools(fetcher: Fetcher, watch: Watch) -> Tools:
    return Tools(fetcher=fetcher, clock=watch)


async def looked(recording: Recording, ids: list[int], watch: Watch) -> Second:
    """Look again at the recorded questions, as the API answers `/questions/{ids}`."""
    given = [Post(key=f"k{id}", item=f"stackoverflow:q{id}") for id in ids]
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        numbers = ";".join(map(str, ids))
        question = "pagesize=100&site=stackoverflow&filter=withbody"
        site.pages[f"/questions/{numbers}?{question}"] = recording.answer()
        options = StackExchange.Options(base_url=site.url(""), private=True)
        collector = StackExchange(options, tools(fetcher, watch))
        (second,) = [second async for second in collector.refresh(given)]
    return second


@pytest.mark.parametrize("name", ["questions_page", "questions_page2", "search_advanced_shape"])
async def test_questions(name: str) -> None:
    recording = load(f"stackexchange/{name}")
    raw = {item["question_id"]: item for item in recording.body["items"]}
    second = await looked(recording, list(raw), Watch())
    assert second.gone == ()
    posts = {post.key: post for post in second.posts}
    assert set(posts) == {f"k{id}" for id in raw}
    for id, item in raw.items():
        check(posts[f"k{id}"], item)


def check(post: Post, raw: Mapping[str, Any]) -> None:
    assert post.published == datetime.fromtimestamp(raw["creation_date"], UTC)
    assert post.author is not None
    assert post.author.name == raw["owner"]["display_name"]
    assert post.author.url == raw["owner"]["link"]
    assert post.author.followers is None  # reputation is none
    assert post.engagement is not None
    counts = (post.engagement.likes, post.engagement.comments, post.engagement.views)
    assert counts == (raw.get("score"), raw["answer_count"], raw["view_count"])
    assert post.text == re.sub(r"<[^>]*>", "", raw.get("body", ""))
    assert (post.title or "") == raw["title"].replace("&quot;", '"')


async def test_throttled_for_most_of_a_day() -> None:
    recording = load("stackexchange/error_throttle_violation")
    watch = Watch()

    class Throttled(dict[str, object]):
        def get(self, path: str, default: object = None) -> bytes:
            return recording.answer()

    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Throttled()  # type: ignore[assignment]
        options = StackExchange.Options(
            base_url=site.url(""), private=True, queries=("tent", "shoe")
        )
        collector = StackExchange(options, tools(fetcher, watch))
        for _ in range(2):  # the second time nothing is asked
            with pytest.raises(QuotaSpent) as raised:
                await listened(collector)
            assert raised.value.retry_after == timedelta(seconds=67194)
        assert len(site.paths) == 1


async def listened(collector: StackExchange) -> None:
    async for _ in collector.collect({}):
        pass


async def test_what_an_answer_says_of_the_quota() -> None:
    recording = load("stackexchange/info_no_key")
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages["/info?site=stackoverflow&filter=withbody"] = recording.answer()
        api = Api(site.url(""), None, tools(fetcher, watch), private=True)
        api.begin()
        items, more = await api.items("info", {"site": "stackoverflow"})
    assert (len(items), more) == (1, False)
    wait = api.wait(watch.time)
    assert wait is not None
    assert wait.total_seconds() == pytest.approx(12 * 3600 / (0.8 * 230))
