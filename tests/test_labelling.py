"""People say how mentions sound: it counts, for copies too, and engines learn from it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from listener import labelling
from listener.errors import ConfigError
from listener.model import PERSON, Label, PostKind
from listener.rescore import Rescorer
from listener.store import Store, labels
from listener.store.rescoring import Scope
from tests.fakes import MONDAY
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio
NOW = MONDAY + timedelta(hours=1)
LONG = (
    "Acme opened its shop in Lyon on Monday, and many people came to see the tents and the boats."
    " The mayor cut a ribbon at ten, a band played in the street, and by noon the queue had reached"
    " the river. The shop has forty staff, two floors and a workshop where bicycles are mended."
)


@pytest.fixture
async def room(tmp_path: Path, store: Store) -> Newsroom:
    made = newsroom(tmp_path, store)
    await made.hear_once()
    await made.pass_over(
        "Gazette",
        post("good", "Acme and Rival", text="Acme is great. Rival is great.", language="en"),
        post("news", "Acme in Lyon", text=LONG, language="en", kind=PostKind.SOCIAL),
        post("copy", "Acme in Lyon", text=LONG, language="en"),
        post("short", "Acme", text="ok"),
    )
    return made


def give(room: Newsroom, item: str, label: Label, brand: str | None = None) -> int:
    ids = [
        row["id"] for row in room.app.store.rows("SELECT id, key FROM posts") if item in row["key"]
    ]
    return len(labelling.label(room.app.store, room.app.judge, ids, brand, label, NOW))


def said(store: Store) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    rows = store.rows(
        "SELECT p.key, m.brand, s.label, s.engine FROM mentions m"
        " JOIN posts p ON p.id = m.post JOIN scores s ON s.id = m.score"
    )
    return {
        (row["key"].split("/")[-1], row["brand"]): (row["label"], row["engine"]) for row in rows
    }


async def test_a_label_counts_for_one_brand_and_the_engine_s_stays_beside_it(
    room: Newsroom,
) -> None:
    store = room.app.store
    assert give(room, "good", Label.NEGATIVE, "Acme") == 1
    found = said(store)

    assert found["good", "Acme"] == ("negative", PERSON)
    assert found["good", "Rival"] == ("positive", "tone-en 1.1")
    older = store.rows(
        "SELECT label, risk FROM scores WHERE mention = (SELECT id FROM mentions"
        " WHERE brand = 'Acme' ORDER BY id LIMIT 1) ORDER BY id"
    )
    assert [row["label"] for row in older] == ["positive", "negative"]
    assert older[0]["risk"] < older[1]["risk"]  # the tone is part of it


async def test_copies_of_a_text_get_it_too(room: Newsroom) -> None:
    assert give(room, "copy", Label.POSITIVE) == 2
    found = said(room.app.store)
    assert found["news", "Acme"] == found["copy", "Acme"] == ("positive", PERSON)


async def test_judging_again_leaves_it_alone_and_an_edit_does_not(room: Newsroom) -> None:
    app = room.app
    give(room, "good", Label.NEGATIVE, "Acme")
    Rescorer(app.store, app.judge, app.config, []).run(Scope(), NOW)
    assert said(app.store)["good", "Acme"] == ("negative", PERSON)

    edited = post("good", "Acme and Rival", text="Acme is awful. Rival is great.", language="en")
    await room.pass_over("Gazette", edited)
    assert said(app.store)["good", "Acme"] == ("negative", "tone-en 1.1")


async def test_what_to_label_next_is_what_nobody_labelled_each_text_once(room: Newsroom) -> None:
    store = room.app.store
    assert {m.post.key.split("/")[-1] for m in labels.sample(store, "Acme", 9)} == {"good", "news"}
    give(room, "news", Label.NEUTRAL)
    assert {(m.brand, m.post.title) for m in labels.sample(store, None, 9)} == {
        ("Acme", "Acme and Rival"), ("Rival", "Acme and Rival"),
    }  # fmt: skip


async def test_examples_are_each_text_once_with_what_is_needed_to_read_them(room: Newsroom) -> None:
    give(room, "news", Label.NEUTRAL)
    give(room, "short", Label.NEGATIVE)  # of unknown language: nothing learns from it
    (one,) = labelling.examples(room.app.store)

    assert (one.text, one.title, one.label, one.language, one.kind, one.target) == (
        LONG, "Acme in Lyon", Label.NEUTRAL, "en", PostKind.SOCIAL, "Acme",
    )  # fmt: skip
    assert {span.field for span in one.spans} == {"title", "text"}


async def test_mistakes_alone_are_no_measure(room: Newsroom) -> None:
    give(room, "good", Label.NEGATIVE)
    with pytest.raises(ConfigError, match="only 0 of 2 labels are what was said before"):
        labelling.examples(room.app.store)
    give(room, "good", Label.POSITIVE)  # changed my mind: that is what the engine had said
    assert len(labelling.examples(room.app.store)) == 2


async def test_labels_where_no_engine_judged_correct_none(room: Newsroom) -> None:
    text = "Dit is een bericht over Acme en de fietsen, die vandaag werden verkocht."
    dutch = post("dutch", "Acme bericht", text=text, language="nl")
    await room.pass_over("Gazette", dutch)
    give(room, "dutch", Label.NEGATIVE)
    (one,) = labelling.examples(room.app.store)
    assert (one.language, one.label) == ("nl", Label.NEGATIVE)
