from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import AccessDenied, FetchError, Gone, ParseError, QuotaSpent, RateLimited
from listener.fetch import Fetcher, shown
from listener.fetch.answers import translated
from listener.fetch.guard import public
from listener.fetch.limits import retry_after
from listener.fetch.pacing import Budget, Pacing
from tests.local_site import Answer, Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with local_site() as site:
        yield site


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def fetcher(watch: Watch) -> AsyncIterator[Fetcher]:
    async with Fetcher(contact="me@example.org", clock=watch, max_bytes=100_000) as fetcher:
        fetcher.pacing.interval = 0
        yield fetcher


async def failure(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(FetchError) as raised:
        await fetcher.get(url, private=True)
    return str(raised.value)


async def test_says_who_asks_and_passes_the_callers_headers(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = answer(200, b"hi", ETag='"1"')
    response = await fetcher.get(site.url("/a"), headers={"If-None-Match": '"0"'}, private=True)
    assert (response.status, response.body, response.headers["etag"]) == (200, b"hi", '"1"')
    asked = site.requests[0].headers
    assert asked["user-agent"].startswith("listener/")
    assert "+me@example.org" in asked["user-agent"]
    assert asked["if-none-match"] == '"0"'


async def test_304_is_an_answer(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nConnection: close\r\n\r\n'
    response = await fetcher.get(site.url("/a"), private=True)
    assert (response.status, response.body) == (304, b"")


async def test_keeps_no_cookies(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = answer(200, b"", Set_Cookie="who=you; Path=/")
    for _ in range(2):
        await fetcher.get(site.url("/a"), private=True)
    assert "cookie" not in site.requests[1].headers


async def test_permanent_redirects_are_told(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/old": answer(301, Location="/older?x=1"),
        "/older?x=1": answer(308, Location="/new"),
        "/new": answer(200, b"x"),
        "/mixed": answer(302, Location="/old"),
    }
    assert (await fetcher.get(site.url("/old"), private=True)).moved == site.url("/new")
    response = await fetcher.get(site.url("/mixed"), private=True)
    assert (response.url, response.moved) == (site.url("/new"), None)
    assert (await fetcher.get(site.url("/new"), private=True)).moved is None


async def test_credentials_stay_with_their_origin(site: Site, fetcher: Fetcher) -> None:
    async with local_site({"/there": answer(200, b"x")}) as other:
        site.pages["/a"] = answer(301, Location=other.url("/there"))
        url = site.url("/a").replace("://", "://user:secret@")
        sent = {"X-Api-Key": "k", "Accept": "text/xml"}
        response = await fetcher.get(url, headers=sent, private=True)
        assert "x-api-key" in site.requests[0].headers
        assert site.requests[0].headers["authorization"].startswith("Basic ")
        assert other.requests[0].headers["accept"] == "text/xml"
        assert not {"x-api-key", "authorization"} & set(other.requests[0].headers)
        assert response.moved is None  # it would be asked without the password


@pytest.mark.parametrize(
    "location",
    ["javascript:alert(1)", "mailto:a@b.example", "intent://x#Intent;end", "http://127.0.0.1:99999/",
     "http://xn--a.example/", "http://[::1/", "https://", "\x80:"],
)  # fmt: skip
async def test_a_redirect_to_nowhere_is_an_error_like_others(
    site: Site, fetcher: Fetcher, location: str
) -> None:
    head = f"HTTP/1.1 302 said\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    site.pages["/a"] = head.encode("latin-1")
    with pytest.raises(FetchError):
        await fetcher.get(site.url("/a"), private=True)


async def test_redirects_end(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/a": answer(302, Location="/b"), "/b": answer(302, Location="/a")}
    assert "more than 5 redirects" in await failure(fetcher, site.url("/a"))
    assert len(site.requests) == 6
    site.pages |= {"/c": answer(302), "/d": answer(302, Location="file:///etc/passwd")}
    assert "redirected to nowhere" in await failure(fetcher, site.url("/c"))
    assert "not an http or https address" in await failure(fetcher, site.url("/d"))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "br"])
async def test_encodings(site: Site, fetcher: Fetcher, encoding: str) -> None:
    raw = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = {
        "gzip": gzip.compress(b"h\xc3\xa9" * 999),
        "deflate": zlib.compress(b"h\xc3\xa9" * 999),
        "raw deflate": raw.compress(b"h\xc3\xa9" * 999) + raw.flush(),
        "br": brotli.compress(b"h\xc3\xa9" * 999),
    }[encoding]
    site.pages["/a"] = answer(200, body, Content_Encoding=encoding.removeprefix("raw "))
    assert (await fetcher.get(site.url("/a"), private=True)).body == b"h\xc3\xa9" * 999


@pytest.mark.parametrize(
    ("encoding", "body", "cause"),
    [
        ("gzip", gzip.compress(bytes(50_000_000)), "larger than 0.1 MB"),
        ("deflate", zlib.compress(bytes(50_000_000)), "larger than 0.1 MB"),
        ("br", brotli.compress(bytes(50_000_000)), "larger than 0.1 MB"),
        ("identity", bytes(100_001), "larger than 0.1 MB"),
        ("gzip, gzip", gzip.compress(b"x"), "an encoding that was not asked for"),
        ("zstd", b"x", "an encoding that was not asked for"),
        ("gzip", b"no gzip at all", "broken compression"),
        ("br", b"\xff" * 50, "broken compression"),
    ],
    ids=(
        "gzip",
        "deflate",
        "br",
        "identity",
        "twice",
        "zstd",
        "no gzip",
        "no br",
    ),  # bytes hold the time
)
async def test_bombs(site: Site, fetcher: Fetcher, encoding: str, body: bytes, cause: str) -> None:
    site.pages["/a"] = answer(200, body, Content_Encoding=encoding)
    assert cause in await failure(fetcher, site.url("/a"))


async def test_a_body_without_declared_length_is_capped(site: Site, fetcher: Fetcher) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(bytes(10_000))
            await writer.drain()

    site.pages |= {"/endless": endless, "/full": answer(200, bytes(100_000))}
    assert "larger than" in await failure(fetcher, site.url("/endless"))
    assert len((await fetcher.get(site.url("/full"), private=True)).body) == 100_000


def dripping(sent: list[int]) -> Answer:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            sent.append(1)
            await asyncio.sleep(0.02)

    return drip


async def test_a_slow_drip_meets_the_deadline(site: Site, watch: Watch) -> None:
    sent: list[int] = []
    site.pages["/drip"] = dripping(sent)
    async with Fetcher(contact=None, clock=watch, timeout=0.3) as fetcher:
        assert "timed out after 0.3 s" in await failure(fetcher, site.url("/drip"))
    assert len(sent) > 2  # each piece alone was in time


async def test_the_deadline_counts_all_redirects(site: Site, watch: Watch) -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(answer(302, Location="/slow"))

    site.pages["/slow"] = slow
    async with Fetcher(contact=None, clock=watch, timeout=0.5) as fetcher:
        fetcher.pacing.interval = 0
        assert "timed out" in await failure(fetcher, site.url("/slow"))
    assert len(site.requests) <= 3


@pytest.mark.parametrize(
    ("status", "error", "needs_person"),
    [
        (401, AccessDenied, True),
        (403, AccessDenied, True),
        (410, Gone, True),
        (404, FetchError, False),
        (500, FetchError, False),
        (503, FetchError, False),
        (202, FetchError, False),
        (299, FetchError, False),
    ],
)
async def test_statuses(
    site: Site, fetcher: Fetcher, status: int, error: type[Exception], needs_person: bool
) -> None:
    site.pages["/a?token=secret"] = answer(status)
    with pytest.raises(error) as raised:
        await fetcher.get(site.url("/a?token=secret"), private=True)
    assert type(raised.value) is error
    assert raised.value.needs_person is needs_person  # type: ignore[attr-defined]
    assert f"/a: {status}" in str(raised.value)
    assert "secret" not in str(raised.value)


async def test_after_429_the_host_is_left_alone(site: Site, fetcher: Fetcher, watch: Watch) -> None:
    site.pages |= {"/a": answer(429, Retry_After="90"), "/b": answer(200, b"x")}
    with pytest.raises(RateLimited) as raised:
        await fetcher.get(site.url("/a"), private=True)
    assert raised.value.retry_after == timedelta(seconds=90)
    watch.time += timedelta(seconds=30)
    with pytest.raises(RateLimited, match="another 60 s") as raised:
        await fetcher.get(site.url("/b"), private=True)
    assert raised.value.retry_after == timedelta(seconds=60)
    assert site.paths == ["/a"]
    watch.time += timedelta(seconds=60)
    assert (await fetcher.get(site.url("/b"), private=True)).status == 200


async def test_a_429_that_does_not_say_for_how_long(
    site: Site, fetcher: Fetcher, watch: Watch
) -> None:
    site.pages |= {"/a": answer(429), "/now": answer(429, Retry_After="0")}
    for path, wait in (("/now", timedelta(0)), ("/a", None)):
        with pytest.raises(RateLimited, match="429") as raised:
            await fetcher.get(site.url(path), private=True)
        assert raised.value.retry_after == wait
    watch.time += timedelta(seconds=59)
    with pytest.raises(RateLimited, match="another 1 s"):
        await fetcher.get(site.url("/a"), private=True)


async def test_503_with_a_date_is_a_rate_limit(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = answer(503, Retry_After="Fri, 20 Nov 2026 12:05:00 GMT")
    with pytest.raises(RateLimited) as raised:
        await fetcher.get(site.url("/a"), private=True)
    assert (raised.value.status, raised.value.retry_after) == (503, timedelta(minutes=5))


@pytest.mark.parametrize(("status", "spent"), [(429, True), (403, True), (503, False)])
async def test_what_is_down_for_hours_has_no_quota_that_is_spent(
    site: Site, fetcher: Fetcher, status: int, spent: bool
) -> None:
    site.pages["/a"] = answer(status, Retry_After="7200")
    with pytest.raises(RateLimited) as raised:
        await fetcher.get(site.url("/a"), private=True)
    assert isinstance(raised.value, QuotaSpent) is spent
    assert raised.value.retry_after == timedelta(hours=2)


@pytest.mark.parametrize("encoding", ["utf-8", "none", "UTF-8", "binary"])
async def test_what_is_no_encoding_is_passed_over(
    site: Site, fetcher: Fetcher, encoding: str
) -> None:
    site.pages["/a"] = answer(200, b"words", Content_Encoding=encoding)
    assert (await fetcher.get(site.url("/a"), private=True)).body == b"words"


async def test_a_refusal_in_an_unknown_encoding_is_still_one(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = answer(429, b"x", Content_Encoding="zstd", Retry_After="30")
    with pytest.raises(RateLimited) as raised:
        await fetcher.get(site.url("/a"), private=True)
    assert raised.value.retry_after == timedelta(seconds=30)


async def test_what_cannot_be_sent_is_said(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="letters that cannot be sent"):
        await fetcher.get(site.url("/a"), headers={"Authorization": "Bearer \u20ac"}, private=True)


async def test_one_broken_letter_does_not_lose_an_answer(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = answer(200, b'\xef\xbb\xbf{"a": "caf\xe9", "b": 1}')
    response = await fetcher.get(site.url("/a"), private=True)
    assert response.json() == {"a": "caf\ufffd", "b": 1}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("999999999999999999999", 86400),
        ("Fri, 20 Nov 2126 11:00:00 GMT", 86400),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    wait = retry_after(value, NOW)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text(max_size=40))
def test_retry_after_survives_anything(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


async def test_private_addresses_are_refused(site: Site, fetcher: Fetcher) -> None:
    site.pages["/a"] = answer(200, b"secret")
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0"):
        with pytest.raises(FetchError, match="private address"):
            await fetcher.get(f"http://{host}:{site.port}/a")
    assert site.requests == []


async def test_private_addresses_are_refused_after_a_redirect(site: Site, watch: Watch) -> None:
    site.pages["/a"] = answer(302, Location=f"http://localhost:{site.port}/b")
    async with Fetcher(contact=None, clock=watch, allow_private=["127.0.0.1"]) as fetcher:
        with pytest.raises(FetchError, match="private address"):
            await fetcher.get(site.url("/a"))
    assert site.paths == ["/a"]


async def test_the_address_that_is_connected_to_is_the_one_that_was_checked(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers differently the second time gains nothing."""
    site.pages["/a"] = answer(200, b"secret")
    asked: list[str] = []

    def rebinding(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        address = "127.0.0.2" if len(asked) == 1 else "127.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr("socket.getaddrinfo", rebinding)
    monkeypatch.setattr("listener.fetch.guard.public", lambda address: address == "127.0.0.2")
    with pytest.raises(FetchError, match="connection refused"):
        await fetcher.get(f"http://rebinding.example:{site.port}/a")
    assert (asked, site.requests) == (["rebinding.example"], [])


NOT_PUBLIC = """
    127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
    240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 ::1 :: fe80::1 fc00::1 fec0::1 ff02::1
    ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: 2001:db8::1 fe80::1%2
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("ftp://example.org/", "not an http or https address"),
        ("file:///etc/passwd", "not an http or https address"),
        ("example.org", "not an http or https address"),
        ("http://exa\0mple.org/", "not a URL"),
        ("http://nobody.invalid/feed", "no such host"),
        (f"http://{'a' * 80}.example/", "no such host"),
    ],
)
async def test_what_cannot_be_asked(fetcher: Fetcher, url: str, cause: str) -> None:
    assert cause in await failure(fetcher, url)


async def test_network_errors_in_words(site: Site, fetcher: Fetcher) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")

    async def no_http(writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.org\r\n")

    site.pages |= {"/short": hang_up, "/smtp": no_http}
    assert "broke off" in await failure(fetcher, site.url("/short"))
    assert "is not HTTP" in await failure(fetcher, site.url("/smtp"))
    async with local_site() as gone:
        url = gone.url()
    assert "connection refused" in await failure(fetcher, url)


EXPIRED = ssl.SSLCertVerificationError(1, "certificate verify failed")
EXPIRED.verify_message = "certificate has expired"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (EXPIRED, "certificate not trusted (certificate has expired)"),
        (ssl.SSLError(1, "WRONG_VERSION"), "TLS failed"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "name server did not answer"),
        (ConnectionResetError(), "connection reset"),
        (OSError(101, "Network is unreachable"), "network is unreachable"),
        (TimeoutError(), "timed out"),
        (RuntimeError("secret"), "connection failed"),
    ],
)
def test_causes_in_words(error: Exception, cause: str) -> None:
    with pytest.raises(FetchError) as raised, translated("https://example.org/a", 30):
        raise httpx.ConnectError("secret") from error
    assert str(raised.value) == f"could not read https://example.org/a: {cause}"


async def test_a_dead_address_leaves_the_next_one(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/a"] = answer(200, b"x")
    addresses = ("127.0.0.2", "127.0.0.1")
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda host, port, **_: [(2, 1, 6, "", (address, port)) for address in addresses],
    )
    url = f"http://two.example:{site.port}/a"
    assert (await fetcher.get(url, private=True)).body == b"x"


async def test_secrets_stay_out_of_logs_and_reprs(
    site: Site, fetcher: Fetcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site.pages["/feed?key=hunter2"] = answer(200, b"x")
    response = await fetcher.get(
        site.url("/feed?key=hunter2").replace("://", "://me:hunter2@"), private=True
    )
    assert "hunter2" not in repr(response) + caplog.text
    assert "me:" not in response.url


def test_shown() -> None:
    assert shown("https://u:p@Example.org:81/a/b?c=d#e") == "https://example.org:81/a/b"
    alert = "https://www.google.com/alerts/feeds/04175468913983673025/4428013283581841004"
    assert shown(alert) == "https://www.google.com/alerts/feeds/.../..."
    assert shown("http://[::1]:80/a") == "http://[::1]:80/a"
    assert shown("http://[") == "(not a URL)"
    assert shown("https://x.org/\x1b[31m\nred") == "https://x.org/[31mred"


async def test_json(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {
        "/good": answer(200, b'{"a": [1]}'),
        "/bad": answer(200, b"{"),
        "/deep": answer(200, b"[" * 99_999),
    }
    assert (await fetcher.get(site.url("/good"), private=True)).json() == {"a": [1]}
    for path in ("/bad", "/deep"):
        response = await fetcher.get(site.url(path), private=True)
        with pytest.raises(ParseError, match=f"{path}: not JSON"):
            response.json()


async def test_a_post_of_json(site: Site, fetcher: Fetcher) -> None:
    site.pages["/q"] = answer(200, b'{"a": 1}')
    asked = {"words": "été"}
    response = await fetcher.post(
        site.url("/q").replace("://", "://me:hunter2@"),
        asked,
        headers={"X-Mine": "1"},
        private=True,
    )
    assert (response.status, response.json()) == (200, {"a": 1})
    assert "me:" not in response.url
    (request,) = site.requests
    assert json.loads(request.body) == asked
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-mine"] == "1"
    assert "listener/" in request.headers["user-agent"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_follows_no_redirect(site: Site, fetcher: Fetcher, status: int) -> None:
    site.pages |= {"/q": answer(status, Location="/elsewhere"), "/elsewhere": answer(200, b"{}")}
    with pytest.raises(FetchError, match="redirects") as raised:
        await fetcher.post(site.url("/q"), {}, private=True)
    assert (raised.value.status, site.paths) == (status, ["/q"])


async def test_a_post_is_held_to_what_holds_for_a_get(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/large": answer(200, b"x" * 100_001), "/full": answer(429, Retry_After="60")}
    with pytest.raises(FetchError, match="private address"):
        await fetcher.post(site.url("/large"), {})
    assert site.requests == []
    with pytest.raises(FetchError, match="larger"):
        await fetcher.post(site.url("/large"), {}, private=True)
    for _ in range(2):
        with pytest.raises(RateLimited):
            await fetcher.post(site.url("/full"), {}, private=True)
    assert site.paths == ["/large", "/full"]


async def test_one_request_a_second_for_each_host(site: Site, watch: Watch) -> None:
    site.pages["/a"] = answer(200, b"x")
    async with Fetcher(contact=None, clock=watch) as fetcher:
        for _ in range(3):
            await fetcher.get(site.url("/a"), private=True)
        assert watch.slept == [1.0, 1.0]
        await fetcher.get(f"http://localhost:{site.port}/a", private=True)
        assert watch.slept == [1.0, 1.0]  # another host owes nothing
        watch.time += timedelta(seconds=5)
        await fetcher.get(site.url("/a"), private=True)
        assert watch.slept == [1.0, 1.0]


async def test_two_requests_at_a_time_for_each_host(site: Site, fetcher: Fetcher) -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(answer(200, b"x"))

    site.pages["/slow"] = slow
    await asyncio.gather(*(fetcher.get(site.url("/slow"), private=True) for _ in range(8)))
    assert site.busiest == 2


async def test_a_host_that_never_answers_delays_no_other(site: Site, fetcher: Fetcher) -> None:
    release = asyncio.Event()

    async def never(writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(answer(200, b"late"))

    async with local_site({"/never": never}) as dead:
        site.pages["/a"] = answer(200, b"x")
        waiting = [
            asyncio.create_task(fetcher.get(dead.url("/never"), private=True)) for _ in range(100)
        ]
        await dead.asked(2)
        assert (await fetcher.get(site.url("/a"), private=True)).body == b"x"
        assert not any(task.done() for task in waiting)
        release.set()
        assert all(r.body == b"late" for r in await asyncio.gather(*waiting))


async def test_proxies_of_the_environment(
    site: Site, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", site.url())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1, .internal")
    site.pages |= {"http://example.org/a": answer(200, b"by proxy"), "/a": answer(200, b"direct")}
    async with Fetcher(contact=None, clock=watch) as fetcher:
        assert (await fetcher.get("http://example.org/a")).body == b"by proxy"
        assert (await fetcher.get(site.url("/a"), private=True)).body == b"direct"


async def test_hosts_of_long_ago_are_forgotten(watch: Watch) -> None:
    pacing = Pacing(watch)
    for number in range(5000):
        pace = Budget(name=f"host{number} (robots.txt)", requests=1, per=timedelta(seconds=10))
        async with pacing.turn(f"host{number}.example", pace):
            watch.time += timedelta(minutes=2)
    assert len(pacing._known) < 4097
    async with pacing.turn("host4999.example"):
        pass
