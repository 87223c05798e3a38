from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listener.errors import FetchError, TemplateError
from listener.store import Store
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio
RISKY = "Acme recalls toy after two deaths, lawsuit for fraud"


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    return newsroom(tmp_path, store)


@pytest.fixture
def daily(tmp_path: Path, store: Store) -> Newsroom:
    return newsroom(tmp_path, store, when="daily 08:00")


async def test_at_once_tells_each_mention_once(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1", "Acme opens a shop"))
    (subject,) = await room.tell()
    assert "Acme" in subject
    assert await room.tell() == []
    (message,) = room.mailbox.messages
    assert "opens a shop" in message.text


async def test_the_first_pass_is_one_welcome_of_the_last_week(room: Newsroom) -> None:
    old = post("2", "Acme long ago", published=room.clock.now() - timedelta(days=20))
    await room.pass_over("Gazette", post("1", "Acme opens a shop"), old, post("3", RISKY))
    assert await room.tell() == [], "the Herald may still have something to say"
    await room.pass_over("Herald", post("4", "Acme in the Herald"))
    await room.tell()
    (message,) = room.mailbox.messages
    assert "opens a shop" in message.text
    assert "in the Herald" in message.text
    assert "long ago" not in message.text


async def test_the_welcome_does_not_wait_for_ever(room: Newsroom) -> None:
    await room.pass_over("Gazette", post("1"))
    room.clock.tick(minutes=11)
    assert len(await room.tell()) == 1


async def test_a_dead_new_source_does_not_hold_the_welcome(room: Newsroom) -> None:
    await room.pass_over("Gazette", post("1"))
    await room.pass_over("Herald", FetchError("no such host"))
    await room.tell()
    (message,) = room.mailbox.messages
    assert "Herald" in message.text, "what could not be heard is said"


async def test_daily_waits_for_its_hour(daily: Newsroom) -> None:
    await daily.hear_once()
    assert await daily.tell() == []
    await daily.pass_over("Gazette", post("1", "Acme opens a shop"))
    assert await daily.tell() == []
    daily.clock.tick(hours=20)  # 08:00 UTC, 09:00 in Paris
    assert len(await daily.tell()) == 1
    daily.clock.tick(hours=1)
    assert await daily.tell() == []


async def test_missed_digests_are_caught_up_once(daily: Newsroom) -> None:
    await daily.hear_once()
    await daily.tell()
    await daily.pass_over("Gazette", post("1"))
    daily.clock.tick(days=9)
    assert len(await daily.tell()) == 1
    assert await daily.tell() == []


async def test_nothing_new_means_no_mail(daily: Newsroom) -> None:
    await daily.hear_once()
    await daily.tell()
    daily.clock.tick(days=2)
    assert await daily.tell() == []


async def test_a_high_risk_is_told_at_once_and_again_in_the_digest(daily: Newsroom) -> None:
    await daily.hear_once()
    await daily.tell()
    await daily.pass_over("Gazette", post("1", RISKY))
    (alert,) = await daily.tell()
    assert "risk" in alert.lower()
    daily.clock.tick(days=1)
    assert len(await daily.tell()) == 1


async def test_at_once_says_a_high_risk_once(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1", RISKY))
    (alert,) = await room.tell()
    assert "risk" in alert.lower()
    assert await room.tell() == []


async def test_many_alerts_are_one_message(room: Newsroom) -> None:
    await room.hear_once()
    events = {
        "fire": "Three people died in a fire at the Acme works in Leeds",
        "recall": "Acme recalls toy after two deaths",
        "lawsuit": "Poisoned soup: a lawsuit against Acme after children died",
        "boycott": "Call for a boycott of Acme after racist killing by guards",
        "fraud": "Directors of Acme arrested for fraud and bribery",
    }
    posts = [post(str(n), title, text=title) for n, title in enumerate(events.values())]
    assert (await room.pass_over("Gazette", *posts)).alerts == 5
    assert len(await room.tell()) == 1
    for word in events:
        assert word in room.mailbox.messages[0].text
    assert "you were alerted" not in room.mailbox.messages[0].text, "this is the alert"


async def test_quiet_hours_hold_and_then_deliver(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store, hours='hours = { quiet = "20:00-08:00" }')
    await room.hear_once()
    room.clock.tick(hours=10)  # 23:00 in Paris
    await room.pass_over("Gazette", post("1", published=room.clock.now()))
    assert await room.tell() == []
    room.clock.tick(hours=10)
    assert len(await room.tell()) == 1


async def test_what_is_critical_wakes_people_up(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store, hours='hours = { quiet = "20:00-08:00" }')
    await room.hear_once()
    room.clock.tick(hours=10)
    done = await room.pass_over("Gazette", post("1", RISKY, published=room.clock.now()))
    assert done.alerts == 1
    (alert,) = await room.tell()
    assert "critical" in alert.lower()


async def test_a_preview_marks_nothing(daily: Newsroom) -> None:
    await daily.hear_once()
    await daily.pass_over("Gazette", post("1", "Acme opens a shop"))
    (subscription,) = daily.app.config.tables.subscriptions
    assert "opens a shop" in daily.app.composer.preview(subscription).text
    assert daily.app.composer.now(subscription) == 1, "it is still owed"
    assert daily.app.composer.now(subscription) == 0


async def test_competitors_are_not_told_unasked(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1", "Rival opens a shop"))
    assert await room.tell() == []


async def test_copies_are_one_item_and_all_are_told(room: Newsroom) -> None:
    await room.hear_once()
    text = "Acme opened a new shop in the harbour today, and two hundred people came to see it."
    text += " The mayor cut a ribbon and a band played until the evening."
    title = "Acme opens a shop in the harbour"
    await room.pass_over("Gazette", post("1", title, text=text))
    await room.pass_over("Herald", post("2", title, text=text))
    await room.tell()
    (message,) = room.mailbox.messages
    assert message.text.count("opens a shop") == 1
    assert "also on" in message.text.lower()
    assert await room.tell() == [], "the copy was told with it"


async def test_time_in_which_the_program_was_off_is_not_sold_as_calm(daily: Newsroom) -> None:
    await daily.hear_once()
    await daily.tell()
    await daily.pass_over("Gazette", post("1", "Acme opens a shop"))
    daily.clock.tick(days=5)
    await daily.tell()
    assert "All 2 sources were heard" not in daily.mailbox.messages[0].text
    assert "Herald" in daily.mailbox.messages[0].text


ANOTHER = """
[[subscriptions]]
person = "Ana"
channel = "mail"
name = "first"
when = "at once"
"""


async def test_a_broken_template_holds_back_what_it_is_for_only(
    tmp_path: Path, store: Store
) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "digest.txt").write_text("{{ nothing }}", encoding="utf-8")
    room = newsroom(tmp_path, store, more=ANOTHER)
    await room.hear_once()
    await room.pass_over("Gazette", post("1", "Acme opens a shop"), post("2", RISKY))

    with pytest.raises(TemplateError, match="nothing"):
        room.app.composer.compose()

    waiting = {(d.subscription, d.key.partition(":")[0]) for d in store.outbox.deliveries()}
    assert waiting == {("Ana by mail", "alert"), ("first", "alert")}


async def test_two_processes_that_write_at_a_time_tell_it_once(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`listener digest` hands its messages to a daemon that may be composing the same."""
    await room.hear_once()
    await room.pass_over("Gazette", post("1", "Acme opens a shop"))
    (subscription,) = room.app.config.tables.subscriptions
    owed = room.app.store.outbox.owed

    def meanwhile(*asked: Any) -> dict[int, datetime]:
        found = owed(*asked)
        if found:
            monkeypatch.undo()
            assert room.app.composer.now(subscription) == 1
        return found

    monkeypatch.setattr(room.app.store.outbox, "owed", meanwhile)
    assert len(await room.tell()) == 1
    assert await room.tell() == []
