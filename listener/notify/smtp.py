"""E-mail, one message to one recipient."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from contextlib import suppress
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from listener.errors import DeliveryError
from listener.messages import Message
from listener.notify.mime import Mail, Sender, mail

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_OVER_QUOTA = 552
# RFC 3463: 552 says "mailbox full", which passes, or with these codes "too large", which does not.
_TOO_LARGE = (b"5.2.3", b"5.3.4")
_MAILBOX_FULL = b"5.2.2"


class Smtp:
    """Sends by an SMTP server of the operator's."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        host: str = Field(description="name of the server")
        port: int | None = Field(
            None, gt=0, lt=65536, description="587 with starttls, 465 with tls, 25 with none"
        )
        security: Literal["starttls", "tls", "none"] = Field(
            "starttls", description="none: for a server on this machine or network only"
        )
        user: str | None = Field(None, description="to log in with; no login if left out")
        password: SecretStr | None = Field(None, description="env:NAME or file:PATH")
        sender: Sender = Field(description='"Listener <veille@example.org>"')
        timeout: float = Field(30, gt=0, le=600, description="seconds to wait for each answer")

        @model_validator(mode="after")
        def _login_is_whole(self) -> Self:
            if (self.user is None) != (self.password is None):
                raise ValueError("user and password go together")
            return self

    def __init__(self, options: Options, *, context: ssl.SSLContext | None = None) -> None:
        self._options = options
        self._context = context

    def parts(self, message: Message) -> tuple[Message, ...]:
        return (message,)

    async def send(self, message: Message) -> None:
        """Hand the mail to the server; raise DeliveryError when it does not take it."""
        await asyncio.to_thread(self._send, mail(message, self._options.sender))

    def _send(self, letter: Mail) -> None:
        try:
            client = self._connect()
            try:
                self._log_in(client)
                client.sendmail(
                    letter.sender,
                    [letter.recipient],
                    letter.content,
                    mail_options=["SMTPUTF8", "BODY=8BITMIME"] if letter.international else [],
                )
                # It has been taken: a goodbye that fails must not have it sent again.
                with suppress(smtplib.SMTPException, OSError):
                    client.quit()
            finally:
                client.close()
        except (smtplib.SMTPException, OSError, UnicodeError) as exc:
            raise self._error(exc) from exc

    def _connect(self) -> smtplib.SMTP:
        options = self._options
        port = options.port or _PORTS[options.security]
        context = self._context or ssl.create_default_context()
        if options.security == "tls":
            return smtplib.SMTP_SSL(options.host, port, timeout=options.timeout, context=context)
        client = smtplib.SMTP(options.host, port, timeout=options.timeout)
        if options.security == "starttls":
            try:
                client.starttls(context=context)
            except BaseException:
                client.close()
                raise
        return client

    def _log_in(self, client: smtplib.SMTP) -> None:
        if self._options.user and self._options.password:
            try:
                client.login(self._options.user, self._options.password.get_secret_value())
            except UnicodeError:  # its words would quote from the password
                problem = f"{self._options.host}: user and password must be ASCII to log in"
                raise DeliveryError(problem, permanent=True) from None

    def _error(self, exc: smtplib.SMTPException | OSError | UnicodeError) -> DeliveryError:
        host = self._options.host
        answer = _answer(exc)
        if answer is None:
            # UnicodeError: a host that cannot be one, ".example.org".
            permanent = isinstance(exc, smtplib.SMTPNotSupportedError | UnicodeError)
            return DeliveryError(f"{host}: {exc or type(exc).__name__}", permanent=permanent)
        code, said = answer
        words = " ".join(said.decode("utf-8", "replace").split())[:300]
        # A server that turns us away at its door may be overloaded or may have blocked us for now.
        at_the_door = isinstance(exc, smtplib.SMTPConnectError | smtplib.SMTPHeloError)
        return DeliveryError(
            f"{host} answered {code} {words}",
            permanent=not at_the_door and _is_permanent(code, said),
        )


def _answer(exc: Exception) -> tuple[int, bytes] | None:
    """What the server said, if it said anything."""
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        return next(iter(exc.recipients.values()))
    if isinstance(exc, smtplib.SMTPResponseException):
        said = exc.smtp_error
        return exc.smtp_code, said.encode() if isinstance(said, str) else said
    return None


def _is_permanent(code: int, said: bytes) -> bool:
    """5xx, except a full mailbox: somebody may empty it within the day."""
    if code == _OVER_QUOTA:
        return said.startswith(_TOO_LARGE)
    return 500 <= code < 600 and not said.startswith(_MAILBOX_FULL)
