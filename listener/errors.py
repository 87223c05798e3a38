"""What can go wrong, and who has to act.

ListenerError
├── ConfigError        every problem, each with its place in the file          exit 2
├── SourceError        this source, this time: the daemon goes on
│   ├── FetchError       network, HTTP status, too large
│   │   ├── RateLimited    retry_after
│   │   │   └── QuotaSpent   nothing more until the quota is renewed
│   │   └── Gone           410: the source says it will not come back
│   ├── AccessDenied     401/403: the operator has to act
│   └── ParseError       it answered, but not with what we know
├── DeliveryError      permanent or passing: what is owed stays owed
├── TemplateError      file and line of the operator's template
└── StoreError         cannot read or write; a newer schema; held by another    exit 3

A message is one line, usable as it is in a log and in `listener status`: what, where, cause.
Library errors are translated at the edges only, always `raise ... from exc`.
No message holds a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


class ListenerError(Exception):
    """Everything this program raises on purpose."""


class ConfigError(ListenerError):
    """The operator has to edit a file. Holds every problem found, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SourceError(ListenerError):
    """This source, this time."""

    needs_person = False  # True: retrying soon is useless, somebody has to act
    status: int | None = None  # of the answer, if there was one
    body: bytes = b""  # how it began: platforms say there what is wrong


class FetchError(SourceError):
    """The network, an HTTP status, or an answer larger than allowed."""

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)


class RateLimited(FetchError):
    """The other side asks us to slow down; `retry_after` when it says for how long."""

    def __init__(
        self, message: str, status: int | None = 429, retry_after: timedelta | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, status)


class QuotaSpent(RateLimited):
    """All that we may ask for is used up; `retry_after` says when there is more."""


class Gone(FetchError):
    """410: the source says that it will not come back."""

    needs_person = True


class AccessDenied(SourceError):
    """401 or 403: a credential, a permission or a block that only the operator can mend."""

    needs_person = True


class ParseError(SourceError):
    """It answered, but not with what we know."""


class DeliveryError(ListenerError):
    """A message did not get through; what is owed stays owed.

    `permanent`: trying the same again soon is useless (address refused, webhook deleted).
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: timedelta | None = None
    ) -> None:
        self.permanent = permanent
        self.retry_after = retry_after
        super().__init__(message)


class TemplateError(ListenerError):
    """The operator's template does not render; names its file and line."""


class StoreError(ListenerError):
    """The database cannot be read or written, is newer than this program, or is held by another."""
