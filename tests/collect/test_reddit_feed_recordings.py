"""What Reddit really answered, replayed through the collector."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from listener.collect.reddit_feed import RedditFeed
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, RateLimited
from listener.fetch import Fetcher
from listener.model import Batch, Post
from tests.collect.recordings import load
from tests.local_site import Site, Watch, local_site

pytestmark = pytest.mark.anyio
ATOM = "{http://www.w3.org/2005/Atom}"
LIST = "/r/tents/new/.rss?limit=100"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


async def passes(site: Site, watch: Watch, options: Mapping[str, object]) -> list[Batch]:
    told = RedditFeed.Options.model_validate({"base_url": site.url(""), "private": True, **options})
    async with Fetcher(contact=None, clock=watch) as fetcher:
        tools = Tools(fetcher=fetcher, clock=watch)
        return [batch async for batch in RedditFeed(told, tools).collect({})]


async def test_a_search_of_subreddits() -> None:
    recording = load("reddit/search_rss_atom_2026")
    entries = ElementTree.fromstring(recording.body).findall(f"{ATOM}entry")
    recorded = urlsplit(recording.url)
    asked = parse_qs(recorded.query)
    watch = Watch()
    watch.time = datetime.fromisoformat("2026-08-16T23:06:00+00:00")
    async with local_site() as site:
        question = "q=%22portable+charger%22&sort=new&type=link&restrict_sr=on&limit=100"
        site.pages[f"{recorded.path}?{question}"] = recording.answer()
        subreddits = recorded.path.split("/")[2].split("+")
        options = {
            "search": True,
            "what": ["posts"],
            "queries": [asked["q"][0]],
            "subreddits": subreddits,
        }
        (batch, *_) = await taken(site, watch, options)
    assert batch.skipped == 0
    posts = {post.item: post for post in batch.posts}
    assert len(posts) == len(entries) == 10
    for entry in entries:
        check(posts[entry.findtext(f"{ATOM}id") or ""], entry)


async def taken(site: Site, watch: Watch, options: Mapping[str, object]) -> list[Batch]:
    """Return the batches until it asks for what is not here: a page after the recorded one."""
    told = RedditFeed.Options.model_validate({"base_url": site.url(""), "private": True, **options})
    batches: list[Batch] = []
    async with Fetcher(contact=None, clock=watch) as fetcher:
        tools = Tools(fetcher=fetcher, clock=watch)
        with suppress(FetchError):
            async for batch in RedditFeed(told, tools).collect({}):
                batches += [batch]
    assert "after=t3_" in site.paths[-1]
    return batches


def check(post: Post, entry: ElementTree.Element) -> None:
    content = entry.findtext(f"{ATOM}content") or ""
    author = (entry.findtext(f"{ATOM}author/{ATOM}name") or "").removeprefix("/u/")
    category = entry.find(f"{ATOM}category")
    assert category is not None
    assert post.key == f"reddit:{post.item}"
    assert post.title == entry.findtext(f"{ATOM}title")
    assert post.published == datetime.fromisoformat(entry.findtext(f"{ATOM}published") or "")
    assert post.author is not None
    assert post.author.handle == author
    assert post.outlet == category.get("label")
    assert (post.engagement, post.parent, post.root, post.language) == (None, None, None, None)
    # Read in another way than the program does: all words before the frame, all after gone.
    written = html.unescape(re.sub(r"<[^>]*>", " ", content.split("submitted by")[0]))
    own = re.sub(r"\nhttps?://\S+\Z", "", post.text)
    assert re.findall(r"\w+", own) == re.findall(r"\w+", written)


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("error_429_retry_after", RateLimited, "429"),
        ("error_429_token_no_retry_after", RateLimited, "429"),
        ("error_403_forbidden", AccessDenied, "a subreddit is private, quarantined or banned"),
        ("error_403_quarantined", AccessDenied, "a subreddit is private, quarantined or banned"),
        ("error_401_invalid_token", AccessDenied, "401"),
        ("error_404", FetchError, "404"),
        ("error_500_json", FetchError, "500"),
    ],
)
async def test_refusals(name: str, error: type[Exception], said: str) -> None:
    async with local_site() as site:
        site.pages[LIST] = load(f"reddit/{name}").answer()
        with pytest.raises(error, match=said) as raised:
            await passes(site, Watch(), {"subreddits": ["tents"]})
    if name == "error_429_retry_after":
        assert isinstance(raised.value, RateLimited)
        assert raised.value.retry_after == timedelta(seconds=4)
