"""What an answer says of our limits, in every dialect that platforms speak.

Headers: `Retry-After` (seconds or a date); `RateLimit-*`, `X-RateLimit-*` and `X-Rate-Limit-*`,
whose reset is seconds left (Reddit, the IETF draft), Unix time (GitHub, X, Bluesky) or an ISO time
(Mastodon); usage in percent (Meta's `X-App-Usage` and `X-Business-Use-Case-Usage`).
Bodies: `backoff`, `quota_remaining` and a sentence (Stack Exchange), `extras.wait_seconds`
(Discourse), `retry_after` (Discord), `parameters.retry_after` (Telegram).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)  # a server cannot silence a source for longer
_EPOCH = 1_000_000_000  # as seconds left that would be 31 years
_MILLISECONDS = 100_000_000_000  # as Unix seconds that would be the year 5138
_FULL = 95.0  # percent of Meta's limits; past 100 the app is blocked
_UNSAID = timedelta(hours=1)  # Meta's limits are per hour
_FAMILIES = ("ratelimit", "x-ratelimit", "x-rate-limit")
_DRAFT = re.compile(r"\br=(\d{1,9})\s*;\s*t=(\d{1,9})")  # RateLimit: "default";r=50;t=30
_OLDER_DRAFT = re.compile(r"\bremaining=(\d{1,9})\s*,\s*reset=(\d{1,9})")
_SENTENCE = re.compile(r"more requests available in (\d{1,9}) seconds")
_USAGE = ("x-app-usage", "x-business-use-case-usage", "x-ad-account-usage")
_PERCENT = ("call_count", "total_time", "total_cputime", "acc_id_util_pct")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """remaining  requests that are left, None when it does not say
    wait       how long to ask nothing: told outright, or until the next ones when none is left
    """

    remaining: int | None = None
    wait: timedelta | None = None

    def __or__(self, other: Limit) -> Limit:
        """Return the stricter of each."""
        left = [n for n in (self.remaining, other.remaining) if n is not None]
        waits = [w for w in (self.wait, other.wait) if w is not None]
        return Limit(remaining=min(left, default=None), wait=max(waits, default=None))


def in_headers(headers: Mapping[str, str], now: datetime) -> Limit:
    """Read the headers of an answer; what cannot be read is not there."""
    found = Limit(wait=retry_after(headers.get("retry-after", ""), now))
    for family in _FAMILIES:
        left = _whole(headers.get(f"{family}-remaining", ""))
        found |= _limit(left, reset(headers.get(f"{family}-reset", ""), now))
    said = headers.get("ratelimit", "")
    if draft := _DRAFT.search(said) or _OLDER_DRAFT.search(said):
        found |= _limit(int(draft[1]), timedelta(seconds=int(draft[2])))
    for name in _USAGE:
        found |= _usage(headers.get(name, ""))
    return found


def in_body(answer: object) -> Limit:
    """Read a parsed JSON body."""
    if not isinstance(answer, Mapping):
        return Limit()
    places = (answer, answer.get("extras"), answer.get("parameters"))
    waits = [
        _seconds(place.get(name))
        for place in places
        if isinstance(place, Mapping)
        for name in ("backoff", "wait_seconds", "retry_after")
    ]
    if said := _SENTENCE.search(str(answer.get("error_message", ""))):
        waits.append(timedelta(seconds=int(said[1])))
    left = answer.get("quota_remaining")
    known = [_capped(wait) for wait in waits if wait is not None]
    return Limit(
        remaining=left if isinstance(left, int) and not isinstance(left, bool) else None,
        wait=max(known, default=None),
    )


def in_bytes(body: bytes) -> Limit:
    """Read the body of a refusal, which may be anything."""
    try:
        return in_body(json.loads(body))
    except (ValueError, RecursionError):
        return Limit()


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header (RFC 9110 10.2.3): seconds or a date; 0 to a day."""
    if re.fullmatch(r"\d+(\.\d+)?", value.strip()):
        return _seconds(float(value.strip()[:12]))
    at = _date(value)
    return None if at is None else _capped(at - now)


def reset(value: str, now: datetime) -> timedelta | None:
    """Read when a window is renewed: seconds left, Unix (milli)seconds, ISO time or HTTP date."""
    value = value.strip()
    try:
        number = float(value[:20])
    except ValueError:
        at = _iso(value) or _date(value)
        return None if at is None else _capped(at - now)
    number = number / 1000 if number >= _MILLISECONDS else number
    return _seconds(number - now.timestamp() if number >= _EPOCH else number)


def _limit(remaining: int | None, wait: timedelta | None) -> Limit:
    return Limit(remaining=remaining, wait=wait if remaining == 0 else None)


def _usage(text: str) -> Limit:
    """Read Meta's usage: an object, or objects in lists by account."""
    try:
        entries = list(_objects(json.loads(text))) if text else []
    except (ValueError, RecursionError):
        return Limit()
    found = Limit()
    for entry in entries:
        used = [n for name in _PERCENT if isinstance(n := entry.get(name), int | float)]
        if max(used, default=0.0) < _FULL:
            continue
        minutes = entry.get("estimated_time_to_regain_access")
        wait = _seconds(60 * minutes) if isinstance(minutes, int | float) and minutes else None
        found |= Limit(remaining=0, wait=_capped(wait or _UNSAID))
    return found


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list):
        for entry in value:
            yield from _objects(entry)
    elif isinstance(value, Mapping):
        if any(name in value for name in _PERCENT):
            yield value
        else:
            for entry in value.values():
                yield from _objects(entry)


def _whole(value: str) -> int | None:
    try:
        return max(0, int(float(value[:20])))
    except (ValueError, OverflowError):
        return None


def _seconds(value: object) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return timedelta(seconds=min(max(0, value), LONGEST.total_seconds()))


def _capped(wait: timedelta) -> timedelta:
    return max(timedelta(0), min(wait, LONGEST))


def _date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _iso(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
