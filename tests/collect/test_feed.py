from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.collect.feed import Feed
from listener.collect.feed_document import read_document
from listener.collect.feed_posts import Origin, declared_language, posts_of
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, ParseError, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Post, PostKind
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
DATA = Path(__file__).resolve().parents[1] / "data" / "feed"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def read(name: str, feed: str = "https://courrier.example/rss/feed.xml") -> tuple[Post, ...]:
    return posts((DATA / name).read_bytes(), feed)


def posts(body: bytes | str, feed: str = "https://example.org/feed") -> tuple[Post, ...]:
    data = body.encode() if isinstance(body, str) else body
    origin = Origin(feed=feed, base=feed, publishes=PostKind.WEB, language=None, now=NOW)
    return posts_of(read_document(data, media_type="", url=feed).entries, origin)


def rss(*items: str, channel: str = "") -> str:
    return f'<rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'


# What a feed says


def test_rss() -> None:
    tent, photo, bare, home = read("presse.xml")
    assert tent == Post(
        key="url:https://courrier.example/conso/tentes.html",
        item="courrier-1",
        url="https://courrier.example/conso/tentes.html#xtor=RSS-1",
        title="Tentes : « Prix à 20 € » & plus",
        text="Le texte entier de l'article.\nEt sa suite, plus longue que le résumé.",
        author=Author(name="Ana Martin"),
        published=datetime(2026, 11, 19, 9, 0, tzinfo=UTC),
        language="fr",
        engagement=Engagement(comments=4),
    )
    assert (photo.key, photo.text) == ("url:https://courrier.example/photo", "Résumé.")
    assert photo.published is None
    assert photo.engagement is None
    assert bare.url is None
    assert bare.key.startswith("feed:courrier.example:")
    assert bare.published is None  # 1980
    assert (home.title, home.language, home.published) == ("De demain", "en", None)
    assert home.key.startswith("feed:courrier.example:")  # a home page is no post


def test_atom() -> None:
    first, second = read("videos.xml")
    assert first == Post(
        key="url:https://videos.example/channel/watch?v=1",
        item="video:1",
        url="https://videos.example/channel/watch?v=1",
        title="La tente <2 secondes>",
        text="Montée en direct.",
        author=Author(name="Camping Paul", url="https://videos.example/@paul"),
        published=datetime(2026, 11, 18, 8, 0, tzinfo=UTC),
        language="fr",
        engagement=Engagement(views=1234),
    )
    assert (second.text, second.language) == ("A & B", "en")
    assert second.published == datetime(2026, 11, 17, 6, 0, tzinfo=UTC)


def test_google_alerts() -> None:
    (post,) = read("alerts.xml")
    assert post.url == "https://journal.example/tente-fuit/"
    assert post.key == "url:https://journal.example/tente-fuit"
    assert (post.title, post.text) == (
        "La tente qui fuit",
        "Trois familles ont vu leur tente ...",
    )
    assert post.author is None


def test_google_news() -> None:
    (post,) = read("news.xml")
    assert (post.title, post.outlet) == ("La tente qui fuit - Le Journal", "Le Journal")
    assert post.text == ""  # it would list other outlets' titles
    assert post.url == "https://news.google.com/rss/articles/CBMiabc?oc=5"


def test_json_feed() -> None:
    document = read_document(
        (DATA / "micro.json").read_bytes(), media_type="", url="https://micro.example/feed"
    )
    assert (document.format, document.title, document.skipped) == ("JSON Feed", "Micro & co", 1)
    first, second, third = read("micro.json", "https://micro.example/feed")
    assert first == Post(
        key="url:https://micro.example/zoe/12",
        item="12",
        url="https://micro.example/zoe/12",
        text="La tente prend l'eau & moi aussi",
        author=Author(name="Zoé", url="https://micro.example/zoe"),
        published=datetime(2026, 11, 19, 15, 0, tzinfo=UTC),
        language="fr",
    )
    assert (second.text, second.language) == ("1 < 2 & <b>brut</b>", "en")
    assert second.author == Author(name="Paul")
    assert (third.url, third.title, third.published) == ("https://ailleurs.example/a", "5", None)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("fr-FR", "fr"),
        ("EN_us", "en"),
        ("fra", "fr"),
        (" de ", "de"),
        ("French", None),
        ("xx", None),
        ("und", None),
        ("", None),
        (None, None),
    ],
)
def test_declared_language(tag: str | None, code: str | None) -> None:
    assert declared_language(tag) == code


# Which post is which


def test_an_id_that_all_entries_share_names_none() -> None:
    items = [f"<item><guid>x</guid><link>https://a.org/{n}</link></item>" for n in "12"]
    assert [post.item for post in posts(rss(*items))] == ["https://a.org/1", "https://a.org/2"]


def test_an_id_forged_after_another_entry_breaks_nothing() -> None:
    (victim,) = posts(rss("<item><title>V</title></item>"))
    forged = [f"<item><guid>{victim.item}</guid><title>{n}</title></item>" for n in "12"]
    assert len(posts(rss(*forged, "<item><title>V</title></item>"))) == 3


def test_a_page_that_all_entries_share_names_none() -> None:
    items = [f"<item><title>{n}</title><link>https://a.org/news</link></item>" for n in "123"]
    found = posts(rss(*items))
    assert len({post.item for post in found}) == 3
    assert {post.key for post in found} == {"url:https://a.org/news"}
    again = posts(rss(*reversed(items)))
    assert [post.item for post in found] == [post.item for post in reversed(again)]


def test_without_id_and_address_a_correction_of_the_end_keeps_the_key() -> None:
    long = "Un long texte. " * 40
    item = "<item><title>T</title><description>{}</description></item>"
    before, after = (posts(rss(item.format(long + end)))[0] for end in ("faute", "correction"))
    assert before.key == after.key
    assert before.text != after.text


def test_very_long_ids_are_shortened() -> None:
    (post,) = posts(rss(f"<item><guid>{'x' * 9999}</guid><title>T</title></item>"))
    assert len(post.item) < 50


def test_links_that_are_no_web_addresses_are_none() -> None:
    for link in ("javascript:alert(1)", "magnet:?xt=1", "http://[/"):
        (post,) = posts(rss(f"<item><title>T</title><guid>1</guid><link>{link}</link></item>"))
        assert post.url is None


def test_a_guid_that_is_no_address_is_no_link() -> None:
    (post,) = posts(rss("<item><title>T</title><guid>42</guid></item>"))
    assert (post.url, post.item) == (None, "42")


def test_texts_are_capped() -> None:
    (post,) = posts(
        rss(f"<item><title>{'t' * 9000}</title><description>{'d' * 300_000}</description></item>")
    )
    assert len(post.text) == 100_000
    assert len(post.title or "") == 1_000


def test_one_broken_spot_does_not_lose_a_feed() -> None:
    good = "<item><title>good</title></item>"
    for broken in ("&#x110000;", "&#99999999;", "&#xD800;", "&nosuch;", "\x0b", "<b>", "&", "]]>"):
        found = posts(rss(f"<item><title>bad {broken}</title></item>", good))
        assert "good" in [post.title for post in found], broken
    spoilt = b'{"items": [{"title": "caf\xe9 \x01 \\ud83d"}]}'
    assert [post.title for post in posts(spoilt)] == ["caf\ufffd"]


def test_an_emoji_may_be_written_in_halves() -> None:
    (post,) = posts(rss("<item><title>Wet &#55357;&#56832;&#xD83D;&#xDE00; &#8364;</title></item>"))
    assert post.title == "Wet \U0001f600\U0001f600 \u20ac"


def test_half_a_letter_is_stored_nowhere() -> None:
    item: dict[str, object] = {"id": "a\ud83d", "url": "https://x.example/\ud83d1", "title": "One"}
    item |= {"authors": [{"name": "Ana", "url": "https://x.example/\ud83d"}]}
    one, two = posts(json.dumps({"items": [item, item | {"id": "b\ud83d", "url": "/2"}]}))
    assert one.item != two.item
    assert one.author is not None
    for text in (one.key, one.item, one.url, one.author.url, two.item):
        (text or "").encode()


# What is no feed


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "the answer is empty"),
        (b"\xef\xbb\xbf \n", "the answer is empty"),
        (b"oops", "neither RSS, Atom nor JSON Feed"),
        (b"<a><b/></a>", "neither RSS, Atom nor JSON Feed"),
        (b"\x89PNG\r\n\x1a\n\x00", "neither RSS, Atom nor JSON Feed"),
        (b'{"errors": []}', "it is JSON, but no JSON Feed"),
        (b'["a"]', "it is JSON, but no JSON Feed"),
        (b'{"a"', "begins like JSON and is none"),
        (b'{"a":' * 200_000, "begins like JSON and is none"),
        (b'{"items": [1, 2]}', "none of 2 entries could be read"),
        (b"<!DOCTYPE html><html><body>hi</body></html>", "announces no feed"),
    ],
)
def test_no_feed(body: bytes, cause: str) -> None:
    with pytest.raises(ParseError, match=cause):
        read_document(body, media_type="text/html", url="https://example.org/")


def test_a_web_page_says_which_feeds_it_announces() -> None:
    page = b'<html><link rel="alternate" type="application/rss+xml" href="/feed"></html>'
    with pytest.raises(ParseError, match=r"announces https://example\.org/feed$"):
        read_document(page, media_type="text/html", url="https://example.org/a")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert posts(rss()) == ()
    assert posts('{"version": "https://jsonfeed.org/version/1", "items": []}') == ()


def test_entities_are_neither_expanded_nor_read_from_files() -> None:
    steps = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<!ENTITY e0 "ha">{steps}<!ENTITY file SYSTEM "file:///etc/passwd">'
    body = f"<!DOCTYPE x [{declared}]>" + rss("<item><title>T &e11; &file;</title></item>")
    (post,) = posts(body)
    assert len(post.title or "") < 100
    assert "root" not in (post.title or "")


TAGS = ("item", "entry", "title", "link", "guid", "description", "content", "pubDate", "author")
PIECES = [f"<{t}>" for t in TAGS] + [f"</{t}>" for t in TAGS] + ["<![CDATA[", "]]>", "&x;", "\0"]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=30))
def test_any_xml_gives_posts_or_a_parse_error(pieces: list[str]) -> None:
    body = rss("<item>" + "".join(pieces)).encode("utf-8", "replace")
    try:
        found = posts(body)
    except ParseError:
        return
    assert found == posts(body)
    assert len({post.item for post in found}) == len(found)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["id", "url", "title", "content_html", "content_text", "date_published", "authors", "language"]
)


@given(st.lists(st.dictionaries(FIELDS, JSON), min_size=1, max_size=4))
def test_any_json_gives_posts(items: list[dict[str, object]]) -> None:
    for post in posts(json.dumps({"items": items})):
        (post.title or "").encode()
        post.text.encode()


# Asking for it


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with local_site() as site:
        yield site


@pytest.fixture
async def fetcher(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fetcher]:
    monkeypatch.setenv("no_proxy", "*")
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        fetcher.pacing.interval = 0
        yield fetcher


async def collect(
    fetcher: Fetcher, url: str, cursor: Mapping[str, str] | None = None, **options: object
) -> Batch:
    feed = Feed(
        Feed.Options.model_validate({"url": url, "private": True, **options}),
        Tools(fetcher=fetcher, clock=Watch()),
    )
    batches = [batch async for batch in feed.collect(cursor or {})]
    assert len(batches) == 1
    return batches[0]


ONE = rss("<item><title>Un</title><link>https://a.org/1</link></item>").encode()
TWO = rss("<item><title>Deux</title><link>https://a.org/2</link></item>").encode()


async def test_options_reach_the_posts(site: Site, fetcher: Fetcher) -> None:
    body = gzip.compress((DATA / "presse.xml").read_bytes())
    site.pages["/feed"] = answer(200, body, Content_Encoding="gzip")
    batch = await collect(fetcher, site.url("/feed"), publishes="news", language="de")
    assert {post.kind for post in batch.posts} == {PostKind.NEWS}
    assert {post.language for post in batch.posts} == {"de"}
    assert batch.posts[0].url == site.url("/conso/tentes.html#xtor=RSS-1")
    assert batch.wait == timedelta(minutes=30)


async def test_entries_that_say_nothing_are_counted(site: Site, fetcher: Fetcher) -> None:
    site.pages["/feed"] = answer(200, rss("<item/>", "<item><x>1</x></item>").encode())
    batch = await collect(fetcher, site.url("/feed"))
    assert (batch.posts, batch.skipped) == ((), 2)


@pytest.mark.parametrize(
    ("declared", "header"),
    [
        ("utf-8", "; charset=punycode"),
        (" Punycode", ""),
        ("idna", "; charset=unheard-of"),
        ("utf-8", "; charset=cp037"),
    ],
)
async def test_a_charset_that_would_keep_readers_busy(
    site: Site, fetcher: Fetcher, declared: str, header: str
) -> None:
    """Reading it takes the square of its length."""
    body = f'<?xml version="1.0" encoding="{declared}"?>{rss("<item><title>a</title></item>")}'
    site.pages["/feed"] = answer(200, body.encode(), Content_Type=f"application/xml{header}")
    with pytest.raises(ParseError, match="a charset that is none of the web"):
        await collect(fetcher, site.url("/feed"))


@pytest.mark.parametrize(
    "head",
    [
        "<?xml " + 'encoding=""' * 40_000 + "?>",
        "<?xml " + 'encoding=""' * 200 + "?>",
        "<?xml version='1.0'?>" + "\n" * 200_000,
        "<?xml version='1.0'?>" + "\n<!ENTITY" * 200_000,
    ],
)
async def test_what_would_keep_readers_busy_is_no_feed(
    site: Site, fetcher: Fetcher, head: str
) -> None:
    """feedparser takes the cube of the declaration's length, and the square of empty lines."""
    for body in (head.encode(), head.encode("utf-16"), head.encode("cp037")):
        site.pages["/feed"] = answer(200, body, Content_Type="application/xml")
        with pytest.raises(ParseError):
            await collect(fetcher, site.url("/feed"))


@pytest.mark.parametrize("letter", ["a", "@"])
async def test_a_long_name_and_many_tags_take_no_longer_than_others(
    site: Site, fetcher: Fetcher, letter: str
) -> None:
    """feedparser alone would need an hour."""
    tags = "".join(f"<category>{n}</category>" for n in range(20_000))
    item = f"<item><title>a</title><author>{letter * 500_000}</author>{tags}</item>"
    site.pages["/feed"] = answer(200, rss(item).encode(), Content_Type="application/xml")
    (post,) = (await collect(fetcher, site.url("/feed"))).posts
    assert post.author == Author(name=letter * 200)


@pytest.mark.parametrize("sent", ["utf-8", "utf-16", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("said", ["utf-16", "utf-8"])
async def test_the_width_of_letters_is_seen_not_said(
    site: Site, fetcher: Fetcher, sent: str, said: str
) -> None:
    item = "<item><title>été</title></item>"
    for even in ("", " "):
        body = f'<?xml version="1.0" encoding="{said}"?>{even}\n\n{rss(item)}'.encode(sent)
        site.pages["/feed"] = answer(200, body, Content_Type="application/xml")
        assert (await collect(fetcher, site.url("/feed"))).posts[0].title == "été"


async def test_entities_of_a_feed_s_own(site: Site, fetcher: Fetcher) -> None:
    own = '<!DOCTYPE rss [\n\n  <!ENTITY tent "Zelt">\n]>'
    body = f'<?xml version="1.0"?>{own}{rss("<item><title>&tent;</title></item>")}'
    site.pages["/feed"] = answer(200, body.encode(), Content_Type="application/xml")
    assert (await collect(fetcher, site.url("/feed"))).posts[0].title == "Zelt"


async def test_a_charset_of_the_header_counts(site: Site, fetcher: Fetcher) -> None:
    body = rss("<item><title>été</title></item>").encode("cp1252")
    site.pages["/feed"] = answer(200, body, Content_Type="application/rss+xml; charset=cp1252")
    assert (await collect(fetcher, site.url("/feed"))).posts[0].title == "été"


@pytest.mark.parametrize(
    "old", [{}, {"modified": "ven., 20 d\u00e9c. 2026", "etag": "\u20ac\r\nX: y"}]
)
async def test_a_date_in_the_server_s_own_language_is_not_sent_back(
    site: Site, fetcher: Fetcher, old: Mapping[str, str]
) -> None:
    site.pages["/feed"] = (
        b"HTTP/1.1 200 OK\r\nLast-Modified: ven., 20 d\xe9c. 2026 10:00:00 GMT\r\n"
        b"Connection: close\r\n\r\n" + ONE
    )
    first = await collect(fetcher, site.url("/feed"))
    site.pages["/feed"] = answer(200, TWO)
    second = await collect(fetcher, site.url("/feed"), {**first.cursor, **old})
    assert [post.title for post in second.posts] == ["Deux"]


async def test_asks_conditionally(site: Site, fetcher: Fetcher) -> None:
    site.pages["/feed"] = answer(200, ONE, ETag='"1"', Last_Modified="Thu, 19 Nov 2026 10:00 GMT")
    first = await collect(fetcher, site.url("/feed"))
    assert len(first.posts) == 1
    assert "if-none-match" not in site.requests[0].headers
    site.pages["/feed"] = answer(304)
    second = await collect(fetcher, site.url("/feed"), first.cursor)
    assert second == Batch(posts=(), cursor=first.cursor)
    asked = site.requests[1].headers
    assert asked["if-none-match"] == '"1"'
    assert asked["if-modified-since"] == "Thu, 19 Nov 2026 10:00 GMT"


async def test_the_same_bytes_give_no_posts(site: Site, fetcher: Fetcher) -> None:
    site.pages["/feed"] = answer(200, ONE, ETag='"1"')
    first = await collect(fetcher, site.url("/feed"))
    site.pages["/feed"] = answer(200, ONE, ETag='"2"')
    second = await collect(fetcher, site.url("/feed"), first.cursor)
    assert (second.posts, second.cursor["etag"]) == ((), '"2"')
    site.pages["/feed"] = answer(200, TWO)
    third = await collect(fetcher, site.url("/feed"), second.cursor)
    assert [post.title for post in third.posts] == ["Deux"]
    assert "etag" not in third.cursor


async def test_a_cursor_of_another_url_is_worth_nothing(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/a": answer(200, ONE, ETag='"1"'), "/b": answer(200, ONE)}
    first = await collect(fetcher, site.url("/a"))
    second = await collect(fetcher, site.url("/b"), first.cursor)
    assert len(second.posts) == 1
    assert "if-none-match" not in site.requests[1].headers


async def test_a_permanent_move_is_remembered(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/old": answer(301, Location="/new"), "/new": answer(200, ONE)}
    first = await collect(fetcher, site.url("/old"))
    await collect(fetcher, site.url("/old"), first.cursor)
    second = await collect(fetcher, site.url("/old"), first.cursor)
    assert site.paths == ["/old", "/new", "/new", "/new"]
    assert second.cursor == first.cursor
    other = await collect(fetcher, site.url("/new"), second.cursor)
    assert "url" not in other.cursor


async def test_a_temporary_move_is_not(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/old": answer(302, Location="/new"), "/new": answer(200, ONE)}
    batch = await collect(fetcher, site.url("/old"))
    assert "url" not in batch.cursor


@pytest.mark.parametrize("page", [answer(404), answer(410), answer(200, b"<html></html>")])
async def test_a_move_that_turns_out_wrong_is_forgotten(
    site: Site, fetcher: Fetcher, page: bytes
) -> None:
    site.pages |= {"/old": answer(301, Location="/new"), "/new": answer(200, ONE)}
    first = await collect(fetcher, site.url("/old"))
    site.pages |= {"/old": answer(200, TWO), "/new": page}
    second = await collect(fetcher, site.url("/old"), first.cursor)
    assert [post.title for post in second.posts] == ["Deux"]
    assert "url" not in second.cursor


async def test_a_rate_limit_at_the_new_address_is_respected(site: Site, fetcher: Fetcher) -> None:
    site.pages |= {"/old": answer(301, Location="/new"), "/new": answer(200, ONE)}
    first = await collect(fetcher, site.url("/old"))
    site.pages["/new"] = answer(429, Retry_After="60")
    with pytest.raises(RateLimited):
        await collect(fetcher, site.url("/old"), first.cursor)
    assert site.paths == ["/old", "/new", "/new"]


@pytest.mark.parametrize(
    ("headers", "channel", "wait"),
    [
        ({}, "", None),
        ({"Cache_Control": "public, max-age=600"}, "", timedelta(minutes=10)),
        ({"Cache_Control": "max-age=31536000"}, "", timedelta(days=1)),
        ({"Cache_Control": "no-cache, max-age=0"}, "", None),
        ({"Expires": f"Fri, 20 Nov {10**20} 12:00:00 GMT"}, "", None),
        ({"Expires": "Fri, 20 Nov 2026 13:00:00 GMT"}, "", timedelta(hours=1)),
        ({"Expires": "0"}, "", None),
        ({}, "<ttl>90</ttl>", timedelta(minutes=90)),
        ({}, "<ttl>-1</ttl>", None),
        ({}, "<ttl>999999999</ttl>", timedelta(days=1)),
        ({"Cache_Control": "max-age=60"}, "<ttl>90</ttl>", timedelta(minutes=90)),
    ],
)
async def test_how_long_to_wait(
    site: Site, fetcher: Fetcher, headers: dict[str, str], channel: str, wait: timedelta | None
) -> None:
    site.pages["/feed"] = answer(200, rss(channel=channel).encode(), **headers)
    first = await collect(fetcher, site.url("/feed"))
    assert first.wait == wait
    site.pages["/feed"] = answer(304, b"", **headers)
    assert (await collect(fetcher, site.url("/feed"), first.cursor)).wait == wait


def test_the_syndication_module_says_how_often() -> None:
    namespace = "http://purl.org/rss/1.0/modules/syndication/"
    body = rss(
        channel=f'<u:updatePeriod xmlns:u="{namespace}">daily</u:updatePeriod>'
        f'<u:updateFrequency xmlns:u="{namespace}">4</u:updateFrequency>'
    ).encode()
    document = read_document(body, media_type="", url="https://example.org/")
    assert document.every == timedelta(hours=6)


async def test_errors_do_not_tell_the_address(site: Site, fetcher: Fetcher) -> None:
    path = "/private/0123456789abcdef0123/feed?key=hunter2"
    for page, error in (
        (answer(200, b"no feed"), ParseError),
        (answer(404), FetchError),
        (answer(401), AccessDenied),
        (answer(429, Retry_After="1"), RateLimited),
    ):
        site.pages[path] = page
        with pytest.raises(error) as raised:
            await collect(fetcher, site.url(path))
        assert isinstance(raised.value, SourceError)
        assert "127.0.0.1" in str(raised.value)
        assert "hunter2" not in str(raised.value)
        assert "0123456789abcdef" not in str(raised.value)
    assert "hunter2" not in repr(Feed.Options(url=site.url(path)))


async def test_a_private_address_needs_the_option(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="private = true"):
        await collect(fetcher, site.url("/feed"), private=False)


def test_options_are_checked() -> None:
    with pytest.raises(ValidationError):
        Feed.Options.model_validate({"url": "https://example.org", "evry": "1h"})
    with pytest.raises(ValidationError):
        Feed.Options.model_validate({"url": "https://example.org", "publishes": "gossip"})
    for name, field in Feed.Options.model_fields.items():
        assert field.description, name
