"""Second looks at Hacker News: counts, edits, and what became of what the index lacks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings

from listener.collect import Refresher
from listener.collect.hackernews import HackerNews
from listener.collect.hackernews_posts import read_page
from listener.collect.tools import Tools
from listener.errors import FetchError, ParseError, RateLimited
from listener.fetch import Fetcher
from listener.model import Engagement, Post, Second
from tests.collect.algolia import Hit, tagged
from tests.collect.recordings import load
from tests.collect.test_hackernews import ANY, NOW, comment, posts_of, story
from tests.local_site import Answer, Watch, answer, local_site

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


class Site(dict[str, bytes | Answer]):
    """The index with the hits it holds, and the site with the items that it says something of."""

    def __init__(self, *hits: Hit, told: dict[str, object] | None = None) -> None:
        super().__init__()
        self.hits, self.told = list(hits), told or {}
        self.searches: list[str] = []
        self.alone: list[str] = []
        self.faults: list[bytes] = []

    def get(self, path: str, default: Any = None) -> bytes:
        if self.faults:
            return self.faults.pop(0)
        url = urlsplit(path)
        if url.path == "/search":
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            assert set(asked) == {"tags", "hitsPerPage"}
            self.searches.append(asked["tags"])
            found = [hit for hit in self.hits if tagged(hit, asked["tags"])]
            return answer(200, json.dumps({"hits": found[: int(asked["hitsPerPage"])]}).encode())
        item = url.path.removeprefix("/v0/item/").removesuffix(".json")
        self.alone.append(item)
        return answer(200, json.dumps(self.told.get(item)).encode())


async def looked(site: Site, posts: Sequence[Post]) -> list[Second]:
    async with local_site() as local, Fetcher(contact=None, clock=Watch()) as fetcher:
        fetcher.pacing.interval = 0
        local.pages = site
        options = HackerNews.Options(
            queries=("quechua",), base_url=local.url(""), items_url=local.url("/v0"), private=True
        )
        collector = HackerNews(options, Tools(fetcher=fetcher, clock=Watch()))
        assert isinstance(collector, Refresher)
        return [second async for second in collector.refresh(posts)]


def seen(seconds: Sequence[Second]) -> dict[str, Post]:
    return {post.key: post for second in seconds for post in second.posts}


def gone(seconds: Sequence[Second]) -> set[str]:
    return {key for second in seconds for key in second.gone}


async def test_stories_are_asked_for_together() -> None:
    posts = posts_of(*(story(n) for n in range(1, 121)))
    site = Site(*(story(n, points=n, num_comments=2) for n in range(1, 121)), story(500))
    found = seen(await looked(site, posts))
    assert found.keys() == {f"hackernews:{n}" for n in range(1, 121)}
    assert found["hackernews:7"].engagement == Engagement(likes=7, comments=2)
    assert [tags.count("story_") for tags in site.searches] == [50, 50, 20]
    assert site.searches[2].startswith("(story,poll,job),(story_101,story_102,")
    assert site.alone == []


async def test_polls_are_found_and_comments_below_are_not_taken_for_stories() -> None:
    poll = story(5, _tags=["poll", "author_ana", "story_5"])
    below = comment(9, "Me too")
    found = seen(await looked(Site(poll, below), posts_of(poll)))
    assert found.keys() == {"hackernews:5"}


async def test_comments_are_found_by_their_authors_below_their_stories() -> None:
    posts = posts_of(
        comment(9, "wet"),
        comment(10, "dry", author="zoe", story_id=6, _tags=["comment", "author_zoe", "story_6"]),
    )
    edited = comment(9, "not wet", parent_id=8)
    other = comment(11, "else")  # of the same author, below the same story
    zoe = comment(10, "dry", author="zoe", story_id=6, _tags=["comment", "author_zoe", "story_6"])
    site = Site(edited, other, zoe)
    found = seen(await looked(site, posts))
    assert site.searches == ["comment,(author_paul,author_zoe),(story_5,story_6)"]
    assert found.keys() == {"hackernews:9", "hackernews:10"}
    assert found["hackernews:9"].text == "not wet"
    assert found["hackernews:9"].root == "hackernews:5"
    assert site.alone == []


async def test_what_the_index_lacks_is_gone_when_the_site_says_so_only() -> None:
    """The index lags: that a post is missing there says nothing."""
    posts = posts_of(*(story(n) for n in (1, 2, 3, 4)), comment(5, "wet"), story(6))
    items: dict[str, object] = {
        "1": {"id": 1, "deleted": True, "type": "story"},
        "2": {"id": 2, "dead": True, "type": "story", "by": "ana"},
        "3": {"id": 3, "type": "story", "score": 4},
        "4": None,
        "5": {"id": 5, "deleted": True, "type": "comment"},
    }
    site = Site(story(6), told=items)
    found = await looked(site, posts)
    assert gone(found) == {f"hackernews:{n}" for n in (1, 2, 5)}
    assert seen(found).keys() == {"hackernews:6"}
    assert sorted(site.alone) == ["1", "2", "3", "4", "5"]


async def test_comments_that_cannot_be_asked_for_together() -> None:
    posts = posts_of(comment(9, "wet", author=None), comment(10, "wet", author="a),(b"))
    site = Site(told={"9": {"deleted": True}})
    assert gone(await looked(site, posts)) == {"hackernews:9"}
    assert (site.searches, sorted(site.alone)) == ([], ["10", "9"])


async def test_what_was_found_is_kept_when_the_site_does_not_answer() -> None:
    posts = posts_of(story(1), story(2))
    heard: list[Second] = []
    site = Site(story(1, points=9))
    async with local_site() as local, Fetcher(contact=None, clock=Watch()) as fetcher:
        fetcher.pacing.interval = 0
        local.pages = site
        options = HackerNews.Options(
            base_url=local.url(""), items_url="http://127.0.0.1:1/v0", private=True
        )
        collector = HackerNews(options, Tools(fetcher=fetcher, clock=Watch()))
        with pytest.raises(FetchError, match="connection refused"):  # noqa: PT012
            async for second in collector.refresh(posts):
                heard.append(second)  # noqa: PERF401 -- what came before the error counts
    assert seen(heard).keys() == {"hackernews:1"}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answer(429, Retry_After="30"), RateLimited),
        (answer(500), FetchError),
        (answer(200, b"<html></html>"), ParseError),
        (answer(200, b'{"message": "no"}'), ParseError),
        (answer(200, b'{"hits": [], "message": "no"}'), ParseError),
    ],
)
async def test_a_refusal_is_no_deletion(fault: bytes, kind: type[Exception]) -> None:
    site = Site()
    site.faults = [fault]
    with pytest.raises(kind):
        await looked(site, posts_of(story(1)))
    assert site.alone == []


@settings(max_examples=20, deadline=None)
@given(ANY.filter(lambda said: not isinstance(said, dict) or not {"deleted", "dead"} & said.keys()))
async def test_whatever_else_the_site_says_is_no_deletion(item: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        assert gone(await looked(Site(told={"1": item}), posts_of(story(1)))) == set()


async def test_nothing_to_look_at() -> None:
    assert await looked(Site(), ()) == []


# What was recorded


@pytest.mark.parametrize(
    "name",
    [
        "algolia_2014_search_by_date_comment",
        "algolia_2014_search_by_date_poll",
        "algolia_2014_search_by_date_story",
        "algolia_2018_search_by_date_page1",
        "algolia_2025_front_page",
        "algolia_2025_search_comment",
    ],
)
async def test_recorded_hits_are_found_by_their_tags(name: str) -> None:
    """Since 2014 stories carry their own number as a tag, comments that of their story."""
    hits = load(f"hackernews/{name}").body["hits"]
    watch_now = NOW + timedelta(days=1)
    posts = read_page({"hits": hits}, watch_now).posts
    site = Site(*hits)
    found = seen(await looked(site, posts))
    assert found.keys() == {post.key for post in posts} != set()
    assert site.alone == []


async def test_recorded_items_that_are_gone() -> None:
    body = load("hackernews/firebase_deleted_and_dead").body
    id = str(body["id"])
    posts = posts_of(comment(int(id), "wet"))
    assert gone(await looked(Site(told={id: body}), posts)) == {f"hackernews:{id}"}
    alive = load("hackernews/firebase_item_8863").body
    assert gone(await looked(Site(told={"8863": alive}), posts_of(story(8863)))) == set()
