"""What a mail server says went wrong, as errors of ours (RFC 3501, RFC 5530)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)

from listener.collect.feed_entries import UNEXPECTED
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited, SourceError

# UNAVAILABLE: Dovecot says so of too many connections. ALERT alone says nothing: Gmail uses it for
# these and for a password that it does not take. Exchange says "Request is throttled".
_LIMITS = re.compile(
    r"\[(?:LIMIT|UNAVAILABLE|INUSE|OVERQUOTA|THROTTLED)\b|throttled|too many|bandwidth limit",
    re.IGNORECASE,
)
_BACKOFF = re.compile(r"Backoff Time: (\d{1,9}) milliseconds", re.IGNORECASE)
_DENIED = re.compile(r"\[(?:NOPERM|AUTHORIZATIONFAILED|CONTACTADMIN|EXPIRED)\b", re.IGNORECASE)
_BYTES = re.compile(r"\bb(['\"])(.*?)\1")
_LONGEST = 200  # characters of what the server says

NETWORK = (OSError, UnicodeError)  # told by the one reader of addresses, as of HTTP


@contextmanager
def told(where: str, secret: str) -> Iterator[None]:
    """Turn what the library throws into an error of ours.

    where   is shown: the server, without the account
    secret  never is, even if the server repeats it
    """
    try:
        yield
    except SourceError:
        raise
    except IMAPClientError as exc:
        raise _error(where, exc, secret) from exc
    except NETWORK:
        raise
    except UNEXPECTED as exc:
        raise ParseError(f"could not read {where}: it does not answer as IMAP does") from exc


def needs_person(message: str) -> SourceError:
    """Return an error that does not pass by itself."""
    error = SourceError(message)
    error.needs_person = True
    return error


def refused(exc: IMAPClientError) -> bool:
    """Tell whether a server refused one request for what it asked; the next may do."""
    asks_for_patience = _LIMITS.search(str(exc))
    return not (isinstance(exc, IMAPClientAbortError) or asks_for_patience)


def _error(where: str, exc: Exception, secret: str) -> SourceError:
    said = _said(exc, secret)
    message = f"could not read {where}: {said}"
    # The library takes a connection that broke while logging in for a refusal.
    broke = any(isinstance(e, IMAPClientAbortError) for e in (exc, exc.__context__))
    if _LIMITS.search(said):
        found = _BACKOFF.search(said)
        wait = timedelta(milliseconds=int(found[1])) if found else None
        return RateLimited(message, None, wait)
    if isinstance(exc, CapabilityError):
        return needs_person(message)
    if broke:
        return FetchError(message)
    if isinstance(exc, LoginError) or _DENIED.search(said):
        return AccessDenied(message)
    return ParseError(message) if isinstance(exc, ProtocolError) else FetchError(message)


def _said(exc: Exception, secret: str) -> str:
    text = _BYTES.sub(r"\2", str(exc))
    text = text.replace(secret, "...") if secret else text
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:_LONGEST] or type(exc).__name__
