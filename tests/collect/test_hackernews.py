from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import parse
from listener.collect import hackernews
from listener.collect.asking import NothingToAsk
from listener.collect.hackernews import REACH, HackerNews
from listener.collect.hackernews_posts import read_page
from listener.collect.tools import Tools
from listener.collect.walk import Walk
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Post, PostKind
from tests.collect.algolia import TOO_FAR, Algolia, Hit, algolia
from tests.local_site import Watch, answer

pytestmark = pytest.mark.anyio
DOCS = Path(__file__).resolve().parents[2] / "docs/collectors/hackernews.md"
NOW = Watch().time
HOUR = timedelta(hours=1)


def story(item: int, when: datetime = NOW - HOUR, **keys: object) -> Hit:
    return {
        "objectID": str(item),
        "title": f"A tent by Quechua, number {item}",
        "author": "ana",
        "points": 1,
        "num_comments": 0,
        "created_at_i": int(when.timestamp()),
        "_tags": ["story", "author_ana", f"story_{item}"],
        **keys,
    }


def comment(item: int, text: str, when: datetime = NOW - HOUR, **keys: object) -> Hit:
    return {
        "objectID": str(item),
        "comment_text": text,
        "story_title": "Ask HN: which tent?",
        "author": "paul",
        "parent_id": 7,
        "story_id": 5,
        "created_at_i": int(when.timestamp()),
        "_tags": ["comment", "author_paul", "story_5"],
        **keys,
    }


def posts_of(*hits: object) -> tuple[Post, ...]:
    return read_page({"hits": list(hits)}, NOW).posts


# What a hit says


def test_a_story() -> None:
    (post,) = posts_of(
        story(
            12,
            title="R&amp;D of tents: 2 &lt; 3",
            url="https://www.quechua.example/tent",
            story_text="Why?<p>It&#x27;s <i>wet</i>.",
            story_id=12,
            points=40,
            num_comments=3,
        )
    )
    assert post == Post(
        key="hackernews:12",
        item="12",
        kind=PostKind.DISCUSSION,
        url="https://news.ycombinator.com/item?id=12",
        title="R&D of tents: 2 < 3",
        text="Why?\nIt's wet.\nhttps://www.quechua.example/tent",
        author=Author(handle="ana", url="https://news.ycombinator.com/user?id=ana"),
        published=NOW - HOUR,
        engagement=Engagement(likes=40, comments=3),
    )


def test_a_comment() -> None:
    (post,) = posts_of(comment(9, "I own one.<p>&quot;Dry&quot; &amp;amp; warm"))
    assert post == Post(
        key="hackernews:9",
        item="9",
        kind=PostKind.DISCUSSION,
        url="https://news.ycombinator.com/item?id=9",
        text='I own one.\n"Dry" &amp; warm',
        author=Author(handle="paul", url="https://news.ycombinator.com/user?id=paul"),
        published=NOW - HOUR,
        parent="hackernews:7",
        root="hackernews:5",
    )


@pytest.mark.parametrize("hit", [story(1), comment(2, "wet")], ids=["story", "comment"])
def test_null_keys_and_missing_keys_say_the_same(hit: Hit) -> None:
    names = ["title", "url", "author", "points", "story_text", "comment_text", "num_comments"]
    names += ["story_id", "story_title", "story_url", "parent_id"]
    assert posts_of(dict.fromkeys(names) | dict(hit)) == posts_of(hit)


def test_what_is_not_known_is_none() -> None:
    (post,) = posts_of({"objectID": "3"})
    assert post == Post(
        key="hackernews:3",
        item="3",
        kind=PostKind.DISCUSSION,
        url="https://news.ycombinator.com/item?id=3",
    )


@pytest.mark.parametrize(
    ("keys", "published"),
    [
        ({"created_at": "2026-11-20T10:00:00Z"}, NOW - 2 * HOUR),
        ({"created_at": "2026-11-20T10:00:00.000Z"}, NOW - 2 * HOUR),
        ({"created_at": "2026-11-20T10:00:00"}, NOW - 2 * HOUR),
        ({"created_at": 5}, None),
        ({"created_at_i": 0}, None),
        ({"created_at_i": 10**30}, None),
        ({"created_at_i": int((NOW + 48 * HOUR).timestamp())}, None),
        ({"created_at_i": int((NOW + HOUR).timestamp())}, NOW + HOUR),
        ({}, None),
    ],
)
def test_when(keys: dict[str, object], published: datetime | None) -> None:
    assert posts_of({"objectID": "3", **keys})[0].published == published


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "/relative", 5, "https://[", None])
def test_only_web_addresses_are_links(url: object) -> None:
    assert posts_of(story(1, url=url))[0].text == ""


@pytest.mark.parametrize(("points", "likes"), [(-1, None), (True, None), (10**30, None), ("4", 4)])
def test_counts_are_counts(points: object, likes: int | None) -> None:
    assert posts_of(story(1, points=points))[0].engagement == Engagement(likes=likes, comments=0)


def test_one_bad_hit_is_skipped_and_counted() -> None:
    page = read_page({"hits": [story(1), None, [], {}, {"objectID": "1/../2"}, story(2)]}, NOW)
    assert [post.item for post in page.posts] == ["1", "2"]
    assert (page.size, page.skipped) == (6, 4)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = st.sampled_from([*story(1), *comment(1, ""), "story_text", "url", "created_at"])


@given(st.lists(ANY | st.dictionaries(KEYS, ANY | st.integers(1, 2**31).map(str))))
def test_any_hits_give_posts(hits: list[object]) -> None:
    page = read_page({"hits": hits}, NOW)
    assert len(page.posts) + page.skipped == page.size == len(hits)
    for post in page.posts:
        assert re.fullmatch(r"hackernews:\d+", post.key)
        ((post.title or "") + post.text).encode()


@given(ANY)
def test_any_json_is_a_page_or_a_parse_error(body: object) -> None:
    try:
        read_page(body, NOW)
    except ParseError:
        return


# What is asked for


@pytest.fixture
async def search() -> AsyncIterator[Algolia]:
    async with algolia() as played:
        yield played


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@contextmanager
def pages_of(size: int, reach: int) -> Iterator[None]:
    """Make pages small, so that few hits fill many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hackernews, "REACH", replace(REACH, page=size, hits=reach))
        yield


async def passed(
    search: Algolia,
    cursor: Mapping[str, str] | None = None,
    *,
    watch: Watch | None = None,
    most: int | None = None,
    **options: object,
) -> list[Batch]:
    """Make a pass, of at most so many batches; whatever goes wrong is raised."""
    asked = {"queries": ["quechua"], "base_url": search.url, "private": True, **options}
    batches: list[Batch] = []
    async with Fetcher(contact=None, clock=watch or Watch()) as fetcher:
        fetcher.pacing.interval = 0
        collector = HackerNews(
            HackerNews.Options.model_validate(asked),
            Tools(fetcher=fetcher, clock=watch or Watch()),
        )
        async for batch in collector.collect(cursor or {}):
            batches.append(batch)
            if len(batches) == most:
                break
    return batches


def _second(when: datetime) -> int:
    return int(when.timestamp())


def items(batches: list[Batch]) -> list[str]:
    return [post.item for batch in batches for post in batch.posts]


async def test_the_question(search: Algolia) -> None:
    await passed(search, queries=["l'Oréal & co"])
    week = _second(NOW - timedelta(days=7))
    assert search.asked == [
        {
            "query": '"l\'Oréal & co"',
            "tags": "(story,poll,job,comment)",
            "numericFilters": f"created_at_i>={week}",
            "typoTolerance": "false",
            "hitsPerPage": "100",
            "page": "0",
        }
    ]


@pytest.mark.parametrize(
    ("what", "found"),
    [(["comments"], ["2"]), (["stories"], ["1"]), (["stories", "comments"], ["2", "1"])],
)
async def test_stories_or_comments(search: Algolia, what: list[str], found: list[str]) -> None:
    search.hits = [story(1), comment(2, "Quechua?")]
    assert items(await passed(search, what=what)) == found


async def test_a_hit_that_does_not_say_the_words_is_none(search: Algolia) -> None:
    search.hits = [
        comment(1, "The &quot;japanese&quot; checkbox"),
        comment(2, "japan is an island"),
        comment(3, "a JAPÁN lacquer"),
        story(4, title="Lacquer", url="https://japan.example/"),
        story(5, title="Lacquer", author="japan"),
        comment(6, "I agree", story_title="All of japan"),
    ]
    assert items(await passed(search, queries=["japan"])) == ["5", "4", "3", "2"]


async def test_a_phrase_is_found_in_its_order(search: Algolia) -> None:
    search.hits = [comment(1, "a quick tent"), comment(2, "tent, quick"), comment(3, "quick tents")]
    assert items(await passed(search, queries=["Quick Tent"])) == ["1"]


async def test_a_post_of_two_queries_is_given_once(search: Algolia) -> None:
    search.hits = [comment(1, "tent by Quechua"), comment(2, "a tent"), comment(3, "a Quechua")]
    assert sorted(items(await passed(search, queries=["quechua", "tent"]))) == ["1", "2", "3"]


@pytest.mark.parametrize("queries", [[""], ['"tent"'], ["tent*"], ["!?"], ["x" * 201]])
def test_a_query_that_cannot_be_asked_is_refused(queries: list[str]) -> None:
    with pytest.raises(ValidationError):
        HackerNews.Options.model_validate({"queries": queries})


async def test_without_queries_the_brands_are_looked_for(search: Algolia) -> None:
    search.hits = [
        comment(1, "a tent by Quechua"),
        comment(2, "a wet tent"),
        comment(3, "Quechua"),
        comment(4, "a bike"),
    ]
    options = HackerNews.Options(base_url=search.url, private=True)
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        fetcher.pacing.interval = 0
        brands = {"Quechua": parse("quechua NOT pizza OR (wet tent)"), "Bolt": parse("author:bolt")}
        tools = Tools(fetcher=fetcher, clock=Watch(), queries=brands)
        found = [batch async for batch in HackerNews(options, tools).collect({})]
        assert {"1", "2", "3"} <= set(items(found)) <= {"1", "2", "3"}
        with pytest.raises(NothingToAsk):
            async for _ in HackerNews(options, Tools(fetcher=fetcher, clock=Watch())).collect({}):
                pass


async def test_a_private_address_needs_the_option(search: Algolia) -> None:
    with pytest.raises(FetchError, match="private = true"):
        await passed(search, private=False)


# The way through time


async def test_what_was_read_is_read_again_for_two_hours(search: Algolia) -> None:
    search.hits = [story(1, NOW - 5 * HOUR), story(2, NOW - HOUR)]
    first = await passed(search)
    search.hits = [story(2, NOW - HOUR, points=50), story(3, NOW - 2 * HOUR), story(4, NOW)]
    second = await passed(search, first[-1].cursor)
    assert items(second) == ["4", "2", "3"]
    assert second[0].posts[1].engagement == Engagement(likes=50, comments=0)


async def test_the_first_page_reaches_back_for_days_and_never_before_the_first_pass(
    search: Algolia,
) -> None:
    search.hits = [story(1, NOW - 8 * 24 * HOUR), story(2, NOW - HOUR)]
    first = await passed(search)
    assert items(first) == ["2"]
    search.hits.append(story(3, NOW - 2 * 24 * HOUR))  # their index was filled up
    assert items(await passed(search, first[-1].cursor)) == ["2", "3"]
    await passed(search, (await passed(search))[-1].cursor)
    floors = [int(asked["numericFilters"].removeprefix("created_at_i>=")) for asked in search.asked]
    week = _second(NOW - timedelta(days=7))
    late = _second(NOW - HOUR - REACH.overlap - REACH.late)
    assert floors == [week, late, week, late]


async def test_a_long_outage_is_caught_up(search: Algolia) -> None:
    first = await passed(search)
    watch = Watch()
    watch.time += timedelta(days=30)
    search.hits = [story(n, NOW + n * timedelta(minutes=15)) for n in range(1, 2501)]
    batches = await passed(search, first[-1].cursor, watch=watch)
    found = items(batches)
    assert sorted(map(int, found)) == list(range(1, 2501))
    assert len(found) == len(set(found))
    assert {asked["page"] for asked in search.asked} == {"0"}


@pytest.mark.parametrize("refuses", [400, 200])
async def test_hits_of_one_second_are_neither_lost_nor_endless(
    search: Algolia, refuses: int
) -> None:
    search.refuses = refuses
    tied = [story(n, NOW - 2 * HOUR) for n in range(100, 350)]
    search.hits = [story(1, NOW - 3 * HOUR), *tied, story(400, NOW - HOUR)]
    found = items(await passed(search))
    assert sorted(map(int, found)) == [1, *range(100, 350), 400]


@pytest.mark.parametrize("refuses", [400, 200])
@pytest.mark.parametrize("reach", [1000, 500])
async def test_past_the_thousandth_hit_of_a_second_it_goes_on(
    search: Algolia, refuses: int, reach: int
) -> None:
    search.refuses, search.reach = refuses, reach
    tied = [story(n, NOW - 2 * HOUR) for n in range(1000, 2200)]
    search.hits = [story(1, NOW - 3 * HOUR), *tied]
    found = items(await passed(search))
    assert found[-1] == "1"
    assert len(found) == len(set(found)) == reach + 1


async def test_posts_that_arrive_between_pages_move_none(search: Algolia) -> None:
    search.hits = [story(n, NOW - n * timedelta(minutes=1)) for n in range(1, 251)]
    coming = iter(range(1000, 2000))

    def arrive() -> None:
        search.hits += [story(next(coming), NOW) for _ in range(7)]
        search.hits.append(story(next(coming), NOW - 2 * HOUR))

    search.before = arrive
    first = await passed(search)
    search.before = lambda: None
    second = await passed(search, first[-1].cursor)
    assert {*items(first), *items(second)} == {str(hit["objectID"]) for hit in search.hits}
    assert len(items(first)) == len(set(items(first)))


async def test_a_pass_that_was_cut_short_goes_on(search: Algolia) -> None:
    search.hits = [story(n, NOW - n * timedelta(minutes=1)) for n in range(1, 251)]
    first = await passed(search, most=1)
    watch = Watch()
    watch.time += HOUR
    search.hits.append(story(900, NOW + HOUR / 2))
    second = await passed(search, first[-1].cursor, watch=watch)
    assert len(items(first)) == 100
    oldest = _second(NOW - timedelta(minutes=100))
    assert search.asked[1]["numericFilters"].endswith(f",created_at_i<={oldest}")
    assert {*items(first), *items(second)} == {*map(str, range(1, 251)), "900"}


async def test_a_new_query_starts_with_a_first_pass_of_its_own(search: Algolia) -> None:
    search.hits = [comment(1, "tent", NOW - 6 * 24 * HOUR), comment(2, "Quechua", NOW)]
    first = await passed(search)
    both = await passed(search, first[-1].cursor, queries=["quechua", "tent"])
    assert items(both) == ["2", "1"]
    again = await passed(search, both[-1].cursor, queries=["tent"], what=["comments"])
    assert list(again[-1].cursor) == ["comment tent"]


@pytest.mark.parametrize("kept", ["", "nonsense", "1", "1 2 x", "9999999999 9999999999 9999999999"])
def test_a_cursor_that_says_nothing_is_a_first_pass(kept: str) -> None:
    assert Walk.read(kept, NOW, REACH) == Walk.read("", NOW, REACH)


async def test_hits_from_the_future_do_not_move_the_cursor(search: Algolia) -> None:
    search.hits = [story(1, NOW + 5 * 24 * HOUR), story(2, NOW + 20 * HOUR)]
    first = await passed(search)
    (kept,) = first[-1].cursor.values()
    assert max(map(int, kept.split())) <= NOW.timestamp()
    search.hits = [story(3, NOW - HOUR)]
    assert items(await passed(search, first[-1].cursor)) == ["3"]


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (answer(429), RateLimited, "429"),
        (answer(429, b"<html>slow down</html>", Retry_After="120"), RateLimited, "429"),
        (answer(503, Retry_After="5"), RateLimited, "503"),
        (answer(500, b"<html></html>"), FetchError, "500"),
        (answer(400, json.dumps({"message": TOO_FAR}).encode()), FetchError, "400"),
        (answer(403), AccessDenied, "403"),
        (answer(200, b"<!DOCTYPE html><title>Maintenance</title>"), ParseError, "not JSON"),
        (answer(200, b'{"hits": [{"objectID": "1", "ti'), ParseError, "not JSON"),
        (answer(200, b"")[:-4] + b"Content-Length: 9\r\n\r\n{", FetchError, "could not read"),
        (answer(200, b"[]"), ParseError, "no answer of Hacker News Search"),
        (answer(200, b'{"hits": null}'), ParseError, "holds no hits"),
        (answer(200, b'{"message": "blocked", "status": 403}'), ParseError, "blocked"),
        (answer(200, b'{"hits": [], "message": "you can only"}'), ParseError, "you can only"),
    ],
)
async def test_what_goes_wrong_is_said(
    search: Algolia, fault: bytes, error: type[SourceError], words: str
) -> None:
    search.faults.append(fault)
    with pytest.raises(error, match=words) as raised:
        await passed(search)
    assert "127.0.0.1" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"hits": [{"objectID": str(n)} for n in range(1, 101)]}, "when it was published"),
        ({"hits": [story(n) for n in range(1, 101)]}, "newer than was asked for"),
    ],
    ids=["no times", "the same hits whatever is asked"],
)
async def test_answers_that_lead_nowhere_are_not_asked_for_ever(
    search: Algolia, body: object, words: str
) -> None:
    search.faults.extend([answer(200, json.dumps(body).encode())] * 50)
    with pytest.raises(ParseError, match=words):
        await passed(search)
    assert len(search.asked) < 15


FAULTS = [
    answer(429),
    answer(429, Retry_After="30"),
    answer(500),
    answer(502, b"<html></html>"),
    answer(200, b"<html></html>"),
    answer(200, b'{"hits": [{"obj'),
    answer(200, b'{"hits": []')[:-3],
]
# Seconds from the one before, how long until it is indexed, and what happens then: a pass of so
# many batches (0: none), with these faults.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 40, 3600, 20_000]),
        st.sampled_from([0, 0, 5, 600, 7_000]),
        st.sampled_from([0, 0, 0, 1, 2, 50]),
        st.lists(st.none() | st.sampled_from(FAULTS), max_size=4),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
async def test_whatever_happens_nothing_is_lost(
    steps: list[tuple[int, int, int, list[bytes | None]]],
) -> None:
    """Posts arrive, some late, in bursts within a second; passes fail and are cut short."""
    watch = Watch()
    waiting: list[tuple[datetime, Hit]] = []
    tied = 0
    async with algolia() as played, Fetcher(contact=None, clock=watch) as fetcher:

        def publish() -> None:
            watch.time += timedelta(seconds=1)
            played.hits += [hit for when, hit in waiting if when <= watch.time]
            waiting[:] = [(when, hit) for when, hit in waiting if when > watch.time]

        played.reach, played.before = 10, publish
        listening = Listening(played, fetcher, watch)
        with pages_of(2, reach=10):
            await listening.listen(1)
            for number, (pause, lag, most, faults) in enumerate(steps, 1):
                tied = 0 if pause else tied + 1
                watch.time += timedelta(seconds=pause or tied // 10)  # no more can be had
                waiting.append((watch.time + timedelta(seconds=lag), story(number, watch.time)))
                if most:
                    played.faults.extend(faults)
                    await listening.listen(most)
                    played.faults.clear()
            watch.time += timedelta(hours=3)
            await listening.listen(10_000)
            assert set(listening.keys) == {str(number) for number in range(1, len(steps) + 1)}
            cursor = listening.cursor
            await listening.listen(10_000)
            assert listening.cursor == cursor


class Listening:
    """Makes passes as the pipeline does: what was given is kept, and its cursor with it."""

    def __init__(self, search: Algolia, fetcher: Fetcher, watch: Watch) -> None:
        fetcher.pacing.interval = 0
        options = HackerNews.Options(queries=("quechua",), base_url=search.url, private=True)
        self.collector = HackerNews(options, Tools(fetcher=fetcher, clock=watch))
        self.watch = watch
        self.keys: dict[str, str] = {}
        self.cursor: Mapping[str, str] = {}

    async def listen(self, most: int) -> None:
        """Take so many batches at most, and wait as long as any refusal asks for."""
        with suppress(SourceError):
            async for batch in self.collector.collect(self.cursor):
                self.cursor, most = batch.cursor, most - 1
                for post in batch.posts:
                    assert self.keys.setdefault(post.item, post.key) == post.key
                if most == 0:
                    break
        self.watch.time += timedelta(minutes=2)


# What the operator reads


def test_the_options_are_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    assert rows == {
        name: f"{_default(field.get_default())} | {field.description}"
        if not field.is_required()
        else f"required | {field.description}"
        for name, field in HackerNews.Options.model_fields.items()
    }


def _default(value: object) -> str:
    return f"`{json.dumps(value)}`"
