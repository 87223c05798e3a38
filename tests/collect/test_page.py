from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener import app as parts
from listener.collect.ledger import MOST
from listener.collect.page import Page
from listener.collect.page_links import articles_among
from listener.collect.sitemap import Link, is_sitemap, read_sitemap
from listener.collect.tools import Tools
from listener.config import load
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited
from listener.fetch import Fetcher
from listener.model import Batch, Post
from listener.store import Store
from tests.collect.articles import article
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HTML = {"Content_Type": "text/html; charset=utf-8"}
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def listing(*links: str, tag: str = "1") -> bytes:
    found = "".join(f'<li><a class="more" href="{link}">Read</a></li>' for link in links)
    return answer(200, f"<html><body><ul>{found}</ul></body></html>".encode(), ETag=tag, **HTML)


def sitemap(*entries: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset'
        f' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {NEWS}>{"".join(entries)}</urlset>'
    ).encode()


def entry(url: str, *, changed: str = "", published: str = "", title: str = "") -> str:
    news = f"<news:publication_date>{published}</news:publication_date>" if published else ""
    news += f"<news:title>{title}</news:title>" if title else ""
    said = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{url}</loc>{said}<news:news>{news}</news:news></url>"


def pages(site: Site, *names: str) -> None:
    site.pages |= {f"/{name}": answer(200, article(f"About {name}"), **HTML) for name in names}


async def heard(
    site: Site,
    cursor: Mapping[str, str] | None = None,
    path: str = "/news",
    now: datetime = NOW,
    user: str = "",
    **options: object,
) -> list[Batch]:
    watch = Watch()
    watch.time = now
    async with Fetcher(contact=None, clock=watch, allow_private=["127.0.0.2"]) as fetcher:
        url = site.url(path).replace("//", f"//{user}", 1)
        made = Page.Options(url=url, private=True, **options)
        collector = Page(made, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect(cursor or {})]


def told(batches: list[Batch]) -> list[Post]:
    return [post for batch in batches for post in batch.posts]


def titles(batches: list[Batch]) -> list[str | None]:
    return [post.title for post in told(batches)]


async def test_an_article_of_a_listing() -> None:
    head = (
        '<meta property="article:published_time" content="2026-11-19T08:30:00+01:00">'
        '<meta name="author" content="Ana Martin">'
        '<link rel="canonical" href="{}">'
    )
    async with local_site() as site:
        canonical = site.url("/news/tent-leaks-again")
        site.pages |= {
            "/news": listing("/news/tent-leaks-again?utm_source=home", "/", "/about"),
            "/news/tent-leaks-again?utm_source=home": answer(
                200, article("Tent & bag", head=head.format(canonical)), **HTML
            ),
        }
        batches = await heard(site, publishes="news")
        (post,) = told(batches)
        key = canonical.replace("http://", "https://")
    assert (post.url, post.key, post.item) == (canonical, f"url:{key}", key)
    assert (post.title, post.language, str(post.kind)) == ("Tent & bag", "en", "news")
    assert post.text.startswith("Acme's tent leaks at the seams")
    assert "Imprint" not in post.text
    assert post.published == datetime(2026, 11, 19, 7, 30, tzinfo=UTC)
    assert post.author is not None
    assert post.author.name == "Ana Martin"
    assert post.engagement is None
    assert batches[-1].doubt is None


async def test_a_canonical_address_elsewhere_is_not_believed() -> None:
    for lie in ("https://other.example/x-y-z", "/"):
        async with local_site() as site:
            site.pages["/news"] = listing("/tent-leaks-again")
            head = f'<link rel="canonical" href="{lie}">'
            site.pages["/tent-leaks-again"] = answer(200, article(head=head), **HTML)
            (post,) = told(await heard(site))
            assert post.url == site.url("/tent-leaks-again")
        assert (post.author, post.published) == (None, None)


async def test_only_new_links_are_read() -> None:
    async with local_site() as site:
        pages(site, "a-b-c", "d-e-f")
        site.pages["/news"] = listing("/a-b-c")
        cursor = (await heard(site))[-1].cursor
        site.pages["/news"] = answer(304)
        (same,) = await heard(site, cursor)
        assert (same.posts, same.cursor) == ((), cursor)
        assert site.requests[-1].headers["if-none-match"] == "1"
        site.pages["/news"] = listing("/d-e-f", "/a-b-c", tag="2")
        assert titles(await heard(site, cursor)) == ["About d-e-f"]
    assert site.paths.count("/a-b-c") == 1


async def test_the_first_pass_takes_the_first_and_leaves_the_rest() -> None:
    names = [f"one-of-{n}" for n in range(5)]
    async with local_site() as site:
        pages(site, *names, "two-of-them")
        site.pages["/news"] = listing(*(f"/{name}" for name in names))
        first = await heard(site, most=2)
        assert titles(first) == ["About one-of-0", "About one-of-1"]
        site.pages["/news"] = listing("/two-of-them", *(f"/{name}" for name in names))
        assert titles(await heard(site, first[-1].cursor, most=2)) == ["About two-of-them"]


async def test_later_passes_take_all_in_turn() -> None:
    names = [f"one-of-{n}" for n in range(5)]
    async with local_site() as site:
        pages(site, "x-y-z", *names)
        site.pages["/news"] = listing("/x-y-z")
        cursor = (await heard(site, most=2))[-1].cursor
        site.pages["/news"] = listing(*(f"/{name}" for name in names))
        found: list[str | None] = []
        for _ in range(3):
            batches = await heard(site, cursor, most=2)
            cursor = batches[-1].cursor
            found += titles(batches)
    assert found == [f"About {name}" for name in names]
    assert "etag" in cursor


async def test_a_crash_between_two_articles_repeats_none() -> None:
    async with local_site() as site:
        pages(site, "a-b-c", "d-e-f")
        site.pages["/news"] = listing("/a-b-c", "/d-e-f")
        first = await heard(site)
        assert titles(await heard(site, first[0].cursor)) == ["About d-e-f"]


async def test_what_fails_is_tried_once_more() -> None:
    async with local_site() as site:
        pages(site, "a-b-c")
        site.pages["/news"] = listing("/a-b-c", "/d-e-f")
        site.pages["/d-e-f"] = answer(500)
        first = await heard(site)
        assert (titles(first), sum(b.skipped for b in first)) == (["About a-b-c"], 0)
        second = await heard(site, first[-1].cursor)
        assert (titles(second), sum(b.skipped for b in second)) == ([], 1)
        assert "500" in (second[-1].doubt or "")
        await heard(site, second[-1].cursor)
    assert site.paths.count("/d-e-f") == 2


async def test_throttled_half_way() -> None:
    async with local_site() as site:
        pages(site, "a-b-c")
        site.pages["/news"] = listing("/a-b-c", "/d-e-f")
        site.pages["/d-e-f"] = answer(429, Retry_After="90")
        with pytest.raises(RateLimited):
            await heard(site)


async def test_another_site_s_throttle_keeps_no_article_back() -> None:
    async with local_site() as site, local_site(host="127.0.0.2") as other:
        pages(site, "a-b-c")
        elsewhere = f"http://127.0.0.2:{other.port}/x-y-z"
        site.pages["/news"] = listing(elsewhere, "/a-b-c")
        other.pages["/x-y-z"] = answer(429, Retry_After="90")
        assert titles(await heard(site, links=["/*", elsewhere])) == ["About a-b-c"]


async def test_a_page_without_articles_is_doubted_each_time() -> None:
    async with local_site() as site:
        site.pages["/news"] = listing("/about", "https://other.example/a-b-c-d", "/tag/a-b-c")
        (batch,) = await heard(site)
        assert "links" in (batch.doubt or "")
        assert (await heard(site, batch.cursor))[0].doubt is not None


async def test_links_by_pattern() -> None:
    async with local_site() as site:
        pages(site, "p/1", "p/2?lang=fr")
        site.pages["/news"] = listing("/p/1", "/p/2?lang=fr", "/a-b-c-d")
        assert titles(await heard(site, links=["/p/*"])) == ["About p/1", "About p/2?lang=fr"]
        found = await heard(site, links=[site.url("/p/2*")])
        assert titles(found) == ["About p/2?lang=fr"]


async def test_robots() -> None:
    async with local_site() as site:
        pages(site, "a-b-c", "closed/d-e-f")
        site.pages["/news"] = listing("/a-b-c", "/closed/d-e-f")
        rules = b"User-agent: *\nDisallow: /closed/\nCrawl-delay: 5\n"
        site.pages["/robots.txt"] = answer(200, rules)
        assert titles(await heard(site)) == ["About a-b-c"]
        assert "/closed/d-e-f" not in site.paths
        site.pages["/robots.txt"] = answer(200, b"User-agent: listener\nDisallow: /\n")
        with pytest.raises(AccessDenied, match=r"robots\.txt"):
            await heard(site)
        site.pages["/robots.txt"] = answer(503)
        with pytest.raises(FetchError, match="503"):
            await heard(site)
        site.pages["/robots.txt"] = answer(403)  # RFC 9309, 2.3.1.3: no rules
        assert titles(await heard(site)) == ["About a-b-c", "About closed/d-e-f"]


async def test_the_pace_that_a_site_asks_for() -> None:
    watch = Watch()
    begun = watch.time
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        pages(site, "a-b-c")
        site.pages["/news"] = listing("/a-b-c")
        site.pages["/robots.txt"] = answer(200, b"User-agent: *\nCrawl-delay: 30\n")
        collector = Page(
            Page.Options(url=site.url("/news"), private=True),
            Tools(fetcher=fetcher, clock=watch),
        )
        assert titles([batch async for batch in collector.collect({})]) == ["About a-b-c"]
    assert watch.time - begun >= timedelta(seconds=30)


async def test_a_news_sitemap() -> None:
    async with local_site() as site:
        pages(site, "new", "newer", "old")
        body = sitemap(
            entry(site.url("/old"), published="2026-11-01T10:00:00Z", title="Old"),
            entry(site.url("/new"), published="2026-11-19T10:00:00+01:00", title="Acme &amp; co"),
            entry(site.url("/newer"), changed="2026-11-20"),
            "<url><loc>ftp://x/y</loc></url>",
        )
        site.pages["/map.xml"] = answer(200, body)
        newer, new = told(await heard(site, path="/map.xml"))
    assert (newer.title, newer.published) == ("About newer", None)  # changed is not published
    assert (new.title, new.published) == ("Acme & co", datetime(2026, 11, 19, 9, tzinfo=UTC))
    assert new.text.startswith("Acme's tent")


async def test_of_what_cannot_be_read_the_title_is_told() -> None:
    async with local_site() as site:
        body = sitemap(entry(site.url("/a"), published="2026-11-20T10:00:00Z", title="Acme fined"))
        site.pages |= {"/map.xml": answer(200, body), "/a": answer(403)}
        first = await heard(site, path="/map.xml")
        assert told(first) == []
        (post,) = told(await heard(site, first[-1].cursor, path="/map.xml"))
    assert (post.title, post.text) == ("Acme fined", "")


async def test_an_index_of_packed_sitemaps() -> None:
    async with local_site() as site:
        pages(site, "a", "b")
        index = "".join(
            f"<sitemap><loc>{site.url(f'/{name}')}</loc><lastmod>{day}</lastmod></sitemap>"
            for name, day in (("1.xml", "2026-01-01"), ("2.xml.gz", "2026-11-19"))
        )
        packed = gzip.compress(sitemap(entry(site.url("/a"), changed="2026-11-19")))
        site.pages |= {
            "/map.xml": answer(200, f"<sitemapindex>{index}</sitemapindex>".encode()),
            "/2.xml.gz": answer(200, packed, Content_Type="application/gzip"),
        }
        assert titles(await heard(site, path="/map.xml")) == ["About a"]
    assert "/1.xml" not in site.paths


def index(site: Site, *names: str) -> bytes:
    there = (f"<sitemap><loc>{site.url(f'/{name}')}</loc></sitemap>" for name in names)
    return answer(200, f"<sitemapindex>{''.join(there)}</sitemapindex>".encode(), ETag="1")


async def test_a_dead_sitemap_keeps_no_other_from_being_read() -> None:
    async with local_site() as site:
        pages(site, "a")
        living = answer(200, sitemap(entry(site.url("/a"))))
        site.pages |= {"/1.xml": living, "/2.xml": answer(404), "/3.xml": answer(200, b"<html>")}
        site.pages["/map.xml"] = index(site, "2.xml", "1.xml", "3.xml")
        batches = await heard(site, path="/map.xml")
        assert (titles(batches), batches[-1].skipped) == (["About a"], 2)
        assert "etag" not in batches[-1].cursor  # else what is missing would never be asked for
        site.pages["/2.xml"] = answer(503)
        with pytest.raises(FetchError, match="503"):
            await heard(site, path="/map.xml")
        site.pages["/map.xml"] = index(site, "3.xml", "4.xml")
        with pytest.raises(FetchError, match="404"):
            await heard(site, path="/map.xml")


async def test_an_index_that_does_not_say_what_changed_is_read_each_time() -> None:
    async with local_site() as site:
        pages(site, "a", "b")
        site.pages["/1.xml"] = answer(200, sitemap(entry(site.url("/a"))))
        site.pages["/map.xml"] = index(site, "1.xml")
        first = await heard(site, path="/map.xml")
        second = await heard(site, first[-1].cursor, path="/map.xml")
        site.pages["/1.xml"] = answer(200, sitemap(entry(site.url("/b")), entry(site.url("/a"))))
        assert titles(await heard(site, second[-1].cursor, path="/map.xml")) == ["About b"]
    assert (titles(first), titles(second)) == (["About a"], [])


@pytest.mark.parametrize("before", ["\n", "\ufeff\n", "\n\ufeff"])
def test_a_sitemap_after_an_empty_line(before: str) -> None:
    body = before.encode() + sitemap(entry("https://a.example/a"))
    assert is_sitemap(body)
    assert [link.url for link in read_sitemap(body, url="x", now=NOW).links] == [
        "https://a.example/a"
    ]


def test_an_impossible_address_loses_no_other() -> None:
    body = sitemap(*map(entry, ("http://[no", "https://a.example/a", "http://[no", "/b")))
    read = read_sitemap(body, url="https://a.example/map.xml", now=NOW)
    assert [link.url for link in read.links] == ["https://a.example/a", "https://a.example/b"]
    assert not read.broken


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("Thu, 19 Nov 2026 10:00:00 +0100", datetime(2026, 11, 19, 9, tzinfo=UTC)),
        (" 2026-11-19T10:00Z\n", datetime(2026, 11, 19, 10, tzinfo=UTC)),
        ("2026-11", None),
        ("Thu, 19 Nov 2099 10:00:00 GMT", None),
        ("yesterday", None),
    ],
)
def test_dates_of_a_sitemap(written: str, when: datetime | None) -> None:
    body = sitemap(entry("https://a.example/a", changed=written))
    (link,) = read_sitemap(body, url="https://a.example/", now=NOW).links
    assert link.when == when


def test_words_of_an_address_may_be_escaped() -> None:
    links = tuple(Link(url=f"https://a.example/{path}") for path in (
        "%D0%BF%D0%B0%D0%BB-%D0%BF%D1%80%D0%BE-%D1%81%D0%BD%D0%BE", "%D0%BE-%D0%BD%D0%B0%D1%81"
    ))  # fmt: skip
    assert articles_among(links, "https://a.example/", ()) == links[:1]


def test_long_addresses_take_no_longer_than_others() -> None:
    """Words that could begin anywhere would be looked for in the square of their length."""
    links = tuple(Link(url=f"https://a.example/{n}{'a' * 3000}") for n in range(1000))
    assert articles_among(links, "https://a.example/", ()) == ()


def test_a_sitemap_may_not_be_deep() -> None:
    """All that is open is kept in memory; expat would take a gigabyte of it."""
    deep = sitemap(entry("https://a.example/a"), "<x>" * 1_000_000)
    read = read_sitemap(deep, url="https://a.example/", now=NOW)
    assert ([link.url for link in read.links], read.broken) == (["https://a.example/a"], True)
    closed = sitemap(entry("https://a.example/a"), "<x>" * 100 + "</x>" * 100)
    assert read_sitemap(closed, url="https://a.example/", now=NOW).broken


async def test_an_index_of_indexes_is_doubted() -> None:
    async with local_site() as site:
        site.pages |= {"/map.xml": index(site, "1.xml"), "/1.xml": index(site, "2.xml")}
        batches = await heard(site, path="/map.xml")
    assert "lists of sitemaps" in (batches[-1].doubt or "")


async def test_an_empty_answer_is_no_page() -> None:
    async with local_site() as site:
        site.pages["/news"] = answer(200, b" \n")
        with pytest.raises(ParseError, match="empty"):
            await heard(site)


async def test_a_sitemap_that_cannot_tell_what_is_new() -> None:
    async with local_site() as site:
        many = [entry(site.url(f"/{n}")) for n in range(MOST + 1)]
        site.pages["/map.xml"] = answer(200, sitemap(*many))
        with pytest.raises(ParseError, match="which are new cannot be told"):
            await heard(site, path="/map.xml")
        some = "".join(f"<sitemap><loc>{site.url(f'/{n}.xml')}</loc></sitemap>" for n in range(11))
        site.pages["/map.xml"] = answer(200, f"<sitemapindex>{some}</sitemapindex>".encode())
        with pytest.raises(ParseError, match="11 sitemaps"):
            await heard(site, path="/map.xml")


async def test_a_big_sitemap_leaves_a_small_cursor() -> None:
    async with local_site() as site:
        pages(site, "0", "1", "2000")
        days = [NOW - timedelta(minutes=n) for n in range(2000)]
        many = [entry(site.url(f"/{n}"), changed=day.isoformat()) for n, day in enumerate(days)]
        site.pages["/map.xml"] = answer(200, sitemap(*many))
        cursor = (await heard(site, path="/map.xml", most=2))[-1].cursor
        assert sum(map(len, cursor.values())) < 4000
        fresh = entry(site.url("/2000"), changed=(NOW + timedelta(minutes=5)).isoformat())
        site.pages["/map.xml"] = answer(200, sitemap(*many, fresh))
        found = await heard(site, cursor, path="/map.xml", most=1, now=NOW + timedelta(hours=1))
    assert titles(found) == ["About 2000"]


async def test_a_sitemap_that_breaks_off() -> None:
    async with local_site() as site:
        pages(site, "a")
        cut = sitemap(entry(site.url("/a"), changed="2026-11-20"))[: -len("</urlset>")]
        site.pages["/map.xml"] = answer(200, cut)
        batches = await heard(site, path="/map.xml")
        assert (titles(batches), batches[-1].skipped) == (["About a"], 1)
        site.pages["/map.xml"] = answer(200, b"\x1f\x8bnot packed")
        with pytest.raises(ParseError, match="gzip"):
            await heard(site, path="/map.xml")
        site.pages["/map.xml"] = answer(200, gzip.compress(b"<urlset>" + b" " * 30_000_000))
        with pytest.raises(ParseError, match="larger than"):
            await heard(site, path="/map.xml")


async def test_garbage_in_the_cursor_starts_anew() -> None:
    async with local_site() as site:
        pages(site, "a-b-c")
        site.pages["/news"] = listing("/a-b-c")
        source = (await heard(site))[-1].cursor["source"]
        for cursor in ({"source": "x", "seen": "y"}, {"source": source, "since": "x", "seen": "!"}):
            assert titles(await heard(site, cursor)) == ["About a-b-c"]


async def test_a_watched_page_is_one_post_with_revisions(tmp_path: Path, store: Store) -> None:
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        path = tmp_path / "sources.toml"
        path.write_text(
            '[[brands]]\nname = "Acme"\nquery = "acme"\n[[sources]]\nname = "Terms"\n'
            f'kind = "page"\nurl = "{site.url("/terms")}"\nwatch = "changes"\nprivate = true\n',
            encoding="utf-8",
        )
        app = parts.build(load(path), store, fetcher, watch)
        (source,) = app.config.tables.sources
        for text in ("Acme ships in two days.", "Acme ships in two days.", "Acme ships in a week."):
            body = article("Terms", text, around=f"<aside>{watch.time}</aside>")
            site.pages["/terms"] = answer(200, body, **HTML)
            watch.time += timedelta(hours=1)
            assert (await app.pipeline.poll(source)).error is None
    (post,) = store.rows("SELECT title, text, key FROM posts")
    assert post["text"].startswith("Acme ships in a week.")
    (before,) = store.rows("SELECT text FROM revisions")
    assert before["text"].startswith("Acme ships in two days.")


async def test_a_user_in_the_address_is_told_to_nobody() -> None:
    async with local_site() as site:
        pages(site, "a-b-c")
        site.pages["/news"] = listing("/a-b-c")
        assert titles(await heard(site, user="ana:secret@")) == ["About a-b-c"]  # no other host
        (watched,) = told(await heard(site, path="/a-b-c", user="ana:secret@", watch="changes"))
        assert watched.url == site.url("/a-b-c")


async def test_a_watched_page_without_text() -> None:
    async with local_site() as site:
        site.pages["/app"] = answer(200, b"<html><body><script>x()</script></body></html>", **HTML)
        with pytest.raises(ParseError, match="no text"):
            await heard(site, path="/app", watch="changes")
        site.pages["/app"] = answer(200, b"<html><body><p>Down since 9.</p></body></html>", **HTML)
        (batch,) = await heard(site, path="/app", watch="changes")
        assert batch.posts[0].text == "Down since 9."


def test_a_private_address_is_not_shown() -> None:
    assert "token" not in repr(Page.Options(url="https://a.example/?token=1"))


class Paper:
    """A news sitemap, and the articles that it lists."""

    refusals: Sequence[bytes] = (answer(429, Retry_After="30"), answer(403), answer(404))
    lag = timedelta(minutes=10)

    def collector(self, url: str, tools: Tools) -> Page:
        self.url = url
        options = Page.Options(url=f"{url}/map.xml", private=True)
        return Page(options.model_copy(update={"most": MOST}), tools)  # it rests after one pass

    def key(self, item: Item) -> str:
        return f"url:{self.url}/a/{item.number}".replace("http://", "https://")

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        if question.path == "/robots.txt":
            return answer(404)
        there = {f"/a/{item.number}": item for item in shown}
        if question.path in there:
            return answer(200, article(question.path), **HTML)
        if question.path != "/map.xml":
            return answer(404)
        return answer(200, sitemap(*(self.entry(item) for item in shown)))

    def entry(self, item: Item) -> str:
        url = f"{self.url}/a/{item.number}"
        return entry(url, published=item.at.isoformat(), title=f"News {item.number}")


# An article is a request, and each request may publish others: few events make many.
FEW = EVENTS.map(lambda events: [replace(e, between=min(e.between, 1)) for e in events[:5]])


@settings(max_examples=25, deadline=None)
@given(FEW, st.sampled_from([-90, 0, 90]))
def test_no_article_is_lost(events: list[Event], skew: int) -> None:
    def small(cursor: Mapping[str, str]) -> None:
        assert sum(map(len, cursor.values())) < 4000

    async def play() -> None:
        await survives(Paper(), events, skew=timedelta(seconds=skew), check=small)

    anyio.run(play)
