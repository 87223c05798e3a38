"""The full-text index follows what becomes of posts."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.model import Author, Post
from listener.store import Store, open_store
from listener.store.schema_changes import FULL_TEXT
from listener.store.search import words
from tests.store.builders import mention

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def add(store: Store, item: str, source: str = "Gazette", **fields: object) -> None:
    post = Post(key=f"url:https://a.example/{item}", item=item, **fields)  # type: ignore[arg-type]
    with store.transaction():
        assert store.posts.add(source, post, int(NOW.timestamp())) is not None


def keys(store: Store, expression: str | None, **options: object) -> list[str]:
    ids = store.search.ids(expression, **options)  # type: ignore[arg-type]
    return [kept.post.key[-1] for kept in store.search.posts(ids)]


def test_words_are_folded_and_stand_apart() -> None:
    assert words("L’Été à #Cœur, @jean 任天堂 C++ 👍🏽") == "l ete a coeur jean 任 天 堂 c + + 👍"
    assert words(None) == ""


def test_an_edit_is_found_by_its_new_words_only(store: Store) -> None:
    add(store, "1", title="Une tente", text="verte", author=Author(name="Zoé"))
    add(store, "1", title="Un vélo", text="rouge", author=Author(name="Zoé"))
    assert keys(store, '"tente" OR "verte"') == []
    assert keys(store, 'title : "velo" AND text : "rouge" AND author : "zoe"') == ["1"]


def test_what_is_erased_or_purged_is_found_no_more(store: Store) -> None:
    for item in "123":
        add(store, item, text="tente")
    store.upkeep.erase(["url:https://a.example/2"], NOW)
    assert keys(store, '"tente"') == ["3", "1"]
    store.upkeep.purge(NOW + timedelta(days=40), timedelta(days=400), timedelta(days=30), "UTC")
    assert keys(store, '"tente"') == []
    assert store.rows("SELECT * FROM post_words WHERE post_words MATCH 'tente'") == []


def test_a_row_used_again_is_not_found_by_the_old_words(store: Store) -> None:
    add(store, "1", text="tente")
    store.upkeep.erase(["url:https://a.example/1"], NOW)
    add(store, "2", text="vélo")
    assert keys(store, '"tente"') == []
    assert keys(store, '"velo"') == ["2"]


def test_an_archive_from_before_the_index_is_indexed(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    store = open_store(path)
    add(store, "1", title="Chez Décathlon", text="", author=Author(handle="zoé"))
    for statement in reversed(FULL_TEXT[:-1]):
        kind, name = (
            statement.split()[1:3] if "VIRTUAL" not in statement else ("TABLE", "post_words")
        )
        store.execute(f"DROP {kind} {name}")
    store.execute("DELETE FROM _sqlite_migrations WHERE name = 'full_text'")
    store.close()
    store = open_store(path)
    assert keys(store, 'title : "decathlon" AND author : "zoe"') == ["1"]
    store.close()


def test_of_a_brand_and_by_risk(store: Store) -> None:
    add(store, "1", text="About")
    mention(store, "2", brand="Acme")
    mention(store, "3", brand="Rival")
    assert keys(store, '"about"', order="risk")[-1] == "1", "what was not judged comes last"
    assert keys(store, None, brand="Acme") == ["2"]
    (kept,) = store.search.posts(store.search.ids(None, brand="Rival"))
    assert [(m.brand, m.risk, m.label) for m in kept.marks] == [("Rival", 70, "negative")]
    assert kept.language == "en", "as judged"


def test_posts_come_in_the_order_asked_for(store: Store) -> None:
    for item in "123":
        add(store, item, text="tente")
    assert [kept.id for kept in store.search.posts([3, 99, 1])] == [3, 1]


def test_named_by_key_by_url_and_with_those_that_share_the_address(store: Store) -> None:
    url = "https://a.example/log"
    for item, title in (("v1", "One"), ("v2", "Two")):
        post = Post(key=f"url:{url}", item=item, url=f"{url}?utm_source=x", title=title, text="")
        with store.transaction():
            store.posts.add("Gazette", post, 1)
    assert store.search.named([f"url:{url}"]) == [1, 2]
    assert store.search.named([f"{url}?utm_source=x"]) == [1, 2]
    assert store.search.named(["url:https://a.example/lo"]) == []


def test_how_far_back_the_archive_goes(store: Store) -> None:
    assert store.search.extent().posts == 0
    mention(store, "1", now=1000)
    add(store, "2", text="About")
    extent = store.search.extent()
    assert (extent.posts, extent.oldest_unmatched) == (2, NOW)
    assert extent.oldest == datetime.fromtimestamp(1000, UTC)


def test_nobody_else_can_write_posts_and_miss_the_index(store: Store, tmp_path: Path) -> None:
    add(store, "1", text="tente")
    with sqlite3.connect(store.path) as other, pytest.raises(sqlite3.OperationalError):
        other.execute("DELETE FROM posts")
    other.close()
