from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import Node, parse
from listener.collect import stackexchange
from listener.collect.stackexchange import StackExchange
from listener.collect.stackexchange_api import Api, Refused
from listener.collect.stackexchange_posts import Found, Site, domain, read_hit
from listener.collect.tools import Tools
from listener.collect.walk import Reach
from listener.errors import FetchError, ParseError, QuotaSpent, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Post, PostKind, Second
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Answer, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = Watch().time
HOUR = timedelta(hours=1)
KEY = "s3cr3t-key(("
SITE = Site("stackoverflow")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def seconds(ago: timedelta = HOUR) -> int:
    return int((NOW - ago).timestamp())


def question(id: int, ago: timedelta = HOUR, **keys: object) -> dict[str, object]:
    return {
        "question_id": id,
        "title": "How do I dry a Quechua tent &#39;quickly&#39;?",
        "body": "<p>It is <b>wet</b> &amp; cold.</p>",
        "owner": {
            "user_id": 7,
            "display_name": "Ana &amp; co",
            "reputation": 4000,
            "link": "https://stackoverflow.com/users/7/ana",
        },
        "score": 3,
        "answer_count": 2,
        "view_count": 40,
        "creation_date": seconds(ago),
        "link": f"https://stackoverflow.com/questions/{id}/how-do-i",
        **keys,
    }


def answered(id: int, of: int, ago: timedelta = HOUR, **keys: object) -> dict[str, object]:
    return {
        "answer_id": id,
        "question_id": of,
        "body": "<p>Hang it up.</p>",
        "owner": {"display_name": "user123", "user_type": "does_not_exist"},
        "score": -2,
        "creation_date": seconds(ago),
        **keys,
    }


def comment(id: int, post: int, ago: timedelta = HOUR) -> dict[str, object]:
    return {
        "comment_id": id,
        "post_id": post,
        "body": "Or <i>iron</i> it",
        "owner": {"display_name": "Paul"},
        "score": 1,
        "creation_date": seconds(ago),
    }


# What they say


def test_a_question() -> None:
    (post,), skipped = SITE.posts("q", [question(12)], NOW)
    assert skipped == 0
    assert post == Post(
        key="stackexchange:stackoverflow:q12",
        item="stackoverflow:q12",
        kind=PostKind.DISCUSSION,
        url="https://stackoverflow.com/questions/12/how-do-i",
        title="How do I dry a Quechua tent 'quickly'?",
        text="It is wet & cold.",
        author=Author(name="Ana & co", url="https://stackoverflow.com/users/7/ana"),
        outlet="stackoverflow.com",
        published=NOW - HOUR,
        engagement=Engagement(likes=3, comments=2, views=40),
    )


def test_an_answer_knows_its_question() -> None:
    (post,), _ = SITE.posts("a", [answered(13, 12)], NOW)
    assert post == Post(
        key="stackexchange:stackoverflow:a13",
        item="stackoverflow:a13",
        kind=PostKind.DISCUSSION,
        url="https://stackoverflow.com/a/13",
        text="Hang it up.",
        author=Author(name="user123"),
        outlet="stackoverflow.com",
        published=NOW - HOUR,
        parent="stackexchange:stackoverflow:q12",
        root="stackexchange:stackoverflow:q12",
        engagement=None,  # a score below zero does not tell how many liked it
    )


@pytest.mark.parametrize(
    ("under", "parent", "root"),
    [
        (Found("12", "13"), "stackexchange:stackoverflow:a13", "stackexchange:stackoverflow:q12"),
        (Found("13"), "stackexchange:stackoverflow:q13", "stackexchange:stackoverflow:q13"),
        (Found("99"), None, None),
    ],
)
def test_a_comment(under: Found, parent: str | None, root: str | None) -> None:
    (post,), _ = SITE.comments([comment(5, 13)], [under], NOW)
    assert (post.key, post.title, post.text) == (
        "stackexchange:stackoverflow:c5",
        None,
        "Or iron it",
    )
    assert post.url == "https://stackoverflow.com/q/13#comment5_13"
    assert (post.parent, post.root) == (parent, root)
    assert post.engagement == Engagement(likes=1)


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("stackoverflow", "stackoverflow.com"),
        ("pt.stackoverflow", "pt.stackoverflow.com"),
        ("meta.superuser", "meta.superuser.com"),
        ("unix", "unix.stackexchange.com"),
        ("unix.meta", "unix.meta.stackexchange.com"),
        ("mathoverflow.net", "mathoverflow.net"),
    ],
)
def test_domains(site: str, address: str) -> None:
    assert domain(site) == address


@pytest.mark.parametrize(
    ("site", "language"),
    [("pt.stackoverflow", "pt"), ("ja.meta.stackoverflow", "ja"), ("stackoverflow", None)],
)
def test_a_site_s_language(site: str, language: str | None) -> None:
    assert Site(site).posts("q", [question(1)], NOW)[0][0].language == language


def test_what_is_not_known_is_none() -> None:
    (post,), _ = SITE.posts("q", [{"question_id": 3}], NOW)
    assert (post.author, post.published, post.engagement, post.title) == (None, None, None, None)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)
KEYS = st.sampled_from([*question(1), *answered(1, 2), *comment(1, 2), "item_type"])
RAW = st.lists(ANY | st.dictionaries(KEYS, ANY | st.integers(1, 2**31)))


@settings(max_examples=50, deadline=None)
@given(RAW)
def test_any_items_give_posts(raw: list[object]) -> None:
    for posts, skipped in (
        SITE.posts("q", raw, NOW),
        SITE.posts("a", raw, NOW),
        SITE.comments(raw, (), NOW),
    ):
        assert len(posts) + skipped == len(raw)
    for hit in filter(None, (read_hit(one, NOW) for one in raw)):
        assert Found.read(str(hit.found)) == hit.found


# The API played on this machine


class Pages(dict[str, bytes | Answer]):
    """Answers whatever is asked."""

    def __init__(self, answered: Callable[[str], bytes]) -> None:
        super().__init__()
        self.answered = answered

    def get(self, path: str, default: object = None) -> bytes:
        return self.answered(path)


class Played:
    """Sites with posts; `says` is added to every answer. `asked` keeps paths and parameters."""

    def __init__(self, *posts: Mapping[str, object], page: int = 100, strict: bool = False) -> None:
        self.posts = list(posts)
        self.page = page
        self.strict = strict  # `todate` itself is not given
        self.says: dict[str, object] = {"quota_max": 300, "quota_remaining": 250}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.faults: list[bytes] = []

    def answer(self, path: str) -> bytes:
        parts = urlsplit(path)
        return self.serve(parts.path, dict(parse_qsl(parts.query)))

    def serve(self, path: str, asked: dict[str, str]) -> bytes:
        self.asked.append((path, asked))
        if self.faults:
            return self.faults.pop(0)
        _, name, *rest = path.split("/")
        if name == "search":
            assert rest == ["excerpts"]
            found = [self.hit(post) for post in self.posts if "comment_id" not in post]
        elif rest[1:] == ["comments"]:
            under = rest[0].split(";")
            found = [p for p in self.posts if "comment_id" in p and str(p["post_id"]) in under]
        else:
            id = {"questions": "question_id", "answers": "answer_id", "comments": "comment_id"}[
                name
            ]
            own = [p for p in self.posts if name != "questions" or "answer_id" not in p]
            found = [post for post in own if str(post.get(id)) in rest[0].split(";")]
        return self.paged(found, asked)

    def hit(self, post: Mapping[str, object]) -> Mapping[str, object]:
        kind = "answer" if "answer_id" in post else "question"
        kept = ("question_id", "answer_id", "creation_date", "score")
        return {"item_type": kind, "excerpt": "..."} | {k: post[k] for k in kept if k in post}

    def paged(self, found: list[Mapping[str, Any]], asked: Mapping[str, str]) -> bytes:
        size, page = min(int(asked["pagesize"]), self.page), int(asked.get("page", "1"))
        until = int(asked.get("todate", "99999999999")) - self.strict
        since = int(asked.get("fromdate", "0"))
        found = [item for item in found if since <= item["creation_date"] <= until]
        if "sort" in asked:
            found.sort(key=lambda item: item["creation_date"], reverse=True)
        else:
            size = 100
        shown = found[(page - 1) * size : page * size]
        body = {"items": shown, "has_more": page * size < len(found), **self.says}
        return answer(200, json.dumps(body).encode(), Content_Type="application/json")


async def passes(
    played: Played,
    *,
    cursor: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    brands: Mapping[str, Node] | None = None,
    **options: Any,
) -> list[Batch]:
    watch = watch or Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        tools = Tools(fetcher=fetcher, clock=watch, queries=brands or {})
        told = {"queries": () if brands else ("tent",), **options}
        chosen = StackExchange.Options(base_url=site.url(""), private=True, **told)
        return [batch async for batch in StackExchange(chosen, tools).collect(cursor or {})]


async def looked(played: Played, *posts: Post) -> list[Second]:
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        chosen = StackExchange.Options(base_url=site.url(""), private=True)
        collector = StackExchange(chosen, Tools(fetcher=fetcher, clock=watch))
        return [second async for second in collector.refresh(posts)]


def items(batches: Sequence[Batch]) -> list[str]:
    return [post.item for batch in batches for post in batch.posts]


# What is asked for


async def test_hits_are_asked_for_whole() -> None:
    played = Played(question(12), answered(13, 12), question(20))
    (batch,) = await passes(played)
    assert items([batch]) == ["stackoverflow:q12", "stackoverflow:q20", "stackoverflow:a13"]
    assert batch.posts[0].text == "It is wet & cold."
    paths = [path for path, _ in played.asked]
    assert paths == ["/search/excerpts", "/questions/12;20", "/answers/13"]
    searched = played.asked[0][1]
    assert searched == {
        "q": '"tent"',
        "sort": "creation",
        "order": "desc",
        "fromdate": str(seconds(timedelta(days=7))),
        "pagesize": "100",
        "page": "1",
        "site": "stackoverflow",
        "filter": "withbody",
    }


async def test_what_was_given_costs_nothing_again() -> None:
    played = Played(question(12), answered(13, 12))
    first = await passes(played)
    played.asked.clear()
    assert items(await passes(played, cursor=first[-1].cursor)) == []
    assert [path for path, _ in played.asked] == ["/search/excerpts"]


async def test_a_hit_without_its_post_is_asked_for_again() -> None:
    """The index and what it points to are not renewed at the same moment."""
    played = Played(question(12))
    whole = played.posts.pop()
    played.faults = [played.paged([played.hit(whole)], {"pagesize": "100"})]
    first = await passes(played)
    assert items(first) == []
    played.posts.append(whole)
    assert items(await passes(played, cursor=first[-1].cursor)) == ["stackoverflow:q12"]


async def test_each_phrase_at_each_site() -> None:
    brands = {"D": parse('decathlon OR "wet tent" NOT sale'), "Q": parse("quechua AND tent")}
    played = Played()
    await passes(played, brands=brands, sites=("unix", "superuser"))
    assert sorted((asked["site"], asked["q"]) for _, asked in played.asked) == sorted(
        (site, q)
        for site in ("unix", "superuser")
        for q in ('"decathlon"', '"wet tent"', '"quechua"')
    )


async def test_nothing_to_search_for_needs_a_person() -> None:
    with pytest.raises(SourceError, match="nothing to search for") as raised:
        await passes(Played(), queries=())
    assert raised.value.needs_person


async def test_comments_below_what_was_found() -> None:
    played = Played(question(12), answered(13, 12), comment(5, 13), comment(6, 12), comment(7, 99))
    batches = await passes(played, comments=True)
    assert items(batches)[2:] == ["stackoverflow:c5", "stackoverflow:c6"]
    assert played.asked[-1][0] == "/posts/12;13/comments"
    assert batches[-1].posts[0].root == "stackexchange:stackoverflow:q12"
    played.posts.append(comment(8, 12, timedelta(0)))
    played.asked.clear()
    later = await passes(played, comments=True, cursor=batches[-1].cursor)
    assert "stackoverflow:c8" in items(later)
    assert len(played.asked) == 2


async def test_other_searches_find_other_posts_with_comments_of_their_own() -> None:
    day = timedelta(days=1)
    old = (question(12, 5 * day), comment(5, 12, 4 * day))
    first = await passes(Played(), comments=True)
    first += await passes(Played(question(9), comment(4, 9)), comments=True,
                          cursor=first[-1].cursor)  # fmt: skip
    later = await passes(
        Played(*old), comments=True, queries=("tent", "stove"), cursor=first[-1].cursor
    )
    assert items(later) == ["stackoverflow:q12", "stackoverflow:c5"]


async def test_an_empty_page_need_not_be_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stackexchange, "REACH", Reach(page=1, hits=2500))
    played = Played(question(12), question(13, timedelta(hours=2)), page=1)
    more = {"items": [], "has_more": True}
    played.faults = [answer(200, json.dumps(more).encode())]
    assert items(await passes(played)) == ["stackoverflow:q13"]  # hidden: page one
    assert [asked.get("page") for _, asked in played.asked][:2] == ["1", "2"]


async def test_nothing_shown_again_and_again_is_an_error() -> None:
    played = Played()
    more = answer(200, json.dumps({"items": [], "has_more": True}).encode())
    played.faults = [more] * 100
    with pytest.raises(ParseError, match="says that there is more, and shows nothing"):
        await passes(played)
    assert len(played.asked) == 25


@pytest.mark.parametrize("strict", [False, True], ids=["with todate", "up to todate"])
async def test_a_busy_week_is_read_page_by_page(
    strict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stackexchange, "REACH", Reach(page=4, hits=2500))
    posts = [question(n, timedelta(seconds=n // 10)) for n in range(1, 40)]
    batches = await passes(Played(*posts, page=4, strict=strict))
    assert sorted(items(batches)) == sorted(f"stackoverflow:q{n}" for n in range(1, 40))


# The quota


async def test_what_is_left_of_the_quota_is_spread_over_the_day() -> None:
    played = Played(question(12))
    played.says = {"quota_max": 300, "quota_remaining": 100}
    (batch,) = await passes(played)
    assert batch.wait is not None
    assert batch.wait.total_seconds() == pytest.approx(12 * 3600 * 2 / 72)  # two requests at noon
    played.says = {"quota_max": 10_000, "quota_remaining": 9_000}
    (batch,) = await passes(played)
    assert batch.wait is not None
    assert batch.wait < timedelta(seconds=15)


async def test_a_spent_quota_is_left_alone_until_midnight() -> None:
    played = Played()
    played.says = {"quota_max": 300, "quota_remaining": 0}
    watch = Watch()
    with pytest.raises(QuotaSpent) as raised:
        await passes(played, queries=("tent", "shoe"), watch=watch)
    assert raised.value.retry_after == timedelta(hours=12)
    assert len(played.asked) == 1


async def test_backoff_is_waited_out() -> None:
    played = Played(question(12))
    played.says = {"backoff": 10, "quota_remaining": 250}
    watch = Watch()
    assert items(await passes(played, watch=watch)) == ["stackoverflow:q12"]
    assert watch.time - NOW == timedelta(seconds=10)


async def test_the_key_is_sent_and_never_told(caplog: pytest.LogCaptureFixture) -> None:
    played = Played(question(12))
    await passes(played, key=KEY)
    assert {asked["key"] for _, asked in played.asked} == {KEY}
    options = StackExchange.Options(key=KEY)
    refused = {"error_id": 400, "error_name": "bad_parameter", "error_message": "`key` is unknown"}
    played.faults = [answer(400, json.dumps(refused).encode())]
    with pytest.raises(SourceError) as raised:
        await passes(played, key=KEY)
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        tools = Tools(fetcher=fetcher, clock=Watch())
        api = Api("https://x.example", options.key, tools, private=False)
    assert raised.value.needs_person
    assert "`key` is unknown" in str(raised.value)
    told = f"{raised.value} {raised.value!r} {options} {options!r} {api._budget} {caplog.text}"
    assert "s3cr3t" not in told


@pytest.mark.parametrize(
    ("number", "words", "error"),
    [
        (502, "Violation of backoff parameter", RateLimited),
        (502, "too many requests from this IP, more requests available in 30 seconds", RateLimited),
        (500, "An unexpected error occurred", FetchError),
        (503, "the API is down for maintenance", FetchError),
        (400, "no site found for name `x`", Refused),
        (None, "something else", Refused),
    ],
)
async def test_what_is_wrong_is_told_by_a_number(
    number: int | None, words: str, error: type[SourceError]
) -> None:
    played = Played()
    body = {"error_id": number, "error_name": "x", "error_message": words}
    played.faults = [answer(400, json.dumps(body).encode())]
    with pytest.raises(SourceError) as raised:
        await passes(played)
    assert type(raised.value) is error
    assert raised.value.needs_person == (error is Refused)


@pytest.mark.parametrize("status", [400, 502, 503])
async def test_a_throttle_has_many_a_status(status: int) -> None:
    played, watch = Played(), Watch()
    words = "too many requests from this IP, more requests available in 67194 seconds"
    body = {"error_id": 502, "error_name": "throttle_violation", "error_message": words}
    played.faults = [answer(status, json.dumps(body).encode())]
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Pages(played.answer)
        options = StackExchange.Options(base_url=site.url(""), queries=("tent",), private=True)
        exchange = StackExchange(options, Tools(fetcher=fetcher, clock=watch))
        for _ in range(2):
            with pytest.raises(RateLimited) as raised:
                [batch async for batch in exchange.collect({})]
            assert raised.value.retry_after == timedelta(seconds=67194)
    assert len(played.asked) == 1


async def test_a_site_that_is_refused_stops_no_other() -> None:
    played, watch = Played(question(12)), Watch()
    refused = {"error_id": 400, "error_message": "no site found for name `closed`"}
    played.faults = [answer(400, json.dumps(refused).encode())]
    given: list[str] = []
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        options = StackExchange.Options(
            base_url=site.url(""), sites=("closed", "unix"), queries=("tent",), private=True
        )
        exchange = StackExchange(options, Tools(fetcher=fetcher, clock=watch))

        async def hear() -> None:
            async for batch in exchange.collect({}):
                given.extend(items([batch]))

        with pytest.raises(Refused, match="no site found"):
            await hear()
    assert given == ["unix:q12"]


# What is no answer


@pytest.mark.parametrize(
    "body", [b"<html></html>", b"[]", b"{}", b'{"items": {}}', b'{"error_id": 1}', b"\xff"]
)
async def test_what_is_no_answer(body: bytes) -> None:
    played = Played()
    played.faults = [answer(200, body)]
    with pytest.raises(ParseError, match="could not read"):
        await passes(played)


@pytest.mark.parametrize(
    "options", [{"sites": []}, {"sites": ["a b"]}, {"queries": ["**"]}, {"tags": ["x"]}]
)
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StackExchange.Options.model_validate(options)


@given(st.dictionaries(st.text(), st.text()) | st.just({"stackoverflow found": "q1 a2 a3:4 x"}))
@settings(max_examples=10, deadline=None)
async def test_any_cursor_is_resumed_or_begun_anew(cursor: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        assert items(await passes(Played(question(12)), cursor=cursor)) == ["stackoverflow:q12"]


async def test_what_belongs_to_other_options_is_forgotten() -> None:
    first = await passes(Played(question(12)), sites=("unix", "superuser"))
    later = await passes(Played(question(12)), cursor=first[-1].cursor, sites=("unix",))
    assert set(later[-1].cursor) < set(first[-1].cursor)


# Second looks


async def test_a_second_look() -> None:
    played = Played(question(12), answered(13, 12), question(20), comment(5, 13))
    batches = await passes(played, comments=True)
    posts = [post for batch in batches for post in batch.posts]
    played.posts[0] = question(12, body="<p>It is dry.</p>", score=9)
    del played.posts[2]
    played.asked.clear()
    seconds = await looked(played, *posts)
    found = {post.item: post for second in seconds for post in second.posts}
    assert found["stackoverflow:q12"].text == "It is dry."
    assert found["stackoverflow:q12"].engagement == Engagement(likes=9, comments=2, views=40)
    comments = {post.item: post for post in posts}
    assert found["stackoverflow:c5"] == comments["stackoverflow:c5"]
    assert [key for second in seconds for key in second.gone] == ["stackexchange:stackoverflow:q20"]
    assert [path for path, _ in played.asked] == ["/questions/12;20", "/answers/13", "/comments/5"]


@pytest.mark.parametrize(("left", "looks"), [(80, 1), (60, 0)])
async def test_second_looks_leave_what_is_scarce_to_new_posts(left: int, looks: int) -> None:
    """At noon 145 of the day's 290 requests would be left, if all hours took the same."""
    played, watch = Played(question(12)), Watch()
    played.says = {"quota_max": 300, "quota_remaining": left}
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Pages(played.answer)
        chosen = StackExchange.Options(base_url=site.url(""), private=True, queries=("tent",))
        collector = StackExchange(chosen, Tools(fetcher=fetcher, clock=watch))
        posts = [post async for batch in collector.collect({}) for post in batch.posts]
        played.asked.clear()
        with nullcontext() if looks else pytest.raises(QuotaSpent, match="kept for new posts"):
            assert [second async for second in collector.refresh(posts)]
    assert len(played.asked) == looks


async def test_a_hundred_at_once() -> None:
    posts = [Post(key=str(n), item=f"unix:q{n}") for n in range(1, 151)]
    played = Played(*(question(n) for n in range(1, 151)))
    seconds = await looked(played, *posts)
    assert [len(second.posts) for second in seconds] == [100, 50]
    assert {asked["site"] for _, asked in played.asked} == {"unix"}


# Nothing is lost


class Sites:
    """Questions and answers in turn, eight of them on a page."""

    refusals: Sequence[bytes] = (
        answer(
            400,
            b'{"error_id": 502, "error_name": "throttle_violation", "error_message":'
            b' "too many requests from this IP, more requests available in 90 seconds"}',
        ),
        answer(500, b'{"error_id": 500, "error_name": "internal_error"}'),
    )
    lag = timedelta(minutes=10)

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict

    def collector(self, url: str, tools: Tools) -> StackExchange:
        key: Any = KEY
        options = StackExchange.Options(base_url=url, private=True, key=key, queries=("tent",))
        return StackExchange(options, tools)

    def key(self, item: Item) -> str:
        return f"stackexchange:stackoverflow:{'a' if item.number % 2 else 'q'}{item.number}"

    def answer(self, question_: Question, shown: Sequence[Item], now: Any) -> bytes:
        played = Played(page=8, strict=self.strict)
        played.says = {"quota_remaining": 9_000}
        for item in shown:
            at: dict[str, Any] = {"creation_date": int(item.at.timestamp())}
            odd = item.number % 2
            played.posts.append(
                answered(item.number, 5, **at) if odd else question(item.number, **at)
            )
        return played.serve(question_.path, dict(question_.asked))


def small(cursor: Mapping[str, str]) -> None:
    assert len(str(cursor)) < 4000


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]), st.booleans())
async def test_nothing_is_lost_nor_told_twice(events: list[Event], skew: int, strict: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stackexchange, "REACH", Reach(page=8, hits=2500))
        await survives(Sites(strict=strict), events, skew=timedelta(seconds=skew), check=small)
