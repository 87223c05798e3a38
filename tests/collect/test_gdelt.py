from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import parse
from listener.collect import gdelt_windows as windows
from listener.collect.gdelt import Gdelt, Refused
from listener.collect.gdelt_posts import read_articles, repaired
from listener.collect.tools import Tools
from listener.errors import FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Batch, Gap, Post, PostKind
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = Watch().time
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THROTTLED = b"Please limit requests to one every 5 seconds or contact us for larger queries."
TOO_SHORT = b"The specified phrase is too short."


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def article(number: int, seen: datetime = NOW, **more: object) -> dict[str, object]:
    return {
        "url": f"https://www.news.example/{number}",
        "url_mobile": "",
        "title": f"Acme , the maker of tents , wins {number}",
        "seendate": f"{seen:%Y%m%dT%H%M%SZ}",
        "socialimage": "",
        "domain": "news.example",
        "language": "English",
        "sourcecountry": "France",
    } | more


def listing(*articles: object) -> bytes:
    body: dict[str, object] = {"articles": articles} if articles else {}
    return answer(200, json.dumps(body).encode(), Content_Type="application/json; charset=utf-8")


def stamp(when: datetime) -> str:
    return f"{when:%Y%m%d%H%M%S}"


class News(dict[str, Any]):
    """Answers searches from a list of articles, as many at once as there is room for."""

    def __init__(self, *articles: dict[str, object]) -> None:
        super().__init__()
        self.articles = list(articles)
        self.asked: list[dict[str, str]] = []
        self.faults: list[bytes | None] = []

    def get(self, path: str, default: object = None) -> object:
        asked = dict(parse_qsl(urlsplit(path).query))
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        return fault or self.answer(asked)

    def answer(self, asked: Mapping[str, str]) -> bytes:
        since, until = asked["startdatetime"], asked["enddatetime"]
        found = [
            one
            for one in self.articles
            if since <= str(one["seendate"]).translate({84: None, 90: None}) <= until
        ]
        found.sort(key=lambda one: str(one["seendate"]), reverse=True)
        return listing(*found[: int(asked["maxrecords"])])


@contextmanager
def at_most(articles: int, smallest: timedelta = HOUR) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "MOST", articles)
        patch.setattr(windows, "SMALLEST", smallest)
        yield


async def heard(
    news: News,
    cursor: Mapping[str, str] | None = None,
    *,
    now: datetime = NOW,
    batches: list[Batch] | None = None,
    most: int | None = None,
    brands: Mapping[str, str] | None = None,
    **options: object,
) -> list[Batch]:
    watch = Watch()
    watch.time = now
    batches = [] if batches is None else batches
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = news
        asked: dict[str, object] = {"base_url": site.url("/api/v2"), "private": True, **options}
        if brands is None:
            asked.setdefault("queries", ["acme"])
        queries = {name: parse(query) for name, query in (brands or {}).items()}
        collector = Gdelt(
            Gdelt.Options.model_validate(asked),
            Tools(fetcher=fetcher, clock=watch, queries=queries),
        )
        async for batch in collector.collect(cursor or {}):
            batches.append(batch)
            if len(batches) == most:
                break
    return batches


def items(batches: Sequence[Batch]) -> list[str]:
    return [post.item.rpartition("/")[2] for batch in batches for post in batch.posts]


# What an article says


def test_an_article() -> None:
    (post,) = read_articles(json.dumps({"articles": [article(7)]}), NOW).posts
    assert post == Post(
        key="url:https://news.example/7",
        item="https://news.example/7",
        kind=PostKind.NEWS,
        url="https://www.news.example/7",
        title="Acme, the maker of tents, wins 7",
        outlet="news.example",
        published=NOW,
        language="en",
    )


@pytest.mark.parametrize(
    ("title", "better"),
    [
        ("Tents rise ; bags fall", "Tents rise; bags fall"),
        ("Markets , May 14 : U . S . tents move", "Markets, May 14: U.S. tents move"),
        ("Up 1 . 5 % to 1 , 000 ( really ) !", "Up 1.5% to 1,000 (really)!"),
        ("Digest - May 2026 # 2 | Law", "Digest - May 2026 #2 | Law"),
        ("Acme ' s tent", "Acme's tent"),
        ("On May 14 , 2026", "On May 14, 2026"),
        ("A .NET of tents", "A .NET of tents"),
        ("Nothing to mend: it's fine.", "Nothing to mend: it's fine."),
    ],
)
def test_a_title_is_put_together(title: str, better: str) -> None:
    assert repaired(title) == better


def test_french_keeps_its_spaces() -> None:
    assert repaired("Acme : une tente , vraiment ?", "fr") == "Acme : une tente, vraiment ?"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("English", "en"),
        ("French", "fr"),
        ("Chinese", "zh"),
        ("Klingon", None),
        ("", None),
        (5, None),
    ],
)
def test_languages_are_named_in_english(name: object, code: str | None) -> None:
    (post,) = read_articles(json.dumps({"articles": [article(7, language=name)]}), NOW).posts
    assert post.language == code


@pytest.mark.parametrize(
    "text",
    [
        '{"articles": [{"url": "https://a.example/1", "title": "It\\\'s \\here"}]}',
        '{"articles": [{"url": "https://a.example/1", "title": "a\ttab"}]}',
    ],
)
def test_json_that_is_not_quite_json_is_read(text: str) -> None:
    (post,) = read_articles(text, NOW).posts
    assert post.published is None
    assert post.title in ("It\\'s \\here", "a tab")


@pytest.mark.parametrize(
    "seen", ["20261120T120000Z", "20261120T120000", "20261120120000", "2026-11-20T12:00:00Z"]
)
def test_a_time_is_read_as_it_is_written_at_times(seen: str) -> None:
    (post,) = read_articles(json.dumps({"articles": [article(1, seendate=seen)]}), NOW).posts
    assert post.published == NOW


def test_braces_in_a_title_end_no_article() -> None:
    good = json.dumps(article(1, title="An {odd} title }, {"))
    bad = json.dumps(article(2, title="@")).replace("@", 'a "quote"')
    read = read_articles(f'{{"articles": [ {good} , {bad},{json.dumps(article(3))} ] }}', NOW)
    assert [post.item[-1] for post in read.posts] == ["1", "3"]
    assert read.skipped == 1


def test_an_article_that_is_badly_written_is_skipped() -> None:
    whole = json.dumps({"articles": [article(1), article(2), article(3)]})
    for was, bad in (('"url"', '"u"rl"'), ('"title": "', '"title": "The "best'), ('", "', '" "')):
        read = read_articles(whole.replace(was, bad, 1), NOW)
        assert (len(read.posts), read.size, read.skipped) == (2, 3, 1)
    with pytest.raises(ParseError, match="not JSON"):
        read_articles(whole[:-20], NOW)


@settings(max_examples=60)
@given(st.text())
def test_no_title_is_broken(title: str) -> None:
    assert len(repaired(title)) <= len(title)
    assert repaired(repaired(repaired(title))) == repaired(repaired(repaired(repaired(title))))
    assert [c for c in repaired(title) if c != " "] == [c for c in title if c != " "]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
RAWS = st.dictionaries(st.sampled_from([*article(1)]), ANY | st.just("https://a.example/b"))


@settings(max_examples=60)
@given(ANY | st.builds(lambda a: {"articles": a}, st.lists(RAWS) | ANY))
def test_any_json_is_a_list_or_a_parse_error(body: object) -> None:
    try:
        page = read_articles(json.dumps(body), NOW)
    except ParseError:
        return
    assert page.size == page.skipped + len(page.posts)
    for post in page.posts:
        ((post.title or "") + post.key).encode()


# What is asked for


async def test_the_question() -> None:
    news = News()
    await heard(news)
    assert news.asked == [
        {
            "query": "acme",
            "mode": "artlist",
            "format": "json",
            "sort": "datedesc",
            "maxrecords": "250",
            "startdatetime": stamp(NOW - 7 * DAY - 2 * HOUR),
            "enddatetime": stamp(NOW),
        }
    ]


async def test_brands_are_asked_for_together_and_in_its_own_syntax() -> None:
    news = News()
    brands = {"A": 'acme OR "acme tents" NOT circus', "B": "(tent OR bag) outdoor -play", "H": "hp"}
    await heard(news, brands=brands)
    assert [asked["query"] for asked in news.asked] == ["acme", "(tent OR bag) outdoor"]


async def test_a_brand_that_is_too_short_is_said() -> None:
    with pytest.raises(SourceError, match="nothing to search for: by itself, hp") as caught:
        await heard(News(), brands={"H": "hp"})
    assert caught.value.needs_person


@pytest.mark.parametrize("queries", [["hp"], ["a b"], [""], ['"acme"'], ["!?"], ["x" * 151]])
def test_a_phrase_that_cannot_be_asked_is_refused(queries: list[str]) -> None:
    with pytest.raises(ValidationError):
        Gdelt.Options.model_validate({"queries": queries})


async def test_an_article_of_two_searches_is_given_once() -> None:
    news = News(article(1))
    assert items(await heard(news, brands={"A": "acme one", "B": "acme two"})) == ["1"]
    assert len(news.asked) == 2


async def test_all_searches_wait_for_one_another() -> None:
    news, watch = News(article(1)), Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = news
        for word in ("acme", "tents"):
            options = Gdelt.Options(queries=(word,), base_url=site.url(""), private=True)
            collector = Gdelt(options, Tools(fetcher=fetcher, clock=watch))
            assert [batch async for batch in collector.collect({})]
    assert watch.time - NOW >= timedelta(seconds=6)


# The way through time


async def test_it_goes_on_from_the_newest_article() -> None:
    news = News(article(1, NOW - 5 * DAY), article(2, NOW - DAY), article(3, NOW - 8 * DAY))
    first = await heard(news)
    assert items(first) == ["2", "1"]
    news.articles.append(article(4, NOW - DAY - HOUR))  # listed late
    second = await heard(news, first[-1].cursor, now=NOW + DAY)
    assert items(second) == ["2", "4"]
    assert news.asked[-1]["startdatetime"] == stamp(NOW - DAY - 2 * HOUR)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 7 * 24 * 4 - 1), max_size=60), st.integers(2, 9), st.integers(0, 9))
def test_what_does_not_fit_into_an_answer_is_given_or_named(
    quarters: list[int], most: int, cut: int
) -> None:
    """Articles by the quarters of an hour in which they were seen, as GDELT has it."""
    seen = [NOW - quarter * timedelta(minutes=15) for quarter in quarters]
    news = News(*(article(number, when) for number, when in enumerate(seen)))

    async def listen() -> list[Batch]:
        some = await heard(news, most=cut or None)
        return some + await heard(news, some[-1].cursor if some else {})

    with at_most(most):
        batches = asyncio.run(listen())
    gaps = [gap for batch in batches for gap in batch.gaps]
    given_ = set(items(batches))
    for number, when in enumerate(seen):
        assert str(number) in given_ or any(gap.since <= when <= gap.until for gap in gaps)
    if len(seen) < most:
        assert not gaps


async def test_more_than_it_gives_of_an_hour_is_a_gap() -> None:
    news = News(*(article(n, NOW - DAY) for n in range(9)))
    with at_most(5):
        batches = await heard(news)
    (gap,) = [gap for batch in batches for gap in batch.gaps]
    assert gap.since < gap.until == NOW - DAY
    assert gap.until - gap.since < 2 * HOUR
    assert "more than 5" in gap.why


async def test_three_months_is_all_it_searches() -> None:
    first = await heard(News(article(1, NOW - DAY)))
    later = NOW + 100 * DAY
    news = News(article(2, later - DAY))
    second = await heard(news, first[-1].cursor, now=later)
    assert [gap for batch in second for gap in batch.gaps] == [
        Gap(
            since=NOW,
            until=later - windows.ARCHIVE,
            why="GDELT searches the last three months only",
        )
    ]
    assert news.asked[0]["startdatetime"] == stamp(later - windows.ARCHIVE)
    third = await heard(news, second[-1].cursor, now=later + DAY)
    assert [gap for batch in third for gap in batch.gaps] == []


async def test_a_rare_brand_is_no_gap() -> None:
    cursor: Mapping[str, str] = {}
    news = News(article(1, NOW - DAY))
    for days in range(0, 160, 40):
        batches = await heard(news, cursor, now=NOW + days * DAY)
        cursor = batches[-1].cursor
        assert [gap for batch in batches for gap in batch.gaps] == []
    assert batches[-1].doubt is not None
    assert "none" in batches[-1].doubt, "it cannot find again what left its archive"


# Empty answers


async def test_an_empty_answer_moves_nothing() -> None:
    news = News()
    never = await heard(news)
    assert never[-1].doubt is not None
    assert "none" in never[-1].doubt
    news.articles = [article(1, NOW - DAY)]
    known = await heard(news, never[-1].cursor, now=NOW + HOUR)
    assert (items(known), known[-1].doubt) == (["1"], None)
    news.articles = []
    silent = await heard(news, known[-1].cursor, now=NOW + 3 * DAY)
    assert silent[-1].doubt is not None
    assert "does not find again" in silent[-1].doubt
    news.articles = [article(1, NOW - DAY), article(2, NOW + HOUR)]
    assert items(await heard(news, silent[-1].cursor, now=NOW + 3 * DAY)) == ["2", "1"]


async def test_what_is_rare_is_not_doubted_when_the_search_works() -> None:
    news = News(article(1))
    news.faults = [listing()]
    batches = await heard(news, brands={"A": "acme one", "B": "acme two"})
    assert [batch.doubt for batch in batches] == [None] * len(batches)


async def test_a_half_that_is_empty_is_asked_for_twice() -> None:
    news = News(*(article(n, NOW - 6 * DAY + n * HOUR) for n in range(4)), article(9))
    with at_most(5):
        news.faults = [None, listing()]
        batches = await heard(news)
    assert sorted(items(batches)) == ["0", "1", "2", "3", "9"]
    assert news.asked[1] == news.asked[2]


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (answer(429, THROTTLED), RateLimited, "429"),
        (answer(200, THROTTLED, Content_Type="application/json"), RateLimited, "one every 5"),
        (answer(200, TOO_SHORT + b"\n"), Refused, "for acme: The specified phrase is too short"),
        (answer(200, b"Too many requests, slow down"), RateLimited, "Too many requests"),
        (answer(200, b"Your query timed out, please try again."), ParseError, "timed out"),
        (answer(200, b"upstream connect error"), ParseError, "upstream connect error"),
        (answer(200, b"null"), ParseError, "null"),
        (answer(200, b'\xef\xbb\xbf{"error": "no query"}'), ParseError, "no articles"),
        (answer(200, b'{"error": "no index"}'), ParseError, "no articles"),
        (answer(503, b"<html>"), FetchError, "503"),
        (answer(200, b"<html><title>Error</title>"), ParseError, "not JSON"),
        (answer(200, b""), ParseError, "not JSON"),
        (answer(200, b'{"articles": [{"ur'), ParseError, "not JSON"),
        (answer(200, b"[]"), ParseError, "no list of GDELT"),
        (answer(200, b'{"articles": 5}'), ParseError, "no articles"),
    ],
)
async def test_what_goes_wrong_is_said(fault: bytes, error: type[SourceError], words: str) -> None:
    news = News()
    news.faults = [fault]
    with pytest.raises(error, match=words) as caught:
        await heard(news)
    assert "\n" not in str(caught.value)
    assert caught.value.needs_person == (error is Refused)


async def test_a_throttle_silences_every_search() -> None:
    watch, news = Watch(), News(article(1))
    news.faults = [answer(200, THROTTLED)]
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = news
        tools = Tools(fetcher=fetcher, clock=watch)
        options = Gdelt.Options(queries=("acme",), base_url=site.url(""), private=True)
        with pytest.raises(RateLimited) as caught:
            [batch async for batch in Gdelt(options, tools).collect({})]
        assert caught.value.retry_after == timedelta(minutes=1)
        with pytest.raises(RateLimited, match="left alone"):
            [batch async for batch in Gdelt(options, tools).collect({})]
        watch.time += timedelta(minutes=1)
        assert items([batch async for batch in Gdelt(options, tools).collect({})]) == ["1"]


async def test_a_search_that_is_refused_keeps_no_other_waiting() -> None:
    news, batches = News(article(1)), list[Batch]()
    news.faults = [answer(200, TOO_SHORT)]
    with pytest.raises(Refused):
        await heard(news, batches=batches, brands={"A": "acme one", "B": "acme two"})
    assert items(batches) == ["1"]


@pytest.mark.parametrize(
    "kept", ["", "nonsense", "1 2", "1 2 x", "9999999999 1 1", f"1 1 {-(10**20)}"]
)
def test_a_cursor_that_says_nothing_is_a_first_pass(kept: str) -> None:
    assert windows.Known.read(kept, NOW) == windows.Known.read("", NOW)


class Played:
    """A search that is as careless as the real one."""

    lag = timedelta(minutes=10)
    refusals: Sequence[bytes] = (
        answer(429, THROTTLED),
        answer(200, THROTTLED),
        listing(),
        answer(200, TOO_SHORT),
    )

    def collector(self, url: str, tools: Tools) -> Gdelt:
        return Gdelt(Gdelt.Options(queries=("acme",), base_url=url, private=True), tools)

    def key(self, item: Item) -> str:
        return f"url:https://news.example/{item.number}"

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        return News(*(article(item.number, item.at.astimezone(UTC)) for item in shown)).answer(
            question.asked
        )


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]))
def test_nothing_is_lost(events: list[Event], skew: int) -> None:
    def check(cursor: Mapping[str, str]) -> None:
        assert len(str(cursor)) < 200

    with at_most(100, timedelta(minutes=1)):
        asyncio.run(survives(Played(), events, skew=timedelta(seconds=skew), check=check))
