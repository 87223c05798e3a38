from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis import training
from listener.analysis.engines import Engines
from listener.analysis.labelled import Example, read
from listener.analysis.learned import MAGIC, Learned, kept, load, place, write
from listener.analysis.near import ENGINES
from listener.analysis.ngrams import BUCKETS, buckets, cut
from listener.analysis.opinion import THRESHOLDS, Probabilities, label, placed
from listener.analysis.sentiment import score
from listener.analysis.training import train
from listener.errors import ConfigError
from listener.model import Label, PostKind, Sentiment, Span
from tests.analysis import labelled_texts

DAY = date(2026, 11, 21)
NEW = "The kayak of Paris is {}"


@pytest.fixture(scope="module")
def english() -> Learned:
    outcome = train("en", labelled_texts.examples(), "f1le", DAY)
    assert outcome.learned
    return outcome.learned


def judge(text: str, learned: Learned | None, language: str = "en") -> Sentiment | None:
    return score(None, text, (), language, PostKind.SOCIAL, learned=learned)


def test_it_learns_what_no_lexicon_knows(english: Learned) -> None:
    for expected, words in labelled_texts.FELT.items():
        for word in words:
            judged = judge(NEW.format(word), english)
            assert judged
            assert (judged.label, judged.engine) == (expected, english.name)


def test_what_the_rules_find_is_heard_too() -> None:
    praised = [replace(one, text=f"{n} great") for n, one in enumerate(
        one for one in labelled_texts.examples() if one.label is Label.POSITIVE
    )]  # fmt: skip
    blamed = [replace(one, text=f"{n} terrible", label=Label.NEGATIVE) for n, one in enumerate(
        one for one in labelled_texts.examples() if one.label is Label.POSITIVE
    )]  # fmt: skip
    rest = [one for one in labelled_texts.examples() if one.label is Label.NEUTRAL]
    outcome = train("en", [*praised, *blamed, *rest], "", DAY)
    learned = outcome.learned or pytest.fail(outcome.why)
    wonderful, awful = judge("wonderful, superb", learned), judge("awful, disgusting", learned)

    assert wonderful
    assert awful
    assert wonderful.score > awful.score  # neither word was in the texts


def test_the_words_that_were_learned_are_evidence(english: Learned) -> None:
    judged = judge(NEW.format("krashto"), english)

    assert judged
    heaviest = judged.evidence[0]
    assert (heaviest.text, heaviest.weight < 0) == ("krashto", True)
    mixed = judge("great but krashto", english)
    assert mixed
    assert mixed.evidence[0].text == "great"  # the rules' words come first


def test_a_language_without_a_lexicon_gets_an_engine_and_others_none() -> None:
    assert "eo" not in ENGINES
    outcome = train("eo", labelled_texts.examples("eo"), "", DAY)

    assert (outcome.rules, outcome.rules_f1) == (None, None)
    judged = judge(NEW.format("krashto"), outcome.learned, "eo")
    assert judged
    assert judged.engine.startswith("hybrid-eo 1 ")
    assert judge(NEW.format("krashto"), None, "eo") is None


def test_what_is_not_better_is_not_used() -> None:
    right = {Label.POSITIVE: "great", Label.NEUTRAL: "blue", Label.NEGATIVE: "horrible"}
    known = [replace(one, text=f"{right[one.label]} {one.text[-9:]}")
             for one in labelled_texts.examples()]  # fmt: skip
    outcome = train("en", known, "", DAY)

    assert outcome.rules_f1 == 100
    assert outcome.learned is None
    assert outcome.why == f"not used: not 1 point better than {outcome.rules}"


def test_nothing_is_learned_from_noise_in_a_language_without_an_engine() -> None:
    labels = [Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE] * 60
    dice = random.Random(7)
    noise = [Example(" ".join(dice.choices("abcdefghij", k=9)), one, "eo") for one in labels]
    outcome = train("eo", noise, "", DAY)

    assert outcome.learned is None
    assert outcome.why.startswith("not used: below 45")


def test_too_few_texts_teach_nothing() -> None:
    outcome = train("en", labelled_texts.examples(count=training.FEWEST - 1), "", DAY)

    assert (outcome.f1, outcome.learned) == (None, None)
    assert "at least 50" in outcome.why


@pytest.mark.parametrize("alike", [Label.NEGATIVE, None])
def test_one_text_with_many_targets_is_one_text(alike: Label | None) -> None:
    texts = [
        replace(one, text="It is", target=f"no. {n}") if alike in (one.label, None) else one
        for n, one in enumerate(labelled_texts.examples())
    ]
    outcome = train("en", texts, "", DAY)

    assert outcome.learned is None
    assert "at least 50 different ones" in outcome.why


def test_what_has_but_a_title_is_not_one_text() -> None:
    titled = [replace(one, text="", title=one.text) for one in labelled_texts.examples()]
    assert train("en", titled, "", DAY).learned is not None


def test_the_same_text_is_never_in_both_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two targets of one text must not tell each other's label."""
    seen = []
    inner = training._folds

    def spy(*given: object) -> object:
        for folds in inner(*given):  # type: ignore[arg-type]
            seen.append(folds)
            yield folds

    monkeypatch.setattr(training, "_folds", spy)
    twice = [replace(one, target=target) for one in labelled_texts.examples()
             for target in ("The", "is")]  # fmt: skip
    train("en", twice, "", DAY)

    assert len(seen) == training.FOLDS
    for learned_from, judged in seen:
        texts = {twice[n].text for n in learned_from}
        assert texts.isdisjoint(twice[n].text for n in judged)


def test_tweets_teach_nothing_about_news(english: Learned, tmp_path: Path) -> None:
    write(place(tmp_path, "en"), english)
    engines = Engines(tmp_path)

    assert engines.learned("en", PostKind.VIDEO)
    assert engines.learned("en", PostKind.NEWS) is None
    assert engines.learned("fr", PostKind.SOCIAL) is None
    assert engines.learned(None, PostKind.SOCIAL) is None


def test_a_file_tells_where_it_comes_from_and_holds_no_text(
    english: Learned, tmp_path: Path
) -> None:
    path = place(tmp_path / "models", "en")
    write(path, english)
    content = path.read_bytes()
    card = json.loads(content.split(b"\n")[1])

    assert load(path).name == english.name
    assert np.array_equal(load(path).weights, english.weights)
    assert len(content) < 3 * BUCKETS + 5_000
    assert (card["trained"], card["file_hash"], card["rules"]) == (
        "2026-11-21",
        "f1le",
        "tone-en 1.1",
    )
    assert card["texts"] == {"negative": 60, "neutral": 60, "positive": 60}
    assert card["f1"] > 95 > card["rules_f1"]
    assert b"krashto" not in content
    assert kept(tmp_path / "models") == [path]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"PK\x03\x04 something else",
        lambda content: content[:-1],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content.replace(MAGIC, b"listener hybrid 2\n"),
        lambda content: content.replace(b'"bias":[', b'"bias":["x",'),
        lambda content: content.replace(b'"figures":[[', b'"figures":[[1.0,'),
    ],
)
def test_a_damaged_file_is_told_and_the_rules_go_on(
    spoil: object, english: Learned, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = place(tmp_path, "en")
    write(path, english)
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]

    with pytest.raises(ConfigError, match=r"sentiment-en\.model: is (damaged|no engine)"):
        load(path)
    engines = Engines(tmp_path)
    assert engines.learned("en", PostKind.SOCIAL) is None
    assert engines.learned("en", PostKind.SOCIAL) is None
    assert len(caplog.records) == 1  # told once
    assert "the rules judge without it" in caplog.text


def test_an_engine_under_another_language_s_name_judges_nothing(
    english: Learned, tmp_path: Path
) -> None:
    write(place(tmp_path, "fr"), english)

    with pytest.raises(ConfigError, match=r"sentiment-fr\.model: is an engine for en"):
        load(place(tmp_path, "fr"))
    assert Engines(tmp_path).learned("fr", PostKind.SOCIAL) is None


def test_without_scikit_learn_training_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.model_selection", None)
    with pytest.raises(ConfigError, match=r"pip install \"listener\[learn\]\""):
        train("en", labelled_texts.examples(), "", DAY)


def test_reading_labelled_texts(tmp_path: Path) -> None:
    path = tmp_path / "texts.tsv"
    path.write_text(
        "lang\ttext\tlabel\ttarget\tkind\n"
        'en\tHe said "no" to Acme\tNegative\tAcme\tnews\n'
        "fr\tbof\tneutral\t\t\n"
        "fr\tbof\tneutral\t\t\n",
        encoding="utf-8-sig",  # as spreadsheets write it
    )
    assert read(path) == (
        Example('He said "no" to Acme', Label.NEGATIVE, "en", PostKind.NEWS,
                (Span("text", 16, 20),), "Acme"),
        Example("bof", Label.NEUTRAL, "fr"),
    )  # fmt: skip


def test_a_row_that_is_cut_short_is_a_mistake_and_no_accident(tmp_path: Path) -> None:
    path = tmp_path / "texts.tsv"
    path.write_text("label\tlang\ttext\nneutral\ten\nneutral\t..\tx\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert caught.value.problems == (
        "texts.tsv: line 2: there is no text",
        'texts.tsv: line 3: lang "..": must be a code of two letters, like "en"',
    )


def test_every_mistake_of_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "texts.tsv"
    path.write_text(
        "text\tlabel\tlang\tkind\ngood\tgood\ten\t\nbad\tnegative\tenglish\t\n"
        "x\tneutral\ten\tblogs\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert [problem.partition(": must")[0] for problem in caught.value.problems] == [
        'texts.tsv: line 2: label "good"',
        'texts.tsv: line 3: lang "english"',
        'texts.tsv: line 4: kind "blogs"',
    ]
    path.write_text("text,label\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1: no column text, label, lang"):
        read(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "none.tsv")


@given(st.lists(st.floats(0, 50), min_size=3, max_size=3), st.sampled_from(PostKind))
def test_a_score_is_labelled_as_what_is_likeliest(values: list[float], kind: PostKind) -> None:
    total = sum(values) or 1.0
    said = Probabilities(*(value / total for value in values))
    found = placed(said, kind) if sum(values) else 0.0

    assert -1 <= found <= 1
    negative, neutral, positive = said
    if positive > max(negative, neutral):
        assert label(found, kind) is Label.POSITIVE
    elif negative > max(positive, neutral):
        assert label(found, kind) is Label.NEGATIVE
    elif neutral > max(positive, negative) + 1e-9:
        assert label(found, kind) is Label.NEUTRAL


def test_certainty_lies_at_the_ends_and_doubt_at_the_borders() -> None:
    low, high = THRESHOLDS[PostKind.NEWS]
    for said, expected in (
        ((1, 0, 0), -1),
        ((0, 1, 0), 0),
        ((0, 0, 1), 1),
        ((0.5, 0.5, 0), low),
        ((0, 0.5, 0.5), high),
    ):  # fmt: skip
        assert placed(Probabilities(*said), PostKind.NEWS) == pytest.approx(expected)


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_any_text_has_buckets(text: str) -> None:
    found = buckets(cut(text))

    assert len(found) > 0
    assert found.min() >= 0
    assert found.max() < BUCKETS
    assert len(set(found.tolist())) == len(found)


def test_names_addresses_and_handles_teach_nothing() -> None:
    text = "See https://acme.example/x @acme Best Buy sooooo good"

    assert cut(text, [(33, 41)]) == ["see", "soo", "good"]


def test_hashes_stay_as_they_are() -> None:
    """A learned engine's weights lie at these places: other hashes need another version."""
    assert buckets(["a", "b"])[:3].tolist() == [344, 7326, 27330]
