"""The archive's index is held against reading every post."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.analysis.match import Matcher
from listener.analysis.query import parse
from listener.model import Author, Post
from listener.search import expression, search
from listener.store import Store
from tests.fakes import MONDAY

TEXTS = (
    "Ma tente Décathlon a pris l’eau", "DECATHLON", "d’De\u0301cathlon", "dé\u00adcathlon",
    "𝐝𝐞𝐜𝐚𝐭𝐡𝐥𝐨𝐧", "#DecathlonFrance", "@decathlon_fr", "voir www.decathlon.fr/tente",
    "un cœur, Straße, ﬁn",
    "新しい任天堂のゲーム", "任地", "हिन्दी", "bravo 👍🏿 🇫🇷", "👩🏽\u200d💻", "H&M et C++", "h m",
    "BT et bt", "la tente quechua prend toute l'eau", "deux tentes\u200bQuechua",
    '"quoted" OR (x)', "½ c * ?", "",
)  # fmt: skip
TERMS = (
    "decathlon", "décathlon*", "*thlon", "d*thlon", "#decathlon*", "@decathlon_fr",
    "decathlon.fr", "coeur", "strasse", "fin", "任天堂", "任*", "हिन्दी", "👍", "🇫🇷",
    "👩\u200d💻", "H&M", "C++", "{BT}", "bt", '"tente* quechua"', '"tente quechua"', "l'eau",
    "tente NEAR/3 eau", "organi?ation", "c", "quoted", "title:decathlon",
    "text:(tente OR decathlon)", "author:dupont", "author:@jean", "author:@jean*",
    "author:jean-paul", "site:decathlon.fr", "lang:fr", "source:gazette", "kind:web",
)  # fmt: skip
AUTHORS = (
    None, Author(name="Jean Dupont"), Author(handle="Jean-Paul@m.example"), Author(handle="jean"),
)  # fmt: skip

posts = st.builds(
    Post,
    key=st.uuids().map(str),
    item=st.uuids().map(str),
    title=st.none() | st.sampled_from(TEXTS),
    text=st.lists(st.sampled_from(TEXTS), max_size=2).map(" ".join) | st.text(max_size=12),
    author=st.sampled_from(AUTHORS),
    language=st.sampled_from((None, "fr", "en")),
)
terms = st.sampled_from(TERMS)
queries = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, terms).map(lambda two: f"({two[0]} NOT {two[1]})"),
    ),
    max_leaves=4,
)


def keep(store: Store, *wanted: Post, now: int = 1000) -> None:
    with store.transaction():
        for post in wanted:
            assert store.posts.add("Gazette", post, now) is not None


def found(store: Store, query: str, **options: object) -> list[str]:
    return [hit.kept.post.key for hit in search(store, parse(query), **options)]  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(kept=st.lists(posts, max_size=6), query=queries)
def test_the_index_finds_what_reading_everything_finds(
    store: Store, kept: list[Post], query: str
) -> None:
    store.execute("DELETE FROM posts")
    kept = [post for post in kept if post.text.isprintable()]
    keep(store, *kept)
    matcher = Matcher({"q": parse(query)})
    matching = {p.key for p in kept if matcher.match(p, source="Gazette")}
    assert set(found(store, query)) == matching


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("Décathlon", '{title text} : ("decathlon")'),
        ('"ma tente"', '{title text} : ("ma tente")'),
        ("#decathlon* NOT heptathlon", '({title text} : ("decathlon" *))'),
        ("decathlon.fr", '{title text} : ("decathlon . fr")'),
        ("title:H&M", 'title : ("h & m")'),
        ("author:@jean-paul", 'author : ("jean paul")'),
        ('"tente* quechua"', '{title text} : ("tente" * AND "quechua")'),
        ("a OR site:lemonde.fr", None),
        ("*thlon", None),
        ("site:lemonde.fr lang:fr", None),
        ("tente site:lemonde.fr", '({title text} : ("tente"))'),
    ],
)
def test_what_the_index_is_asked(query: str, asked: str | None) -> None:
    assert expression(parse(query)) == asked


@pytest.mark.parametrize("joint", ["({} OR y) tente", "(({} tente) OR y)", "({}) NEAR/9 tente"])
def test_the_deepest_query_is_found(store: Store, joint: str) -> None:
    keep(store, Post(key="a", item="a", text="quechua tente"))
    query = "quechua"
    for _ in range(1 if "NEAR" in joint else 24):
        query = joint.format(query)
    assert found(store, query) == ["a"]
    assert found(store, " OR ".join(f"w{n}" for n in range(9_000)) + " OR tente") == ["a"]


def test_spans_and_what_the_store_knows_come_with_a_hit(store: Store) -> None:
    keep(store, Post(key="a", item="a", title="Chez Décathlon", text="tente"))
    (hit,) = search(store, parse("decathlon"))
    assert [(s.field, s.start, s.end) for s in hit.spans] == [("title", 5, 14)]
    assert (hit.kept.source, hit.kept.marks) == ("Gazette", ())


@pytest.fixture
def dated(store: Store) -> Store:
    for number, day in enumerate((3, 1, 2)):
        post = Post(
            key=str(number),
            item=str(number),
            text="tente " * (number + 1),
            published=MONDAY + timedelta(days=day),
        )
        keep(store, post)
    keep(store, Post(key="undated", item="u", text="tente"), now=int(MONDAY.timestamp()))
    return store


@pytest.mark.parametrize("query", ["tente", "*ente", "kind:web"])
def test_newest_and_oldest_go_by_publication_else_by_first_sight(dated: Store, query: str) -> None:
    assert found(dated, query) == ["0", "2", "1", "undated"]
    assert found(dated, query, order="oldest") == ["undated", "1", "2", "0"]


def test_relevance_puts_what_says_it_most_first(dated: Store) -> None:
    assert found(dated, "tente", order="relevance")[0] == "2"
    assert found(dated, "*ente", order="relevance") == found(dated, "*ente")


def test_since_and_until(dated: Store) -> None:
    since, until = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
    assert found(dated, "tente", since=since, until=until) == ["2", "1"]


def test_only_as_much_is_read_as_is_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, *(Post(key=str(n), item=str(n), text="tente") for n in range(450)))
    pages: list[int] = []
    read = store.search.posts

    def counted(ids: list[int]) -> Iterator[object]:
        pages.append(len(ids))
        return read(ids)

    monkeypatch.setattr(store.search, "posts", counted)
    assert len(list(islice(search(store, parse("tente")), 5))) == 5
    assert pages == [200]
    assert len(found(store, "tente")) == 450
    assert pages == [200, 200, 200, 50]


def test_time_is_aware(store: Store) -> None:
    keep(store, Post(key="a", item="a", text="tente"))
    (hit,) = search(store, parse("tente"))
    assert hit.kept.seen == datetime(1970, 1, 1, 0, 16, 40, tzinfo=UTC)
