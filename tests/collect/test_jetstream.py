"""Bluesky's stream, from a websocket server on this machine that breaks off as it likes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import WSMsgType, web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import parse
from listener.collect import jetstream, jetstream_socket
from listener.collect.bluesky import seconds_look
from listener.collect.jetstream import HOSTS, Jetstream
from listener.collect.jetstream_events import COLLECTION, read_event
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Gap, Post, PostKind
from tests.collect.recordings import load
from tests.local_site import Watch, answer, local_site

pytestmark = pytest.mark.anyio
DOCS = Path(__file__).resolve().parents[2] / "docs/collectors/jetstream.md"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = int(NOW.timestamp() * 1_000_000)
SECOND = 1_000_000
DID = "did:plc:ana"


def event(
    number: int, text: str = "A tent by Acme", at: int | None = None, **record: object
) -> str:
    time = START + number * SECOND if at is None else at
    created = datetime.fromtimestamp(time / SECOND, UTC).isoformat().replace("+00:00", "Z")
    commit = {
        "rev": "3k",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"r{number}",
        "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": created, **record},
        "cid": "bafy",
    }
    return json.dumps({"did": DID, "time_us": time, "kind": "commit", "commit": commit})


def uri(number: int) -> str:
    return f"at://{DID}/app.bsky.feed.post/r{number}"


# What an event says


def test_a_post() -> None:
    record: dict[str, Any] = {
        "langs": ["fr"],
        "facets": [{"features": [{"uri": "https://acme.example/tent"}, {"tag": "x"}, 5]}, 7],
        "embed": {"external": {"uri": "https://news.example/1"}},
        "reply": {"parent": {"uri": "at://b/c/d"}, "root": {"uri": "at://b/c/a"}},
    }
    read = read_event(event(1, "Tente <b>\nAcme", **record))
    assert read is not None
    assert read.post == Post(
        key=uri(1),
        item=uri(1),
        kind=PostKind.SOCIAL,
        url=f"https://bsky.app/profile/{DID}/post/r1",
        text="Tente <b>\nAcme\nhttps://acme.example/tent\nhttps://news.example/1",
        author=Author(url=f"https://bsky.app/profile/{DID}"),
        published=NOW + timedelta(seconds=1),
        language="fr",
        parent="at://b/c/d",
        root="at://b/c/a",
    )


@pytest.mark.parametrize(
    ("created", "published"),
    [
        ("2031-01-01T00:00:00Z", NOW),
        ("2026-11-20T11:59:58Z", NOW - timedelta(seconds=2)),
        ("2024-05-01T00:00:00Z", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2015-05-01T00:00:00Z", datetime(2015, 5, 1, tzinfo=UTC)),  # brought along from elsewhere
        ("0001-01-01T00:00:00Z", NOW),
        ("yesterday", NOW),
        (5, datetime.fromtimestamp(START / SECOND, UTC)),
    ],
)
def test_an_author_s_clock_is_not_trusted(created: object, published: datetime) -> None:
    read = read_event(event(0, createdAt=created))
    assert read is not None
    assert read.post is not None
    assert read.post.published == published


def test_the_page_linked_beside_a_quoted_post_is_read() -> None:
    media = {"$type": "app.bsky.embed.external", "external": {"uri": "https://acme.example/x"}}
    read = read_event(event(1, "So true", embed={"record": {"uri": uri(0)}, "media": media}))
    assert read is not None
    assert read.post is not None
    assert read.post.text == "So true\nhttps://acme.example/x"


@pytest.mark.parametrize(
    ("was", "now"),
    [('"r1"', '"r#1"'), ('"r1"', '".."'), ('"r1"', '"é"'), (DID, "ana"), (DID, "did:x")],
)
def test_what_cannot_be_asked_for_again_is_no_post(was: str, now: str) -> None:
    """One such among 25 and the API refuses them all."""
    assert was in event(1)
    read = read_event(event(1).replace(was, now))
    assert read is not None
    assert read.post is None


def test_what_is_not_known_stays_unknown() -> None:
    read = read_event(event(1, langs=["fr", "en"], reply={"parent": {"uri": "https://x"}}))
    assert read is not None
    assert read.post is not None
    assert (read.post.language, read.post.parent, read.post.engagement) == (None, None, None)


@pytest.mark.parametrize(
    ("langs", "language"),
    [(["fr"], "fr"), (["pt-BR"], "pt"), (["EN-us", "en"], "en"), (["tlh"], None), ("fr", None),
     ([None], None), ([], None)],
)  # fmt: skip
def test_a_language_is_two_letters(langs: object, language: str | None) -> None:
    read = read_event(event(1, langs=langs))
    assert read is not None
    assert read.post is not None
    assert read.post.language == language


def test_what_cannot_be_read_was_not_deleted() -> None:
    asked = [Post(key=f"at://x/{COLLECTION}/{n}", item=str(n)) for n in (1, 2)]
    second = seconds_look({"posts": [{"uri": asked[0].key}, {"uri": None}]}, asked, NOW)
    assert ([post.key for post in second.posts], second.gone) == ([asked[0].key], ())


def test_a_handle_that_is_not_proven_is_none() -> None:
    asked = Post(key=uri(1), item=uri(1))
    author = {"did": DID, "handle": "handle.invalid", "displayName": "Ana"}
    (post,) = seconds_look({"posts": [{"uri": uri(1), "author": author}]}, [asked], NOW).posts
    assert post.author == Author(name="Ana", url=f"https://bsky.app/profile/{DID}")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(["did", "time_us", "commit", "kind"])
COMMIT = st.dictionaries(
    st.sampled_from(["operation", "collection", "rkey", "record"]),
    ANY | st.just("app.bsky.feed.post"),
)


@given(st.text(max_size=40) | st.dictionaries(KEYS, ANY | COMMIT | st.just(START)).map(json.dumps))
def test_any_message_is_an_event_or_nothing(text: str) -> None:
    read = read_event(text)
    if read is not None and read.post is not None:
        assert read.post.key.startswith("at://")


# The stream


@dataclass
class Network:
    """Every event of the network, and what each connection does: so many messages, then it ends."""

    events: list[str] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    oldest: int = 0  # what is older is forgotten
    refuses: int = 0
    profiles: dict[str, dict[str, object]] = field(default_factory=dict)
    posts: dict[str, dict[str, object]] = field(default_factory=dict)
    port: int = 0

    @property
    def options(self) -> Jetstream.Options:
        hosts = (f"ws://127.0.0.1:{self.port}", f"ws://localhost:{self.port}")
        return Jetstream.Options(
            hosts=hosts, base_url=f"http://127.0.0.1:{self.port}", private=True
        )

    async def subscribe(self, request: web.Request) -> web.StreamResponse:
        if self.refuses:
            self.refuses -= 1
            raise web.HTTPServiceUnavailable
        self.asked.append(dict(request.query))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        cut = self.cuts.pop(0) if self.cuts else None
        cursor = int(request.query.get("cursor", START))
        held = [e for e in self.events if json.loads(e)["time_us"] >= max(cursor, self.oldest)]
        if largest := int(request.query.get("maxMessageSizeBytes", 0)):
            held = [e for e in held if len(e) <= largest]
        for number, message in enumerate(held):
            if number == cut:
                break
            await socket.send_str(message)
        else:
            if cut is None:
                await socket.send_str("{not json")
                while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
                    pass
        await socket.close()
        return socket

    async def get_profiles(self, request: web.Request) -> web.Response:
        wanted = request.query.getall("actors")
        return web.json_response(
            {"profiles": [self.profiles[d] for d in wanted if d in self.profiles]}
        )

    async def get_posts(self, request: web.Request) -> web.Response:
        wanted = request.query.getall("uris")
        assert len(wanted) <= 25
        return web.json_response({"posts": [self.posts[u] for u in wanted if u in self.posts]})


@asynccontextmanager
async def network(*events: str) -> AsyncIterator[Network]:
    played = Network(list(events))
    app = web.Application()
    app.router.add_get("/subscribe", played.subscribe)
    app.router.add_get("/xrpc/app.bsky.actor.getProfiles", played.get_profiles)
    app.router.add_get("/xrpc/app.bsky.feed.getPosts", played.get_posts)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    played.port = runner.addresses[0][1]
    try:
        yield played
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(jetstream, "EVERY", 0.02)


@asynccontextmanager
async def listening(
    played: Network, query: str = "acme"
) -> AsyncIterator[tuple[Jetstream, Fetcher]]:
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        tools = Tools(fetcher=fetcher, clock=watch, queries={"Acme": parse(query)})
        yield Jetstream(played.options, tools), fetcher


async def heard(
    played: Network,
    cursor: Mapping[str, str],
    until: int,
    most: int | None = None,
    query: str = "acme",
) -> list[Batch]:
    """Take batches until the event of that time was heard, or so many."""
    batches = []
    async with listening(played, query) as (collector, _), asyncio.timeout(20):
        async for batch in collector.collect(cursor):
            batches.append(batch)
            if int(batch.cursor["time"]) >= until or len(batches) == most:
                break
    return batches


def keys(batches: list[Batch]) -> list[str]:
    return [post.key for batch in batches for post in batch.posts]


async def test_of_all_posts_those_about_a_brand_are_kept() -> None:
    async with network(event(1), event(2, "Weather"), event(3, "ACME!")) as played:
        batches = await heard(played, {}, START + 3 * SECOND)
    assert keys(batches) == [uri(1), uri(3)]
    assert batches[-1].cursor == {"time": str(START + 3 * SECOND)}
    asked = {"wantedCollections": "app.bsky.feed.post", "maxMessageSizeBytes": "1000000"}
    assert played.asked == [asked], "live, with no past"


async def test_what_is_known_only_later_leaves_no_post_out() -> None:
    """The source's name, who wrote it, and the language of a post that declares none."""
    query = 'acme lang:fr source:"My Bluesky" author:@ana.example'
    async with network(event(1, "Weather"), event(2, "Tente Acme")) as played:
        batches = await heard(played, {}, START + 2 * SECOND, query=query)
    assert keys(batches) == [uri(2)]


async def test_a_message_too_large_to_be_read_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jetstream_socket, "LARGEST", 2_000)
    async with network(event(1), event(2, "acme " * 1_000), event(3)) as played:
        batches = await heard(played, {}, START + 3 * SECOND)
    assert keys(batches) == [uri(1), uri(3)]
    assert len(played.asked) == 1


async def test_replies_to_what_names_a_brand_are_kept_for_the_brand_s_answers() -> None:
    reply = {"parent": {"uri": uri(1)}, "root": {"uri": uri(1)}}
    async with network(event(1), event(2, "Sorry to hear that!", reply=reply)) as played:
        batches = await heard(played, {}, START + 2 * SECOND)
    assert keys(batches) == [uri(1), uri(2)]
    assert batches[-1].posts[-1].parent == uri(1)


async def test_it_resumes_a_little_before_its_cursor() -> None:
    async with network(event(1), event(60), event(61)) as played:
        batches = await heard(played, {"time": str(START + 60 * SECOND)}, START + 61 * SECOND)
    assert int(played.asked[0]["cursor"]) == START + 50 * SECOND
    assert keys(batches) == [uri(60), uri(61)]


async def test_a_broken_connection_is_made_again_at_the_next_host() -> None:
    async with network(*(event(n) for n in range(1, 6))) as played:
        played.cuts = [2, 0, 4]
        batches = await heard(played, {}, START + 5 * SECOND)
    assert set(keys(batches)) == {uri(n) for n in range(1, 6)}
    assert len(played.asked) >= 3


async def test_what_the_stream_has_forgotten_is_a_gap() -> None:
    async with network(event(1), event(3600)) as played:
        played.oldest = START + 100 * SECOND
        batches = await heard(played, {"time": str(START)}, START + 3600 * SECOND)
    why = "the stream no longer held what was posted then"
    assert batches[0].gaps == (Gap(since=NOW, until=NOW + timedelta(hours=1), why=why),)


async def test_what_was_forgotten_while_it_ran_is_a_gap_as_well() -> None:
    """A machine that slept for days finds its connection broken, and goes on."""
    async with network(event(1), event(3600)) as played:
        played.cuts = [1]
        async with listening(played) as (collector, _), asyncio.timeout(20):
            gaps = []
            async for batch in collector.collect({}):
                gaps.append(batch.gaps)
                played.oldest = START + 100 * SECOND
                if len(gaps) == 2:
                    break
    assert gaps[0] == ()
    (gap,) = gaps[1]
    assert (gap.since, gap.until) == (NOW + timedelta(seconds=1), NOW + timedelta(hours=1))


async def test_when_no_host_answers_the_source_is_down() -> None:
    async with network() as played:
        played.refuses = 99
        with pytest.raises(FetchError, match="503, no websocket"):
            await heard(played, {}, 0)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_private_addresses_are_refused(host: str) -> None:
    async with network(event(1)) as played, listening(played) as (_, fetcher), asyncio.timeout(20):
        hosts = (f"ws://{host}:{played.port}",)
        options = played.options.model_copy(update={"private": False, "hosts": hosts})
        guarded = Jetstream(options, Tools(fetcher=fetcher, clock=Watch()))
        with pytest.raises(FetchError, match="private address"):
            async for _ in guarded.collect({}):
                pass
    assert played.asked == []


async def test_a_host_that_leads_elsewhere_is_not_followed() -> None:
    """It could lead into the local network."""
    there = urlencode({"wantedCollections": COLLECTION, "maxMessageSizeBytes": 1_000_000})
    async with local_site() as site, Fetcher(contact=None, clock=Watch()) as fetcher:
        inside = site.url("/inside")
        site.pages[f"/subscribe?{there}"] = answer(302, b"", Location=inside)
        options = Jetstream.Options(hosts=(site.url("").replace("http", "ws"),), private=True)
        with pytest.raises(FetchError, match="leads elsewhere"):
            async for _ in Jetstream(options, Tools(fetcher=fetcher, clock=Watch())).collect({}):
                pass
        assert "/inside" not in site.paths


async def test_an_address_that_is_none_is_said() -> None:
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        options = Jetstream.Options(hosts=("wss://[::",))
        with pytest.raises(FetchError, match="could not read"):
            async for _ in Jetstream(options, Tools(fetcher=fetcher, clock=Watch())).collect({}):
                pass


@pytest.mark.parametrize("host", ["jetstream.example", "https://jetstream.example", "wss://"])
def test_hosts_are_addresses_of_websockets(host: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Jetstream.Options(hosts=(host,))


async def test_a_silent_host_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jetstream_socket, "SILENT", 0.05)
    async with network(event(1)) as played:
        await heard(played, {}, START + SECOND)
        played.events.append(event(2))
        batches = await heard(played, {"time": str(START + SECOND)}, START + 2 * SECOND)
    assert uri(2) in keys(batches)


async def test_the_end_of_the_program_ends_it() -> None:
    async with network(event(1)) as played, listening(played) as (collector, fetcher):
        async with asyncio.timeout(20):
            async for _ in collector.collect({}):
                fetcher.stopping.set()


async def test_who_wrote_is_asked_for_posts_that_count() -> None:
    async with network(event(1), event(2, "Weather")) as played:
        played.profiles[DID] = load_profile()
        (batch,) = await heard(played, {}, START + 2 * SECOND)
    assert batch.posts[0].author == Author(
        name="Ana", handle="ana.example", url=f"https://bsky.app/profile/{DID}", followers=12
    )


def load_profile() -> dict[str, object]:
    return {"did": DID, "handle": "ana.example", "displayName": "Ana", "followersCount": 12}


async def test_a_second_look_brings_counts_and_deletions() -> None:
    async with network(*(event(n) for n in range(1, 31))) as played:
        batches = await heard(played, {}, START + 30 * SECOND)
        posts = [post for batch in batches for post in batch.posts]
        counts = {"likeCount": 4, "repostCount": 1, "quoteCount": 2, "replyCount": 0}
        record = json.loads(event(1))["commit"]["record"]
        played.posts = {p.key: {"uri": p.key, "record": record, **counts} for p in posts[1:]}
        async with listening(played) as (collector, _):
            looks = [second async for second in collector.refresh(posts)]
    assert len(looks) == 2
    assert looks[0].gone == (posts[0].key,)
    assert {post.engagement for look in looks for post in look.posts} == {
        Engagement(likes=4, shares=3, comments=0)
    }


CUTS = st.lists(st.integers(0, 4), max_size=jetstream_socket.TRIES - 1)
TIMES = st.lists(st.integers(1, 50), min_size=1, max_size=12)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TIMES, CUTS, st.lists(st.integers(1, 3), max_size=3))
async def test_whatever_breaks_off_nothing_is_lost(
    times: list[int], cuts: list[int], kills: list[int]
) -> None:
    """Ties in time, roughly ordered, connections cut after any message, processes killed."""
    last = START + 100 * SECOND
    events = [event(n, at=START + time * SECOND // 10) for n, time in enumerate(times)]
    async with network(*events, event(99, "the end of acme", at=last)) as played:
        played.cuts = cuts
        kept: set[str] = set()
        cursor: Mapping[str, str] = {"time": str(START)}
        for most in [*kills, None]:
            batches = await heard(played, cursor, last, most)
            kept |= set(keys(batches))
            cursor = batches[-1].cursor if batches else cursor
    assert kept == {uri(n) for n in range(len(times))} | {uri(99)}


# What the platform really answers


async def test_recorded_profiles_and_posts() -> None:
    profile = load("bluesky/profiles").body["profiles"][0]
    recorded = load("bluesky/get_posts").body["posts"][0]
    async with network(event(1, did=DID)) as played:
        played.profiles = {DID: profile | {"did": DID}}
        played.posts = {recorded["uri"]: recorded}
        (batch,) = await heard(played, {}, START + SECOND)
        author = batch.posts[0].author
        known = Post(key=recorded["uri"], item=recorded["uri"], text="")
        async with listening(played) as (collector, _):
            (look,) = [second async for second in collector.refresh([known])]
    assert author is not None
    assert (author.handle, author.followers) == ("chriskenny.bsky.social", 554)
    (post,) = look.posts
    assert post.text.startswith("Excited to be a speaker")
    assert post.text.endswith("http://localview.net\nhttps://rstats.ai/gov.html")
    assert post.engagement == Engagement(likes=4, shares=0, comments=0)
    assert (post.language, post.author and post.author.handle) == (
        "en",
        "soubhikbarari.bsky.social",
    )


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("error_429", RateLimited),
        ("error_403_public_appview_html", AccessDenied),
        ("error_401_auth_missing", AccessDenied),
    ],
)
async def test_recorded_refusals(name: str, error: type[SourceError]) -> None:
    refusal = load(f"bluesky/{name}").answer()
    known = Post(key=uri(1), item=uri(1))
    async with local_site() as site, Fetcher(contact=None, clock=Watch()) as fetcher:
        site.pages[f"/xrpc/app.bsky.feed.getPosts?{urlencode({'uris': uri(1)})}"] = refusal
        options = Jetstream.Options(base_url=site.url("").rstrip("/"), private=True)
        collector = Jetstream(options, Tools(fetcher=fetcher, clock=Watch()))
        with pytest.raises(error):
            async for _ in collector.refresh([known]):
                pass


def test_the_options_are_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    assert rows == {
        name: f"`{json.dumps(field.default)}` | {field.description}"
        for name, field in Jetstream.Options.model_fields.items()
    }


def test_the_hosts_are_the_public_ones() -> None:
    assert HOSTS[0] == "wss://jetstream2.us-east.bsky.network"
    assert len(set(HOSTS)) == 4
