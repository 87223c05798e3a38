from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from listener.errors import AccessDenied, FetchError, ParseError, QuotaSpent, RateLimited
from listener.model import Author, Batch, Engagement, Gap, Heard, Post
from listener.store import Store
from tests.fakes import MONDAY
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio
RISKY = "Acme recalls toy after two deaths, lawsuit for fraud"


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    return newsroom(tmp_path, store)


def mentions(room: Newsroom) -> list[tuple[str, str | None]]:
    found = room.app.store.mentions.between(["Acme", "Rival"], 0, 2**31, "found")
    return [(m.brand, m.post.title) for m in found]


async def test_a_pass_stores_mentions_and_the_cursor(room: Newsroom) -> None:
    done = await room.pass_over("Gazette", post("1"), post("2", "Weather"), post("3", "Rival"))
    assert (done.posts, done.fresh, done.mentions, done.error) == (3, 3, 2, None)
    assert mentions(room) == [("Acme", "Acme news"), ("Rival", "Rival")]
    state = room.app.store.sources.get("Gazette")
    assert state is not None
    assert state.cursor == {"seen": "1"}
    assert state.first_heard == MONDAY
    assert (state.posts, state.mentions) == (3, 2)


async def test_what_was_seen_is_not_news(room: Newsroom) -> None:
    await room.pass_over("Gazette", post("1"))
    again = await room.pass_over("Gazette", post("1"))
    assert (again.fresh, again.mentions) == (0, 0)
    copy = await room.pass_over("Herald", post("1"))
    assert (copy.fresh, copy.mentions) == (0, 0)
    assert len(mentions(room)) == 1


async def test_an_edit_is_judged_again_and_is_no_new_mention(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1", text="Acme is fine."))
    edited = await room.pass_over("Gazette", post("1", title=RISKY, text="Acme kills."))
    assert (edited.fresh, edited.mentions) == (0, 0)
    (found,) = room.app.store.mentions.between(["Acme"], 0, 2**31, "found")
    assert found.post.title == RISKY
    assert found.risk.score > 30
    first = found.spans[0]
    assert RISKY[first.start : first.end] == "Acme"


async def test_an_edit_may_make_a_mention(room: Newsroom) -> None:
    await room.pass_over("Gazette", post("1", "Weather"))
    assert (await room.pass_over("Gazette", post("1", "Acme weather"))).mentions == 1


async def test_own_posts_are_answers(room: Newsroom) -> None:
    ours = post("1", author=Author(handle="acme"), title="Acme is sorry, says Rival")
    site = post("2", key="url:https://www.acme.example/n", url="https://www.acme.example/n")
    done = await room.pass_over("Gazette", ours, site)
    assert (done.fresh, done.mentions) == (2, 0)
    rows = room.app.store.rows("SELECT by_brand FROM posts")
    assert [row["by_brand"] for row in rows] == ["Acme", "Acme"]


async def test_the_first_pass_never_alerts(room: Newsroom) -> None:
    assert (await room.pass_over("Gazette", post("1", RISKY))).alerts == 0
    assert (await room.pass_over("Gazette", post("1", RISKY), post("2", RISKY + "!"))).alerts == 1


async def test_a_story_alerts_once(room: Newsroom) -> None:
    await room.hear_once()
    text = "Two deaths after Acme sold toys that catch fire, and a lawsuit for fraud was filed."
    first = await room.pass_over("Gazette", post("1", RISKY, text=text))
    copy = await room.pass_over("Herald", post("9", RISKY, text=text))
    assert (first.alerts, copy.alerts, copy.mentions) == (1, 0, 1)


async def test_old_news_found_late_does_not_alert(room: Newsroom) -> None:
    await room.hear_once()
    old = post("1", RISKY, published=MONDAY - timedelta(days=30))
    assert (await room.pass_over("Gazette", old)).alerts == 0


async def test_counts_of_a_known_post_are_added(room: Newsroom) -> None:
    await room.pass_over("Gazette", post("1", engagement=Engagement(likes=1)))
    room.clock.tick(minutes=15)
    await room.pass_over("Gazette", post("1", engagement=Engagement(likes=50)))
    rows = room.app.store.rows("SELECT likes FROM engagement ORDER BY at")
    assert [row["likes"] for row in rows] == [1, 50]


async def test_each_batch_is_kept_before_the_next_is_asked_for(room: Newsroom) -> None:
    collector = room.collectors["Gazette"]

    async def two_pages(cursor):  # type: ignore[no-untyped-def]
        yield Batch(posts=(post("1"),), cursor={"page": "2"})
        state = room.app.store.sources.get("Gazette")
        assert state is not None
        assert state.cursor == {"page": "2"}
        raise FetchError("the second page is gone")

    collector.collect = two_pages  # type: ignore[method-assign]
    source = room.app.config.tables.sources[0]
    done = await room.app.pipeline.poll(source)
    assert (done.fresh, done.error) == (1, "the second page is gone")
    assert len(mentions(room)) == 1
    state = room.app.store.sources.get("Gazette")
    assert state is not None
    assert state.cursor == {"page": "2"}, "a failure forgets nothing"
    assert state.first_heard is None, "the first pass is not over"


@pytest.mark.parametrize(
    ("error", "heard", "minutes", "needs_person"),
    [
        pytest.param(FetchError("503"), Heard.DOWN, 15, False, id="down"),
        pytest.param(ParseError("a page"), Heard.DOWN, 15, False, id="not a feed"),
        pytest.param(AccessDenied("401"), Heard.DENIED, 1440, True, id="access"),
        pytest.param(
            RateLimited("429", retry_after=timedelta(hours=1)), Heard.LIMITED, 60, False, id="limit"
        ),
        pytest.param(
            QuotaSpent("none left", retry_after=timedelta(hours=9)),
            Heard.SPENT,
            540,
            False,
            id="quota",
        ),
    ],
)
async def test_failures_are_remembered_and_covered(
    room: Newsroom, error: FetchError, heard: Heard, minutes: int, needs_person: bool
) -> None:
    done = await room.pass_over("Gazette", error)
    assert done.error == str(error)
    state = room.app.store.sources.get("Gazette")
    assert state is not None
    assert state.due_at == MONDAY + timedelta(minutes=minutes)
    assert state.needs_person is needs_person
    (stretch,) = room.app.store.sources.coverage(["Gazette"], MONDAY, MONDAY)
    assert (stretch.state, stretch.why) == (heard, str(error))


async def test_a_silent_source_is_stale_not_calm(room: Newsroom) -> None:
    posts = [post(str(n), published=MONDAY - timedelta(days=n)) for n in range(6)]
    await room.pass_over("Gazette", *posts)
    room.clock.tick(days=20)
    await room.pass_over("Gazette")
    now = room.clock.now()
    (stretch,) = room.app.store.sources.coverage(["Gazette"], now, now)
    assert stretch.state is Heard.STALE
    assert "2026-03-02" in (stretch.why or "")


@pytest.mark.parametrize(
    ("posts", "state"), [((), Heard.EMPTY), ((post("1"),), Heard.HEARD)], ids=("none", "one")
)
async def test_a_pass_of_which_nothing_can_be_read_is_not_heard(
    room: Newsroom, posts: tuple[Post, ...], state: Heard
) -> None:
    room.collectors["Gazette"].passes.append([Batch(posts=posts, cursor={}, skipped=3)])
    await room.app.pipeline.poll(room.app.config.tables.sources[0])
    (stretch,) = room.app.store.sources.coverage(["Gazette"], MONDAY, MONDAY)
    assert stretch.state is state


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_is_down_and_says_until_when_is_down(
    room: Newsroom, status: int
) -> None:
    await room.pass_over(
        "Gazette", RateLimited("wait", status=status, retry_after=timedelta(days=1))
    )
    (stretch,) = room.app.store.sources.coverage(["Gazette"], MONDAY, MONDAY)
    assert stretch.state is (Heard.LIMITED if status == 429 else Heard.DOWN)


async def test_emptiness_that_may_not_be_one_is_not_calm(room: Newsroom) -> None:
    doubt = "its answers are empty for hours at times"
    room.collectors["Gazette"].passes.append([Batch(posts=(), cursor={}, doubt=doubt)])
    await room.app.pipeline.poll(room.app.config.tables.sources[0])
    (stretch,) = room.app.store.sources.coverage(["Gazette"], MONDAY, MONDAY)
    assert (stretch.state, stretch.why) == (Heard.EMPTY, doubt)


async def test_what_a_source_no_longer_gives_is_a_gap_with_a_name(room: Newsroom) -> None:
    await room.pass_over("Gazette")
    room.clock.tick(days=2)
    now = room.clock.now()
    gap = Gap(since=MONDAY + timedelta(hours=1), until=MONDAY + timedelta(days=1), why="too old")
    room.collectors["Gazette"].passes.append([Batch(posts=(), cursor={"n": "2"}, gaps=(gap,))])
    await room.app.pipeline.poll(room.app.config.tables.sources[0])
    found = room.app.store.sources.coverage(["Gazette"], MONDAY, now)
    missed = next(stretch for stretch in found if stretch.state is Heard.MISSED)
    assert (missed.since, missed.until, missed.why) == (gap.since, gap.until, "too old")


async def test_of_a_flood_only_what_concerns_a_brand_is_kept(room: Newsroom) -> None:
    room.collectors["Gazette"].streams = True  # type: ignore[attr-defined]
    done = await room.pass_over(
        "Gazette",
        post("1"),
        post("2", "Weather"),
        post("3", "Thank you", author=Author(handle="acme")),
    )
    assert (done.posts, done.fresh, done.mentions) == (3, 2, 1)
    state = room.app.store.sources.get("Gazette")
    assert state is not None
    assert state.cursor == {"seen": "1"}


async def test_a_flood_of_nothing_moves_on(room: Newsroom) -> None:
    collector = room.collectors["Gazette"]
    collector.streams = True  # type: ignore[attr-defined]
    seen: list[str | None] = []

    async def flood(cursor):  # type: ignore[no-untyped-def]
        for number in "123":
            yield Batch(posts=(), cursor={"at": number})
            state = room.app.store.sources.get("Gazette")
            assert state is not None
            seen.append(state.cursor.get("at"))

    collector.collect = flood  # type: ignore[method-assign]
    await room.app.pipeline.poll(room.app.config.tables.sources[0])
    assert seen == ["1", "2", "3"]


async def test_a_flood_that_never_began_was_not_heard(room: Newsroom) -> None:
    collector = room.collectors["Gazette"]
    collector.streams = True  # type: ignore[attr-defined]

    async def silence(cursor):  # type: ignore[no-untyped-def]
        return
        yield

    collector.collect = silence  # type: ignore[method-assign]
    await room.app.pipeline.poll(room.app.config.tables.sources[0])
    assert room.app.store.sources.coverage(["Gazette"], MONDAY, MONDAY) == ()


async def test_what_is_pushed_is_safe_when_it_was_received(room: Newsroom) -> None:
    source = room.app.config.tables.sources[0]
    done = await room.app.pipeline.receive(source, (post("1"), post("2", "Weather")))
    again = await room.app.pipeline.receive(source, (post("1"),))
    assert (done.fresh, done.mentions, again.fresh) == (2, 1, 0)
    assert len(mentions(room)) == 1
    (stretch,) = room.app.store.sources.coverage(["Gazette"], MONDAY, MONDAY)
    assert stretch.state is Heard.HEARD


async def test_erased_people_do_not_come_back(room: Newsroom) -> None:
    zoe = Author(handle="zoe")
    await room.pass_over("Gazette", post("1", author=zoe))
    room.app.store.upkeep.erase(["zoe"], room.clock.now())
    again = await room.pass_over("Herald", post("1", author=zoe), post("2", author=zoe))
    assert (again.fresh, again.mentions) == (0, 0)
    assert mentions(room) == []


async def test_a_new_brand_has_a_past_at_once(room: Newsroom, tmp_path: Path, store: Store) -> None:
    assert room.app.rematch() == 0
    await room.pass_over("Gazette", post("1", "Zenith opens a shop"), post("2", "Weather"))
    await room.pass_over("Herald")
    more = '\n[[brands]]\nname = "Zenith"\nquery = "zenith"\nmatches = ["Zenith"]\n'
    later = newsroom(tmp_path, store, more=more)
    assert later.app.rematch() == 1
    (found,) = store.mentions.between(["Zenith"], 0, 2**31, "found")
    assert found.first_pass
    assert later.app.rematch() == 0, "the archive was searched with it"
    (subject,) = await later.tell()
    assert "Zenith" in subject


async def test_a_brand_that_comes_back_is_searched_for_in_what_was_said_meanwhile(
    tmp_path: Path, store: Store
) -> None:
    more = '\n[[brands]]\nname = "Zenith"\nquery = "zenith"\nmatches = ["Zenith"]\n'
    newsroom(tmp_path, store, more=more).app.rematch()
    without = newsroom(tmp_path, store)
    without.app.rematch()
    await without.hear_once()
    await without.pass_over("Gazette", post("1", "Zenith opens a shop"))
    assert newsroom(tmp_path, store, more=more).app.rematch() == 1


ZENITH = """
[[brands]]
name = "Zenith"
query = "list:names"
matches = ["zenith"]
{languages}
[lists]
names = {names}

[[sources]]
name = "Forum"
kind = "feed"
url = "https://forum.example/feed"
{brands}
"""
BEFORE = {"languages": "languages = ['en']", "names": '["zenith"]', "brands": 'brands = ["Acme"]'}


@pytest.mark.parametrize(
    "now",
    [{"languages": "languages = ['en', 'fr']"}, {"names": '["zenith", "nadir"]'}, {"brands": ""}],
    ids=["languages", "lists", "sources"],
)
async def test_a_brand_that_is_heard_more_widely_is_searched_for_again(
    tmp_path: Path, store: Store, now: dict[str, str]
) -> None:
    before = newsroom(tmp_path, store, more=ZENITH.format_map(BEFORE))
    before.app.rematch()
    await before.pass_over("Gazette", post("1", "Zenith est ouvert", language="fr"))
    await before.pass_over("Gazette", post("2", "The nadir of trade", language="en"))
    await before.pass_over("Forum", post("3", "Ask Zenith", language="en"))
    assert newsroom(tmp_path, store, more=ZENITH.format_map(BEFORE)).app.rematch() == 0
    later = newsroom(tmp_path, store, more=ZENITH.format_map(BEFORE | now))
    assert later.app.rematch() == 1
    assert later.app.rematch() == 0


async def test_an_edit_that_drops_the_brand_leaves_no_places_behind(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("1", "Acme and Rival"))
    await room.pass_over("Gazette", post("1", "Rival and others"))
    found = room.app.store.mentions.between(["Acme", "Rival"], 0, 2**31, "found")
    assert {m.brand: [(s.start, s.end) for s in m.spans] for m in found} == {
        "Acme": [], "Rival": [(0, 5)],
    }  # fmt: skip
