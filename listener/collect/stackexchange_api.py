"""Asking Stack Exchange's API, within a quota that is counted by the day."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from listener.collect.feed_posts import digest
from listener.collect.fields import count, plain_line
from listener.collect.tools import Tools
from listener.errors import FetchError, ParseError, QuotaSpent, RateLimited, SourceError
from listener.fetch import Budget, shown
from listener.fetch.limits import in_body, in_bytes
from listener.fetch.pacing import LASTING

# Of 300 and 10,000 requests a day (UTC). Second looks and other sources live of the rest.
_ALONE, _WITH_KEY = 290, 9_900
_KEPT = 10  # of what it says is left
_SPENT = 0.8  # of what is left of the day's quota, by passes like the last
_SPARE = 0.5  # of what would be left by now of a quota used evenly: below, passes need it all
_DAY = timedelta(days=1)


# Whatever is wrong, the status is 400; `error_id` tells (https://api.stackexchange.com/docs/errors).
# Of a throttle it was seen to be 502 and 503, too.
_THROTTLED = 502  # also "Violation of backoff parameter", which names no time
_PASSING = (500, 503)  # internal_error, temporarily_unavailable


class Refused(SourceError):
    """400: a site, key or question that it does not know; only the operator can mend it."""

    needs_person = True


class Api:
    """Asks, heeds what answers say of the quota, and tells how long to wait so that it lasts."""

    def __init__(
        self, base_url: str, key: SecretStr | None, tools: Tools, *, private: bool
    ) -> None:
        self._base = base_url.rstrip("/")
        self._key = key.get_secret_value() if key else None
        self._tools = tools
        self._private = private
        self._left: int | None = None
        self._asked = 0
        host = urlsplit(base_url).netloc.rpartition("@")[2].lower()
        account = f"key {digest(self._key)[:8]}" if self._key else "no key"
        requests = _WITH_KEY if self._key else _ALONE
        self._budget = Budget(name=f"{host}, {account}", requests=requests, zone="UTC")

    async def items(self, path: str, asked: Mapping[str, object]) -> tuple[list[object], bool]:
        """Return the items of an answer, and whether there are more. Bodies are in all of them."""
        secret = {"key": self._key} if self._key else {}
        url = f"{self._base}/{path}?{urlencode({**asked, 'filter': 'withbody', **secret})}"
        answer = await self._answer(url)
        items = answer.get("items") if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or not isinstance(items, list):
            raise ParseError(f"could not read {shown(url)}: it is JSON, but holds no items")
        return items, answer.get("has_more") is True

    def begin(self) -> None:
        """Begin to count a pass."""
        self._asked = 0

    def wait(self, now: datetime) -> timedelta | None:
        """Return how long to wait, so that passes like this one last until the quota is renewed."""
        if not self._left:
            return None
        left = max(1, self._left - _KEPT)
        return _until_midnight(now) * min(1.0, self._asked / (_SPENT * left))

    def spares(self, now: datetime) -> bool:
        """Tell whether there is enough left for second looks, which are asked for one by one."""
        even = self._budget.requests * (_until_midnight(now) / _DAY)
        return self._left is None or self._left >= _SPARE * even

    async def _answer(self, url: str) -> object:
        self._asked += 1
        try:
            response = await self._tools.fetcher.get(
                url,
                budget=self._budget,
                headers={"Accept": "application/json"},
                private=self._private,
            )
        except RateLimited:
            raise
        except FetchError as exc:
            if (refused := self._refused(url, exc)) is None:
                raise
            raise refused from exc
        answer = await asyncio.to_thread(response.json)
        limit = in_body(answer)
        self._left = limit.remaining
        self._tools.fetcher.heed(url, self._budget, limit)
        return answer

    def _refused(self, url: str, exc: FetchError) -> SourceError | None:
        """Return what an error of the API means; None for one that is not the API's own."""
        why, number = _said(exc.body)
        if why is None or (exc.status != 400 and number != _THROTTLED):
            return None
        message = f"could not read {shown(url)}: {why}"
        refused: SourceError
        if number == _THROTTLED:
            limit = in_bytes(exc.body)
            self._tools.fetcher.heed(url, self._budget, limit, refused=True)
            lasting = limit.wait is not None and limit.wait > LASTING
            refused = (QuotaSpent if lasting else RateLimited)(message, exc.status, limit.wait)
        elif number in _PASSING:
            refused = FetchError(message, exc.status)
        else:
            refused = Refused(message)
        refused.status, refused.body = exc.status, exc.body
        return refused


def _until_midnight(now: datetime) -> timedelta:
    """Return when the quota is renewed."""
    tomorrow = (now + _DAY).astimezone(UTC)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0) - now


def _said(body: bytes) -> tuple[str | None, int | None]:
    """Return the words of a refusal, and its number."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(answer, dict):
        return None, None
    return plain_line(answer.get("error_message")), count(answer.get("error_id"))
