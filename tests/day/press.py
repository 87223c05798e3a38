"""News, blogs, shops: what is read of sites, and what is searched for in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from tests.collect import test_appstore, test_gdelt, test_hackernews, test_page, test_wordpress
from tests.collect.algolia import Algolia, Hit
from tests.collect.articles import article
from tests.collect.simulated import Question
from tests.day.limits import Window, windows
from tests.day.platform import Played, Said, Source, about, ids
from tests.local_site import answer


@dataclass
class WordPress(Played):
    """Two blogs of one host."""

    kind: str = "wordpress"
    hourly: float = 3
    places: tuple[str, ...] = ("one", "two")

    def sources(self, url: str) -> Sequence[Source]:
        return [{"url": f"{url}/{blog}", "every": "10m"} for blog in self.places]

    def key(self, item: Said) -> str:
        return f"url:https://site.example/p{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        blog, _, path = question.path.lstrip("/").partition("/")
        if not path.startswith("wp-json/wp/v2/"):
            return answer(200, b"<html>A site</html>")
        if path.endswith("comments"):
            return test_wordpress.listing()
        found = _between([item for item in reversed(shown) if item.place == blog], question.asked)
        page, size = int(question.asked.get("page", 1)), int(question.asked["per_page"])
        pages = -(-len(found) // size)
        if page > pages > 0:
            return test_wordpress.refusal(400, "rest_post_invalid_page_number")
        items = found[(page - 1) * size : page * size]
        return test_wordpress.listing(*map(_raw, items), pages=pages)


def _between(items: Sequence[Said], asked: dict[str, str]) -> list[Said]:
    if "include" in asked:
        wanted = ids(asked["include"])
        return [item for item in items if item.number in wanted]
    prefix = "modified_" if asked["orderby"] == "modified" else ""
    bounds = (asked.get(f"{prefix}{side}") for side in ("after", "before"))
    after, before = (datetime.fromisoformat(bound) if bound else None for bound in bounds)
    return [
        item
        for item in items
        if (after is None or item.at > after) and (before is None or item.at < before)
    ]


def _raw(item: Said) -> dict[str, object]:
    said = {"rendered": f"<p>{item.text}</p>", "protected": False}
    return test_wordpress.raw(item.number, item.at.astimezone(UTC), content=said)


@dataclass
class AppStore(Played):
    """Two sources: countries of one app. What Apple says of its search next door."""

    kind: str = "appstore"
    hourly: float = 2
    limits: Sequence[Window] = field(default_factory=lambda: windows((20, 60)))
    places: tuple[str, ...] = ("fr", "be", "de", "at")

    def sources(self, url: str) -> Sequence[Source]:
        every = {"base_url": url, "app": test_appstore.APP, "every": "30m"}
        return [every | {"countries": ["fr", "be"]}, every | {"countries": ["de", "at"]}]

    def key(self, item: Said) -> str:
        return f"appstore:{item.place}:{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        country = question.path.split("/")[1]
        page = int((re.findall(r"page=(\d+)", question.path) or ["1"])[0])
        items = [item for item in reversed(shown) if item.place == country]
        items = items[50 * (page - 1) : 50 * page]
        return test_appstore.feed(
            *(test_appstore.entry(item.number, item.at, content=item.text) for item in items)
        )


@dataclass
class Gdelt(Played):
    """Two sources search the world's press, one with words of its own."""

    kind: str = "gdelt"
    hourly: float = 8
    limits: Sequence[Window] = field(default_factory=lambda: windows((1, 5)))
    refusal: bytes = answer(429, test_gdelt.THROTTLED)

    def sources(self, url: str) -> Sequence[Source]:
        return [
            {"base_url": f"{url}/api/v2", "every": "15m"},
            {"base_url": f"{url}/api/v2", "every": "15m", "queries": ["acme", "acme tent"]},
        ]

    def key(self, item: Said) -> str:
        return f"url:https://news.example/{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        articles = (
            test_gdelt.article(item.number, item.at.astimezone(UTC), title=item.text)
            for item in about(shown)
        )
        return test_gdelt.News(*articles).answer(question.asked)


@dataclass
class HackerNews(Played):
    kind: str = "hackernews"
    hourly: float = 10
    limits: Sequence[Window] = field(default_factory=lambda: windows((10_000, 3600)))

    def sources(self, url: str) -> Sequence[Source]:
        every = {"base_url": f"{url}/api/v1", "items_url": f"{url}/v0", "every": "2m"}
        return [every | {"queries": ["acme"]}, every | {"queries": ["acme tent", "acme"]}]

    def key(self, item: Said) -> str:
        return f"hackernews:{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        hits: list[Hit] = [
            test_hackernews.comment(item.number, item.text, item.at) for item in about(shown)
        ]
        return Algolia(hits).answer(question.asked)


@dataclass
class Sitemap(Played):
    """Two papers of one host that have sitemaps: an article is a request."""

    kind: str = "page"
    hourly: float = 3
    places: tuple[str, ...] = ("daily", "weekly")

    def sources(self, url: str) -> Sequence[Source]:
        self.url = url
        return [{"url": f"{url}/{paper}.xml", "every": "10m"} for paper in self.places]

    def key(self, item: Said) -> str:
        return f"url:{self._address(item)}".replace("http://", "https://")

    def _address(self, item: Said) -> str:
        return f"{self.url}/{item.place}/{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        if question.path.endswith(".xml"):
            paper = question.path.strip("/").removesuffix(".xml")
            listed = [item for item in shown if item.place == paper][-300:]
            entries = (
                test_page.entry(self._address(i), published=i.at.isoformat(), title=i.text)
                for i in listed
            )
            return answer(200, test_page.sitemap(*entries))
        there = {f"/{item.place}/{item.number}": item for item in shown}
        if (item := there.get(question.path)) is None:
            return answer(404)
        return answer(200, article(item.text, item.text), **test_page.HTML)


@dataclass
class Feeds(Played):
    """Two RSS feeds of one paper, with the hundred newest articles."""

    kind: str = "feed"
    hourly: float = 6
    places: tuple[str, ...] = ("economy", "sport")

    def sources(self, url: str) -> Sequence[Source]:
        return [{"url": f"{url}/{feed}", "every": "5m"} for feed in self.places]

    def key(self, item: Said) -> str:
        return f"url:https://paper.example/{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        items = [item for item in reversed(shown) if item.place == question.path.strip("/")]
        return answer(
            200,
            '<rss version="2.0"><channel><title>Paper</title>{}</channel></rss>'.format(
                "".join(
                    f"<item><title>{item.text}</title><link>https://paper.example/{item.number}"
                    f"</link><pubDate>{item.at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
                    for item in items[:100]
                )
            ).encode(),
            Content_Type="application/rss+xml",
        )


@dataclass
class Alerts(Played):
    """Two Google Alerts, with the twenty newest pages."""

    kind: str = "google_alerts"
    hourly: float = 2
    places: tuple[str, ...] = ("111", "222")

    def sources(self, url: str) -> Sequence[Source]:
        self.secrets = {f"DAY_ALERT_{id}": f"{url}/alerts/feeds/9/{id}" for id in self.places}
        return [{"url": f"env:{name}", "every": "10m"} for name in self.secrets]

    def key(self, item: Said) -> str:
        return f"url:https://found.example/{item.number}"

    def answer(self, question: Question, shown: Sequence[Said], now: datetime) -> bytes:
        alert = question.path.rpartition("/")[2]
        items = [item for item in reversed(about(shown)) if item.place == alert][:20]
        entries = "".join(
            f"<entry><id>tag:google.com,2013:googlealerts/feed:{item.number}</id>"
            f'<title type="html">{item.text}</title>'
            f'<link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url='
            f'{quote(f"https://found.example/{item.number}", safe=":/")}&amp;ct=ga"/>'
            f"<published>{item.at:%Y-%m-%dT%H:%M:%SZ}</published>"
            f'<content type="html">{item.text}</content></entry>'
            for item in items
        )
        body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Alert</title>{entries}</feed>'
        return answer(200, body.encode(), Content_Type="application/atom+xml")
