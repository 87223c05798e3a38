from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from listener.delivery import pause
from listener.errors import DeliveryError
from listener.messages import Message
from listener.store import Store
from tests.newsroom import Newsroom, newsroom, post


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    return newsroom(tmp_path, store)


def test_pauses_double_up_to_a_day() -> None:
    passing = DeliveryError("451 later")
    minutes = [pause(passing, n) / timedelta(minutes=1) for n in range(1, 14)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]
    assert pause(DeliveryError("550 no", permanent=True), 1) == timedelta(days=1)
    asked = DeliveryError("429", retry_after=timedelta(minutes=9))
    assert pause(asked, 1) == timedelta(minutes=9)


@pytest.mark.anyio
async def test_what_failed_is_sent_later_the_same(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1"))
    room.mailbox.failures.append(DeliveryError("451 greylisted"))
    assert await room.tell() == []
    (waiting,) = room.app.store.outbox.deliveries()
    assert (waiting.error, waiting.permanent, waiting.sent_at) == ("451 greylisted", False, None)
    assert await room.tell() == [], "not before its time"
    room.clock.tick(minutes=1)
    (subject,) = await room.tell()
    assert subject == waiting.subject
    (sent,) = room.app.store.outbox.deliveries()
    assert (sent.error, sent.attempts, sent.sent_at) == (None, 2, room.clock.now())


@pytest.mark.anyio
async def test_one_failure_holds_back_no_other_message(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1", "Acme first one"))
    room.mailbox.failures.append(DeliveryError("552 mailbox full"))
    await room.tell()
    await room.pass_over("Gazette", post("2", "Acme second one"))
    assert len(await room.tell()) == 1
    assert "second one" in room.mailbox.messages[0].text
    room.clock.tick(hours=1)
    await room.tell()
    assert "first one" in room.mailbox.messages[1].text


@pytest.mark.anyio
async def test_a_message_that_breaks_its_channel_is_said_and_tried_ever_more_rarely(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Message) -> None:
        raise ValueError("a bug")

    await room.hear_once()
    await room.pass_over("Gazette", post("1"))
    monkeypatch.setattr(room.mailbox, "send", broken)
    for minutes in (1, 2):
        with pytest.raises(ValueError, match="a bug"):
            await room.tell()
        (waiting,) = room.app.store.outbox.deliveries()
        assert waiting.error == "internal error, see the log"
        assert waiting.next_at - room.clock.now() == timedelta(minutes=minutes)
        room.clock.tick(minutes=minutes)
    monkeypatch.undo()
    assert len(await room.tell()) == 1


@pytest.mark.anyio
async def test_what_only_a_person_can_mend_is_tried_daily_and_said(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1"))
    room.mailbox.failures.append(DeliveryError("550 no such user", permanent=True))
    await room.tell()
    (waiting,) = room.app.store.outbox.deliveries()
    assert waiting.permanent
    assert waiting.next_at - room.clock.now() == timedelta(days=1)
