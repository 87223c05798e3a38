"""Fields of platforms' answers, read so that nothing hostile or broken gets further.

Each returns None for what is missing, null, of another type or absurd.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from listener.analysis.html import plain, text_of
from listener.analysis.urls import canonical

LONGEST_TEXT, LONGEST_LINE = 100_000, 1_000  # characters
_OPENED = datetime(1995, 1, 1, tzinfo=UTC)  # nothing here is older
_AHEAD = timedelta(days=1)  # clocks differ
_MOST = 2**53  # past that it is no count


def number(value: object) -> str | None:
    """Return a numeric id, given as a number or as a string of digits."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if re.fullmatch(r"[1-9][0-9]{0,19}", text) else None


def name(value: object) -> str | None:
    """Return an id or a handle: one printable word."""
    text = value.strip() if isinstance(value, str) else ""
    return text if re.fullmatch(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,300}", text) else None


def token(value: object) -> str | None:
    """Return an id that is a word, or a number where some servers write one without quotes."""
    return name(value) or number(value)


def line(value: object) -> str | None:
    """Return one line of text out of HTML or text with entities."""
    text = text_of(value) if isinstance(value, str) else ""
    return " ".join(text.split())[:LONGEST_LINE] or None


def plain_line(value: object) -> str | None:
    """Return one line of what is plain text: `<b>` and `&amp;` mean themselves."""
    text = plain(value) if isinstance(value, str) else ""
    return " ".join(text.split())[:LONGEST_LINE] or None


def prose(value: object) -> str:
    """Return the text of HTML; empty when there is none."""
    return text_of(value)[:LONGEST_TEXT] if isinstance(value, str) else ""


def plain_prose(value: object) -> str:
    """Return what is plain text already, or Markdown, without control characters."""
    return plain(value)[:LONGEST_TEXT] if isinstance(value, str) else ""


def web(value: object) -> str | None:
    """Return an http or https address."""
    text = plain(value).strip() if isinstance(value, str) else ""
    return text if canonical(text) else None


def without_user(url: str) -> str:
    """Return an address without the user and password that may stand in it: to be told."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def count(value: object) -> int | None:
    """Return a count: a whole number from 0; a string of digits is one too (YouTube)."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,15}", value):
        return int(value)
    counted = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
    return value if counted and isinstance(value, int) else None


def moment(value: object, now: datetime, *, opened: datetime = _OPENED) -> datetime | None:
    """Return a time in UTC: Unix seconds or ISO 8601; without a zone it is UTC.

    None for a time before the platform `opened`, or a day and more to come: no post can lead a
    walk through time astray.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            when = datetime.fromtimestamp(value if math.isfinite(value) else 0, UTC)
        else:
            when = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
        when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return when if opened <= when <= now + _AHEAD else None
