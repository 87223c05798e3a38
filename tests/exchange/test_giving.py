"""What is exported: who fits, formulas that are none, and nothing lost on the way back."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis.html import plain
from listener.collect.pushed import last_came
from listener.collect.pushed_posts import Origin, read_post
from listener.exchange.files import Row, line_rows
from listener.exchange.giving import Wanted, give, post_as_item, write_lines, write_table
from listener.exchange.taking import ExportedPost, check, take
from listener.model import Author, Engagement, Label, Post, PostKind
from listener.store import Store, open_store
from tests.fakes import MONDAY
from tests.newsroom import Newsroom, newsroom, post

ORIGIN = Origin(slug="x", publishes=PostKind.WEB, language=None, now=MONDAY)
RICH = post(
    "1",
    title="Acme recalls everything",
    text="Two lines.\nAcme is terrible, a horrible scandal.",
    author=Author(name="Jo", handle="jo", url="https://x.example/jo", followers=12),
    outlet="The Gazette",
    kind=PostKind.NEWS,
    language="en",
    rating=0.25,
    engagement=Engagement(likes=0, comments=4),
    parent="hackernews:1",
    root="hackernews:2",
    published=MONDAY - timedelta(hours=1),
)


async def filled(folder: Path, store: Store) -> Newsroom:
    room = newsroom(folder, store)
    await room.pass_over(
        "Gazette",
        RICH,
        post("2", title="Acme is a wonderful, great success", published=None, language="en"),
        post("3", title="Rival opens", published=MONDAY - timedelta(days=9)),
        post("4", title="Nothing of ours"),
    )
    return room


def keys(store: Store, **wanted: object) -> list[str]:
    found = give(store, Wanted(**wanted))  # type: ignore[arg-type]
    return [one.kept.post.key.rpartition("/")[2] for one in found]


@pytest.mark.anyio
async def test_what_is_wanted_is_given(tmp_path: Path, store: Store) -> None:
    await filled(tmp_path, store)
    assert keys(store) == ["3", "1", "2"]
    assert keys(store, everything=True) == ["3", "1", "2", "4"]
    assert keys(store, brand="Rival") == ["3"]
    assert keys(store, since=MONDAY - timedelta(days=1)) == ["1", "2"]
    assert keys(store, until=MONDAY - timedelta(days=1)) == ["3"]
    assert keys(store, labels=[Label.POSITIVE]) == ["2"]
    assert keys(store, min_risk=1) == ["1"]


@pytest.mark.anyio
async def test_an_export_is_imported_elsewhere_without_a_loss(tmp_path: Path, store: Store) -> None:
    await filled(tmp_path, store)
    path = tmp_path / "all.jsonl"
    with path.open("w", encoding="utf-8") as file:
        assert write_lines(file, give(store, Wanted(everything=True))) == 4
    (tmp_path / "other").mkdir()
    other = open_store(tmp_path / "other" / "listener.db")
    room = newsroom(tmp_path / "other", other)
    source = room.app.config.tables.sources[0]
    progress: list[int] = []
    for expected in (4, 0):
        assert check(line_rows(path), ORIGIN, progress.append).bad == 0
        taken = take(
            line_rows(path), ORIGIN, source, room.app.pipeline, other, room.clock, progress.append
        )
        assert taken.fresh == expected
    assert _all(other) == _all(store)
    assert RICH.author in [found.author for found in _all(other)]
    assert progress[-1] == path.stat().st_size
    again = io.StringIO()
    write_lines(again, give(other, Wanted(everything=True)))
    assert _said(again.getvalue()) == _said(path.read_text(encoding="utf-8"))
    other.close()


@pytest.mark.anyio
async def test_a_post_without_words_comes_back(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    await room.pass_over("Gazette", post("1", title="", text=""))  # a picture, a bare link
    path = tmp_path / "all.jsonl"
    with path.open("w", encoding="utf-8") as file:
        write_lines(file, give(store, Wanted(everything=True)))
    checked = check(line_rows(path), ORIGIN, lambda _: None)
    assert (checked.posts, checked.wrong) == (1, [])


@pytest.mark.anyio
async def test_a_file_without_news_has_come(tmp_path: Path, store: Store) -> None:
    more = '[[sources]]\nname = "Old"\nkind = "import"\nexpect = "7d"\n'
    room = newsroom(tmp_path, store, more=more)
    source = next(one for one in room.app.config.tables.sources if one.name == "Old")
    for rows in (
        [Row(1, 9, {"id": 1, "text": "Acme"})],
        [Row(1, 9, {"id": 1, "text": "Acme"})],
        [],
    ):
        room.clock.tick(days=7)
        take(rows, ORIGIN, source, room.app.pipeline, store, room.clock, lambda _: None)
        state = store.sources.get("Old")
        assert state is not None
        assert last_came(state.cursor) == room.clock.now()


def _all(store: Store) -> list[Post]:
    """Every post as it is kept, with its counts."""
    return [one.kept.post for one in give(store, Wanted(everything=True))]


def _said(text: str) -> list[dict[str, object]]:
    """An export without what only says when and where it was taken in."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert line.pop("source")
        assert line.pop("seen")
    return lines


@pytest.mark.anyio
async def test_an_import_alerts_nobody(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    await room.hear_once()
    source = room.app.config.tables.sources[0]
    said = {"text": "Acme tent explodes, child dead, lawsuit, scandal", "language": "en"}
    rows = [Row(1, 9, said), Row(2, 12, {"text": ""})]
    taken = take(rows, ORIGIN, source, room.app.pipeline, store, room.clock, lambda _: None)
    assert (taken.fresh, taken.mentions, taken.alerts) == (1, 1, 0)
    (mention,) = store.mentions.between(["Acme"], 0, 2**40, "found")
    assert mention.first_pass
    assert not mention.alerted


@pytest.mark.anyio
async def test_after_a_kill_the_same_import_goes_on(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    source = room.app.config.tables.sources[0]
    rows = [Row(n, n, {"id": n, "text": f"Acme {n}"}) for n in range(1200)]

    def killed(done: int) -> None:
        if done > 600:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(rows, ORIGIN, source, room.app.pipeline, store, room.clock, killed)
    rest = take(rows, ORIGIN, source, room.app.pipeline, store, room.clock, lambda _: None)
    assert rest.fresh == 200
    assert len(keys(store)) == 1200


@pytest.mark.anyio
async def test_a_table_for_spreadsheets(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    texts = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "＝1", "plain", "a=b"]
    posts = [post(str(n), title=f"Acme {n}", text=text) for n, text in enumerate(texts)]
    both = post("9", title="Acme and Rival", text="=both", engagement=Engagement(likes=3))
    await room.pass_over("Gazette", *posts, both)
    made = io.StringIO()
    assert write_table(made, give(store, Wanted()), "Europe/Paris") == 9
    rows = list(csv.DictReader(io.StringIO(made.getvalue())))
    said = [row["text"] for row in rows]
    assert said[:7] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(A1)", "'＝1", "plain", "a=b"]
    assert [row["brand"] for row in rows[-2:]] == ["Acme", "Rival"]
    assert {row["likes"] for row in rows[-2:]} == {"3"}
    assert rows[0]["published"] == "2026-03-02T13:00:00+01:00"
    assert {cell[:1] for row in rows for cell in row.values()}.isdisjoint("=+@＝\t")


OLD, NEW = datetime(1990, 1, 2), datetime(2026, 3, 1)  # noqa: DTZ001 -- of the zone below
LINE = st.text(max_size=20).map(lambda text: " ".join(plain(text).split()) or None)
COUNT = st.none() | st.integers(0, 10**9)
KEY = st.from_regex(r"[a-z]{1,9}:[!-~]{1,30}", fullmatch=True)
POSTS = st.builds(
    Post,
    key=KEY,
    item=st.just(""),
    kind=st.sampled_from(PostKind),
    url=st.none() | st.sampled_from(["https://a.example/x?b=1#c2", "http://é.example/ü"]),
    title=LINE,
    text=st.text(min_size=1).map(plain).filter(bool),
    author=st.none()
    | st.builds(
        Author,
        name=st.just("Jo"),
        handle=LINE.map(lambda text: (text or "").lstrip("@") or None),
        url=st.none() | st.just("https://a.example/jo"),
        followers=COUNT,
    ),
    outlet=LINE,
    published=st.none()
    | st.datetimes(OLD, NEW, timezones=st.just(UTC)).map(lambda when: when.replace(microsecond=0)),
    language=st.sampled_from([None, "fr", "en"]),
    rating=st.none() | st.floats(0, 1),
    parent=st.none() | KEY,
    root=st.none() | KEY,
    engagement=st.none() | st.builds(Engagement, likes=st.just(1), shares=COUNT, views=COUNT),
)


@settings(max_examples=200, deadline=None)
@given(POSTS)
def test_every_post_comes_back_as_it_was(one: Post) -> None:
    line = json.loads(json.dumps(post_as_item(one)))
    again = read_post(line, ORIGIN, ExportedPost)
    assert isinstance(again, Post), again
    assert again.item == one.key
    assert {name: getattr(again, name) for name in FIELDS} == {
        name: getattr(one, name) for name in FIELDS
    }
    assert unicodedata.is_normalized("NFC", again.text)


FIELDS = tuple(name for name in Post.__slots__ if name != "item")
