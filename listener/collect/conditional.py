"""Questions that cost next to nothing when nothing has changed (RFC 9110, 13.1)."""

from __future__ import annotations

from collections.abc import Mapping

from listener.fetch import Response

_LONGEST = 1000  # characters of a validator
_FIELDS = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
VALIDATORS = (*_FIELDS, "body")


def conditions(cursor: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that ask only for what changed since the answer that a cursor knows."""
    return {header: cursor[n] for n, header in _FIELDS.items() if _sendable(cursor.get(n, ""))}


def validators(response: Response) -> dict[str, str]:
    """Return what a cursor keeps of an answer."""
    given = {"etag": "etag", "modified": "last-modified"}
    found = {name: response.headers.get(header, "") for name, header in given.items()}
    return {name: value for name, value in found.items() if _sendable(value)}


def _sendable(value: str) -> bool:
    """Tell whether a header can hold it: some servers write the date in their own language."""
    return 0 < len(value) < _LONGEST and value.isascii() and value.isprintable()


def unconditional(cursor: Mapping[str, str]) -> dict[str, str]:
    """Return the cursor without them: the whole answer is given again."""
    return {name: value for name, value in cursor.items() if name not in VALIDATORS}
