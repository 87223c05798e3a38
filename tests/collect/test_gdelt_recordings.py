"""What GDELT really answered, replayed through the collector."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listener.analysis.urls import canonical
from listener.collect.gdelt import Gdelt, Refused
from listener.collect.tools import Tools
from listener.errors import RateLimited
from listener.fetch import Fetcher
from listener.model import Batch, PostKind
from tests.collect.recordings import Recording, load
from tests.local_site import Watch, local_site

pytestmark = pytest.mark.anyio
AUTUMN = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


async def heard(recording: Recording, now: datetime = AUTUMN) -> list[Batch]:
    class Pages(dict[str, Any]):
        def get(self, path: str, default: object = None) -> object:
            return recording.answer() if path.startswith("/doc/doc?") else default

    watch = Watch()
    watch.time = now
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Pages()
        options = Gdelt.Options(queries=("tents",), base_url=site.url(""), private=True)
        collector = Gdelt(options, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect({})]


@pytest.mark.parametrize(
    ("name", "last_title"),
    [
        (
            "gdelt/artlist",
            "Stock Market Today, May 14: U.S. Indexes Move Higher as Cisco Pops and"
            " AI - Chipmaker Cerebras Debuts",
        ),
        (
            "gdelt/artlist_single",
            "Healthcare & Life Sciences: Drug Pricing Digest - May 2026 #2 | Latham & Watkins LLP",
        ),
    ],
)
async def test_articles(name: str, last_title: str) -> None:
    recording = load(name)
    raws = recording.body["articles"]
    seen = datetime.strptime(raws[0]["seendate"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    batches = await heard(recording, seen + timedelta(hours=1))
    posts = [post for batch in batches for post in batch.posts]
    assert posts[-1].title == last_title
    assert len(posts) == len(raws)
    for post, raw in zip(posts, raws, strict=True):
        assert post.kind is PostKind.NEWS
        assert post.url == raw["url"]
        assert post.key == f"url:{canonical(raw['url'])}"
        assert re.findall(r"\w+", post.title or "") == re.findall(r"\w+", raw["title"])
        assert not re.search(r" [,.;:](?= |$)", post.title or "")
        assert (post.outlet, post.language, post.published) == (raw["domain"], "en", seen)
        assert (post.text, post.author, post.engagement) == ("", None, None)
    (known,) = batches[-1].cursor.values()
    assert known.split()[1] == str(int(seen.timestamp()))
    assert batches[-1].doubt is None


async def test_no_articles() -> None:
    batches = await heard(load("gdelt/empty"))
    assert [batch.posts for batch in batches] == [()] * len(batches)
    assert batches[-1].doubt is not None
    (known,) = batches[-1].cursor.values()
    assert known.split()[0] == known.split()[1]  # nothing moved


@pytest.mark.parametrize("name", ["gdelt/throttled_429", "gdelt/throttled_200"])
async def test_throttled(name: str) -> None:
    recording = load(name)
    with pytest.raises(RateLimited) as caught:
        await heard(recording)
    assert caught.value.status == recording.status


async def test_a_search_that_it_refuses() -> None:
    with pytest.raises(Refused, match="too short, too long or too common") as caught:
        await heard(load("gdelt/bad_query_200"))
    assert caught.value.needs_person
