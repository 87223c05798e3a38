"""What sites that run WordPress can answer, written by hand; a real one: test_wordpress_real."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.collect import wordpress as kind
from listener.collect.tools import Tools
from listener.collect.wordpress import WordPress
from listener.collect.wordpress_api import announced
from listener.collect.wordpress_posts import Site, What
from listener.errors import AccessDenied, FetchError, ParseError, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Post, PostKind
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Site as Local
from tests.local_site import Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = Watch().time
JSON = "application/json; charset=UTF-8"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}"


def raw(id: int, when: datetime = NOW, **more: object) -> dict[str, object]:
    return {
        "id": id,
        "date_gmt": stamp(when),
        "modified_gmt": stamp(when),
        "link": f"https://site.example/p{id}/",
        "title": {"rendered": "Tents &amp; bags &#8211; 2 &lt; 3"},
        "content": {"rendered": "<p>It <b>leaks</b>.</p>", "protected": False},
        "_links": {"author": [{"href": "https://site.example/wp-json/wp/v2/users/1"}]},
        "_embedded": {
            "author": [{"id": 1, "name": "Ana", "slug": "ana", "link": "https://site.example/a/"}]
        },
    } | more


def listing(*items: object, pages: int | None = 1) -> bytes:
    headers = {"Content_Type": JSON}
    if pages is not None:
        headers["X_WP_TotalPages"] = str(pages)
    return answer(200, json.dumps(items).encode(), **headers)


def refusal(status: int, code: str, message: str = "") -> bytes:
    body = {"code": code, "message": message, "data": {"status": status}}
    return answer(status, json.dumps(body).encode(), Content_Type=JSON)


@contextmanager
def pages_of(size: int) -> Iterator[None]:
    """Make pages small, so that few posts fill many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "_PAGE", size)
        patch.setattr(kind, "REACH", replace(kind.REACH, page=size))
        patch.setattr(kind, "_EDITS", replace(kind._EDITS, page=size))
        yield


# What a post says

SITE = Site(name="site.example", publishes=PostKind.NEWS, language="fr")


def test_a_post() -> None:
    assert SITE.read("posts", raw(7), NOW) == Post(
        key="url:https://site.example/p7",
        item="posts/7",
        kind=PostKind.NEWS,
        url="https://site.example/p7/",
        title="Tents & bags – 2 < 3",
        text="It leaks.",
        author=Author(name="Ana", handle="ana", url="https://site.example/a/"),
        published=NOW,
        language="fr",
    )


def test_what_is_not_known_is_none() -> None:
    refused = {"author": [{"code": "rest_user_invalid_id", "message": "Invalid user ID."}]}
    assert SITE.read("posts", {"id": 7, "_embedded": refused}, NOW) == Post(
        key="wordpress:site.example:post:7", item="posts/7", kind=PostKind.NEWS, language="fr"
    )
    assert SITE.read("comments", {"id": 7, "parent": 0, "post": 3}, NOW) == Post(
        key="wordpress:site.example:comment:7",
        item="comments/7",
        kind=PostKind.DISCUSSION,
        language="fr",
        parent="wordpress:site.example:post:3",
        root="wordpress:site.example:post:3",
    )


def test_an_excerpt_is_better_than_nothing() -> None:
    post = SITE.read("posts", raw(1, content=None, excerpt={"rendered": "<p>Short.</p>"}), NOW)
    assert post is not None
    assert post.text == "Short."


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = st.sampled_from([*raw(1), "post", "parent", "author_name", "author_url", "excerpt"])


@settings(max_examples=60)
@given(st.sampled_from(["posts", "comments"]), ANY | st.dictionaries(NAMES, ANY))
def test_anything_is_a_post_or_none(what: What, any_raw: object) -> None:
    for one in (any_raw, raw(3) | any_raw if isinstance(any_raw, dict) else any_raw):
        post = SITE.read(what, one, NOW)
        if post is not None:
            (post.key + (post.title or "") + post.text).encode()


# Where the API is


@pytest.mark.parametrize(
    ("header", "page", "found"),
    [
        (
            '<https://s.example/wp-json/>; rel="https://api.w.org/"',
            "",
            "https://s.example/wp-json/",
        ),
        (
            '<https://s.example/a>; rel="alternate", <https://s.example/x>; rel=https://api.w.org/',
            "",
            "https://s.example/x",
        ),
        (
            "",
            '<link rel="https://api.w.org/" href="https://s.example/j/" />',
            "https://s.example/j/",
        ),
        ("", "<LINK href='/?a=1&amp;rest_route=/' rel='https://api.w.org/'>", "/?a=1&rest_route=/"),
        ("", '<link rel="alternate" href="https://api.w.org/">', None),
        ("", "<link " * 100_000, None),
        ("", "https://api.w.org/", None),
    ],
)
def test_how_it_is_announced(header: str, page: str, found: str | None) -> None:
    assert announced(header, page) == found


async def heard(
    site: Local, cursor: Mapping[str, str] | None = None, **options: Any
) -> list[Batch]:
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        asked = WordPress.Options(url=site.url(""), private=True, **options)
        collector = WordPress(asked, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect(cursor or {})]


@contextmanager
def every_path(site: Local, answers: Mapping[str, bytes]) -> Iterator[None]:
    """Answer by how a path begins; what is asked does not matter."""

    class Pages(dict[str, Any]):
        def get(self, path: str, default: object = None) -> object:
            found = [start for start in answers if path.startswith(start)]
            return answers[max(found, key=len)] if found else default

    was, site.pages = site.pages, Pages()
    yield
    site.pages = was


async def test_the_api_is_looked_for_once() -> None:
    async with local_site() as site:
        front = f'<link rel="https://api.w.org/" href="{site.url("/other/")}">'
        with every_path(
            site,
            {
                "/": answer(200, front.encode()),
                "/wp-json": answer(404, b"<html>Nothing here</html>"),
                "/other/wp/v2/posts": listing(raw(1)),
            },
        ):
            batches = await heard(site, what=("posts",))
            asked = len(site.paths)
            assert [post.item for batch in batches for post in batch.posts] == ["posts/1"]
            await heard(site, batches[-1].cursor, what=("posts",))
        assert asked == 4  # not there, the front page, and two lists
        assert all(path.startswith("/other/") for path in site.paths[asked:])


@pytest.mark.parametrize(
    ("missing", "front"),
    [
        (answer(404), answer(200, b"<html><head></head>A site</html>")),
        (answer(200, b"<html>A shop</html>"), answer(200, b"<html>A shop</html>")),
        (answer(200, b"<html>"), answer(200, b'<link rel="https://api.w.org/" href="mailto:x">')),
    ],
)
async def test_no_wordpress(missing: bytes, front: bytes) -> None:
    async with local_site() as site:
        with (
            every_path(site, {"/": front, "/wp-json": missing}),
            pytest.raises(
                SourceError, match="not a WordPress, or its REST API is switched off"
            ) as caught,
        ):
            await heard(site)
    assert caught.value.needs_person


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (refusal(401, "rest_cannot_access", "Only &quot;members&quot;."), AccessDenied, 'Only "m'),
        (refusal(403, "rest_disabled", "The REST API is disabled."), AccessDenied, "is disabled"),
        (answer(403, b"<html>Blocked by a wall</html>"), AccessDenied, "403"),
        (refusal(404, "rest_no_route", "No route"), SourceError, "its REST API gives no posts"),
        (refusal(400, "rest_invalid_param", "per_page"), FetchError, "400"),
        (answer(500, b'{"code": "internal_server_error"}'), FetchError, "500"),
    ],
)
async def test_what_goes_wrong_is_said(fault: bytes, error: type[SourceError], words: str) -> None:
    async with local_site() as site:
        with every_path(site, {"/": fault}), pytest.raises(error, match=words) as caught:
            await heard(site)
    assert "\n" not in str(caught.value)


async def test_a_notice_of_maintenance_passes_by_itself() -> None:
    async with local_site() as site:
        with every_path(site, {"/wp-json": listing(raw(1))}):
            known = (await heard(site))[-1].cursor
        notice = answer(200, b"<html><body>We are back soon.</body></html>")
        with (
            every_path(site, {"/": notice}),
            pytest.raises(SourceError, match="not JSON") as raised,
        ):
            await heard(site, known)
    assert not raised.value.needs_person


async def test_a_list_that_is_none() -> None:
    page = answer(200, b'{"code":"x"}', Link='<a>; rel="x"')
    async with local_site() as site:
        with (
            every_path(site, {"/": page}),
            pytest.raises(SourceError, match="REST API is switched"),
        ):
            await heard(site)


# The way through time


async def test_the_questions() -> None:
    async with local_site() as site:
        with every_path(site, {"/wp-json": listing()}):
            await heard(site)
        urls = [urlsplit(path) for path in site.paths]
    week = stamp(NOW - timedelta(days=7, seconds=1)) + "Z"  # a bound is not in what it bounds
    asked = [dict(parse_qsl(url.query)) for url in urls]
    assert [url.path for url in urls] == [
        f"/wp-json/wp/v2/{w}" for w in ("posts", "posts", "comments")
    ]
    assert [one["orderby"] for one in asked] == ["date", "modified", "date"]
    assert [one["after"] for one in asked] == [week] * 3
    assert [one.get("modified_after") for one in asked] == [None, week, None]
    assert {(one["per_page"], one["page"], one["order"]) for one in asked} == {("100", "1", "desc")}


async def test_before_5_7_changes_are_read_as_far_as_the_first_page() -> None:
    """An older WordPress takes no notice of `modified_before`."""
    newest = [raw(n, NOW - n * timedelta(minutes=1)) for n in range(1, 4)]
    later = [raw(n, NOW - n * timedelta(minutes=1)) for n in range(4, 6)]
    async with local_site() as site:

        class Pages(dict[str, Any]):
            def get(self, path: str, default: object = None) -> object:
                if "orderby=modified" not in path:
                    return listing(*(later if "before=" in path else newest), pages=None)
                return listing(*newest, pages=2)

        site.pages = Pages()
        with pages_of(3):
            batches = await heard(site, what=("posts",))
        assert len(batches[-1].cursor["edits"].split()) == 3  # nothing is under way


async def test_a_page_past_the_last_one_is_the_end() -> None:
    tied = [raw(n) for n in range(1, 4)]
    async with local_site() as site:

        class Pages(dict[str, Any]):
            def get(self, path: str, default: object = None) -> object:
                beyond = refusal(400, "rest_post_invalid_page_number", "The page number is larger")
                return listing(*tied, pages=None) if "&page=1&" in f"{path}&" else beyond

        site.pages = Pages()
        with pages_of(3):
            batches = await heard(site, what=("posts",))
    assert [post.item for batch in batches for post in batch.posts] == [
        f"posts/{n}" for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("kept", ["", "nonsense", "1 2 x", "9999999999 9999999999 9999999999"])
async def test_a_cursor_that_says_nothing_is_a_first_pass(kept: str) -> None:
    async with local_site() as site:
        with every_path(site, {"/wp-json": listing(raw(1))}):
            name = site.url("")[7:]
            batches = await heard(site, {"site": name, "posts": kept, "edits": kept})
            other = await heard(site, {"site": "other.example", "api": "https://x.invalid/"})
    assert [post.item for batch in batches for post in batch.posts][:1] == ["posts/1"]
    assert other[0].posts == batches[0].posts


async def test_others_than_were_asked_for_delete_nothing() -> None:
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        collector = WordPress(
            WordPress.Options(url=site.url(""), private=True), Tools(fetcher=fetcher, clock=watch)
        )
        with (
            every_path(site, {"/wp-json": listing(raw(8), raw(9))}),
            pytest.raises(ParseError, match="not asked for"),
        ):
            [second async for second in collector.refresh([Post(key="k", item="posts/1")])]


async def test_what_cannot_be_read_was_not_deleted() -> None:
    watch = Watch()
    given = [Post(key=f"k{n}", item=f"posts/{n}") for n in (1, 2)]
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        options = WordPress.Options(url=site.url(""), private=True)
        collector = WordPress(options, Tools(fetcher=fetcher, clock=watch))
        with every_path(site, {"/wp-json": listing(raw(1), {"id": None})}):
            (odd,) = [second async for second in collector.refresh(given)]
        with every_path(site, {"/wp-json": listing(raw(1))}):
            (second,) = [second async for second in collector.refresh(given)]
    assert (odd.gone, second.gone) == ((), ("k2",))


@pytest.mark.parametrize(
    "options",
    [
        {"url": "site.example"},
        {"url": "https://ana:secret@site.example/"},
        {"url": "https://site.example/?x=1"},
        {"what": []},
        {"what": ["pages"]},
        {"language": "french"},
    ],
)
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WordPress.Options.model_validate({"url": "https://site.example"} | options)


class Played:
    """A site that is as careless as a real one; pages hold three posts."""

    lag = timedelta(minutes=10)
    refusals: Sequence[bytes] = (
        answer(429),
        refusal(401, "rest_cannot_access", "Closed."),
        refusal(404, "rest_no_route"),
        answer(404),
    )

    def __init__(self, *, counts: bool) -> None:
        self.counts = counts  # says how many pages there are

    def collector(self, url: str, tools: Tools) -> WordPress:
        return WordPress(WordPress.Options(url=url, private=True), tools)

    def key(self, item: Item) -> str:
        return f"url:https://site.example/p{item.number}"

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        if not question.path.startswith("/wp-json/wp/v2/"):
            return answer(200, b"<html>A site</html>")
        if question.path.endswith("comments"):
            return listing(pages=0 if self.counts else None)
        asked = question.asked
        prefix = "modified_" if asked["orderby"] == "modified" else ""
        bounds = (asked.get(f"{prefix}{side}") for side in ("after", "before"))
        after, before = (datetime.fromisoformat(bound) if bound else None for bound in bounds)
        found = [
            item
            for item in sorted(shown, key=lambda item: (item.at, item.number), reverse=True)
            if (after is None or item.at > after) and (before is None or item.at < before)
        ]
        page, size = int(asked["page"]), int(asked["per_page"])
        pages = -(-len(found) // size)
        if page > pages > 0:
            return refusal(400, "rest_post_invalid_page_number")
        items = [raw(item.number, item.at.astimezone(UTC)) for item in found[(page - 1) * size :]]
        return listing(*items[:size], pages=pages if self.counts else None)


@settings(max_examples=20, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]), st.booleans())
def test_nothing_is_lost(events: list[Event], skew: int, counts: bool) -> None:
    def check(cursor: Mapping[str, str]) -> None:
        assert len(str(cursor)) < 500

    with pages_of(3):
        played = Played(counts=counts)
        asyncio.run(survives(played, events, skew=timedelta(seconds=skew), check=check))
