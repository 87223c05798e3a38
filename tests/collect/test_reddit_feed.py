from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import Node, parse
from listener.collect.feed_document import read_document
from listener.collect.feed_entries import Entry
from listener.collect.reddit_feed import RedditFeed
from listener.collect.reddit_posts import COMMENT, POST, Kind, read_entries
from listener.collect.reddit_trail import Trail
from listener.collect.tools import Tools
from listener.errors import AccessDenied, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Post, PostKind
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Answer, Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = Watch().time
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ATOM = "application/atom+xml; charset=UTF-8"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def base36(number: int) -> str:
    return (base36(number // 36) if number >= 36 else "") + DIGITS[number % 36]


def framed(words: str, link: str, thread: str) -> str:
    """Return a post's content, in Reddit's frame."""
    written = f'<!-- SC_OFF --><div class="md">{words}</div><!-- SC_ON --> ' if words else ""
    return (
        f'{written}&#32; submitted by &#32; <a href="https://www.reddit.com/user/ana"> /u/ana </a>'
        f' &#32; to &#32; <a href="https://www.reddit.com/r/tents/"> r/tents </a> <br/>'
        f' <span><a href="{link}">[link]</a></span> &#32;'
        f' <span><a href="{thread}">[comments]</a></span>'
    )


def entry(
    item: str,
    at: datetime = NOW - HOUR,
    *,
    words: str = "<p>Wet again.</p>",
    title: str = "Which tent?",
    author: str = "/u/ana",
    link: str | None = None,
) -> str:
    thread = f"https://www.reddit.com/r/tents/comments/{item[3:]}/which_tent/"
    if item.startswith(COMMENT):
        thread = f"https://www.reddit.com/r/tents/comments/abc/which_tent/{item[3:]}/"
        content = f'<!-- SC_OFF --><div class="md">{words}</div><!-- SC_ON -->'
    else:
        content = framed(words, link or thread, thread)
    return (
        f"<entry><author><name>{author}</name></author>"
        f'<category term="tents" label="r/tents"/>'
        f'<content type="html">{html.escape(content)}</content><id>{item}</id>'
        f'<link href="{thread}"/><updated>{at.isoformat()}</updated>'
        f"<published>{at.isoformat()}</published><title>{html.escape(title)}</title></entry>"
    )


def feed(*entries: str, **headers: str) -> bytes:
    body = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}'
    return answer(200, f"{body}<title>tents</title></feed>".encode(), Content_Type=ATOM, **headers)


class Pages(dict[str, bytes | Answer]):
    """Answers whatever is asked."""

    def __init__(self, answered: Callable[[str], bytes]) -> None:
        super().__init__()
        self.answered = answered

    def get(self, path: str, default: object = None) -> bytes:
        return self.answered(path)


async def passes(
    site: Site,
    *,
    cursor: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    brands: Mapping[str, Node] | None = None,
    **options: Any,
) -> list[Batch]:
    watch = watch or Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        tools = Tools(fetcher=fetcher, clock=watch, queries=brands or {})
        told = RedditFeed.Options(base_url=site.url(""), private=True, **options)
        return [batch async for batch in RedditFeed(told, tools).collect(cursor or {})]


def found(batches: Sequence[Batch]) -> list[str]:
    return [post.item for batch in batches for post in batch.posts]


def one(raw: str) -> Post:
    body = feed(raw).partition(b"\r\n\r\n")[2]
    document = read_document(body, media_type=ATOM, url="https://www.reddit.com/")
    (post,) = read_entries(document.entries, COMMENT if "t1_" in raw else POST, NOW).posts
    return post


# What an entry says


def test_a_post() -> None:
    raw = entry("t3_1abc", words="<p>R&amp;D: 2 &lt; 3</p><p>Why?</p>", title="Tents & more")
    assert one(raw) == Post(
        key="reddit:t3_1abc",
        item="t3_1abc",
        kind=PostKind.DISCUSSION,
        url="https://www.reddit.com/r/tents/comments/1abc/which_tent/",
        title="Tents & more",
        text="R&D: 2 < 3\nWhy?",
        author=Author(handle="ana", url="https://www.reddit.com/user/ana"),
        outlet="r/tents",
        published=NOW - HOUR,
    )


def test_a_comment_knows_its_thread_and_has_no_title() -> None:
    post = one(entry("t1_xyz", title="/u/ana on Which tent?"))
    assert (post.key, post.item, post.title) == ("reddit:t1_xyz", "t1_xyz", None)
    assert (post.root, post.parent) == ("reddit:t3_abc", None)
    assert (post.text, post.outlet) == ("Wet again.", "r/tents")


@pytest.mark.parametrize(
    ("words", "link", "text"),
    [
        ("", "https://shop.example/tent?a=1&amp;b=2", "https://shop.example/tent?a=1&b=2"),
        ("<p>See</p>", "https://shop.example/", "See\nhttps://shop.example/"),
        ("", "https://i.redd.it/x.png", ""),
        ("", "https://www.reddit.com/gallery/1abc", ""),
        ("", "javascript:alert(1)", ""),
        ("<p>submitted by <a href='x'>me</a> [link]</p>", None, "submitted by me [link]"),
    ],
)
def test_the_frame_goes_and_the_linked_page_stays(words: str, link: str | None, text: str) -> None:
    assert one(entry("t3_1abc", words=words, link=link)).text == text


def test_a_frame_around_words_without_marks() -> None:
    content = '<table><tr><td><p>Wet.</p></td><td>&#32; submitted by &#32; <a href="u">u</a> [x]'
    raw = Entry(id="t3_a", html=content)
    assert read_entries([raw], POST, NOW).posts[0].text == "Wet."


@pytest.mark.parametrize("author", ["[deleted]", "/u/[deleted]", "", "two words"])
def test_who_is_not_known_is_nobody(author: str) -> None:
    assert one(entry("t3_1abc", author=author)).author is None


def test_what_is_not_known_is_none() -> None:
    (post,) = read_entries([Entry(id="t3_a")], POST, NOW).posts
    assert post == Post(key="reddit:t3_a", item="t3_a", kind=PostKind.DISCUSSION)


@pytest.mark.parametrize("when", [datetime(2004, 1, 1, tzinfo=UTC), NOW + 2 * DAY])
def test_times_that_cannot_be(when: datetime) -> None:
    (post,) = read_entries([Entry(id="t3_a", published=when)], POST, NOW).posts
    assert post.published is None


def test_subreddits_among_the_hits_are_no_posts() -> None:
    read = read_entries([Entry(id="t5_2qh1i"), Entry(id="t3_a"), Entry(id="x y")], POST, NOW)
    assert ([post.item for post in read.posts], read.skipped) == (["t3_a"], 1)


@pytest.mark.parametrize(
    ("link", "kind", "item"),
    [
        ("https://www.reddit.com/r/tents/comments/abc12/which_tent/", POST, "t3_abc12"),
        (
            "https://www.reddit.com/r/tents/comments/abc12/which_tent/?utm_source=x",
            POST,
            "t3_abc12",
        ),
        ("https://www.reddit.com/user/ana/comments/abc12", POST, "t3_abc12"),
        ("https://www.reddit.com/r/tents/comments/abc12/which_tent/def34/", COMMENT, "t1_def34"),
    ],
)
def test_without_its_number_an_entry_is_known_by_its_address(
    link: str, kind: Kind, item: str
) -> None:
    entry = Entry(id=link, link=link, title="Which tent?", published=NOW - HOUR)
    read = read_entries([entry, Entry(id="x", link="https://x.example/comments/")], kind, NOW)
    assert ([post.item for post in read.posts], read.skipped) == ([item], 1)
    assert read.posts[0].key == f"reddit:{item}"


TEXTS = st.text() | st.sampled_from(["<!-- SC_OFF -->", "<!-- SC_ON -->", "submitted by <a"])
IDS = st.text() | st.from_regex(r"\At[135]_[0-9a-z]{1,13}\Z")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Entry,
            id=st.none() | IDS,
            link=st.none() | st.text(),
            title=st.none() | st.text(),
            html=st.lists(TEXTS).map("".join),
            author=st.none() | st.builds(Author, name=st.none() | st.text()),
            published=st.none() | st.datetimes(timezones=st.just(UTC)),
        )
    ),
    st.sampled_from([POST, COMMENT]),
)
def test_any_entries_give_posts(entries: list[Entry], kind: Kind) -> None:
    read = read_entries(entries, kind, NOW)
    assert len(read.posts) == len(read.listed)
    for post in read.posts:
        assert re.fullmatch(rf"reddit:{kind}_[0-9a-z]+", post.key)


# What is asked for


def asked(site: Site) -> list[tuple[str, dict[str, list[str]]]]:
    parts = [urlsplit(path) for path in site.paths]
    return [(part.path, parse_qs(part.query)) for part in parts]


async def heard(**options: Any) -> list[tuple[str, dict[str, list[str]]]]:
    old = feed(entry("t3_1", NOW - 30 * DAY), entry("t1_1", NOW - 30 * DAY))
    async with local_site() as site:
        site.pages = Pages(lambda path: old)
        await passes(site, **options)
        return asked(site)


async def test_subreddits_are_read_together() -> None:
    assert await heard(subreddits=("tents", "france", "tents")) == [
        ("/r/tents+france/new/.rss", {"limit": ["100"]}),
        ("/r/tents+france/comments/.rss", {"limit": ["100"]}),
    ]


async def test_many_subreddits_take_several_requests() -> None:
    names = tuple(f"subreddit_of_number{n:03}" for n in range(100))
    paths = [path for path, _ in await heard(subreddits=names, what=("posts",))]
    assert len(paths) == 2
    assert all(len(path) < 1600 for path in paths)
    joined = "+".join(path.removeprefix("/r/").removesuffix("/new/.rss") for path in paths)
    assert tuple(joined.split("+")) == names


async def test_phrases_are_searched_for_everywhere() -> None:
    assert await heard(search=True, queries=("decathlon", "tente quechua")) == [
        (
            "/search.rss",
            {
                "q": ['("decathlon" OR "tente quechua")'],
                "sort": ["new"],
                "type": ["link"],
                "limit": ["100"],
            },
        )
    ]


async def test_brands_are_searched_for_in_subreddits() -> None:
    brands = {"D": parse('decathlon NOT sale OR (tent AND "wet night")'), "Q": parse("quechua")}
    posts, comments = await heard(search=True, subreddits=("tents",), brands=brands)
    assert posts[0] == "/r/tents/search.rss"
    assert posts[1]["restrict_sr"] == ["on"]
    assert posts[1]["q"] == ['("decathlon" OR "quechua" OR ("tent" AND "wet night"))']
    assert comments[0] == "/r/tents/comments/.rss"


@pytest.mark.parametrize(
    ("brands", "why"),
    [({}, "no brand listens here"), ({"B": parse("site:example.org")}, "site:example.org")],
)
async def test_nothing_to_search_for_needs_a_person(brands: dict[str, Node], why: str) -> None:
    async with local_site() as site:
        with pytest.raises(SourceError, match=why) as raised:
            await passes(site, search=True, brands=brands)
    assert raised.value.needs_person


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "name subreddits"),
        ({"subreddits": ["r/tents"]}, "subreddits"),
        ({"subreddits": ["tents"], "queries": ["a"]}, "search = true"),
        ({"search": True, "queries": ['"a"']}, "without quotes"),
        ({"search": True, "queries": ["--"]}, "no word"),
        ({"search": True, "what": ["comments"]}, "of subreddits only"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        RedditFeed.Options.model_validate(options)


# A request a minute


async def test_one_request_a_minute_for_all_sources_of_the_host() -> None:
    page = feed(entry("t3_1", NOW - 30 * DAY))
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages |= {f"/r/{name}/new/.rss?limit=100": page for name in ("a_", "b_")}
        tools = Tools(fetcher=fetcher, clock=watch)
        begun = watch.time
        for name in ("a_", "b_"):
            options = RedditFeed.Options(
                base_url=site.url(""), private=True, subreddits=(name,), what=("posts",)
            )
            assert [batch async for batch in RedditFeed(options, tools).collect({})]
    assert watch.time - begun == timedelta(seconds=61)


async def test_none_left_is_no_refusal() -> None:
    """Reddit says after each answer that none is left for the rest of the minute."""
    none = {"X_RateLimit_Remaining": "0.0", "X_RateLimit_Reset": "57", "X_RateLimit_Used": "1"}
    async with local_site() as site:
        site.pages |= {
            "/r/tents/new/.rss?limit=100": feed(entry("t3_1", NOW - 30 * DAY), **none),
            "/r/tents/comments/.rss?limit=100": feed(entry("t1_1", NOW - 30 * DAY), **none),
        }
        assert found(await passes(site, subreddits=("tents",))) == ["t3_1", "t1_1"]


async def test_a_refusal_ends_the_pass() -> None:
    async with local_site() as site:
        site.pages["/r/tents/new/.rss?limit=100"] = answer(429, b"<!doctype html><html></html>")
        with pytest.raises(RateLimited, match="429"):
            await passes(site, subreddits=("tents",))
        assert len(site.paths) == 1


# Refusals and what is no answer


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>You've been blocked by network security.</html>", "address of this machine"),
        (b'{"reason": "private", "message": "Forbidden", "error": 403}', "subreddit is private"),
        (b'{"message": "Forbidden", "error": 403}', "private, quarantined or banned"),
    ],
)
async def test_403(body: bytes, why: str) -> None:
    async with local_site() as site:
        site.pages["/r/tents/new/.rss?limit=100"] = answer(403, body)
        with pytest.raises(AccessDenied, match=why) as raised:
            await passes(site, subreddits=("tents",))
    assert raised.value.status == 403


@pytest.mark.parametrize(
    ("path", "error", "why"),
    [
        ("/login/?dest=x", AccessDenied, "asks for a login"),
        ("/subreddits/search.rss?q=tents", SourceError, "no such subreddit"),
    ],
)
async def test_redirects(path: str, error: type[SourceError], why: str) -> None:
    async with local_site() as site:
        site.pages["/r/tents/new/.rss?limit=100"] = answer(302, Location=path)
        site.pages[path] = feed(entry("t5_1"))
        with pytest.raises(error, match=why):
            await passes(site, subreddits=("tents",))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!doctype html><html><body>Wait</body></html>", "web page"),
        (b"", "empty"),
        (b"{}", "could not read"),
        (
            b'<rss version="2.0"><channel><title>x</title><item><title>y</title></item></channel>'
            b"</rss>",
            "none of Reddit's",
        ),
    ],
)
async def test_what_is_no_feed_of_reddits(body: bytes, why: str) -> None:
    async with local_site() as site:
        site.pages["/r/tents/new/.rss?limit=100"] = answer(200, body)
        with pytest.raises(ParseError, match=why):
            await passes(site, subreddits=("tents",))


async def test_empty_feeds_are_doubted() -> None:
    async with local_site() as site:
        site.pages |= {
            "/r/tents/new/.rss?limit=100": feed(),
            "/r/tents/comments/.rss?limit=100": feed(),
        }
        batches = await passes(site, subreddits=("tents",))
        assert batches[-1].doubt is not None
        site.pages["/r/tents/comments/.rss?limit=100"] = feed(entry("t1_1", NOW - 30 * DAY))
        assert (await passes(site, subreddits=("tents",)))[-1].doubt is None


# Reddit played on this machine: lists by pages, asked for what stands after a post


class Reddit:
    """`size` entries a page, whatever is asked for; `most` of a list. After a deleted one: none."""

    refusals: Sequence[bytes] = (
        answer(429),
        answer(403, b"<html>blocked by network security</html>"),
    )
    lag = timedelta(minutes=10)

    def __init__(self, size: int = 4, most: int = 1000) -> None:
        self.size, self.most = size, most

    def collector(self, url: str, tools: Tools) -> RedditFeed:
        options = RedditFeed.Options(
            base_url=url, private=True, subreddits=("tents",), what=("comments",)
        )
        return RedditFeed(options, tools)

    def key(self, item: Item) -> str:
        return f"reddit:{self.id(item)}"

    def id(self, item: Item) -> str:
        return f"t1_{base36(item.number + 36**3 - 20)}"  # soon a letter longer

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        assert question.path == "/r/tents/comments/.rss"
        items = list(reversed(shown))[: self.most]
        after = question.asked.get("after")
        if after is not None:
            ids = [self.id(item) for item in items]
            items = items[ids.index(after) + 1 :] if after in ids else []
        none = {"X_RateLimit_Remaining": "0.0", "X_RateLimit_Reset": "57"}
        return feed(*(entry(self.id(item), item.at) for item in items[: self.size]), **none)


def small(cursor: Mapping[str, str]) -> None:
    assert len(str(cursor)) < 300


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]))
async def test_nothing_is_lost_nor_told_twice(events: list[Event], skew: int) -> None:
    await survives(
        Reddit(),
        events,
        skew=timedelta(seconds=skew),
        check=small,
    )


class Played:
    """A list of comments, one a minute, and passes over it."""

    def __init__(self, reddit: Reddit, posts: int) -> None:
        self.reddit, self.watch = reddit, Watch()
        self.items = [
            Item(n, self.watch.time - (posts - n) * timedelta(minutes=1), self.watch.time)
            for n in range(1, posts + 1)
        ]
        self.cursor: Mapping[str, str] = {}
        self.asked: list[str | None] = []

    def answer(self, path: str) -> bytes:
        query = dict(parse_qsl(urlsplit(path).query))
        self.asked.append(query.get("after"))
        shown = [item for item in self.items if not item.gone]
        return self.reddit.answer(Question(urlsplit(path).path, query, {}), shown, self.watch.time)

    async def listen(self, most: int = 99) -> list[Batch]:
        batches = []
        async with local_site() as site, Fetcher(contact=None, clock=self.watch) as fetcher:
            site.pages = Pages(self.answer)
            tools = Tools(fetcher=fetcher, clock=self.watch)
            async for batch in self.reddit.collector(site.url(""), tools).collect(self.cursor):
                batches.append(batch)
                self.cursor = batch.cursor
                if len(batches) == most:
                    break
        return batches

    def publish(self, posts: int) -> None:
        for _ in range(posts):
            self.watch.time += timedelta(minutes=1)
            self.items.append(Item(len(self.items) + 1, self.watch.time, self.watch.time))


async def test_a_quiet_pass_takes_one_request() -> None:
    played = Played(Reddit(size=100), 300)
    assert len(found(await played.listen())) == 300
    played.watch.time += HOUR
    played.asked.clear()
    batches = await played.listen()
    assert played.asked == [None, base_of(played, 201)]  # two hours are read again
    assert not any(batch.gaps for batch in batches)


def base_of(played: Played, number: int) -> str:
    return played.reddit.id(played.items[number - 1])


async def test_what_an_outage_left_is_caught_up_page_by_page() -> None:
    played = Played(Reddit(size=25), 200)
    await played.listen()
    played.publish(180)
    batches = await played.listen()
    ids = {played.reddit.id(item) for item in played.items[200:]}
    assert ids <= set(found(batches))
    assert not any(batch.gaps for batch in batches)


async def test_what_the_list_no_longer_gives_is_a_gap() -> None:
    played = Played(Reddit(size=25, most=100), 200)
    first = await played.listen()
    assert not any(batch.gaps for batch in first)  # nothing was promised of before
    heard = played.watch.time
    played.publish(400)
    gaps = [gap for batch in await played.listen() for gap in batch.gaps]
    assert len(gaps) == 1
    assert gaps[0].since <= heard
    assert gaps[0].until == played.items[500].at
    assert gaps[0].why == "Reddit gave no more than the newest 100 of a list"
    assert not any(batch.gaps for batch in await played.listen())  # told once


async def test_a_deleted_post_to_ask_after_does_not_end_the_walk() -> None:
    played = Played(Reddit(size=10), 200)
    await played.listen(most=15)
    for number in (51, 52):  # where it stands, and the next best
        played.items[number - 1].gone = True
    rest = found(await played.listen())
    assert {played.reddit.id(item) for item in played.items[:50]} <= set(rest)


@given(st.text() | st.from_regex(r"\A(\d{1,20} ){2}\S+ \S+ \d{1,20} \S+ \d{1,3} \S+ \S+ \S+\Z"))
def test_any_cursor_is_resumed_or_begun_anew(text: str) -> None:
    trail = Trail.resumed(text, NOW)
    assert Trail.resumed(trail.kept(), NOW) == trail
    assert (trail.after is None) == trail.over


@pytest.mark.parametrize("reached", [-(10**20), 10**20])
def test_a_time_that_no_clock_shows_breaks_nothing(reached: int) -> None:
    now = int(NOW.timestamp())
    kept = f"{now - 900} {now - 90} t3_a t3_z {now} - 3 t3_z {reached} 30"
    trail, gaps = Trail.resumed(kept, NOW).on((), NOW)
    assert trail.over
    assert all(gap.until <= NOW for gap in gaps)
