from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.collect import appstore as kind
from listener.collect.appstore import AppStore
from listener.collect.appstore_reviews import read_reviews
from listener.collect.tools import Tools
from listener.errors import FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Post, PostKind
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = Watch().time
DAY = timedelta(days=1)
CUPERTINO = timezone(timedelta(hours=-7))
APP = "1592550875"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def entry(id: int, when: datetime = NOW, **labels: str) -> dict[str, Any]:
    """Return a review as the feed has it."""
    values = {
        "id": str(id), "title": f"A tent & {id}", "content": "It <b>leaks</b>.\nTwice.",
        "updated": when.astimezone(CUPERTINO).isoformat(), "im:rating": "4", "im:version": "1.8",
        "im:voteSum": "0", "im:voteCount": "0",
    } | labels  # fmt: skip
    return {name: {"label": value} for name, value in values.items()} | {
        "author": {
            "name": {"label": "Ana"},
            "uri": {"label": "https://itunes.apple.com/fr/reviews/id5"},
            "label": "",
        },
        "link": {"attributes": {"rel": "related", "href": f"https://itunes.apple.com/fr/{APP}"}},
    }


THE_APP = {"im:name": {"label": "Tents"}, "id": {"label": "x"}, "title": {"label": "Tents"}}


def feed(*entries: object) -> bytes:
    told: object = {} if not entries else {"entry": entries[0] if len(entries) == 1 else entries}
    assert isinstance(told, dict)
    body = {"feed": {"author": {"name": {"label": "iTunes Store"}}, **told}}
    return answer(200, json.dumps(body).encode(), Content_Type="text/javascript; charset=utf-8")


def path(country: str = "fr", page: int | None = 1) -> str:
    where = "" if page is None else f"page={page}/"
    return f"/{country}/rss/customerreviews/{where}id={APP}/sortBy=mostRecent/json"


@contextmanager
def pages_of(size: int, pages: int) -> Iterator[None]:
    """Make pages small, so that few reviews fill many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "PAGE", size)
        patch.setattr(kind, "PAGES", pages)
        yield


async def heard(
    site: Site,
    cursor: Mapping[str, str] | None = None,
    *,
    batches: list[Batch] | None = None,
    now: datetime = NOW,
    **options: Any,
) -> list[Batch]:
    watch = Watch()
    watch.time = now
    batches = [] if batches is None else batches
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        asked = {"app": APP, "countries": ["fr"], "base_url": site.url(""), "private": True}
        collector = AppStore(
            AppStore.Options.model_validate(asked | options), Tools(fetcher=fetcher, clock=watch)
        )
        async for batch in collector.collect(cursor or {}):
            batches.append(batch)
    return batches


def items(batches: Sequence[Batch]) -> list[str]:
    return [post.item for batch in batches for post in batch.posts]


# What a review says


def test_a_review() -> None:
    (post,) = read_reviews({"feed": {"entry": [entry(7)]}}, "fr", NOW).posts
    assert post == Post(
        key="appstore:fr:7",
        item="fr/7",
        kind=PostKind.REVIEW,
        url=f"https://itunes.apple.com/fr/{APP}",
        title="A tent & 7",
        text="It <b>leaks</b>.\nTwice.",
        author=Author(name="Ana", url="https://itunes.apple.com/fr/reviews/id5"),
        outlet="App Store FR",
        published=NOW,
        rating=0.75,
    )


@pytest.mark.parametrize(
    ("stars", "rating"),
    [("1", 0.0), ("3", 0.5), ("5", 1.0), ("0", None), ("6", None), ("", None), ("4.5", None)],
)
def test_stars(stars: str, rating: float | None) -> None:
    review = entry(7) | {"im:rating": {"label": stars}}
    (post,) = read_reviews({"feed": {"entry": review}}, "fr", NOW).posts
    assert post.rating == rating


@pytest.mark.parametrize(
    ("entries", "ids", "size", "skipped"),
    [
        (None, [], 0, 0),
        ([], [], 0, 0),
        (entry(1), ["fr/1"], 1, 0),
        ([entry(1), entry(2)], ["fr/1", "fr/2"], 2, 0),
        ([THE_APP, entry(2)], ["fr/2"], 2, 0),
        (THE_APP, [], 1, 0),
        ([entry(1), None, {"id": "5", "im:rating": "5"}, 7], ["fr/1"], 4, 3),
    ],
)
def test_entries_are_a_list_one_or_none(
    entries: object, ids: list[str], size: int, skipped: int
) -> None:
    page = read_reviews({"feed": {"entry": entries}}, "fr", NOW)
    assert ([post.item for post in page.posts], page.size, page.skipped) == (ids, size, skipped)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
ENTRIES = st.dictionaries(
    st.sampled_from([*entry(1)]), ANY | st.builds(lambda v: {"label": v}, ANY)
)


@settings(max_examples=60)
@given(ANY | st.builds(lambda e: {"feed": {"entry": e}}, st.lists(ENTRIES) | ENTRIES | ANY))
def test_any_json_is_a_page_or_a_parse_error(body: object) -> None:
    try:
        page = read_reviews(body, "fr", NOW)
    except ParseError:
        return
    for post in page.posts:
        assert re.fullmatch(r"appstore:fr:\d+", post.key)
        ((post.title or "") + post.text).encode()


# What is asked for


def test_what_is_written_more_than_once_becomes_a_list() -> None:
    review = entry(7)
    both = [review["content"], {"label": "<table>", "attributes": {"type": "html"}}]
    twice = review | {"content": both, "link": [review["link"], {"attributes": {"rel": "self"}}]}
    assert read_reviews({"feed": {"entry": twice}}, "fr", NOW) == read_reviews(
        {"feed": {"entry": review}}, "fr", NOW
    )


async def test_each_country_is_asked_for_its_own() -> None:
    async with local_site() as site:
        old = entry(9, NOW - 30 * DAY)
        site.pages |= {path("fr"): feed(entry(1), old), path("de"): feed(entry(2), old)}
        batches = await heard(site, countries=["fr", "de", "fr"])
        assert site.paths == [path("fr"), path("de")]
    assert items(batches) == ["fr/1", "de/2"]
    assert batches[-1].doubt is None


async def test_pages_are_read_down_to_what_is_known() -> None:
    async with local_site() as site:
        with pages_of(2, 10):
            reviews = [entry(n, NOW - n * DAY) for n in range(1, 9)]
            for page in range(1, 5):
                site.pages[path(page=page)] = feed(*reviews[2 * page - 2 : 2 * page])
            first = await heard(site)
            assert items(first) == [f"fr/{n}" for n in range(1, 8)]  # of seven days
            site.pages[path()] = feed(entry(20, NOW), reviews[0])
            second = await heard(site, first[-1].cursor)
            assert items(second) == ["fr/20", "fr/1", "fr/3", "fr/4"]
        assert [len(site.paths), site.paths[-1]] == [6, path(page=2)]


async def test_a_review_that_appears_late_is_found() -> None:
    async with local_site() as site:
        site.pages[path()] = feed(entry(1, NOW), entry(9, NOW - 30 * DAY))
        first = await heard(site)
        late = entry(2, NOW - DAY)
        site.pages[path()] = feed(entry(1, NOW), late, entry(9, NOW - 30 * DAY))
        assert items(await heard(site, first[-1].cursor)) == ["fr/1", "fr/2"]


# Empty answers


async def test_the_other_address_is_asked_when_one_is_empty() -> None:
    async with local_site() as site:
        site.pages |= {path(): feed(), path(page=None): feed(entry(1), entry(2, NOW - 30 * DAY))}
        assert items(await heard(site)) == ["fr/1"]
        assert site.paths == [path(), path(page=None)]


async def test_an_empty_answer_is_doubted_and_forgets_nothing() -> None:
    async with local_site() as site:
        site.pages |= {path(): feed(), path(page=None): feed()}
        never = await heard(site)
        assert never[-1].doubt is not None
        assert "unknown id" in never[-1].doubt
        site.pages[path()] = feed(entry(1), entry(2, NOW - 30 * DAY))
        known = await heard(site, never[-1].cursor)
        assert known[-1].doubt is None
        site.pages[path()] = feed()
        silent = await heard(site, known[-1].cursor)
        assert silent[-1].doubt is not None
        assert "where there were some" in silent[-1].doubt
        assert silent[-1].cursor == known[-1].cursor


async def test_a_doubt_about_one_country_outlives_the_next() -> None:
    async with local_site() as site:
        site.pages |= {path("fr"): feed(), path("fr", None): feed()}
        site.pages[path("de")] = feed(entry(1), entry(2, NOW - 30 * DAY))
        batches = await heard(site, countries=["fr", "de"])
    assert items(batches) == ["de/1"]
    assert batches[-1].doubt is not None
    assert "fr" in batches[-1].doubt
    assert "de" not in batches[-1].doubt.replace("id and", "")


@pytest.mark.parametrize("second", [feed(), feed(entry(1), entry(2, NOW - DAY))])
async def test_a_hole_in_the_list_is_read_again(second: bytes) -> None:
    async with local_site() as site:
        with pages_of(2, 10):
            site.pages[path(page=1)] = feed(entry(1), entry(2, NOW - DAY))
            site.pages[path(page=2)] = second
            holed = await heard(site)
            assert holed[-1].doubt is not None
            assert "breaks off" in holed[-1].doubt
            site.pages[path(page=2)] = feed(entry(3, NOW - 6 * DAY), entry(4, NOW - 30 * DAY))
            whole = await heard(site, holed[-1].cursor)
    assert items(whole) == ["fr/1", "fr/2", "fr/3"]


async def test_the_end_of_a_short_list_is_no_hole() -> None:
    async with local_site() as site:
        site.pages |= {path(): feed(entry(1)), path(page=2): feed()}
        batches = await heard(site)
    assert batches[-1].doubt is None
    assert batches[-1].cursor["fr"].split()[1] == str(int(NOW.timestamp()))


# More than there is


async def test_what_the_store_no_longer_lists_is_a_gap() -> None:
    async with local_site() as site:
        site.pages[path()] = feed(entry(1, NOW), entry(2, NOW - 30 * DAY))
        first = await heard(site)
        later = NOW + 10 * DAY
        with pages_of(2, 2):
            site.pages[path()] = feed(entry(12, later), entry(11, later - DAY))
            site.pages[path(page=2)] = feed(entry(10, later - 2 * DAY), entry(9, later - 3 * DAY))
            second = await heard(site, first[-1].cursor, now=later)
            (gap,) = second[-1].gaps
            assert (gap.since, gap.until) == (NOW, later - 3 * DAY)
            assert "fr" in gap.why
            third = await heard(site, second[-1].cursor, now=later)
            assert [batch.gaps for batch in third] == [()] * len(third)


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (answer(429, Retry_After="30"), RateLimited, "429"),
        (answer(502, b"<html>The host did not return the document correctly"), FetchError, "502"),
        (answer(200, b"<html>"), ParseError, "not JSON"),
        (answer(200, b"[]"), ParseError, "no feed of the App Store"),
        (answer(200, b'{"feed": {"entry": [1]}}'), ParseError, "none of its entries"),
    ],
)
async def test_what_goes_wrong_is_said(fault: bytes, error: type[SourceError], words: str) -> None:
    async with local_site({path(): fault}) as site:
        with pytest.raises(error, match=words):
            await heard(site)


async def test_one_country_that_fails_does_not_silence_the_others() -> None:
    batches: list[Batch] = []
    async with local_site() as site:
        site.pages |= {path("de"): feed(entry(1), entry(2, NOW - 30 * DAY))}
        with pytest.raises(FetchError, match="404"):
            await heard(site, batches=batches, countries=["fr", "de"])
    assert items(batches) == ["de/1"]


@pytest.mark.parametrize(
    "kept", ["", "nonsense", "1 x", "9999999999 9999999999", "1 2 3", f"1 {-(10**20)}"]
)
async def test_a_cursor_that_says_nothing_is_a_first_pass(kept: str) -> None:
    async with local_site({path(): feed(entry(1), entry(2, NOW - 8 * DAY))}) as site:
        assert items(await heard(site, {"app": APP, "fr": kept})) == ["fr/1"]
        assert items(await heard(site, {"app": "222222", "fr": "1 2"})) == ["fr/1"]


@pytest.mark.parametrize(
    "options",
    [
        {"app": "com.example.tents"},
        {"app": "12"},
        {"countries": []},
        {"countries": ["FR"]},
        {"countries": ["fra"]},
        {"base_url": "ftp://x"},
    ],
)
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AppStore.Options.model_validate({"app": APP, "countries": ["fr"]} | options)


def test_the_id_may_be_a_number() -> None:
    assert AppStore.Options.model_validate({"app": int(APP), "countries": ["fr"]}).app == APP


class Played:
    """A store that is as careless as the real one; it lists many pages of three reviews."""

    lag = timedelta(minutes=10)
    refusals: Sequence[bytes] = (answer(429), answer(502), feed(), answer(200, b'{"feed": {}}'))

    def collector(self, url: str, tools: Tools) -> AppStore:
        options = AppStore.Options(app=APP, countries=("fr",), base_url=url, private=True)
        return AppStore(options, tools)

    def key(self, item: Item) -> str:
        return f"appstore:fr:{item.number}"

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        page = int((re.findall(r"page=(\d+)", question.path) or ["1"])[0])
        newest = sorted(shown, key=lambda item: (item.at, item.number), reverse=True)
        return feed(*(entry(item.number, item.at) for item in newest[3 * page - 3 : 3 * page]))


@settings(max_examples=20, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]))
def test_nothing_is_lost(events: list[Event], skew: int) -> None:
    def check(cursor: Mapping[str, str]) -> None:
        assert len(str(cursor)) < 200

    with pages_of(3, 100):
        asyncio.run(survives(Played(), events, skew=timedelta(seconds=skew), check=check))
