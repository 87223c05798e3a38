from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.messages import Attachment, Message, Person
from listener.store import Store, open_store
from listener.store.frozen import freeze, thaw
from listener.store.outbox import LEASE
from tests.store.builders import mention

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA = Person(name="Ana", email="ana@example.org", language="fr", timezone="Europe/Paris")
MESSAGE = Message(
    key="digest:1",
    person=ANA,
    created=NOW,
    subject="Décathlon : 3 mentions",
    text="…",
    html="<p>…</p>",
    slack=({"text": "a", "blocks": [{"type": "divider"}]},),
    attachments=(Attachment(name="chart", media_type="image/png", content=b"\x89PNG\x00"),),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "listener.db")
    yield opened
    opened.close()


def put(store: Store, *keys: str, subjects: tuple[str, ...] = ()) -> None:
    with store.transaction():
        store.outbox.put(
            [replace(MESSAGE, key=key) for key in keys],
            subscription="s",
            channel="mail",
            subjects=subjects,
            now=NOW,
        )


def test_what_is_frozen_comes_back_the_same() -> None:
    assert thaw(freeze(MESSAGE)) == MESSAGE


def test_a_subject_is_owed_once_and_told_once(store: Store) -> None:
    for _ in range(2):
        store.outbox.owe("mention:7", "s", "digest", 100)
    assert list(store.outbox.owed("s", "digest", NOW)) == [7]
    assert store.outbox.owed("s", "welcome", NOW) == {}
    assert store.outbox.owed("other", "digest", NOW) == {}
    put(store, "m1", subjects=("mention:7",))
    store.outbox.owe("mention:7", "s", "digest", 200)
    assert store.outbox.owed("s", "digest", NOW) == {}


def test_the_same_key_is_one_message(store: Store) -> None:
    put(store, "m1")
    put(store, "m1")
    assert store.outbox.claim("mail", NOW) is not None
    assert store.outbox.claim("mail", NOW) is None


def test_a_claim_is_a_lease(store: Store) -> None:
    put(store, "m1")
    first = store.outbox.claim("mail", NOW)
    assert first is not None
    assert first.message.key == "m1"
    assert store.outbox.claim("mail", NOW + LEASE / 2) is None, "somebody is at it"
    again = store.outbox.claim("mail", NOW + LEASE)
    assert again is not None, "who had it died"
    assert again.attempts == 2
    store.outbox.sent(again.id, NOW + LEASE)
    assert store.outbox.claim("mail", NOW + 9 * LEASE) is None


def test_what_was_withdrawn_while_it_was_sent_marks_no_other_as_sent(store: Store) -> None:
    put(store, "m1")
    first = store.outbox.claim("mail", NOW)
    assert first is not None
    store.outbox.withdraw("m1")
    put(store, "m2")
    store.outbox.sent(first.id, NOW)
    waiting = store.outbox.claim("mail", NOW)
    assert waiting is not None
    assert waiting.message.key == "m2"


def test_a_daemon_that_starts_takes_up_what_a_dead_one_held(store: Store) -> None:
    put(store, "m1")
    store.outbox.claim("mail", NOW)
    store.outbox.release()
    assert store.outbox.claim("mail", NOW) is not None


def test_a_failure_waits_and_holds_back_nobody(store: Store) -> None:
    put(store, "m1", "m2")
    first = store.outbox.claim("mail", NOW)
    assert first is not None
    later = NOW + timedelta(minutes=1)
    store.outbox.failed(first.id, "greylisted", later, permanent=False)
    second = store.outbox.claim("mail", NOW)
    assert second is not None
    assert second.message.key == "m2"
    assert store.outbox.claim("mail", NOW) is None
    assert store.outbox.claim("mail", later) is not None
    assert store.outbox.claim("slack", later) is None, "another channel"


def test_waiting_messages_come_first_in_the_list(store: Store) -> None:
    put(store, "m1", "m2")
    first = store.outbox.claim("mail", NOW)
    assert first is not None
    store.outbox.sent(first.id, NOW)
    keys = [(d.key, d.sent_at) for d in store.outbox.deliveries()]
    assert keys == [("m2", None), ("m1", NOW)]


def test_an_alert_is_raised_once_a_story(store: Store) -> None:
    one, two = mention(store, "1"), mention(store, "2")
    with store.transaction():
        assert store.outbox.alert("high-risk", "Acme", one, 5, 100) is not None
        assert store.outbox.alert("high-risk", "Acme", two, 5, 200) is None
        assert store.outbox.alert("high-risk", "Acme", two, 6, 200) is not None


def test_a_story_that_becomes_critical_is_told_once_more(store: Store) -> None:
    one, two = mention(store, "1"), mention(store, "2")
    with store.transaction():
        first = store.outbox.alert("high-risk", "Acme", one, 5, 100)
        assert first is not None
        again = store.outbox.alert("high-risk", "Acme", one, 5, 200, critical=True)
        assert again is not None
        assert store.outbox.alert("high-risk", "Acme", two, 5, 300, critical=True) is None
        assert store.outbox.alert("high-risk", "Acme", two, 6, 300, critical=True) is not None
        assert store.outbox.alert("high-risk", "Acme", two, 6, 400) is None  # the worst is said
    rows = store.outbox.alert_row(first), store.outbox.alert_row(again)
    assert [row["before"] for row in rows if row] == [None, 100]


def test_runs_only_go_forward(store: Store) -> None:
    assert store.outbox.last_run("report") is None
    store.outbox.ran("report", NOW)
    store.outbox.ran("report", NOW - timedelta(days=1))
    assert store.outbox.last_run("report") == NOW


def test_what_failed_is_tried_again_when_somebody_came(store: Store) -> None:
    put(store, "m1", "m2")
    first, second = store.outbox.claim("mail", NOW), store.outbox.claim("mail", NOW)
    assert first is not None
    assert second is not None
    tomorrow = NOW + timedelta(days=1)
    store.outbox.failed(first.id, "535 wrong password", tomorrow, permanent=True)
    store.outbox.failed(second.id, "451 greylisted", tomorrow, permanent=False)
    assert store.outbox.claim("mail", NOW) is None
    store.outbox.retry(NOW, {"Ana": "ana@example.org"}, ["mail"])
    for message in (first, second):  # who mends a host's name finds a passing error, too
        again = store.outbox.claim("mail", NOW)
        assert again is not None
        assert again.message == message.message
    assert store.outbox.claim("mail", NOW) is None


def test_what_waits_follows_its_reader_to_a_new_address(store: Store) -> None:
    put(store, "m1")
    store.outbox.retry(NOW, {"Ana": "ana@new.example"}, ["mail"])
    moved = store.outbox.claim("mail", NOW)
    assert moved is not None
    assert moved.message == replace(MESSAGE, key="m1", person=replace(ANA, email="ana@new.example"))


@pytest.mark.parametrize(("reader", "channel"), [("Bo", "mail"), ("Ana", "team")])
def test_for_a_reader_or_channel_that_is_no_more_it_is_taken_back_and_owed_again(
    store: Store, reader: str, channel: str
) -> None:
    store.outbox.owe("mention:7", "s", "digest", 100)
    put(store, "m1", subjects=("mention:7",))
    store.outbox.retry(NOW, {reader: "ana@example.org"}, [channel])
    assert store.outbox.claim("mail", NOW) is None
    assert list(store.outbox.owed("s", "digest", NOW)) == [7]
