"""The daemon's HTTP server over a real socket: what is pushed is believed, stored, or refused."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from listener import app as parts
from listener.app import App
from listener.collect.webhook import HEADER, sign
from listener.config.address import Address
from listener.config.shape import Web as Table
from listener.errors import ListenerError, StoreError
from listener.fetch import Fetcher
from listener.model import Heard
from listener.store import Store
from listener.web import AT_ONCE, LARGEST, MOST_POSTS, MOST_PROBLEMS, serving
from tests.fakes import MONDAY
from tests.newsroom import Newsroom, newsroom

SECRET = "a secret of the shop, and long"
MORE = """
[[sources]]
name = "Boutique été"
kind = "webhook"
secret = "env:SHOP_SECRET"
publishes = "review"
expect = "1d"

[web]
listen = "127.0.0.1:0"
"""
HOOK = "/hooks/boutique-ete"
JSON = "application/json"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    return newsroom(tmp_path, store, more=MORE)


@dataclass
class Sender:
    """Who pushes, with or without knowing the secret."""

    client: httpx.AsyncClient
    room: Newsroom
    port: int

    async def push(
        self,
        said: object,
        *,
        secret: str = SECRET,
        ago: timedelta = timedelta(),
        hook: str = HOOK,
        **headers: str,
    ) -> httpx.Response:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        signed = {HEADER: sign(secret, body, self.room.clock.now() - ago), "Content-Type": JSON}
        renamed = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(hook, content=body, headers=signed | renamed)


@asynccontextmanager
async def server(room: Newsroom, app: Callable[[], App] | None = None) -> AsyncIterator[Sender]:
    async with serving(room.app.config.tables.web, app or (lambda: room.app)) as address:
        assert address is not None
        url = f"http://{address}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            yield Sender(client, room, address.port)


def kept(store: Store) -> list[str]:
    return [row["text"] for row in store.rows("SELECT text FROM posts ORDER BY id")]


@pytest.mark.anyio
async def test_a_post_is_stored_judged_and_told(room: Newsroom, store: Store) -> None:
    post = {
        "id": "r-1",
        "text": "My Acme tent leaks.\nNever again.",
        "author": "Jo",
        "rating": 0.2,
        "published": "2026-03-02T12:30:00+01:00",
    }
    async with server(room) as sender:
        answer = await sender.push(post)
        assert (answer.status_code, answer.json()) == (202, {"stored": 1, "mentions": 1})
        other = await sender.push({"id": "r-2", "text": "Nothing of ours"})
        assert other.json() == {"stored": 1, "mentions": 0}
    (mention,) = store.mentions.between(["Acme"], 0, 2**40, "found")
    assert mention.source == "Boutique été"
    assert (mention.post.kind, mention.post.rating) == ("review", 0.2)
    assert mention.post.text == post["text"]
    assert mention.post.published == MONDAY - timedelta(minutes=30)
    assert await room.tell() != []


@pytest.mark.anyio
async def test_what_is_sent_again_is_not_stored_again(room: Newsroom, store: Store) -> None:
    async with server(room) as sender:
        post = {"id": 7, "text": "Acme leaks"}
        assert (await sender.push(post)).json() == {"stored": 1, "mentions": 1}
        assert (await sender.push(post)).json() == {"stored": 0, "mentions": 0}
        both = [post, {"id": 8, "text": "Acme shines"}]
        assert (await sender.push(both)).json() == {"stored": 1, "mentions": 1}
        edited = await sender.push({"id": 7, "text": "Acme leaks no more"})
        assert edited.json() == {"stored": 0, "mentions": 0}
    assert kept(store) == ["Acme leaks no more", "Acme shines"]


@pytest.mark.anyio
async def test_a_post_that_is_said_twice_in_one_request_is_taken_as_it_was_said_last(
    room: Newsroom, store: Store
) -> None:
    async with server(room) as sender:
        answer = await sender.push([{"id": 1, "text": "Acme"}, {"id": 1, "text": "Acme leaks"}])
    assert answer.json() == {"stored": 1, "mentions": 1}
    assert kept(store) == ["Acme leaks"]
    assert store.rows("SELECT * FROM revisions") == []


@pytest.mark.anyio
async def test_a_silence_that_was_not_expected_is_no_calm(room: Newsroom, store: Store) -> None:
    """With the real collector: pushed, silent for longer than `expect`, pushed again."""
    async with Fetcher(contact=None, clock=room.clock) as fetcher:
        room.app = parts.build(room.app.config, store, fetcher, room.clock)
        source = next(s for s in room.app.config.tables.sources if s.kind == "webhook")

        def state() -> tuple[Heard, str | None]:
            now = room.clock.now()
            last = store.sources.coverage([source.name], now - timedelta(days=9), now)[-1]
            return last.state, last.why

        async with server(room) as sender:
            await sender.push({"text": "Acme leaks"})
            assert state() == (Heard.HEARD, None)
            room.clock.tick(hours=23)
            await room.app.pipeline.poll(source)
            assert state() == (Heard.HEARD, None)
            room.clock.tick(hours=2)
            await room.app.pipeline.poll(source)
            assert state() == (Heard.EMPTY, "nothing came since 2026-03-02 12:00 UTC")
            await sender.push({"text": "Acme leaks again"})
            assert state() == (Heard.HEARD, None)


@pytest.mark.anyio
async def test_the_same_post_at_once_is_stored_once(room: Newsroom, store: Store) -> None:
    async with server(room) as sender:
        post = {"url": "https://shop.example/r/1", "text": "Acme leaks"}
        answers = await asyncio.gather(*(sender.push(post) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {202}
    assert sum(answer.json()["mentions"] for answer in answers) == 1
    assert kept(store) == ["Acme leaks"]
    state = store.sources.get("Boutique été")
    assert state is not None
    assert (state.posts, state.mentions) == (1, 1)


@pytest.mark.anyio
async def test_a_thousand_posts_by_lines_and_not_one_more(room: Newsroom, store: Store) -> None:
    posts = [{"id": n, "title": f"Acme {n}"} for n in range(MOST_POSTS + 1)]
    async with server(room) as sender:
        lines = "\r\n".join(json.dumps(post) for post in posts[:-1]).encode() + b"\n\n"
        answer = await sender.push(lines, Content_Type="application/x-ndjson")
        assert answer.json() == {"stored": 1000, "mentions": 1000}
        more = await sender.push(posts)
    assert (more.status_code, more.json()) == (413, {"error": "send at most 1000 posts at once"})
    assert len(kept(store)) == 1000


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"secret": "of somebody else entirely"}, "does not fit the body and the secret"),
        ({"ago": timedelta(minutes=5, seconds=2)}, "not of the last five minutes"),
        ({"ago": timedelta(minutes=-6)}, "not of the last five minutes"),
        ({HEADER.replace("-", "_"): ""}, "is missing"),
        ({HEADER.replace("-", "_"): "v1=" + "0" * 64}, "must be written"),
        ({HEADER.replace("-", "_"): f"t={MONDAY.timestamp():.0f}"}, "must be written"),
        ({HEADER.replace("-", "_"): "sha256=" + "0" * 64}, "must be written"),
    ],
)
async def test_who_does_not_know_the_secret_is_refused(
    room: Newsroom, store: Store, changes: dict[str, str], why: str
) -> None:
    async with server(room) as sender:
        answer = await sender.push({"text": "Acme leaks"}, **changes)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert why in answer.json()["error"]
    assert SECRET not in answer.text
    assert kept(store) == []


@pytest.mark.anyio
async def test_a_body_that_was_changed_on_its_way_is_refused(room: Newsroom) -> None:
    async with server(room) as sender:
        header = sign(SECRET, b'{"text": "Acme"}', room.clock.now())
        headers = {HEADER: header, "Content-Type": JSON}
        answer = await sender.client.post(HOOK, content=b'{"text": "Bcme"}', headers=headers)
    assert answer.status_code == 401


@pytest.mark.anyio
async def test_a_secret_is_changed_by_signing_with_both(room: Newsroom) -> None:
    async with server(room) as sender:
        body, now = b'{"text": "Acme"}', room.clock.now()
        old = sign("the one before", body, now)
        both = f"{old}, {sign(SECRET, body, now).partition(',')[2]}"
        assert (await sender.push(body, X_Listener_Signature=both)).status_code == 202


@pytest.mark.anyio
async def test_every_problem_is_told_and_nothing_is_stored(room: Newsroom, store: Store) -> None:
    said = [
        {"text": "Acme is fine"},
        {"titel": "Acme", "rating": 4, "published": "yesterday"},
        "Acme",
        {"author": "Jo"},
    ]
    async with server(room) as sender:
        answer = await sender.push(said)
        many = await sender.push([{}] * 50)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "nothing was stored: some posts are wrong",
        "problems": [
            {
                "index": 1,
                "field": "published",
                "why": 'must be a time, like "2026-11-20T08:00:00Z", or Unix seconds',
            },
            {"index": 1, "field": "rating", "why": "must be a number from 0 (worst) to 1 (best)"},
            {"index": 1, "field": "titel", "why": 'is not a known field; did you mean "title"?'},
            {"index": 2, "field": None, "why": "must be an object with fields"},
            {"index": 3, "field": None, "why": "needs a title, a text or html"},
        ],
        "more_problems": 0,
    }
    assert (len(many.json()["problems"]), many.json()["more_problems"]) == (MOST_PROBLEMS, 30)
    assert kept(store) == []


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 500_000, b'{"a":1} {"b":2}'])
async def test_what_is_no_json_is_refused(room: Newsroom, body: bytes) -> None:
    async with server(room) as sender:
        answer = await sender.push(body)
    assert answer.status_code == 400
    assert "is no JSON" in answer.json()["problems"][0]["why"]


@pytest.mark.anyio
async def test_a_line_that_is_no_json_is_named(room: Newsroom) -> None:
    async with server(room) as sender:
        answer = await sender.push(b'{"text": "a"}\n{"text', Content_Type="application/jsonl")
    assert "line 2: is no JSON" in answer.json()["problems"][0]["why"]


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 50_000):
        yield b" " * 50_000


@pytest.mark.anyio
async def test_what_is_too_large_is_refused_before_it_is_held(room: Newsroom) -> None:
    async with server(room) as sender:
        declared = await sender.push(b" " * (LARGEST + 1))
        headers = {HEADER: sign(SECRET, b"", room.clock.now()), "Content-Type": JSON}
        streamed = await sender.client.post(HOOK, content=_chunks(3 * LARGEST), headers=headers)
    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert declared.json() == {"error": "send at most 1,000,000 bytes at once"}


@pytest.mark.anyio
async def test_other_places_methods_and_types_are_refused(room: Newsroom) -> None:
    async with server(room) as sender:
        refused = {
            (await sender.push({"text": "a"}, hook="/hooks/shop")).status_code: 404,
            (await sender.push({"text": "a"}, hook="/hooks/gazette")).status_code: 404,
            (await sender.client.get("/hooks/../sources.toml")).status_code: 404,
            (await sender.client.get(HOOK)).status_code: 405,
            (await sender.push({"text": "a"}, Content_Type="text/xml")).status_code: 415,
        }
        zipped = await sender.push({"text": "a"}, Content_Encoding="gzip")
        assert zipped.status_code == 415
        missing = await sender.client.get("/nowhere")
    assert all(found == wanted for found, wanted in refused.items())
    assert missing.json() == {"error": "there is nothing here"}
    assert missing.headers["Server"] == "listener"


@pytest.mark.anyio
async def test_a_body_that_breaks_off_leaves_nothing_behind(
    room: Newsroom, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    body = b'{"text": "Acme leaks"}'
    async with server(room) as sender:
        reader, writer = await asyncio.open_connection("127.0.0.1", sender.port)
        head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: 90\r\n"
        head += f"{HEADER}: {sign(SECRET, body, room.clock.now())}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.write_eof()
        assert b"202" not in await reader.read()
        writer.close()
        assert (await sender.push({"text": "Rival sinks"})).status_code == 202
    assert kept(store) == ["Rival sinks"]
    assert "Traceback" not in caplog.text


@pytest.mark.anyio
async def test_no_hostile_byte_gets_into_the_log(
    room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with server(room) as sender:
        for raw in (b"EVIL\x1b[31m /EVIL HTTP/9\r\n\r\n", b"POST / HTTP/1.1\r\nEVIL EVIL\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", sender.port)
            writer.write(raw)
            assert b"400" in await reader.readline()
            writer.close()
        await sender.push({"EVIL": "EVIL"}, hook="/hooks/EVIL", Content_Type="x/EVIL")
        await sender.push({"EVIL": "EVIL"})
        await sender.push({"text": "a"}, X_Listener_Signature="t=EVIL")
    ours = [r for r in caplog.records if r.name.startswith(("listener", "aiohttp"))]
    assert any("refused what was pushed to Boutique été: 400" in r.getMessage() for r in ours)
    said = [caplog.handler.format(record) for record in ours if record.levelno > logging.DEBUG]
    assert "EVIL" not in "\n".join(said)


@pytest.mark.anyio
async def test_the_answer_comes_when_it_is_committed(
    room: Newsroom, store: Store, tmp_path: Path
) -> None:
    """Another connection sees the post when the answer is there, and none while it is held up."""
    path = store.path
    async with server(room) as sender:
        held = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        held.execute("BEGIN IMMEDIATE")
        pushing = asyncio.create_task(sender.push({"text": "Acme leaks"}))
        await asyncio.sleep(0.1)
        assert not pushing.done()
        held.execute("ROLLBACK")
        assert (await pushing).status_code == 202
        assert held.execute("SELECT count(*) FROM posts").fetchone() == (1,)
        held.close()


@pytest.mark.anyio
async def test_a_store_that_fails_is_no_success(
    room: Newsroom, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError("disk full")

    async with server(room) as sender:
        with monkeypatch.context() as patch:
            patch.setattr(store.sources, "save", broken)
            answer = await sender.push({"id": 1, "text": "Acme leaks"})
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert kept(store) == [], "all of it or nothing"
        assert (await sender.push({"id": 1, "text": "Acme leaks"})).json()["mentions"] == 1


@pytest.mark.anyio
async def test_too_many_at_once_are_asked_to_come_again(room: Newsroom, store: Store) -> None:
    hold, entered = threading.Event(), threading.Event()
    real = room.app.pipeline.ingest

    def slow(*arguments: Any, **named: Any) -> object:
        entered.set()
        hold.wait(10)
        return real(*arguments, **named)

    room.app.pipeline.ingest = slow  # type: ignore[assignment,method-assign]
    async with server(room) as sender:
        many = [
            asyncio.create_task(sender.push({"id": n, "text": "Acme"})) for n in range(AT_ONCE + 3)
        ]
        done, _ = await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
        refused = done.pop().result()
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        hold.set()
        codes = [(await one).status_code for one in many]
    assert entered.is_set()
    assert sorted(set(codes)) == [202, 429]
    assert len(kept(store)) == codes.count(202)


@pytest.mark.anyio
async def test_what_is_in_hand_is_finished_when_the_daemon_stops(
    room: Newsroom, store: Store
) -> None:
    hold, entered = threading.Event(), asyncio.Event()
    loop, real = asyncio.get_running_loop(), room.app.pipeline.ingest

    def slow(*arguments: Any, **named: Any) -> object:
        loop.call_soon_threadsafe(entered.set)
        hold.wait(10)
        return real(*arguments, **named)

    room.app.pipeline.ingest = slow  # type: ignore[assignment,method-assign]
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        async with serving(room.app.config.tables.web, lambda: room.app) as address:
            assert address is not None
            sender = Sender(client, room, address.port)
            hook = f"http://{address}{HOOK}"
            pushing = asyncio.create_task(sender.push({"text": "Acme leaks"}, hook=hook))
            await asyncio.wait_for(entered.wait(), 10)
            loop.call_later(0.05, hold.set)
        assert (await pushing).status_code == 202
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://{address}/health")
    assert kept(store) == ["Acme leaks"]


@pytest.mark.anyio
async def test_after_a_reload_the_new_configuration_counts(
    room: Newsroom, tmp_path: Path, store: Store
) -> None:
    other = newsroom(tmp_path, store, more=MORE.replace("Boutique été", "Shop"))
    now = [room.app]
    async with server(room, lambda: now[0]) as sender:
        assert (await sender.push({"text": "Acme"}, hook="/hooks/shop")).status_code == 404
        now[0] = other.app
        assert (await sender.push({"text": "Acme"}, hook="/hooks/shop")).status_code == 202


@pytest.mark.anyio
async def test_health_says_whether_the_store_answers(
    room: Newsroom, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(room) as sender:
        well = await sender.client.get("/health")
        assert (well.status_code, well.json()) == (200, {"health": "well"})

        def broken(*_: object) -> None:
            raise StoreError("/srv/secret/listener.db: disk I/O error")

        monkeypatch.setattr(store, "rows", broken)
        ill = await sender.client.get("/health")
    assert (ill.status_code, ill.json()) == (503, {"error": "the store does not answer"})


@pytest.mark.anyio
async def test_a_busy_port_is_told(room: Newsroom) -> None:
    async with server(room) as sender:
        busy = Table(listen=Address("127.0.0.1", sender.port))
        with pytest.raises(ListenerError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*in use"):
            async with serving(busy, lambda: room.app):
                pass


@pytest.mark.anyio
async def test_without_the_table_nothing_listens(room: Newsroom) -> None:
    async with serving(None, lambda: room.app) as address:
        assert address is None


def test_addresses_are_written_as_people_type_them() -> None:
    assert str(Address.parse("[::1]:8787")) == "[::1]:8787"
    assert replace(Address.parse("0.0.0.0:80"), port=81) == Address("0.0.0.0", 81)
    for wrong in ("8787", "localhost", "a:b", "[::1]", ":1", "h:70000", 8787):
        with pytest.raises(ValueError, match="write an address and a port"):
            Address.parse(wrong)
