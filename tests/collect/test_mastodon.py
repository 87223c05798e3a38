from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import parse
from listener.collect import mastodon, mastodon_search
from listener.collect.descent import Depth
from listener.collect.mastodon import Mastodon
from listener.collect.mastodon_posts import Instance
from listener.collect.tools import Tools
from listener.errors import AccessDenied, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Batch, Post, PostKind, Second
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
JSON = {"Content_Type": "application/json; charset=utf-8"}
TAG = "/api/v1/timelines/tag/tents?limit=40"
MENTIONS = "/api/v1/notifications?types%5B%5D=mention&limit=40"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def account(acct: str = "ana@other.example", **more: Any) -> dict[str, Any]:
    found = {
        "acct": acct, "display_name": "Ana Ruiz", "followers_count": 120,
        "url": f"https://other.example/@{acct.partition('@')[0]}",
    }  # fmt: skip
    return found | more


def raw(id: int, **more: Any) -> dict[str, Any]:
    """Return a status as an instance gives it: one of another instance."""
    status = {
        "id": str(id), "uri": f"https://other.example/users/ana/statuses/{id}",
        "url": f"https://other.example/@ana/{id}", "created_at": "2026-11-20T11:00:00.000Z",
        "in_reply_to_id": None, "visibility": "public", "language": "en", "spoiler_text": "",
        "content": '<p>It leaks. <a href="https://other.example/tags/tents">#<span>tents</span>'
        "</a></p>", "reblog": None, "edited_at": None, "favourites_count": 4,
        "reblogs_count": 2, "replies_count": 1, "account": account(),
    }  # fmt: skip
    return status | more


def said(body: Any, status: int = 200) -> bytes:
    return answer(status, json.dumps(body).encode(), **JSON)


def error(status: int, words: str) -> bytes:
    return said({"error": words}, status)


def parents(*ids: int) -> str:
    return f"/api/v1/statuses?{urlencode([('id[]', str(id)) for id in ids])}"


def searched(words: str, offset: int = 0, since: datetime | None = None) -> str:
    since = since or NOW - timedelta(days=7)
    asked = [("q", words), ("type", "statuses"), ("limit", "40"), ("offset", str(offset))]
    asked.append(("min_id", str(int(since.timestamp() * 1000) << 16)))
    return f"/api/v2/search?{urlencode(asked)}"


ANYTHING = "/api/v2/search?q=the&type=statuses&limit=40&offset=0"


def hits(*statuses: Any) -> bytes:
    return said({"accounts": [], "statuses": statuses, "hashtags": []})


def made(site: Site, watch: Watch, fetcher: Fetcher, **options: Any) -> Mastodon:
    queries = {"Acme": parse("acme")}
    tools = Tools(fetcher=fetcher, clock=watch, queries=options.pop("brands", queries))
    options = {"base_url": site.url("/"), "private": True} | options
    return Mastodon(Mastodon.Options(**options), tools)


async def heard(site: Site, cursor: Mapping[str, str] | None = None, **options: Any) -> list[Batch]:
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        collector = made(site, watch, fetcher, **options)
        return [batch async for batch in collector.collect(cursor or {})]


async def looked_again(site: Site, *posts: Post) -> Second:
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        collector = made(site, watch, fetcher, hashtags=("tents",))
        seconds = [second async for second in collector.refresh(posts)]
    return Second(
        posts=tuple(post for second in seconds for post in second.posts),
        gone=tuple(key for second in seconds for key in second.gone),
    )


def found(batches: list[Batch]) -> list[Post]:
    return [post for batch in batches for post in batch.posts]


async def only(**more: Any) -> Post:
    async with local_site() as site:
        site.pages |= {TAG: said([raw(7, **more)]), f"{TAG}&max_id=7": said([])}
        (post,) = found(await heard(site, hashtags=("#Tents",)))
        assert post.item == f"127.0.0.1:{site.port}/7"
    return post


async def test_a_status() -> None:
    post = await only()
    assert post.key == "mastodon:https://other.example/users/ana/statuses/7"
    assert post.kind is PostKind.SOCIAL
    assert post.url == "https://other.example/@ana/7"
    assert (post.title, post.text, post.language) == (None, "It leaks. #tents", "en")
    assert post.published == NOW - timedelta(hours=1)
    assert post.author is not None
    assert (post.author.handle, post.author.name) == ("ana@other.example", "Ana Ruiz")
    assert (post.author.url, post.author.followers) == ("https://other.example/@ana", 120)
    assert post.engagement is not None
    assert (post.engagement.likes, post.engagement.shares) == (4, 2)
    assert (post.engagement.comments, post.engagement.views) == (1, None)
    assert (post.parent, post.root) == (None, None)


async def test_a_warning_is_the_title() -> None:
    assert (await only(spoiler_text="Food & <3")).title == "Food & <3"


async def test_an_author_of_the_instance_itself_is_told_with_it() -> None:
    post = await only(account=account("bob"), favourites_count=0)
    assert post.author is not None
    assert post.author.handle is not None
    assert post.author.handle.startswith("bob@127.0.0.1")
    assert post.engagement is not None
    assert post.engagement.likes == 0


async def test_nothing_that_reached_this_instance_says_nothing() -> None:
    none = {"favourites_count": 0, "reblogs_count": 0, "replies_count": 0}
    post = await only(**none, account=account(followers_count=0))
    assert post.engagement is None
    assert post.author is not None
    assert post.author.followers is None


async def test_a_number_without_quotes_is_an_id_as_well() -> None:
    async with local_site() as site:
        status = raw(7) | {"id": 7, "in_reply_to_id": 5}
        site.pages |= {TAG: said([status]), f"{TAG}&max_id=7": said([])}
        site.pages[parents(5)] = said([raw(5) | {"id": 5}])
        (post,) = found(await heard(site, hashtags=("tents",)))
    assert post.item.endswith("/7")
    assert post.parent == "mastodon:https://other.example/users/ana/statuses/5"


async def test_quotes_are_shares() -> None:
    post = await only(quotes_count=3)
    assert post.engagement is not None
    assert post.engagement.shares == 5


async def test_what_is_not_said_is_not_known() -> None:
    bare = {"id": "7", "uri": "https://o.example/7", "visibility": "public"}
    async with local_site() as site:
        site.pages |= {TAG: said([bare, {"id": "6"}, 3]), f"{TAG}&max_id=6": said([])}
        first = (await heard(site, hashtags=("tents",)))[0]
    (post,) = first.posts
    assert first.skipped == 2
    assert (post.author, post.published, post.language) == (None, None, None)
    assert (post.engagement, post.text, post.url) == (None, "", "https://o.example/7")


@pytest.mark.parametrize(
    ("given", "kept"), [("zh-CN", "zh"), ("DE", "de"), ("tok", None), (1, None)]
)
async def test_a_language_is_two_letters(given: Any, kept: str | None) -> None:
    assert (await only(language=given)).language == kept


async def test_a_boost_is_the_post_it_passes_on() -> None:
    async with local_site() as site:
        boost = raw(9, reblog=raw(7), content="")
        site.pages |= {TAG: said([boost, raw(7)]), f"{TAG}&max_id=7": said([])}
        (post,) = found(await heard(site, hashtags=("tents",)))
    assert post.text == "It leaks. #tents"


@pytest.mark.parametrize(
    ("said_so", "skipped"),
    [
        ({"visibility": "private"}, 0),
        ({"visibility": "direct"}, 0),
        ({"visibility": "limited"}, 0),
        ({"visibility": "local"}, 0),  # for members, as Akkoma calls it
        ({"visibility": "list:7"}, 0),
        ({"local_only": True}, 0),  # for members, at glitch-soc, Hometown and GoToSocial
        ({"visibility": None}, 1),
    ],
)
async def test_what_is_not_public_is_not_kept(said_so: dict[str, Any], skipped: int) -> None:
    notified = {"id": "3", "type": "mention", "created_at": "2026-11-20T11:00:00Z"}
    async with local_site() as site:
        site.pages |= {
            MENTIONS: said([{**notified, "status": raw(7, **said_so)}]),
            f"{MENTIONS}&max_id=3": said([]),
        }
        batches = await heard(site, mentions=True, token="t")
    assert found(batches) == []
    assert sum(batch.skipped for batch in batches) == skipped


async def test_mentions_of_the_account() -> None:
    at = {"created_at": "2026-11-20T11:30:00Z"}
    notified = [
        {"id": "9", "type": "mention", **at, "status": raw(7, visibility="unlisted")},
        {"id": "8", "type": "favourite", **at, "status": raw(6)},  # an old server gives all
        {"id": "5", "type": "mention", **at, "status": None},
    ]
    async with local_site() as site:
        site.pages |= {MENTIONS: said(notified), f"{MENTIONS}&max_id=5": said([])}
        batches = await heard(site, mentions=True, token="t")
        assert site.requests[0].headers["authorization"] == "Bearer t"
    assert [post.key[-1] for post in found(batches)] == ["7"]
    assert batches[0].skipped == 1


async def test_mentions_of_another_account_begin_anew() -> None:
    at = {"type": "mention", "created_at": "2026-11-20T11:30:00Z"}
    old = {"type": "mention", "created_at": "2026-11-18T11:30:00Z"}
    async with local_site() as site:
        ours = [{"id": "9", **at, "status": raw(9)}, {"id": "8", **old, "status": raw(8)}]
        site.pages |= {MENTIONS: said(ours), f"{MENTIONS}&max_id=8": said([])}
        first = await heard(site, mentions=True, token="t")
        theirs = [{"id": id, **old, "status": raw(int(id))} for id in ("7", "6")]
        site.pages |= {MENTIONS: said(theirs[:1]), f"{MENTIONS}&max_id=7": said(theirs[1:])}
        site.pages[f"{MENTIONS}&max_id=6"] = said([])
        again = await heard(site, first[-1].cursor, mentions=True, token="another")
    assert [post.key[-1] for post in found(again)] == ["7", "6"]


async def test_hashtags_are_walked_each_by_itself_and_told_once() -> None:
    async with local_site() as site:
        bags = TAG.replace("tents", "bags")
        site.pages |= {TAG: said([raw(7)]), f"{TAG}&max_id=7": said([])}
        site.pages |= {bags: said([raw(9), raw(7)]), f"{bags}&max_id=7": said([])}
        batches = await heard(site, hashtags=("tents", "bags", "#TENTS"))
    assert [post.key[-1] for post in found(batches)] == ["7", "9"]


def test_a_hashtag_may_hold_a_middle_dot() -> None:
    options = Mastodon.Options(base_url="https://m.example", hashtags=("#Étudiant·es",))
    assert options.hashtags == ("étudiant·es",)


async def test_a_second_pass_goes_down_to_what_was_old_enough() -> None:
    old = raw(5, created_at="2026-11-20T03:00:00Z")
    async with local_site() as site:
        site.pages |= {TAG: said([raw(7), old]), f"{TAG}&max_id=5": said([])}
        first = await heard(site, hashtags=("tents",))
        site.requests.clear()
        second = await heard(site, first[-1].cursor, hashtags=("tents",))
        assert site.paths == [TAG]
    assert found(second) == found(first)
    assert second[-1].cursor == first[-1].cursor


async def test_another_instance_begins_anew() -> None:
    async with local_site() as site:
        site.pages |= {TAG: said([raw(7)]), f"{TAG}&max_id=7": said([])}
        cursor = dict((await heard(site, hashtags=("tents",)))[-1].cursor)
        later = await heard(site, cursor | {"instance": "else.example"}, hashtags=("tents",))
    assert later[-1].cursor["instance"] != "else.example"
    assert len(later) == 3  # a page, an empty one, the end


async def test_hashtags_that_nobody_used_need_not_mean_calm() -> None:
    async with local_site({TAG: said([])}) as site:
        batches = await heard(site, hashtags=("tents",))
    assert batches[-1].doubt is not None
    assert "hashtags" in batches[-1].doubt


async def test_what_cannot_be_caught_up_is_said() -> None:
    depth = Depth(overlap=timedelta(hours=2), pages=1)
    async with local_site({TAG: said([raw(7)])}) as site:
        with patch.object(mastodon, "DEPTH", depth):
            batches = await heard(site, hashtags=("tents",))
    (gap,) = batches[0].gaps
    assert gap.until == NOW - timedelta(hours=1)


async def test_answers_know_what_they_answer() -> None:
    async with local_site() as site:
        statuses = [raw(9, in_reply_to_id="8"), raw(8, in_reply_to_id="4")]
        statuses += [raw(7, in_reply_to_id="3"), raw(6, in_reply_to_id="2")]
        site.pages |= {
            TAG: said(statuses),
            parents(4, 3, 2): said(
                [raw(4), raw(3, in_reply_to_id="1"), raw(2, visibility="private")]
            ),
            f"{TAG}&max_id=6": said([]),
        }
        posts = {post.key[-1]: post for post in found(await heard(site, hashtags=("tents",)))}
    assert (posts["9"].parent, posts["9"].root) == (posts["8"].key, raw_key(4))
    assert (posts["8"].parent, posts["8"].root) == (raw_key(4), raw_key(4))
    assert (posts["7"].parent, posts["7"].root) == (raw_key(3), None)
    assert (posts["6"].parent, posts["6"].root) == (None, None)


def raw_key(id: int) -> str:
    return f"mastodon:{raw(id)['uri']}"


@pytest.mark.parametrize("status", [400, 404, 405])
async def test_an_instance_that_cannot_be_asked_for_many_is_asked_once(status: int) -> None:
    async with local_site() as site:
        site.pages |= {parents(id): error(status, "Missing field: ids") for id in (3, 4)}
        site.pages |= {
            TAG: said([raw(9, in_reply_to_id="4")]),
            f"{TAG}&max_id=9": said([raw(8, in_reply_to_id="3")]),
            f"{TAG}&max_id=8": said([]),
        }
        posts = found(await heard(site, hashtags=("tents",)))
        assert [path for path in site.paths if "/statuses?" in path] == [parents(4)]
    assert [post.parent for post in posts] == [None, None]


async def test_search_follows_the_brands_and_keeps_what_says_it() -> None:
    acme = raw(8, content="<p>Acme again</p>")
    async with local_site() as site:
        site.pages |= {
            searched("acme"): hits(acme, raw(7)),  # by its stem, perhaps
            searched("acme", 40): hits(),
            searched("acme", since=NOW - timedelta(hours=25)): hits(acme),
            searched("acme", 40, NOW - timedelta(hours=25)): hits(),
        }
        first = await heard(site, search=True, token="t")
        again = await heard(site, first[-1].cursor, search=True, token="t")
    assert [post.text for post in found(first)] == ["Acme again"]
    assert found(again) == found(first)
    assert first[-1].doubt is None


async def test_queries_take_the_place_of_the_brands() -> None:
    async with local_site() as site:
        said_so = raw(8, content="<p>Outdoor Tent, new</p>")
        site.pages |= {
            searched('"outdoor tent"'): hits(said_so),
            searched('"outdoor tent"', 40): hits(),
        }
        options: dict[str, Any] = {"search": True, "token": "t", "queries": ("outdoor tent",)}
        assert len(found(await heard(site, **options))) == 1


async def test_what_is_known_only_later_leaves_no_hit_out() -> None:
    """The source's name, and the language of a post that declares none."""
    brands = {"Acme": parse('acme lang:en source:"Mastodon, in full"')}
    async with local_site() as site:
        told = raw(8, content="<p>Acme again</p>", language=None)
        site.pages |= {searched("acme"): hits(told), searched("acme", 40): hits()}
        batches = await heard(site, search=True, token="t", brands=brands)
    assert [post.text for post in found(batches)] == ["Acme again"]


async def test_a_search_without_full_text_is_no_calm() -> None:
    async with local_site({searched("acme"): hits(), ANYTHING: hits()}) as site:
        batches = await heard(site, search=True, token="t")
        assert batches[-1].doubt is not None
        assert "no full-text search" in batches[-1].doubt
        site.pages[ANYTHING] = hits(raw(7))
        batches = await heard(site, search=True, token="t")
        assert batches[-1].doubt is None
        site.pages[ANYTHING] = hits()  # it was switched off, or another token was given
        batches = await heard(site, batches[-1].cursor, search=True, token="t")
        assert batches[-1].doubt is not None
        site.pages |= {searched("acme"): hits(raw(7)), searched("acme", 40): hits()}
        site.requests.clear()
        batches = await heard(site, batches[-1].cursor, search=True, token="t")
        assert ANYTHING not in site.paths  # it has shown that it hears
    assert batches[-1].doubt is None


async def test_a_query_that_wants_more_reads_again_what_the_other_left_out() -> None:
    tent = raw(8, content="<p>A tent by Acme</p>", created_at="2026-11-17T11:00:00Z")
    bag = raw(7, content="<p>A bag by Acme</p>", created_at="2026-11-16T11:00:00Z")
    newest = raw(9, content="<p>A tent by Acme</p>")
    before, after = {"Acme": parse("acme tent*")}, {"Acme": parse("acme (tent* OR bag*)")}
    options: dict[str, Any] = {"search": True, "token": "t"}
    async with local_site() as site:
        site.pages |= {searched("acme"): hits(newest, tent, bag), searched("acme", 40): hits()}
        recent = NOW - timedelta(hours=25)
        site.pages |= {searched("acme", 0, recent): hits(newest)}
        site.pages |= {searched("acme", 40, recent): hits()}
        first = await heard(site, brands=before, **options)
        second = await heard(site, first[-1].cursor, brands=before, **options)
        third = await heard(site, second[-1].cursor, brands=after, **options)
    assert [[post.key[-1] for post in found(one)] for one in (first, second, third)] == [
        ["9", "8"], ["9"], ["9", "8", "7"],
    ]  # fmt: skip


async def test_hashtags_are_read_before_a_search_that_has_nothing_to_ask() -> None:
    options: dict[str, Any] = {
        "hashtags": ("tents",), "search": True, "token": "t", "brands": {},
    }  # fmt: skip
    async with local_site() as site:
        site.pages |= {TAG: said([raw(7)]), f"{TAG}&max_id=7": said([])}
        with pytest.raises(SourceError, match="nothing to search for") as caught:
            await heard(site, **options)
        assert site.paths == [TAG, f"{TAG}&max_id=7"]
    assert caught.value.needs_person


async def test_a_search_that_does_not_page_is_an_error() -> None:
    async with local_site() as site:
        site.pages |= {searched("acme", at): hits(raw(7)) for at in (0, 40)}
        with pytest.raises(ParseError, match="the same again"):
            await heard(site, search=True, token="t")


async def test_a_hit_that_arrives_meanwhile_moves_another_to_a_page_of_its_own() -> None:
    acme = [raw(id, content="<p>Acme</p>") for id in (8, 7)]
    async with local_site() as site:
        site.pages |= {searched("acme"): hits(*acme), searched("acme", 40): hits(acme[1])}
        site.pages[searched("acme", 80)] = hits()
        batches = await heard(site, search=True, token="t")
    assert [post.key[-1] for post in found(batches)] == ["8", "7"]


async def test_more_than_a_search_can_give_is_a_gap() -> None:
    async with local_site({searched("acme"): hits(raw(7))}) as site:
        with patch.object(mastodon_search, "REACH", 40):
            batches = await heard(site, search=True, token="t")
    assert [len(batch.gaps) for batch in batches] == [1, 0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"search": True}, "search needs a token"),
        ({"mentions": True}, "mentions need a token"),
        ({"hashtags": ("tents",), "queries": ("tent",)}, "queries are for search"),
        ({}, "nothing to listen for"),
        ({"hashtags": ("two words",)}, "is no hashtag"),
        ({"search": True, "token": "t", "queries": ("...",)}, "no word to look for"),
    ],
)
def test_what_cannot_work_is_refused(options: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Mastodon.Options(base_url="https://mastodon.example", **options)


@pytest.mark.parametrize(
    ("refused", "token", "words"),
    [
        (error(422, "This method requires an authenticated user"), None, "give a token"),
        (error(401, "This method requires an authenticated user"), None, "give a token"),
        (error(401, "The access token is invalid"), "hush-hush", "does not accept the token"),
        (error(422, "This method requires an authenticated user"), "hush-hush", "application's"),
        (error(403, "This action is outside the authorized scopes"), "hush-hush", "permission"),
    ],
)
async def test_a_refusal_says_what_to_do(refused: bytes, token: str | None, words: str) -> None:
    async with local_site({TAG: refused}) as site:
        with pytest.raises(AccessDenied, match=words) as caught:
            await heard(site, hashtags=("tents",), token=token)
    assert caught.value.status in (401, 403, 422)
    assert "hush" not in f"{caught.value} {caught.value!r}"


async def test_a_wall_before_the_instance_is_no_want_of_a_token() -> None:
    async with local_site({TAG: answer(403, b"<html>Just a moment</html>")}) as site:
        with pytest.raises(AccessDenied, match="403 Forbidden"):
            await heard(site, hashtags=("tents",))


def test_a_token_is_shown_to_nobody() -> None:
    options = Mastodon.Options(base_url="https://m.example", hashtags=("a",), token="hush-hush")
    assert "hush" not in f"{options} {options!r}"
    with pytest.raises(ValidationError) as caught:
        Mastodon.Options(base_url="https://m.example", token="hush-hush")
    assert "hush" not in str(caught.value)


async def test_throttled_until_a_time_that_is_written_in_iso() -> None:
    until = (NOW + timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    spent = answer(
        429, b'{"error":"Too many requests"}', X_RateLimit_Remaining="0", X_RateLimit_Reset=until
    )
    async with local_site({TAG: spent}) as site:
        with pytest.raises(RateLimited) as caught:
            await heard(site, hashtags=("tents",))
    assert caught.value.retry_after == timedelta(minutes=3)


@pytest.mark.parametrize("body", [b"<html>", b'{"error":"Nope"}', b"null", b"7"])
async def test_what_is_no_answer_of_mastodon(body: bytes) -> None:
    async with local_site({TAG: answer(200, body)}) as site:
        with pytest.raises(ParseError, match="could not read"):
            await heard(site, hashtags=("tents",))


async def posts_of(site: Site, *statuses: Any) -> list[Post]:
    site.pages[TAG] = said(list(statuses))
    site.pages[f"{TAG}&max_id={min(int(one['id']) for one in statuses)}"] = said([])
    posts = found(await heard(site, hashtags=("tents",)))
    site.requests.clear()
    return posts


async def test_posts_are_looked_at_again_twenty_at_once() -> None:
    async with local_site() as site:
        posts = await posts_of(site, *(raw(id) for id in range(50, 25, -1)))
        pages = [list(range(50, 30, -1)), list(range(30, 25, -1))]
        for ids in pages:
            site.pages[parents(*ids)] = said([raw(id, favourites_count=9) for id in ids])
        second = await looked_again(site, *posts)
        assert site.paths == [parents(*ids) for ids in pages]
    assert {post.key for post in second.posts} == {post.key for post in posts}
    assert all(post.engagement and post.engagement.likes == 9 for post in second.posts)


async def test_what_is_missing_is_asked_for_alone() -> None:
    async with local_site() as site:
        posts = await posts_of(site, raw(9), raw(8), raw(7))
        elsewhere = Post(key=raw_key(6), item="else.example/6")
        site.pages |= {
            parents(9, 8, 7): said([raw(9, content="<p>Edited</p>")]),
            "/api/v1/statuses/8": error(404, "Record not found"),
            "/api/v1/statuses/7": said(raw(7, uri="https://other.example/another")),
        }
        second = await looked_again(site, *posts, elsewhere)
    assert [post.text for post in second.posts] == ["Edited"]
    assert second.gone == (raw_key(8),)


@pytest.mark.parametrize("status", [400, 404, 405])
async def test_an_old_instance_is_asked_one_by_one(status: int) -> None:
    async with local_site() as site:
        posts = await posts_of(site, raw(9), raw(8))
        site.pages[parents(9, 8)] = error(status, "Missing field: ids")
        site.pages["/api/v1/statuses/9"] = said(raw(9))
        second = await looked_again(site, *posts)
    assert [post.key for post in second.posts] == [raw_key(9)]
    assert second.gone == (raw_key(8),)


async def test_an_instance_that_closes_has_not_deleted_its_posts() -> None:
    async with local_site() as site:
        posts = await posts_of(site, raw(9))
        site.pages[parents(9)] = said([])
        site.pages["/api/v1/statuses/9"] = error(401, "This method requires an authenticated user")
        with pytest.raises(AccessDenied):
            await looked_again(site, *posts)


NAMES = st.sampled_from([*raw(1), "acct", "x"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.dictionaries(NAMES, JUNK, max_size=6), JUNK)
def test_whatever_a_status_says_is_read_or_counted(odd: dict[str, Any], junk: Any) -> None:
    statuses, unread = Instance("https://m.example").read([{**raw(7), **odd}, junk, raw(8)], NOW)
    assert statuses[-1].id == "8"
    assert len(statuses) + unread <= 3


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_a_broken_cursor_is_a_first_pass(walk: str, since: str) -> None:
    async def go() -> list[Batch]:
        async with local_site() as site:
            site.pages |= {TAG: said([raw(7)]), f"{TAG}&max_id=7": said([])}
            here = site.url("").removeprefix("http://")
            cursor = {"instance": here, "#tents": walk, "@": walk, "?x": since, "": since}
            return await heard(site, cursor, hashtags=("tents",))

    assert len(found(anyio.run(go))) == 1


REFUSALS = [
    error(429, "Too many requests"),
    error(503, "Service unavailable"),
    answer(429, b'{"error":"Too many requests"}', X_RateLimit_Remaining="0", Retry_After="60"),
]


def shown_as(item: Item) -> dict[str, Any]:
    at = f"{item.at:%Y-%m-%dT%H:%M:%S}.000Z"
    return raw(10**17 + item.number, created_at=at, content="<p>acme</p>")


@dataclass(slots=True)
class PlayedTimeline:
    """A hashtag's timeline; what the account does not want to see is missing from full pages."""

    size: int = 3
    lag: timedelta = timedelta(hours=1)
    refusals: Sequence[bytes] = field(default_factory=lambda: REFUSALS)

    def collector(self, url: str, tools: Tools) -> Mastodon:
        return Mastodon(Mastodon.Options(base_url=url, hashtags=("tents",), private=True), tools)

    def key(self, item: Item) -> str:
        return raw_key(10**17 + item.number)

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        assert question.path == "/api/v1/timelines/tag/tents"
        top = int(question.asked.get("max_id", 10**18))
        statuses = [shown_as(item) for item in shown]
        page = [one for one in statuses if int(one["id"]) < top][-self.size :]
        short = len(page) > 1 and int(page[-1]["id"]) % 5 == 0
        return said([*reversed(page)][: self.size - short])


@dataclass(slots=True)
class PlayedSearch:
    """A search that goes by when a post was written, and gives the newest arrivals first."""

    size: int = 3
    lag: timedelta = timedelta(hours=20)
    refusals: Sequence[bytes] = field(default_factory=lambda: REFUSALS)

    def collector(self, url: str, tools: Tools) -> Mastodon:
        options = Mastodon.Options(
            base_url=url, search=True, queries=("acme",), token="t", private=True
        )
        return Mastodon(options, tools)

    def key(self, item: Item) -> str:
        return raw_key(10**17 + item.number)

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        assert question.path == "/api/v2/search"
        since = (int(question.asked.get("min_id", 0)) >> 16) // 1000
        said_it = [item for item in shown if item.at.timestamp() > since]
        newest = sorted(said_it, key=lambda item: (item.seen, item.number), reverse=True)
        offset = int(question.asked["offset"])
        return hits(*map(shown_as, newest[offset : offset + self.size]))


SKEWS = st.sampled_from([-90, 0, 90])


def small(cursor: Mapping[str, str]) -> None:
    assert len(str(cursor)) < 400


@settings(max_examples=25, deadline=None)
@given(EVENTS, SKEWS)
def test_no_post_of_a_hashtag_is_lost_whatever_happens(events: list[Event], skew: int) -> None:
    played, late = PlayedTimeline(), timedelta(seconds=skew)
    anyio.run(lambda: survives(played, events, skew=late, check=small))


@settings(max_examples=25, deadline=None)
@given(EVENTS, SKEWS)
def test_no_hit_of_a_search_is_lost_whatever_happens(events: list[Event], skew: int) -> None:
    played, late = PlayedSearch(), timedelta(seconds=skew)
    with patch.object(mastodon_search, "_PAGE", played.size):
        anyio.run(lambda: survives(played, events, skew=late, check=small))
