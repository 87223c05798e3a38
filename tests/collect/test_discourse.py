from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.collect import discourse
from listener.collect.descent import Depth
from listener.collect.discourse import Discourse
from listener.collect.discourse_posts import Forum
from listener.collect.tools import Tools
from listener.errors import AccessDenied, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Batch, Post, Second
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
JSON = {"Content_Type": "application/json; charset=utf-8"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def raw(id: int, **more: Any) -> dict[str, Any]:
    """Return a post as a forum gives it: the second one of topic 40."""
    post = {
        "id": id, "topic_id": 40, "topic_slug": "a-tent", "topic_title": "A tent & a bag",
        "post_number": 2, "post_type": 1, "username": "ana", "name": "Ana Ruiz",
        "created_at": "2026-11-20T11:00:00.000Z", "cooked": "<p>It <b>leaks</b>.</p>",
        "reply_to_post_number": None, "reply_count": 3, "reads": 12,
        "actions_summary": [{"id": 2, "count": 5}], "hidden": False, "user_deleted": False,
        "deleted_at": None,
    }  # fmt: skip
    return post | more


def page(*posts: Any) -> bytes:
    return answer(200, json.dumps({"latest_posts": posts}).encode(), **JSON)


def topic(*posts: Any) -> bytes:
    body = {"post_stream": {"posts": [{**post} for post in posts]}, "id": 40}
    return answer(200, json.dumps(body).encode(), **JSON)


def refusal(status: int, kind: str, words: str) -> bytes:
    return answer(status, json.dumps({"errors": [words], "error_type": kind}).encode(), **JSON)


async def heard(
    site: Site,
    cursor: Mapping[str, str] | None = None,
    path: str = "",
    user: str = "",
    **options: Any,
) -> list[Batch]:
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        url = site.url(path).replace("//", f"//{user}", 1)
        made = Discourse.Options(url=url, private=True, **options)
        collector = Discourse(made, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect(cursor or {})]


async def looked_again(site: Site, *posts: Post) -> Second:
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        made = Discourse.Options(url=site.url(""), private=True)
        collector = Discourse(made, Tools(fetcher=fetcher, clock=watch))
        seconds = [second async for second in collector.refresh(posts)]
    return Second(
        posts=tuple(post for second in seconds for post in second.posts),
        gone=tuple(key for second in seconds for key in second.gone),
    )


async def only(**more: Any) -> Post:
    async with local_site() as site:
        site.pages |= {"/posts.json": page(raw(7, **more)), "/posts.json?before=7": page()}
        (first, _) = await heard(site)
        assert first.skipped == 0
        return first.posts[0]


@pytest.mark.parametrize("kind", [None, 1, "1", 2])
async def test_a_forum_need_not_say_what_sort_of_post_it_is(kind: object) -> None:
    assert (await only(post_type=kind)).item == "7"


async def test_a_reply() -> None:
    async with local_site() as site:
        site.pages |= {"/posts.json": page(raw(7)), "/posts.json?before=7": page()}
        (first, last) = await heard(site, language="en")
        here = f"127.0.0.1:{site.port}"
    post = first.posts[0]
    assert (post.key, post.item) == (f"discourse:{here}/p/7", "7")
    assert post.parent == post.root == f"discourse:{here}/t/40"
    assert post.url == f"http://{here}/t/a-tent/40/2"
    assert (post.title, post.text, post.language) == (None, "It leaks.", "en")
    assert post.published == NOW - timedelta(hours=1)
    assert post.author is not None
    assert (post.author.handle, post.author.name) == ("ana", "Ana Ruiz")
    assert post.author.url == f"http://{here}/u/ana"
    assert post.author.followers is None
    assert post.engagement is not None
    assert (post.engagement.likes, post.engagement.comments) == (5, 3)
    assert (post.engagement.views, post.engagement.shares) == (12, None)
    assert last.posts == ()


async def test_the_first_post_is_its_topic() -> None:
    post = await only(post_number=1)
    assert post.key.endswith("/t/40")
    assert post.item == "7"
    assert (post.title, post.parent, post.root) == ("A tent & a bag", None, None)


async def test_an_answer_knows_the_post_it_answers_when_the_forum_gave_both() -> None:
    async with local_site() as site:
        posts = [raw(9, post_number=5, reply_to_post_number=2), raw(7)]
        posts += [raw(6, post_number=4, reply_to_post_number=3)]
        site.pages |= {"/posts.json": page(*posts), "/posts.json?before=6": page()}
        first = (await heard(site))[0].posts
    assert first[0].parent == first[1].key
    assert first[2].parent is None  # a number says nothing by itself
    assert first[2].root == first[0].root


QUOTED = (
    '<aside class="quote" data-username="bob" data-post="1" data-topic="40"><div class="title">'
    "bob:</div><blockquote><p>Acme is a fraud</p></blockquote></aside><p>I disagree.</p>"
    '<aside class="onebox allowlistedgeneric" data-onebox-src="https://example.org/a?b=1&amp;c=2">'
    '<header class="source">example.org</header><article><h3>Acme fined</h3></article></aside>'
    '<div class="lightbox-wrapper"><a class="lightbox" href="/u/1.png"><img alt="tent">'
    '<div class="meta"><span class="filename">tent.png</span></div></a></div>'
)


async def test_what_others_said_is_not_the_authors() -> None:
    post = await only(cooked=QUOTED)
    assert post.text == "I disagree.\nhttps://example.org/a?b=1&c=2"


@pytest.mark.parametrize(
    "withheld",
    [
        {"post_type": 3, "cooked": ""},  # "closed this topic"
        {"post_type": 4, "cooked": "<p>between staff</p>"},
        {"hidden": True, "cooked": "<p>This post was flagged.</p>"},
        {"user_deleted": True, "cooked": "<p>(post deleted by author)</p>"},
        {"deleted_at": "2026-11-20T11:30:00.000Z"},
    ],
    ids=["note", "whisper", "hidden", "taken back", "deleted"],
)
async def test_what_is_no_public_statement_is_no_post(withheld: Mapping[str, Any]) -> None:
    async with local_site() as site:
        site.pages |= {"/posts.json": page(raw(7, **withheld)), "/posts.json?before=7": page()}
        (first, _) = await heard(site)
    assert (first.posts, first.skipped, first.doubt) == ((), 0, None)


async def test_what_is_not_said_is_not_known() -> None:
    bare = {"id": 7, "topic_id": 40, "post_number": 2}
    async with local_site() as site:
        site.pages |= {"/posts.json": page(bare, {"id": 8}, 3), "/posts.json?before=7": page()}
        (first, _) = await heard(site)
    (post,) = first.posts
    assert first.skipped == 2
    assert (post.author, post.published, post.language) == (None, None, None)
    assert (post.engagement, post.text) == (None, "")
    assert post.url is not None
    assert post.url.endswith("/t/-/40/2")


async def test_an_action_that_nobody_took_is_left_out_of_the_summary() -> None:
    post = await only(actions_summary=[])
    assert post.engagement is not None
    assert post.engagement.likes == 0


async def test_a_second_pass_asks_once_and_says_the_same() -> None:
    posts = [raw(id, created_at=f"2026-11-20T{id:02}:00:00Z") for id in (11, 10, 9)]
    async with local_site() as site:
        site.pages |= {"/posts.json": page(*posts), "/posts.json?before=9": page()}
        first = await heard(site)
        site.requests.clear()
        second = await heard(site, first[-1].cursor)
        assert site.paths == ["/posts.json"]
    assert second[0].posts == first[0].posts
    assert second[-1].cursor == first[-1].cursor


async def test_another_forum_begins_anew() -> None:
    async with local_site() as site:
        site.pages |= {"/posts.json": page(raw(7)), "/posts.json?before=7": page()}
        site.pages |= {"/b/posts.json": page(raw(3)), "/b/posts.json?before=3": page()}
        cursor = (await heard(site))[-1].cursor
        again = await heard(site, cursor, path="/b")
    assert [post.item for batch in again for post in batch.posts] == ["3"]
    assert again[-1].cursor["forum"].endswith("/b")


@pytest.mark.parametrize("walk", ["", "x", "1 1 a b 1 c 0", "9" * 400, "1 1 - zz 1 - 0"])
async def test_a_broken_cursor_is_a_first_pass(walk: str) -> None:
    async with local_site() as site:
        site.pages |= {"/posts.json": page(raw(7)), "/posts.json?before=7": page()}
        cursor = {"forum": f"127.0.0.1:{site.port}", "walk": walk, "windows": "True"}
        assert (await heard(site, cursor))[0].posts[0].item == "7"


async def test_a_forum_that_shows_nothing_may_have_something() -> None:
    async with local_site({"/posts.json": page()}) as site:
        (batch,) = await heard(site)
    assert batch.posts == ()
    assert batch.doubt is not None


async def test_an_old_forums_empty_windows_are_walked_through() -> None:
    old = raw(7, created_at="2026-11-19T11:00:00Z")
    async with local_site() as site:
        site.pages |= {
            "/posts.json": page(raw(200)),
            "/posts.json?before=200": page(raw(200)),  # itself, and 49 ids that show nothing
            "/posts.json?before=151": page(),
            "/posts.json?before=102": page(),
            "/posts.json?before=53": page(old),
            "/posts.json?before=7": page(old),
        }
        found = await heard(site)
        assert [post.item for batch in found for post in batch.posts] == ["200", "7"]
        cut = found[2].cursor  # as if the process had died in the middle of nowhere
        site.requests.clear()
        assert "7" in {post.item for batch in await heard(site, cut) for post in batch.posts}
        assert site.paths[0] == "/posts.json?before=102"


async def test_what_cannot_be_caught_up_is_said() -> None:
    depth = Depth(overlap=timedelta(minutes=30), pages=2)
    async with local_site() as site:
        site.pages |= {
            "/posts.json": page(raw(9)),
            "/posts.json?before=9": page(raw(8, created_at="2026-11-20T10:00:00Z")),
        }
        with patch.object(discourse, "DEPTH", depth):
            found = await heard(site)
    (gap,) = found[-1].gaps
    assert gap.until == NOW - timedelta(hours=2)
    assert gap.since == NOW - timedelta(days=7)


async def test_what_was_written_is_asked_for_not_its_translation() -> None:
    async with local_site() as site:
        site.pages["/posts.json"] = page()
        await heard(site)
    cookies = site.requests[0].headers["cookie"].split("; ")
    assert set(cookies) == {
        "automatically_translate=false",
        "content-localization-show-original=true",
    }


async def test_a_key_is_sent_and_shown_to_nobody() -> None:
    async with local_site({"/posts.json": refusal(403, "invalid_access", "Bad key.")}) as site:
        with pytest.raises(AccessDenied) as caught:
            await heard(site, api_key="hush-hush", api_username="ana")
        sent = site.requests[0].headers
        options = Discourse.Options(url=site.url(""), api_key="hush-hush", api_username="ana")
    assert (sent["api-key"], sent["api-username"]) == ("hush-hush", "ana")
    assert "Bad key." in str(caught.value)
    assert "hush" not in f"{options} {options!r} {caught.value} {caught.value!r}"


@pytest.mark.parametrize("more", [{"api_key": "k"}, {"api_username": "ana"}])
def test_a_key_and_its_user_belong_together(more: Mapping[str, str]) -> None:
    with pytest.raises(ValidationError, match="belong together"):
        Discourse.Options(url="https://forum.example.org", **more)


async def test_a_forum_that_asks_for_a_login() -> None:
    async with local_site() as site:
        site.pages["/posts.json"] = refusal(403, "not_logged_in", "You need to be logged in.")
        with pytest.raises(AccessDenied, match="asks for a login: give api_key") as caught:
            await heard(site)
        assert caught.value.status == 403
        site.pages["/posts.json"] = answer(302, Location="/login")
        site.pages["/login"] = answer(200, b"<!doctype html><title>Log in</title>")
        with pytest.raises(AccessDenied, match="asks for a login"):
            await heard(site)


async def test_a_refusal_in_other_words_stays_what_it_was() -> None:
    async with local_site({"/posts.json": answer(403, b"<html>Blocked</html>")}) as site:
        with pytest.raises(AccessDenied, match="403 Forbidden"):
            await heard(site)


async def test_a_throttled_forum_says_how_long() -> None:
    body = b'{"errors":["Slow down."],"error_type":"rate_limit","extras":{"wait_seconds":11}}'
    async with local_site({"/posts.json": answer(429, body, **JSON)}) as site:
        with pytest.raises(RateLimited) as caught:
            await heard(site)
    assert caught.value.retry_after == timedelta(seconds=11)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"errors":["x"]}', b'{"latest_posts":{}}', b"null"]
)
async def test_what_is_no_answer_of_discourse(body: bytes) -> None:
    async with local_site({"/posts.json": answer(200, body)}) as site:
        with pytest.raises(ParseError, match=r"could not read http://127\.0\.0\.1"):
            await heard(site)


async def test_posts_are_looked_at_again_topic_by_topic() -> None:
    first = raw(7, post_number=1)
    async with local_site() as site:
        site.pages |= {"/posts.json": page(raw(8), first), "/posts.json?before=7": page()}
        posts = (await heard(site))[0].posts
        asked = "/t/40/posts.json?post_ids%5B%5D=8&post_ids%5B%5D=7"
        site.pages[asked] = topic(
            raw(8, cooked="<p>It does not leak.</p>", actions_summary=[{"id": 2, "count": 9}]),
            {name: value for name, value in first.items() if name != "topic_title"},
        )
        site.requests.clear()
        second = await looked_again(site, *posts)
        assert site.paths == [asked]
    assert [post.key for post in second.posts] == [post.key for post in posts]
    assert second.posts[0].text == "It does not leak."
    assert second.posts[0].engagement is not None
    assert second.posts[0].engagement.likes == 9
    assert second.posts[1] == posts[1]  # the title, too
    assert second.gone == ()


async def test_what_is_missing_is_asked_for_alone() -> None:
    given = [raw(id, post_number=id) for id in (7, 6, 5, 4, 3, 2)]
    async with local_site() as site:
        site.pages |= {"/posts.json": page(*given), "/posts.json?before=2": page()}
        posts = (await heard(site))[0].posts
        ids = "&".join(f"post_ids%5B%5D={post.item}" for post in posts)
        kept = [raw(7, post_number=7), raw(6, post_number=6, hidden=True, cooked="flagged")]
        taken = raw(5, post_number=5, user_deleted=True)
        site.pages |= {
            f"/t/40/posts.json?{ids}": topic(*kept, taken),
            "/posts/4.json": answer(404, b"{}"),
            "/posts/3.json": refusal(403, "invalid_access", "You may not see this."),
            "/posts/2.json": answer(200, json.dumps(raw(2, topic_id=41)).encode()),  # moved
        }
        second = await looked_again(site, *posts)
    keys = {post.item: post.key for post in posts}
    assert set(second.gone) == {keys["5"], keys["4"], keys["3"]}
    assert {post.item: post.key for post in second.posts} == {"7": keys["7"], "2": keys["2"]}
    moved = next(post for post in second.posts if post.item == "2")
    assert moved.root is not None
    assert moved.root.endswith("/t/41")


@pytest.mark.parametrize("said", [b"<html>Nothing here</html>", b"", b"[]"])
async def test_a_forum_that_moved_has_not_deleted_its_posts(said: bytes) -> None:
    async with local_site() as site:
        site.pages["/posts.json"] = page(raw(5, topic_id=12))
        site.pages["/posts.json?before=5"] = page()
        (post,) = (await heard(site))[0].posts
        site.pages = {path: answer(404, said) for path in ("/t/12/posts.json", "/posts/5.json")}
        assert await looked_again(site, post) == Second()


async def test_a_user_in_the_address_is_told_to_nobody() -> None:
    async with local_site() as site:
        site.pages["/posts.json"] = page(raw(5))
        site.pages["/posts.json?before=5"] = page()
        plain = (await heard(site))[0]
        batch = (await heard(site, user="ana:secret@"))[0]
    assert site.requests[-1].headers["authorization"].startswith("Basic ")
    assert batch == plain
    assert "secret" not in repr(batch)


async def test_a_forum_that_closes_has_not_deleted_its_posts() -> None:
    async with local_site() as site:
        site.pages |= {"/posts.json": page(raw(7)), "/posts.json?before=7": page()}
        posts = (await heard(site))[0].posts
        site.pages["/t/40/posts.json?post_ids%5B%5D=7"] = refusal(403, "not_logged_in", "Log in.")
        with pytest.raises(AccessDenied, match="asks for a login"):
            await looked_again(site, *posts)
        site.pages["/t/40/posts.json?post_ids%5B%5D=7"] = answer(500)
        with pytest.raises(SourceError, match="500"):
            await looked_again(site, *posts)


NAMES = st.sampled_from([*raw(1), "errors", "x"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.dictionaries(NAMES, JUNK, max_size=6), JUNK)
def test_whatever_a_post_says_is_read_or_counted(odd: dict[str, Any], junk: Any) -> None:
    forum = Forum("https://forum.example.org", None)
    posts, unread = forum.posts([{**raw(7), **odd}, junk, raw(8)], NOW)
    assert posts[-1].item == "8"
    assert len(posts) + unread <= 3
    forum.entries([{**raw(7), **odd}, junk], NOW)


@dataclass(slots=True)
class PlayedForum:
    """Discourse as it was (`windows`: the posts among so many ids) and as it is (so many posts)."""

    windows: bool
    holes: Sequence[tuple[int, int]]  # after a post so many ids of others: private messages, notes
    size: int = 6
    lag: timedelta = timedelta(minutes=10)
    url: str = ""
    refusals: Sequence[bytes] = field(
        default_factory=lambda: [
            refusal(429, "rate_limit", "Slow down."),
            answer(429, b"Slow down, too many requests from this IP", Retry_After="7"),
        ]
    )

    def collector(self, url: str, tools: Tools) -> Discourse:
        self.url = url
        return Discourse(Discourse.Options(url=url, private=True), tools)

    def key(self, item: Item) -> str:
        return f"discourse:{self.url.removeprefix('http://')}/p/{self._id(item)}"

    def _id(self, item: Item) -> int:
        return item.number + sum(ids for after, ids in self.holes if item.number > after)

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        assert question.path == "/posts.json"
        before = int(question.asked.get("before", 10**9))
        posts = [raw(self._id(i), created_at=f"{i.at:%Y-%m-%dT%H:%M:%S}.000Z") for i in shown]
        if self.windows:
            top = min(before, max((post["id"] for post in posts), default=0))
            found = [p for p in posts if p["id"] <= top and p["id"] > top - self.size]
            if "before" in question.asked:
                found = [p for p in posts if before - self.size < p["id"] <= before]
        else:
            found = [post for post in posts if post["id"] < before][-self.size :]
        return page(*reversed(found))


HOLES = st.sampled_from([(), ((3, 30),), ((1, 12), (9, 5), (10, 40))])


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]), st.booleans(), HOLES)
def test_no_post_is_lost_whatever_happens(
    events: list[Event], skew: int, windows: bool, holes: Sequence[tuple[int, int]]
) -> None:
    forum, late = PlayedForum(windows=windows, holes=holes), timedelta(seconds=skew)
    with patch.object(discourse, "WINDOW", forum.size):
        anyio.run(lambda: survives(forum, events, skew=late, check=small))


def small(cursor: Mapping[str, str]) -> None:
    assert len(str(cursor)) < 300
