from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.pushdown import push_down
from listener.analysis.query import Node, parse
from listener.collect import lemmy, lemmy_walk
from listener.collect.lemmy import DIALECT, Lemmy
from listener.collect.lemmy_api import Api, NotThere
from listener.collect.lemmy_posts import Reader
from listener.collect.lemmy_walk import Row, Walk
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Post, PostKind
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Answer, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = Watch().time
HOUR = timedelta(hours=1)
PERSON = {"name": "ana", "display_name": "Ana <3", "actor_id": "https://other.example/u/ana"}
COMMUNITY = {"name": "tech", "title": "Technology", "actor_id": "https://here.example/c/tech"}
LANGUAGES = [
    {"id": 0, "code": "und", "name": "Undetermined"},
    {"id": 37, "code": "en", "name": "English"},
    {"id": 40, "code": "fil", "name": "Filipino"},
]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def stamp(ago: timedelta, zone: str = "Z") -> str:
    return (NOW - ago).strftime("%Y-%m-%dT%H:%M:%S.123456") + zone


def a_post(id: int, ago: timedelta = HOUR, **keys: object) -> dict[str, Any]:
    """Return a view of a post, as 0.19 gives it."""
    post = {
        "id": id,
        "name": "A tent & a <b>",
        "body": "It is **wet**.",
        "url": "https://shop.example/tent",
        "published": stamp(ago),
        "ap_id": f"https://other.example/post/{id}",
        "language_id": 37,
        "removed": False,
        "deleted": False,
        "featured_local": False,
        "featured_community": False,
        **keys,
    }
    counts = {"comments": 4, "score": 1, "upvotes": 3, "downvotes": 2}
    return {"post": post, "creator": PERSON, "community": COMMUNITY, "counts": counts}


def a_comment(id: int, ago: timedelta = HOUR, *, path: str = "", **keys: object) -> dict[str, Any]:
    """Return a view of a comment below post 1, as 0.19 gives it."""
    comment = {
        "id": id,
        "content": "My tent too",
        "path": path or f"0.{id}",
        "published": stamp(ago),
        "ap_id": f"https://far.example/comment/{id}",
        "language_id": 0,
        "removed": False,
        "deleted": False,
        **keys,
    }
    counts = {"child_count": 2, "score": -4, "upvotes": 0, "downvotes": 4}
    above = a_post(1)["post"]
    return {
        "comment": comment, "post": above, "creator": PERSON, "community": COMMUNITY,
        "counts": counts,
    }  # fmt: skip


def renamed(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return a view of 0.19 as 1.0 gives it."""
    kind = "comment" if "comment" in view else "post"
    new = {key: dict(value) for key, value in view.items() if key != "counts"}
    for key in {kind, "post"}:
        new[key]["published_at"] = new[key].pop("published", None)
    for key in ("creator", "community"):
        new[key]["ap_id"] = new[key].pop("actor_id")
    new[kind] |= view["counts"]
    return new | {"type_": kind}


# What they say


def reader() -> Reader:
    made = Reader()
    made.languages = {37: "en", 40: "fil"}
    return made


@pytest.mark.parametrize("form", [dict, renamed], ids=["v3", "v4"])
def test_a_post(form: Callable[[Any], Any]) -> None:
    (post,), (row,), skipped = reader().read([form(a_post(7))], NOW)
    assert (skipped, row.pinned, row.at) == (0, False, int((NOW - HOUR).timestamp()))
    assert post == Post(
        key="lemmy:https://other.example/post/7",
        item="https://other.example/post/7",
        kind=PostKind.DISCUSSION,
        url="https://other.example/post/7",
        title="A tent & a <b>",
        text="It is **wet**.\nhttps://shop.example/tent",
        author=Author(name="Ana <3", handle="ana@other.example", url="https://other.example/u/ana"),
        outlet="!tech@here.example",
        published=NOW - HOUR + timedelta(microseconds=123456),
        language="en",
        engagement=Engagement(likes=3, comments=4),
    )


@pytest.mark.parametrize("form", [dict, renamed], ids=["v3", "v4"])
def test_a_comment(form: Callable[[Any], Any]) -> None:
    (post,), _, _ = reader().read([form(a_comment(8))], NOW)
    assert (post.title, post.text, post.language) == (None, "My tent too", None)
    assert post.key == "lemmy:https://far.example/comment/8"
    assert post.parent == post.root == "lemmy:https://other.example/post/1"
    assert post.engagement == Engagement(likes=0, comments=2)


def test_what_a_comment_answers_is_known_only_if_it_was_read() -> None:
    """Paths hold numbers of the instance; what these are called elsewhere they do not say."""
    here = reader()
    (early,), _, _ = here.read([a_comment(9, path="0.8.9")], NOW)
    assert (early.parent, early.root) == (None, "lemmy:https://other.example/post/1")
    posts, _, _ = here.read([a_comment(9, path="0.8.9"), a_comment(8)], NOW)
    assert posts[0].parent == "lemmy:https://far.example/comment/8"


def test_what_was_taken_back_is_not_read() -> None:
    views = [a_post(1, deleted=True), a_post(2, removed=True), a_comment(3, deleted=True)]
    posts, rows, skipped = reader().read(views, NOW)
    assert (posts, len(rows), skipped) == ((), 3, 0)


def test_times_without_a_zone_are_utc() -> None:
    (post,), _, _ = reader().read([a_post(1, published=stamp(HOUR, zone=""))], NOW)
    assert post.published == NOW - HOUR + timedelta(microseconds=123456)


def test_a_score_below_zero_is_no_number_of_likes() -> None:
    view = a_comment(1)
    del view["counts"]["upvotes"]
    (post,), _, _ = reader().read([view], NOW)
    assert post.engagement == Engagement(likes=None, comments=2)


def test_what_is_not_known_is_none() -> None:
    (post,), _, _ = reader().read([{"post": {"ap_id": "https://other.example/post/1"}}], NOW)
    known = (post.author, post.published, post.engagement, post.title, post.outlet, post.language)
    assert known == (None,) * 6


@pytest.mark.parametrize(("id", "code"), [(37, "en"), (40, None), (99, None), ("37", None)])
def test_languages(id: object, code: str | None) -> None:
    assert reader().read([a_post(1, language_id=id)], NOW).posts[0].language == code


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)
KEYS = st.sampled_from([*a_post(1)["post"], *a_comment(1)["comment"], "published_at"])
THING = ANY | st.dictionaries(KEYS, ANY | st.just("https://a.example/1"))
VIEW = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("post", "comment", "creator", "community", "counts"), THING)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY | VIEW))
def test_any_views_give_posts(raw: list[object]) -> None:
    posts, rows, skipped = reader().read(raw, NOW)
    assert len(rows) == len(raw)
    assert len(posts) + skipped <= len(raw)


# What is asked for


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ('decathlon OR "wet tent" NOT sale', {"decathlon", "wet tent"}),
        ("quechua AND tent", {"quechua"}),
        ('"l\'oréal" OR c++', {"l oréal", "l oreal", "c"}),
        ("decath*", {"decath"}),
        ("#tent OR @ana", {"tent", "ana"}),
        ('"AT&T mobile"', {"AT T mobile"}),
    ],
)
def test_what_is_pushed_down(query: str, asked: set[str]) -> None:
    assert set(push_down([parse(query)], DIALECT).searches) == asked


# An instance played on this machine


class Pages(dict[str, bytes | Answer]):
    """Answers whatever is asked."""

    def __init__(self, answered: Callable[[str], bytes]) -> None:
        super().__init__()
        self.answered = answered

    def get(self, path: str, default: object = None) -> bytes:
        return self.answered(path)


class Played:
    """An instance with posts and comments, in the order in which it got them.

    apis  which it speaks
    """

    def __init__(self, *views: dict[str, Any], apis: Sequence[str] = ("v3",)) -> None:
        self.views = list(views)
        self.apis = apis
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.faults: list[bytes] = []
        self.says: dict[str, Any] = {}

    def answer(self, path: str) -> bytes:
        parts = urlsplit(path)
        return self.serve(parts.path, dict(parse_qsl(parts.query)))

    def serve(self, path: str, asked: dict[str, str]) -> bytes:
        self.asked.append((path, asked))
        _, _, api, name = path.split("/", 3)
        if api not in self.apis:
            return answer(404)
        if name == "site":
            version = "1.0.0" if "v4" in self.apis else "0.19.5"
            told = {"site_view": {}, "version": version, "all_languages": LANGUAGES}
            return said(told | self.says)
        if self.faults:
            return self.faults.pop(0)
        return self.fourth(name, asked) if api == "v4" else self.third(name, asked)

    def third(self, name: str, asked: Mapping[str, str]) -> bytes:
        assert asked["sort"] == "New"
        found = self.found(name, asked, asked["type_"])
        start = int(asked["limit"]) * (int(asked["page"]) - 1)
        shown = found[start : start + int(asked["limit"])]
        return said({kind: [v for v in shown if kind[:-1] == of(v)] for kind in KINDS})

    def fourth(self, name: str, asked: Mapping[str, str]) -> bytes:
        assert asked["sort"] == "new"
        found = self.found(name, asked, asked["type_"].capitalize())
        start = 0
        if "page_cursor" in asked:
            ids = [key_of(view) for view in found]
            if asked["page_cursor"] not in ids:
                return said({"error": "couldnt_parse_pagination_token"}, 400)
            start = ids.index(asked["page_cursor"]) + 1
        shown = found[start : start + int(asked["limit"])]
        more = {"next_page": key_of(shown[-1])} if len(shown) == int(asked["limit"]) else {}
        return said({"search": [renamed(view) for view in shown], **more})

    def found(self, name: str, asked: Mapping[str, str], type: str) -> list[dict[str, Any]]:
        wanted = name.removesuffix("/list") if name != "search" else type.lower()[:-1]
        views = [view for view in reversed(self.views) if of(view) == wanted]
        if "q" in asked:
            views = [view for view in views if asked["q"].lower() in json.dumps(view).lower()]
        views.sort(key=lambda view: str(view[of(view)]["published"]), reverse=True)
        return sorted(views, key=lambda view: not view[of(view)].get("featured_local"))


KINDS = ("posts", "comments")


def of(view: Mapping[str, Any]) -> str:
    return "comment" if "comment" in view else "post"


def key_of(view: Mapping[str, Any]) -> str:
    return f"{of(view)[0]}{view[of(view)]['id']:x}"


def said(body: object, status: int = 200) -> bytes:
    return answer(status, json.dumps(body).encode(), Content_Type="application/json")


async def passes(
    played: Played,
    *,
    cursor: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    brands: Mapping[str, Node] | None = None,
    times: int = 1,
    **options: Any,
) -> list[Batch]:
    watch = watch or Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        tools = Tools(fetcher=fetcher, clock=watch, queries=brands or {})
        told = {"queries": () if brands else ("tent",), **options}
        chosen = Lemmy.Options(base_url=site.url(""), private=True, **told)
        collector = Lemmy(chosen, tools)
        kept: Mapping[str, str] = {**(cursor or {})}
        if kept:
            kept = {**kept, "instance": f"127.0.0.1:{site.port}"}
        found = []
        for _ in range(times):
            found += [batch async for batch in collector.collect(kept)]
            kept = found[-1].cursor if found else kept
        return found


def items(batches: Sequence[Batch]) -> list[str]:
    return [post.item.rpartition("/")[2] for batch in batches for post in batch.posts]


async def test_both_are_searched_for_what_the_brands_look_for() -> None:
    played = Played(a_post(1), a_comment(2), a_post(3, name="Else", body="", url=""))
    brands = {"T": parse("tent"), "Q": parse('"quechua shoe"')}
    assert items(await passes(played, brands=brands)) == ["1", "2"]
    (path, site), *asked = played.asked
    assert (path, site) == ("/api/v3/site", {})
    common = {"sort": "New", "listing_type": "All", "limit": "50", "page": "1"}
    assert asked == [
        ("/api/v3/search", {"q": words, "type_": what, **common})
        for words in ("tent", "quechua shoe")
        for what in ("Posts", "Comments")
    ]


async def test_a_newer_instance() -> None:
    played = Played(a_post(1), a_comment(2), apis=("v4",))
    batches = await passes(played, times=2)
    assert items(batches) == ["1", "2", "1", "2"]
    assert batches[0].posts[0].language == "en"
    assert [path for path, _ in played.asked[:3]] == [
        "/api/v3/site",
        "/api/v4/site",
        "/api/v4/search",
    ]
    asked = played.asked[2][1]
    assert asked == {
        "q": "tent", "search_term": "tent", "type_": "posts", "listing_type": "all",
        "sort": "new", "limit": "50",
    }  # fmt: skip
    assert len(played.asked) == 2 + 2 * 2


async def test_an_instance_that_speaks_both_is_asked_as_the_newer_one() -> None:
    played = Played(a_post(1), apis=("v3", "v4"))
    assert items(await passes(played, what=("posts",))) == ["1"]
    assert played.asked[-1][0] == "/api/v4/search"


async def test_an_upgrade_is_noticed() -> None:
    played = Played(a_post(1))
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        options = Lemmy.Options(base_url=site.url(""), private=True, queries=("tent",))
        collector = Lemmy(options, Tools(fetcher=fetcher, clock=watch))
        first = [batch async for batch in collector.collect({})]
        played.apis = ("v4",)
        played.views.append(a_post(2, timedelta(0)))
        with pytest.raises(FetchError):
            [batch async for batch in collector.collect(first[-1].cursor)]
        later = [batch async for batch in collector.collect(first[-1].cursor)]
    assert items(later) == ["2", "1"]


async def test_parts_of_words_are_not_kept() -> None:
    """ILIKE finds them; the brand did not ask for them."""
    played = Played(a_post(1), a_post(2, name="Potential", body="", url=""))
    assert items(await passes(played, queries=("tent",))) == ["1"]


async def test_what_is_known_only_later_leaves_no_hit_out() -> None:
    """The source's name, and the language of a post that declares none."""
    played = Played(a_post(1, language_id=0))
    brands = {"T": parse('tent lang:fr source:"Lemmy, here"')}
    assert items(await passes(played, brands=brands)) == ["1"]


async def test_a_query_that_wants_more_reads_again_what_the_other_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages(monkeypatch)
    left_out = a_post(99, timedelta(hours=70), name="A tent, leaking", body="", url="")
    played = Played(*(a_post(n, timedelta(hours=60 - n)) for n in range(1, 61)), left_out)
    first = await passes(played, brands={"T": parse("tent* -leak*")}, what=("posts",))
    brands = {"T": parse("tent*")}
    later = await passes(played, cursor=first[-1].cursor, brands=brands, what=("posts",))
    assert "99" not in items(first)
    assert "99" in items(later)


async def test_communities_are_read_whole() -> None:
    played = Played(a_post(1, name="Else", body="", url=""), a_comment(2, content="so"))
    batches = await passes(played, queries=(), communities=("!tech@here.example",))
    assert items(batches) == ["1", "2"]
    assert [path for path, _ in played.asked[1:]] == ["/api/v3/post/list", "/api/v3/comment/list"]
    assert {asked["community_name"] for _, asked in played.asked[1:]} == {"tech@here.example"}
    played.asked.clear()
    both = await passes(played, queries=("tent",), communities=("tech",), what=("comments",))
    assert items(both) == ["2"]
    assert [path for path, _ in played.asked[1:]] == ["/api/v3/search", "/api/v3/comment/list"]


async def test_the_instance_s_own_limit_is_kept() -> None:
    played = Played(a_post(1))
    limits = {"search": 4, "search_per_second": 600}
    played.says = {"site_view": {"local_site_rate_limit": limits}}
    watch = Watch()
    await passes(played, watch=watch, times=2, what=("posts",))
    assert watch.time == NOW
    await passes(played, watch=watch, times=4, what=("posts",))
    assert watch.time - NOW == timedelta(minutes=10)


# Its way back


def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lemmy_walk, "MOST", 12)
    monkeypatch.setattr(lemmy, "MOST", 12)
    monkeypatch.setattr(lemmy_walk, "AGAIN", 1)


def test_each_page_brings_rows_that_were_not_read() -> None:
    for read in range(50, 5_000):
        limit, page = Walk(since=0, newest=0, read=read).window()
        assert limit <= 50
        assert limit * (page - 1) <= read - 5
        assert limit * page >= read + 25


@pytest.mark.parametrize("api", ["v3", "v4"])
async def test_a_busy_week_is_read_page_by_page(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages(monkeypatch)
    posts = [a_post(n, timedelta(seconds=100 - n // 10)) for n in range(1, 60)]
    batches = await passes(Played(*posts, apis=(api,)), what=("posts",))
    assert sorted(items(batches), key=int) == [str(n) for n in range(1, 60)]
    assert all(len(text) < 90 for text in batches[-1].cursor.values())


async def test_what_is_pinned_does_not_end_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    pages(monkeypatch)
    posts = [a_post(n, timedelta(minutes=100 - n)) for n in range(1, 31)]
    old = a_post(99, timedelta(days=300), featured_local=True)
    batches = await passes(Played(*posts, old), what=("posts",))
    assert {*items(batches)} == {*map(str, range(1, 31)), "99"}


async def test_a_second_pass_goes_back_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    pages(monkeypatch)
    played = Played(*(a_post(n, timedelta(hours=60 - n)) for n in range(1, 61)))
    first = await passes(played, what=("posts",))
    played.asked.clear()
    later = await passes(played, what=("posts",), cursor=first[-1].cursor)
    assert {*map(int, items(later))} >= set(range(37, 61))
    assert min(map(int, items(later))) > 20


async def test_what_cannot_be_caught_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pages(monkeypatch)
    monkeypatch.setattr(lemmy_walk, "PAGES", 3)
    played = Played(*(a_post(n, timedelta(minutes=60 - n)) for n in range(1, 60)))
    batches = await passes(played, what=("posts",))
    (gap,) = batches[-1].gaps
    assert len(batches) == 3
    assert gap.since == NOW - lemmy_walk.FIRST
    assert gap.until < NOW
    assert "3 pages" in gap.why


async def test_a_page_cursor_whose_post_was_erased_begins_at_the_top() -> None:
    played = Played(*(a_post(n, timedelta(minutes=n)) for n in range(1, 61)), apis=("v4",))
    first = await passes(played, what=("posts",))
    name = next(name for name in first[0].cursor if name != "instance")
    broken = {name: first[0].cursor[name].rpartition("|")[0] + "|pffff"}
    assert len({*items(await passes(played, what=("posts",), cursor=broken))}) == 60


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_rows_that_are_deleted_between_two_pages_hide_no_other(data: st.DataObject) -> None:
    """The list moves up by so many rows; whatever stays is read."""
    rows = [Row(str(n), 1_000_000 - n // 3) for n in range(300)]
    walk, seen, read = Walk(since=0, newest=0), set[str](), set[str]()
    now = datetime.fromtimestamp(2_000_000, NOW.tzinfo)
    keep = data.draw(st.booleans(), label="the process lives on")
    while True:
        limit, page = walk.window()
        shown = rows[limit * (page - 1) : limit * page]
        joins = walk.joins(shown, seen)
        walk, gaps = walk.numbered(shown, seen, now)
        assert gaps == ()
        read |= {row.id for row in shown}
        seen = (seen | {row.id for row in shown if joins}) if keep else set()
        if walk.at is None:
            break
        walk = Walk.resumed(walk.kept(), now)
        first = data.draw(st.integers(0, max(0, len(rows) - 1)))
        many = data.draw(st.sampled_from([0, 0, 1, 3, 10, 60]))
        rows = rows[:first] + rows[first + many :]
    assert {row.id for row in rows} <= read


# What is no answer


@pytest.mark.parametrize(
    "body", [b"<html></html>", b"[]", b"{}", b'{"posts": {}}', b'{"error": "x"}', b"\xff"]
)
async def test_what_is_no_answer(body: bytes) -> None:
    played = Played()
    played.faults = [answer(200, body)]
    with pytest.raises(ParseError, match="could not read"):
        await passes(played)


async def test_what_is_no_instance() -> None:
    with pytest.raises(ParseError, match="no instance of Lemmy"):
        await passes(Played(apis=()))


@pytest.mark.parametrize("code", ["instance_is_private", "not_logged_in"])
async def test_a_private_instance_needs_a_person(code: str) -> None:
    played = Played()
    played.faults = [said({"error": code}, 400)]
    with pytest.raises(AccessDenied, match="to members only"):
        await passes(played)


async def test_an_unknown_community_needs_a_person() -> None:
    played = Played()
    played.faults = [said({"error": "couldnt_find_community"}, 404)]
    with pytest.raises(SourceError, match="does not know it") as raised:
        await passes(played, queries=(), communities=("nowhere",))
    assert raised.value.needs_person


async def test_a_community_that_was_removed_keeps_no_other_waiting() -> None:
    played, watch = Played(a_post(1)), Watch()
    played.faults = [said({"error": "couldnt_find_community"}, 404)]
    given: list[str] = []
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Pages(played.answer)
        options = Lemmy.Options(
            base_url=site.url(""), communities=("gone", "tech"), what=("posts",), private=True
        )
        lemmy = Lemmy(options, Tools(fetcher=fetcher, clock=watch))

        async def hear() -> None:
            async for batch in lemmy.collect({}):
                given.extend(post.item for post in batch.posts)

        with pytest.raises(NotThere):
            await hear()
    assert given == ["https://other.example/post/1"]


@pytest.mark.parametrize("status", [429, 400])  # 400: all of 0.19
async def test_throttled(status: int) -> None:
    played, watch = Played(), Watch()
    played.faults = [said({"error": "rate_limit_error"}, status)]
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Pages(played.answer)
        options = Lemmy.Options(base_url=site.url(""), queries=("tent",), private=True)
        lemmy = Lemmy(options, Tools(fetcher=fetcher, clock=watch))
        with pytest.raises(RateLimited):
            [batch async for batch in lemmy.collect({})]
        with pytest.raises(RateLimited, match="left alone"):
            [batch async for batch in lemmy.collect({})]


async def test_throttled_before_anything_is_known() -> None:
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Pages(lambda _: said({"error": "rate_limit_error"}, 400))
        with pytest.raises(RateLimited, match="rate_limit_error"):
            await Api(site.url(""), True, Tools(fetcher=fetcher, clock=watch)).site()
        assert len(site.paths) == 1


async def test_throttled_half_way_the_page_cursor_stays() -> None:
    played = Played(*(a_post(n) for n in range(1, 120)), apis=("v4",))
    batches: list[Batch] = []
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        options = Lemmy.Options(
            base_url=site.url(""), communities=("tech",), what=("posts",), private=True
        )
        lemmy = Lemmy(options, Tools(fetcher=fetcher, clock=watch))

        async def hear() -> None:
            async for batch in lemmy.collect({}):
                batches.append(batch)
                played.faults = [said({"error": "rate_limit_error"}, 400)]

        with pytest.raises(RateLimited, match="rate_limit_error"):
            await hear()
    assert batches[-1].cursor[next(n for n in batches[-1].cursor if "!" in n)].partition("|")[2]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_stays_one_whatever_it_is_called(status: int) -> None:
    played = Played()
    played.faults = [said({"error": "site_ban"}, status)]
    with pytest.raises(AccessDenied, match="site_ban"):
        await passes(played)


async def test_nothing_to_search_for_needs_a_person() -> None:
    with pytest.raises(SourceError, match="nothing to search for") as raised:
        await passes(Played(), queries=())
    assert raised.value.needs_person


@pytest.mark.parametrize(
    "options",
    [{}, {"base_url": "https://x.example/api"}, {"queries": ["**"]}, {"communities": ["a b"]},
     {"what": []}, {"token": "x"}],
)  # fmt: skip
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    whole = {"base_url": "https://x.example", **options} if options else {}
    with pytest.raises(ValidationError):
        Lemmy.Options.model_validate(whole)


STANDS = st.text() | st.lists(st.integers(-9, 2**40), max_size=6).map(
    lambda numbers: " ".join(map(str, numbers))
)


@given(STANDS)
@settings(max_examples=60, deadline=None)
def test_any_cursor_is_resumed_or_begun_anew(text: str) -> None:
    walk = Walk.resumed(text, NOW)
    assert Walk.resumed(walk.kept(), NOW) == walk
    limit, page = walk.window()
    assert 1 <= limit <= 50
    assert page >= 1


async def test_another_instance_begins_anew() -> None:
    cursor = {"instance": "elsewhere.example", "x": "1 2"}
    played = Played(a_post(1))
    async with local_site() as site, Fetcher(contact=None, clock=Watch()) as fetcher:
        site.pages = Pages(played.answer)
        options = Lemmy.Options(
            base_url=site.url(""), private=True, queries=("tent",), what=("posts",)
        )
        collector = Lemmy(options, Tools(fetcher=fetcher, clock=Watch()))
        (batch,) = [batch async for batch in collector.collect(cursor)]
    assert "x" not in batch.cursor
    assert batch.cursor["instance"].startswith("127.0.0.1:")


# Nothing is lost


class Instance:
    """Posts and comments in turn; at each second page that is asked for, its newest is deleted."""

    refusals: Sequence[bytes] = (
        said({"error": "rate_limit_error"}, 429),
        said({"error": "couldnt_get_posts"}, 400),
    )
    lag = timedelta(minutes=10)

    def __init__(self, api: str) -> None:
        self.api = api

    def collector(self, url: str, tools: Tools) -> Lemmy:
        options = Lemmy.Options(base_url=url, private=True, queries=("tent",))
        return Lemmy(options, tools)

    def key(self, item: Item) -> str:
        if item.number % 2:
            return f"lemmy:https://far.example/comment/{item.number}"
        return f"lemmy:https://other.example/post/{item.number}"

    def answer(self, question: Question, shown: Sequence[Item], now: Any) -> bytes:
        if question.asked.get("page", "1") != "1" and shown[-1].number % 3 == 0:
            shown[-1].gone = True
            shown = shown[:-1]
        made = [
            (a_comment if item.number % 2 else a_post)(
                item.number, published=item.at.isoformat().replace("+00:00", "")
            )
            for item in shown
        ]
        return Played(*made, apis=(self.api,)).serve(question.path, question.asked)


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]), st.sampled_from(["v3", "v4"]))
async def test_nothing_is_lost(events: list[Event], skew: int, api: str) -> None:
    def small(cursor: Mapping[str, str]) -> None:
        assert sum(map(len, [*cursor, *cursor.values()])) < 400

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        pages(patch)
        await survives(Instance(api), events, skew=timedelta(seconds=skew), check=small)
