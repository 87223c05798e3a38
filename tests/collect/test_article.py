from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collect.article import Article, read_article
from listener.collect.ledger import MOST, Ledger
from listener.collect.page_links import articles_among, links_of
from listener.errors import ParseError
from tests.collect.articles import article

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://paper.example/a/tent"


def read(body: bytes, media_type: str = "text/html", *, whole: bool = False) -> Article:
    return read_article(body, url=URL, media_type=media_type, now=NOW, whole=whole)


def test_only_the_main_text() -> None:
    found = read(article(around="<aside>Our newsletter: subscribe now!</aside>"))
    assert found.title == "The tent leaks"
    assert found.text.startswith(
        "Acme's tent leaks at the seams, say those who slept in it.\nNobody"
    )
    assert "newsletter" not in found.text
    assert (found.language, found.published, found.author) == ("en", None, None)


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("2026-11-19T08:30:00+01:00", datetime(2026, 11, 19, 7, 30, tzinfo=UTC)),
        ("2026-11-19", datetime(2026, 11, 19, tzinfo=UTC)),
        ("2030-01-01", None),
        ("yesterday", None),
    ],
)
def test_dates(said: str, when: datetime | None) -> None:
    head = f'<meta property="article:published_time" content="{said}">'
    assert read(article(head=head)).published == when


@pytest.mark.parametrize(
    ("charset", "media_type", "head"),
    [
        ("utf-8", "text/html", ""),
        ("utf-16", "text/html; charset=utf-16", ""),
        ("cp1252", "text/html; charset=ISO-8859-1", ""),
        ("cp1252", "text/html", ""),
        ("iso-8859-2", "", '<meta charset="iso-8859-2">'),
        ("utf-8", "text/html; charset=unheard-of", ""),
        ("utf-8", "text/html; charset=base64", ""),
        ("utf-8", "text/html; charset=punycode", ""),  # a long one would take minutes
        ("cp1252", "text/html; charset=us-ascii", ""),
        ("cp1254", "text/html; charset=ISO-8859-9", ""),
    ],
)
def test_charsets(charset: str, media_type: str, head: str) -> None:
    page = article(text="Die Zelte der Firma Käßler müßten dicht sein, sagt sie.", head=head)
    assert "Käßler müßten" in read(page.decode().encode(charset), media_type).text


@pytest.mark.parametrize(
    ("declared", "charset"),
    [("x-sjis", "cp932"), ("Shift_JIS", "cp932"), ("euc-kr", "cp949"), ("gb2312", "gb18030")],
)
def test_charsets_of_asia(declared: str, charset: str) -> None:
    words = {"cp932": "①のテント", "cp949": "텐트가 뷁", "gb18030": "朱镕基的帐篷"}[charset]
    page = article(text=f"{words}.").decode().encode(charset)
    assert words in read(page, f"text/html; charset={declared}").text


@pytest.mark.parametrize(
    ("body", "media_type", "why"),
    [
        (b"%PDF-1.7", "application/pdf", "application/pdf"),
        (b"<p>" + b"a " * 1_000_001, "text/html", "larger than"),
        (b"<div><p>a b</p></div>" * 6001, "text/html", "12,000 elements"),
        (b"<p " + b"a=1 " * 10_000 + b">", "text/html", "a tag of more"),
    ],
)
def test_what_is_no_page(body: bytes, media_type: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        read(body, media_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 1000,
        b"<div>" * 11_000 + b"Acme",
        b"<b><i>" * 5000,
        b"<ul><li>" * 5000,
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;</p>',
        b'<script type="application/ld+json">' + b'{"a":[' * 20_000 + b"</script>",
        b"<?xml version='1.0' encoding='utf-7'?><p>+ADw-</p>",
    ],
)
def test_hostile_pages_break_nothing(body: bytes) -> None:
    found = read(body)
    assert found.title is None
    assert "root:" not in found.text


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_an_article_without_controls(body: bytes) -> None:
    found = read(b"<html><body><p>" + body, whole=True)
    assert not set(found.text + (found.title or "")) & set(map(chr, range(9)))


LINKS = """
<base href="/fr/"><a href="actu/la-tente-qui-fuit">1</a> <a
 href="/2026/11/20/fuite">2</a> <a href='https://www.paper.example/article-12345.html#top'>3</a>
<a href="https://m.paper.example/article-12345.html">3 again</a> <a href="?id=987654">4</a>
<a href="/tag/la-tente-qui-fuit">tag</a> <a href="/2026/11">archive</a> <a href="/sport">no</a>
<a href="https://other.example/la-tente-qui-fuit">other</a> <a href="javascript:x-y-z()">no</a>
<a href="/la-tente-qui-fuit.jpg">picture</a> <a href="mailto:a-b-c@x.org">no</a> <a>no</a>
"""


def test_what_looks_like_an_article() -> None:
    links = links_of(LINKS, "https://paper.example/")
    assert [link.url for link in articles_among(links, "https://paper.example/", ())] == [
        "https://paper.example/fr/actu/la-tente-qui-fuit",
        "https://paper.example/2026/11/20/fuite",
        "https://www.paper.example/article-12345.html",
        "https://paper.example/fr/?id=987654",
    ]


def test_many_links_are_read_in_time() -> None:
    assert len(links_of("<a href=/x><b>" * 100_000, "https://paper.example/")) == 1


def test_a_ledger_keeps_the_newest() -> None:
    ledger = Ledger.read("")
    for n in range(MOST + 10):
        ledger.note(str(n), "s", "text")
    ledger.listed(str(n) for n in range(5))
    again = Ledger.read(ledger.kept())
    assert (again.of("0", "text"), again.of("0", "other"), again.before("0")) == ("s", "", "s")
    assert again.of("7", "text") == ""
    assert again.of(str(MOST + 9), "text") == "s"
    assert len(again.kept()) == 11 * MOST
    assert Ledger.read("!?" * 50).kept() == ""
