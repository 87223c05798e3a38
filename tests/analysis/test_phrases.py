from __future__ import annotations

from contextlib import suppress
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.crisis import Vocabulary
from listener.analysis.phrases import GAP, Grammar, Phrase
from listener.analysis.spread import Spread, align
from listener.analysis.text import words
from listener.analysis.vocabulary import read

GRAMMAR = Grammar(
    classes={"child": ["son", "daughter", "little one*"], "any": ["<child>", "my <child>|dog"]},
    endings={"v": ["", "s", "ed"]},
)


def parts(text: str) -> list[tuple[set[str], ...]]:
    return [tuple(set(part) for part in phrase.parts) for phrase in GRAMMAR.parse(text)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("recall notice", [({" recall notice "},)]),
        ("Hospitali*", [({" hospitali"},)]),
        ("burn* to the ground", [({" burn"}, {" to the ground "})]),
        ("burn~v", [({" burn ", " burns ", " burned "},)]),
        ("son|dog*", [({" son ", " dog"},)]),
        ("<child>", [({" son ", " daughter ", " little one"},)]),
        ("my <child> burned", [({" my "}, {" son ", " daughter ", " little one"}, {" burned "})]),
        ("in 1*", [({" in 1"},)]),
        ("doesn't work", [({" doesn t work "},)]),
        ("hurt & dog", [({" hurt "}, {" dog "}), ({" dog "}, {" hurt "})]),
        ("said:", [({" said "},)]),
    ],
)
def test_a_phrase_becomes_parts(text: str, meant: list[tuple[set[str], ...]]) -> None:
    assert parts(text) == meant


def test_a_class_may_use_another_and_phrases() -> None:
    (phrase,) = GRAMMAR.parse("<any>")

    assert " my daughter " in phrase.parts[0]
    assert " son " in phrase.parts[0]
    assert " my dog " in phrase.parts[0]  # "|" joins what stands at one place
    assert " dog " not in phrase.parts[0]


@pytest.mark.parametrize(
    ("text", "gaps"),
    [("a .. b ... c", (2, GAP)), ("burn* down .. it", (0, 2)), ("a & b", (GAP,)), ("a b", ())],
)
def test_gaps_stand_between_parts(text: str, gaps: tuple[int, ...]) -> None:
    assert GRAMMAR.parse(text)[0].gaps == gaps


def test_three_may_stand_in_any_order() -> None:
    assert len(GRAMMAR.parse("a & b & c")) == 6


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no word"),
        ("!", "holds no word"),
        ("... hurt", "needs words before and after .., ... and &"),
        ("hurt ...", "needs words before and after .., ... and &"),
        ("hurt &", "holds no word"),
        ("! & hurt", "holds no word"),
        ("a & b & c & d", "may have at most 2 &"),
        ("son||dog", "needs a word on both sides of |"),
        ("re*call", "* may only be the last letter"),
        ("ab*", "needs at least 3 letters before the *"),
        ("<cat> hurt", "<cat> is no class"),
        ("burn~x", "~x is no list of endings"),
    ],
)
def test_what_is_wrong_is_told(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        GRAMMAR.parse(text)

    assert str(caught.value) == why


def test_a_wrong_class_is_told_once_and_not_wherever_it_is_used() -> None:
    family = {"title": "x", "weight": 3, "terms": ["<a> hurt", "<c> hurt", "<d> hurt"]}
    classes = {"a": ["<b>"], "b": ["<a>"], "c": ["x ... y"], "d": ["ok"]}
    problems: list[str] = []

    assert read("en.toml", {"families": {"x": family}, "classes": classes}, problems) is None
    assert problems == [
        "en.toml: classes.a: uses itself: <a> > <b> > <a>",
        "en.toml: classes.b: uses itself: <b> > <a> > <b>",
        "en.toml: classes.c: may have no &, no ... and no brand within a class",
    ]


def heard(text: str, *terms: str, **tables: object) -> list[tuple[str, str]]:
    """Return the terms of a vocabulary that a sentence holds, and the words that said them."""
    problems: list[str] = []
    weights = {term: 10 + number for number, term in enumerate(terms)}
    family = {"title": "x", "weight": 1, "weights": weights}
    classes = {"child": ["son", "daughter"]}
    file = read("x.toml", {"families": {"x": family}, "classes": classes, **tables}, problems)
    assert file, problems
    return [(h.term.text, h.words) for h in Vocabulary(file, {}).read(text, words(text)).hits]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My Son was badly burned", "Son was badly burned"),
        ("the daughter, 3, burned", "daughter, 3, burned"),
        ("son one two three four five burned", "son one two three four five burned"),
        ("son son burned", "son burned"),
        ("son one two three four five six burned", None),
        ("burned my son", None),
        ("a son; burned", None),
        ("my son (burned)", None),
        ("persons burned", None),
    ],
)
def test_words_that_stand_apart_are_put_together(text: str, found: str | None) -> None:
    said = heard(text, "<child> ... burned")

    assert said == ([("<child> ... burned", found)] if found else [])


def test_either_order() -> None:
    assert [words_ for _, words_ in heard("burned my son", "<child> & burned")] == ["burned my son"]


def test_words_apart_are_denied_by_a_negation_that_is_not_theirs() -> None:
    negation = {"words": ["no", "not"]}

    assert heard("my son was not burned", "<child> ... burned", negation=negation) == []
    assert heard("no son was burned", "<child> ... burned", negation=negation) == []
    assert heard("did not once reply", "not ... reply", negation=negation)
    assert heard("son burned, not badly", "<child> ... burned", negation=negation)


def test_words_apart_rank_before_a_lighter_term_and_behind_a_heavier_one() -> None:
    lighter = heard("my son was burned", "burned", "<child> ... burned")
    heavier = heard("my son was burned", "<child> ... burned", "burned")

    assert [term for term, _ in lighter] == ["<child> ... burned"]
    assert {term for term, _ in heavier} == {"burned", "<child> ... burned"}


def test_what_two_hints_share_counts_once() -> None:
    setting = {"words": [], "hints": ["dog", "my dog", "cat"], "families": ["all"]}
    settings = {"settings": {"humour": setting}}
    file = read("x", {"families": {"x": {"title": "x", "weight": 1}}, **settings}, [])
    assert file
    vocabulary = Vocabulary(file, {})

    def hints(text: str) -> set[str]:
        return {hint for _, hint in vocabulary.read(text, words(text)).hints}

    assert hints("my dog") == {"my dog"}
    assert hints("my dog and a cat") == {"my dog", "cat"}


# The linear walk says the same as trying everything.


@given(
    st.lists(st.sampled_from("abcx"), max_size=12),
    st.lists(st.sampled_from(["a", "b", "c", "ab"]), min_size=2, max_size=3),
    st.integers(0, 3),
)
def test_align_finds_an_ending_exactly_where_trying_everything_does(
    line: list[str], parts_: list[str], gap: int
) -> None:
    places: list[set[tuple[int, ...]]] = [
        {(n,) for n, one in enumerate(line) if one in part} for part in parts_
    ]

    ends = {
        row[-1]
        for row in product(*(sorted(n for n, *_ in place) for place in places))
        if all(0 <= b - a - 1 <= gap for a, b in pairwise(row))
    }
    found = list(align(places, [gap] * (len(parts_) - 1)))

    assert {stretch[-1] for stretch in found} == ends
    assert all(0 <= b - a - 1 <= gap for s in found for a, b in pairwise(s))


@given(st.text(alphabet="ab <>|~.*&!v'\n", max_size=20))
def test_any_text_is_a_phrase_or_is_told_why_not(text: str) -> None:
    phrases: tuple[Phrase, ...] = ()
    with suppress(ValueError):
        phrases = GRAMMAR.parse(text)

    for phrase in phrases:
        assert len(phrase.gaps) == len(phrase.parts) - 1
        assert all(literal.startswith(" ") and literal.strip() for literal in phrase.parts[0])


def test_a_phrase_is_found_by_its_rarest_part() -> None:
    a, b, c = (frozenset([f" {name} "]) for name in "abc")
    spread = Spread([Phrase((a, b), (1,)), Phrase((a, c), (1,))])

    numbers = {name: spread.literals[f" {name} "][0] for name in "abc"}
    assert list(spread.find({numbers["a"]: {(0,)}, numbers["c"]: {(2,)}})) == [(1, (0, 2))]
    assert list(spread.find({numbers["a"]: {(0,)}})) == []
