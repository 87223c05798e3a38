from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.sentences import beside, holding, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Bonjour ! Ça va ? « Oui. » Bien…", ["Bonjour !", "Ça va ?", "« Oui.", "» Bien…"]),
        ("He said “no.” Then left.", ["He said “no.”", "Then left."]),
        ("It costs 3.5 euros at acme.com today", ["It costs 3.5 euros at acme.com today"]),
        (
            "M. Dupont and Mrs. J. Smith of Acme Inc. met.",
            ["M. Dupont and Mrs. J. Smith of Acme Inc. met."],
        ),
        ("A line\nanother line\n\n\nlast", ["A line", "another line", "last"]),
        ("すごい。本当に！", ["すごい。", "本当に！"]),
        ("  padded.   ", ["padded."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_split(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in split(text)] == expected


@given(st.text(alphabet=st.sampled_from("aM .!?…»\n。1")))
def test_sentences_are_in_order_trimmed_and_leave_out_only_white_space(text: str) -> None:
    found = split(text)

    assert all(text[start:end].strip() == text[start:end] != "" for start, end in found)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    kept = "".join(text[start:end] for start, end in found)
    assert "".join(kept.split()) == "".join(text.split())


def test_which_sentences_are_touched_and_which_lie_beside() -> None:
    sentences = split("One. Two. Three. Four.")

    assert holding(sentences, [(6, 7)]) == {1}
    assert holding(sentences, [(3, 6)]) == {0, 1}
    assert holding(sentences, []) == frozenset()
    assert beside({1}) == {0, 2}
    assert beside({0, 1}) == {-1, 2}
