"""What is left out before posts are judged is nothing that the judge would have kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis.match import Matcher
from listener.analysis.query import QueryError, parse
from listener.collect.sifting import sieve
from listener.model import Author, Post, PostKind


def post(text: str, **more: object) -> Post:
    return Post(key="k", item="i", kind=PostKind.SOCIAL, text=text, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        "acme lang:fr",
        'acme source:"My Bluesky"',
        "acme kind:jetstream",
        "acme author:@ana",
        "acme (author:ana OR author:bob)",
        "acme NOT (tent NOT lang:fr)",
        "acme NOT (lang:en OR tent)",
        "(acme lang:fr) OR bag",
    ],
)
def test_what_is_known_later_loses_nothing(query: str) -> None:
    assert sieve({"Acme": parse(query)}).match(post("La tente d'Acme"))


@pytest.mark.parametrize(
    "query", ["acme lang:fr", "acme NOT tent", "(acme author:bob) OR bag", "site:acme.example acme"]
)
def test_what_words_rule_out_is_left_out(query: str) -> None:
    assert not sieve({"Acme": parse(query)}).match(post("A tent, no more"))


@pytest.mark.parametrize(
    "query",
    [
        "lang:fr",
        "acme OR lang:fr",
        "author:@ana OR kind:review",
        "lang:fr NOT bag",
        "acme OR (lang:fr NOT bag)",
        "lang:fr (acme OR (lang:en NOT bag))",
        "lang:fr ((NOT bag) OR (NOT acme))",
    ],
)
def test_nobody_asks_for_everything(query: str) -> None:
    assert not sieve({"Acme": parse(query)}).match(post("A tent"))


CLAUSES = st.sampled_from(
    [
        "acme",
        "tent",
        "lang:fr",
        "source:S",
        "kind:k",
        "author:ana",
        "site:a.example",
        "acme NEAR/2 tent",
    ]
)
QUERIES = st.recursive(
    CLAUSES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("({0[0]} OR {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} NOT {0[1]})".format),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(QUERIES, st.sampled_from(["acme", "a tent", "acme tent", "bag"]), st.booleans())
def test_whatever_is_asked_with_words_loses_nothing(query: str, text: str, mine: bool) -> None:
    """What matches by facts alone is taken at its word: only a clause of words is promised."""
    try:
        node = parse(f"acme ({query})")
    except QueryError:
        return
    seen = post(text)
    named = post(text, author=Author(name="Ana" if mine else "Bob"))
    language = "fr" if mine else "en"
    facts = {"source": "S", "source_kind": "k", "language": language} if mine else {}
    if Matcher({"a": node}).match(named, **facts):
        assert sieve({"a": node}).match(seen)
