"""What is known of a mention changes after it was judged: its risk follows, and alerts once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from listener import reassess
from listener.model import Author, Engagement, Mention, Post, PostKind
from listener.store import Store
from tests.fakes import MONDAY
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio

GRAVE = "The Acme heater caught fire in our kitchen and my son was burnt"
COMPLAINT = "Acme charged me twice and refuses to refund."


@pytest.fixture
async def room(tmp_path: Path, store: Store) -> Newsroom:
    made = newsroom(tmp_path, store)
    await made.hear_once()
    return made


def social(item: str, text: str, **changes: object) -> Post:
    changes |= {"title": None, "text": text, "kind": PostKind.SOCIAL}
    return replace(post(item), **changes)  # type: ignore[arg-type]


def mention(room: Newsroom, brand: str = "Acme", number: int = 0) -> Mention:
    store = room.app.store
    rows = store.rows("SELECT id FROM mentions WHERE brand = ? ORDER BY id", (brand,))
    (found,) = store.mentions.by_ids([rows[number]["id"]])
    return found


def scores(room: Newsroom) -> int:
    return len(room.app.store.rows("SELECT 1 FROM scores"))


def said(found: Mention) -> str:
    return " | ".join(f"{r.points} {r.text % r.facts}" for r in found.risk.reasons)


async def test_thousands_of_reactions_raise_the_risk_and_alert_once(room: Newsroom) -> None:
    quiet = social("1", COMPLAINT, engagement=Engagement(likes=2))
    await room.pass_over("Gazette", quiet)
    before = mention(room).risk
    assert before.score < 60
    assert len(await room.tell()) == 1

    room.clock.tick(minutes=30)
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=5_002)))
    assert room.app.reassessor.run() == 1

    after = mention(room).risk
    assert after.score >= 60 > before.score
    assert "5002 reactions" in said(mention(room))
    assert "10000 reactions an hour" in said(mention(room))
    assert len(await room.tell()) == 1
    assert mention(room).alerted

    room.clock.tick(minutes=30)
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=50_000)))
    room.app.reassessor.run()
    assert await room.tell() == []


async def test_what_becomes_critical_is_told_once_more(room: Newsroom) -> None:
    await room.pass_over("Gazette", social("1", GRAVE, engagement=Engagement(likes=2)))
    assert 60 <= mention(room).risk.score < 80
    assert len(await room.tell()) == 1

    for likes, told in ((5_000, 1), (90_000, 0)):
        room.clock.tick(minutes=30)
        engagement = Engagement(likes=likes)
        await room.pass_over("Gazette", social("1", GRAVE, engagement=engagement))
        room.app.reassessor.run()
        assert mention(room).risk.score >= 80
        assert len(await room.tell()) == told
    first, second = (message.text for message in room.mailbox.messages)
    assert "told of this story" not in first
    assert "You were told of this story" in second


async def test_a_first_pass_alerts_nobody_later_either(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=2)))
    room.clock.tick(hours=1)
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=90_000)))

    assert room.app.reassessor.run() == 1
    assert mention(room).risk.score >= 60
    assert not store.rows("SELECT 1 FROM alerts")


async def test_a_restart_changes_nothing(room: Newsroom, tmp_path: Path) -> None:
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=2)))
    room.clock.tick(minutes=30)
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=900)))
    room.app.reassessor.run()
    count, judged = scores(room), mention(room).risk

    again = newsroom(tmp_path, room.app.store)
    again.clock.tick(minutes=31)
    assert again.app.reassessor.run() == 0
    assert (scores(room), mention(room).risk) == (count, judged)


async def test_what_was_queued_survives_a_kill(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=2)))
    room.clock.tick(minutes=30)
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=900)))
    with monkeypatch.context() as patch:
        patch.setattr(reassess, "MOST", 0)  # as if killed between queueing and assessing
        assert room.app.reassessor.run() == 0
    room.clock.tick(hours=1)

    assert room.app.reassessor.run() == 1
    assert not room.app.store.rows("SELECT 1 FROM stirred")


async def test_an_answer_lowers_what_asked(room: Newsroom) -> None:
    asked = social("1", "When will you refund me @acme? Acme charged me twice. Please answer.")
    await room.pass_over("Gazette", asked)
    before = mention(room)
    assert "asks for an answer, and has none" in said(before)

    room.clock.tick(minutes=5)
    answer = social("2", "We are sorry!", author=Author(handle="acme"), parent=asked.key)
    await room.pass_over("Gazette", answer)
    assert room.app.reassessor.run() == 1

    assert mention(room).risk.score < before.risk.score
    assert "asks for an answer, and has one" in said(mention(room))


async def test_an_answer_may_be_read_before_what_it_answers(room: Newsroom) -> None:
    asked = social("1", "When will you refund me @acme? Acme charged me twice. Please answer.")
    answer = social("2", "We are sorry!", author=Author(handle="acme"), parent=asked.key)
    await room.pass_over("Gazette", answer)
    room.clock.tick(minutes=10)
    assert room.app.reassessor.run() == 0
    room.clock.tick(minutes=10)
    await room.pass_over("Gazette", asked)
    assert room.app.reassessor.run() == 1
    assert "asks for an answer, and has one" in said(mention(room))


async def test_a_story_that_grows_and_spreads_raises_the_risk(room: Newsroom) -> None:
    text = "Acme has a security flaw in its cash tills, customers say, and nobody has an answer."
    await room.pass_over("Gazette", post("1", "Tills", text=text, kind=PostKind.NEWS))
    before = mention(room).risk.score
    room.clock.tick(minutes=10)
    copies = [
        post(str(n), "Tills", text=text, kind=PostKind.BLOG, url=f"https://b{n}.example/x",
             key=f"url:https://b{n}.example/x")
        for n in range(2, 12)
    ]  # fmt: skip
    await room.pass_over("Herald", *copies)
    room.app.reassessor.run()

    assert mention(room).risk.score > before
    assert "11 posts tell of it within a day" in said(mention(room))
    assert "the story has spread to other kinds of places" in said(mention(room))


async def test_an_author_who_was_negative_before(room: Newsroom) -> None:
    critic = Author(handle="grumpy", url="https://social.example/@grumpy")
    awful = "Acme is terrible, horrible and useless, I hate it, a scam."
    await room.pass_over("Gazette", social("1", awful, author=critic))
    room.clock.tick(minutes=30)
    await room.pass_over("Gazette", social("2", f"Again: {awful}", author=critic))
    room.app.reassessor.run()

    assert "1 of 1 earlier posts by the author were negative" in said(mention(room, number=1))
    assert "earlier posts" not in said(mention(room))


async def test_a_deletion_takes_half(room: Newsroom) -> None:
    await room.pass_over("Gazette", social("1", COMPLAINT))
    before = mention(room).risk.score
    room.clock.tick(minutes=30)
    with room.app.store.transaction():
        room.app.store.looks.deleted([social("1", "").key], room.clock.now())
    assert room.app.reassessor.run() == 1

    assert mention(room).risk.score == before - round(before / 2)


async def test_a_competitors_crisis_is_not_ours(room: Newsroom) -> None:
    await room.pass_over(
        "Gazette", post("1", "Rival recalls prams after a death, Acme sells more", text="No more.")
    )
    assert mention(room, "Rival").risk.score >= 60
    assert mention(room, "Acme").risk.score < 30
    assert "said of somebody else" in said(mention(room, "Acme"))


async def test_what_is_old_or_unchanged_is_left_alone(room: Newsroom) -> None:
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=2)))
    assert room.app.reassessor.run() == 0
    room.clock.tick(days=8)
    await room.pass_over("Gazette", social("1", COMPLAINT, engagement=Engagement(likes=9_000)))

    assert room.app.reassessor.run() == 0
    assert mention(room).found == MONDAY
