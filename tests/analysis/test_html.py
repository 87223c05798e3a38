from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.html import announced_feeds, plain, text_of

TAGS = ("<p>", "</p>", "<script>", "</script>", "<!--", "&amp;", "<br/>", "<a href='")
MARKUP = st.lists(st.sampled_from([*"ab <>/&;\"'=!-\né\u0301\u200d", *TAGS])).map("".join)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Caf&eacute; &amp; th&#233;</p><p>deux\n lignes</p>", "Café & thé\ndeux lignes"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>un<li>deux</ul>", "un\ndeux"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("<b>gr</b>as", "gras"),
        ("x<script>let a = '<p>'</script><style>p{}</style>y", "xy"),
        ("x <span hidden>no</span><i style='display:none'>no</i><!-- no -->y", "x y"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<p>&amp;amp;</p>", "&amp;"),
        ("<![CDATA[<p>twice wrapped</p>]]>", "twice wrapped"),
        ('cut off <a href="https://exam', "cut off"),
        ("<o:p>Word</o:p>", "Word"),
        ('<a title="a > b">link</a>', "link"),
        ("", ""),
    ],
)
def test_markup_is_read(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    "text",
    ["AT&T", "a < b", "5 > 3", "i <3 u", "vector<int> v", "?a=1&copy=2", "x<-y", "1 << 2", "👍 &"],
)
def test_what_is_no_html_passes_unharmed(text: str) -> None:
    assert text_of(text) == text
    assert text_of(f"<p>{text.replace('&copy', '&amp;copy')}</p>") == text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("Déca\xadthlon", "Décathlon"),
        ("dec\u200bath\u200dlon\ufeff", "decathlon"),
        ("De\u0301cathlon", "Décathlon"),
        ("\u202egnp.exe\u202c \u2066x\u2069", "gnp.exe x"),
        ("a\x00b\x1b[31m\x07", "ab[31m"),
        ("lone \ud83d surrogate", "lone surrogate"),
        (" a\u00a0 b\t c \n\n\n d\u2028e", "a b c\nd\ne"),
        ("👨\u200d👩\u200d👧 ❤️\u200d🔥", "👨\u200d👩\u200d👧 ❤️\u200d🔥"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_plain(dirty: str, clean: str) -> None:
    assert plain(dirty) == clean
    assert text_of(f"<p>{dirty}</p>".replace("\u2028", "<br>").replace("\n", "<br>")) == clean


@pytest.mark.parametrize(
    "piece",
    [
        "<div>", "<b><p>", "<p>x", "</p>", "<!--", "<script>", "<", "<a b='", "<svg><p>", "&amp",
        "<style>x", "<table>", "e\u0301\u0316", "\u200d", "<![CDATA[", "<link ", "\xa0<",
    ],
)  # fmt: skip
def test_hostile_input_is_read_in_one_pass(piece: str) -> None:
    """Megabytes of each; a quadratic step would take minutes."""
    html = piece * (3_000_000 // len(piece))
    text_of(html).encode()
    announced_feeds(html, "https://example.org/")


def test_attribute_bombs_and_deep_nesting_take_the_linear_path() -> None:
    attributes = " ".join(f"a{number}=1" for number in range(100_000))
    assert text_of(f"<div {attributes}>seen</div>") == "seen"
    deep = "<div>" * 100_000 + "seen" + "</div>" * 60_000
    assert text_of(deep) == "seen"


def test_the_linear_path_reads_what_the_parser_reads() -> None:
    html = "<p>Un &amp; deux<script>var a</script></p><!-- no --><div>trois<br>quatre</div>"
    assert text_of(html) == "Un & deux\ntrois\nquatre"
    padding = "<i></i>" * 40_000
    assert text_of(html + padding) == "Un & deux\ntrois\nquatre"


@given(st.one_of(st.text(), MARKUP))
def test_any_text_gives_tidy_text(html: str) -> None:
    text = text_of(html)
    text.encode()
    assert plain(text) == text
    announced_feeds(html, "https://example.org/")


def test_announced_feeds() -> None:
    page = """<html><head><base href="/blog/">
      <link rel="alternate" type="application/rss+xml" title="Les &amp; news" href="feed">
      <link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="//cdn.example.org/a">
      <link rel="alternate" type="application/feed+json" href="https://example.org/f.json">
      <link rel="alternate" type="application/rss+xml" title="again" href="feed">
      <link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">
      <link rel="alternate" hreflang="fr" href="/fr"> <link rel="stylesheet" href="/a.css">
      <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
      <link rel="alternate" type="application/rss+xml" href="http://[/">
      <link rel="alternate" type="application/rss+xml" href="">"""
    assert announced_feeds(page, "https://example.org/x/y") == (
        ("https://example.org/blog/feed", "Les & news"),
        ("https://cdn.example.org/a", ""),
        ("https://example.org/f.json", ""),
    )


def test_announced_feeds_are_few() -> None:
    links = (
        f'<link rel=alternate type="application/rss+xml" href=/{number}>' for number in range(999)
    )
    assert len(announced_feeds("".join(links), "https://example.org/")) == 20
