"""What instances of Mastodon really answered, replayed through the collector."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from listener.collect.mastodon import Mastodon
from listener.collect.tools import Tools
from listener.errors import AccessDenied, RateLimited
from listener.fetch import Fetcher
from listener.model import Batch, Post
from tests.collect.recordings import load
from tests.local_site import Request, Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
EMPTY = answer(200, b"[]", Content_Type="application/json")
TAG = "/api/v1/timelines/tag/tents"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def asked(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.path).query))


def page(path: str, **more: str) -> str:
    return f"{path}?{urlencode({'limit': '40'} | more)}"


async def heard(
    site: Site, now: datetime, cursor: Mapping[str, str] | None = None, **options: Any
) -> list[Batch]:
    watch = Watch()
    watch.time = now
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        made = Mastodon.Options(base_url=site.url("/"), private=True, **options)
        collector = Mastodon(made, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect(cursor or {})]


def soon_after(statuses: list[Any]) -> datetime:
    newest = max(datetime.fromisoformat(status["created_at"]) for status in statuses)
    return newest.astimezone(UTC) + timedelta(minutes=5)


def plain(content: str) -> list[str]:
    """Return the words of a post, read in another way than the program does."""
    content = re.sub(r'<(span|p) class="quote-inline">.*?</\1>', " ", content)
    spaced = re.sub(r"</p>|<br ?/?>", " ", content)
    return html.unescape(re.sub(r"<[^>]*>", "", spaced)).split()


def check(post: Post, raw: Mapping[str, Any], host: str) -> None:
    assert post.key == f"mastodon:{raw['uri']}"
    assert post.item == f"{host}/{raw['id']}"
    assert post.url == raw["url"]
    assert post.published == datetime.fromisoformat(raw["created_at"])
    assert post.language == (raw["language"] or "")[:2] or post.language is None
    assert post.author is not None
    acct = raw["account"]["acct"]
    assert post.author.handle == (acct if "@" in acct else f"{acct}@{host}")
    assert post.author.followers == (raw["account"]["followers_count"] or None)
    assert post.author.url == raw["account"]["url"]
    likes = post.engagement.likes if post.engagement else None
    assert likes == raw["favourites_count"] or (raw["favourites_count"], likes) == (0, None)
    assert post.text.split() == plain(raw["content"])
    assert post.title == (raw["spoiler_text"] or None)


@pytest.mark.parametrize("name", ["mastodon/tag_timeline_anonymous", "mastodon/tag_timeline_page1"])
async def test_a_hashtag(name: str) -> None:
    recording = load(name)
    statuses = recording.body
    lowest = min((status["id"] for status in statuses), key=int)
    async with local_site() as site:
        site.pages[page(TAG)] = recording.answer()
        site.pages[page(TAG, max_id=lowest)] = EMPTY
        now = soon_after(statuses)
        batches = await heard(site, now, hashtags=("tents",))
        walked = [asked(one).get("max_id") for one in site.requests if TAG in one.path]
        assert walked == [None, lowest]
        again = await heard(site, now, batches[-1].cursor, hashtags=("tents",))
        host = f"127.0.0.1:{site.port}"
    posts = {post.item: post for batch in batches for post in batch.posts}
    assert len(posts) == len(statuses)
    assert sum(batch.skipped for batch in batches) == 0
    for raw in statuses:
        check(posts[f"{host}/{raw['id']}"], raw, host)
    assert {post.key for batch in again for post in batch.posts} <= {p.key for p in posts.values()}


async def test_it_goes_on_as_the_instance_itself_says() -> None:
    recording = load("mastodon/tag_timeline_anonymous")
    lowest = min((status["id"] for status in recording.body), key=int)
    assert f"max_id={lowest}&" in recording.headers["link"]


async def test_a_list_that_has_nothing_more() -> None:
    recording = load("mastodon/tag_timeline_min_id_empty")
    assert "link" not in recording.headers
    async with local_site({page(TAG): recording.answer()}) as site:
        (_, last) = await heard(site, datetime(2026, 8, 1, 13, 54, tzinfo=UTC), hashtags=("tents",))
    assert last.posts == ()
    assert last.doubt is not None


async def test_mentions_without_the_status_are_counted_as_unread() -> None:
    recording = load("mastodon/notifications_mentions")
    oldest = min(int(one["id"]) for one in recording.body)
    path = "/api/v1/notifications?types%5B%5D=mention&limit=40"
    async with local_site() as site:
        site.pages |= {path: recording.answer(), f"{path}&max_id={oldest}": EMPTY}
        batches = await heard(site, soon_after(recording.body), mentions=True, token="t")
        cursor = batches[-1].cursor
        site.requests.clear()
        await heard(site, soon_after(recording.body), cursor, mentions=True, token="t")
        assert site.paths[0] == path
    assert [batch.skipped for batch in batches] == [len(recording.body), 0, 0]
    (walk,) = (text for name, text in cursor.items() if name.startswith("@"))
    assert walk.split()[2] in {one["id"] for one in recording.body}  # where it goes on


async def test_a_search_that_finds_nothing_is_doubted() -> None:
    recording = load("mastodon/search_v2_no_statuses")
    now = datetime(2026, 8, 1, 13, 52, tzinfo=UTC)

    async def nothing(writer: Any) -> None:
        writer.write(recording.answer())

    async with local_site() as site:
        since = int((now - timedelta(days=7)).timestamp() * 1000) << 16
        asked = {"q": "tents", "type": "statuses", "limit": "40", "offset": "0"}
        search = f"/api/v2/search?{urlencode(asked | {'min_id': str(since)})}"
        site.pages |= {
            search: nothing,
            f"/api/v2/search?{urlencode(asked | {'q': 'the'})}": nothing,
        }
        batches = await heard(site, now, search=True, queries=("tents",), token="t")
    assert batches[-1].doubt is not None
    assert "no full-text search" in batches[-1].doubt


async def test_a_status_looked_at_again() -> None:
    recording = load("mastodon/status_single")
    raw = recording.body
    watch = Watch()
    watch.time = soon_after([raw])
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        host = f"127.0.0.1:{site.port}"
        given = Post(key=f"mastodon:{raw['uri']}", item=f"{host}/{raw['id']}")
        ids = urlencode({"id[]": raw["id"]})
        site.pages |= {f"/api/v1/statuses?{ids}": EMPTY}
        site.pages |= {f"/api/v1/statuses/{raw['id']}": recording.answer()}
        options = Mastodon.Options(base_url=site.url("/"), hashtags=("tents",), private=True)
        collector = Mastodon(options, Tools(fetcher=fetcher, clock=watch))
        seconds = [second async for second in collector.refresh([given])]
    (post,) = [post for second in seconds for post in second.posts]
    assert not any(second.gone for second in seconds)
    check(post, raw, host)
    assert post.engagement is not None
    assert post.engagement.shares == raw["reblogs_count"]


@pytest.mark.parametrize(
    ("name", "token", "words"),
    [
        ("mastodon/error_401", "t", "does not accept the token"),
        ("mastodon/error_422_public_feed_needs_login", None, "give a token"),
    ],
)
async def test_closed(name: str, token: str | None, words: str) -> None:
    recording = load(name)
    async with local_site({page(TAG): recording.answer()}) as site:
        with pytest.raises(AccessDenied, match=words) as caught:
            await heard(site, datetime(2026, 11, 20, tzinfo=UTC), hashtags=("tents",), token=token)
    assert recording.body["error"] in str(caught.value)


async def test_throttled() -> None:
    recording = load("mastodon/error_429")
    until = {name.lower(): value for name, value in recording.headers.items()}["x-ratelimit-reset"]
    now = datetime.fromisoformat(until) - timedelta(minutes=2)
    async with local_site({page(TAG): recording.answer()}) as site:
        with pytest.raises(RateLimited) as caught:
            await heard(site, now, hashtags=("tents",))
    assert caught.value.retry_after == timedelta(minutes=2)
