"""Stories in the store: found at once, joined with a reason, merged once, forgotten in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Row

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.stories import b_cubed, place, read
from listener.analysis.story_likeness import COMMON
from listener.analysis.story_signature import load, signature
from listener.model import Match, Post, Span
from listener.store import Store, open_store
from listener.store.sqlite import Parameters
from tests.store.builders import RISK

DATA = Path(__file__).parents[1] / "data" / "stories"
HOUR, DAY = 3600, 86_400
START = 1_750_000_000
GATES = (
    "Kestrel is taking back 14,000 stair gates after three toddlers hurt their fingers. "
    "The hinge can close when the gate is opened with one hand, the company said on Tuesday. "
    "Parents should stop using it and bring it to a branch, where they get their money back."
)
PILOTS = (
    "Pilots at Norvane will strike for a day on Sunday over rosters, their union said. "
    "About 180 flights from Oslo and Copenhagen could be cancelled, the airline told the press."
)


def add(store: Store, item: str, title: str | None, text: str, now: int = START) -> int:
    """Store a post as a mention; return its id."""
    url = f"https://a.example/{item}"
    post = Post(key=f"url:{url}", item=item, url=url, title=title, text=text)
    with store.transaction():
        stored = store.posts.add("Gazette", post, now)
        assert stored is not None
        store.stories.place(stored.id, signature(title, text, url), None, now)
        match = Match(brand="Acme", spans=(Span("text", 0, 1),), clause="acme")
        mention = store.mentions.add(
            stored.id, match, source="Gazette", found=now, first_pass=False, language="en"
        )
        assert mention is not None
        store.mentions.judge(mention, None, RISK, now)
    return stored.id


def story(store: Store, post: int) -> int:
    row = store.row("SELECT story FROM posts WHERE id = ?", (post,))
    assert row is not None
    return int(row["story"])


def why(store: Store, post: int) -> dict[str, object]:
    row = store.row("SELECT why FROM story_joins WHERE post = ?", (post,))
    assert row is not None
    found = json.loads(row["why"])
    assert isinstance(found, dict)
    return found


def count(store: Store, table: str) -> int:
    row = store.row(f"SELECT count(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])


def test_copies_share_a_story_within_a_week(store: Store) -> None:
    one = add(store, "1", "Gates", GATES)
    two = add(store, "2", "Other words", GATES, START + 6 * DAY)
    late = add(store, "3", "Much later", GATES, START + 40 * DAY)
    assert story(store, two) == story(store, one)
    assert story(store, late) != story(store, one)
    assert why(store, two)["same"] == ["text"]
    with store.transaction():
        kept = store.stories.place(two, signature("X", PILOTS), None, START + 90 * DAY)
    assert kept == story(store, one), "it keeps its story"


def test_other_words_join_the_story_but_are_no_copies(store: Store) -> None:
    first = add(store, "1", "Kestrel recalls 14,000 gates", GATES)
    copy = add(store, "2", "Gates taken back", f"{GATES} Read more", START + HOUR)
    rewrite = add(
        store, "3", "14,000 gates with a bad hinge", "Three toddlers hurt their fingers.",
        START + 2 * HOUR,
    )  # fmt: skip
    other = add(store, "4", "Norvane pilots to strike", PILOTS, START + 3 * HOUR)
    assert story(store, first) == story(store, copy) == story(store, rewrite)
    assert story(store, other) != story(store, first)
    told = {m.post.key[-1]: m for m in store.mentions.between(["Acme"], 0, 2**40, "found")}
    assert [c.url for c in told["1"].copies] == ["https://a.example/2"]
    assert told["3"].copies == ()
    assert told["1"].original == told["2"].original != told["3"].original
    assert why(store, rewrite)["how"] == "event"
    assert {"gates", "hinge"} <= set(why(store, rewrite)["words"])  # type: ignore[call-overload]


def test_a_post_that_stood_alone_joins_the_story_that_grew(store: Store) -> None:
    """The first remark names a place that only a later one names beside what happened there."""
    for n in range(40):  # where there is little else, nothing is known to be rare
        add(
            store, f"x{n}", None, f"Umbrella w{chr(97 + n % 26)}{chr(97 + n // 26)}zz in Qorvast{n}"
        )
    remark = add(store, "1", None, "the shop by Beeston ring bridge is well alight")
    wire = add(
        store, "2", "Huge fire guts Leeds warehouse", "Sixty firefighters came.", START + HOUR
    )
    link = "https://a.example/2"
    assert story(store, remark) != story(store, wire)
    bridge = add(
        store, "3", None, f"keep shut near Beeston bridge, shop fire in Leeds {link}",
        START + 2 * HOUR,
    )  # fmt: skip
    assert story(store, bridge) == story(store, wire) == story(store, remark)
    assert why(store, remark)["how"] == "event"
    row = store.row("SELECT other FROM story_joins WHERE post = ?", (remark,))
    assert row is not None
    assert row["other"] == bridge, "the post that says so"


def test_the_name_of_a_product_does_not_make_one_story_of_all_that_is_said_of_it(
    store: Store,
) -> None:
    matters = ["a bell rings", "tyres for winter", "my son sang", "repair in Nantes", "two awards"]
    matters += ["display broke", "colour fades", "a lock fits", "mud everywhere", "stolen again"]
    posts = [
        add(store, str(n), None, f"Our Moraine Ubac today: {matter}", START + n * DAY)
        for n, matter in enumerate(matters)
    ]
    recall = add(
        store, "r", "Moraine recalls Ubac cargo bikes", "Forks broke, eleven people were hurt.",
        START + 10 * DAY,
    )  # fmt: skip
    stories = [story(store, post) for post in posts]
    assert max(map(stories.count, stories)) < 5
    assert story(store, recall) not in stories


def test_the_order_of_copies_in_a_batch_does_not_matter(store: Store) -> None:
    texts = [("Gates taken back today", GATES), ("A", f"{GATES} (AFP)"), ("B", GATES.upper())]
    for turn in range(3):
        items = [
            add(store, f"{turn}{n}", title, text, START + turn * 30 * DAY)
            for n, (title, text) in enumerate(texts[turn:] + texts[:turn])
        ]
        assert len({story(store, item) for item in items}) == 1
        rows = store.rows("SELECT DISTINCT original FROM posts WHERE story = ?",
                          (story(store, items[0]),))  # fmt: skip
        assert len(rows) == 1


def merged(store: Store) -> tuple[int, int, int]:
    """Make two stories, and a post that is a copy of both: of one's title, of the other's text."""
    older = add(store, "1", "Orchard harvest ripens under autumn sunshine", "Short.")
    younger = add(store, "2", "Safety", GATES, START + HOUR)
    assert story(store, older) != story(store, younger)
    for rule, post in (("high-risk", younger),):
        row = store.row("SELECT id FROM mentions WHERE post = ?", (post,))
        assert row is not None
        store.outbox.alert(rule, "Acme", row["id"], story(store, younger), START)
    both = add(store, "3", "Orchard harvest ripens under autumn sunshine", GATES, START + 2 * HOUR)
    return older, younger, both


def test_the_younger_story_becomes_part_of_the_older(store: Store) -> None:
    older, younger, both = merged(store)
    assert story(store, older) == story(store, younger) == story(store, both)
    assert story(store, both) == min(row["id"] for row in store.rows("SELECT id FROM stories"))
    gone = max(row["id"] for row in store.rows("SELECT id FROM stories"))
    assert store.stories.survivor(gone) == story(store, older)
    assert store.stories.survivor(story(store, older)) == story(store, older)
    late = add(store, "4", "Z", GATES, START + 3 * HOUR)
    assert story(store, late) == story(store, older), "what leads to the younger leads on"


def test_what_was_alerted_of_one_is_not_alerted_again(store: Store) -> None:
    _, _, both = merged(store)
    row = store.row("SELECT id FROM mentions WHERE post = ?", (both,))
    assert row is not None
    assert store.outbox.alert("high-risk", "Acme", row["id"], story(store, both), START) is None
    assert store.outbox.alert("other", "Acme", row["id"], story(store, both), START) is not None
    assert count(store, "alerts") == 2


def test_two_alerts_of_stories_that_merge_are_both_kept(store: Store) -> None:
    one, two = add(store, "1", "A", GATES), add(store, "2", "B", PILOTS)
    for post in (one, two):
        row = store.row("SELECT id FROM mentions WHERE post = ?", (post,))
        assert row is not None
        store.outbox.alert("high-risk", "Acme", row["id"], story(store, post), START)
    with store.transaction():
        store.stories.merge(story(store, two), story(store, one))
    assert count(store, "alerts") == 2
    assert story(store, one) == story(store, two)


def test_ids_are_never_given_to_another_story(store: Store) -> None:
    add(store, "1", "A", GATES)
    last = story(store, add(store, "2", "B", PILOTS))
    for item in ("1", "2"):
        store.upkeep.erase([f"https://a.example/{item}"], datetime.fromtimestamp(START, UTC))
    assert count(store, "posts") == 0
    assert story(store, add(store, "3", "C", GATES)) > last


def test_a_merged_story_stays_known_as_long_as_the_one_that_took_it_in(store: Store) -> None:
    older, _, _ = merged(store)
    kept = story(store, older)
    gone = max(row["id"] for row in store.rows("SELECT id FROM stories"))
    now = datetime.fromtimestamp(START, UTC)
    store.upkeep.erase(["https://a.example/2"], now)
    assert store.stories.survivor(gone) == kept
    for item in ("1", "3"):
        store.upkeep.erase([f"https://a.example/{item}"], now)
    add(store, "9", "New", PILOTS)
    store.upkeep.erase(["nothing"], now)
    assert {row["id"] for row in store.rows("SELECT id FROM stories")}.isdisjoint({kept, gone})


def test_when_the_first_text_goes_its_copies_stay_copies(store: Store) -> None:
    for n in range(3):
        add(store, str(n), f"T{n}", GATES, START + n)
    store.upkeep.erase(["https://a.example/0"], datetime.fromtimestamp(START, UTC))
    left = store.mentions.between(["Acme"], 0, 2**40, "found")
    assert [len(m.copies) for m in left] == [1, 1]
    assert len({m.original for m in left}) == 1
    assert left[0].original is not None


def test_posts_that_an_older_version_kept_are_compared_on(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    store = open_store(path)
    first = add(store, "1", "Kestrel recalls 14,000 gates", GATES)
    row = store.row("SELECT said FROM signatures")
    assert row is not None
    kept = json.loads(row["said"])
    old = [*kept[:6], [term[:4] for term in kept[6]]]
    store.execute("UPDATE signatures SET said = ?", (json.dumps(old),))
    store.execute("DELETE FROM _sqlite_migrations WHERE name = 'story_evidence'")
    store.close()
    store = open_store(path)
    row = store.row("SELECT said FROM signatures")
    assert row is not None
    read, before = load(row["said"]), load(json.dumps(kept))
    assert read.sentences == before.sentences
    assert read.headed
    assert {t: (v.weight, v.said, v.name) for t, v in read.terms.items()} == {
        t: (v.weight, v.said, v.name) for t, v in before.terms.items()
    }
    rewrite = add(store, "2", "Gates with a bad hinge", "14,000 of them hurt toddlers' fingers.",
                  START + HOUR)  # fmt: skip
    assert story(store, rewrite) == story(store, first)
    assert story(store, add(store, "3", "Other", GATES, START + HOUR)) == story(store, first)
    store.close()


def test_all_is_forgotten_after_the_window(store: Store) -> None:
    add(store, "1", "A", GATES)
    add(store, "2", "B", f"{GATES} More.", START + 1)
    later = datetime.fromtimestamp(START + 15 * DAY, UTC)
    store.upkeep.purge(later, timedelta(days=30), timedelta(days=30), "UTC")
    assert count(store, "story_keys") == count(store, "signatures") == 0
    assert count(store, "story_joins") == 1, "why it joined is told as long as the post is kept"
    later += timedelta(days=60)
    store.upkeep.purge(later, timedelta(days=30), timedelta(days=30), "UTC")
    assert count(store, "story_joins") == count(store, "posts") == 0


def test_what_leads_to_stories_is_bounded_for_each_word(store: Store) -> None:
    for n in range(COMMON * 3):
        add(store, str(n), None, f"Umbrella w{chr(97 + n % 26)}{chr(97 + n // 26)}zz")
    row = store.row("SELECT max(n) AS most FROM"
                    " (SELECT count(*) AS n FROM story_keys GROUP BY key)")  # fmt: skip
    assert row is not None
    assert row["most"] <= COMMON


def test_placing_a_post_asks_as_often_in_a_large_story(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        add(store, str(n), f"T{n}", f"{GATES} {n}")
    asked: list[list[Row]] = []
    rows = store.rows

    def counted(sql: str, parameters: Parameters = ()) -> list[Row]:
        asked.append(rows(sql, parameters))
        return asked[-1]

    monkeypatch.setattr(store, "rows", counted)
    post = add(store, "last", "Another", f"{GATES} Again.")
    assert story(store, post) == story(store, 1)
    assert len(asked) < 20
    assert sum(map(len, asked)) < 100


WORDS = st.lists(st.sampled_from(["tents", "fire", "Lyon", "Marsh", "9500", "strike"]), max_size=6)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(WORDS, st.integers(0, 5 * DAY)), max_size=8))
def test_every_post_has_one_story_that_tells_for_itself(
    store: Store, posts: list[tuple[list[str], int]]
) -> None:
    start = count(store, "posts")
    for n, (words, after) in enumerate(posts):
        add(store, f"{start}-{n}", None, " ".join(words), START + after)
    rows = store.rows(
        "SELECT p.id, s.survivor, j.story AS joined, p.story FROM posts p"
        " JOIN stories s ON s.id = p.story LEFT JOIN story_joins j ON j.post = p.id"
    )
    assert len(rows) == count(store, "posts")
    assert all(row["survivor"] is None for row in rows)
    assert all(row["joined"] in (None, row["story"]) for row in rows)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("part", ["development", "second", "third", "chatter"])
def test_labelled_posts_find_their_events(part: str, language: str) -> None:
    posts = read(DATA / f"{part}.{language}.jsonl")
    placed, _ = place(posts)
    score = b_cubed(posts, placed)
    print(f"{part} {language}: B-cubed {score.precision:.3f} {score.recall:.3f} {score.f1:.3f}")  # noqa: T201
    assert score.f1 >= 0.90
    assert score.precision >= 0.90, "a story must not swallow another"
