"""What is asked of platforms: readable examples, and that no match is lost on the way.

The searches are read back by a naive evaluator of the dialect, from nothing but their text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.analysis.match import Matcher
from listener.analysis.pushdown import Dialect, Pushed, push_down
from listener.analysis.query import Node, parse
from listener.analysis.text import words
from listener.model import Post
from tests.analysis.test_match_properties import (
    Choose,
    Tree,
    joined,
    posts,
    sayable,
    texts,
    trees,
    written,
)

FULL = Dialect(without="-", longest=512)
PLAIN = Dialect(either=None, without="-")  # phrases, all of them, nothing else
SIMPLE = Dialect(either=None, both=None, word=lambda word: word)  # one word or phrase a search
FLAT = Dialect(nested=False)
RICH = Dialect(word=lambda word: word, signed=lambda word: word, prefix=lambda word: f"{word}*")
OPERATORS = Dialect(both=" AND ", without="NOT ", terms=6)


def pushed(*queries: str, dialect: Dialect = FULL) -> Pushed:
    return push_down([parse(query, LISTS) for query in queries], dialect)


LISTS = {
    "rivals": ["Intersport", "Go Sport", "#gosport*"],
    "press": ["lemonde.fr", "lefigaro.fr"],
}
LONG = f'"{"long " * 120}"'
EXAMPLE = "decathlon OR #decathlon OR (tente NEAR/3 quechua) NOT javelin"


@pytest.mark.parametrize(
    ("dialect", "searches"),
    [
        (FULL, ['("decathlon" OR ("tente" "quechua" -"javelin"))']),
        (PLAIN, ['"decathlon"', '"tente" "quechua" -"javelin"']),
        (SIMPLE, ["decathlon", "quechua"]),
        (FLAT, ['"decathlon"', '"tente" "quechua"']),
        (RICH, ["(decathlon OR (tente quechua))"]),
        (OPERATORS, ['("decathlon" OR ("tente" AND "quechua" AND NOT "javelin"))']),
    ],
)
def test_asks_each_platform_what_it_understands(dialect: Dialect, searches: list[str]) -> None:
    assert pushed(EXAMPLE, dialect=dialect) == Pushed(tuple(searches), ())


@pytest.mark.parametrize(
    ("query", "search"),
    [
        # what must be there
        ("tente decathlon", '"tente" "decathlon"'),
        ("(tente OR sac) (eau OR pluie)", '("tente" OR "sac") ("eau" OR "pluie")'),
        ("(tente OR sac) ONEAR/2 eau", '("tente" OR "sac") "eau"'),
        (
            "{Orange} (panne OR réseau OR (box NEAR/5 internet))",
            '(("Orange" ("panne" OR "réseau")) OR ("Orange" "box" "internet"))',
        ),
        # as the person wrote it, of what a platform can take for words
        ("Décathlon", '"Décathlon"'),
        ("l’Oréal", '"l\'Oréal"'),
        ("H&M OR C++ OR decathlon.fr", '("H&M" OR "C++" OR "decathlon.fr")'),
        ("«Go Sport»", '"Go Sport"'),
        ('"acme: (bikes) \\ [x]"', '"acme bikes x"'),
        ("任天堂", '"任天堂"'),
        ("👍🏽 bravo", '"bravo"'),
        ("title:Décathlon text:(tente NEAR/2 eau)", '"Décathlon" "tente" "eau"'),
        ("list:rivals", '("Intersport" OR "Go Sport")'),
        # signs and stars
        ("#décathlon @quechua", '"décathlon" "quechua"'),
        ("@jean@mastodon.social", '"jean@mastodon.social"'),
        ("décathlon* quechua", '"quechua"'),
        ('"tente* quechua rouge"', '"quechua rouge"'),
        # what is found anyway is not asked for again
        ('"acme bikes" OR acme OR Acme', '"acme"'),
        ('coca-cola OR "coca cola"', '"coca-cola"'),
        ("l'acme OR acme", '("l\'acme" OR "acme")'),
        ("acme OR (acme NOT bikes) OR (acme tente)", '"acme"'),
        ("(acme tente) OR (acme (tente NEAR/3 rouge))", '"acme" "tente"'),
        (
            "(acme tente NOT x) OR (acme tente rouge)",
            '(("acme" "tente" -"x") OR ("acme" "tente" "rouge"))',
        ),
        ("((acme OR bikes) tente) OR bikes", '(("acme" "tente") OR "bikes")'),
        # facts beside something else
        ("decathlon site:lemonde.fr -lang:en", '"decathlon"'),
        ("(decathlon OR site:lemonde.fr) quechua", '"quechua"'),
        ("author:@bob decathlon", '"decathlon"'),
        # what must not be there, as far as that loses nothing
        ("(acme OR bikes) NOT (x OR y z)", '("acme" OR "bikes") -"x"'),
        ('(acme OR bikes) NOT (x OR "y z")', '("acme" OR "bikes") -"x" -"y z"'),
        ("acme -x* -{Y} -#z -H&M -title:v -(a NEAR/2 b) -(c d)", '"acme"'),
        ("title:(acme NOT x)", '"acme"'),
        ("acme NOT (x* OR y)", '"acme" -"y"'),
        ("acme NOT (x NOT y)", '"acme"'),
    ],
)
def test_pushes_a_query_down(query: str, search: str) -> None:
    assert pushed(query).searches == (search,)


@pytest.mark.parametrize(
    ("query", "unasked"),
    [
        ("decathlon OR site:lemonde.fr", ["site:lemonde.fr"]),
        ("decathlon OR author:@bob", ["author:@bob"]),
        ("decathlon OR *thlon", ["*thlon"]),
        ("decathlon OR 👍", ["👍"]),
        ("decathlon OR (lang:fr *thlon NOT x)", ["lang:fr *thlon NOT x"]),
        ("decathlon OR site:list:press", ["site:list:press"]),
        ("(decathlon OR lang:fr) (decathlon OR kind:news)", ["lang:fr AND kind:news"]),
        ("(decathlon OR kind:news) (lang:fr OR lang:en)", ["kind:news AND (lang:fr OR lang:en)"]),
        (f"decathlon OR {LONG}", [LONG]),
    ],
)
def test_names_what_no_search_finds(query: str, unasked: list[str]) -> None:
    assert pushed(query) == Pushed(('"decathlon"',), tuple(unasked))


def test_a_query_of_facts_asks_nothing() -> None:
    assert pushed("site:lemonde.fr lang:fr") == Pushed((), ("site:lemonde.fr lang:fr",))


def test_uses_the_signs_and_stars_that_a_platform_knows() -> None:
    query = "#décathlon OR (recall* tente) OR @acme OR qu*a OR org?ne* OR {AND}"
    (search,) = pushed(query, dialect=RICH).searches
    assert search == '(#décathlon OR @acme OR org* OR "AND" OR (recall* tente))'
    assert pushed("acme OR #acme OR acm*", dialect=RICH).searches == ("acm*",)
    assert pushed("x OR #acme OR qu*a", dialect=RICH).unasked == ("qu*a",)


def test_asks_both_spellings_where_accents_count() -> None:
    strict = Dialect(folds=False, without="-")
    assert pushed("Décathlon tente", dialect=strict).searches == (
        '("Décathlon" OR "decathlon") "tente"',
    )
    assert pushed("tente -été", dialect=strict).searches == ('"tente" -"été" -"ete"',)
    assert pushed("Décathlon OR decathlon", dialect=Dialect()).searches == ('"Décathlon"',)


def test_merges_brands_into_few_searches() -> None:
    queries = ("acme NOT x", "(tente OR sac) quechua", "bikes OR acme", "kayak NOT x", "ski -x")
    assert pushed(*queries).searches == (
        '((("kayak" OR "ski") -"x") OR (("tente" OR "sac") "quechua") OR "bikes" OR "acme")',
    )
    assert pushed(*queries, dialect=FLAT).searches == (
        '("acme" OR "bikes" OR "kayak" OR "ski")',
        '("tente" OR "sac") "quechua"',
    )


def test_splits_what_is_too_long_and_never_in_the_middle() -> None:
    brands = [f"brand {number}" for number in range(100)]
    got = pushed(*(f'"{brand}"' for brand in brands), dialect=Dialect(longest=100))
    assert all(len(search) <= 100 for search in got.searches)
    assert [one for search in got.searches for one in re.findall('"(.*?)"', search)] == brands
    assert len(got.searches) == 15  # seven of 10 characters fill one; of 9, as many


def test_keeps_to_the_number_of_terms() -> None:
    got = pushed("decathlon (a1 OR a2 OR a3 OR a4 OR a5 OR a6 OR a7)", dialect=OPERATORS)
    assert got.searches == (
        '"decathlon" AND ("a1" OR "a2" OR "a3")',
        '"decathlon" AND ("a4" OR "a5" OR "a6" OR "a7")',
    )
    assert pushed("a b c d e f NOT g", dialect=OPERATORS).searches == (
        '"a" AND "b" AND "c" AND "d" AND "e" AND "f"',
    )
    assert pushed("tente quechua", dialect=replace(FULL, terms=1)).searches == ('"quechua"',)


def test_loosens_rather_than_asking_for_too_much() -> None:
    many = " OR ".join(f"word{number}" for number in range(500))
    assert pushed(f"decathlon ({many})").searches == ('"decathlon"',)
    assert pushed(f"decathlon ({many})", dialect=PLAIN).searches == ('"decathlon"',)


def test_a_query_cannot_blow_up() -> None:
    sides = [
        " OR ".join(f"(some{side}x{number} thing{number})" for number in range(9)) for side in "ab"
    ]
    (search,) = pushed(f"({sides[0]}) ({sides[1]})", dialect=replace(FULL, longest=2000)).searches
    either = " OR ".join(f'"somebx{number}"' for number in range(9))
    assert search.startswith(f'(("someax0" "thing0" ({either})) OR ("someax1" "thing1" ({either}))')
    facts = " ".join(f"(word{number} OR site:a.fr OR site:b.fr)" for number in range(50))
    assert pushed(facts).unasked == (" AND ".join(["(site:a.fr OR site:b.fr)"] * 50),)


def test_asks_the_word_that_most_alternatives_share() -> None:
    query = "orange (panne OR réseau) OR (orange box internet)"
    assert pushed(query, dialect=SIMPLE).searches == ("orange",)


def test_thousands_of_brands_stay_within_the_limits() -> None:
    got = pushed(*(f"(brand{n} OR tent{n} water) NOT x{n}" for n in range(1000)))
    assert len(got.searches) < 200
    assert max(map(len, got.searches)) <= 512


# The naive evaluator: of a dialect's text, over the title's and the text's words.

Said = list[list[str]]  # words of the title, words of the text; with their signs
TOKEN = re.compile(r'"[^"]*"|OR\b|AND\b|NOT\b|[()-]|[^\s()"-]+')


def finds(search: str, said: Said) -> bool:
    tokens = TOKEN.findall(search)
    found = alternatives(tokens, said)
    assert not tokens, f"{search} cannot be read to its end"
    return found


def alternatives(tokens: list[str], said: Said) -> bool:
    found = conjunction(tokens, said)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        found |= conjunction(tokens, said)
    return found


def conjunction(tokens: list[str], said: Said) -> bool:
    found = True
    while tokens and tokens[0] not in ("OR", ")"):
        if tokens[0] == "AND":
            tokens.pop(0)
        found &= operand(tokens, said)
    return found


def operand(tokens: list[str], said: Said) -> bool:
    token = tokens.pop(0)
    if token in ("NOT", "-"):
        return not operand(tokens, said)
    if token == "(":
        found = alternatives(tokens, said)
        assert tokens.pop(0) == ")"
        return found
    return any(map(holds(token), said))


def holds(token: str) -> Callable[[list[str]], bool]:
    if token[0] in "#@":
        return lambda passage: words(token)[0].text in passage
    if token.endswith("*"):
        (start,) = (word.text for word in words(token))
        return lambda passage: any(bare(word).startswith(start) for word in passage)
    wanted = [bare(word.text) for word in words(token)]
    assert wanted, f"{token} asks for nothing"
    return lambda passage: any(
        [bare(word) for word in passage[place : place + len(wanted)]] == wanted
        for place in range(len(passage))
    )


def bare(word: str) -> str:
    return word.lstrip("#@") or word


def test_the_evaluator_reads_a_search() -> None:
    said = [["tente"], ["#decathlon", "a", "pris", "l", "eau"]]
    assert finds('("x" OR ("tente" "l\'eau" -"x")) AND NOT "eau tente"', said)
    assert finds('decath* #decathlon "Décathlon"', said)
    assert not finds('"tente decathlon"', said)
    assert not finds('"tente" -"pris l\'eau"', said)


DIALECTS = st.builds(
    Dialect,
    word=st.sampled_from([None, lambda word: word]),
    signed=st.sampled_from([None, lambda word: word]),
    prefix=st.sampled_from([None, lambda word: f"{word}*"]),
    either=st.sampled_from([None, " OR "]),
    both=st.sampled_from([None, " ", " AND "]),
    nested=st.booleans(),
    without=st.sampled_from([None, "-", "NOT "]),
    longest=st.sampled_from([12, 30, 60, 256]),
    terms=st.sampled_from([None, 1, 2, 3, 6]),
    folds=st.booleans(),
)


thorough = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
VOCABULARY = ["acme", "{Acme}", "bikes", '"acme bikes"', "tente", "tent*", "#acme", "rouge", "eau"]
some = st.sampled_from(VOCABULARY).map(lambda word: ("term", word))
near = st.tuples(st.just("near"), st.just(2), st.booleans(), some, some)
dense = st.recursive(st.one_of(some, some, near), joined, max_leaves=10).map(sayable)
SAID = ["acme", "Acme", "bikes", "tente", "tentes", "#acme", "rouge", "eau", "&", "."]


@thorough
@given(st.lists(dense, min_size=1, max_size=5), DIALECTS, st.randoms(use_true_random=False))
def test_no_short_text_is_lost(queries: list[Tree], dialect: Dialect, chance: Random) -> None:
    nodes = {str(n): parse(written(tree, chance.choice)) for n, tree in enumerate(queries)}
    got = push_down(nodes.values(), dialect)
    within_limits(got, dialect)
    for _ in range(20):
        title, text = (chance.sample(SAID, chance.randint(0, 4)) for _ in range(2))
        lost_nothing(
            nodes, Post(key="k", item="k", title=" ".join(title), text=" ".join(text)), got
        )


@thorough
@given(
    st.lists(trees.map(sayable), min_size=1, max_size=4),
    texts(), texts(), posts, DIALECTS, st.data(),
)  # fmt: skip
def test_what_matches_here_is_found_there(
    queries: list[Tree],
    title: Any,
    text: Any,
    facts: dict[str, Any],
    dialect: Dialect,
    data: st.DataObject,
) -> None:
    choose: Choose = lambda options: data.draw(st.sampled_from(options))  # noqa: E731
    nodes = {str(n): parse(written(tree, choose)) for n, tree in enumerate(queries)}

    got = push_down(nodes.values(), dialect)

    assert got == push_down(nodes.values(), dialect)
    within_limits(got, dialect)
    lost_nothing(nodes, Post(key="k", item="k", title=title[0], text=text[0], **facts), got)


def within_limits(got: Pushed, dialect: Dialect) -> None:
    assert len(set(got.searches)) == len(got.searches)
    for search in got.searches:
        assert len(search) <= dialect.longest
        asked = [one for one in TOKEN.findall(search) if one not in ("OR", "AND", "NOT", *"()-")]
        assert dialect.terms is None or len(asked) <= dialect.terms


def lost_nothing(nodes: dict[str, Node], post: Post, got: Pushed) -> None:
    said = [[word.text for word in words(passage or "")] for passage in (post.title, post.text)]
    found = any(finds(search, said) for search in got.searches)
    for query, node in nodes.items():
        if not found and matches(node, post):
            assert any(matches(parse(clause), post) for clause in got.unasked), (query, got)


def matches(node: Node, post: Post) -> bool:
    return bool(Matcher({"": node}).match(post, source="Le Monde", source_kind="feed"))
