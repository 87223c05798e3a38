from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from listener.errors import DeliveryError
from listener.notify.slack import Slack
from tests.notify.samples import message

pytestmark = pytest.mark.anyio

PAYLOADS = tuple({"text": str(n)} for n in range(3))


class Hook:
    """A webhook on loopback that gives one answer and keeps what it was sent."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, "ok", dict[str, str]()
        self.posted: list[object] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                hook.posted.append(json.loads(self.rfile.read(length)))
                self.send_response(hook.status)
                for name, value in hook.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(hook.body.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0/B0/s3cret"


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    thread = threading.Thread(target=hook.server.serve_forever, args=(0.01,))
    thread.start()
    yield hook
    hook.server.shutdown()
    thread.join()
    hook.server.server_close()


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime(2025, 11, 21, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def slack(url: str, clock: Clock | None = None) -> Slack:
    return Slack(Slack.Options.model_validate({"url": url}), clock=clock or Clock())


async def refused(hook: Hook, status: int, body: str, **headers: str) -> DeliveryError:
    hook.status, hook.body, hook.headers = status, body, headers
    with pytest.raises(DeliveryError) as caught:
        await slack(hook.url).send(message(slack=PAYLOADS[:1]))
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    return caught.value


async def test_each_payload_is_posted_and_is_a_message_of_its_own(hook: Hook) -> None:
    channel = slack(hook.url)
    parts = channel.parts(message(key="k", slack=PAYLOADS))

    for part in parts:
        await channel.send(part)

    assert [part.key for part in parts] == ["k/1", "k/2", "k/3"]
    assert hook.posted == list(PAYLOADS)


async def test_one_payload_is_one_part(hook: Hook) -> None:
    one = message(slack=PAYLOADS[:1])

    assert slack(hook.url).parts(one) == (one,)


async def test_a_message_without_payload_is_posted_as_text(hook: Hook) -> None:
    await slack(hook.url).send(message(subject="A & B"))

    (posted,) = hook.posted
    assert isinstance(posted, dict)
    assert posted["text"].startswith("A &amp; B\n\nBonjour, voilà.")


async def test_messages_are_a_second_apart(hook: Hook) -> None:
    clock = Clock()
    channel = slack(hook.url, clock)

    for part in channel.parts(message(slack=PAYLOADS)):
        await channel.send(part)

    assert clock.slept == [0, 1, 1]


async def test_a_429_holds_for_every_message_of_the_webhook(hook: Hook) -> None:
    clock = Clock()
    channel = slack(hook.url, clock)
    hook.status, hook.headers = 429, {"Retry-After": "30"}
    with pytest.raises(DeliveryError):
        await channel.send(message(slack=PAYLOADS[:1]))

    clock.time += timedelta(seconds=10)
    with pytest.raises(DeliveryError) as caught:
        await channel.send(message(slack=PAYLOADS[:1]))
    assert caught.value.retry_after == timedelta(seconds=20)
    assert len(hook.posted) == 1, "not asked again so soon"

    hook.status = 200
    clock.time += timedelta(seconds=20)
    await channel.send(message(slack=PAYLOADS[:1]))


async def test_a_clock_that_goes_back_makes_nobody_wait(hook: Hook) -> None:
    clock = Clock()
    channel = slack(hook.url, clock)

    await channel.send(message(slack=PAYLOADS[:1]))
    clock.time -= timedelta(hours=3)
    await channel.send(message(slack=PAYLOADS[:1]))

    assert clock.slept == [0, 1]


async def test_200_without_ok_is_not_posted(hook: Hook) -> None:
    error = await refused(hook, 200, "<html>Sign in to the hotel's network, s3cret</html>")

    assert str(error) == "Slack answered 200: not in Slack's words"
    assert not error.permanent


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"Retry-After": "30"}, 30), ({}, 60), ({"Retry-After": "soon"}, 60)],
)
async def test_429_says_when_to_come_back(hook: Hook, headers: dict[str, str], wait: int) -> None:
    error = await refused(hook, 429, "rate_limited", **headers)

    assert not error.permanent
    assert error.retry_after == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("status", "word", "permanent"),
    [
        (400, "invalid_blocks", True),
        (403, "action_prohibited", True),
        (404, "no_service", True),
        (410, "channel_is_archived", True),
        (408, "timeout", False),
        (500, "rollup_error", False),
        (503, "down", False),
        (302, "moved", False),
    ],
)
async def test_answers_tell_what_passes(
    hook: Hook, status: int, word: str, permanent: bool
) -> None:
    error = await refused(hook, status, word)

    assert str(error) == f"Slack answered {status}: {word}"
    assert error.permanent is permanent


async def test_a_server_that_is_not_there_passes_and_its_address_stays_secret() -> None:
    channel = slack("http://127.0.0.1:9/services/s3cret")

    with pytest.raises(DeliveryError, match="ConnectError") as caught:
        await channel.send(message(slack=PAYLOADS[:1]))
    assert not caught.value.permanent
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_address_is_a_secret() -> None:
    options = Slack.Options.model_validate({"url": "https://hooks.slack.com/services/s3cret"})
    assert "s3cret" not in repr(options)

    with pytest.raises(ValidationError) as caught:
        Slack.Options.model_validate({"url": "hooks.slack.com/s3cret"})
    assert "does not begin with https://" in str(caught.value)
    assert "s3cret" not in str(caught.value)
