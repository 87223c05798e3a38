"""What the App Store really answered, replayed through the collector."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from listener.collect.appstore import AppStore
from listener.collect.tools import Tools
from listener.fetch import Fetcher
from listener.model import Batch, PostKind
from tests.collect.recordings import load
from tests.local_site import Site, Watch, local_site

pytestmark = pytest.mark.anyio
APP = "1592550875"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


async def heard(site: Site, now: datetime) -> list[Batch]:
    watch = Watch()
    watch.time = now
    async with Fetcher(contact=None, clock=watch) as fetcher:
        options = AppStore.Options(app=APP, countries=("in",), base_url=site.url(""), private=True)
        return [
            batch
            async for batch in AppStore(options, Tools(fetcher=fetcher, clock=watch)).collect({})
        ]


@pytest.mark.parametrize("name", ["appstore/reviews", "appstore/single_entry_is_object"])
async def test_reviews(name: str) -> None:
    """They were recorded at the address without a page: at the other one nothing was found."""
    recording, nothing = load(name), load("appstore/no_entries")
    entries = recording.body["feed"]["entry"]
    raws = entries if isinstance(entries, list) else [entries]
    base = f"/in/rss/customerreviews/page={{}}/id={APP}/sortBy=mostRecent/json"
    async with local_site() as site:
        site.pages[base.format(1)] = site.pages[base.format(2)] = nothing.answer()
        site.pages[urlsplit(recording.url).path] = recording.answer()
        batches = await heard(site, datetime(2026, 9, 15, tzinfo=UTC))
    posts = [post for batch in batches for post in batch.posts]
    assert [post.item for post in posts] == [f"in/{raw['id']['label']}" for raw in raws]
    for post, raw in zip(posts, raws, strict=True):
        assert post.kind is PostKind.REVIEW
        assert post.rating == (int(raw["im:rating"]["label"]) - 1) / 4
        assert post.published == datetime.fromisoformat(raw["updated"]["label"])
        assert (post.title, post.text) == (raw["title"]["label"], raw["content"]["label"])
        assert post.author is not None
        assert post.author.name == raw["author"]["name"]["label"]
        assert post.author.url == raw["author"]["uri"]["label"]
        assert post.url == raw["link"]["attributes"]["href"]
        assert (post.language, post.engagement) == (None, None)
    newest = max(datetime.fromisoformat(raw["updated"]["label"]) for raw in raws)
    assert batches[-1].cursor["in"].split()[1] == str(int(newest.timestamp()))
    assert batches[-1].doubt is None


async def test_no_reviews() -> None:
    recording = load("appstore/no_entries")
    path = urlsplit(recording.url).path
    async with local_site() as site:
        site.pages[path] = recording.answer()
        site.pages[path.replace("/id=", "/page=1/id=")] = recording.answer()
        (batch, last) = await heard(site, datetime(2026, 9, 15, tzinfo=UTC))
        assert len(site.paths) == 2
    assert (batch.posts, last.posts) == ((), ())
    assert last.doubt is not None
    assert len(last.cursor["in"].split()) == 1  # nothing is known of it
