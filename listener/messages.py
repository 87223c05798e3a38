"""What people receive, as types: digests and alerts, and the messages they become. All frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from listener.model import Coverage, Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who receives messages."""

    name: str
    email: str | None
    language: str  # "fr" or "en"
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Mentions owed to a person over a period, by when they were found.

    cadence   "at once", "hourly", "daily" or "weekly"
    welcome   sources heard for the first time: their last seven days, found on the first pass
    """

    subscription: str
    person: Person
    brands: tuple[str, ...]
    cadence: str
    start: datetime
    end: datetime
    mentions: tuple[Mention, ...]
    coverage: tuple[Coverage, ...]
    welcome: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that cannot wait for the digest.

    before  when the same story was told, before it became critical
    """

    id: int
    rule: str
    brand: str
    mention: Mention
    at: datetime
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    media_type: str
    content: bytes
    inline: bool = False  # shown in the HTML as <img src="cid:NAME">


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent, frozen before it is sent: a retry sends the same bytes.

    key    idempotency key; the Message-ID is made of it
    slack  payloads for Slack, in order, each within its limits
    unsubscribe  how to stop receiving these: a `mailto:` or `https:` address
    """

    key: str
    person: Person
    created: datetime
    subject: str
    text: str
    html: str
    slack: tuple[Mapping[str, object], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    unsubscribe: str | None = None
