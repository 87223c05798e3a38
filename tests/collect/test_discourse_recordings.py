"""What Discourse forums really answered, replayed through the collector."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listener.collect.discourse import Discourse
from listener.collect.tools import Tools
from listener.errors import RateLimited
from listener.fetch import Fetcher
from listener.model import Batch, Post, PostKind, Second
from tests.collect.recordings import Recording, load
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
LATEST = ("discourse/posts_latest", "discourse/latest_posts_api_gem")
TOPIC = ("discourse/topic_posts", "discourse/topic_posts_post_number")
EMPTY = answer(200, b'{"latest_posts":[]}', Content_Type="application/json")
ASIDE = re.compile(r"<aside\b(?:(?!</?aside\b).)*</aside>", re.DOTALL)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def soon_after(posts: list[Any]) -> datetime:
    newest = max(datetime.fromisoformat(post["created_at"]) for post in posts)
    return newest.astimezone(UTC) + timedelta(minutes=5)


def watch_at(now: datetime) -> Watch:
    watch = Watch()
    watch.time = now
    return watch


async def heard(site: Site, now: datetime, cursor: Mapping[str, str]) -> list[Batch]:
    watch = watch_at(now)
    async with Fetcher(contact=None, clock=watch) as fetcher:
        options = Discourse.Options(url=site.url(""), private=True)
        collector = Discourse(options, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect(cursor)]


def words(cooked: str) -> list[str]:
    """Return what the author wrote, read in another way than the program does."""
    while (less := ASIDE.sub(" ", cooked)) != cooked:
        cooked = less
    cooked = re.sub(r'<div class="meta">.*?</div>', " ", cooked, flags=re.DOTALL)
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]*>", "", cooked)))


@pytest.mark.parametrize("name", LATEST)
async def test_the_newest_posts(name: str) -> None:
    recording = load(name)
    raw = recording.body["latest_posts"]
    lowest = min(post["id"] for post in raw)
    async with local_site() as site:
        site.pages |= {"/posts.json": recording.answer(), f"/posts.json?before={lowest}": EMPTY}
        batches = await heard(site, soon_after(raw), {})
        again = await heard(site, soon_after(raw), batches[-1].cursor)
        assert site.paths[:2] == ["/posts.json", f"/posts.json?before={lowest}"]
    posts = {post.item: post for post in batches[0].posts}
    assert batches[0].skipped == 0
    assert set(posts) == {str(post["id"]) for post in raw}
    assert {post.item for post in again[0].posts} == set(posts)
    keys = {post.key for post in posts.values()}
    for one in raw:
        check(posts[str(one["id"])], one, keys)


def check(post: Post, raw: Mapping[str, Any], keys: set[str]) -> None:
    topic, place = raw["topic_id"], raw["post_number"]
    assert post.kind is PostKind.DISCUSSION
    assert post.url is not None
    assert post.url.endswith(f"/t/{raw['topic_slug']}/{topic}/{place}")
    assert post.published == datetime.fromisoformat(raw["created_at"])
    assert post.author is not None
    assert (post.author.handle, post.author.name) == (raw["username"], raw["name"] or None)
    assert post.title == (raw["topic_title"] if place == 1 else None)
    assert post.key.endswith(f"/t/{topic}" if place == 1 else f"/p/{raw['id']}")
    assert (post.root is None) == (place == 1)
    if raw["reply_to_post_number"] and post.parent:
        assert post.parent in keys
    likes = [one["count"] for one in raw["actions_summary"] if one["id"] == 2]
    assert post.engagement is not None
    assert post.engagement.likes == sum(likes)
    assert post.engagement.views == raw["reads"]
    assert post.engagement.comments == raw["reply_count"]
    assert set(re.findall(r"\w+", post.text)) >= set(words(raw["cooked"]))
    if "<aside" not in raw["cooked"]:
        assert re.findall(r"\w+", post.text) == words(raw["cooked"])


async def test_quotes_are_left_out() -> None:
    raw = load("discourse/posts_latest").body["latest_posts"]
    quoting = next(post for post in raw if post["id"] == 20217)
    lowest = min(post["id"] for post in raw)
    async with local_site() as site:
        recording = load("discourse/posts_latest")
        site.pages |= {"/posts.json": recording.answer(), f"/posts.json?before={lowest}": EMPTY}
        (first, _) = await heard(site, soon_after(raw), {})
    post = next(post for post in first.posts if post.item == "20217")
    assert "also short?" in quoting["cooked"]
    assert "also short?" not in post.text


@pytest.mark.parametrize("name", TOPIC)
async def test_the_posts_of_a_topic_looked_at_again(name: str) -> None:
    recording = load(name)
    raw = recording.body["post_stream"]["posts"]
    seconds = await looked_again(recording, raw)
    posts = {post.item: post for second in seconds for post in second.posts}
    assert set(posts) == {str(one["id"]) for one in raw}
    assert [key for second in seconds for key in second.gone] == []
    for one in raw:
        post = posts[str(one["id"])]
        likes = [action["count"] for action in one["actions_summary"] if action["id"] == 2]
        assert post.engagement is not None
        assert post.engagement.likes == sum(likes)
        assert set(re.findall(r"\w+", post.text)) >= set(words(one["cooked"]))


async def looked_again(recording: Recording, raw: list[Any]) -> list[Second]:
    watch = watch_at(soon_after(raw))
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        here = f"discourse:127.0.0.1:{site.port}"
        topic = f"{here}/t/{recording.body['id']}"
        given = [
            Post(key=f"{here}/p/{one['id']}", item=str(one["id"]), root=topic, text="before")
            for one in raw
        ]
        for start in range(0, len(given), 20):
            ids = "&".join(f"post_ids%5B%5D={post.item}" for post in given[start : start + 20])
            site.pages[f"/t/{recording.body['id']}/posts.json?{ids}"] = recording.answer()
        options = Discourse.Options(url=site.url(""), private=True)
        collector = Discourse(options, Tools(fetcher=fetcher, clock=watch))
        return [second async for second in collector.refresh(given)]


async def test_throttled() -> None:
    recording = load("discourse/error_429")
    async with local_site({"/posts.json": recording.answer()}) as site:
        with pytest.raises(RateLimited) as caught:
            await heard(site, datetime(2026, 11, 20, tzinfo=UTC), {})
    assert caught.value.retry_after == timedelta(seconds=11)
