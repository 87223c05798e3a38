from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from listener.analysis.lexicon import build, lexicon
from listener.analysis.roles import Lexicon
from listener.analysis.tone import read
from listener.errors import ConfigError

DOCUMENTS = Path(__file__).parents[2] / "docs"


def french(words: dict[str, dict[str, dict[str, object]]], **more: object) -> Lexicon:
    classes = {"adj": ["", "e", "s", "es"], "v_er": ["er", "e", "é"], "adj_eux": ["eux", "euse"]}
    table = {"language": "fr", "version": 3, "elides": True, "classes": classes, "words": words}
    return build("fr.toml", table | more)


def valences(found: Lexicon) -> dict[str, float]:
    return {word: role.valence for word, role in found.roles.items()}


def test_lemmas_are_inflected_by_their_class() -> None:
    found = french({"service": {"adj_eux": {"2": "chaleureux"}, "v_er": {"-2.5": "rater"}}})

    assert valences(found) == {
        "chaleureux": 2.0,
        "chaleureuse": 2.0,
        "rater": -2.5,
        "rate": -2.5,
        "raté": -2.5,
    }
    assert found.roles["rate"].verb
    assert not found.roles["chaleureux"].verb


def test_forms_written_out_replace_the_class() -> None:
    found = french({"service": {"adj": {"2": "beau/bel/belle", "1": ["doux/douce"]}}})

    assert valences(found) == {"beau": 2, "bel": 2, "belle": 2, "doux": 1, "douce": 1}


def test_a_word_is_found_without_its_accents_unless_it_is_exact() -> None:
    found = french({"all": {"word": {"2": "génial sûr"}}}, exact="sûr")

    assert [found.role(word) is not None for word in ("génial", "genial", "génìal", "sûr")] == [
        True
    ] * 4
    assert found.role("sur") is None


def test_of_words_that_are_one_without_accents_the_first_of_the_file_counts() -> None:
    """In every process: an order that hashes make would give a text two scores."""
    for letter in "bcdfgmnpr":
        found = french({
            "a": {"word": {"2": f"{letter}é/{letter}è"}},
            "b": {"word": {"-2": f"{letter}é"}},
        })  # fmt: skip

        assert found.role(f"{letter}e") == found.role(f"{letter}é")


def test_a_verb_of_two_parts_must_have_two() -> None:
    with pytest.raises(ConfigError, match="has no second part"):
        french({}, rules={"split": {"-2": ["stürzt"]}})


def test_accents_make_another_word_of_one_that_has_none() -> None:
    found = french({"all": {"word": {"2": "marche"}}})

    assert found.role("marché") is None


def test_the_spelling_without_accents_of_one_word_does_not_take_anothers_place() -> None:
    found = french({"all": {"word": {"2": "pâle", "-2": "pale"}}})

    assert valences(found) == {"pâle": 2, "pale": -2}


def test_other_spellings_of_a_letter() -> None:
    found = french({"all": {"word": {"2": "schön œuvre"}}}, spellings={"ö": "oe"})

    assert {"schön", "schoen", "schon", "œuvre", "oeuvre"} == set(found.roles)


def test_a_phrase_stands_for_every_form_of_its_lemmas() -> None:
    found = french(
        {"all": {"phrase": {"-2": ["<tomber> en panne"], "2": ["coup-de-cœur"]}}},
        other={"v_er": "tomber"},
    )

    assert set(found.phrases) == {"tomber", "tombe", "coup"}  # "tombé" is found as "tombe"
    hits = read("Coup de coeur ! Elle est tombée, tombé en panne", found).hits
    assert [hit.valence for hit in hits] == [2, -2]


def test_the_longest_phrase_wins() -> None:
    found = french({"all": {"phrase": {"2": ["pas mal"], "3": ["pas mal du tout"]}}})

    assert [hit.valence for hit in read("pas mal du tout", found).hits] == [3]
    assert [hit.valence for hit in read("pas mal du coup", found).hits] == [2]


def test_english_lies_over_vaders_list() -> None:
    english = lexicon("en")

    assert english.roles["horrible"].valence == -2.5  # VADER's
    assert english.roles["security"].valence == 0  # 1.4 there


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"words": {"x": {"adj_if": {"1": "vif"}}}}, "words.x.adj_if.1: there is no class adj_if"),
        ({"words": {"x": {"v_er": {"1": "finir"}}}}, '"finir" does not end as v_er'),
        ({"words": {"x": {"word": {"9": "bon"}}}}, "words.x.word.9: must be a number from -4 to 4"),
        ({"words": {"x": {"word": {"high": "bon"}}}}, "must be a number from -4 to 4"),
        ({"words": {"x": {"phrase": {"1": ["<aller> bien"]}}}}, "<aller> is no lemma"),
        ({"rules": {"boost": {"lots": "très"}}}, "rules.boost.lots: must be a number"),
        ({"colour": "blue"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_mistakes_are_told_with_their_place(table: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build("fr.toml", {"language": "fr", "version": 1, "classes": {"v_er": ["er"]}} | table)

    assert "fr.toml: " in str(caught.value)
    assert problem in str(caught.value)


def test_there_is_no_lexicon_for_every_language() -> None:
    with pytest.raises(KeyError):
        lexicon("tlh")


def test_the_documents_lexicon_is_one() -> None:
    page = (DOCUMENTS / "scores.md").read_text(encoding="utf-8")
    found = re.search(r"### Lexicons.*?```text\n(.*?)```", page, re.DOTALL)
    assert found

    shown = build("docs/scores.md", tomllib.loads(found[1]))

    hits = read("Elle est tombée en panne. Un service public nul", shown).hits
    assert [hit.valence for hit in hits] == [-2, -2]
    assert shown.examples.better
