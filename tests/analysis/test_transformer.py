from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from listener.analysis import transformer
from listener.analysis.engines import UNSURE, Engines, Second
from listener.analysis.opinion import Probabilities
from listener.analysis.transformer import BATCH, LONGEST, Transformer
from listener.errors import ConfigError
from listener.model import Label, PostKind, Sentiment
from tests.analysis.tiny_transformer import build

LABELS = ("positive", "negative", "neutral")


def likeliest(said: Probabilities) -> str:
    return ("negative", "neutral", "positive")[said.index(max(said))]


@pytest.mark.parametrize("order", [LABELS, ("Negative", "Neutral", "Positive"), LABELS[::-1]])
def test_the_order_of_labels_is_that_of_the_models_own_file(
    order: tuple[str, ...], tmp_path: Path
) -> None:
    model = Transformer(build(tmp_path / "tiny", order))

    found = model.probabilities(["good good", "bad", "plain", "bad plain plain"])
    assert [likeliest(one) for one in found] == ["positive", "negative", "neutral", "neutral"]
    assert all(sum(one) == pytest.approx(1) for one in found)


def test_what_is_no_unicode_does_not_keep_the_rest_from_being_judged(tmp_path: Path) -> None:
    model = Transformer(build(tmp_path / "tiny"))
    found = model.probabilities(["bad", "bad \ud800", ""])
    assert [likeliest(one) for one in found[:2]] == ["negative", "negative"]


def test_many_texts_keep_their_order_whatever_their_length(tmp_path: Path) -> None:
    model = Transformer(build(tmp_path / "tiny"))
    texts = [("good" if n % 2 else "bad") + " what" * (n * 7 % 11) for n in range(3 * BATCH + 1)]

    found = [likeliest(one) for one in model.probabilities(texts)]
    assert found == ["positive" if n % 2 else "negative" for n in range(len(texts))]
    assert model.probabilities([]) == []


def test_a_long_text_is_cut(tmp_path: Path) -> None:
    model = Transformer(build(tmp_path / "tiny"))

    cut, whole = model.probabilities(["x " * LONGEST + "bad " * 9, "x " * (LONGEST - 1) + "bad"])
    assert max(cut) == pytest.approx(1 / 3)
    assert likeliest(whole) == "negative"


def test_stars_are_labels_too(tmp_path: Path) -> None:
    stars = tuple(f"{n} star{'s' * (n > 1)}" for n in range(1, 6))
    folder = build(tmp_path / "tiny")
    config = {"id2label": {str(n): name for n, name in enumerate(stars)}}
    assert transformer._labels(folder / "config.json", config) == [0, 0, 1, 2, 2]


def test_its_name_tells_folder_and_file(tmp_path: Path) -> None:
    one, other = (Transformer(build(tmp_path / "tiny", o)).name for o in (LABELS, LABELS[::-1]))

    assert one.startswith("transformer tiny ")
    assert one != other


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.onnx", None, "there is no model.onnx"),
        ("tokenizer.json", None, "there is no tokenizer.json"),
        ("config.json", "{", "cannot be read"),
        ("config.json", "{}", "holds no id2label"),
        ("config.json", '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}', "says LABEL_0, LABEL_1"),
    ],
)
def test_a_folder_that_cannot_be_used(
    name: str, content: str | None, message: str, tmp_path: Path
) -> None:
    folder = build(tmp_path / "tiny")
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        Transformer(folder)


@pytest.mark.parametrize("module", ["onnxruntime", "tokenizers"])
def test_what_is_missing_is_named(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=rf"{module}: pip install \"listener\[transformer\]\""):
        Transformer(build(tmp_path / "tiny"))


def test_a_model_that_cannot_be_run_leaves_the_first_opinion(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = build(tmp_path / "tiny")
    (folder / "model.onnx").write_bytes(b"no model")
    engines = Engines(second=Second(transformer=Transformer(folder)))

    assert engines.opinions(["good"], [PostKind.NEWS]) == []
    assert "the first opinion counts" in caplog.text
    wrong = build(tmp_path / "other")
    config = json.loads((wrong / "config.json").read_text(encoding="utf-8"))
    config["id2label"]["3"] = "neutral"  # one more than the model has
    (wrong / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be run"):
        Transformer(wrong).probabilities(["good"])


def judged(score: float) -> Sentiment:
    return Sentiment(score=score, label=Label.NEUTRAL, engine="tone-en 1.1")


@pytest.mark.parametrize(
    ("score", "language", "asked"),
    [
        (0.3, "en", True),  # near the border of praise
        (-0.1 - UNSURE / 2, "en", True),
        (0.9, "en", False),
        (0.0, "en", False),  # no word of feeling at all
        (0.3, None, False),
        (0.3, "tlh", False),  # no label as before
    ],
)
def test_a_second_opinion_is_wanted_of_what_is_unsure(
    score: float, language: str | None, asked: bool, tmp_path: Path
) -> None:
    engines = Engines(second=Second(transformer=Transformer(build(tmp_path / "tiny"))))

    assert engines.asks(judged(score), language, PostKind.SOCIAL) is asked
    assert not Engines().asks(judged(score), language, PostKind.SOCIAL)


def test_it_may_be_asked_always_and_of_other_languages(tmp_path: Path) -> None:
    model = Transformer(build(tmp_path / "tiny"))
    always = Engines(second=Second(transformer=model, always=True))
    arabic = Engines(second=Second(transformer=model, languages=("ar",)))

    assert always.asks(judged(0.9), "en", PostKind.SOCIAL)
    assert not always.asks(None, "ar", PostKind.SOCIAL)
    assert arabic.asks(None, "ar", PostKind.SOCIAL)
    assert not arabic.asks(judged(0.3), "en", PostKind.SOCIAL)
