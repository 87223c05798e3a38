from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.model import Heard
from listener.store import Store, open_store
from listener.store.sources import SourceState, is_stale

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVERY = timedelta(minutes=15)
STATE = SourceState(name="a", kind="feed", due_at=NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "listener.db")
    yield opened
    opened.close()


def test_backoff_doubles_up_to_a_day() -> None:
    state, waits = STATE, []
    for _ in range(10):
        state = state.failed(NOW, EVERY, "503")
        waits.append((state.due_at - NOW) / timedelta(minutes=1))
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]


def test_retry_after_wins_when_longer() -> None:
    failed = STATE.failed(NOW, EVERY, "429", retry_after=timedelta(hours=3))
    assert failed.due_at == NOW + timedelta(hours=3)


def test_what_needs_a_person_is_tried_daily() -> None:
    assert STATE.failed(NOW, EVERY, "401", needs_person=True).due_at == NOW + timedelta(days=1)


def test_success_forgets_the_failures() -> None:
    state = STATE.failed(NOW, EVERY, "503").succeeded(NOW, EVERY, None, 0)
    assert (state.failures, state.error, state.due_at) == (0, None, NOW + EVERY)
    assert state.first_heard == state.heard_at == NOW


@pytest.mark.parametrize(
    ("wait", "expected"),
    [(timedelta(minutes=1), EVERY), (timedelta(hours=2), timedelta(hours=2)),
     (timedelta(days=40), timedelta(days=1))],
)  # fmt: skip
def test_a_source_may_ask_for_fewer_polls(wait: timedelta, expected: timedelta) -> None:
    assert STATE.succeeded(NOW, EVERY, wait, 0).due_at == NOW + expected


def test_states_survive(store: Store) -> None:
    store.sources.sync({"a": "feed"}, NOW)
    state = STATE.failed(NOW, EVERY, "503")
    store.sources.save(state)
    store.sources.sync({"a": "feed", "b": "feed"}, NOW)
    assert store.sources.get("a") == state
    assert [s.name for s in store.sources.due(["a", "b"], NOW)] == ["b"]
    assert [s.name for s in store.sources.due(["a", "b"], NOW + EVERY)] == ["b", "a"]


def test_a_source_of_another_kind_starts_over(store: Store) -> None:
    store.sources.save(SourceState(name="a", kind="feed", due_at=NOW, cursor={"etag": "x"}))
    store.sources.sync({"a": "hackernews"}, NOW)
    state = store.sources.get("a")
    assert state is not None
    assert state.cursor == {}


def stretches(store: Store) -> list[tuple[str, int, int]]:
    found = store.sources.coverage(["a"], NOW - timedelta(days=2), NOW + timedelta(days=2))
    minute = timedelta(minutes=1)
    return [
        (c.state.value, int((c.since - NOW) / minute), int((c.until - NOW) / minute))  # type: ignore[operator]
        for c in found
    ]


def cover(
    store: Store, minutes: int, heard: Heard, why: str | None = None, planned: int = 0
) -> None:
    due = NOW + timedelta(minutes=planned)
    store.sources.cover("a", heard, NOW + timedelta(minutes=minutes), EVERY, due, why)


def test_coverage_joins_what_is_the_same(store: Store) -> None:
    for minutes in (0, 15, 30):
        cover(store, minutes, Heard.HEARD)
    assert stretches(store) == [("heard", 0, 30)]


def test_a_failure_counts_from_when_it_was_last_heard(store: Store) -> None:
    cover(store, 0, Heard.HEARD)
    cover(store, 15, Heard.DOWN, "503")
    cover(store, 45, Heard.DOWN, "503")
    cover(store, 105, Heard.HEARD)
    assert stretches(store) == [("heard", 0, 0), ("down", 0, 105), ("heard", 105, 105)]


def test_when_the_program_was_off_there_is_a_gap(store: Store) -> None:
    cover(store, 0, Heard.HEARD)
    cover(store, 600, Heard.HEARD)
    assert stretches(store) == [("heard", 0, 0), ("heard", 600, 600)]


def miss(store: Store, since: int, until: int) -> None:
    minute = timedelta(minutes=1)
    store.sources.missed("a", NOW + since * minute, NOW + until * minute, "1,000 hits at most")


def test_what_cannot_be_caught_up_is_named(store: Store) -> None:
    cover(store, 0, Heard.HEARD)
    cover(store, 600, Heard.HEARD)
    miss(store, 0, 300)
    assert stretches(store) == [("heard", 0, 0), ("missed", 0, 300), ("heard", 600, 600)]


def test_what_was_missed_was_not_heard(store: Store) -> None:
    for minutes in (0, 15, 30, 45):
        cover(store, minutes, Heard.HEARD)
    miss(store, 10, 20)
    assert stretches(store) == [("heard", 0, 10), ("missed", 10, 20), ("heard", 20, 45)]
    cover(store, 60, Heard.HEARD)
    assert stretches(store)[-1] == ("heard", 20, 60)


def test_a_failure_keeps_its_name_when_posts_of_it_were_missed(store: Store) -> None:
    cover(store, 0, Heard.HEARD)
    cover(store, 15, Heard.DOWN, "503")
    miss(store, -10, 25)
    assert stretches(store) == [("missed", -10, 0), ("down", 0, 15), ("missed", 15, 25)]
    cover(store, 30, Heard.HEARD)
    assert stretches(store)[1:] == [
        ("down", 0, 15), ("missed", 15, 25), ("down", 25, 30), ("heard", 30, 30),
    ]  # fmt: skip


@pytest.mark.parametrize("after", [Heard.HEARD, Heard.DOWN])
def test_what_was_missed_since_the_last_poll_is_not_heard_over(store: Store, after: Heard) -> None:
    cover(store, 0, Heard.HEARD)
    cover(store, 15, Heard.HEARD, planned=15)
    miss(store, 10, 25)
    cover(store, 30, after, planned=30)
    cover(store, 45, after, planned=45)
    assert stretches(store) == [("heard", 0, 10), ("missed", 10, 25), (after.value, 25, 45)]


def test_a_gap_without_length_is_none(store: Store) -> None:
    cover(store, 0, Heard.HEARD)
    cover(store, 60, Heard.HEARD)
    miss(store, 40, 20)
    assert stretches(store) == [("heard", 0, 60)]


def test_a_pass_that_ends_late_does_not_bring_the_old_kind_back(store: Store) -> None:
    """The file is read again while a pass is under way, and names another kind."""
    old = SourceState(name="a", kind="feed", due_at=NOW, cursor={"etag": "x"}, first_heard=NOW)
    store.sources.sync({"a": "feed"}, NOW)
    store.sources.sync({"a": "hackernews"}, NOW)
    store.sources.save(old)
    state = store.sources.get("a")
    assert state == SourceState(name="a", kind="hackernews", due_at=NOW)


def test_stale_is_relative_to_the_usual_gap() -> None:
    day = timedelta(days=1)
    daily = {"newest": NOW - 11 * day, "oldest": NOW - 41 * day, "count": 31}
    assert is_stale(**daily, now=NOW)  # type: ignore[arg-type]
    monthly = {"newest": NOW - 11 * day, "oldest": NOW - 161 * day, "count": 6}
    assert not is_stale(**monthly, now=NOW)  # type: ignore[arg-type]
    few = {"newest": NOW - 20 * day, "oldest": NOW - 21 * day, "count": 2}
    assert not is_stale(**few, now=NOW)  # type: ignore[arg-type]


def test_a_long_planned_pause_is_no_gap(store: Store) -> None:
    cover(store, 0, Heard.HEARD)
    cover(store, 15, Heard.DOWN, "503", planned=15)
    cover(store, 735, Heard.DOWN, "503", planned=735)
    assert stretches(store) == [("heard", 0, 0), ("down", 0, 735)]
