from __future__ import annotations

import csv
import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis import language
from listener.analysis.language import identify

SHARED = Path(__file__).resolve().parents[2] / "../shared/data/sentiment/dev.tar.xz"
FRENCH = (
    "La tente que j'ai achetée le mois dernier a pris l'eau dès la première nuit, et le magasin "
    "refuse de la reprendre."
)
ENGLISH = "The tent I bought last month leaked during the very first night of our holiday."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FRENCH, "fr"),
        (ENGLISH, "en"),
        ("Je suis déçu par cette tente", "fr"),
        ("Das Zelt ist schon nach einer Woche undicht geworden", "de"),
        ("La tienda de campaña se mojó la primera noche y no responden", "es"),
        ("テントの中に水が入ってきました", "ja"),
    ],
)
def test_identifies_what_a_text_is_in(text: str, expected: str) -> None:
    assert identify(text, declared=None) == expected


@pytest.mark.parametrize(
    "text", ["", "ok", "lol", "Decathlon", "😀😀😀", "12345 678 90 12", "   \n"]
)
def test_says_nothing_on_too_little(text: str) -> None:
    assert identify(text, declared=None) is None


def test_says_nothing_of_a_language_outside_the_set() -> None:
    swedish = "Hej, jag heter Anna och bor i Stockholm, det är en mycket fin stad"

    assert identify(swedish, declared=None) is None
    assert identify(swedish, declared=None, among=(*language.DEFAULT, "sv")) == "sv"


def test_links_handles_and_hashtags_say_nothing() -> None:
    text = "https://example.org/the/best/way/to/buy @thegreatshop #whatawonderfulworld 😀"

    assert identify(text, declared=None) is None


def test_the_brands_own_words_say_nothing() -> None:
    text = "Best Buy Best Buy Best Buy : déçu, très déçu"
    brand = ("Best Buy",)

    assert identify(text, declared=None, ignore=brand) == identify("déçu, très déçu", declared=None)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("FR_fr", "fr"),
        (" sv ", "sv"),
        ("english", None),
        ("xx", None),
        ("", None),
    ],
)
def test_what_is_declared_is_believed_when_there_is_such_a_language(
    declared: str, expected: str | None
) -> None:
    assert identify("ok", declared=declared) == expected


def test_a_long_plain_text_overrides_what_is_declared() -> None:
    assert identify(FRENCH, declared="en-US") == "fr"


def test_a_short_text_does_not() -> None:
    assert identify("Je suis déçu par cette tente", declared="en") == "en"


def test_a_declared_language_outside_the_set_is_a_candidate() -> None:
    swedish = "Hej, jag heter Anna och bor i Stockholm, det är en mycket fin stad med många öar"

    assert identify(swedish, declared="sv") == "sv"
    assert identify(swedish * 3, declared="en") == "en"  # not in the set: the source has the say


def test_many_threads_load_the_model_once_and_agree() -> None:
    language._load.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: identify(FRENCH, declared=None), range(32)))

    assert found == {"fr"}
    assert language._load.cache_info().misses == 1


@given(st.text(max_size=300), st.none() | st.text(max_size=8))
def test_answers_on_anything(text: str, declared: str | None) -> None:
    found = identify(text, declared=declared)

    assert found is None or len(found) == 2


def test_a_lone_surrogate_is_no_trouble() -> None:
    assert identify(FRENCH + "\ud800", declared=None) == "fr"


def test_agrees_with_people_on_public_data() -> None:
    if not SHARED.exists():
        pytest.skip("shared data absent")
    with tarfile.open(SHARED) as archive:
        member = archive.extractfile("umsab_val.tsv") or archive.extractfile("./umsab_val.tsv")
        assert member
        text = io.TextIOWrapper(member, encoding="utf-8", newline="")
        rows = list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
    six = [row for row in rows if row["lang"] in {"en", "fr", "de", "es", "it", "pt"}]
    found = [(identify(row["text"], declared=None), row["lang"]) for row in six]
    answered = [pair for pair in found if pair[0]]

    assert len(answered) / len(found) > 0.95
    assert sum(said == truth for said, truth in answered) / len(answered) > 0.985


def test_the_usual_language_is_taken_for_what_is_unsure_not_for_what_is_foreign() -> None:
    swedish = "Hej, jag heter Anna och bor i Stockholm, det är en mycket fin stad"

    def said(text: str, declared: str | None = None) -> str | None:
        return identify(text, declared=declared, otherwise=lambda: "fr")

    assert [said(text) for text in ("nul", "", ENGLISH, swedish)] == ["fr", "fr", "en", None]
    assert said("nul", "de") == "de"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, None),
        ({"fr": 19}, None),
        ({"fr": 20}, "fr"),
        ({"fr": 18, "en": 2}, "fr"),
        ({"en": 3, "fr": 17}, None),
    ],
)
def test_a_source_has_a_usual_language_when_nine_in_ten_are_in_it(
    known: dict[str, int], expected: str | None
) -> None:
    assert language.usual(known) == expected
