"""A message as the bytes of an e-mail: the same bytes each time it is asked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, getaddresses, parseaddr
from typing import Annotated

from pydantic import AfterValidator

from listener.errors import DeliveryError
from listener.messages import Attachment, Message


class _Policy(EmailPolicy):
    """Leaves List-Unsubscribe on its line: folded as text, its address would be encoded words."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+")
_POLICY = _Policy(linesep="\r\n")


def _is_sender(text: str) -> str:
    found = getaddresses([text])
    if len(found) != 1 or not found[0][1].isascii() or not _ADDRESS.fullmatch(found[0][1]):
        raise ValueError('write a sender like "Listener <veille@example.org>"')
    return text


Sender = Annotated[str, AfterValidator(_is_sender)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`international`: the address needs a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    content: bytes
    international: bool


def mail(message: Message, sender: str) -> Mail:
    """Build the mail for its one reader; `sender` is written `Name <name@example.org>`.

    Date, Message-ID and boundaries come from the message, so that a retry is recognised as the same
    mail. Raises DeliveryError (permanent) when the person has no usable address.
    """
    name, address = parseaddr(sender)
    recipient = _recipient(message)
    identity = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    built = EmailMessage(policy=_POLICY)
    built["From"] = Address(_one_line(name), *address.split("@"))
    built["To"] = recipient
    built["Subject"] = _one_line(message.subject)
    built["Date"] = format_datetime(message.created)
    built["Message-ID"] = f"<{identity}@{built['From'].addresses[0].domain}>"
    built["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers, please
    built["X-Auto-Response-Suppress"] = "All"  # and the same for Exchange
    if message.unsubscribe:
        built["List-Unsubscribe"] = f"<{message.unsubscribe}>"  # RFC 2369
    _fill(built, message)
    for number, part in enumerate(part for part in built.walk() if part.is_multipart()):
        part.set_boundary(f"={identity}-{number}")
    international = not recipient.addr_spec.isascii()
    return Mail(
        sender=address,
        recipient=recipient.addr_spec,
        content=built.as_bytes(policy=_POLICY.clone(utf8=international)),
        international=international,
    )


def _recipient(message: Message) -> Address:
    """The person's address, its domain in ASCII; what stands before the @ may be in any script."""
    person = message.person
    if not person.email:
        raise DeliveryError(f"{person.name} has no e-mail address", permanent=True)
    local, _, domain = person.email.partition("@")
    try:
        if _ADDRESS.fullmatch(person.email):
            return Address(_one_line(person.name), local, domain.encode("idna").decode())
    except UnicodeError:  # a domain that cannot be one, told like the others
        pass
    problem = f"{person.name}: {person.email!r} is not an e-mail address"
    raise DeliveryError(problem, permanent=True)


def _fill(built: EmailMessage, message: Message) -> None:
    """Text, else HTML with its pictures, then the files."""
    built.set_content(message.text, cte="quoted-printable")
    built.add_alternative(message.html, subtype="html", cte="quoted-printable")
    page = built.get_payload()[1]  # type: ignore[index]
    assert isinstance(page, EmailMessage)
    for picture in (a for a in message.attachments if a.inline):
        page.add_related(
            picture.content,
            *_kind(picture),
            cid=f"<{picture.name}>",
            disposition="inline",
            filename=picture.name,
        )
    for file in (a for a in message.attachments if not a.inline):
        main, sub = _kind(file)
        charset = {"charset": "utf-8"} if main == "text" else None
        built.add_attachment(file.content, main, sub, filename=file.name, params=charset)


def _kind(attachment: Attachment) -> tuple[str, str]:
    main, _, sub = attachment.media_type.partition("/")
    return main, sub


def _one_line(text: str) -> str:
    """Whatever it holds, a header stays one line."""
    return _CONTROLS.sub(" ", text).strip()
