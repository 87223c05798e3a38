from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.messages import Message, Person
from listener.model import Author, Level, Match, Post, Risk, Span
from listener.store import Store, open_store
from tests.store.builders import RISK, TONE, mention

DAY = 86_400
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "listener.db")
    yield opened
    opened.close()


def test_a_mention_comes_back_whole(store: Store) -> None:
    (found,) = store.mentions.by_ids([mention(store, "1")])
    assert found.brand == "Acme"
    assert found.spans == (Span("title", 0, 4),)
    assert found.post.title == "Acme 1"
    assert found.sentiment == TONE
    assert found.risk == RISK
    assert found.post.engagement is None
    assert not found.alerted


def test_unscored_is_none_and_not_neutral(store: Store) -> None:
    (found,) = store.mentions.by_ids([mention(store, "1", sentiment=False)])
    assert found.sentiment is None


def test_a_post_is_a_mention_of_a_brand_once(store: Store) -> None:
    mention(store, "1")
    match = Match(brand="Acme", spans=(), clause="acme")
    again = store.mentions.add(1, match, source="Other", found=2, first_pass=False, language=None)
    assert again is None


def test_the_newest_score_counts_and_the_older_stay(store: Store) -> None:
    found = mention(store, "1")
    calm = Risk(score=5, level=Level.LOW, reasons=(), version="test 2")
    with store.transaction():
        store.mentions.judge(found, None, calm, 2000)
    (now,) = store.mentions.by_ids([found])
    assert (now.risk.score, now.sentiment) == (5, None)
    assert len(store.rows("SELECT * FROM scores")) == 2


def test_between_is_half_open_and_by_publication_falls_back(store: Store) -> None:
    ids = [mention(store, str(n), now=START + n * DAY) for n in range(3)]
    found = store.mentions.between(["Acme"], START, START + 2 * DAY, "found")
    assert [m.id for m in found] == ids[:2]
    undated = store.mentions.between(["Acme"], START, START + 2 * DAY, "published")
    assert [m.id for m in undated] == ids[:2]
    assert store.mentions.between(["Rival"], START, START + 9 * DAY, "found") == ()


def test_copies_name_each_other(store: Store) -> None:
    one, two = mention(store, "1"), mention(store, "2")
    store.execute("UPDATE posts SET story = 1, original = 1")
    found = store.mentions.by_ids([one, two])
    assert [copy.url for copy in found[0].copies] == [found[1].post.url]
    assert [copy.url for copy in found[1].copies] == [found[0].post.url]


def test_purging_keeps_counts_and_nobodys_words(store: Store) -> None:
    mention(store, "old", now=START)
    recent = mention(store, "recent", now=START + 90 * DAY)
    now = datetime.fromtimestamp(START + 100 * DAY, UTC)
    gone = store.upkeep.purge(now, timedelta(days=50), timedelta(days=30), "UTC")
    assert gone == 1
    assert [m.id for m in store.mentions.between(["Acme"], 0, 2**31, "found")] == [recent]
    (daily,) = store.rows("SELECT * FROM daily")
    assert tuple(daily) == ("Acme", "2026-01-01", "web", "en", "negative", 1)
    for table in ("scores", "sightings", "mentions"):
        assert len(store.rows(f"SELECT * FROM {table}")) == 1
    assert mention_is_refused(store, "old")


def test_an_answer_stays_as_long_as_what_it_answers(store: Store) -> None:
    asked = mention(store, "asked", now=START)
    reply = Post(key="url:reply", item="reply", text="Sorry.", parent="url:https://a.example/asked")
    with store.transaction():
        stored = store.posts.add("Gazette", reply, START + 60)
        assert stored is not None
        store.posts.by_brand(stored.id, "Acme")
    keep = timedelta(days=100), timedelta(days=30)
    store.upkeep.purge(datetime.fromtimestamp(START + 50 * DAY, UTC), *keep, "UTC")
    (found,) = store.mentions.by_ids([asked])
    assert found.answered == datetime.fromtimestamp(START + 60, UTC)
    assert store.search.extent().oldest_unmatched is None
    assert store.upkeep.purge(datetime.fromtimestamp(START + 101 * DAY, UTC), *keep, "UTC") == 2


def test_an_author_is_erased_however_the_name_is_typed(store: Store) -> None:
    for number, name in enumerate(("Élodie Dupré", "Elodie Dupre")):
        post = Post(key=f"url:{number}", item=str(number), author=Author(name=name))
        with store.transaction():
            store.posts.add("Gazette", post, START)
    now = datetime.fromtimestamp(START, UTC)
    assert store.upkeep.erase(["élodie DUPRÉ"], now).posts == 1
    (left,) = store.rows("SELECT author_name FROM posts")
    assert left["author_name"] == "Elodie Dupre"


@pytest.mark.parametrize("erased", [True, False])
def test_the_file_holds_no_trace_of_what_went(store: Store, erased: bool) -> None:
    now = datetime.fromtimestamp(START, UTC)
    for number in range(50):
        said = Post(key=f"url:{number}", item=str(number), text="brakes", author=Author(name="Bo"))
        if number == 25:
            said = replace(said, text="unmistakable", author=Author(name="Jacqueline"))
        with store.transaction():
            store.posts.add("Gazette", said, START)
    if erased:
        store.upkeep.erase(["Jacqueline"], now)
    else:
        later = now + timedelta(days=50, seconds=1)
        store.upkeep.purge(later, timedelta(days=50), timedelta(days=30), "UTC")
    store.close()
    files = store.path.parent.glob(f"{store.path.name}*")
    assert not re.findall(rb"(?i)unmistakable|jacqueline", b"".join(f.read_bytes() for f in files))


def test_an_author_s_page_is_known_by_its_address_with_or_without_a_slash(store: Store) -> None:
    page = "https://forum.example/u/jane"
    said = Post(key="forum:1", item="1", author=Author(url=f"{page}/"))
    with store.transaction():
        store.posts.add("Forum", said, START)
    assert store.upkeep.erase([page], datetime.fromtimestamp(START, UTC)).posts == 1
    with store.transaction():
        assert store.posts.add("Forum", replace(said, key="forum:2", item="2"), START) is None


@pytest.mark.parametrize("erased", [True, False])
def test_nothing_is_left_of_an_alert_when_its_post_goes(store: Store, erased: bool) -> None:
    found = mention(store, "fire", now=START)
    now = datetime.fromtimestamp(START, UTC)
    ana = Person(name="Ana", email=None, language="en", timezone="UTC")
    message = Message(key="1", person=ana, created=now, subject="Fire!", text="t", html="h")
    with store.transaction():
        alert = store.outbox.alert("r", "Acme", found, 1, START)
        store.outbox.owe(f"alert:{alert}", "s", "alert", START)
        store.outbox.put(
            [message], subscription="s", channel="mail", subjects=[f"alert:{alert}"], now=now
        )
    store.outbox.sent(1, now)
    if erased:
        store.upkeep.erase(["url:https://a.example/fire"], now)
    else:
        later = now + timedelta(days=50, seconds=1)
        store.upkeep.purge(later, timedelta(days=50), timedelta(days=30), "UTC")
    (row,) = store.rows("SELECT subject, message FROM outbox")
    assert (row["subject"], row["message"]) == ("…", None), "the headline stood in it"
    assert store.rows("SELECT * FROM owed") == []


def test_an_old_message_loses_its_text_and_is_not_owed_again(store: Store) -> None:
    found = mention(store, "1", now=START)
    ana = Person(name="Ana", email=None, language="en", timezone="UTC")
    now = datetime.fromtimestamp(START, UTC)
    store.outbox.owe(f"mention:{found}", "s", "digest", START)
    message = Message(key="1", person=ana, created=now, subject="s", text="t", html="h")
    with store.transaction():
        store.outbox.put(
            [message], subscription="s", channel="mail", subjects=[f"mention:{found}"], now=now
        )
    store.outbox.sent(1, now)
    later = now + timedelta(days=31)
    store.upkeep.purge(later, timedelta(days=400), timedelta(days=30), "UTC")
    (row,) = store.rows("SELECT message, sent_at FROM outbox")
    assert row["message"] is None
    assert store.outbox.owed("s", "digest", later) == {}, "it was told"


def mention_is_refused(store: Store, item: str) -> bool:
    try:
        mention(store, item)
    except AssertionError:
        return True
    return False


def test_erasing_empties_the_messages_that_told_it(store: Store) -> None:
    told, owed = mention(store, "told"), mention(store, "owed")
    ana = Person(name="Ana", email=None, language="en", timezone="UTC")
    now = datetime.fromtimestamp(START, UTC)
    for number, found in enumerate((told, owed)):
        store.outbox.owe(f"mention:{found}", "s", "digest", 1)
        message = Message(key=str(number), person=ana, created=now, subject="s", text="t", html="h")
        with store.transaction():
            store.outbox.put(
                [message], subscription="s", channel="mail", subjects=[f"mention:{found}"], now=now
            )
    store.outbox.sent(1, now)
    erased = store.upkeep.erase(["https://a.example/told"], now)
    assert erased.posts == 0, "the URL was not known, only the key is"
    erased = store.upkeep.erase(["url:https://a.example/told"], now)
    assert (erased.posts, erased.mentions, erased.messages) == (1, 1, 1)
    (sent,) = store.rows("SELECT message FROM outbox WHERE id = 1")
    assert sent["message"] is None
    store.upkeep.erase(["url:https://a.example/owed"], now)
    assert store.rows("SELECT * FROM outbox WHERE id = 2") == [], "it will be made anew"


def surge(store: Store, now: datetime) -> int:
    """Write down a surge of the last hour, owed to one person; return its id."""
    with store.transaction():
        spike = store.spikes.add(
            "Acme", ["all"], kind="burst", at=now, minutes=60, said=[], event=None
        )
        assert spike is not None
        store.outbox.owe(f"spike:{spike}", "s", "spike", int(now.timestamp()))
    return spike


@pytest.mark.parametrize("sent", [True, False])
def test_erasing_empties_the_surge_that_showed_it(store: Store, sent: bool) -> None:
    mention(store, "1", now=START)
    now = datetime.fromtimestamp(START + 60, UTC)
    spike = surge(store, now)
    ana = Person(name="Ana", email=None, language="en", timezone="UTC")
    message = Message(key="x", person=ana, created=now, subject="s", text="About Acme", html="h")
    with store.transaction():
        store.outbox.put(
            [message], subscription="s", channel="mail", subjects=[f"spike:{spike}"], now=now
        )
    if sent:
        store.outbox.sent(1, now)
    store.upkeep.erase(["url:https://a.example/1"], now)
    assert [row["message"] for row in store.rows("SELECT message FROM outbox")] == [None] * sent
    assert list(store.outbox.owed("s", "spike", now)) == [] if sent else [spike]


@pytest.mark.parametrize("erasing", [True, False])
def test_what_is_told_of_a_mention_is_never_taken_for_told_of_another(
    store: Store, erasing: bool
) -> None:
    """Messages and what is owed name mentions and alerts by their ids, and outlive them."""
    now = datetime.fromtimestamp(START, UTC)
    before = mention(store, "1", now=START)
    alert = store.outbox.alert("crisis", "Acme", before, 1, START)
    later = now + timedelta(days=500)
    if erasing:
        store.upkeep.erase(["url:https://a.example/1"], later)
    else:
        store.upkeep.purge(later, timedelta(days=400), timedelta(days=30), "UTC")
    after = mention(store, "2", now=START)
    assert after > before
    again = store.outbox.alert("crisis", "Acme", after, 2, START)
    assert alert is not None
    assert again is not None
    assert again > alert


def test_what_was_noticed_long_ago_is_forgotten(store: Store) -> None:
    now = datetime.fromtimestamp(START, UTC)
    first, second = surge(store, now), surge(store, now + timedelta(days=1, hours=6))
    later = now + timedelta(days=401)
    store.upkeep.purge(later, timedelta(days=400), timedelta(days=30), "UTC")
    assert store.spikes.get(first) is None
    assert store.outbox.owed("s", "spike", later) == {second: now + timedelta(days=1, hours=6)}


def test_nobody_looks_again_at_what_is_old(store: Store) -> None:
    """Rows of a source that is no longer configured, or always fails, do not stay for ever."""
    mention(store, "1", now=START)
    post, now = store.posts.get(1), datetime.fromtimestamp(START, UTC)
    store.looks.plan(1, "Gazette", post, now)
    for days, left in ((8, 1), (30, 0)):
        later = now + timedelta(days=days)
        store.upkeep.purge(later, timedelta(days=400), timedelta(days=30), "UTC")
        assert len(store.rows("SELECT * FROM looks")) == left
