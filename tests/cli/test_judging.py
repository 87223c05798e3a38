"""`listener learn` and `listener rescore` as a person types them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from listener.analysis.learned import place
from listener.app import models, store_path
from listener.cli import app
from listener.config import load
from listener.errors import ConfigError
from listener.model import Post, PostKind
from listener.store import open_store
from tests.analysis import labelled_texts
from tests.newsroom import newsroom, post


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    store = open_store(tmp_path / "var" / "listener.db")
    newsroom(tmp_path, store)
    store.close()
    labelled_texts.write(tmp_path / "texts.tsv", [
        *labelled_texts.examples("en"), *labelled_texts.examples("fr", count=10),
    ])  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_learn_prints_what_it_found_and_keeps_what_is_better(workspace: Path) -> None:
    said = run("learn", "texts.tsv")
    (english,) = (line for line in said.splitlines() if " en " in line)

    assert "tone-en 1.1" in english
    assert "en: better: used from now on" in said
    assert "fr: too few texts: at least 50 different ones of each label are needed" in said
    folder = models(load(workspace / "sources.toml"))
    assert folder == (workspace / "var/models").resolve()
    assert [path.name for path in folder.iterdir()] == ["sentiment-en.model"]
    assert b"kayak" not in place(folder, "en").read_bytes()


def test_show_and_remove(workspace: Path) -> None:
    assert "nothing was learned" in run("learn", "--show")
    (learned, *_) = json.loads(run("learn", "texts.tsv", "--json"))
    (shown,) = json.loads(run("learn", "--show", "--json"))

    assert learned["engine"] == shown["engine"]
    assert shown["texts"] == {"negative": 60, "neutral": 60, "positive": 60}
    assert "weights" not in shown
    said = run("learn", "--show")
    assert f"macro-F1 {shown['f1']:.1f}, tone-en 1.1 {shown['rules_f1']:.1f}" in said
    assert "nothing was learned" in run("learn", "--remove", "--language", "fr")
    assert "removed" in run("learn", "--remove")
    assert "nothing was learned" in run("learn", "--show")


def test_what_was_learned_before_stays_when_new_texts_teach_nothing(workspace: Path) -> None:
    run("learn", "texts.tsv")
    labelled_texts.write(workspace / "few.tsv", labelled_texts.examples("en", count=5))
    said = run("learn", "few.tsv")

    assert 'are needed; what was learned before stays until "--remove"' in said
    assert "hybrid-en" in run("learn", "--show")


def test_mistakes_are_said(workspace: Path) -> None:
    for arguments, message in (
        (["learn"], "say FILE or --from-labels"),
        (["learn", "texts.tsv", "--show"], "say FILE or --from-labels"),
        (["learn", "--from-labels", "--remove"], "say FILE or --from-labels"),
        (["learn", "--from-labels"], "nothing was labelled yet"),
        (["learn", "none.tsv"], "cannot be read"),
        (["learn", "texts.tsv", "--language", "de"], "there are no texts in de"),
        (["rescore", "--brand", "Acmee"], 'there is no brand "Acmee"; did you mean "Acme"'),
    ):
        done = CliRunner().invoke(app, arguments)
        assert isinstance(done.exception, ConfigError)
        assert message in str(done.exception)


def test_a_damaged_engine_is_told_by_status_and_show(workspace: Path) -> None:
    run("learn", "texts.tsv")
    place(workspace / "var/models", "en").write_bytes(b"listener hybrid 1\n{}")
    done = CliRunner().invoke(app, ["status", "--json"])

    assert done.exit_code == 1
    assert "is damaged" in json.loads(done.output)["needs"][0]
    assert isinstance(CliRunner().invoke(app, ["learn", "--show"]).exception, ConfigError)


def hear(workspace: Path, *posts: Post) -> None:
    with contextlib.closing(open_store(store_path(load(workspace / "sources.toml")))) as store:
        room = newsroom(workspace, store)
        asyncio.run(room.pass_over("Gazette", *posts))
        store.execute("UPDATE mentions SET found = unixepoch()")


def test_rescore_and_the_share_of_what_is_not_known(workspace: Path) -> None:
    text = "The tent of Lyon is krashto number 9"
    hear(workspace, post("1", "Acme", text=text, language="en"), post("2", "Acme", text="ok"))
    assert "2 mentions, 50 % without sentiment, 50 % of unknown language" in run_status()
    run("learn", "texts.tsv")

    dry = json.loads(run("rescore", "--dry-run", "--json"))
    assert (dry["judged"], dry["changed"], dry["kept"]) == (2, 0, 0)  # web pages: it knows posts


def run_status() -> str:
    return CliRunner().invoke(app, ["status"]).output


def test_rescore_tells_what_changed(workspace: Path) -> None:
    text = "The tent of Lyon is krashto number 9"
    hear(workspace, post("1", "Acme", text=text, language="en", kind=PostKind.SOCIAL))
    run("learn", "texts.tsv")

    said = run("rescore", "--dry-run", "--since", "2026-01-01")
    assert "1 mentions judged again: 1 would change" in said
    said = run("rescore", "--brand", "Acme")
    assert "1 mentions judged again: 1 changed" in said
    assert "sentiment neutral -> negative: 1" in said
    assert "1 mentions judged again: 0 changed" in run("rescore")
