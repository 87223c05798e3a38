"""The archive is judged again: what changed is written, the rest is left, nobody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from listener import rescore
from listener.analysis.engines import Engines
from listener.analysis.learned import Learned, place, write
from listener.analysis.training import train
from listener.judge import Judge
from listener.model import Author, Engagement, Label, Level, PostKind
from listener.rescore import Outcome, Rescorer
from listener.store import Store, open_store
from listener.store.rescoring import Scope
from tests.analysis import labelled_texts
from tests.fakes import MONDAY
from tests.newsroom import Newsroom, newsroom, post

ENGLISH = "I bought this tent there last summer and it is {}, says everybody I know"


@pytest.fixture(scope="module")
def english() -> Learned:
    texts = [replace(one, text=ENGLISH.format(one.text)) for one in labelled_texts.examples()]
    outcome = train("en", texts, "", date(2026, 3, 1))
    assert outcome.learned
    kinds = dict.fromkeys(PostKind, 500)
    return replace(outcome.learned, card=outcome.learned.card.model_copy(update={"kinds": kinds}))


@pytest.fixture
async def room(tmp_path: Path, store: Store) -> Newsroom:
    made = newsroom(tmp_path, store)
    await made.hear_once()
    await made.pass_over("Gazette", *(
        post(f"{word}{n}", f"Acme {n}{word}", text=ENGLISH.format(f"{word} {word}"))
        for words in labelled_texts.FELT.values() for word in words for n in range(3)
    ))  # fmt: skip
    await made.tell()
    return made


def rescorer(room: Newsroom, folder: Path, engines: bool = True) -> Rescorer:
    app = room.app
    judge = app.judge
    judge.__dict__["_engines"] = Engines(folder) if engines else Engines()
    return Rescorer(app.store, judge, app.config, [folder])


def labels(store: Store) -> list[str | None]:
    sql = "SELECT s.label FROM mentions m JOIN scores s ON s.id = m.score ORDER BY m.id"
    return [row["label"] for row in store.rows(sql)]


def counts(store: Store, *tables: str) -> list[int]:
    return [store.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in tables]


@pytest.mark.anyio
async def test_nothing_changes_where_nothing_has_changed(room: Newsroom, tmp_path: Path) -> None:
    before = counts(room.app.store, "scores")
    room.clock.tick(days=30)
    found = rescorer(room, tmp_path / "none").run(Scope(), room.clock.now())

    assert found == Outcome(judged=27, changed=0)
    assert counts(room.app.store, "scores") == before


@pytest.mark.anyio
async def test_a_new_engine_judges_the_archive_and_alerts_nobody(
    room: Newsroom, tmp_path: Path, english: Learned
) -> None:
    store, folder = room.app.store, tmp_path / "models"
    assert set(labels(store)) == {"neutral"}
    before = counts(store, "mentions", "alerts", "owed", "outbox", "stories")
    write(place(folder, "en"), english)
    room.clock.tick(hours=1)
    found = rescorer(room, folder).run(Scope(), room.clock.now())

    assert labels(store) == [label for label in labelled_texts.FELT for _ in range(9)]
    assert (found.judged, found.kept) == (27, 0)
    assert found.labels == {"neutral -> positive": 9, "neutral -> negative": 9}
    assert counts(store, "mentions", "alerts", "owed", "outbox", "stories") == before
    assert counts(store, "scores") == [27 + found.changed]  # the older ones are kept
    assert await room.tell() == []
    again = rescorer(room, folder).run(Scope(), room.clock.now())
    assert (again.judged, again.changed) == (27, 0)


@pytest.mark.anyio
async def test_a_dry_run_tells_the_same_and_writes_nothing(
    room: Newsroom, tmp_path: Path, english: Learned
) -> None:
    folder = tmp_path / "models"
    write(place(folder, "en"), english)
    before = (
        room.app.store.rows("SELECT * FROM scores"),
        room.app.store.rows("SELECT * FROM settings"),
    )
    dry = rescorer(room, folder).run(Scope(), room.clock.now(), dry_run=True)

    assert (room.app.store.rows("SELECT * FROM scores"),
            room.app.store.rows("SELECT * FROM settings")) == before  # fmt: skip
    assert rescorer(room, folder).run(Scope(), room.clock.now()) == dry


@pytest.mark.anyio
async def test_after_a_kill_it_goes_on_where_it_stopped(
    room: Newsroom, tmp_path: Path, english: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    write(place(folder, "en"), english)
    monkeypatch.setattr(rescore, "PAGE", 10)

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescorer(room, folder).run(Scope(), room.clock.now(), told=killed)
    other = rescorer(room, folder)
    assert other.remaining(Scope(), other.start(Scope())) == 17
    assert other.start(Scope(brand="Acme")) == 0  # another job
    assert other.run(Scope(), room.clock.now()).judged == 17
    assert labels(room.app.store) == [label for label in labelled_texts.FELT for _ in range(9)]
    assert other.start(Scope()) == 0


@pytest.mark.anyio
async def test_with_other_engines_it_begins_anew(
    room: Newsroom, tmp_path: Path, english: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescore, "PAGE", 10)

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescorer(room, tmp_path / "models").run(Scope(), room.clock.now(), told=killed)
    assert rescorer(room, tmp_path / "models").start(Scope()) > 0
    write(place(tmp_path / "models", "en"), english)
    assert rescorer(room, tmp_path / "models").start(Scope()) == 0


@pytest.mark.anyio
async def test_what_the_daemon_judged_meanwhile_is_left_alone(
    room: Newsroom, tmp_path: Path, english: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another connection edits a post between our reading and our writing."""
    store, folder = room.app.store, tmp_path / "models"
    write(place(folder, "en"), english)
    inner = Judge.judge_all

    def slow(self: Judge, *given: object) -> object:
        found = inner(self, *given)  # type: ignore[arg-type]

        def daemon() -> None:
            other = open_store(store.path)
            with other.transaction():
                other.execute("UPDATE posts SET text = 'Edited.' WHERE id = 1")
                mention = other.mentions.by_ids([2])[0]
                other.mentions.judge(2, mention.sentiment, mention.risk, 0)
            other.close()

        thread = Thread(target=daemon)
        thread.start()
        thread.join()
        return found

    monkeypatch.setattr(Judge, "judge_all", slow)
    found = rescorer(room, folder).run(Scope(), room.clock.now())

    assert labels(store)[:3] == ["neutral", "neutral", "positive"]
    assert found.changed < found.judged == 27


@pytest.mark.anyio
async def test_only_a_brand_or_from_a_day_on(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    await room.pass_over("Gazette", post("1", "Acme and Rival"),
                         post("2", "Acme", published=MONDAY - timedelta(days=9)))  # fmt: skip
    made = rescorer(room, tmp_path)
    since = datetime(2026, 3, 1, tzinfo=UTC)

    assert made.remaining(Scope(), 0) == 3
    for scope, count in ((Scope(brand="Rival"), 1), (Scope(since=since), 2),
                         (Scope(brand="Acme", since=since), 1)):  # fmt: skip
        assert made.remaining(scope, 0) == count
        assert made.run(scope, room.clock.now()).judged == count


@pytest.mark.anyio
async def test_what_its_query_no_longer_finds_stays_as_it_is(tmp_path: Path, store: Store) -> None:
    room = newsroom(tmp_path, store)
    await room.pass_over("Gazette", post("1", "Acme is horrible, terrible, awful"))
    before = labels(store)
    store.execute("UPDATE mentions SET brand = 'Gone'")
    found = rescorer(room, tmp_path).run(Scope(), room.clock.now())

    assert found == Outcome(judged=1, kept=1)
    assert labels(store) == before == ["negative"]


@pytest.mark.anyio
async def test_a_mention_of_a_source_that_is_gone_is_judged_too(
    tmp_path: Path, store: Store, english: Learned
) -> None:
    room = newsroom(tmp_path, store)
    await room.pass_over("Gazette", post("1", "Acme", text=ENGLISH.format("krashto")))
    store.execute("UPDATE mentions SET source = 'Closed'")
    write(place(tmp_path / "models", "en"), english)

    assert rescorer(room, tmp_path / "models").run(Scope(), room.clock.now()).changed == 1
    assert labels(store) == [Label.NEGATIVE]


@pytest.mark.anyio
async def test_reactions_of_long_ago_still_count(tmp_path: Path, store: Store) -> None:
    """What moved while it was followed stays in the risk: the archive does not fade."""
    room = newsroom(tmp_path, store)
    await room.hear_once()
    angry = post("1", "Acme recall after a fire", text="Acme is a dangerous scandal.",
                 author=Author(handle="jo", followers=200_000))  # fmt: skip
    await room.pass_over("Gazette", replace(angry, engagement=Engagement(likes=100)))
    room.clock.tick(hours=1)
    await room.pass_over("Gazette", replace(angry, engagement=Engagement(likes=9_000)))
    room.app.reassessor.run()
    (before,) = store.mentions.by_ids([1])
    room.clock.tick(days=40)
    found = rescorer(room, tmp_path).run(Scope(), room.clock.now())

    assert found.changed == 0
    assert before.risk.level in (Level.HIGH, Level.CRITICAL)
