from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.stories import keys

TEXT = (
    "Decathlon rappelle des milliers de vélos pour enfants vendus depuis un an, en raison d'un "
    "défaut de freins qui peut provoquer des chutes, a annoncé l'enseigne mardi."
)
TITLE = "Decathlon rappelle des vélos pour enfants"


def share(one: tuple[str | None, str], other: tuple[str | None, str]) -> bool:
    return bool(set(keys(*one)) & set(keys(*other)))


@pytest.mark.parametrize(
    "copy",
    [
        TEXT.upper(),
        TEXT.replace("'", "’"),
        f"PARIS, 12 mars (AFP) - {TEXT}",
        f"{TEXT} (AFP)",
        f"{TEXT} (avec AFP)",
        f"{TEXT} Lire la suite sur notre site",
        f"{TEXT}\n\nLire aussi : nos conseils pour choisir un vélo",
        f"{TEXT}\nThe post {TITLE} appeared first on Le Blog.",
        f"{TEXT}\nThe post {TITLE} first appeared on Le Blog.",
        f"{TEXT}\nL’article {TITLE} est apparu en premier sur Le Blog.",
        f"{TEXT} (AFP)\nRead more\nThe post {TITLE} appeared first on Le Blog.",
        f"{TEXT} [...]",
        f"{TEXT} Source : AFP",
    ],
)
def test_the_same_text_is_a_copy_whatever_sites_put_around_it(copy: str) -> None:
    assert share(("Un titre", TEXT), ("Un autre", copy))


def test_another_text_is_not() -> None:
    assert not share(("Un titre", TEXT), ("Un titre", TEXT.replace("freins", "roues")))


@pytest.mark.parametrize(
    "title",
    [TITLE, f"{TITLE} - Le Monde", f"{TITLE} | BFM TV", f"{TITLE} – Ouest-France", TITLE.upper()],
)
def test_the_same_headline_is_a_copy_without_the_outlets_name(title: str) -> None:
    assert share((TITLE, "Un texte."), (title, "Un tout autre résumé."))


@pytest.mark.parametrize(
    "title",
    [
        "Decathlon",
        "Decathlon rappelle des vélos",
        "Daily news update for Monday",
        "Revue de presse du 12 mars 2025",
        "Weekly roundup: the best of the web",
        "Les bons plans du week-end du jour",
        "",
    ],
)
def test_a_title_that_says_little_is_no_key(title: str) -> None:
    assert keys(title, "Court.") == ()


def test_a_short_text_under_a_title_is_no_key() -> None:
    teaser = "Cet article est pour nos abonnés, connectez-vous pour le lire en entier."

    assert not share(("Premier sujet", teaser), ("Second sujet", teaser))


def test_a_post_without_a_title_is_known_by_fewer_words() -> None:
    text = "Ma tente Decathlon a pris l'eau cette nuit, merci bien"

    assert share((None, text), (None, f"{text} !"))


def test_a_text_that_is_only_a_tail_is_no_key() -> None:
    assert (
        keys(None, "The post X appeared first on Y. Read more about this and many other things")
        == ()
    )


@given(st.none() | st.text(), st.text())
def test_keys_are_stable_and_few(title: str | None, text: str) -> None:
    assert keys(title, text) == keys(title, text)
    assert len(keys(title, text)) <= 2


@pytest.mark.parametrize(
    "flood", ["The post ", "Source: ", "(AFP)", "© ", "... ", " - ", "\x00", "("]
)
def test_floods_end(flood: str) -> None:
    keys(flood * 10_000, flood * 100_000)
