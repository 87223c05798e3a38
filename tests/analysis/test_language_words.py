from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis import language, language_words
from listener.analysis.language_words import evidence

SECTIONS = tomllib.loads(
    Path(language_words.__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def test_a_word_speaks_for_the_languages_that_have_it() -> None:
    logs = evidence("nicht").logs

    assert set(logs) == {"de"}
    assert logs["de"] > 0


def test_a_frequent_word_speaks_louder() -> None:
    logs = evidence("como").logs

    assert logs["es"] > evidence("nadie").logs["es"]


def test_stretched_words_count_as_short_ones() -> None:
    assert evidence("siiiii").logs == evidence("si").logs != {}


def test_words_of_no_list_say_nothing() -> None:
    assert evidence("Zyxwvut qrst").logs == {}
    assert evidence("").logs == {}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Je ne sais pas ce que vous faites avec ça", True),
        ("I have no idea what this is about", True),
        ("de la", False),
        ("Kettlewell Braithwaite Ormskirk Harrogate the", False),
        ("", False),
    ],
)
def test_plain_is_what_leaves_no_doubt(text: str, plain: bool) -> None:
    assert evidence(text).plain is plain


def test_names_with_a_third_of_known_words_are_not_plain() -> None:
    names = "Kettlewell Braithwaite Ormskirk Harrogate Skipton Ilkley Keighley"

    assert evidence("the and with have").plain
    assert not evidence(f"{names} the and with have").plain


@given(st.lists(st.sampled_from(["ich", "und", "gato"]), max_size=60))
def test_evidence_is_the_same_in_any_order(words: list[str]) -> None:
    there, back = evidence(" ".join(words)), evidence(" ".join(reversed(words)))

    assert there.logs == pytest.approx(back.logs)
    assert there.plain == back.plain


def test_every_section_is_of_languages_that_the_letters_tell() -> None:
    known = set(language._identifier().labels)

    assert {code for codes in SECTIONS for code in codes.split()} <= known


@pytest.mark.parametrize("codes", SECTIONS)
def test_every_word_stands_once_as_the_text_is_cut(codes: str) -> None:
    shares = SECTIONS[codes]
    words = [word for share in shares.values() for word in share.split()]

    assert set(shares) <= set(language_words.SHARES)
    assert len(words) == len(set(words))
    assert [word for word in words if language._clean(word, ()) != word] == []
    assert [word for word in words if word != word.lower()] == []
