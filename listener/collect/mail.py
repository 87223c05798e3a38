"""A mail's bytes as what it says. Anybody can write to a mailbox: nothing in it is trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import parseaddr, parsedate_to_datetime

from listener.collect.charsets import codec
from listener.collect.feed_entries import UNEXPECTED
from listener.errors import ParseError

_LONGEST_HEADER = 4_000  # characters; the library's time grows with the square of some
_LINES = 100  # of one header
# Ordinary mails have 10 parts, 3 of them nested, and 70,000 lines with the largest attachment.
_MOST_PARTS, _DEEPEST, _MOST_LINES = 3_000, 40, 200_000
_MOST_TEXT = 2_000_000  # characters of all parts of one type
_ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]@]{1,64}@[\w.-]{1,255}")
_ID = re.compile(r"<([^\s<>]{3,500})>")
_WEB = re.compile(r"<\s*(https?://[^\s<>]{1,2000})\s*>", re.IGNORECASE)
_RECIPIENTS = ("To", "Cc", "Bcc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail says.

    id, answers, thread  Message-ID of this one, of what it answers, of what opened the thread
    address     of the sender, in lower case, as the mail claims
    recipients  addresses that it was sent to: not ours to keep
    page, list_page  where it, or its mailing list, can be read on the web
    html, text  what it says in either form
    alternatives  they are meant to say the same
    """

    id: str | None = None
    answers: str | None = None
    thread: str | None = None
    subject: str = ""
    name: str = ""
    address: str = ""
    recipients: frozenset[str] = frozenset()
    date: datetime | None = None
    page: str | None = None
    list_page: str | None = None
    language: str = ""
    html: str = ""
    text: str = ""
    alternatives: bool = False


class _Bounded(Compat32):
    """Keeps headers short, and gives them as they are: the parts are decoded by ourselves."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines[:_LINES])
        return name, value[:_LONGEST_HEADER]

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002  (the interface)
        return value


_POLICY = _Bounded()


def read_mail(raw: bytes) -> Mail:
    """Read a mail (RFC 5322, MIME). Attachments are left out. Raises ParseError."""
    if (
        raw.count(b"\n--") > _MOST_PARTS
        or raw.lower().count(b"multipart/") > _DEEPEST
        or max(raw.count(b"\n"), raw.count(b"\r")) > _MOST_LINES
    ):
        raise ParseError("the mail has too many parts or lines")
    try:
        return _read(message_from_bytes(raw, policy=_POLICY))
    except (*UNEXPECTED, MessageError) as exc:
        raise ParseError("the mail breaks the parser") from exc


def _read(message: Message) -> Mail:
    name, address = parseaddr(_raw(message, "From"))
    return Mail(
        id=_first(_ID, message, "Message-ID"),
        answers=_first(_ID, message, "In-Reply-To"),
        thread=_first(_ID, message, "References"),
        subject=_decoded_header(_raw(message, "Subject")),
        name=_decoded_header(name),
        address=address.lower(),
        recipients=frozenset(_recipients(message)),
        date=_date(_raw(message, "Date")),
        page=_first(_WEB, message, "Archived-At"),
        list_page=_first(_WEB, message, "List-Archive"),
        language=_raw(message, "Content-Language"),
        html=_texts(message, "text/html"),
        text=_texts(message, "text/plain"),
        alternatives=any(
            part.get_content_type() == "multipart/alternative" for part in message.walk()
        ),
    )


def _raw(message: Message, name: str) -> str:
    """Return a header unfolded; bytes past ASCII are UTF-8 (RFC 6532), else of Windows."""
    value = " ".join(str(message.get(name, "")).split())
    return value if value.isascii() else _decoded(value.encode("utf-8", "surrogateescape"), "utf-8")


def _decoded_header(value: str) -> str:
    """Undo encoded words (RFC 2047); what is broken stays as it is."""
    try:
        pieces = decode_header(value)
    except (MessageError, ValueError):
        return value
    return "".join(
        piece if isinstance(piece, str) else _decoded(piece, charset or "raw-unicode-escape")
        for piece, charset in pieces
    )


def _first(pattern: re.Pattern[str], message: Message, name: str) -> str | None:
    found = pattern.search(_raw(message, name))
    return found[1] if found else None


def _recipients(message: Message) -> Iterator[str]:
    for header in _RECIPIENTS:
        for value in message.get_all(header, [])[:10]:
            yield from (found.lower() for found in _ADDRESS.findall(str(value)))


def _date(value: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(value)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (*UNEXPECTED, MessageError):
        return None


def _texts(message: Message, wanted: str) -> str:
    texts: list[str] = []
    left = _MOST_TEXT
    for part in _leaves(message):
        if part.get_content_type() == wanted and left > 0:
            data = part.get_payload(decode=True)
            text = _decoded(data if isinstance(data, bytes) else b"", part.get_content_charset())
            texts.append(text[:left])
            left -= len(text)
    return "\n".join(texts)


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that are shown, in order: no attachments, nor mails within the mail."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        if part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            parts = inner if isinstance(inner, list) else []
            waiting += [other for other in reversed(parts) if isinstance(other, Message)]
        elif part.get_content_maintype() == "text":
            yield part


def _decoded(data: bytes, charset: str | None) -> str:
    """Return a text; one that is damaged in a few places is no reason to misread all of it."""
    names = (charset or "utf-8", "utf-8")
    for name in names:
        if (text := _read_as(data, name, "strict")) is not None:
            return text
    for name in names:
        text = _read_as(data, name, "replace")
        if text is not None and 2 * text.count("\ufffd") <= _past_ascii(text):
            return text
    return data.decode("cp1252", "replace")


def _read_as(data: bytes, charset: str, errors: str) -> str | None:
    ascii_or_more = charset.lower() in ("ascii", "us-ascii")
    known = "utf-8" if ascii_or_more else codec(charset)
    try:
        return data.decode(known, errors) if known else None
    except ValueError:
        return None


def _past_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))
