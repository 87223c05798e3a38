from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collect import telegram_channel
from listener.collect.descent import Depth
from listener.collect.telegram_channel import TelegramChannel
from listener.collect.telegram_posts import read_preview, rounded
from listener.collect.tools import Tools
from listener.config import load
from listener.errors import AccessDenied, ConfigError, ParseError, RateLimited
from listener.fetch import Fetcher
from listener.model import Batch, Post
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HEAD = (
    '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title">'
    '<span dir="auto">Camp &amp; co</span></div><div class="tgme_channel_info_counter">'
    '<span class="counter_value">1.2K</span> <span class="counter_type">photos</span></div>'
    '<div class="tgme_channel_info_counter"><span class="counter_value">12.3K</span>'
    ' <span class="counter_type">subscribers</span></div></div>'
)
TEXT = '<div class="tgme_widget_message_text js-message_text" dir="auto">{}</div>'
QUOTE = (
    '<a class="tgme_widget_message_reply" href="https://t.me/{}"><div'
    ' class="tgme_widget_message_text js-message_text">Quoted words</div></a>'
)


def message(
    id: object,
    inside: str = TEXT.format("It leaks."),
    at: datetime | None = NOW,
    channel: str = "Camp",
) -> str:
    said = f' datetime="{at.isoformat()}"' if at else ""
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message js-widget_message" data-post="{channel}/{id}">{inside}'
        '<time class="message_video_duration">0:15</time>'
        '<span class="tgme_widget_message_views">4.2K</span>'
        f'<a class="tgme_widget_message_date" href="https://t.me/{channel}/{id}">'
        f"<time{said}>12:00</time></a></div></div>"
    )


def page(*messages: str) -> bytes:
    return answer(200, f"<html><body>{HEAD}{''.join(messages)}</body></html>".encode())


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def options(url: str, channel: str = "@Camp") -> TelegramChannel.Options:
    return TelegramChannel.Options(
        channel=channel, accept_terms=True, base_url=url, private=True, language="en"
    )


async def heard(site: Site, cursor: Mapping[str, str] | None = None) -> list[Batch]:
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        collector = TelegramChannel(options(site.url("")), Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect(cursor or {})]


def only(inside: str) -> Post:
    read = read_preview(HEAD + message(7, inside), channel="camp", language=None, now=NOW)
    assert read.skipped == 0
    return read.posts[0]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('class="tgme_widget_message_text js-message_text"', 'class="tgme_widget_message_text"'),
        (
            '<div class="tgme_widget_message_wrap js-widget_message_wrap"',
            '<div id="m7" class="js-widget_message_wrap tgme_widget_message_wrap"',
        ),
    ],
)
def test_markup_may_be_written_otherwise(was: str, now: str) -> None:
    html = HEAD + message(7, QUOTE.format("Camp/3") + TEXT.format("It leaks."))
    assert was in html
    read = read_preview(html.replace(was, now), channel="camp", language=None, now=NOW)
    assert [post.text for post in read.posts] == ["It leaks."]


async def test_a_message() -> None:
    async with local_site() as site:
        site.pages |= {"/s/camp": page(message(7)), "/s/camp?before=7": page()}
        first, last = await heard(site)
    (post,) = first.posts
    assert (post.key, post.item, post.url) == ("telegram:camp/7", "7", "https://t.me/camp/7")
    assert (post.title, post.text, post.language) == (None, "It leaks.", "en")
    assert post.published == NOW
    assert post.author is not None
    assert (post.author.name, post.author.handle) == ("Camp & co", "camp")
    assert post.author.followers == 12_300
    assert post.engagement is not None
    assert (post.engagement.views, post.engagement.likes) == (4200, None)
    assert (post.parent, post.root) == (None, None)
    assert (first.doubt, last.posts) == (None, ())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("777", 777), ("4.2K", 4200), (" 1.36m ", 1_360_000), ("5.03K", 5030), ("0", 0),
        ("", None), ("K", None), ("1,2K", None), ("-3", None), ("9" * 40, None),
    ],
)  # fmt: skip
def test_counts(text: str, count: int | None) -> None:
    assert rounded(text) == count


def test_a_reply_does_not_say_what_it_answers() -> None:
    post = only(QUOTE.format("Camp/5?single") + TEXT.format("No."))
    assert (post.text, post.parent) == ("No.", "telegram:camp/5")
    assert only(QUOTE.format("other/5") + TEXT.format("No.")).parent is None
    assert only(QUOTE.format("Camp/5")).text == ""


def test_link_previews_are_not_the_message() -> None:
    shown = '<a class="tgme_widget_message_link_preview">{}</a>'.format(TEXT.format("Elsewhere"))
    assert only(shown + TEXT.format("See <b>this</b><br>now")).text == "See this\nnow"
    assert only(shown).text == ""


def test_polls_and_files_say_something_too() -> None:
    poll = (
        '<div class="tgme_widget_message_poll_question">Which?</div>'
        '<div class="tgme_widget_message_poll_option_text">Tent &amp; bag</div>'
    )
    assert only(poll).text == "Which?\nTent & bag"
    file = '<div class="tgme_widget_message_document_title">leaflet.pdf</div>'
    assert only(file).text == "leaflet.pdf"


def test_what_the_channel_did_is_no_message() -> None:
    service = '<div class="service_message">pinned</div>'
    pinned = message(8, service)
    read = read_preview(HEAD + message(7) + pinned, channel="camp", language=None, now=NOW)
    assert [post.item for post in read.posts] == ["7"]
    assert [entry.id for entry in read.entries] == ["7", "8"]


def test_one_bad_message_loses_no_other() -> None:
    bad = [message("x"), message(9, channel="other"), message(""), message(0)]
    read = read_preview(
        HEAD + "".join(bad) + message(7, at=None), channel="camp", language=None, now=NOW
    )
    assert (read.skipped, [post.item for post in read.posts]) == (4, ["7"])
    assert read.posts[0].published is None


@given(st.text(max_size=300))
@settings(max_examples=100)
def test_whatever_is_written_is_read_as_it_is_or_refused(text: str) -> None:
    with suppress(ParseError):
        read_preview(text, channel="camp", language=None, now=NOW)
    said = TEXT.format(html.escape(text))
    read = read_preview(HEAD + message(7, said), channel="camp", language=None, now=NOW)
    assert [post.item for post in read.posts] == ["7"]


async def test_an_empty_channel_is_doubted() -> None:
    async with local_site() as site:
        site.pages["/s/camp"] = page()
        (batch,) = await heard(site)
    assert batch.doubt is not None


async def test_a_channel_without_preview() -> None:
    async with local_site() as site:
        site.pages |= {
            "/s/camp": answer(302, Location="/camp"),
            "/camp": answer(200, b"<html>If you have Telegram, you can contact @camp</html>"),
        }
        with pytest.raises(AccessDenied, match="no preview"):
            await heard(site)


async def test_a_page_of_something_else() -> None:
    async with local_site() as site:
        site.pages["/s/camp"] = answer(200, b"<html><body>Maintenance</body></html>")
        with pytest.raises(ParseError, match="no preview of a channel"):
            await heard(site)


async def test_throttled() -> None:
    async with local_site() as site:
        site.pages["/s/camp"] = answer(429, Retry_After="60")
        with pytest.raises(RateLimited) as caught:
            await heard(site)
    assert caught.value.retry_after == timedelta(seconds=60)


async def test_only_what_is_new_is_read_again_and_edits_are_seen() -> None:
    old = NOW - timedelta(days=2)
    async with local_site() as site:
        site.pages |= {
            "/s/camp": page(message(6, at=old), message(7, at=NOW)),
            "/s/camp?before=6": page(message(5, at=NOW - timedelta(days=9))),
        }
        first = await heard(site)
        cursor = first[-1].cursor
        edited = message(7, TEXT.format("It leaked."), at=NOW)
        site.pages["/s/camp"] = page(message(6, at=old), edited, message(8))
        (again,) = await heard(site, cursor)
    assert site.paths == ["/s/camp", "/s/camp?before=6", "/s/camp"]
    assert [post.text for post in again.posts if post.item == "7"] == ["It leaked."]


async def test_a_cursor_of_another_channel_is_none() -> None:
    async with local_site() as site:
        site.pages |= {"/s/camp": page(message(7)), "/s/camp?before=7": page()}
        for cursor in (
            {"channel": "other", "walk": "1 1 99 - 0 - 0"},
            {"channel": "camp", "walk": "x"},
            {"channel": "camp", "walk": "1 1 .. - 0 - 0"},
        ):
            assert [post.item for post in (await heard(site, cursor))[0].posts] == ["7"]


def test_nothing_is_read_without_a_yes_to_the_terms(tmp_path: Path) -> None:
    text = '[[sources]]\nname = "Camp"\nkind = "telegram_channel"\nchannel = "camp"\n'
    (tmp_path / "sources.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "sources.toml")
    (said,) = [problem for problem in caught.value.problems if "terms" in problem]
    assert "accept_terms = true" in said
    assert "telegram.org/tos" in said


class Played:
    """The preview of a channel: twenty messages a page, the oldest first."""

    refusals: Sequence[bytes] = (answer(429, b"Too Many Requests"), answer(302, Location="/login"))
    lag = timedelta(minutes=10)

    def collector(self, url: str, tools: Tools) -> TelegramChannel:
        return TelegramChannel(options(url), tools)

    def key(self, item: Item) -> str:
        return f"telegram:camp/{item.number}"

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        if question.path != "/s/camp":
            return answer(200, b"<html>Log in</html>")
        before = int(question.asked.get("before", 10**9))
        below = [item for item in shown if item.number < before][-20:]
        return page(*(message(item.number, at=item.at) for item in below))


SKEW = st.sampled_from([-90, 0, 90]).map(lambda seconds: timedelta(seconds=seconds))


@settings(max_examples=40, deadline=None)
@given(EVENTS, SKEW)
def test_no_message_is_lost(events: list[Event], skew: timedelta) -> None:
    def small(cursor: Mapping[str, str]) -> None:
        assert sum(map(len, cursor.values())) < 200

    async def play() -> None:
        await survives(Played(), events, skew=skew, check=small)

    anyio.run(play)


async def test_a_message_that_is_shown_late_is_found() -> None:
    late = Event(pause=60, posts=1, late=600)
    burst = Event(pause=60, posts=25)
    await survives(Played(), [burst, late, burst, burst, burst, Event(pause=700, posts=0)])


async def test_a_flood_is_a_gap_that_is_named() -> None:
    def full(top: int) -> bytes:
        return page(*(message(id, at=NOW) for id in range(top - 19, top + 1)))

    async with local_site() as site:
        site.pages["/s/camp"] = full(200)
        site.pages |= {f"/s/camp?before={n}": full(n - 1) for n in range(21, 200, 20)}
        with patch.object(telegram_channel, "DEPTH", Depth(pages=3)):
            batches = await heard(site)
    assert len(batches) == 3
    assert "faster than it could be read" in batches[-1].gaps[0].why
