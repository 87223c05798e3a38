"""What a transformer and a source's usual language change in how posts are judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from listener.analysis.engines import Engines, Second
from listener.analysis.query import parse
from listener.analysis.transformer import Transformer
from listener.app import read_rules
from listener.config import load
from listener.config.shape import Brand
from listener.content import Content
from listener.errors import ConfigError
from listener.judge import Judge
from listener.model import Label, Post, PostKind
from listener.store import Store
from tests.analysis.tiny_transformer import build
from tests.newsroom import newsroom, post

ACME = Brand(name="Acme", query="acme")
FRENCH = "La tente a pris l'eau dès la première nuit et le magasin refuse de la reprendre"


def untitled(item: str, text: str, **changes: object) -> Post:
    given = {"text": text, "language": "en", "title": None} | changes
    return replace(post(item), **given)  # type: ignore[arg-type]


def judge(folder: Path, **options: object) -> Judge:
    second = Second(transformer=Transformer(build(folder / "tiny")), **options)  # type: ignore[arg-type]
    rules = read_rules(Content()).risk
    return Judge([ACME], {"Acme": parse("acme")}, rules, Engines(second=second))


def test_the_second_opinion_takes_the_place_of_an_unsure_first(tmp_path: Path) -> None:
    unsure = untitled("1", "Acme is helpful, bad")
    sure = untitled("2", "Acme is great, wonderful, superb, bad")
    told = [one.verdicts[0].sentiment for one in judge(tmp_path).judge_all(
        [sure, unsure, post("3", "Nothing here")], "Gazette", "feed", {"Acme"}
    ) if one.verdicts]  # fmt: skip

    assert told[0]
    assert told[1]
    assert told[0].engine.startswith("tone-en")
    assert (told[1].engine.split()[:2], told[1].label) == (["transformer", "tiny"], Label.NEGATIVE)
    assert told[1].evidence == ()


def test_risk_hears_the_opinion_that_counts(tmp_path: Path) -> None:
    praised = untitled("1", "Acme is great and wonderful bad")
    first = Judge([ACME], {"Acme": parse("acme")}, read_rules(Content()).risk)
    (before,) = first.judge(praised, "Gazette", "feed", {"Acme"}).verdicts
    (after,) = judge(tmp_path, always=True).judge(praised, "Gazette", "feed", {"Acme"}).verdicts

    assert after.sentiment
    assert after.sentiment.label is Label.NEGATIVE
    assert after.risk.score > before.risk.score


def test_a_rating_still_speaks(tmp_path: Path) -> None:
    rated = untitled("1", "Acme bad", rating=1.0, kind=PostKind.REVIEW)
    (verdict,) = judge(tmp_path, always=True).judge(rated, "Shop", "feed", {"Acme"}).verdicts

    assert verdict.sentiment
    assert verdict.sentiment.engine.startswith("rating 1 + transformer tiny")
    assert verdict.sentiment.score > 0


def test_a_model_of_the_configuration_is_used(tmp_path: Path, store: Store) -> None:
    build(tmp_path / "models/tiny")
    table = '[sentiment]\nmodel = "models/tiny"\nwhen = "always"\n'
    room = newsroom(tmp_path, store, more=table)
    (verdict,) = room.app.judge.judge(
        post("1", text="good", language="en"), "Gazette", "feed", {"Acme"}
    ).verdicts

    assert verdict.sentiment
    assert verdict.sentiment.engine.startswith("transformer tiny")


def test_a_model_that_is_not_there_is_a_mistake_of_the_configuration(
    tmp_path: Path, store: Store
) -> None:
    with pytest.raises(ConfigError, match=r"there is no model\.onnx"):
        newsroom(tmp_path, store, more='[sentiment]\nmodel = "models/tiny"\n')
    path = tmp_path / "sources.toml"
    path.write_text('[sentiment]\nmodl = "x"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r'unknown key; did you mean "model"'):
        load(path)


@pytest.mark.anyio
async def test_a_text_that_says_too_little_is_in_its_sources_usual_language(
    tmp_path: Path, store: Store
) -> None:
    room = newsroom(tmp_path, store)
    plain = [post(f"{n}", f"Acme {n}", text=f"{n} {FRENCH}") for n in range(20)]
    await room.pass_over("Gazette", *plain[:19])
    await room.pass_over("Gazette", post("short", "Acme", text="nul !"))
    await room.pass_over("Gazette", plain[19], post("later", "Acme", text="bof"))
    await room.pass_over("Gazette", post("last", "Acme !", text="nul nul"))
    await room.pass_over("Herald", post("other", "Acme !!", text="nul"))

    rows = store.rows(
        "SELECT p.key, m.language, s.label FROM mentions m JOIN posts p ON p.id = m.post"
        " JOIN scores s ON s.id = m.score WHERE p.text NOT LIKE '%tente%' ORDER BY m.id"
    )
    found = {row["key"].rpartition("/")[2]: (row["language"], row["label"]) for row in rows}
    assert found == {
        "short": (None, None),
        "later": (None, None),  # its own batch is not counted yet
        "last": ("fr", "negative"),
        "other": (None, None),
    }
