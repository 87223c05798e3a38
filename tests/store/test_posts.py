from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.model import Author, Engagement, Post
from listener.store import Store, open_store
from listener.store.posts import Stored

DAY = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "listener.db")
    yield opened
    opened.close()


def post(item: str = "1", **changes: object) -> Post:
    made = Post(key=f"url:https://a.example/{item}", item=item, title="Title", text="Some text.")
    return replace(made, **changes)  # type: ignore[arg-type]


def add(store: Store, source: str, given: Post, now: int = 1000) -> Stored:
    with store.transaction():
        stored = store.posts.add(source, given, now)
    assert stored is not None
    return stored


def count(store: Store, table: str) -> int:
    row = store.row(f"SELECT count(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])


def test_the_same_item_twice_is_one_post(store: Store) -> None:
    first = add(store, "a", post())
    assert first.fresh
    assert add(store, "a", post()) == Stored(first.id)
    assert store.posts.unchanged("a", [post(), post("2")]) == {"1"}
    assert count(store, "posts") == count(store, "sightings") == 1


def test_an_item_whose_address_changed_is_the_same_post(store: Store) -> None:
    first = add(store, "a", post())
    moved = add(store, "a", post(key="url:https://a.example/moved"))
    assert moved.id == first.id
    assert count(store, "posts") == 1


def test_a_post_seen_at_two_sources_is_one(store: Store) -> None:
    first = add(store, "a", post())
    second = add(store, "b", replace(post(), item="other id"))
    assert second == Stored(first.id)
    assert count(store, "posts") == 1
    assert count(store, "sightings") == 2


def test_items_that_share_an_address_but_not_a_title_are_two(store: Store) -> None:
    page = "url:https://a.example/changelog"
    first = add(store, "a", post("1", key=page, title="Version 1"))
    second = add(store, "a", post("2", key=page, title="Version 2"))
    assert first.id != second.id
    assert second.fresh
    for item, title in (("1", "Version 1"), ("2", "Version 2")):
        assert not add(store, "a", post(item, key=page, title=title)).changed


def test_a_source_with_a_new_id_for_the_same_item_repeats_nothing(store: Store) -> None:
    same = "url:https://a.example/1"
    first = add(store, "a", post("random-1", key=same))
    assert add(store, "a", post("random-2", key=same)) == Stored(first.id)
    assert count(store, "posts") == count(store, "sightings") == 1


def test_an_edit_is_a_revision(store: Store) -> None:
    first = add(store, "a", post())
    edited = add(store, "a", post(text="Some other text."), now=2000)
    assert edited == Stored(first.id, edited=True)
    assert store.posts.get(first.id).text == "Some other text."
    (revision,) = store.rows("SELECT text, at FROM revisions")
    assert tuple(revision) == ("Some text.", 2000)


def test_two_sources_with_two_texts_do_not_take_turns(store: Store) -> None:
    short = post(text="Short.")
    long = replace(post(), item="x", text="A much longer text of the same.")
    first = add(store, "a", short)
    assert add(store, "b", long).edited, "another source gave more of it"
    for _ in range(2):
        assert not add(store, "a", short).changed
        assert not add(store, "b", long).changed
    assert store.posts.get(first.id).text == long.text
    assert count(store, "revisions") == 0, "nobody edited anything"


def test_engagement_is_a_series_of_changes(store: Store) -> None:
    first = add(store, "a", post(engagement=Engagement(likes=1)))
    add(store, "a", post(engagement=Engagement(likes=1)), now=2000)
    add(store, "a", post(engagement=Engagement(likes=5, views=9)), now=3000)
    add(store, "a", post(), now=4000)
    rows = store.rows("SELECT at, likes, views FROM engagement WHERE post = ?", (first.id,))
    assert [tuple(row) for row in rows] == [(1000, 1, None), (3000, 5, 9)]


def test_what_was_erased_never_comes_back(store: Store) -> None:
    add(store, "a", post(author=Author(name="Zoé Martin", handle="zoe")))
    erased = store.upkeep.erase(["zoe"], datetime(2026, 1, 1, tzinfo=UTC))
    assert erased.posts == 1
    with store.transaction():
        assert store.posts.add("a", post(), 1) is None, "the post"
        other = post("2", author=Author(handle="Zoe"))
        assert store.posts.add("b", other, 1) is None, "anything of that author"
        assert store.posts.add("b", post("3", author=Author(handle="max")), 1) is not None
    (row,) = store.rows("SELECT group_concat(hex(hash)) AS all_hashes FROM tombstones")
    assert b"zoe".hex().upper() not in row["all_hashes"]


def test_of_two_posts_of_one_address_each_is_erased_for_itself(store: Store) -> None:
    first, second = post("1"), post("2", key="url:https://a.example/1", title="Another")
    add(store, "a", first)
    (key,) = [row["key"] for row in store.rows("SELECT key FROM posts")]
    add(store, "a", second)
    (apart,) = [row["key"] for row in store.rows("SELECT key FROM posts WHERE id > 1")]
    assert apart != key
    store.upkeep.erase([apart], datetime(2026, 1, 1, tzinfo=UTC))
    with store.transaction():
        assert store.posts.add("a", second, 1) is None
        assert store.posts.add("a", first, 1) is not None


def test_what_a_source_lists_for_years_stays_purged(store: Store) -> None:
    add(store, "a", post("1"), now=0)
    keep = timedelta(days=30), timedelta(days=30), "UTC"
    for days in (40, 300, 600, 900, 1200):
        store.upkeep.purge(datetime.fromtimestamp(days * 86_400, UTC), *keep)
        with store.transaction():
            assert store.posts.add("a", post("1"), days * 86_400) is None, days
    store.upkeep.purge(datetime.fromtimestamp(1700 * 86_400, UTC), *keep)
    assert store.rows("SELECT * FROM tombstones") == [], "nobody lists it any more"


def test_an_address_goes_on_when_what_stood_there_was_purged(store: Store) -> None:
    same = "url:https://a.example/changes"
    old, news = post("1", key=same, title="Version 1"), post("2", key=same, title="Version 2")
    add(store, "a", old, now=0)
    purged = store.upkeep.purge(
        datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=400), timedelta(days=30), "UTC"
    )
    assert purged == 1
    with store.transaction():
        assert store.posts.add("a", old, 1) is None, "it is still listed"
        assert store.posts.add("a", replace(old, title="Version 1 (edited)"), 1) is None
        assert store.posts.add("b", replace(old, item="x"), 1) is None, "nor is it news elsewhere"
        assert store.posts.add("a", news, 1) is not None
