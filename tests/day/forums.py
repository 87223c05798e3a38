"""Forums and social networks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.collect import (
    test_discourse,
    test_github,
    test_lemmy,
    test_mastodon,
    test_reddit_feed,
    test_stackexchange,
    test_telegram_channel,
)
from tests.collect.simulated import Question
from tests.day.limits import Window, windows
from tests.day.platform import Played, Said, Source, about, headed, ids
from tests.local_site import answer

IDS = 10**17  # of Mastodon
FEW = 36**3  # Reddit's ids have four letters from there on


@dataclass
class Discourse(Played):
    """Two sources read one forum. Limits of discourse/config/site_settings and its defaults."""

    kind: str = "discourse"
    hourly: float = 40
    limits: Sequence[Window] = field(default_factory=lambda: windows((200, 60), (50, 10)))
    refusal: bytes = test_discourse.refusal(429, "rate_limit", "Slow down.")

    def sources(self, url: str) -> Sequence[Source]:
        self.url = url
        return [{"url": url, "every": "2m"}, {"url": url, "every": "3m"}]

    def key(self, item: Said) -> str:
        return f"discourse:{self.url.removeprefix('http://')}/p/{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        if wanted := ids(question.asked.get("post_ids[]", "")):
            return test_discourse.topic(*(self.raw(i) for i in shown if i.number in wanted))
        before = int(question.asked.get("before", 10**9))
        found = [self.raw(item) for item in shown if item.number < before]
        return test_discourse.page(*reversed(found[-50:]))

    def raw(self, item: Said) -> dict[str, Any]:
        at = f"{item.at:%Y-%m-%dT%H:%M:%S}.000Z"
        return test_discourse.raw(item.number, cooked=f"<p>{item.text}</p>", created_at=at)


@dataclass
class Mastodon(Played):
    """Two sources read hashtags, one searches with a token; all come from one address."""

    kind: str = "mastodon"
    hourly: float = 15
    limits: Sequence[Window] = field(default_factory=lambda: windows((300, 300)))
    refusal: bytes = test_mastodon.error(429, "Too many requests")
    places: tuple[str, ...] = ("tents", "bags")

    def sources(self, url: str) -> Sequence[Source]:
        every = {"base_url": url, "every": "5m"}
        tags = [every | {"hashtags": [tag]} for tag in self.places]
        return [*tags, every | {"search": True, "token": "env:DAY_TOKEN"}]

    def key(self, item: Said) -> str:
        return f"mastodon:{self.raw(item)['uri']}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        limit = self.limits[0]
        reset = limit.renewed().isoformat().replace("+00:00", "Z")
        said = {"X-RateLimit-Remaining": f"{limit.left(now)}", "X-RateLimit-Reset": reset}
        return headed(self.said(question, shown), said)

    def said(self, question: Question, shown: Sequence[Said]) -> bytes:
        asked = question.asked
        if "id[]" in asked:
            wanted = ids(asked["id[]"])
            return test_mastodon.said([self.raw(i) for i in shown if IDS + i.number in wanted])
        if question.path.startswith("/api/v1/timelines/tag/"):
            tag, top = question.path.rpartition("/")[2], int(asked.get("max_id", 10**18))
            below = [i for i in shown if i.place == tag and IDS + i.number < top]
            return test_mastodon.said([self.raw(item) for item in reversed(below[-40:])])
        since, offset = (int(asked.get("min_id", 0)) >> 16) // 1000, int(asked["offset"])
        found = [item for item in reversed(about(shown)) if item.at.timestamp() > since]
        return test_mastodon.hits(*(self.raw(item) for item in found[offset : offset + 40]))

    def raw(self, item: Said) -> dict[str, Any]:
        at = f"{item.at:%Y-%m-%dT%H:%M:%S}.000Z"
        return test_mastodon.raw(IDS + item.number, content=f"<p>{item.text}</p>", created_at=at)


@dataclass
class Reddit(Played):
    """Three sources, all the time hungry: each wants two requests every two minutes."""

    kind: str = "reddit_feed"
    hourly: float = 12
    limits: Sequence[Window] = field(default_factory=lambda: windows((1, 60)))
    places: tuple[str, ...] = tuple(
        f"{sub}/{what}" for sub in ("tents", "bags", "boots") for what in ("new", "comments")
    )

    def sources(self, url: str) -> Sequence[Source]:
        every = {"base_url": url, "every": "2m"}
        return [every | {"subreddits": [sub]} for sub in ("tents", "bags", "boots")]

    def key(self, item: Said) -> str:
        return f"reddit:{self.id(item)}"

    def id(self, item: Said) -> str:
        kind = "t1" if item.place.endswith("comments") else "t3"
        return f"{kind}_{test_reddit_feed.base36(FEW + item.number)}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        _, _, subreddit, what, _ = question.path.split("/")
        items = [item for item in reversed(shown) if item.place == f"{subreddit}/{what}"][:1000]
        if after := question.asked.get("after"):
            names = [self.id(item) for item in items]
            items = items[names.index(after) + 1 :] if after in names else []
        size = int(question.asked["limit"])
        return test_reddit_feed.feed(
            *(self.raw(item) for item in items[:size]),
            X_RateLimit_Remaining="0.0",
            X_RateLimit_Reset=f"{60 - now.second}",
        )

    def raw(self, item: Said) -> str:
        words = f"<p>{item.text}</p>"
        return test_reddit_feed.entry(self.id(item), item.at, words=words, title="Which one?")


@dataclass
class StackExchange(Played):
    """Two sources share the 300 requests that an address has a day; others took 200 of the first.

    Every fiftieth answer asks for a pause, which is counted like any limit.
    """

    kind: str = "stackexchange"
    hourly: float = 1
    limits: Sequence[Window] = field(default_factory=lambda: windows((300, 86_400)))
    answers: int = 0
    pause: datetime | None = None

    def __post_init__(self) -> None:
        self.limits[0].used = 200

    def sources(self, url: str) -> Sequence[Source]:
        return [{"base_url": url, "every": "5m"}] * 2

    def key(self, item: Said) -> str:
        return f"stackexchange:stackoverflow:{'a' if item.number % 2 else 'q'}{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        limit = self.limits[0]
        limit.exceeded += self.pause is not None and now < self.pause
        played = test_stackexchange.Played(*(self.raw(item) for item in about(shown)))
        played.says = {"quota_max": limit.most, "quota_remaining": limit.left(now)}
        self.answers, self.pause = self.answers + 1, None
        if self.answers % 50 == 0:
            played.says["backoff"] = 10
            self.pause = now + timedelta(seconds=10)
        return played.serve(question.path, dict(question.asked))

    def refuse(self, now: datetime) -> bytes:
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
        wait = f"more requests available in {(midnight - now).total_seconds():.0f} seconds"
        said = {"error_id": 502, "error_name": "throttle_violation"}
        said |= {"error_message": f"too many requests from this IP, {wait}"}
        return answer(400, json.dumps(said).encode())

    def raw(self, item: Said) -> dict[str, object]:
        said: dict[str, Any] = {
            "creation_date": int(item.at.timestamp()), "body": f"<p>{item.text}</p>",
        }  # fmt: skip
        if item.number % 2:
            return test_stackexchange.answered(item.number, 5, **said)
        return test_stackexchange.question(item.number, **said)


@dataclass
class Lemmy(Played):
    """Two sources search one instance, as lemmy.world limits searches; it says so."""

    kind: str = "lemmy"
    limits: Sequence[Window] = field(default_factory=lambda: windows((100, 600)))
    refusal: bytes = test_lemmy.said({"error": "rate_limit_error"}, 429)

    def sources(self, url: str) -> Sequence[Source]:
        return [{"base_url": url, "every": "3m"}, {"base_url": url, "queries": ["acme tent"]}]

    def key(self, item: Said) -> str:
        if item.number % 2:
            return f"lemmy:https://far.example/comment/{item.number}"
        return f"lemmy:https://other.example/post/{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        played = test_lemmy.Played(*(self.raw(item) for item in about(shown)))
        told = {"search": 100, "search_per_second": 600}
        played.says = {"site_view": {"local_site_rate_limit": told}}
        return played.serve(question.path, dict(question.asked))

    def raw(self, item: Said) -> dict[str, Any]:
        at = item.at.isoformat()
        if item.number % 2:
            return test_lemmy.a_comment(item.number, content=item.text, published=at)
        return test_lemmy.a_post(item.number, body=item.text, published=at)


@dataclass
class GitHub(Played):
    """Four sources without a token, all the time hungry: each wants two searches every 30 s."""

    kind: str = "github"
    hourly: float = 10
    limits: Sequence[Window] = field(default_factory=lambda: windows((10, 60)))
    refusal: bytes = test_github.said({"message": "API rate limit exceeded"}, 403)

    def sources(self, url: str) -> Sequence[Source]:
        self.url = url
        every = {"base_url": url, "every": "30s"}
        return [every, every, every | {"queries": ["acme tent"]}, every | {"queries": ["acme"]}]

    def key(self, item: Said) -> str:
        return f"github:{self.url.removeprefix('http://')}:issue:{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        played = test_github.Played(*(self.raw(item) for item in about(shown)))
        limit = self.limits[0]
        reset = f"{limit.renewed().timestamp():.0f}"
        return headed(
            played.serve(question.path, dict(question.asked)),
            {"X-RateLimit-Remaining": f"{limit.left(now)}", "X-RateLimit-Reset": reset},
        )

    def raw(self, item: Said) -> dict[str, Any]:
        at = test_github.stamp(item.at)
        more: dict[str, Any] = {"pull_request": {}} if item.number % 2 else {}
        return test_github.issue(
            item.number, title=item.text, body=item.text, created_at=at, updated_at=at, **more
        )


@dataclass
class Telegram(Played):
    """Two channels. No limit is documented; ours is held against it."""

    kind: str = "telegram_channel"
    hourly: float = 5
    limits: Sequence[Window] = field(default_factory=lambda: windows((20, 60)))
    places: tuple[str, ...] = ("camping", "shops")

    def sources(self, url: str) -> Sequence[Source]:
        every = {"base_url": url, "accept_terms": True, "every": "10m"}
        return [every | {"channel": channel} for channel in self.places]

    def key(self, item: Said) -> str:
        return f"telegram:{item.place}/{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        channel = question.path.rpartition("/")[2]
        before = int(question.asked.get("before", 10**9))
        below = [item for item in shown if item.place == channel and item.number < before]
        return test_telegram_channel.page(
            *(
                test_telegram_channel.message(
                    item.number,
                    test_telegram_channel.TEXT.format(item.text),
                    at=item.at,
                    channel=channel,
                )
                for item in below[-20:]
            )
        )
