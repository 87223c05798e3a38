"""Asking an instance of Lemmy: which API it speaks, within which limits, what refusals mean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from urllib.parse import urlencode, urlsplit

from listener.collect.fields import count, name, number
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Budget, Limit, shown

# Of what an instance allows one address to search when nobody changes it: 60 in ten minutes. Other
# questions have a limit of their own, which is far off.
_SEARCHES, _PER = 60, timedelta(minutes=10)
_READS, _MINUTE = 120, timedelta(minutes=1)
_DAY = 86_400  # seconds; a longer limit is none
_MARGIN = 0.9
_CLOSED = ("instance_is_private", "not_logged_in", "incorrect_login")
_NOWHERE = ("couldnt_find", "not_found")
_THROTTLED = "rate_limit_error"  # with 400 in 0.19 (LemmyNet/lemmy#5332), with 429 before and after
_LISTS = ("posts", "comments", "search", "results", "items")  # 1.0 was called so while it was made

Params = Sequence[tuple[str, str]]


class NotThere(SourceError):
    """The instance does not know what is asked for; only the operator can mend it."""

    needs_person = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an instance says of itself.

    languages  codes by number; empty when it does not tell
    """

    v4: bool
    languages: Mapping[int, str] = field(default_factory=dict)


class Api:
    """The HTTP API of one instance."""

    def __init__(self, base_url: str, private: bool, tools: Tools) -> None:
        self._base = base_url.rstrip("/")
        self.host = urlsplit(base_url).netloc.rpartition("@")[2].lower()
        self._private = private
        self._fetcher = tools.fetcher
        self._reads = Budget(name=f"Lemmy {self.host}", requests=_READS, per=_MINUTE)
        self._searches = self._searching(_SEARCHES, _PER)
        self._site: Site | None = None

    async def site(self) -> Site:
        """Return which API the instance speaks; asked once, and again after it spoke another.

        0.19 has v3 only; 1.0 has v4, and may also have v3, which says that it is 1.0.
        """
        if self._site is None:
            answer, v4 = await self._told("v3"), False
            if answer is None or not str(answer.get("version", "")).startswith("0."):
                newer = await self._told("v4")
                answer, v4 = newer or answer, newer is not None
            if answer is None:
                raise ParseError(f"could not read {shown(self._base)}: it is no instance of Lemmy")
            self._heed(answer)
            self._site = Site(v4=v4, languages=_languages(answer.get("all_languages")))
        return self._site

    async def views(self, path: str, params: Params) -> tuple[list[object], str | None]:
        """Return posts and comments of an answer, and what the next page is called in v4."""
        version = "v4" if (await self.site()).v4 else "v3"
        try:
            answer = await self._ask(f"{version}/{path}", params)
        except FetchError as exc:
            if exc.status == 404:
                self._site = None  # perhaps it was upgraded
            raise
        lists = [found for key in _LISTS if isinstance(found := answer.get(key), list)]
        if not lists:
            raise ParseError(f"could not read {shown(self._base)}: its {path} holds no posts")
        return list(chain.from_iterable(lists)), name(answer.get("next_page"))

    async def _told(self, version: str) -> Mapping[str, object] | None:
        """Return what an instance says of itself; None when it does not speak this API."""
        try:
            answer = await self._ask(f"{version}/site", ())
        except NotThere:
            return None
        except FetchError as exc:
            if isinstance(exc, RateLimited) or exc.status not in (400, 404, 405):
                raise
            return None
        except ParseError:
            return None  # the page of its web interface
        return answer if isinstance(answer.get("site_view"), Mapping) else None

    async def _ask(self, path: str, params: Params) -> Mapping[str, object]:
        url = f"{self._base}/api/{path}" + (f"?{urlencode(params)}" if params else "")
        budget = self._searches if path.endswith("/search") else self._reads
        try:
            response = await self._fetcher.get(
                url, headers={"Accept": "application/json"}, private=self._private, budget=budget
            )
        except (AccessDenied, FetchError) as exc:
            if isinstance(exc, RateLimited) or (refused := self._refused(url, exc)) is None:
                raise
            if isinstance(refused, RateLimited):
                self._fetcher.heed(url, budget, Limit(), refused=True)
            raise refused from exc
        answer = await asyncio.to_thread(response.json)
        if not isinstance(answer, Mapping):
            raise ParseError(f"could not read {shown(url)}: it is JSON, but no answer of Lemmy")
        return answer

    def _refused(self, url: str, exc: SourceError) -> SourceError | None:
        """Return a refusal in words; None for one without."""
        code = _code(exc.body)
        if code is None:
            return None
        said = f"could not read {shown(url)}: "
        refused: SourceError
        if code in _CLOSED:
            refused = AccessDenied(f"{said}{self.host} shows its posts to members only ({code})")
        elif code == _THROTTLED:
            refused = RateLimited(f"{said}{code}", exc.status)
        elif code.startswith(_NOWHERE):
            refused = NotThere(f"{said}{self.host} does not know it ({code})")
        elif isinstance(exc, AccessDenied):
            refused = AccessDenied(f"{said}{code}")
        else:
            refused = FetchError(f"{said}{code}", exc.status)
        refused.status, refused.body = exc.status, exc.body
        return refused

    def _heed(self, site: Mapping[str, object]) -> None:
        """Take the instance's own limit of searches, where it tells."""
        view = site.get("site_view")
        limits = view.get("local_site_rate_limit") if isinstance(view, Mapping) else None
        if not isinstance(limits, Mapping):
            return
        requests = count(limits.get("search", limits.get("search_max_requests")))
        per = count(limits.get("search_per_second", limits.get("search_interval_seconds")))
        if requests and per and per <= _DAY:
            self._searches = self._searching(requests, timedelta(seconds=per))

    def _searching(self, requests: int, per: timedelta) -> Budget:
        most = max(1, int(_MARGIN * requests))
        return Budget(name=f"Lemmy {self.host}, search", requests=most, per=per)


def _languages(listed: object) -> Mapping[int, str]:
    found = {}
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, Mapping) and number(one.get("id")) and isinstance(one.get("code"), str):
            found[int(str(one["id"]))] = str(one["code"])
    return found


def _code(body: bytes) -> str | None:
    """Return what an instance calls an error: {"error": "rate_limit_error"}."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return name(answer.get("error")) if isinstance(answer, dict) else None
