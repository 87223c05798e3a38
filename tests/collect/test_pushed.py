"""Posts as people push and import them: the fields, the signature, and a silence that is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from listener.analysis.urls import canonical
from listener.clock import Clock
from listener.collect.pushed import CAME, Pushed, came, last_came, origin, slug
from listener.collect.pushed_posts import (
    Origin,
    Problem,
    PushedPost,
    items_of,
    read_post,
    unique,
)
from listener.collect.tools import Tools
from listener.collect.webhook import TOLERANCE, Webhook, doubt_of, is_signed, sign
from listener.errors import ParseError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Post, PostKind
from tests.fakes import MONDAY, FakeClock

OPENSSL = "722ce420effc2269c1647d47eda0ef47310fbf2470fbe8587dd58834a2b67a76"
HERE = Origin(slug="shop", publishes=PostKind.REVIEW, language="fr", now=MONDAY)


def read(**fields: object) -> Post:
    found = read_post(fields, HERE)
    assert isinstance(found, Post), found
    return found


def problems(**fields: object) -> list[tuple[str | None, str]]:
    found = read_post(fields, HERE)
    assert not isinstance(found, Post)
    return [(problem.field, problem.why) for problem in found]


def test_every_field_finds_its_place() -> None:
    post = read(
        id=12,
        url="https://shop.example/r/12?utm_source=x",
        title=" A\n title ",
        text="Two\nlines  here",
        published="2026-03-01T09:00:00+01:00",
        author="Jo Doe",
        handle="@jo",
        author_url="https://shop.example/u/jo",
        followers=0,
        outlet="The Shop",
        kind="news",
        language="en-GB",
        rating=0.8,
        likes=1,
        shares="2",
        comments=3,
        views=4,
        parent="shop:11",
        root="shop:1",
    )
    assert post == Post(
        key="url:https://shop.example/r/12",
        item="12",
        url="https://shop.example/r/12?utm_source=x",
        title="A title",
        text="Two\nlines here",
        published=datetime(2026, 3, 1, 8, tzinfo=UTC),
        author=Author(name="Jo Doe", handle="jo", url="https://shop.example/u/jo", followers=0),
        outlet="The Shop",
        kind=PostKind.NEWS,
        language="en",
        rating=0.8,
        engagement=Engagement(likes=1, shares=2, comments=3, views=4),
        parent="shop:11",
        root="shop:1",
    )


def test_what_is_not_said_is_not_known_but_for_what_the_source_says() -> None:
    post = read(text="Acme leaks", title="", author=None, likes="")
    assert (post.kind, post.language) == (PostKind.REVIEW, "fr")
    unknown = (post.author, post.engagement, post.published, post.rating, post.title)
    assert unknown == (None,) * 5


@pytest.mark.parametrize(
    "key",
    [
        "mastodon:https://\u00e9.example/1",
        "pushed:\u0142odz-\u65e5\u672c:12",
        "hackernews:1",
        f"url:{canonical('https://a.example/' + 'ж' * 3900)}",
    ],
)
def test_a_key_of_any_script_is_taken_back(key: str) -> None:
    assert read(text="Acme", key=key, parent=key).key == key


def test_a_rating_may_have_the_comma_of_a_french_spreadsheet() -> None:
    assert read(text="a", rating="0,8").rating == 0.8
    assert problems(text="a", rating="1,5")[0][0] == "rating"


def test_a_language_that_a_platform_declared_is_taken_back() -> None:
    assert [read(text="a", language=code).language for code in ("fr-CA", "iw", "tl")] == [
        "fr",
        "he",
        "tl",
    ]


def test_html_becomes_text_and_plain_text_stays_as_it_is() -> None:
    assert read(html="<p>Acme &amp; co</p><script>x</script>").text == "Acme & co"
    assert read(text="a <b> &amp; c").text == "a <b> &amp; c"
    assert read(text="\u202egood\x00").text == "good"


def test_who_is_who() -> None:
    page = "https://shop.example/a"
    assert read(text="a", key="hn:1", url=page).key == "hn:1"
    assert read(text="a", id="x", url=page).key == f"url:{page}"
    assert read(text="a", url=page).item == page
    at_home = read(text="a", id="x")
    assert at_home.key.startswith("pushed:shop:")
    assert at_home.key == read(text="b", id="x").key, "an edit is the same post"
    assert read(text="a").key != read(text="b").key
    assert read(text="a", author="J").item == read(text="a", author="J", likes=3).item
    assert read(text="a", url="https://shop.example/").key.startswith("pushed:"), "a home page"
    assert len(read(text="a", id="y" * 900).item) <= 500
    assert read(text="a", id="y" * 1200 + "1").item != read(text="a", id="y" * 1200 + "2").item


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"text": 3}, "must be text"),
        ({"title": ["a"]}, "must be text"),
        ({"url": "javascript:alert(1)"}, "must be an http or https address"),
        ({"author_url": "file:///etc"}, "must be an http or https address"),
        ({"kind": "tweet"}, "must be one of: news, blog,"),
        ({"language": "klingon"}, 'must be a language code, like "fr"'),
        ({"likes": -1}, "must be a whole number from 0"),
        ({"views": True}, "must be a whole number from 0"),
        ({"shares": 1.5}, "must be a whole number from 0"),
        ({"followers": 2**60}, "must be a whole number from 0"),
        ({"rating": 5}, "from 0 (worst) to 1 (best)"),
        ({"rating": True}, "from 0 (worst) to 1 (best)"),
        ({"rating": "nan"}, "from 0 (worst) to 1 (best)"),
        ({"published": "20/11/2026"}, "must be a time"),
        ({"published": "2026-01-20T08:00:00"}, "must name its time zone"),
        ({"published": "2026-03-04T08:00:00Z"}, "not in the future"),
        ({"published": 1e300}, "must be a time"),
        ({"published": True}, "must be a time"),
        ({"published": -1}, "must lie after 1990"),
        ({"key": "two words"}, "must be one word"),
        ({"key": "two\u2028lines"}, "must be one word"),
        ({"key": "k" * 50_001}, "must be one word"),
        ({"id": {"a": 1}}, "must be text"),
        ({"lkes": 1}, 'did you mean "likes"?'),
    ],
)
def test_what_does_not_fit_is_told_with_its_field(fields: dict[str, object], why: str) -> None:
    told = problems(**({"title": "Acme"} | fields))
    assert [field for field, _ in told] == list(fields)
    assert why in told[0][1]


def test_a_zone_can_be_given_for_all_times_that_name_none() -> None:
    there = HERE.within(ZoneInfo("Europe/Paris"))
    for said in ("2026-02-20T08:00", "2026-02-20T07:00Z", 1771570800, "1771570800"):
        post = read_post({"text": "a", "published": said}, there)
        assert isinstance(post, Post)
        assert post.published == datetime(2026, 2, 20, 7, tzinfo=UTC)


def test_an_item_that_comes_twice_is_taken_as_it_was_said_last() -> None:
    first, second, other = read(id=1, text="a"), read(id=1, text="b"), read(id=2, text="c")
    assert unique([first, other, second]) == (second, other)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from([*PushedPost.model_fields, "source", "x"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=8) | JSON)
def test_whatever_comes_is_a_post_or_told(item: object) -> None:
    found = read_post(item, HERE)
    if isinstance(found, Post):
        assert found.title or found.text
        assert found.item
        assert found.key.isascii()
        assert "\x00" not in repr(found)
        assert found.published is None or found.published.tzinfo is UTC
        assert isinstance(found.kind, PostKind)
    else:
        assert found
        assert all(isinstance(problem, Problem) and problem.why for problem in found)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_whatever_bytes_come_they_are_read_or_refused(body: bytes, lines: bool) -> None:
    try:
        found = items_of(body, lines=lines)
    except ParseError as exc:
        assert "is no JSON" in str(exc)  # noqa: PT017
    else:
        count = sum(1 for line in body.split(b"\n") if line.strip())
        assert not lines or len(found) == count


@settings(max_examples=100, deadline=None)
@given(st.lists(JSON, max_size=5))
def test_a_list_and_lines_say_the_same(items: list[object]) -> None:
    try:
        body = json.dumps(items, allow_nan=False).encode()
        lines = "\n".join(json.dumps(item) for item in items).encode()
        one = items_of(body, lines=False)
    except (ValueError, ParseError):
        return  # no JSON: NaN, half a surrogate
    assert one == items_of(lines, lines=True)


def test_a_signature_fits_one_secret_one_body_and_one_time() -> None:
    header = sign("secret", b"body", MONDAY)
    assert header.startswith(f"t={int(MONDAY.timestamp())},v1=")
    assert is_signed(header, "secret", b"body")
    assert not is_signed(header, "secreT", b"body")
    assert not is_signed(header, "secret", b"bodY")
    later = header.replace(header[2:12], str(int(header[2:12]) + 1))
    assert not is_signed(later, "secret", b"body")
    assert doubt_of(header, MONDAY + TOLERANCE) is None
    assert doubt_of(header, MONDAY + TOLERANCE + timedelta(seconds=1)) is not None


def test_the_signature_is_what_openssl_makes() -> None:
    """printf '1700000000.{"text":"Acme"}' | openssl dgst -sha256 -hmac 0123456789abcdef"""
    moment = datetime.fromtimestamp(1_700_000_000, UTC)
    made = sign("0123456789abcdef", b'{"text":"Acme"}', moment)
    assert made == f"t=1700000000,v1={OPENSSL}"


@settings(max_examples=100, deadline=None)
@given(st.text() | st.from_regex(r"(t=\d{0,14}|v1=[0-9a-f]{60,66}|,| |v0=a){1,8}", fullmatch=True))
def test_no_other_header_is_believed(header: str) -> None:
    assert not is_signed(header, "secret", b"body")
    doubt_of(header, MONDAY)


@pytest.mark.parametrize(
    ("name", "path"),
    [("Boutique été", "boutique-ete"), ("  A--b_c! ", "a-b-c"), ("東京 2", "東京-2"), ("!!", "")],
)
def test_a_name_in_an_address(name: str, path: str) -> None:
    assert slug(name) == path


def test_secrets_are_long_and_not_shown() -> None:
    options = Webhook.Options(secret="0123456789abcdef")
    assert "0123456789abcdef" not in repr(options)
    with pytest.raises(ValidationError, match="at least 16 characters"):
        Webhook.Options(secret="0123456789abcde")


@pytest.mark.parametrize("wrong", ["", "1y", "0d", "-1d", 3, "1d "])
def test_expect_is_a_duration(wrong: object) -> None:
    with pytest.raises(ValidationError, match="write a duration"):
        Pushed.Options(expect=wrong)


def test_a_source_of_another_kind_can_be_given_posts_too() -> None:
    class Options(BaseModel):
        url: str = "x"

    made = origin("Le Monde", Options(), MONDAY)
    assert (made.slug, made.publishes, made.language) == ("le-monde", PostKind.WEB, None)


async def poll(expect: str | None, cursor: dict[str, str], clock: Clock) -> Batch:
    async with Fetcher(contact=None, clock=clock) as fetcher:
        source = Pushed(
            Pushed.Options(expect=expect),
            Tools(fetcher=fetcher, clock=clock),
        )
        (batch,) = [batch async for batch in source.collect(cursor)]
    assert batch.posts == ()
    return batch


@pytest.mark.anyio
async def test_a_silence_that_was_not_expected_is_told() -> None:
    clock = FakeClock()
    first = await poll("1d", {}, clock)
    assert first.doubt is None
    clock.tick(hours=23)
    cursor = came(first.cursor, clock.now())
    assert last_came(cursor) == clock.now()
    clock.tick(hours=24)
    assert (await poll("1d", cursor, clock)).doubt is None
    clock.tick(seconds=1)
    assert (await poll("1d", cursor, clock)).doubt == "nothing came since 2026-03-03 11:00 UTC"
    assert (await poll(None, cursor, clock)).doubt is None
    never = await poll("1d", dict(first.cursor), clock)
    assert never.doubt == "nothing has come yet; expected since 2026-03-02 12:00 UTC"
    assert CAME not in never.cursor
