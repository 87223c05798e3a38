from __future__ import annotations

import asyncio
import logging
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.collect import imap
from listener.collect.imap import Imap
from listener.collect.imap_session import _body
from listener.collect.mail import read_mail
from listener.collect.mail_posts import Reading, posts_of_mail
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Batch, PostKind
from tests.collect.dovecot import PASSWORD, USER, Dovecot, dovecot, newsletter
from tests.local_site import Watch

pytestmark = pytest.mark.anyio
NUMBERS = count(1)
Opener = Callable[..., Imap]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def folder(server: Dovecot) -> str:
    return made(server)


def made(server: Dovecot) -> str:
    name = f"Presse & Médias {next(NUMBERS)}"
    with server.entered() as client:
        client.create_folder(name)
    return name


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def fetcher(watch: Watch) -> AsyncIterator[Fetcher]:
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        yield fetcher


@pytest.fixture
def mailbox(fetcher: Fetcher, watch: Watch) -> Opener:
    def opened(port: int, folder: str = "INBOX", **more: Any) -> Imap:
        given = {"context": more.pop("context", None), "timeout": more.pop("timeout", 10)}
        options = {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "private": True,
            "user": USER,
            "password": PASSWORD,
            "folder": folder,
        }
        tools = Tools(fetcher=fetcher, clock=watch)
        return Imap(Imap.Options.model_validate(options | more), tools, **given)

    return opened


async def read(
    source: Imap,
    cursor: Mapping[str, str] | None = None,
    most: int | None = None,
    batches: list[Batch] | None = None,
) -> list[Batch]:
    """Make a pass, or only begin one: after `most` batches were stored the process dies.

    batches  holds what was stored when it fails
    """
    batches = [] if batches is None else batches
    passing = source.collect(cursor or {})
    async for batch in passing:
        batches.append(batch)
        if len(batches) == most:
            await passing.aclose()  # type: ignore[attr-defined]
            break
    return batches


def titles(batches: list[Batch]) -> list[str | None]:
    return [post.title for batch in batches for post in batch.posts]


# Reading


@pytest.mark.system
async def test_the_first_pass_and_what_comes_later(
    server: Dovecot, folder: str, mailbox: Opener, watch: Watch
) -> None:
    server.deliver(newsletter(1), folder=folder, arrived=watch.now() - timedelta(days=30))
    server.deliver(newsletter(2), newsletter(3), folder=folder)
    source = mailbox(server.port, folder)

    first = await read(source)
    assert titles(first) == ["Lettre 2", "Lettre 3"]  # thirty days ago is too long ago
    cursor = first[-1].cursor
    assert titles(await read(source, cursor)) == []

    server.deliver(newsletter(4), folder=folder, arrived=watch.now() - timedelta(days=30))
    again = await read(source, cursor)
    assert titles(again) == ["Lettre 4"]  # came just now, whatever its date
    assert titles(await read(source, again[-1].cursor)) == []


@pytest.mark.system
async def test_an_empty_folder(server: Dovecot, folder: str, mailbox: Opener) -> None:
    source = mailbox(server.port, folder)
    (batch,) = await read(source)
    assert (batch.posts, batch.skipped, batch.doubt) == ((), 0, None)
    server.deliver(newsletter(1), folder=folder)
    assert titles(await read(source, batch.cursor)) == ["Lettre 1"]


@pytest.mark.system
async def test_since(server: Dovecot, folder: str, mailbox: Opener, watch: Watch) -> None:
    server.deliver(newsletter(1), folder=folder, arrived=watch.now() - timedelta(days=30))
    server.deliver(newsletter(2), folder=folder, arrived=watch.now() - timedelta(days=60))
    cursor = (await read(mailbox(server.port, folder)))[-1].cursor
    since = (watch.now() - timedelta(days=40)).date()
    source = mailbox(server.port, folder, since=since)
    assert titles(await read(source, cursor)) == ["Lettre 1"]  # another question starts anew


@pytest.mark.system
async def test_nothing_is_changed_in_the_mailbox(
    server: Dovecot, folder: str, mailbox: Opener
) -> None:
    uids = server.deliver(*map(newsletter, range(3)), folder=folder)
    assert len(titles(await read(mailbox(server.port, folder)))) == 3
    assert server.flags(folder) == dict.fromkeys(uids, ())


@pytest.mark.system
async def test_a_pass_that_was_cut_short_is_not_begun_again(
    server: Dovecot, folder: str, mailbox: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 4)
    server.deliver(*map(newsletter, range(10)), folder=folder)
    source = mailbox(server.port, folder)
    begun = await read(source, most=1)
    assert len(titles(begun)) == 4
    rest = await read(source, begun[-1].cursor)
    assert titles(begun + rest) == [f"Lettre {number}" for number in range(10)]


@pytest.mark.system
async def test_thousands_of_mails(
    server: Dovecot, folder: str, mailbox: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.entered(folder) as client:
        client.multiappend(folder, [newsletter(number) for number in range(300)])
    source = mailbox(server.port, folder, since="2020-01-01")
    batches = await read(source)
    assert titles(batches) == [f"Lettre {number}" for number in range(300)]
    assert max(len(batch.posts) for batch in batches) == imap.AT_ONCE
    assert all(len(str(batch.cursor)) < 1000 for batch in batches)


@pytest.mark.system
async def test_deleted_mails_leave_no_hole(
    server: Dovecot, folder: str, mailbox: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 2)
    uids = server.deliver(*map(newsletter, range(6)), folder=folder)
    source = mailbox(server.port, folder)
    begun = await read(source, most=1)
    with server.entered(folder) as client:
        client.delete_messages(uids[1:4])  # the one where the cursor stands, and two ahead
        client.expunge()
    rest = await read(source, begun[-1].cursor)
    assert titles(begun + rest) == ["Lettre 0", "Lettre 1", "Lettre 4", "Lettre 5"]


@pytest.mark.system
async def test_a_folder_that_was_made_anew(
    server: Dovecot, folder: str, mailbox: Opener, watch: Watch
) -> None:
    server.deliver(newsletter(1), newsletter(2), newsletter(3), folder=folder)
    source = mailbox(server.port, folder)
    first = await read(source)
    with server.entered() as client:
        client.delete_folder(folder)
        client.create_folder(folder)
    server.deliver(newsletter(9), folder=folder, arrived=watch.now() - timedelta(days=30))
    server.deliver(newsletter(3), newsletter(4), folder=folder)

    second = await read(source, first[-1].cursor)
    assert titles(second) == ["Lettre 3", "Lettre 4"]
    assert second[0].posts[0] == first[0].posts[2]  # so the store knows it
    assert second[-1].cursor["validity"] != first[-1].cursor["validity"]


@pytest.mark.system
async def test_a_cursor_that_is_garbage_starts_anew(
    server: Dovecot, folder: str, mailbox: Opener
) -> None:
    server.deliver(newsletter(1), folder=folder)
    source = mailbox(server.port, folder)
    cursor = dict((await read(source))[-1].cursor)
    for garbage in (
        {"uid": "x"},
        {"uid": "9" * 12},
        {"validity": ""},
        {"since": "soon"},
        {"source": "other"},
    ):
        assert titles(await read(source, cursor | garbage)) == ["Lettre 1"], garbage
    assert titles(await read(source, cursor | {"unmarked": "x,,7"})) == []


@pytest.mark.system
async def test_what_is_too_large_or_broken_is_skipped_and_counted(
    server: Dovecot, folder: str, mailbox: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LARGEST", 5000)
    huge = newsletter(2) + b"x" * 5000
    alert = newsletter(3, Sender="x").replace(
        b"lettre@courrier.example", b"googlealerts-noreply@google.com"
    )
    uids = server.deliver(newsletter(1), huge, alert, newsletter(4), folder=folder)
    batches = await read(mailbox(server.port, folder, mark="seen"))
    assert titles(batches) == ["Lettre 1", "Lettre 4"]
    assert sum(batch.skipped for batch in batches) == 2
    seen = [uid for uid, flags in server.flags(folder).items() if b"\\Seen" in flags]
    assert seen == [uids[0], uids[3]]  # a person should look at the others


@pytest.mark.system
async def test_marking_as_read(
    server: Dovecot, folder: str, mailbox: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 2)
    uids = server.deliver(*map(newsletter, range(4)), folder=folder)
    source = mailbox(server.port, folder, mark="seen")
    begun = await read(source, most=1)
    assert set(server.flags(folder).values()) == {()}  # it died before it could mark any
    await read(source, begun[-1].cursor)
    assert server.flags(folder) == dict.fromkeys(uids, (b"\\Seen",))

    with server.entered(folder) as client:
        client.remove_flags(uids, [b"\\Seen"])
    done = await read(source, (await read(source, begun[-1].cursor))[-1].cursor)
    with server.entered(folder) as client:
        client.remove_flags(uids, [b"\\Seen"])  # a person wants to see them again
    await read(source, done[-1].cursor)
    assert set(server.flags(folder).values()) == {()}


@pytest.mark.system
async def test_moving(
    server: Dovecot, folder: str, mailbox: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 2)
    to = made(server)
    server.deliver(*map(newsletter, range(5)), folder=folder)
    source = mailbox(server.port, folder, move_to=to)
    begun = await read(source, most=2)  # one batch is moved, another only stored
    assert (len(server.flags(folder)), len(server.flags(to))) == (3, 2)
    rest = await read(source, begun[-1].cursor)
    assert titles(begun + rest) == [f"Lettre {number}" for number in range(5)]
    assert (len(server.flags(folder)), len(server.flags(to))) == (0, 5)

    with pytest.raises(SourceError, match="there is no folder 'Nirgends'") as caught:
        await read(mailbox(server.port, folder, move_to="Nirgends"))
    assert caught.value.needs_person


# What goes wrong


@pytest.mark.system
async def test_a_wrong_password(server: Dovecot, mailbox: Opener) -> None:
    with pytest.raises(AccessDenied, match="AUTHENTICATIONFAILED") as caught:
        await read(mailbox(server.port, password="wrong-one"))
    assert caught.value.needs_person
    assert "wrong-one" not in str(caught.value)
    assert USER not in str(caught.value)


@pytest.mark.system
async def test_a_folder_that_is_not_there(server: Dovecot, folder: str, mailbox: Opener) -> None:
    with pytest.raises(SourceError, match="there is no folder 'Newsletters'") as caught:
        await read(mailbox(server.port, "Newsletters"))
    assert caught.value.needs_person
    assert "'INBOX'" in str(caught.value)


@pytest.mark.system
async def test_too_many_connections(fetcher: Fetcher, mailbox: Opener, watch: Watch) -> None:
    with dovecot(connections=1) as busy, busy.entered():
        with pytest.raises(RateLimited, match=r"LIMIT|UNAVAILABLE"):
            await read(mailbox(busy.port))
        with pytest.raises(RateLimited, match="left alone"):
            await read(mailbox(busy.port, "Other"))  # the account, not the folder


@pytest.mark.system
@pytest.mark.parametrize("sent", [10, 400, 1500, 2100, 2600])
async def test_a_connection_that_breaks(
    sent: int,
    server: Dovecot,
    folder: str,
    mailbox: Opener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 2)
    server.deliver(*map(newsletter, range(6)), folder=folder)
    batches: list[Batch] = []
    async with cutting(server.port, sent) as port:
        with pytest.raises(FetchError, match=r"could not read imap://127.0.0.1:\d+"):
            await read(mailbox(port, folder), batches=batches)
    cursor = dict(batches[-1].cursor) if batches else {}
    source = mailbox(server.port, folder)
    cursor |= {"source": source._source} if cursor else {}  # another port is another server
    whole = batches + await read(source, cursor)
    assert titles(whole) == [f"Lettre {number}" for number in range(6)]


@asynccontextmanager
async def cutting(port: int, sent: int) -> AsyncIterator[int]:
    """Stand between a client and a server, and break off after so many bytes of the server's."""

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_connection("127.0.0.1", port)

        async def upwards() -> None:
            while data := await reader.read(1000):
                away.write(data)

        task = asyncio.create_task(upwards())
        left = sent
        try:
            while left > 0 and (data := await there.read(left)):
                writer.write(data)
                left -= len(data)
            await writer.drain()
        finally:
            task.cancel()
            away.close()
            await asyncio.gather(task, return_exceptions=True)

    async with serving(passed) as cut:
        yield cut


@asynccontextmanager
async def serving(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass  # the other side has heard enough
        finally:
            writer.close()

    listening = await asyncio.start_server(served, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def saying(greeting: str, **answers: str) -> Any:
    """Write a mail server that answers each command with the lines it is told to."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        while line := (await reader.readline()).decode():
            tag, _, command = line.strip().partition(" ")
            word = command.removeprefix("UID ").split(" ")[0].upper()
            told = answers.get(word, "TAG OK done")
            if word == "CAPABILITY":
                told = "* CAPABILITY IMAP4rev1\r\nTAG OK done"
            if not told:
                break
            writer.write(told.replace("TAG", tag).encode() + b"\r\n")

    return serve


OK = "* OK ready"
SELECTED = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\nTAG OK done"


@pytest.mark.parametrize(
    ("greeting", "answers", "error", "said"),
    [
        ("* BYE [UNAVAILABLE] come later", {}, RateLimited, "come later"),
        ("* BYE go away", {}, FetchError, "go away"),
        ("220 smtp.example.org ESMTP", {}, FetchError, "smtp"),
        (OK, {"LOGIN": "TAG NO [ALERT] Too many simultaneous connections."}, RateLimited, "many"),
        (OK, {"LOGIN": "TAG NO [LIMIT] slower"}, RateLimited, "slower"),
        (OK, {"LOGIN": "TAG NO [INUSE] busy"}, RateLimited, "busy"),
        (OK, {"LOGIN": "TAG NO [ALERT] Application-specific password required"}, AccessDenied, "A"),
        (OK, {"LOGIN": "TAG NO LOGIN failed."}, AccessDenied, "LOGIN failed"),
        (OK, {"LOGIN": ""}, FetchError, "EOF"),
        (OK, {"LOGIN": "* BYE over and out"}, FetchError, "over and out"),
        (OK, {"EXAMINE": "TAG NO [NOPERM] not yours"}, AccessDenied, "not yours"),
        (OK, {"EXAMINE": "TAG NO hiccup"}, FetchError, "hiccup"),
        (OK, {"EXAMINE": SELECTED, "SEARCH": "* SEARCH a b\r\nTAG OK done"}, ParseError, "IMAP"),
        (
            OK,
            {"EXAMINE": SELECTED, "SEARCH": "TAG NO [OVERQUOTA] Account exceeded command limits"},
            RateLimited,
            "exceeded",
        ),
        (
            OK,
            {"EXAMINE": SELECTED, "SEARCH": "* SEARCH 1\r\nTAG OK done", "FETCH": ""},
            FetchError,
            "EOF",
        ),
        (
            OK,
            {
                "EXAMINE": SELECTED,
                "SEARCH": "* SEARCH 1\r\nTAG OK done",
                "FETCH": "* 1 FETCH (UID 1 RFC822.SIZE\r\nTAG OK done",
            },
            ParseError,
            "incomplete",
        ),
    ],
)
async def test_what_a_server_says(
    greeting: str,
    answers: dict[str, str],
    error: type[SourceError],
    said: str,
    mailbox: Opener,
) -> None:
    async with serving(saying(greeting, **answers)) as port:
        with pytest.raises(SourceError, match=said) as caught:
            await read(mailbox(port, user="ana", password="tiger7"))
    assert type(caught.value) is error, caught.value
    assert "tiger7" not in str(caught.value)


def holding(given: Mapping[str, str], refusal: str) -> Any:
    """Write a mail server with mails 1, 2 and 3 that refuses to give those that are not `given`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{OK}\r\n".encode())
        while line := (await reader.readline()).decode():
            tag, _, command = line.strip().partition(" ")
            word, _, rest = command.removeprefix("UID ").partition(" ")
            uids = "123" if rest.startswith("1:3") else rest.split(" ")[0].replace(",", "")
            told, end = "", "OK done"
            if word == "FETCH" and "SIZE" in rest:
                told = "".join(f"* {uid} FETCH (UID {uid} RFC822.SIZE 30)\r\n" for uid in uids)
            elif word == "FETCH":
                told = "".join(
                    f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n{raw})\r\n"
                    for uid, raw in given.items()
                    if uid in uids
                )
                end = "OK done" if set(uids) <= set(given) else refusal
            elif word in FIXED:
                told = FIXED[word]
            writer.write(f"{told}{tag} {end}\r\n".encode())

    return serve


FIXED = {
    "CAPABILITY": "* CAPABILITY IMAP4rev1\r\n",
    "EXAMINE": "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n",
    "SEARCH": "* SEARCH 1 2 3\r\n",
}


async def test_a_mail_that_the_server_cannot_give_holds_up_no_other(mailbox: Opener) -> None:
    who = {"user": "ana", "password": "tiger7"}
    mails = {"1": "Subject: One\r\n\r\nA", "3": "Subject: Three\r\n\r\nC"}
    refusal = "NO The requested message could not be converted to an RFC-822 compatible format."
    async with serving(holding(mails, refusal)) as port:
        batches = await read(mailbox(port, **who))
        assert titles(batches) == ["One", "Three"]
        assert sum(batch.skipped for batch in batches) == 1
        assert batches[-1].cursor["uid"] == "3"
    for readable, why in (({}, refusal), (mails, "NO [LIMIT] slower")):
        async with serving(holding(readable, why)) as port:  # it is the server, not the mail
            with pytest.raises(FetchError, match="slower" if readable else "converted"):
                await read(mailbox(port, **who))


async def test_exchange_says_for_how_long(mailbox: Opener, fetcher: Fetcher) -> None:
    said = "TAG BAD Request is throttled. Suggested Backoff Time: 90000 milliseconds"
    async with serving(saying(OK, EXAMINE=SELECTED, SEARCH=said)) as port:
        with pytest.raises(RateLimited) as caught:
            await read(mailbox(port, user="ana", password="tiger7"))
    assert caught.value.retry_after == timedelta(seconds=90)


async def test_a_password_that_the_server_repeats_is_not_shown(mailbox: Opener) -> None:
    said = 'TAG NO you said "tiger7"'
    async with serving(saying(OK, LOGIN=said)) as port:
        with pytest.raises(AccessDenied, match=r'you said "\.\.\."'):
            await read(mailbox(port, user="ana", password="tiger7"))


async def test_a_server_that_says_nothing(mailbox: Opener) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent) as port:
        with pytest.raises(FetchError, match="timed out"):
            await read(mailbox(port, timeout=0.2))


async def test_no_such_server(mailbox: Opener, unused_tcp_port: int) -> None:
    with pytest.raises(FetchError, match="connection refused"):
        await read(mailbox(unused_tcp_port))
    with pytest.raises(FetchError, match="private address"):
        await read(mailbox(993, security="tls", private=False))
    with pytest.raises(FetchError, match="private address"):
        await read(mailbox(993, host="localhost", security="tls", private=False))


@pytest.fixture
def unused_tcp_port() -> int:
    return 1


@pytest.mark.system
async def test_a_server_without_starttls(server: Dovecot, mailbox: Opener) -> None:
    with pytest.raises(SourceError, match="STARTTLS") as caught:
        await read(mailbox(server.port, security="starttls"))
    assert caught.value.needs_person


@pytest.mark.system
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_encryption(security: str, tmp_path: Path, mailbox: Opener) -> None:
    certificate, key = certified(tmp_path)
    with dovecot(certificate=(certificate, key)) as server:
        server.deliver(newsletter(1))
        port = server.tls_port if security == "tls" else server.port
        trusting = ssl.create_default_context(cafile=str(certificate))
        source = mailbox(port, security=security, context=trusting)
        assert titles(await read(source)) == ["Lettre 1"]
        with pytest.raises(FetchError, match="certificate not trusted"):
            await read(mailbox(port, security=security))
        with pytest.raises(FetchError, match="certificate not trusted"):
            await read(mailbox(port, security=security, host="localhost", context=trusting))


def certified(folder: Path) -> tuple[Path, Path]:
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("openssl absent")
    paths = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    out = ["-days", "2", "-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run([openssl, "req", "-x509", *key, *subject, *out], check=True, capture_output=True)
    return paths


# Options


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"security": "none"}, "private only"),
        ({"security": "ssl"}, "starttls"),
        ({"host": "a b"}, "pattern"),
        ({"folder": "A\r\nB"}, "pattern"),
        ({"move_to": "INBOX"}, "is the folder that is read"),
        ({"move_to": "Inbox"}, "is the folder that is read"),
        ({"mark": "deleted"}, "seen"),
        ({"port": 0}, "greater than 0"),
        ({"oauth": True}, "Extra inputs"),
    ],
)
def test_options_are_checked(wrong: dict[str, object], said: str) -> None:
    good = {"host": "imap.example.org", "user": "ana", "password": "s3cret"}
    options = Imap.Options.model_validate(good)
    assert "s3cret" not in f"{options} {options!r}"
    with pytest.raises(ValidationError, match=said) as caught:
        Imap.Options.model_validate(good | wrong)
    assert "s3cret" not in str(caught.value)


@pytest.mark.system
async def test_the_log_tells_neither_password_nor_mails(
    server: Dovecot, folder: str, mailbox: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.deliver(newsletter(1), folder=folder)
    await read(mailbox(server.port, folder))
    assert PASSWORD not in caplog.text
    assert "fuit" not in caplog.text


# Whatever happens


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(1, 4)),
        st.tuples(st.just("delete"), st.integers(0, 5)),
        st.tuples(st.just("begin"), st.integers(1, 3)),
        st.tuples(st.just("read"), st.just(0)),
        st.tuples(st.just("cut"), st.integers(300, 3000)),
        st.tuples(st.just("anew"), st.just(0)),
    ),
    max_size=8,
)


@pytest.mark.system
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=EVENTS)
async def test_every_mail_is_stored_once(
    events: list[tuple[str, int]],
    server: Dovecot,
    mailbox: Opener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 2)
    folder, numbers = made(server), count(1)
    alive: dict[str, bytes] = {}
    stored: dict[str, str] = {}
    cursor: Mapping[str, str] = {}
    source = mailbox(server.port, folder)

    async def listen(most: int | None, port: int = server.port) -> None:
        nonlocal cursor
        here, batches = mailbox(port, folder), list[Batch]()
        here._source = source._source
        with suppress(FetchError):
            await read(here, cursor, most, batches)
        for post in (post for batch in batches for post in batch.posts):
            assert stored.setdefault(post.item, post.key) == post.key
        cursor = batches[-1].cursor if batches else cursor

    for event, number in [*events, ("read", 0)]:
        match event:
            case "deliver":
                mails = {
                    f"Lettre {n}": newsletter(n) for n in (next(numbers) for _ in range(number))
                }
                server.deliver(*mails.values(), folder=folder)
                alive |= mails
            case "delete" if len(alive) > number:
                gone = list(alive)[number]
                with server.entered(folder) as client:
                    client.delete_messages(client.search(["SUBJECT", f'"{gone}"']))
                    client.expunge()
                    left = {e[b"ENVELOPE"].subject.decode() for e in headers(client).values()}
                alive = {title: mail for title, mail in alive.items() if title in left}
            case "begin":
                await listen(number)
            case "read":
                await listen(None)
            case "cut":
                async with cutting(server.port, number) as port:
                    await listen(None, port)
            case "anew":
                with server.entered() as client:
                    client.delete_folder(folder)
                    client.create_folder(folder)
                if alive:
                    server.deliver(*alive.values(), folder=folder)
    assert len(set(stored.values())) == len(stored)
    assert len(stored) >= len(alive)
    expected = {post_key(mail) for mail in alive.values()}
    assert expected <= set(stored.values())


def headers(client: Any) -> dict[int, Any]:
    uids = client.search("ALL")
    return client.fetch(uids, ["ENVELOPE"]) if uids else {}


@pytest.mark.parametrize("name", [b"BODY[]<0>", b"BODY[]"])
def test_a_server_need_not_say_where_a_part_begins(name: bytes) -> None:
    assert _body({b"SEQ": 1, name: b"Subject: x"}) == b"Subject: x"
    assert _body({b"SEQ": 1, name: None}) is None


def post_key(mail: bytes) -> str:
    reading = Reading(publishes=PostKind.WEB, language=None, now=Watch().now())
    (post,) = posts_of_mail(read_mail(mail), reading)
    return post.key
