"""What went wrong, as errors of ours: statuses and exceptions of the network."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus

import httpx

from listener.errors import (
    AccessDenied,
    FetchError,
    Gone,
    QuotaSpent,
    RateLimited,
    SourceError,
)
from listener.fetch import limits
from listener.fetch.decoding import Undecodable
from listener.fetch.guard import PrivateAddress
from listener.fetch.names import shown
from listener.fetch.pacing import LASTING


def check(
    url: str, status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> limits.Limit:
    """Return what an answer says of our limits; raise what its status means.

    200, 304 and redirects pass. A 403 (GitHub) or 400 (Stack Exchange) can be a limit.
    """
    limit = limits.in_headers(headers, now)
    if status in (200, 301, 302, 303, 304, 307, 308):
        return limit
    limit = said_of_limits(headers, body, now)
    error = _error(f"could not read {shown(url)}: {_phrase(status)}", status, limit)
    error.status, error.body = status, body
    raise error


def said_of_limits(headers: Mapping[str, str], body: bytes, now: datetime) -> limits.Limit:
    """Return what a refusal says of our limits, in its headers and its body."""
    return limits.in_headers(headers, now) | limits.in_bytes(body)


def _error(message: str, status: int, limit: limits.Limit) -> SourceError:
    wait = limit.wait
    refused = status in (400, 403, 503) and (wait is not None or limit.remaining == 0)
    if status == 429 or refused:
        # 503 is what is down for a while, too: there is no quota of that
        lasting = status != 503 and wait is not None and wait > LASTING
        return (QuotaSpent if lasting else RateLimited)(message, status, wait)
    if status in (401, 403):
        return AccessDenied(message)
    if status == 410:
        return Gone(message, status)
    return FetchError(message, status)


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
    except httpx.InvalidURL as exc:  # httpx looks where a redirect leads, even if it is not to go
        raise FetchError(f"could not read {shown(url)}: redirected to no URL") from exc
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
                return "private address (allow it with private = true, or --private)"
            case ssl.SSLCertVerificationError():
                return f"certificate not trusted ({exc.verify_message})"
            case ssl.SSLError():
                return "TLS failed"
            case socket.gaierror(errno=socket.EAI_AGAIN):
                return "name server did not answer"
            case UnicodeEncodeError():
                return "a token, key or name has letters that cannot be sent"
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
