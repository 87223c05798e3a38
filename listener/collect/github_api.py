"""Asking GitHub's APIs: in whose name, within which limits, and what its refusals mean."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from listener.collect.feed_posts import digest
from listener.collect.fields import plain_line
from listener.collect.tools import Tools
from listener.errors import (
    AccessDenied,
    FetchError,
    ParseError,
    QuotaSpent,
    RateLimited,
    SourceError,
)
from listener.fetch import Budget, Response, shown
from listener.fetch.limits import Limit, in_headers
from listener.fetch.pacing import LASTING

# Searches in a minute: 10 without an account, 30 with; other questions in an hour: 60 and 5,000.
_SEARCHES = {False: 9, True: 28}
_READS = {False: 55, True: 4_900}
_POINTS = 4_900  # in an hour, of 5,000 that GraphQL counts for itself: each question costs one
_VERSION = "2022-11-28"
_NEXT = re.compile(r'<[^<>]*>\s*;\s*rel="next"')
THROTTLED = re.compile(r"rate limit|abuse detection", re.IGNORECASE)
_FIRST = 3  # errors that are told


class Refused(SourceError):
    """A search that GitHub does not understand, or a repository that nobody may see."""

    needs_person = True


class Answer(NamedTuple):
    """items of one page, whether there is another, and whether GitHub looked everywhere.

    after  what GraphQL calls the place where the next page begins
    """

    items: list[object]
    more: bool
    complete: bool = True
    after: str | None = None


class Api:
    """Asks, with a token or without."""

    def __init__(
        self, base_url: str, token: SecretStr | None, tools: Tools, *, private: bool
    ) -> None:
        self._base = base_url.rstrip("/")
        self.host = urlsplit(base_url).netloc.rpartition("@")[2].lower()
        self._tools = tools
        self._private = private
        self._headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _VERSION,
        }
        who = "no token"
        if token is not None:
            secret = token.get_secret_value()
            self._headers["Authorization"] = f"Bearer {secret}"
            who = f"token {digest(secret)[:8]}"
        known = token is not None
        minute, hour = timedelta(minutes=1), timedelta(hours=1)
        name = f"GitHub {self.host}, {who}"
        self._searches = Budget(name=f"{name}, search", requests=_SEARCHES[known], per=minute)
        self._reads = Budget(name=name, requests=_READS[known], per=hour)
        self._points = Budget(name=f"{name}, GraphQL", requests=_POINTS, per=hour)

    async def search(self, asked: Mapping[str, object]) -> Answer:
        """Search issues and pull requests."""
        response, answer = await self._ask("search/issues", asked, self._searches)
        items = answer.get("items") if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or not isinstance(items, list):
            raise ParseError(f"could not read {shown(response.url)}: it is JSON, but holds no hits")
        return Answer(items, _more(response), answer.get("incomplete_results") is not True)

    async def list(self, path: str, asked: Mapping[str, object]) -> Answer:
        """Return a list, one page of it."""
        response, answer = await self._ask(path, asked, self._reads)
        if not isinstance(answer, list):
            raise ParseError(f"could not read {shown(response.url)}: it is JSON, but no list")
        return Answer(answer, _more(response))

    async def graphql(self, asked: Mapping[str, object]) -> tuple[Response, object]:
        """Return what GraphQL answers, which tells of limits and refusals in its own way.

        An Enterprise server has it beside `/api/v3`, not below.
        """
        url = f"{self._base.removesuffix('/v3')}/graphql"
        answer = self._tools.fetcher.post(
            url, asked, budget=self._points, headers=self._headers, private=self._private
        )
        return await self._answered(url, answer, self._points)

    def throttled(self, response: Response, message: str) -> RateLimited:
        """Leave GraphQL alone for as long as an answer asks, and return what to raise."""
        limit = Limit(remaining=0) | in_headers(response.headers, self._tools.clock.now())
        self._tools.fetcher.heed(response.url, self._points, limit, refused=True)
        lasting = limit.wait is not None and limit.wait > LASTING
        return (QuotaSpent if lasting else RateLimited)(message, response.status, limit.wait)

    async def _ask(
        self, path: str, asked: Mapping[str, object], budget: Budget
    ) -> tuple[Response, object]:
        url = f"{self._base}/{path}?{urlencode(asked)}"
        answer = self._tools.fetcher.get(
            url, budget=budget, headers=self._headers, private=self._private
        )
        return await self._answered(url, answer, budget)

    async def _answered(
        self, url: str, answer: Awaitable[Response], budget: Budget
    ) -> tuple[Response, object]:
        try:
            response = await answer
        except RateLimited:
            raise
        except (AccessDenied, FetchError) as exc:
            if (refused := self._refused(url, exc, budget)) is None:
                raise
            raise refused from exc
        return response, await asyncio.to_thread(response.json)

    def _refused(self, url: str, exc: SourceError, budget: Budget) -> SourceError | None:
        """Return a refusal in GitHub's words; None for one without or that is no refusal."""
        said = _words(exc.body)
        if said is None or exc.status not in (401, 403, 422):
            return None
        message = f"could not read {shown(url)}: {said}"
        refused: SourceError
        if exc.status == 403 and THROTTLED.search(said):  # a secondary limit, without a time
            self._tools.fetcher.heed(url, budget, Limit(remaining=0), refused=True)
            refused = RateLimited(message, exc.status)
        elif exc.status == 422:
            refused = Refused(message)
        else:
            refused = AccessDenied(message)
        refused.status, refused.body = exc.status, exc.body
        return refused


def listed(value: object) -> list[object]:
    """Return a list; an empty one for whatever is none."""
    return value if isinstance(value, list) else []


def _more(response: Response) -> bool:
    return _NEXT.search(response.headers.get("link", "")) is not None


def _words(body: bytes) -> str | None:
    try:
        return said(json.loads(body))
    except (ValueError, RecursionError):
        return None


def said(answer: object) -> str | None:
    """Return the words of a refusal, with the first of its details."""
    if not isinstance(answer, dict):
        return None
    errors = answer.get("errors")
    details = [one.get("message") for one in listed(errors) if isinstance(one, dict)]
    words = [plain_line(one) for one in (answer.get("message"), *details[:_FIRST])]
    return ": ".join(word for word in words if word) or None
