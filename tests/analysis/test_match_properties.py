"""Holds the matcher against a naive evaluator: every pair tried, no index, no automaton.

What the generated texts hold is known from how they are made, so the naive evaluator needs neither
folding nor a tokenizer of ours. LISTENER_EXAMPLES says how many cases to run (300).
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from random import Random
from typing import Any
from unicodedata import combining, normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.analysis.evaluate import MOST
from listener.analysis.match import Matcher
from listener.analysis.query import parse
from listener.analysis.text import words
from listener.model import Author, Post, PostKind, Span

EXAMPLES = int(os.environ.get("LISTENER_EXAMPLES", "300"))
thorough = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
FEEDS = Path(__file__).resolve().parents[3] / "shared/data/feeds/dev.tar.xz"

# Pieces of text, as their words: (as written, as compared). Words of a piece follow one another
# with nothing but what stands here.
PIECES: dict[str, list[tuple[str, str]]] = {
    "Décathlon": [("Décathlon", "decathlon")],
    "De\u0301cathlon": [("De\u0301cathlon", "decathlon")],
    "DECATHLON": [("DECATHLON", "decathlon")],
    "d’Décathlon": [("d", "d"), ("Décathlon", "decathlon")],
    "Decathlon's": [("Decathlon", "decathlon"), ("s", "s")],
    "Decathlon™": [("Decathlon", "decathlon")],
    "dé\u00adcathlon": [("dé\u00adcathlon", "decathlon")],
    "decathlonien": [("decathlonien", "decathlonien")],
    "heptathlon": [("heptathlon", "heptathlon")],
    "#decathlon": [("#decathlon", "#decathlon")],
    "#DécathlonFrance": [("#DécathlonFrance", "#decathlonfrance")],
    "@Decathlon": [("@Decathlon", "@decathlon")],
    "@decathlon_fr": [("@decathlon_fr", "@decathlon_fr")],
    "www.decathlon.fr": [
        ("www", "www"), (".", "."), ("decathlon", "decathlon"), (".", "."), ("fr", "fr")
    ],
    "l'Oréal": [("l", "l"), ("Oréal", "oreal")],
    "coca-cola": [("coca", "coca"), ("cola", "cola")],
    "Coca": [("Coca", "coca")],
    "H&M": [("H", "h"), ("&", "&"), ("M", "m")],
    "C++": [("C", "c"), ("+", "+"), ("+", "+")],
    "BT": [("BT", "bt")],
    "bt": [("bt", "bt")],
    "cœur": [("cœur", "coeur")],
    "Straße": [("Straße", "strasse")],
    "ﬁn": [("ﬁn", "fin")],
    "任天堂": [("任", "任"), ("天", "天"), ("堂", "堂")],
    "がか\u3099": [("が", "が"), ("か\u3099", "が")],
    "हिन्दी": [("हिन्दी", "हिन्दी")],
    "👩🏽‍💻": [("👩🏽‍💻", "👩‍💻")],
    "👍🏿": [("👍🏿", "👍")],
    "❤\ufe0f": [("❤\ufe0f", "❤")],
    "🇫🇷": [("🇫🇷", "🇫🇷")],
}  # fmt: skip
GAPS = (" ", "\n", ", ", " – ", "… ", " « ", " (", ") ", "! ", " / ", "\u00a0: ", "\u200b")
# Terms as people write them, and the words they stand for ({X}: exactly so).
TERMS: dict[str, list[str]] = {
    "decathlon": ["decathlon"],
    "Décathlon": ["decathlon"],
    "decathlon*": ["decathlon*"],
    "*thlon": ["*thlon"],
    "d*c?thlon": ["d*c?thlon"],
    "#decathlon": ["#decathlon"],
    "#décathlon*": ["#decathlon*"],
    "@decathlon": ["@decathlon"],
    "@deca*": ["@deca*"],
    "decathlon.fr": ["decathlon", ".", "fr"],
    "L’ORÉAL": ["l", "oreal"],
    '"l oreal"': ["l", "oreal"],
    "coca-cola": ["coca", "cola"],
    '"coca cola coca"': ["coca", "cola", "coca"],
    "“decathlon decathlon”": ["decathlon", "decathlon"],
    "coca": ["coca"],
    "H&M": ["h", "&", "m"],
    "c++": ["c", "+", "+"],
    "c": ["c"],
    "{BT}": ["{BT}"],
    "{Décathlon}": ["{Décathlon}"],
    "{DECA*}": ["{DECA*}"],
    "bt": ["bt"],
    "coeur": ["coeur"],
    "strasse": ["strasse"],
    "FIN": ["fin"],
    "天堂": ["天", "堂"],
    "が": ["が"],
    "हिन्दी": ["हिन्दी"],
    "👩‍💻": ["👩‍💻"],
    "👍": ["👍"],
    "❤": ["❤"],
    "🇫🇷": ["🇫🇷"],
    "absent": ["absent"],
}
FACTS: dict[str, Callable[[Post], bool]] = {
    "site:lemonde.fr": lambda post: (post.url or "").startswith(
        ("https://www.lemonde.fr/", "https://lemonde.fr/")
    ),
    "url:/sport": lambda post: "/sport" in (post.url or ""),
    "lang:fr": lambda post: post.language in ("fr", "fr-CA"),
    "kind:news": lambda post: post.kind == PostKind.NEWS,
    "kind:feed": lambda post: True,
    'source:"Le Monde"': lambda post: True,
    "source:le": lambda post: False,
    "author:@jean": lambda post: bool(post.author and post.author.handle == "Jean@a.example"),
    "author:dupont": lambda post: bool(post.author and post.author.name == "Jean Dupont"),
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A word of a text: as written, as compared, and where."""

    written: str
    compared: str
    start: int
    end: int


# A case has few words, so that most of its terms are found, often and near one another.
few = st.shared(
    st.lists(st.sampled_from(sorted(PIECES)), min_size=1, max_size=4, unique=True), key="few"
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[Known]]:
    pieces = draw(st.lists(st.tuples(few.flatmap(st.sampled_from), st.sampled_from(GAPS))))
    text, known = "", []
    for piece, gap in pieces:
        at = 0
        for written, compared in PIECES[piece]:
            at = piece.index(written, at)
            start = len(text) + at
            known.append(Known(written, compared, start, start + len(written)))
            at += len(written)
        text += piece + gap
    return text, known


Choose = Callable[[list[Any]], Any]
Tree = tuple[Any, ...]  # ("term", written) ("not", tree) ("and" | "or", trees) ...
terms = few.flatmap(lambda pieces: st.sampled_from(findable(pieces))).map(lambda t: ("term", t))
operands = st.one_of(terms, st.tuples(st.just("or"), st.lists(terms, min_size=2, max_size=3)))
nears = st.tuples(st.just("near"), st.integers(0, 4), st.booleans(), operands, operands)


def findable(pieces: list[str]) -> list[str]:
    """Terms that begin with a word of the pieces, and one that does not."""
    known = [Known(*word, 0, 0) for piece in pieces for word in PIECES[piece]]
    found = [term for term in TERMS if any(fits(TERMS[term][0], word) for word in known)]
    return [*found, "absent"]


def joined(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(trees, min_size=2, max_size=3)
    return st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), several),
        st.tuples(st.just("not"), trees),
    )


wordy = st.recursive(st.one_of(terms, terms, nears), joined, max_leaves=5)
scoped = st.tuples(st.just("scope"), st.sampled_from(["title", "text"]), wordy)
facts = st.sampled_from(sorted(FACTS)).map(lambda written: ("fact", written))
trees = st.recursive(st.one_of(terms, terms, nears, scoped, facts), joined, max_leaves=8)


def written(tree: Tree, choose: Choose) -> str:
    """Write a tree as a person might: with or without the parentheses that are not needed."""
    match tree:
        case ("term" | "fact", text):
            return str(text)
        case ("near", distance, ordered, left, right):
            sides = [in_parentheses(side, choose, side[0] == "or") for side in (left, right)]
            return f"{sides[0]} {'O' * ordered}NEAR/{distance} {sides[1]}"
        case ("scope", field, inner):
            return f"{field}:{in_parentheses(inner, choose, inner[0] != 'term')}"
        case ("not", inner):
            sign = choose(["NOT ", "-"])
            return str(sign) + in_parentheses(inner, choose, inner[0] in ("not", "and", "or"))
        case ("and", inner):
            parts = [in_parentheses(one, choose, one[0] in ("and", "or")) for one in inner]
            return str(choose([" ", " AND ", "\n"])).join(parts)
        case ("or", inner):
            return " OR ".join(in_parentheses(one, choose, one[0] == "or") for one in inner)
    raise AssertionError(tree)


def in_parentheses(tree: Tree, choose: Choose, needed: bool) -> str:
    text = written(tree, choose)
    return f"({text})" if needed or choose([False, True]) else text


def says_something(tree: Tree) -> bool:
    """A query of nothing but NOT is refused."""
    match tree:
        case ("not", _):
            return False
        case ("and", inner):
            return any(map(says_something, inner))
        case ("or", inner):
            return all(map(says_something, inner))
        case ("scope", _, inner):
            return says_something(inner)
    return True


def sayable(tree: Tree) -> Tree:
    return tree if says_something(tree) else ("and", [("term", "decathlon"), tree])


Words = Mapping[str, Sequence[Known]]  # of the title and the text
Spans = set[tuple[str, int, int]]


def naive(tree: Tree, post: Post, passages: Words) -> Spans | None:
    match tree:
        case ("term", text):
            found = {(field, *place) for field in passages for place in at(text, passages[field])}
            return {span(passages, place) for place in found} or None
        case ("fact", text):
            return set() if FACTS[text](post) else None
        case ("scope", field, inner):
            return naive(inner, post, {field: passages[field]})
        case ("near", distance, ordered, left, right):
            return naive_near(distance, ordered, left, right, passages)
        case ("not", inner):
            return set() if naive(inner, post, passages) is None else None
    parts = [naive(one, post, passages) for one in tree[1]]
    matching = [part for part in parts if part is not None]
    if len(matching) < (len(parts) if tree[0] == "and" else 1):
        return None
    return {one for part in matching for one in part}


def naive_near(
    distance: int, ordered: bool, left: Tree, right: Tree, passages: Words
) -> Spans | None:
    result: Spans = set()
    for field, known in passages.items():
        for a in anywhere(left, known):
            for b in anywhere(right, known):
                if 0 <= b[0] - a[1] <= distance or (not ordered and 0 <= a[0] - b[1] <= distance):
                    result |= {span(passages, (field, *a)), span(passages, (field, *b))}
    return result or None


def anywhere(side: Tree, known: Sequence[Known]) -> list[tuple[int, int]]:
    terms = side[1] if side[0] == "or" else [side]
    return [place for term in terms for place in at(term[1], known)]


def at(term: str, known: Sequence[Known]) -> Iterator[tuple[int, int]]:
    patterns = TERMS.get(term, [term])
    for start in range(len(known) - len(patterns) + 1):
        if all(fits(p, known[start + n]) for n, p in enumerate(patterns)):
            yield start, start + len(patterns)


def fits(pattern: str, word: Known) -> bool:
    compared = word.compared
    if pattern.startswith("{"):
        pattern = pattern.strip("{}")
        compared = normalize("NFC", word.written).replace("\u00ad", "")
    if pattern[0] not in "#@" and len(compared) > 1:
        compared = compared.lstrip("#@")
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, compared) is not None


def span(passages: Words, place: tuple[str, int, int]) -> tuple[str, int, int]:
    field, start, end = place
    return field, passages[field][start].start, passages[field][end - 1].end


def merged(spans: Spans) -> list[Span]:
    """Make one of two that overlap until none do."""
    left = set(spans)
    for one in spans:
        for other in spans:
            if one < other and one[0] == other[0] and other[1] < one[2]:
                both = (one[0], one[1], max(one[2], other[2]))
                return merged(left - {one, other} | {both})
    return sorted(Span(*one) for one in left)  # type: ignore[arg-type]


posts = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([PostKind.NEWS, PostKind.BLOG]),
        "url": st.sampled_from(
            [None, "https://www.lemonde.fr/sport/1", "https://lemonde.fr/2", "https://xlemonde.fr/"]
        ),
        "language": st.sampled_from([None, "fr", "fr-CA", "en"]),
        "author": st.sampled_from(
            [None, Author(handle="Jean@a.example"), Author(name="Jean Dupont", handle="jean-p")]
        ),
    }
)


@thorough
@given(st.lists(trees.map(sayable), min_size=1, max_size=4), texts(), texts(), posts, st.data())
def test_matches_what_a_naive_evaluator_matches(
    queries: list[Tree], title: Any, text: Any, facts: dict[str, Any], data: st.DataObject
) -> None:
    choose: Choose = lambda options: data.draw(st.sampled_from(options))  # noqa: E731
    names = {f"brand {n}": written(tree, choose) for n, tree in enumerate(queries)}
    matcher = Matcher({name: parse(query) for name, query in names.items()})
    post = Post(key="k", item="k", title=title[0], text=text[0], **facts)
    known = {"title": title[1], "text": text[1]}
    context = {"source": "Le Monde", "source_kind": "feed"}

    got = {match.brand: list(match.spans) for match in matcher.match(post, **context)}

    expected = {name: naive(tree, post, known) for name, tree in zip(names, queries, strict=True)}
    assert got == {name: merged(spans) for name, spans in expected.items() if spans is not None}
    for name, spans in expected.items():
        assert matcher.explain(name, post, **context).matched == (spans is not None)


anything = st.text(
    st.sampled_from("aé#@-'’ \n\u0301\u200d\ufe0f👩💻🏽🇫🇷か\u3099한\u1112\u1161任ก\u0e33\u00ad½ßœ…")
    | st.characters(categories=None)
)


@thorough
@given(anything, st.sampled_from(sorted(TERMS)), anything)
def test_finds_a_term_in_any_text_and_says_where(before: str, term: str, after: str) -> None:
    written = term.strip('{}"“”').replace("*", "x").replace("?", "x")
    text = f"{before} {written} {after}"
    post = Post(key="k", item="k", title=after, text=text)

    (match,) = Matcher({"brand": parse(term)}).match(post)

    place = Span("text", len(before) + 1, len(before) + 1 + len(written))
    assert place in match.spans or any(
        span.start <= place.start and place.end <= span.end for span in match.spans
    )
    assert list(match.spans) == sorted(match.spans)
    for span, following in zip(match.spans, match.spans[1:], strict=False):
        assert span.field != following.field or span.end <= following.start
    for span in match.spans:
        whole = text if span.field == "text" else after
        assert 0 <= span.start < span.end <= len(whole)
        if span.end < len(whole):
            assert not combining(whole[span.end])
            assert whole[span.end] not in "\u200d\ufe0f🏽"


def feed_texts() -> Iterator[list[str]]:
    """Titles and descriptions of each feed, roughly: as they come, with whatever they hold."""
    with tarfile.open(FEEDS) as feeds:
        for member in feeds:
            if (file := feeds.extractfile(member)) is not None:
                text = unescape(file.read(100_000).decode("utf-8", "replace"))
                yield [re.sub(r"<[^>]*>", " ", part)[:1000] for part in text.split("</")[:30]]


@pytest.mark.skipif(not FEEDS.exists(), reason="shared/data/feeds/dev.tar.xz is absent")
def test_matches_what_a_naive_evaluator_matches_in_real_feeds() -> None:
    chance = Random(2)
    matched = 0
    for texts in feed_texts():
        known = [[Known(t[w.start : w.end], *w) for w in words(t)] for t in texts]
        terms = [("term", w.compared) for found in known for w in found if w.compared.isalnum()]
        if len(terms) < 20:
            continue
        trees = [some_tree(chance, terms) for _ in range(12)]
        queries = {str(n): parse(written(tree, chance.choice)) for n, tree in enumerate(trees)}
        matcher = Matcher(queries)
        for text, found in zip(texts, known, strict=True):
            post = Post(key="k", item="k", text=text)
            got = {match.brand: list(match.spans) for match in matcher.match(post)}
            every = {str(n): naive(tree, post, {"text": found}) for n, tree in enumerate(trees)}
            expected = {
                name: merged(spans)[:MOST] for name, spans in every.items() if spans is not None
            }
            assert got == expected
            matched += len(got)
    assert matched > 1000


def some_tree(chance: Random, terms: list[Tree]) -> Tree:
    a, b, c = (chance.choice(terms) for _ in range(3))
    return chance.choice(
        [
            a,
            ("and", [a, b]),
            ("or", [a, ("and", [b, c])]),
            ("and", [("or", [a, b]), ("not", c)]),
            ("near", 4, chance.random() < 0.5, a, ("or", [b, c])),
        ]
    )
