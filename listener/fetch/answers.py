"""What went wrong, as errors of ours: statuses and exceptions of the network."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from listener.errors import AccessDenied, FetchError, Gone, RateLimited
from listener.fetch.decoding import Undecodable
from listener.fetch.guard import PrivateAddress
from listener.fetch.names import shown

_LONGEST_WAIT = timedelta(days=1)  # a server cannot silence a source for ever


def check(url: str, status: int, headers: Mapping[str, str], now: datetime) -> None:
    """Raise what a status means; 200, 304 and redirects pass."""
    if status in (200, 301, 302, 303, 304, 307, 308):
        return
    message = f"could not read {shown(url)}: {_phrase(status)}"
    wait = retry_after(headers.get("retry-after", ""), now)
    if status in (401, 403):
        raise AccessDenied(message)
    if status == 410:
        raise Gone(message, status)
    if status == 429 or (status == 503 and wait is not None):
        raise RateLimited(message, status, wait)
    raise FetchError(message, status)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header (RFC 9110 10.2.3): seconds or a date; 0 to a day."""
    if value.strip().isdecimal():
        seconds = min(int(value[:12]), _LONGEST_WAIT.total_seconds())
        return timedelta(seconds=seconds)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return max(timedelta(0), min(wait, _LONGEST_WAIT))


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


@contextmanager
def translated(url: str, timeout: float) -> Iterator[None]:
    """Turn whatever the network throws into a FetchError with a short cause."""
    try:
        yield
    except TimeoutError as exc:
        raise FetchError(f"could not read {shown(url)}: timed out after {timeout:g} s") from exc
    except (httpx.HTTPError, OSError, UnicodeError, Undecodable, PrivateAddress) as exc:
        raise FetchError(f"could not read {shown(url)}: {_cause(exc)}") from exc


def _cause(error: BaseException) -> str:
    """Return the deepest known cause in a few words; messages of libraries can hold anything."""
    for exc in _chain(error):
        match exc:
            case TimeoutError() | httpx.TimeoutException():
                return "timed out"
            case Undecodable():
                return str(exc)
            case PrivateAddress():
                return "private address (allow it with private = true)"
            case ssl.SSLCertVerificationError():
                return f"certificate not trusted ({exc.verify_message})"
            case ssl.SSLError():
                return "TLS failed"
            case socket.gaierror(errno=socket.EAI_AGAIN):
                return "name server did not answer"
            case socket.gaierror() | UnicodeError():
                return "no such host"
            case ConnectionRefusedError():
                return "connection refused"
            case ConnectionResetError() | BrokenPipeError():
                return "connection reset"
            case httpx.RemoteProtocolError():
                return "broke off or is not HTTP"
            case OSError(strerror=str(words)) if words:
                return words.lower()
    return "connection failed"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk from the innermost cause outwards."""
    causes: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and len(causes) < 20:
        causes.append(step)
        step = step.__cause__ or step.__context__
    yield from reversed(causes)
