"""Posts change: counts, edits and deletions that a second look shows; replies of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from listener.errors import RateLimited, SourceError
from listener.model import Author, Engagement, Mention, Post, Second
from listener.store import Store
from listener.store.looks import AFTER, next_look
from tests.fakes import MONDAY, FakeCollector
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio
RIVALS = """
[[brands]]
name = "Novalys"
role = "competitor"
query = "novalys"
accounts = ["@novalys"]
"""
HALF_HOUR = timedelta(minutes=30)


class Forum(FakeCollector):
    """A source that can be asked again: it says what it is told to of each post, by item."""

    def __init__(self) -> None:
        super().__init__()
        self.now: dict[str, Post | None] = {}
        self.asked: list[list[str]] = []
        self.failure: SourceError | None = None

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        self.asked.append([post.item for post in posts])
        if self.failure is not None:
            raise self.failure
        for known in posts:
            if known.item in self.now:
                seen = self.now[known.item]
                yield Second(posts=(seen,)) if seen else Second(gone=(known.key,))


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    made = newsroom(tmp_path, store)
    made.collectors["Gazette"] = Forum()
    return made


@pytest.fixture
def forum(room: Newsroom) -> Forum:
    forum = room.collectors["Gazette"]
    assert isinstance(forum, Forum)
    return forum


async def look(room: Newsroom, **pause: float) -> int:
    room.clock.tick(**pause)
    source = room.app.config.tables.sources[0]
    names = room.app.store.looks.sources([source.name], room.clock.now())
    return await room.app.pipeline.look_again(source) if names else 0


def mention(room: Newsroom) -> Mention:
    (found,) = room.app.store.mentions.between(["Acme"], 0, 2**31, "found")
    return found


def test_the_schedule_decays() -> None:
    now, looks = MONDAY, []
    while (due := next_look(MONDAY, now)) is not None:
        looks.append(due - MONDAY)
        now = due
    assert looks == list(AFTER)
    assert next_look(MONDAY, MONDAY + timedelta(days=2)) == MONDAY + timedelta(days=3)


async def test_counts_become_a_series(room: Newsroom, forum: Forum, store: Store) -> None:
    await room.pass_over("Gazette", post("1", engagement=Engagement(likes=1)))
    assert await look(room, minutes=29) == 0
    for likes, hours in ((5, 1), (5, 9), (9, 24)):
        forum.now["1"] = post("1", engagement=Engagement(likes=likes))
        assert await look(room, hours=hours) == 1
    counts = store.rows("SELECT likes FROM engagement ORDER BY at")
    assert [row["likes"] for row in counts] == [1, 5, 9]
    assert mention(room).post.engagement == Engagement(likes=9)


async def test_an_edit_is_judged_again_and_is_no_new_mention(room: Newsroom, forum: Forum) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1", "Acme news"))
    await room.tell()
    forum.now["1"] = post("1", "Acme recalls bikes after two deaths")
    await look(room, minutes=30)
    found = mention(room)
    assert found.post.title == "Acme recalls bikes after two deaths"
    assert found.edited == room.clock.now()
    assert found.risk.score > 30
    assert await room.tell() == []


async def test_a_deletion_is_dated_and_the_post_not_asked_for_again(
    room: Newsroom, forum: Forum
) -> None:
    await room.pass_over("Gazette", post("1"))
    forum.now["1"] = None
    await look(room, minutes=30)
    seen = room.clock.now()
    assert mention(room).gone == seen
    assert await look(room, days=8) == 0
    assert mention(room).gone == seen


async def test_what_is_back_is_not_deleted(room: Newsroom, forum: Forum, store: Store) -> None:
    await room.pass_over("Gazette", post("1"))
    store.execute("UPDATE posts SET gone = 5")
    forum.now["1"] = post("1")
    await look(room, minutes=30)
    assert mention(room).gone is None


async def test_what_always_fails_does_not_block_the_rest(
    room: Newsroom, forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.pipeline.AT_ONCE", 1)
    await room.pass_over("Gazette", *(post(item, f"Acme {item}") for item in "abc"))
    forum.failure = SourceError("500")
    for _ in range(40):  # of which each is the first by chance
        assert await look(room, hours=1) == 0
    assert {item for (item,) in forum.asked} == set("abc")


async def test_a_failure_is_tried_later_and_loses_nothing(room: Newsroom, forum: Forum) -> None:
    await room.pass_over("Gazette", post("1"))
    forum.failure = RateLimited("429", retry_after=timedelta(hours=3))
    assert await look(room, minutes=30) == 0
    forum.failure = None
    assert await look(room, hours=2) == 0, "it was asked for three hours of silence"
    assert await look(room, hours=1) == 1
    assert forum.asked == [["1"], ["1"]]


async def test_only_mentions_are_looked_at_again(room: Newsroom, forum: Forum) -> None:
    await room.pass_over("Gazette", post("1", "Weather"), post("2"))
    await look(room, minutes=30)
    assert forum.asked == [["2"]]


async def test_old_posts_of_a_first_pass_are_looked_at_for_their_age(
    room: Newsroom, forum: Forum
) -> None:
    await room.pass_over(
        "Gazette",
        post("1", published=MONDAY - timedelta(days=2)),
        post("2", published=MONDAY - timedelta(days=9)),
    )
    assert await look(room, hours=23) == 0
    assert await look(room, hours=1) == 1
    assert forum.asked == [["1"]]


async def test_a_source_that_cannot_look_again_is_not_asked(room: Newsroom, store: Store) -> None:
    await room.pass_over("Herald", post("1"))
    assert store.rows("SELECT * FROM looks") == []


async def test_a_reply_of_ours_is_the_answer(room: Newsroom) -> None:
    question = post("1", "Acme broke, what now?")
    await room.pass_over("Gazette", question)
    assert mention(room).answered is None
    reply = post(
        "2",
        "Acme is sorry",
        author=Author(handle="acme"),
        parent=question.key,
        published=MONDAY + HALF_HOUR,
    )
    somebody = replace(reply, key="url:3", item="3", author=Author(handle="zoe"), title="Same here")
    await room.pass_over("Gazette", somebody, reply)
    assert mention(room).answered == MONDAY + HALF_HOUR


async def test_a_reply_of_a_competitor_is_no_answer(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store, more=RIVALS)
    question = post("1", "Acme broke, what now?")
    reply = post("2", "Come to us", author=Author(handle="novalys"), parent=question.key)
    await room.pass_over("Gazette", question, reply)
    assert mention(room).answered is None
    ours = post("3", "Sorry", author=Author(handle="acme"), parent=question.key)
    await room.pass_over("Gazette", ours)
    assert mention(room).answered == MONDAY


async def test_a_digest_says_what_became_of_a_post(room: Newsroom, forum: Forum) -> None:
    await room.hear_once()
    question = post("1", "Acme broke, what now?")
    answer = post("2", author=Author(handle="acme"), parent=question.key, published=MONDAY)
    await room.pass_over("Gazette", question, answer)
    forum.now["1"] = None
    await look(room, minutes=30)
    await room.tell()
    (message,) = room.mailbox.messages
    text = " ".join(message.text.split())
    assert "you answered today 13:00" in text
    assert "deleted there, seen today 13:30" in text
