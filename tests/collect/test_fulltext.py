"""The article behind a teaser, through the whole program: no pass may look like an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from listener import app as parts
from listener.app import App
from listener.collect import fulltext, ledger
from listener.collect.ledger import MOST
from listener.config import load
from listener.fetch import Fetcher
from listener.intake import Pass
from listener.store import Store
from tests.collect.articles import article
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
CONFIG = """
[[brands]]
name = "Acme"
query = "acme"
[[sources]]
name = "Paper"
kind = "feed"
url = "{url}"
private = true
fulltext = true
"""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def item(name: str, at: datetime, teaser: str = "Read on.", title: str = "", link: str = "") -> str:
    return (
        f"<item><guid>{name}</guid><link>{link or f'/a/{name}'}</link>"
        f"<title>{title or name}</title><description>{escape(teaser)}</description>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
    )


@dataclass
class Room:
    site: Site
    watch: Watch
    app: App
    store: Store

    def feed(self, *items: str) -> None:
        body = f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()
        self.site.pages["/feed"] = answer(200, body, ETag=f'"{hash(body)}"')

    def page(self, name: str, body: bytes | None = None) -> None:
        self.site.pages[f"/a/{name}"] = answer(
            200, body or article(f"All about {name}"), Content_Type="text/html"
        )

    async def poll(self) -> Pass:
        self.watch.time += timedelta(minutes=15)
        (source,) = self.app.config.tables.sources
        return await self.app.pipeline.poll(source)

    def texts(self) -> dict[str, str]:
        rows = self.store.rows(
            "SELECT s.item, p.text FROM posts p JOIN sightings s ON s.post = p.id"
        )
        return {row["item"]: row["text"] for row in rows}

    def edits(self) -> int:
        return len(self.store.rows("SELECT 1 FROM revisions"))

    def asked(self, name: str) -> int:
        return self.site.paths.count(f"/a/{name}")

    def cursor(self) -> dict[str, str]:
        state = self.store.sources.get("Paper")
        assert state is not None
        return dict(state.cursor)


@pytest.fixture
async def room(tmp_path: Path, store: Store) -> AsyncIterator[Room]:
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        path = tmp_path / "sources.toml"
        path.write_text(CONFIG.format(url=site.url("/feed")), encoding="utf-8")
        yield Room(site, watch, parts.build(load(path), store, fetcher, watch), store)


async def test_an_article_is_given_once_and_stays(room: Room) -> None:
    at = room.watch.time
    room.feed(item("one", at))
    room.page("one")
    heard = await room.poll()
    assert (heard.error, heard.mentions) == (None, 1)  # the teaser says nothing of Acme
    text = room.texts()["one"]
    assert text.startswith("Acme's tent leaks")
    assert "Imprint" not in text
    assert "All about one" not in text  # that is the title
    room.page("one", article("All about one", "Other words."))
    for _ in range(3):
        assert (await room.poll()).error is None  # the feed has not changed
    room.feed(item("two", at), item("one", at))
    room.page("two")
    assert (await room.poll()).mentions == 1
    assert (room.texts()["one"], room.edits()) == (text, 0)
    assert (room.asked("one"), room.asked("two")) == (1, 1)
    assert "etag" in room.cursor()


async def test_a_changed_teaser_brings_the_article_again(room: Room) -> None:
    room.feed(item("one", room.watch.time))
    room.page("one")
    await room.poll()
    room.feed(item("one", room.watch.time, "Corrected."))
    room.page("one", article("All about one", "Acme's tent is fine, we were wrong."))
    await room.poll()
    assert room.texts()["one"].startswith("Acme's tent is fine")
    assert (room.edits(), room.asked("one")) == (1, 2)


async def test_a_changed_teaser_without_its_article_takes_nothing_back(room: Room) -> None:
    room.feed(item("one", room.watch.time))
    room.page("one")
    await room.poll()
    text = room.texts()["one"]
    room.feed(item("one", room.watch.time, "Corrected."))
    room.site.pages["/a/one"] = answer(500)
    for _ in range(4):
        await room.poll()
    assert (room.texts()["one"], room.edits(), room.asked("one")) == (text, 0, 3)


async def test_what_fails_leaves_the_teaser_and_is_tried_once_more(room: Room) -> None:
    room.feed(item("one", room.watch.time), item("two", room.watch.time))
    room.site.pages["/a/one"] = answer(500)
    room.site.pages["/a/two"] = answer(403)
    await room.poll()
    assert room.texts() == {"one": "Read on.", "two": "Read on."}
    room.page("one")
    assert (await room.poll()).mentions == 1
    for _ in range(3):
        await room.poll()
    assert room.texts()["one"].startswith("Acme's")
    assert room.texts()["two"] == "Read on."
    assert (room.asked("one"), room.asked("two"), room.edits()) == (2, 2, 1)


async def test_a_paywall_says_less_than_the_teaser(room: Room) -> None:
    teaser = "A long teaser that tells nearly everything. " * 20
    room.feed(item("one", room.watch.time, teaser))
    room.page(
        "one", b"<html><body><p>Subscribe to read on, or accept all cookies.</p></body></html>"
    )
    for _ in range(3):
        await room.poll()
    assert room.texts()["one"] == teaser.strip()
    assert (room.asked("one"), room.edits()) == (1, 0)


async def test_a_way_to_the_home_page_is_no_article(room: Room) -> None:
    room.feed(item("one", room.watch.time))
    room.site.pages["/a/one"] = answer(302, Location="/")
    room.site.pages["/"] = answer(200, article("The Paper"), Content_Type="text/html")
    await room.poll()
    assert room.texts()["one"] == "Read on."


async def test_a_throttled_host_is_asked_on_later(room: Room) -> None:
    at = room.watch.time
    room.feed(*(item(name, at - timedelta(hours=n)) for n, name in enumerate(("a1", "a2", "a3"))))
    room.page("a1")
    room.page("a3")
    room.site.pages["/a/a2"] = answer(429, Retry_After="60")
    assert (await room.poll()).error is None
    assert room.texts()["a1"].startswith("Acme's")
    assert (room.texts()["a2"], room.texts()["a3"]) == ("Read on.", "Read on.")
    assert (room.asked("a3"), "etag" in room.cursor()) == (0, False)
    room.page("a2")
    await room.poll()
    assert all(text.startswith("Acme's") for text in room.texts().values())
    assert [room.asked(name) for name in ("a1", "a2", "a3")] == [1, 2, 1]


async def test_one_throttled_host_keeps_no_other_back(tmp_path: Path, store: Store) -> None:
    watch = Watch()
    async with (
        local_site() as site,
        local_site({"/b": answer(429, Retry_After="60")}, host="127.0.0.2") as other,
        Fetcher(contact=None, clock=watch, allow_private=["127.0.0.2"]) as fetcher,
    ):
        fetcher.pacing.interval = 0
        path = tmp_path / "sources.toml"
        path.write_text(CONFIG.format(url=site.url("/feed")), encoding="utf-8")
        room = Room(site, watch, parts.build(load(path), store, fetcher, watch), store)
        at = room.watch.time
        elsewhere = item("b", at, link=f"http://127.0.0.2:{other.port}/b")
        room.feed(elsewhere, item("one", at - timedelta(hours=1)))
        room.page("one")
        await room.poll()
        assert room.texts()["one"].startswith("Acme's")
        assert room.texts()["b"] == "Read on."
        other.pages["/b"] = answer(200, article("All about b"), Content_Type="text/html")
        await room.poll()
        assert all(text.startswith("Acme's") for text in room.texts().values())
        assert "etag" in room.cursor()


async def test_robots_are_heeded(room: Room) -> None:
    room.feed(item("one", room.watch.time))
    room.page("one")
    room.site.pages["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /a/\n")
    for _ in range(3):
        assert (await room.poll()).error is None
    assert (room.texts()["one"], room.asked("one")) == ("Read on.", 0)
    assert room.site.paths.count("/robots.txt") == 1  # a day long


async def test_a_private_feed_opens_no_other_door(room: Room) -> None:
    async with local_site({"/a/one": answer(200, article())}) as other:
        room.feed(item("one", room.watch.time, link=other.url("/a/one")))
        await room.poll()
        assert other.requests == []
    assert room.texts()["one"] == "Read on."


async def test_entries_that_share_a_page_keep_their_own_words(room: Room) -> None:
    at = room.watch.time
    changes = [item(f"v{n}", at, f"Version {n}.", link=f"/a/log#v{n}") for n in (1, 2)]
    room.feed(*changes, item("g", at, link="https://news.google.com/rss/articles/CBMi"))
    room.page("log")
    await room.poll()
    assert set(room.texts().values()) == {"Version 1.", "Version 2.", ""}
    assert room.asked("log") == 0


async def test_a_feed_that_is_empty_for_a_while_makes_no_edits(room: Room) -> None:
    room.feed(item("one", room.watch.time))
    room.page("one")
    await room.poll()
    room.feed()
    await room.poll()
    room.feed(item("one", room.watch.time))
    await room.poll()
    assert (room.edits(), room.asked("one")) == (0, 1)


async def test_a_crash_between_two_articles(room: Room) -> None:
    at = room.watch.time
    room.feed(*(item(f"n{n}", at) for n in range(3)))
    for n in range(3):
        room.page(f"n{n}")
    (source,) = room.app.config.tables.sources
    state = room.store.sources.get("Paper")
    assert state is not None
    batches = room.app.pipeline._collectors["Paper"].collect({})
    for _ in range(2):  # what stays as it is, and one article; then the process dies
        batch = await anext(batches)
        state, _ = room.app.pipeline.ingest(source, state, batch, True)
    with room.store.transaction():
        room.store.sources.save(state)
    await room.poll()
    assert len(room.texts()) == 3
    assert all(text.startswith("Acme's") for text in room.texts().values())
    assert [room.asked(f"n{n}") for n in range(3)] == [1, 1, 1]
    assert room.edits() == 0


async def test_so_many_at_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "AT_ONCE", 2)
    at = room.watch.time
    names = [f"n{n}" for n in range(5)]
    for name in (*names, "m0", "m1", "m2"):
        room.page(name)
    room.feed(*(item(name, at - timedelta(hours=n)) for n, name in enumerate(names)))
    await room.poll()
    await room.poll()
    read = {name for name, text in room.texts().items() if text.startswith("Acme's")}
    assert read == {"n0", "n1"}  # the first pass leaves the others as they are
    more = [item(f"m{n}", at + timedelta(hours=1)) for n in range(3)]
    room.feed(*more, *(item(name, at) for name in names))
    await room.poll()
    assert room.texts()["m2"] == "Read on."
    await room.poll()
    assert room.texts()["m2"].startswith("Acme's")
    assert (sum(map(room.asked, names)), room.edits()) == (2, 1)
    room.feed(*(item(f"m{n}", at, "Corrected.") for n in range(3)))
    await room.poll()
    assert room.edits() == 1  # the third, whose turn has not come, keeps its article


async def test_what_is_remembered_is_bounded(room: Room) -> None:
    at = room.watch.time
    everything = [item(f"n{n}", at - timedelta(minutes=n)) for n in range(MOST + 50)]
    room.feed(*everything)
    await room.poll()
    assert len(room.texts()) == MOST + 50
    assert sum(map(len, room.cursor().values())) < 4000
    room.feed(item("new", at), *everything)
    await room.poll()
    await room.poll()
    assert len(room.texts()) == MOST + 51
    assert room.edits() == 0


async def test_what_is_forgotten_is_not_taken_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fulltext, "MOST", 2)
    monkeypatch.setattr(ledger, "MOST", 2)
    at = room.watch.time
    for name in ("n0", "n1", "n2", "n3"):
        room.page(name)
    room.feed(item("n0", at), item("n1", at))
    await room.poll()
    later = at + timedelta(hours=1)
    new, old = [item("n2", later), item("n3", later)], [item("n0", at), item("n1", at)]
    for order in ([*new, *old], [*old, *new]):
        room.feed(*order)
        await room.poll()
    assert all(text.startswith("Acme's") for text in room.texts().values())
    assert (len(room.texts()), room.edits()) == (4, 0)
