"""Asking GitHub's REST API: in whose name, within which limits, and what its refusals mean."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from listener.collect.feed_posts import digest
from listener.collect.fields import plain_line
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Budget, Response, shown
from listener.fetch.limits import Limit

# Searches in a minute: 10 without an account, 30 with; other questions in an hour: 60 and 5,000.
_SEARCHES = {False: 9, True: 28}
_READS = {False: 55, True: 4_900}
_VERSION = "2022-11-28"
_NEXT = re.compile(r'<[^<>]*>\s*;\s*rel="next"')
_THROTTLED = re.compile(r"rate limit|abuse detection", re.IGNORECASE)
_FIRST = 3  # errors that are told


class Refused(SourceError):
    """422: a search that GitHub does not understand, or a repository that nobody may see."""

    needs_person = True


class Answer(NamedTuple):
    """items of one page, whether there is another, and whether GitHub looked everywhere."""

    items: list[object]
    more: bool
    complete: bool = True


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

    async def _ask(
        self, path: str, asked: Mapping[str, object], budget: Budget
    ) -> tuple[Response, object]:
        url = f"{self._base}/{path}?{urlencode(asked)}"
        try:
            response = await self._tools.fetcher.get(
                url, budget=budget, headers=self._headers, private=self._private
            )
        except RateLimited:
            raise
        except (AccessDenied, FetchError) as exc:
            if (refused := self._refused(url, exc, budget)) is None:
                raise
            raise refused from exc
        return response, await asyncio.to_thread(response.json)

    def _refused(self, url: str, exc: SourceError, budget: Budget) -> SourceError | None:
        """Return a refusal in GitHub's words; None for one without or that is no refusal."""
        said = _said(exc.body)
        if said is None or exc.status not in (401, 403, 422):
            return None
        message = f"could not read {shown(url)}: {said}"
        refused: SourceError
        if exc.status == 403 and _THROTTLED.search(said):  # a secondary limit, without a time
            self._tools.fetcher.heed(url, budget, Limit(remaining=0), refused=True)
            refused = RateLimited(message, exc.status)
        elif exc.status == 422:
            refused = Refused(message)
        else:
            refused = AccessDenied(message)
        refused.status, refused.body = exc.status, exc.body
        return refused


def _more(response: Response) -> bool:
    return _NEXT.search(response.headers.get("link", "")) is not None


def _said(body: bytes) -> str | None:
    """Return the words of a refusal, with the first of its details."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    errors = answer.get("errors")
    details = [one.get("message") for one in errors if isinstance(one, dict)] if errors else []
    words = [plain_line(one) for one in (answer.get("message"), *details[:_FIRST])]
    return ": ".join(word for word in words if word) or None
