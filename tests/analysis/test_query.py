from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis.match import Matcher
from listener.analysis.nodes import And, Field, Near, Node, Not, Or, Term
from listener.analysis.query import DEEPEST, LONGEST, QueryError, parse, warnings
from listener.model import Post

LISTS = {
    "rivals": ["Intersport", "Go Sport", "{BUT}", "#jogging*"],
    "press": ["lemonde.fr", "https://www.lefigaro.fr/"],
    "staff": ["@jean", "Marie Curie"],
    "none": [],
}


def shape(node: Node) -> object:
    """A node in brief: what it joins, and how."""
    match node:
        case Term(patterns=patterns, scope=scope):
            text = " ".join(pattern.exact or pattern.text for pattern in patterns)
            return text if scope == "any" else f"{scope}:{text}"
        case Near(left=left, right=right, within=within, ordered=ordered):
            return (shape(left), f"{'>' if ordered else '~'}{within}", shape(right))
        case Field(field=field, value=value):
            return f"{field}:{value}"
        case Not(child=child):
            return ("not", shape(child))
        case And(children=children):
            return ("and", *map(shape, children))
        case Or(children=children):
            return ("or", *map(shape, children))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("a AND b c", ("and", "a", "b", "c"), id="and, also by juxtaposition"),
        pytest.param("a b OR c", ("or", ("and", "a", "b"), "c"), id="and before or"),
        pytest.param("a OR b NOT c", ("or", "a", ("and", "b", ("not", "c"))), id="not before or"),
        pytest.param("a AND NOT b", ("and", "a", ("not", "b")), id="and not"),
        pytest.param("a -b -(c d)", ("and", "a", ("not", "b"), ("not", ("and", "c", "d"))), id="-"),
        pytest.param("(a OR b) c", ("and", ("or", "a", "b"), "c"), id="parentheses"),
        pytest.param("a or and", ("and", "a", "or", "and"), id="only capitals are operators"),
        pytest.param("ANDRE ORAL", ("and", "andre", "oral"), id="words that begin like operators"),
        pytest.param('"Go Sport"', "go sport", id="phrase"),
        pytest.param("« Go Sport » “a b”", ("and", "go sport", "a b"), id="typographic quotes"),
        pytest.param("coca-cola L’Oréal", ("and", "coca cola", "l oreal"), id="joined words"),
        pytest.param("deca* m?t #fr*", ("and", "deca*", "m?t", "#fr*"), id="wildcards"),
        pytest.param("{BT Sport}", "BT Sport", id="case sensitive"),
        pytest.param("a NEAR/3 b c", ("and", ("a", "~3", "b"), "c"), id="near before and"),
        pytest.param("a ONEAR/3 b", ("a", ">3", "b"), id="ordered near"),
        pytest.param("a NEAR/3f b", ("a", ">3", "b"), id="ordered near, as elsewhere"),
        pytest.param("(a OR b) NEAR/0 c", (("or", "a", "b"), "~0", "c"), id="near alternatives"),
        pytest.param(
            "NOT a NEAR/2 b AND c", ("and", ("not", ("a", "~2", "b")), "c"), id="not near"
        ),
        pytest.param("title:a text:b", ("and", "title:a", "text:b"), id="fields of words"),
        pytest.param(
            "title:(a NEAR/2 b -c)",
            ("and", ("title:a", "~2", "title:b"), ("not", "title:c")),
            id="a field around several",
        ),
        pytest.param("TITLE: a", "title:a", id="field in capitals, and a space"),
        pytest.param("author:@Jean-Paul", "author:@jean-paul", id="a handle is one word"),
        pytest.param("site:https://www.LeMonde.fr/", "site:lemonde.fr", id="site from an address"),
        pytest.param("site:*.gouv.fr", "site:gouv.fr", id="subdomains anyway"),
        pytest.param("site:société.fr", "site:xn--socit-esab.fr", id="international domain"),
        pytest.param("lang:(fr OR en)", ("or", "lang:fr", "lang:en"), id="fields of facts"),
        pytest.param('source:"Hacker News"', "source:hacker news", id="quoted value"),
        pytest.param(
            "list:rivals", ("or", "intersport", "go sport", "BUT", "#jogging*"), id="list"
        ),
        pytest.param(
            "site:list:press", ("or", "site:lemonde.fr", "site:lefigaro.fr"), id="list of sites"
        ),
        pytest.param(
            'author:list:"staff"', ("or", "author:@jean", "author:marie curie"), id="of authors"
        ),
        pytest.param("a <<< b\n( >>> c", ("and", "a", "c"), id="comment"),
        pytest.param("任天* *任", ("and", "任 天", "任"), id="a star where words have no end"),
        pytest.param("16:9 C# 日本", ("and", "16 9", "c #", "日 本"), id="signs in words"),
    ],
)
def test_reads(query: str, expected: object) -> None:
    assert shape(parse(query, LISTS)) == expected


def test_clauses_are_what_the_person_wrote() -> None:
    node = parse('Décathlon  AND\n(title:"Une Tente" OR list:rivals) NOT {BT}', LISTS)
    assert isinstance(node, And)
    assert node.clause == 'Décathlon AND (title:"Une Tente" OR list:rivals) NOT {BT}'
    alternatives = node.children[1]
    assert isinstance(alternatives, Or)
    assert [child.clause for child in node.children] == [
        "Décathlon",
        'title:"Une Tente" OR list:rivals',
        "NOT {BT}",
    ]
    rivals = alternatives.children[1]
    assert isinstance(rivals, Or)
    assert rivals.clause == "list:rivals"
    assert rivals.children[1].clause == "Go Sport"


@pytest.mark.parametrize(
    ("query", "at", "hint"),
    [
        ("", 0, "is empty"),
        ("  \n", 0, "is empty"),
        ("a AND", 2, "AND needs something after it"),
        ("OR a", 0, "OR needs something before it"),
        ("a OR OR b", 5, "OR needs something after it, before OR"),
        ("(a AND)", 6, 'AND needs something after it, before ")"'),
        ("a (OR b)", 3, "OR needs something before it"),
        ("a NOT", 2, "NOT needs something after it"),
        ("a NOT NOT b", 6, "NOT of NOT"),
        ("a AND (b OR (c", 12, "never closed"),
        ("a OR b) c", 6, "closes nothing"),
        ("a () b", 3, "nothing between the parentheses"),
        ('a "b c', 2, "quotation is never closed"),
        ("a «b c", 2, "quotation is never closed"),
        ("a ” b", 2, "closes nothing"),
        ("{BT", 0, 'this "{" is never closed'),
        ("BT}", 2, "} closes nothing"),
        ("a - b", 2, "without a space: -word"),
        ('a ""', 2, "nothing to search for"),
        ("a !!", 2, "nothing to search for"),
        ("@", 0, "nothing to search for"),
        ("author:@", 7, "nothing to search for"),
        ("a *", 2, "nothing to search for"),
        ('"le * rouge"', 0, "between words, use NEAR/5"),
        ("#*", 0, "nothing to search for"),
        ("NEAR/3 a", 0, "NEAR/3 needs something before it"),
        ("a NEAR/3", 2, "NEAR/3 needs something after it"),
        ("a NEAR b", 2, "needs a distance in words: write NEAR/5"),
        ("a NEAR/ b", 2, "needs a distance in words: write NEAR/5"),
        ("a NEAR/101 b", 2, "100 words at most"),
        ("a NEAR/99999999999 b", 2, "100 words at most"),
        ("a NEAR/2 b NEAR/2 c", 11, "NEAR joins two"),
        ("a NEAR/2 (b c)", 9, "NEAR joins words, phrases and (a OR b)"),
        ("a NEAR/2 title:b", 9, "fields go around: title:(a NEAR/5 b)"),
        ("lang:(fr NEAR/2 en)", 6, "NEAR joins words, phrases"),
        ("a NEAR/2 NOT b", 9, "NEAR cannot exclude"),
        ('"a b"~5', 5, "one NEAR/5 other"),
        ("titel:a", 0, "did you mean title:?"),
        ("language:fr", 0, "did you mean lang:?"),
        ("foo:a", 0, "the fields are title:, text:"),
        ("https://decathlon.fr", 0, "with url: or site:"),
        ("title:", 0, "title: needs a value"),
        ("title: OR a", 0, "title: needs a value"),
        ("title:(a lang:fr)", 9, "lang: inside title:"),
        ("site:lemonde.fr/sport", 5, "is no domain"),
        ('lang:""', 5, "lang: needs a value"),
        ("NOT a", 0, "NOT alone"),
        ("a OR -b", 5, "NOT alone"),
        ("(NOT a) (NOT b)", 1, "NOT alone"),
        ("lang:(NOT fr)", 6, "NOT alone"),
        ("list:rival", 0, 'there is no list "rival": did you mean "rivals"?'),
        ("list:zzz", 0, "write it under [lists]"),
        ("list:none", 0, 'the list "none" is empty'),
        ("(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), DEEPEST, "inside one another"),
        ("(" * 50_000, DEEPEST, "inside one another"),
        ("a " * LONGEST, LONGEST, "use a named list"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_says_how_to_mend(query: str, at: int, hint: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query, LISTS)
    message = str(refused.value)
    assert hint in message
    assert refused.value.position == at
    assert "\n" not in message or len(message.splitlines()) == 3


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        pytest.param("tente OR (eau", "    tente OR (eau\n             ^", id="short"),
        pytest.param(
            "tente OR\n  eau) OR\n  pluie",
            "    … eau) OR …\n         ^",
            id="the line it is on",
        ),
        pytest.param("日本 OR (", "    日本 OR (\n            ^", id="wide characters"),
        pytest.param("a\tb\x1b )", "    a b  )\n         ^", id="control characters"),
        pytest.param(
            "mot " * 100 + ")" + " mot" * 100,
            "    … " + ("mot " * 100)[-50:] + ")" + (" mot" * 100)[:29] + " …\n" + " " * 56 + "^",
            id="long",
        ),
    ],
)
def test_shows_the_place(query: str, shown: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)
    assert str(refused.value).partition("\n")[2] == shown


@pytest.mark.parametrize(
    ("query", "doubt"),
    [
        ("decathlon OR a", "a is one letter"),
        ("decathlon OR #x", "#x is one letter"),
        ("de*", "leaves almost every word open"),
        ("a1 or b1", "or is searched as a word: write OR"),
        ("tente et eau", "et is searched as a word: write AND"),
        ("tente near/3 eau", "near/3 is searched as a word: write NEAR/3"),
        ("tente -tente", "tente with -tente never matches"),
        ("lang:fr lang:en tente", "lang:fr with lang:en never matches: join them with OR"),
        ("site:lemonde.fr site:lefigaro.fr", "never matches"),
        ("kind:news kind:blog", "never matches"),
        ('source:A source:"B"', "never matches"),
        ("lang:french", "write lang:fr"),
        ("lang:français", "write lang:fr"),
        ("lang:klingon", "two letters"),
        ("site:lemonde", "write it like site:lemonde.fr"),
        ("kind:reviews", "did you mean kind:review?"),
        ("decathlon OR Décathlon", "Décathlon says the same as decathlon"),
        (
            "decathlon OR #decathlon NOT (heptathlon OR javelin)",
            "NOT (heptathlon OR javelin) holds only for #decathlon: if it is meant for all, "
            "write (decathlon OR #decathlon) NOT (heptathlon OR javelin); "
            "if not, write (#decathlon NOT (heptathlon OR javelin))",
        ),
        (
            "a1 OR (b1 OR c1) d1 -e1",
            "-e1 holds only for (b1 OR c1) d1: if it is meant for all, "
            "write (a1 OR (b1 OR c1) d1) -e1; if not, write ((b1 OR c1) d1 -e1)",
        ),
    ],
)
def test_warns(query: str, doubt: str) -> None:
    assert any(doubt in sentence for sentence in warnings(parse(query)))


@pytest.mark.parametrize(
    "query",
    [
        "(decathlon OR #decathlon) NOT (heptathlon OR javelin)",
        "decathlon OR (#decathlon NOT heptathlon)",
        "decathlon OR (tente NEAR/5 eau)",
        "lang:fr kind:news kind:feed site:lemonde.fr site:abonnes.lemonde.fr",
        '"et" tente',
        "lang:pt-BR kind:mastodon",
        "任 OR 👍 OR &",
        "source:le* source:*monde",
    ],
)
def test_does_not_warn(query: str) -> None:
    assert warnings(parse(query)) == ()


def test_a_list_of_ten_thousand_is_read() -> None:
    names = [f"marque{n}" for n in range(10_000)]
    node = parse("list:names tente", {"names": names})
    assert isinstance(node, And)
    assert isinstance(node.children[0], Or)
    assert len(node.children[0].children) == 10_000
    assert isinstance(parse(" OR ".join(names[:5000])), Or)


SCRAPS = (
    *'ab"(){}-:*?#@/ \n«»“”~|',
    "OR ",
    "NOT ",
    "NEAR/2 ",
    "title:",
    "<<<",
    ">>>",
    "list:l",
    " ",
)


@settings(max_examples=int(os.environ.get("LISTENER_EXAMPLES", "300")), deadline=None)
@given(st.lists(st.sampled_from(SCRAPS)).map("".join) | st.text())
def test_any_query_is_read_or_refused_with_a_place(query: str) -> None:
    lists = {"l": ["a", "b c"]}
    try:
        node = parse(query, lists)
    except QueryError as exc:
        refused = exc
    else:
        warnings(node)
        Matcher({"brand": node}).match(Post(key="k", item="k", text="a b"))
        return
    assert 0 <= refused.position <= len(query)
    assert str(refused).splitlines()[0].strip()
