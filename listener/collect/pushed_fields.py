"""Fields of posts that are pushed or imported, read strictly: who writes them can mend them.

Each reads JSON's types and the texts of a CSV; `None` and an empty text are "not known". Anything
else that does not fit is a ValueError whose sentence says what would.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

from listener.analysis.html import plain, text_of
from listener.analysis.urls import unwrap
from listener.collect import fields
from listener.collect.feed_posts import declared_language
from listener.model import PostKind

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # nothing on the web is older
AHEAD = timedelta(days=1)  # clocks differ
LONGEST_KEY = 50_000  # characters: an address of 4,000 letters, with all of them escaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How times are read. `zone`: of those that name none; None refuses them."""

    now: datetime
    zone: tzinfo | None = None


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise ValueError("must be text")


def _line(value: object) -> str | None:
    return fields.plain_line(_text(value))


def _prose(value: object) -> str | None:
    return fields.plain_prose(_text(value)) or None


def _html(value: object) -> str | None:
    return text_of(_text(value))[: fields.LONGEST_TEXT] or None


def _id(value: object) -> str | None:
    """A whole number is as good an id as a text."""
    text = _text(str(value) if type(value) is int and abs(value) < 2**63 else value)
    return " ".join(plain(text).split()) or None  # whole: its end may be what tells it from others


def _key(value: object) -> str | None:
    key = _text(value).strip()
    if key and not (len(key) <= LONGEST_KEY and key.isprintable() and " " not in key):
        raise ValueError('must be one word, like "hackernews:123"')
    return key or None


def _url(value: object) -> str | None:
    if not _text(value).strip():
        return None
    url = fields.web(value)
    if url is None:
        raise ValueError("must be an http or https address")
    return unwrap(url)


def _handle(value: object) -> str | None:
    return (_line(value) or "").removeprefix("@") or None


def _kind(value: object) -> PostKind | None:
    kind = _line(value)
    if kind is not None and kind not in list(PostKind):
        raise ValueError(f"must be one of: {', '.join(PostKind)}")
    return PostKind(kind) if kind else None


def _language(value: object) -> str | None:
    """Platforms have codes that are not in our list, like Mastodon's "tl": they are kept."""
    code = _line(value)
    known = declared_language(code)
    if code is None or known:
        return known
    if not re.fullmatch("[a-z]{2}", code):
        raise ValueError('must be a language code, like "fr"')
    return code


def _count(value: object) -> int | None:
    if value is None or value == "":
        return None
    number = fields.count(value.strip() if isinstance(value, str) else value)
    if number is None:
        raise ValueError("must be a whole number from 0")
    return number


def _rating(value: object) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = value.replace(",", ".")  # "0,8" in France
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        value = math.nan
    try:
        rating = float(value)
    except (ValueError, OverflowError):
        rating = math.nan
    if not 0 <= rating <= 1:
        raise ValueError("must be a number from 0 (worst) to 1 (best)")
    return rating


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    times = info.context
    assert isinstance(times, Times)
    if value is None or value == "":
        return None
    try:
        when = _time(value)
        if when.tzinfo is None and times.zone is not None:
            when = when.replace(tzinfo=times.zone)
        utc = when.astimezone(UTC) if when.tzinfo else None
    except (ValueError, OverflowError, OSError, TypeError) as exc:
        hint = 'must be a time, like "2026-11-20T08:00:00Z", or Unix seconds'
        raise ValueError(hint) from exc
    if utc is None:
        raise ValueError('must name its time zone, like "2026-11-20T08:00:00+01:00"')
    if not OLDEST <= utc <= times.now + AHEAD:
        raise ValueError("must lie after 1990 and not in the future")
    return utc


def _time(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and not re.fullmatch(r"\d{9,11}", value.strip()):
        return datetime.fromisoformat(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    return datetime.fromtimestamp(float(value), UTC)


Line = Annotated[str | None, BeforeValidator(_line)]
Prose = Annotated[str | None, BeforeValidator(_prose)]
Html = Annotated[str | None, BeforeValidator(_html)]
Id = Annotated[str | None, BeforeValidator(_id)]
Key = Annotated[str | None, BeforeValidator(_key)]
Url = Annotated[str | None, BeforeValidator(_url)]
Handle = Annotated[str | None, BeforeValidator(_handle)]
Kind = Annotated[PostKind | None, BeforeValidator(_kind)]
Language = Annotated[str | None, BeforeValidator(_language)]
Count = Annotated[int | None, BeforeValidator(_count)]
Rating = Annotated[float | None, BeforeValidator(_rating)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
