"""Slack, by an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from listener.clock import Clock, SystemClock
from listener.errors import DeliveryError
from listener.messages import Message
from listener.notify.blocks import plain

_PACE = timedelta(seconds=1)  # https://docs.slack.dev/apis/web-api/rate-limits
_WAIT = timedelta(minutes=1)  # when a 429 does not say for how long


class Slack:
    """Posts to the one channel that the webhook belongs to."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        url: SecretStr = Field(description="the webhook's address: env:NAME or file:PATH")
        timeout: float = Field(30, gt=0, le=600, description="seconds to wait for the answer")

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: SecretStr) -> SecretStr:
            if not url.get_secret_value().startswith(("https://", "http://")):
                raise ValueError("does not begin with https://")
            return url

    def __init__(
        self,
        options: Options,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._options = options
        self._clock = clock or SystemClock()
        self._turn = asyncio.Lock()
        self._next = datetime.min.replace(tzinfo=UTC)
        self._pause = _PACE

    def parts(self, message: Message) -> tuple[Message, ...]:
        """One message a payload: after a crash, only what was not posted is posted."""
        if len(message.slack) < 2:
            return (message,)
        return tuple(
            replace(message, key=f"{message.key}/{number}", slack=(payload,))
            for number, payload in enumerate(message.slack, 1)
        )

    async def send(self, message: Message) -> None:
        """Post the message's payload; raise DeliveryError when Slack does not take it."""
        payload = message.slack[0] if message.slack else plain(message.subject, message.text)
        async with self._turn:
            wait = min(self._next - self._clock.now(), self._pause)  # the clock may have gone back
            if wait > _PACE:
                raise DeliveryError("Slack asked to slow down", retry_after=wait)
            await self._clock.sleep(max(0.0, wait.total_seconds()))
            self._pause = _PACE
            try:
                _judge(await self._post(payload))
            except DeliveryError as exc:  # a limit holds for all messages of the webhook
                self._pause = max(_PACE, exc.retry_after or _PACE)
                raise
            finally:
                self._next = self._clock.now() + self._pause

    async def _post(self, payload: Mapping[str, object]) -> httpx.Response:
        url = self._options.url.get_secret_value()
        try:
            async with httpx.AsyncClient(timeout=self._options.timeout) as client:
                return await client.post(url, json=payload)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            # Not the error's own words: they may hold the address, which is a secret.
            raise DeliveryError(f"Slack cannot be reached: {type(exc).__name__}") from None


def _judge(response: httpx.Response) -> None:
    """Raise what an answer means; only 200 with the word "ok" says that it was posted."""
    status, said = response.status_code, response.text.strip()
    if status == httpx.codes.OK and said == "ok":
        return
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise DeliveryError("Slack asks to slow down", retry_after=_retry_after(response))
    # Slack answers with a word ("no_service"); a page of a proxy may repeat the secret address.
    word = said if re.fullmatch(r"[\w .:-]{1,100}", said) else "not in Slack's words"
    gone = httpx.codes.is_client_error(status) and status != httpx.codes.REQUEST_TIMEOUT
    raise DeliveryError(f"Slack answered {status}: {word}", permanent=gone)


def _retry_after(response: httpx.Response) -> timedelta:
    seconds = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if re.fullmatch(r"\d{1,6}", seconds) else _WAIT
