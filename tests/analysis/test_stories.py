from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from listener.analysis import story_terms
from listener.analysis.stories import leads
from listener.analysis.story_likeness import (
    COMMON,
    WEIGHTS,
    Around,
    Told,
    compare,
    mass,
    rarity,
)
from listener.analysis.story_match import WINDOW, Join, joins
from listener.analysis.story_numbers import numbers
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
    found = joins(told(one, apart), {1: told(other)}, Around(rare={}))
    return found[1] if found else None


def told(signed: Signature, at: timedelta = timedelta(0)) -> Told:
    return Told(signature=signed, at=int(at.total_seconds()), mass=mass(signed, {}))


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


def test_a_likeness_fades() -> None:
    one = signature(None, "14 000 gates with a bad hinge, toddlers got hurt", None, ["Kestrel"])
    other = signature("Kestrel recalls baby gates", LONG, None, ["Kestrel"])
    likely = [
        compare(told(one, timedelta(hours=hours)), [told(other)], Around(rare={})).probability
        for hours in (0, 1, 12, 48, 144)
    ]
    assert likely == sorted(likely, reverse=True)
    assert likely[0] > 0.9
    assert likely[-1] < likely[0]


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
    text = "Pilots of {} will strike over rosters, the union said."
    one, same, other = (
        signature(None, text.format(name), None, [name])
        for name in ("Norvane", "Norvane", "Kestrel")
    )
    near, far = (compare(told(one), [told(old)], Around(rare={})) for old in (same, other))
    assert near.evidence["other brand"] == 0
    assert far.evidence["other brand"] == 1
    assert far.probability < near.probability


def test_what_happened_in_one_is_not_what_happened_in_the_other() -> None:
    fire, strike, blaze = (
        signature(f"{what} at the depot in Avonmouth", "Nobody came.", None, ["Kestrel"])
        for what in ("Fire", "Strike", "Blaze")
    )
    same, other = (compare(told(blaze), [told(old)], Around(rare={})) for old in (fire, strike))
    assert same.evidence["other event"] == 0
    assert other.evidence["other event"] == 1
    assert other.probability < same.probability


def test_a_rare_name_alone_joins_a_remark_to_its_event() -> None:
    wire = signature(
        "Norvella in talks to buy Fairmarsh", "Norvella wants its rival Fairmarsh, sources say.",
        "https://wire.example/1", ["Norvella"],
    )  # fmt: skip
    remark = signature(
        None, "so norvella wants to buy us fairmarsh people, cheers", "https://talk.example/2",
        ["Norvella"],
    )  # fmt: skip
    join = joined(remark, wire, timedelta(hours=14))
    assert join is not None
    assert join.names == ("fairmarsh",), "it is a name where it has a capital"


def test_a_remark_that_shares_a_word_of_every_day_does_not_join() -> None:
    one = signature(None, "the Ostrel in town has run out of milk", None, ["Ostrel"])
    two = signature(None, "why is the milk at Ostrel so hot today", None, ["Ostrel"])
    assert joined(two, one) is None


def test_what_an_outlet_puts_around_each_of_its_posts_is_no_evidence() -> None:
    frame = "Welcome to Gearmuddle, where we buy our own kit and break it for you. {} Bananas on."
    review, next_one, elsewhere = (
        signature(f"Review: {what}", frame.format(said), f"https://{host}.example/{what}", ["Acme"])
        for what, said, host in (
            ("tent", "The poles bend in wind.", "gearmuddle"),
            ("lamp", "The beam is bright.", "gearmuddle"),
            ("lamp", "The beam is bright.", "other"),
        )
    )
    assert joined(next_one, review, timedelta(days=3)) is None
    frames = compare(told(next_one), [told(review)], Around(rare={}))
    said = {next_one.terms[term].said for term in frames.both}
    assert said == {"Bananas"}, "a sentence of two words is not known again"
    worn = [key for key in elsewhere.sentences if key in review.sentences]
    assert worn
    known = compare(told(elsewhere), [told(review)], Around(rare={}, worn=worn))
    assert known.both.keys() == frames.both.keys()


def test_a_sentence_quoted_elsewhere_is_evidence_when_it_names_somebody() -> None:
    quote = '"Anyone who owns one should stop riding with it," said its director{}.'
    for who, words in ((" Nadia Crewe", 13), ("", 0)):
        one = signature("Recalled", f"{quote.format(who)} Forty are sold.", "https://a.example/1")
        two = signature("Club stops", f"No rides. {quote.format(who)}", "https://b.example/2")
        found = compare(told(two), [told(one)], Around(rare={})).evidence["quoted"]
        assert found == pytest.approx(words / 20, abs=0.1)
        assert (found > 0) == bool(words)


def test_what_many_stories_say_is_no_evidence() -> None:
    assert rarity(0) == rarity(1) == 1.0
    assert rarity(COMMON) == 0.0
    one, other = (signature(None, f"{TEXT} {n}") for n in ("Un", "Deux"))
    rare, common = (
        compare(told(one), [told(other)], Around(rare=dict.fromkeys(one.terms, weight)))
        for weight in (1.0, 0.0)
    )
    assert rare.probability > 0.9
    assert common.probability < 0.5
    assert common.evidence["likeness"] == 0


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
        ("2,3 millions ou 2.3m", {"2300000"}),
        ("870k, 870,000", {"870000"}),
        ("1.9bn pounds, 1,9 milliard", {"1900000000"}),
        ("en 2025, 3 fois", set()),
        ("le 12 à 14h30", {"12", "14", "30"}),
        ("forty-five people, 45 jobs", {"45"}),
        ("quatre-vingts pompiers, quatre-vingt-dix, soixante-dix", {"80", "90", "70"}),
        ("vingt et un mille lignes, cent douze ans", {"21000", "112"}),
        ("three hundred and six thousand", {"306000"}),
        ("one, two, three and ten", set()),
        ("5.50 pounds", {"5.5"}),
    ],
)
def test_numbers_have_one_form(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@settings(max_examples=40)
@given(st.integers(100, 10**9))
def test_figures_of_any_country_are_one_number(number: int) -> None:
    assume(not 1900 <= number <= 2099)
    forms = {f"{number}", f"{number:,}", f"{number:,}".replace(",", "."), f"{number:_}"}
    assert {frozenset(numbers(form.replace("_", "\u202f"))) for form in forms} == {
        frozenset({str(number)})
    }


def test_words_of_one_kind_meet_in_two_languages() -> None:
    assert story_terms.term("incendie") == story_terms.term("blaze") == story_terms.term("Fires")
    assert story_terms.term("the") is None
    assert story_terms.term("Poussettes") == story_terms.term("poussette")


def test_a_post_is_held_against_all_posts_of_a_story() -> None:
    one = signature("Fire at the Lanester shop", "Eighty firefighters came.", None, ["Gaudrin"])
    two = signature("Forklift blamed", "A forklift charged at night.", None, ["Gaudrin"])
    late = signature(None, "Lanester, that forklift again", None, ["Gaudrin"])
    held = compare(told(late), [told(one), told(two)], Around(rare={}))
    assert {late.terms[term].said for term in held.both} == {"Lanester", "forklift"}


@pytest.mark.parametrize(
    ("text", "broken", "later"),
    [
        ("is the Kestrel app down? again", True, False),
        ("Plus de réseau chez Ondelix à Rennes", True, False),
        ("He sat down by the sea", False, False),
        ("Three days after the recall, most are back", False, True),
        ("Une semaine après le rappel, rien", False, True),
        ("Le lendemain, tout va mieux", False, True),
    ],
)
def test_common_words_that_tell_of_a_breakdown_or_of_what_was_before(
    text: str, broken: bool, later: bool
) -> None:
    signed = signature(None, text)
    assert (story_terms.BROKEN in signed.terms) == broken
    assert signed.later == later


def test_an_outlets_own_name_is_no_evidence() -> None:
    text = "More markets coverage at City Ledger, as ever."
    signed = signature("Shares", text, "https://www.cityledger.example/1")
    assert "Ledger" not in {term.said for term in signed.terms.values()}
    assert "Ledger" in {term.said for term in signature("Shares", text).terms.values()}


def test_the_dateline_of_any_agency_is_no_part_of_the_text() -> None:
    assert bare(f"RENNES, 2 mars (ALP) — {TEXT}") == TEXT
    assert bare(f"VANNES (ALP). {TEXT}") == TEXT
    assert bare(f"Decathlon (the chain) - {TEXT}").startswith("Decathlon")


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


def test_the_weights_that_are_documented_are_those_of_the_program() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scores.md").read_text(encoding="utf-8")
    for name, weight in WEIGHTS.items():
        assert f"| {name} | {weight:.2f} |" in page
    assert set(WEIGHTS) == set(compare(told(signature(None, TEXT)), [told(signature(None, TEXT))],
                                         Around(rare={})).evidence)  # fmt: skip


def test_letters_with_digits_are_names() -> None:
    said = "Both R7 tractors, the SK 418 and the 4x8 shifts, after 8h30 on page 12."
    names = signature(None, said).names
    assert {"r7", "sk418", "4x8"} <= names
    assert not {"8h30", "h30", "12"} & names


def test_metres_are_no_millions() -> None:
    assert "20000000" not in signature(None, "Des flammes de 20 m au-dessus du toit").terms
    assert "20000000" in signature(None, "Un chantier de 20 M€ au-dessus du toit").terms


def test_a_short_number_alone_does_not_join() -> None:
    one = told(signature(None, "Twenty minutes late again, bus 16, thanks"))
    other = told(signature(None, "Under-16s travel free with every adult"))
    held = compare(one, [other], Around(rare={}))
    assert set(held.both) == {"16"}
    assert held.probability == 0.0


def test_the_only_story_of_a_brand_that_goes_on_is_likelier() -> None:
    one = told(signature(None, "The gates of Hexley are shut again"))
    other = told(signature(None, "Somebody shut the gates of Hexley"))
    alone, among = (
        compare(one, [other], Around(rare={}, others=others)).probability for others in (0, 5)
    )
    assert alone > among
