"""`listener label` as a person types it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from listener import labelling
from listener.app import models, store_path
from listener.cli import app
from listener.config import load
from listener.errors import ConfigError, ListenerError
from listener.model import Label, PostKind
from listener.store import labels, open_store
from tests.analysis import labelled_texts
from tests.fakes import MONDAY
from tests.newsroom import newsroom, post


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    store = open_store(tmp_path / "var" / "listener.db")
    room = newsroom(tmp_path, store)
    texts = labelled_texts.examples(count=50)
    asyncio.run(room.pass_over("Gazette", *(
        post(f"{n}", "Acme", text=one.text, language="en", kind=PostKind.SOCIAL)
        for n, one in enumerate(texts)
    )))  # fmt: skip
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments: str, keys: str = "") -> str:
    done = CliRunner().invoke(app, arguments, input=keys, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def urls(workspace: Path) -> list[str]:
    with contextlib.closing(open_store(store_path(load(workspace / "sources.toml")))) as store:
        return [row["url"] for row in store.rows("SELECT url FROM posts ORDER BY id")]


def test_one_post_is_labelled_and_why_tells_it(workspace: Path) -> None:
    url = urls(workspace)[0]
    assert "Acme: neutral -> negative" in run("label", url, "negative")
    (again,) = json.loads(run("label", url, "positive", "--json"))
    assert (again["brand"], again["before"], again["label"]) == ("Acme", "negative", "positive")
    assert "Tone: positive, labelled by hand" in run("why", url)
    assert "Ton : positif, étiqueté à la main" in run("why", url, "--language", "fr")


def test_mentions_by_chance_are_asked_about_one_after_the_other(workspace: Path) -> None:
    said = run("label", "--count", "5", keys="-\nwhat\ns\n+\nq\n")
    assert "1 of 5, about Acme:" in said
    assert "4 of 5" in said
    assert "5 of 5" not in said
    assert said.endswith("2 labelled\n")
    assert "neutral" not in said.replace("0 neutral", "")  # what was thought of it is not shown


def test_of_posts_that_share_an_address_the_one_that_was_read_is_labelled(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(open_store(store_path(load(workspace / "sources.toml")))) as store:
        store.upkeep.erase(urls(workspace), MONDAY)
        room = newsroom(workspace, store)
        notes = [post(f"new{n}", f"Acme {n}", text=f"Acme {n} is here: " + "shops and tents " * n,
                      url="https://notes.example/all", key="url:https://notes.example/all",
                      language="en") for n in (3, 4)]  # fmt: skip
        asyncio.run(room.pass_over("Herald", *notes))
        first, _ = store.mentions.between(["Acme"], 0, 2**31, "found")
        monkeypatch.setattr("listener.cli.labelling.sample", lambda *_: (first,))
        assert run("label", keys="-\n").endswith("1 labelled\n")
        assert [one.id for one in labels.labelled(store)] == [first.id]


def test_what_was_labelled_is_learned_from(workspace: Path) -> None:
    truth = dict(zip(urls(workspace), labelled_texts.examples(count=50), strict=True))
    with contextlib.closing(open_store(store_path(load(workspace / "sources.toml")))) as store:
        room = newsroom(workspace, store)
        for url, one in truth.items():
            labelling.label(
                room.app.store,
                room.app.judge,
                store.search.named([url]),
                None,
                one.label,
                room.clock.now(),
            )
    said = run("learn", "--from-labels")
    assert "en: better: used from now on" in said
    assert (models(load(workspace / "sources.toml")) / "sentiment-en.model").exists()


def test_mistakes_are_said(workspace: Path) -> None:
    for arguments, kind, message in (
        (["label", "https://none.example/"], ConfigError, "say both POST and LABEL"),
        (["label", "https://none.example/", "negative"], ListenerError, "is not in the archive"),
        (["label", urls(workspace)[0], "negative", "--brand", "Rival"], ListenerError,
         "is no mention of Rival"),
        (["label", "--brand", "Acmee"], ConfigError, 'did you mean "Acme"'),
    ):  # fmt: skip
        done = CliRunner().invoke(app, arguments)
        assert isinstance(done.exception, kind), done.output
        assert message in str(done.exception)
    assert CliRunner().invoke(app, ["label", "x", "bad"]).exit_code == 2
    assert Label("negative")
