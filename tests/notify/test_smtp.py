from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Any, Self

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from pydantic import ValidationError

from listener.errors import DeliveryError
from listener.notify.mime import mail
from listener.notify.smtp import Smtp
from tests.notify.samples import ANA, message

pytestmark = pytest.mark.anyio
SENDER = "Veille <veille@example.org>"


class Postman:
    """What a mail server answers, and the mails that it took."""

    def __init__(self) -> None:
        self.rcpt, self.data, self.quit = "250 OK", "250 OK", "221 Bye"
        self.envelopes: list[Any] = []
        self.drop_in_data = False

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.drop_in_data:
            server.transport.abort()
        else:
            self.envelopes.append(envelope)
        return self.data

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return self.quit


class Server:
    """A real SMTP server on loopback, in the test's own event loop."""

    def __init__(self, postman: Postman) -> None:
        self.postman = postman
        self.port = 0

    @asynccontextmanager
    async def running(
        self, tls: ssl.SSLContext | None = None, **options: Any
    ) -> AsyncIterator[Self]:
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(self.postman, **options), "127.0.0.1", 0, ssl=tls
        )
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
async def server(postman: Postman, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with Server(postman).running(**getattr(request, "param", {})) as server:
        yield server


def channel(port: int, context: ssl.SSLContext | None = None, /, **options: object) -> Smtp:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": SENDER, "timeout": 5}
    return Smtp(Smtp.Options.model_validate(given | options), context=context)


async def refusal(server: Server, **options: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel(server.port, None, **options).send(message())
    return caught.value


async def test_the_mail_arrives_as_it_was_written(server: Server, postman: Postman) -> None:
    await channel(server.port).send(message())

    (envelope,) = postman.envelopes
    assert envelope.mail_from == "veille@example.org"
    assert envelope.rcpt_tos == ["ana@example.org"]
    assert envelope.content == mail(message(), SENDER).content
    assert b"\r\n.\r\n" in envelope.content  # a lone dot does not end the mail


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 5.1.1 no such user", True),
        ("553 5.1.3 bad address", True),
        ("450 4.2.0 greylisted, try again", False),
        ("451 4.3.0 local error", False),
        ("452 4.2.2 mailbox full", False),
        ("552 5.2.2 mailbox full", False),
        ("554 5.2.2 mailbox full", False),  # as Exchange says it
        ("552 5.3.4 message too big", True),
    ],
)
@pytest.mark.parametrize("stage", ["rcpt", "data"])
async def test_refusals_that_pass_and_that_do_not(
    server: Server, postman: Postman, stage: str, answer: str, permanent: bool
) -> None:
    setattr(postman, stage, answer)

    error = await refusal(server)

    assert str(error) == f"127.0.0.1 answered {answer}"
    assert error.permanent is permanent


async def test_a_connection_lost_in_the_middle_passes(server: Server, postman: Postman) -> None:
    postman.drop_in_data = True

    assert not (await refusal(server)).permanent


async def test_a_server_that_is_not_there_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1: .*refused") as caught:
        await channel(port).send(message())
    assert not caught.value.permanent


async def test_a_server_that_turns_us_away_at_the_door_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"554 5.7.1 too many connections\r\n")

        door = threading.Thread(target=greet)
        door.start()
        with pytest.raises(DeliveryError, match="too many connections") as caught:
            await channel(listening.getsockname()[1]).send(message())
        door.join()
    assert not caught.value.permanent


async def test_a_failed_goodbye_does_not_send_it_again(server: Server, postman: Postman) -> None:
    postman.quit = "421 shutting down"

    await channel(server.port).send(message())

    assert len(postman.envelopes) == 1


def only_ana(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == b"s3cret", handled=False)


LOGIN = {"authenticator": only_ana, "auth_required": True, "auth_require_tls": False}


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("server", [LOGIN], indirect=True)
async def test_login(server: Server, postman: Postman) -> None:
    await channel(server.port, user="ana", password="s3cret").send(message())
    assert len(postman.envelopes) == 1

    error = await refusal(server, user="ana", password="wr0ng")
    assert error.permanent
    assert "535" in str(error)
    assert "wr0ng" not in str(error)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("server", [LOGIN], indirect=True)
async def test_a_password_that_smtp_cannot_take_is_said_and_not_quoted(server: Server) -> None:
    error = await refusal(server, user="ana", password="s3cr\u00e8t")

    assert error.permanent
    assert "ASCII" in str(error)
    assert "xe8" not in str(error)
    assert "position" not in str(error), "nor told where its letters stand"


async def test_a_host_that_can_be_none_is_said() -> None:
    with pytest.raises(DeliveryError, match=r"^\.example\.org: ") as caught:
        await channel(25, host=".example.org").send(message())
    assert caught.value.permanent


async def test_a_server_without_starttls_is_refused_for_good(
    server: Server, postman: Postman
) -> None:
    error = await refusal(server, security="starttls")

    assert error.permanent
    assert "STARTTLS" in str(error)
    assert postman.envelopes == []


@pytest.mark.parametrize("server", [{"enable_SMTPUTF8": False}], indirect=True)
async def test_an_address_that_the_server_cannot_take_is_said(server: Server) -> None:
    ours = message(person=replace(ANA, email="anaïs@example.org"))

    with pytest.raises(DeliveryError, match="SMTPUTF8") as caught:
        await channel(server.port).send(ours)
    assert caught.value.permanent


@pytest.mark.parametrize("server", [{"enable_SMTPUTF8": True}], indirect=True)
async def test_an_international_address(server: Server, postman: Postman) -> None:
    await channel(server.port).send(message(person=replace(ANA, email="anaïs@example.org")))

    assert postman.envelopes[0].rcpt_tos == ["anaïs@example.org"]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("openssl absent")
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    out = ["-days", "2", "-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run([openssl, "req", "-x509", *key, *subject, *out], check=True, capture_output=True)
    return paths


@pytest.mark.system
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_encryption(security: str, certificate: tuple[Path, Path], postman: Postman) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(*certificate)
    at_once = {"tls": ours}
    on_demand = {"tls_context": ours, "require_starttls": True}
    options: dict[str, Any] = at_once if security == "tls" else on_demand
    async with Server(postman).running(**options) as server:
        trusting = ssl.create_default_context(cafile=str(certificate[0]))
        await channel(server.port, trusting, security=security).send(message())
        assert len(postman.envelopes) == 1

        error = await refusal(server, security=security)
        assert "certificate" in str(error).lower()
        assert not error.permanent
        assert len(postman.envelopes) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"user": "ana"}, "go together"),
        ({"password": "s3cret"}, "go together"),
        ({"security": "ssl"}, "starttls"),
        ({"sender": "nobody"}, "write a sender like"),
        ({"hots": "x"}, "Extra inputs"),
        ({"port": 0}, "greater than 0"),
    ],
)
def test_options_are_checked(wrong: dict[str, object], said: str) -> None:
    good = {"host": "mail.example.org", "sender": SENDER}
    assert Smtp.Options.model_validate(good).security == "starttls"

    with pytest.raises(ValidationError, match=said) as caught:
        Smtp.Options.model_validate(good | wrong)
    assert "s3cret" not in str(caught.value)


def test_one_message_is_one_part() -> None:
    assert channel(25).parts(message()) == (message(),)
