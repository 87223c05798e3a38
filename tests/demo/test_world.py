"""What the demo's servers serve, as the real collectors read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from listener.collect.feed_document import read_document
from listener.collect.hackernews_posts import read_page
from listener.demo import feeds
from listener.demo.hackernews import search_by_date
from listener.demo.play import steps
from listener.demo.received import mrkdwn
from listener.demo.script import read_story, slug
from listener.demo.story import Story, grown, on, read_moment

END = timedelta(days=30)


@pytest.fixture(scope="module")
def story() -> Story:
    return read_story(date(2026, 11, 2))


@pytest.mark.parametrize("text", ["4 Mon 10:00", "2 Do 10:00", "2 Thu 1:00", "", 3])
def test_a_moment_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write a moment"):
        read_moment(text)


def test_moments_are_what_clocks_show_also_when_they_change() -> None:
    assert on(date(2025, 10, 20), read_moment("1 Sat 10:00")) == datetime(
        2025, 10, 25, 8, tzinfo=UTC
    )
    assert on(date(2025, 10, 20), read_moment("1 Sun 10:00")) == datetime(
        2025, 10, 26, 9, tzinfo=UTC
    )
    assert read_moment("0 Sun 00:00") == timedelta(days=-1)


def test_every_feed_is_read_whole_by_the_collector(story: Story) -> None:
    for name, place in story.places.items():
        now = story.start
        body = feeds.feed(story, name, now)
        document = read_document(body, media_type=feeds.TYPES[place.format], url="http://x/")
        told = [p for p in story.posts if p.place == name and p.at <= now][-feeds.NEWEST :]
        assert {entry.link for entry in document.entries} == {post.url for post in told}
        assert {entry.author.name for entry in document.entries if entry.author} == {
            post.author for post in told
        }
        assert document.skipped == 0


def test_nothing_is_served_before_its_time(story: Story) -> None:
    body = feeds.feed(story, "fil-alpin", story.start + timedelta(days=8))
    assert "rappelle plus de" not in body.decode()


def test_every_post_has_an_address_of_its_own(story: Story) -> None:
    urls = [post.url for post in story.posts]
    assert len(urls) == len(set(urls))
    assert all(".example/" in url for url in urls)


def test_hacker_news_answers_like_its_search(story: Story) -> None:
    asked = {"query": '"moraine"', "tags": "(comment)", "hitsPerPage": "5", "page": "0"}
    now = story.end
    first = search_by_date(story.items, asked, now)
    assert first["nbPages"] == 4
    page = read_page(first, now)
    assert len(page.posts) == 5
    assert page.newest is not None
    older = search_by_date(
        story.items, asked | {"numericFilters": f"created_at_i<={page.oldest}"}, now
    )
    assert read_page(older, now).newest == page.oldest
    assert all(post.root for post in page.posts)


def test_counts_grow_for_a_day(story: Story) -> None:
    assert [grown(96, timedelta(hours=h)) for h in (0, 12, 24, 48)] == [0, 48, 96, 96]
    assert grown(None, END) is None


def test_it_wakes_when_something_is_owed(story: Story) -> None:
    moments = list(steps(story.start, story.end))
    assert moments == sorted(set(moments))
    assert len([m for m in moments if (m.hour, m.minute) == (7, 0)]) == 15  # 08:00 in Paris


def test_slack_text_is_shown_and_nothing_in_it_becomes_markup() -> None:
    shown = mrkdwn("*<https://a.example/?a=1&amp;b=2|A &lt;b&gt;>*\n<script> *x*")
    assert shown == (
        '<b><a href="https://a.example/?a=1&amp;b=2">A &lt;b&gt;</a></b><br>&lt;script&gt; <b>x</b>'
    )


def test_a_title_becomes_an_address() -> None:
    assert slug("L'Écho : 8\u00a0400 vélos !") == "l-echo-8-400-velos"
