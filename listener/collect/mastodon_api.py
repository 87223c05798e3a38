"""Asking an instance: in whose name, within which limits, and what its refusals mean."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from pydantic import SecretStr

from listener.collect.fields import plain_line
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, ParseError, SourceError
from listener.fetch import Budget, shown

# 300 in five minutes for an account, and for an address without one; a little less.
_REQUESTS, _PER = 285, timedelta(minutes=5)
_NOBODY = "authenticated user"  # of "This method requires an authenticated user"

Params = Sequence[tuple[str, str]]


class Api:
    """The HTTP API of one instance."""

    def __init__(
        self, base_url: str, host: str, token: SecretStr | None, private: bool, tools: Tools
    ) -> None:
        self._base = base_url.rstrip("/")
        self._host = host
        self._private = private
        self._fetcher = tools.fetcher
        self._headers = {"Accept": "application/json"}
        who = host
        self.account = ""  # in whose name, as far as it can be told
        if token is not None:
            secret = token.get_secret_value()
            self._headers["Authorization"] = f"Bearer {secret}"
            self.account = hashlib.sha256(secret.encode()).hexdigest()[:6]
            who += f", account {self.account}"
        self._knows_us = token is not None
        self._budget = Budget(name=f"Mastodon {who}", requests=_REQUESTS, per=_PER)

    async def ask(self, path: str, params: Params = ()) -> object:
        """Return a parsed answer; raises like the fetcher, and AccessDenied in words."""
        url = self._url(path, params)
        try:
            response = await self._fetcher.get(
                url, headers=self._headers, private=self._private, budget=self._budget
            )
        except (AccessDenied, FetchError) as exc:
            if (denied := self._denied(url, exc)) is None:
                raise
            raise denied from exc
        return await asyncio.to_thread(response.json)

    async def list(self, path: str, params: Params = ()) -> list[object]:
        """Return an answer that is a list; raises ParseError when it is none."""
        answer = await self.ask(path, params)
        if not isinstance(answer, list):
            said = _said(answer) or "it is JSON, but no list"
            raise ParseError(f"could not read {shown(self._url(path, params))}: {said}")
        return answer

    def _url(self, path: str, params: Params) -> str:
        return f"{self._base}/api/{path}" + (f"?{urlencode(params)}" if params else "")

    def _denied(self, url: str, refused: SourceError) -> AccessDenied | None:
        """Return a refusal that only a person can mend, in words; None for any other."""
        said = _said(_parsed(refused.body))
        closed = refused.status == 422 and said is not None and _NOBODY in said
        if not closed and (said is None or not isinstance(refused, AccessDenied)):
            return None  # without a word of the instance's own, it is a wall before it
        if not self._knows_us:
            why = f"{self._host} shows this to its members only: give a token of an account there"
        elif refused.status == 401:
            why = "it does not accept the token: make a new one"
        elif closed:
            why = "the token is an application's own: make one of an account"
        else:
            why = "the token lacks a permission, or the account is disabled"
        said = f" ({said})" if said else ""
        denied = AccessDenied(f"could not read {shown(url)}: {why}{said}")
        denied.status, denied.body = refused.status, refused.body
        return denied


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _said(answer: object) -> str | None:
    """Return an error in the instance's words."""
    return plain_line(answer.get("error")) if isinstance(answer, dict) else None
