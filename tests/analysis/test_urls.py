from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.urls import canonical, is_identity, site, unwrap

ODD = st.text(st.sampled_from("abwm.:/?#&=%25!+ @[]~\\é\u0301-_1p\n"), max_size=60)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("HTTP://WWW.Example.org:80/A/", "https://example.org/A"),
        ("https://example.org:443", "https://example.org/"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://user:pw@example.org/a", "https://example.org/a"),
        ("https://m.example.org/a", "https://example.org/a"),
        ("https://www2.example.org/a", "https://example.org/a"),
        ("https://m.co/a", "https://m.co/a"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://example.org/Décathlon", "https://example.org/D%C3%A9cathlon"),
        ("https://example.org/d%c3%a9%7ea", "https://example.org/d%C3%A9~a"),
        ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
        ("https://example.org/a?b=2&a=1&a=0", "https://example.org/a?a=1&a=0&b=2"),
        ("https://example.org/a?p&utm_source=x&UTM_medium=y&fbclid=z", "https://example.org/a?p"),
        ("https://example.org/a?at_medium=RSS&at_campaign=K&id=7", "https://example.org/a?id=7"),
        ("https://medium.com/p/x?source=rss----1---4", "https://medium.com/p/x"),
        ("https://example.org/a.html#xtor=RSS-3208", "https://example.org/a.html"),
        ("https://example.org/a/amp/", "https://example.org/a"),
        ("https://example.org/a?amp=1", "https://example.org/a"),
        ("https://example.org/a#top", "https://example.org/a"),
        ("https://example.org/a/#comment-12", "https://example.org/a#comment-12"),
        ("https://example.org/26.html#a080605", "https://example.org/26.html#a080605"),
        ("https://example.org/#!/topic", "https://example.org/#!/topic"),
        ("http://[::1]:80/a", "https://[::1]/a"),
    ],
)
def test_canonical(url: str, form: str) -> None:
    assert canonical(url) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    "url",
    ["", "example.org/a", "//example.org/a", "ftp://example.org/a", "javascript:alert(1)",
     "mailto:a@example.org", "http://", "https:///a", "http://[/", "https://a b.org/", "http://x..y/",
     "https://example.org:99999/", "https://example.org/" + "a" * 5000],
)  # fmt: skip
def test_no_url(url: str) -> None:
    assert canonical(url) is None
    assert site(url) is None
    assert not is_identity(url)
    assert unwrap(url) == url


@pytest.mark.parametrize(
    "query",
    [
        "id=1",
        "page=2",
        "gl=3",
        "cid=4",
        "reference=5",
        "keyword=6",
        "session=7",
        "ref=8",
        "gallery=9",
    ],
)
def test_parameters_that_may_name_a_page_stay(query: str) -> None:
    assert canonical(f"https://example.org/a?{query}") == f"https://example.org/a?{query}"


@given(ODD)
def test_canonical_is_idempotent(rest: str) -> None:
    for url in (rest, f"http://{rest}", f"https://example.org/{rest}"):
        form = canonical(url)
        assert form is None or canonical(form) == form
        assert (form is None) == (site(url) is None)
        unwrap(url)


@given(st.text())
def test_nothing_raises(text: str) -> None:
    assert canonical(text) is None or text
    unwrap(text)
    is_identity(text)


def test_site() -> None:
    assert site("https://www.lemonde.fr/a") == "lemonde.fr"
    assert site("https://sport.lemonde.fr:81/a") == "sport.lemonde.fr"


@pytest.mark.parametrize(
    ("url", "stands_for_a_post"),
    [
        ("https://example.org/a", True),
        ("https://example.org/?p=12", True),
        ("https://example.org", False),
        ("https://www.example.org/?utm_source=rss", False),
        ("https://example.org/index.php", False),
    ],
)
def test_is_identity(url: str, stands_for_a_post: bool) -> None:
    assert is_identity(url) is stands_for_a_post


@pytest.mark.parametrize(
    ("wrapped", "url"),
    [
        (
            "https://www.google.com/url?rct=j&sa=t&url=https://a.example/x%3Fy%3D1&ct=ga&usg=AF",
            "https://a.example/x?y=1",
        ),
        ("https://www.google.co.uk/url?q=http://a.example/", "http://a.example/"),
        (
            "https://www.google.fr/url?q=https://www.google.com/url%3Furl%3Dhttp://b.example/c",
            "http://b.example/c",
        ),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2F&h=AT", "https://a.example/"),
    ],
)
def test_unwrap(wrapped: str, url: str) -> None:
    assert unwrap(wrapped) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://news.google.com/rss/articles/CBMiabc?oc=5",
        "https://www.google.com/url?url=javascript:alert(1)",
        "https://www.google.com/search?q=https://a.example/",
        "https://notgoogle.example/url?url=https://a.example/",
        "https://google.com.evil.example/url?url=https://a.example/",
    ],
)
def test_what_is_not_wrapped_stays(url: str) -> None:
    assert unwrap(url) == url
