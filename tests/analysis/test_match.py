from __future__ import annotations

import pytest

from listener.analysis.evaluate import MOST
from listener.analysis.explain import Explanation
from listener.analysis.literals import required
from listener.analysis.match import Matcher
from listener.analysis.query import parse
from listener.model import Author, Match, Post, PostKind, Span


def post(text: str = "", **facts: object) -> Post:
    return Post(key="url:x", item="x", text=text, **facts)  # type: ignore[arg-type]


def found(query: str, text: str, **facts: object) -> list[str] | None:
    """The words that matched, as they stand in the text; None: no match."""
    one = post(text, **facts)
    matches = Matcher({"brand": parse(query)}).match(one)
    if not matches:
        return None
    whole = {"title": one.title or "", "text": one.text}
    return [whole[span.field][span.start : span.end] for span in matches[0].spans]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        pytest.param("décathlon", "DECATHLON Decathlon", ["DECATHLON", "Decathlon"], id="folded"),
        pytest.param("decathlon", "De\u0301cathlon", ["De\u0301cathlon"], id="accents apart"),
        pytest.param("decathlon", "decathlonien", None, id="whole words"),
        pytest.param("decathlon", "d’Décathlon", ["Décathlon"], id="elision"),
        pytest.param("decathlon", "Decathlon's tent", ["Decathlon"], id="possessive"),
        pytest.param("l'oréal", "L’Oreal, l oreal", ["L’Oreal", "l oreal"], id="apostrophes"),
        pytest.param("équipe", "l'équipe", ["équipe"], id="word after an apostrophe"),
        pytest.param("coca-cola", "Coca Cola, coca‑cola", ["Coca Cola", "coca‑cola"], id="hyphen"),
        pytest.param("coca-cola", "cocacola, cola coca", None, id="hyphen: both, in order"),
        pytest.param("decathlon", "#decathlon @Decathlon", ["#decathlon", "@Decathlon"], id="# @"),
        pytest.param("#decathlon", "decathlon #Décathlon", ["#Décathlon"], id="hashtag only"),
        pytest.param("#decathlon", "#DecathlonFrance", None, id="whole hashtag"),
        pytest.param("#decathlon*", "#DecathlonFrance", ["#DecathlonFrance"], id="hashtag*"),
        pytest.param("decathlon*", "#DecathlonFrance", ["#DecathlonFrance"], id="word* in hashtag"),
        pytest.param("@decathlon", "info@decathlon.fr", None, id="e-mail is no handle"),
        pytest.param("decathlon.fr", "www.decathlon.fr/x", ["decathlon.fr"], id="domain"),
        pytest.param("decathlon.fr", "Decathlon fr", None, id="the dot of a domain counts"),
        pytest.param("H&M", "chez H&M, H & M", ["H&M", "H & M"], id="ampersand"),
        pytest.param("H&M", "H M", None, id="ampersand counts"),
        pytest.param("C++", "C, C+, C++17", ["C++"], id="plus signs"),
        pytest.param("canal+", "Canal + et CANAL+", ["Canal +", "CANAL+"], id="space before +"),
        pytest.param('"world athletics"', "World\nAthletics", ["World\nAthletics"], id="phrase"),
        pytest.param('"a b a"', "a b a b a", ["a b a b a"], id="overlaps are one span"),
        pytest.param('"a b c" OR b', "a b c b", ["a b c", "b"], id="one within the other"),
        pytest.param("deca*lon", "Décathlon, décalon", ["Décathlon", "décalon"], id="inner *"),
        pytest.param("m?t", "mot mat mt moat", ["mot", "mat"], id="one letter"),
        pytest.param("*thlon", "un heptathlon", ["heptathlon"], id="leading *"),
        pytest.param("{BT}", "bt BT Bt #BT", ["BT", "#BT"], id="case sensitive"),
        pytest.param("{Orange}", "orange. L'Orange", ["Orange"], id="case sensitive word"),
        pytest.param("{été}", "ete été e\u0301te\u0301", ["été", "e\u0301te\u0301"], id="accents"),
        pytest.param("tente NEAR/2 eau", "eau dans la tente", ["eau", "tente"], id="near"),
        pytest.param("tente NEAR/1 eau", "eau dans la tente", None, id="too far"),
        pytest.param("tente ONEAR/2 eau", "eau dans la tente", None, id="not in order"),
        pytest.param("a NEAR/9 a", "a", None, id="near itself: one word is not two"),
        pytest.param("(a OR b) NEAR/0 c", "a x b c", ["b", "c"], id="near: only the pairs"),
        pytest.param("任天堂", "新しい任天堂の", ["任天堂"], id="no spaces"),
        pytest.param("👍", "bien 👍🏽👍", ["👍🏽", "👍"], id="skin tones"),
        pytest.param("👩", "👩‍💻", None, id="part of an emoji"),
        pytest.param("coeur", "cœur", ["cœur"], id="ligature"),
        pytest.param("tente -eau", "tente", ["tente"], id="not"),
        pytest.param("tente -eau", "tente, eau", None, id="excluded"),
        pytest.param("tente (eau OR pluie)", "pluie tente eau", ["pluie", "tente", "eau"], id="or"),
    ],
)  # fmt: skip
def test_words(query: str, text: str, expected: list[str] | None) -> None:
    assert found(query, text) == expected


@pytest.mark.parametrize(
    ("query", "facts", "matches"),
    [
        ("title:tente", {"title": "Tente"}, True),
        ("title:tente", {"text": "tente"}, False),
        ("text:tente", {"title": "tente"}, False),
        ("tente eau", {"title": "tente", "text": "eau"}, True),
        ('"tente eau"', {"title": "tente", "text": "eau"}, False),
        ("author:dupont", {"author": Author(name="Jean Dupont")}, True),
        ("author:@jean", {"author": Author(handle="Jean")}, True),
        ("author:@jean", {"author": Author(handle="jean@social.example")}, True),
        ("author:@jean@social.example", {"author": Author(handle="jean@social.example")}, True),
        ("author:@jean", {"author": Author(handle="jean-paul")}, False),
        ("author:jean", {"author": Author(handle="jean-paul")}, True),
        ("author:@jean", {"author": Author(name="jean")}, False),
        ("author:jean", {"text": "jean"}, False),
        ("jean", {"author": Author(name="jean")}, False),
        ("site:lemonde.fr", {"url": "https://www.lemonde.fr/a"}, True),
        ("site:lemonde.fr", {"url": "https://abonnes.lemonde.fr:443/a"}, True),
        ("site:lemonde.fr", {"url": "https://xlemonde.fr/"}, False),
        ("site:société.fr", {"url": "https://xn--socit-esab.fr/"}, True),
        ("site:fr", {"url": "https://lemonde.fr/"}, True),
        ("site:lemonde.fr", {"url": "https://[lemonde.fr/"}, False),
        ("site:lemonde.fr", {}, False),
        ("text:a -site:lemonde.fr", {"text": "a"}, True),
        ("url:/sport/", {"url": "https://lemonde.fr/Sport/1"}, True),
        ("url:sport*2026", {"url": "https://lemonde.fr/sport/en-2026"}, True),
        ("lang:fr", {"language": "fr-CA"}, True),
        ("lang:fr", {"language": None}, False),
        ("kind:review", {"kind": PostKind.REVIEW}, True),
        ("kind:feed", {}, True),
        ("kind:news", {}, False),
        ("url:a[1]=?x", {"url": "https://lemonde.fr/?a[1]=?x&b=2"}, True),
        ('source:"le figaro [fr]"', {}, True),
        ("source:figaro", {}, False),
        ("source:*figaro*", {}, True),
    ],
)
def test_fields(query: str, facts: dict[str, object], matches: bool) -> None:
    matcher = Matcher({"brand": parse(query)})
    context = {"source": "Le Figaro [FR]", "source_kind": "feed"}
    assert bool(matcher.match(post(**facts), **context)) == matches  # type: ignore[arg-type]


def test_the_identified_language_comes_before_the_declared_one() -> None:
    matcher = Matcher({"brand": parse("lang:fr")})
    assert matcher.match(post(language="en"), language="fr")
    assert not matcher.match(post(language="fr"), language="en")


def test_tells_brand_spans_and_clause() -> None:
    matcher = Matcher(
        {
            "Intersport": parse("intersport"),
            "Tent": parse("(décathlon tente) OR Quechua"),
            "Any": parse("list:names OR x", {"names": ["Adidas", "Quechua"]}),
            "Quiet": parse("lang:fr"),
        }
    )
    one = post("La tente Quechua", title="Quechua", language="fr")
    both = (Span("text", 9, 16), Span("title", 0, 7))
    assert matcher.match(one) == (
        Match(brand="Tent", spans=both, clause="Quechua"),
        Match(brand="Any", spans=both, clause="Quechua"),
        Match(brand="Quiet", spans=(), clause="lang:fr"),
    )
    assert Matcher({}).match(one) == ()


def test_a_hostile_text_cannot_fill_the_store_with_places() -> None:
    matcher = Matcher({"brand": parse('a OR b OR "a b"')})
    (found,) = matcher.match(post("a b " * 2000))
    assert found.spans == tuple(Span("text", 4 * n, 4 * n + 3) for n in range(500))


def test_explains_which_clause_failed() -> None:
    query = '(decathlon OR {BT}) tente NEAR/1 eau -site:lequipe.fr NOT "world athletics"'
    matcher = Matcher({"brand": parse(query)})
    one = post("Decathlon : eau dans une tente", url="https://www.lequipe.fr/1", language="fr")

    why = matcher.explain("brand", one)

    assert not why.matched
    assert why.operator == "and"
    assert why.clause == query
    assert [(part.clause, part.matched) for part in why.children] == [
        ("decathlon OR {BT}", True),
        ("tente NEAR/1 eau", False),
        ("-site:lequipe.fr", False),
        ('NOT "world athletics"', True),
    ]
    assert [part.matched for part in why.children[0].children] == [True, False]
    assert why.children[0].spans == (Span("text", 0, 9),)
    near = why.children[1]
    assert [part.spans for part in near.children] == [
        (Span("text", 25, 30),),
        (Span("text", 12, 15),),
    ]
    assert why.children[2].children == (
        Explanation(
            clause="site:lequipe.fr", operator="field", matched=True, actual="www.lequipe.fr"
        ),
    )


def test_explains_a_field_that_is_not_known() -> None:
    why = Matcher({"brand": parse("site:lemonde.fr")}).explain("brand", post())
    assert (why.matched, why.actual) == (False, "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("la tente", [{"la"}, {"tente"}]),
        ("decathlon OR #quechua", [{"decathlon", "quechua"}]),
        ("a OR lang:fr", []),
        ("(a1 OR b1) c1 -d1 lang:fr", [{"a1", "b1"}, {"c1"}]),
        ("deca*thl?n", [{"deca"}]),
        ("a1 NEAR/3 (b1 OR c1)", [{"a1"}, {"b1", "c1"}]),
        ("author:@jean", [{"jean"}]),
        ("lang:fr", []),
    ],
)
def test_words_a_query_cannot_do_without(query: str, expected: list[set[str]]) -> None:
    assert [{text for text, _ in choice} for choice in required(parse(query))] == expected


def test_a_text_longer_than_one_window() -> None:
    text = "x " * 49_997 + "decathlon " + "y" * 120_000 + " quechua"
    matcher = Matcher({"a": parse("decathlon"), "b": parse("quechua"), "c": parse("absent")})
    assert [match.brand for match in matcher.match(post(text))] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "a " * 30_000,
        "a" * 400_000,
        "a\u0301" * 50_000,
        "#" * 400_000,
        "a* " * 20_000,
        "(" * 9999,
    ],
    ids=["words", "one word", "accents", "signs", "stars", "parentheses"],
)
def test_hostile_texts_end(text: str) -> None:
    queries = ("a", '"a a a"', "a NEAR/3 a", "a*a*a*b", "{A*}", "(a OR b) NEAR/9 (a OR c)")
    matcher = Matcher({query: parse(query) for query in queries})
    for match in matcher.match(post(text)):
        assert match.spans[0].start == 0
        assert len(match.spans) <= MOST


def test_the_deepest_query_is_evaluated() -> None:
    query = "a"
    for _ in range(49):
        query = f"({query} OR b) c"
    assert Matcher({"brand": parse(query)}).match(post("a c"))
    wide = " OR ".join(f"({n}x y)" for n in range(2000))
    assert Matcher({"brand": parse(wide)}).match(post("1999x y"))
