"""Every shipped lexicon is read, and must keep the examples that it gives."""

from __future__ import annotations

import pytest

from listener.analysis.lexicon import languages, lexicon
from listener.analysis.sentiment import score
from listener.model import Label, PostKind, Sentiment, Span

LANGUAGES = languages()
LABELS = ("positive", "negative", "neutral")


def judge(language: str, text: str, brand: str = "", rival: str = "") -> Sentiment:
    judged = score(
        None, text, spans(text, brand), language, PostKind.SOCIAL, rivals=spans(text, rival)
    )
    assert judged is not None
    return judged


def spans(text: str, name: str) -> list[Span]:
    if not name:
        return []
    assert name in text
    return [Span("text", text.index(name), text.index(name) + len(name))]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_are_labelled_as_the_file_says(language: str, label: str) -> None:
    examples = getattr(lexicon(language).examples, label)
    assert len(examples) >= 15, "a lexicon gives at least 15 examples of each label"

    judged = {text: judge(language, text) for text in examples}

    wrong = {text: tone for text, tone in judged.items() if tone.label is not Label(label)}
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_stronger_is_further_from_zero(language: str) -> None:
    pairs = lexicon(language).examples.stronger
    assert len(pairs) >= 10

    wrong = [
        (more, less)
        for more, less in pairs
        if abs(judge(language, more).score) <= abs(judge(language, less).score)
    ]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_brands_in_a_text_each_gets_its_own_tone(language: str) -> None:
    examples = lexicon(language).examples.better
    assert len(examples) >= 3

    wrong = [
        (text, good, bad)
        for text, good, bad in examples
        if judge(language, text, good).score <= judge(language, text, bad).score
        or judge(language, text, good, bad).score <= judge(language, text, bad, good).score
    ]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_stand_once(language: str) -> None:
    examples = lexicon(language).examples
    texts = [text for label in LABELS for text in getattr(examples, label)]
    assert len(texts) == len(set(texts))
