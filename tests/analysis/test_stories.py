from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from listener.analysis import story_terms
from listener.analysis.stories import leads
from listener.analysis.story_match import (
    COMMON,
    WINDOW,
    Join,
    Told,
    joins,
    mass,
    rarity,
    whole,
)
from listener.analysis.story_signature import Signature, dump, load, signature
from listener.analysis.story_text import bare
from tests.report.samples import START, mention

TEXT = (
    "Decathlon rappelle des milliers de vélos pour enfants vendus depuis un an, en raison d'un "
    "défaut de freins qui peut provoquer des chutes, a annoncé l'enseigne mardi."
)
TITLE = "Decathlon rappelle des vélos pour enfants"
LONG = (
    "The chain is taking back 14,000 stair gates after three toddlers hurt their fingers. "
    "The hinge can close when the gate is opened with one hand, the company said on Tuesday. "
    "Parents should stop using it and bring it to a branch, where they get their money back."
)


def joined(one: Signature, other: Signature, apart: timedelta = timedelta(hours=1)) -> Join | None:
    first, second = (
        Told(signature=signed, at=at, mass=mass(signed, {}))
        for signed, at in ((other, 0), (one, int(apart.total_seconds())))
    )
    return joins(second, first, {})


def share(one: tuple[str | None, str], other: tuple[str | None, str]) -> bool:
    join = joined(signature(*one), signature(*other))
    return join is not None and bool({"title", "text"} & set(join.same))


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
    assert signature(title, "Court.").title is None


def test_a_short_text_under_a_title_is_no_key() -> None:
    teaser = "Cet article est pour nos abonnés, connectez-vous pour le lire en entier."

    assert not share(("Premier sujet", teaser), ("Second sujet", teaser))


def test_a_post_without_a_title_is_known_by_fewer_words() -> None:
    text = "Ma tente Decathlon a pris l'eau cette nuit, merci bien"

    assert share((None, text), (None, f"{text} !"))


def test_a_text_that_is_only_a_tail_is_no_key() -> None:
    tail = "The post X appeared first on Y. Read more about this and many other things"
    assert signature(None, tail).text is None


def test_the_same_words_with_another_link_or_reposted_are_a_copy() -> None:
    text = "Ma tente Decathlon a pris l'eau cette nuit, merci bien"
    assert share((None, f"{text} https://t.example/a1"), (None, f"{text} https://t.example/b2"))
    assert share((None, text), (None, f"RT @zoe: {text}"))


def test_a_text_that_holds_another_is_a_copy_of_it_for_two_days() -> None:
    quoted = signature("Told at the school gate", f"Look at this. « {LONG} » What now?")
    shortened = signature("Gates recalled", LONG.rpartition(" Parents")[0])
    original = signature("Stair gates taken back after injuries", LONG)
    for one in (quoted, shortened):
        join, later = joined(one, original), joined(one, original, timedelta(days=3))
        assert join is not None
        assert (join.how, join.same) == ("copy", ("part",))
        assert later is None or later.how == "event", "it is the next of a series then"


def test_a_long_text_that_quotes_another_is_no_copy_of_it() -> None:
    own = " ".join(
        f"This is the {name} of many sentences that only the author of the review has written."
        for name in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
                     "ninth", "tenth", "eleventh", "twelfth")
    )  # fmt: skip
    join = joined(signature("What the papers say", f"{own} {LONG}"), signature("Gates", LONG))
    assert join is not None
    assert join.how == "quote"


def test_other_words_about_one_event_join_and_say_which() -> None:
    wire = signature(
        "Kestrel recalls 14,000 baby gates", LONG + " Helen Marsh of Kestrel was sorry.", None,
        ["Kestrel"],
    )  # fmt: skip
    rewrite = signature(
        None, "14 000 gates from Kestrel with a bad hinge, says Marsh. Toddlers got hurt!", None,
        ["Kestrel"],
    )  # fmt: skip
    join = joined(rewrite, wire, timedelta(hours=20))
    assert join is not None
    assert join.how == "event"
    assert "Marsh" in join.names
    assert "14000" in join.numbers
    assert {"gates", "hinge"} <= set(join.words)
    assert "Kestrel" not in (*join.names, *join.words), "all mentions share it"
    assert join.apart == 72_000
    assert join.told()["apart"] == 72_000
    later = joined(rewrite, wire, timedelta(days=6))
    assert later is None or later.score < join.score / 2, "a likeness fades"


LOOK_ALIKES = [
    (
        ("New Kestrel store opens in Harlow on Thursday",
         "A new Kestrel store opens in Harlow. The mayor cuts a ribbon; 85 people work there."),
        ("New Kestrel store opens in Perth next week",
         "A new Kestrel store opens in Perth. A band will play at the door; 70 people work there."),
    ),
    (
        ("Kestrel sales rise 4.2% in fourth quarter", "Sales rose after Christmas to 812 million."),
        ("Kestrel profit slips in third quarter", "Profit fell in autumn to 170 million pounds."),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
def test_another_event_of_the_same_kind_does_not_join(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    signed = [signature(*each, None, ["Kestrel"]) for each in (one, other)]
    join = joined(signed[0], signed[1], timedelta(days=2))
    assert join is None


def test_posts_of_two_brands_join_less_easily() -> None:
    text = "Pilots of {} will strike on Sunday over rosters, the union said."
    one, same, other = (
        signature("Pilots to strike over rosters", text.format(name), None, [name])
        for name in ("Norvane", "Norvane", "Kestrel")
    )
    near = joined(replace(one, title=None), replace(same, text=None, sentences={}))
    far = joined(replace(one, title=None), replace(other, text=None, sentences={}))
    assert near is not None
    assert far is None or far.score < near.score / 2


def test_what_many_stories_say_is_no_evidence() -> None:
    assert rarity(0) == rarity(1) == 1.0
    assert rarity(COMMON) == 0.0
    one, other = (signature(None, f"{TEXT} {n}") for n in ("Un", "Deux"))
    told = Told(signature=replace(one, text=None, sentences={}), at=0, mass=20.0)
    known = Told(signature=replace(other, text=None, sentences={}), at=0, mass=20.0)
    assert joins(told, known, {}) is not None
    assert joins(told, known, dict.fromkeys(one.terms, 0.0)) is None


@pytest.mark.parametrize("days", [0, 1, 6])
def test_a_link_to_the_other_post_joins_it(days: int) -> None:
    article = signature(TITLE, TEXT, "https://www.news.example/a/1?utm_source=x")
    post = signature(None, "Vu ça ? https://news.example/a/1", "https://social.example/p/9")
    join = joined(post, article, timedelta(days=days))
    assert join is not None
    assert (join.how, join.page) == ("link", "https://news.example/a/1")


def test_a_page_that_both_link_to_joins_them_for_two_days() -> None:
    one, two = (
        signature(None, f"{word} https://news.example/a/1", f"https://social.example/{word}")
        for word in ("Ouf", "Aïe")
    )
    assert joined(one, two) is not None
    assert joined(one, two, timedelta(days=3)) is None


def test_home_pages_and_lists_of_links_join_nothing() -> None:
    assert signature(None, "Voir https://news.example/ et rien").links == ()
    many = " ".join(f"https://news.example/a/{n}" for n in range(9))
    assert signature(None, many).links == ()


def test_what_comes_after_a_week_is_news_again() -> None:
    assert joined(signature(TITLE, TEXT), signature(TITLE, TEXT), WINDOW) is not None
    later = WINDOW + timedelta(seconds=1)
    assert joined(signature(TITLE, TEXT), signature(TITLE, TEXT), later) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9.500, 9 500 et 9,500", {"9500"}),
        ("2,3 millions ou 2.3", {"2.3"}),
        ("en 2025, 3 fois", set()),
        ("le 12 à 14h30", {"12", "14", "30"}),
    ],
)
def test_numbers_have_one_form(text: str, found: set[str]) -> None:
    assert story_terms.numbers(text) == found


def test_words_of_one_kind_meet_in_two_languages() -> None:
    assert story_terms.term("incendie") == story_terms.term("blaze") == story_terms.term("Fires")
    assert story_terms.term("the") is None
    assert story_terms.term("Poussettes") == story_terms.term("poussette")


def test_a_story_says_all_that_its_posts_say() -> None:
    one, two = signature(None, "Alpha Bravo charlie"), signature(None, "Delta echo foxtrot")
    story = whole([Told(signature=s, at=at, mass=6.0) for s, at in ((one, 5), (two, 9))])
    assert set(story.signature.terms) == {*one.terms, *two.terms}
    assert (story.at, story.mass) == (9, 6.0)


def test_copies_have_one_lead_and_other_texts_of_the_story_stay() -> None:
    first, copy, rewrite, lone = (
        replace(mention(n, START, story=story), original=original)
        for n, story, original in ((1, 7, 1), (2, 7, 1), (3, 7, 3), (4, 8, None))
    )
    assert leads([copy, rewrite, first, lone]) == (rewrite, first, lone)
    assert leads([first, replace(copy, brand="Rival")]) == (first, replace(copy, brand="Rival"))


LINES = st.text(st.characters(codec="utf-8"), max_size=80)


@settings(max_examples=60)
@given(st.none() | LINES, st.lists(LINES, max_size=6).map("\n".join))
def test_signatures_are_stable_bounded_and_kept_whole(title: str | None, text: str) -> None:
    signed = signature(title, text, "https://a.example/1")
    assert signed == signature(title, text, "https://a.example/1")
    assert load(dump(signed)) == signed
    assert len(signed.terms) <= story_terms.MOST
    assert set(signed.terms) == set(signed.said)
    assert len(signed.keys()) <= story_terms.MOST + 40


@settings(max_examples=40)
@given(LINES, LINES)
def test_being_a_copy_is_mutual(one: str, other: str) -> None:
    for line in (one, other):  # a line such as "© ..." makes a tail of what follows it
        assume(TEXT[-40:] in bare(f"{line} {TEXT}"))
    pair = signature(one, f"{other} {TEXT}"), signature(other, f"{one} {TEXT}")
    there, back = joined(pair[0], pair[1]), joined(pair[1], pair[0])
    assert there is not None
    assert back is not None
    assert (there.how, there.same) == (back.how, back.same)


@pytest.mark.parametrize(
    "flood",
    ["The post ", "Source: ", "(AFP)", "© ", "... ", " - ", "\x00", "(", "About A: ", "1.1"],
)
def test_floods_end(flood: str) -> None:
    signed = signature(flood * 10_000, flood * 100_000)
    assert len(signed.keys()) <= story_terms.MOST + 40
