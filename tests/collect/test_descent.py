from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collect.descent import Depth, Descent, Entry, below

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DEPTH = Depth(first=timedelta(days=7), overlap=timedelta(hours=2), pages=3)


def entry(id: int, hours_ago: float) -> Entry:
    return Entry(str(id), NOW - timedelta(hours=hours_ago))


def test_ids_grow_by_number_not_by_their_letters() -> None:
    assert below("999", "1000")
    assert not below("1000", "999")
    assert below("01KAFXG", "01KAFXH")
    assert not below("7", "7")


def test_a_first_pass_ends_where_a_whole_page_is_older_than_seven_days() -> None:
    walk = Descent.anew(NOW, DEPTH)
    walk, _ = walk.after([entry(9, 1), entry(8, 500)], NOW)  # one that was moved: no end
    assert walk.at == "8"
    walk, gaps = walk.after([entry(7, 169), entry(6, 170)], NOW)
    assert (walk.at, gaps) == (None, ())


def test_the_next_pass_goes_down_to_what_is_older_than_the_overlap() -> None:
    walk = Descent.anew(NOW, DEPTH)
    walk, _ = walk.after([entry(9, 0), entry(8, 1), entry(7, 3), entry(6, 4)], NOW)
    walk, _ = walk.after([], NOW)
    assert walk.floor == "7"
    walk, _ = walk.after([entry(10, 0), entry(9, 0), entry(8, 1)], NOW)
    assert walk.at == "8"  # 7 was not on the page
    walk, _ = walk.after([entry(7, 3)], NOW)
    assert walk.at is None


def test_an_old_date_above_a_new_one_does_not_shorten_the_overlap() -> None:
    walk, _ = Descent.anew(NOW, DEPTH).after([entry(9, 0), entry(8, 90), entry(7, 1)], NOW)
    walk, _ = walk.after([entry(6, 100)], NOW)
    walk, _ = walk.after([], NOW)
    assert walk.floor == "6"


def test_while_nothing_is_old_enough_every_pass_goes_back_to_the_start() -> None:
    walk, _ = Descent.anew(NOW, DEPTH).after([], NOW)
    assert (walk.floor, walk.at) == (None, None)
    walk, _ = walk.after([entry(2, 0), entry(1, 0)], NOW)
    walk, _ = walk.after([], NOW)
    assert walk.floor is None


def test_what_is_too_much_is_a_gap_back_to_what_was_known() -> None:
    walk, _ = Descent.anew(NOW, DEPTH).after([entry(5, 10), entry(4, 20)], NOW)
    walk, _ = walk.after([], NOW)
    for page in ([entry(90, 0)], [entry(80, 1)]):
        walk, gaps = walk.after(page, NOW)
        assert gaps == ()
    walk, gaps = walk.after([entry(70, 2.5)], NOW)
    assert walk.at is None
    assert [(gap.since, gap.until) for gap in gaps] == [
        (NOW - timedelta(hours=10), NOW - timedelta(hours=2.5))
    ]
    assert "3 pages" in gaps[0].why
    assert walk.floor == "70"


def test_ids_that_began_anew_are_another_list() -> None:
    walk, _ = Descent.anew(NOW, DEPTH).after([entry(900, 1), entry(800, 9)], NOW)
    walk, _ = walk.after([], NOW)
    assert walk.floor == "800"
    walk, _ = walk.after([entry(12, 0), entry(11, 1)], NOW)
    assert (walk.floor, walk.at) == (None, "11")


def test_a_stretch_that_shows_nothing_ends_at_the_floor_or_as_a_gap() -> None:
    walk, _ = Descent.anew(NOW, DEPTH).after([entry(900, 1), entry(800, 9)], NOW)
    walk, _ = walk.after([], NOW)
    walk, _ = walk.after([entry(990, 0)], NOW)
    further, gaps = walk.past("940", NOW)
    assert (further.at, gaps) == ("940", ())
    assert further.past("800", NOW)[0].at is None
    _, gaps = further.past("890", NOW)
    assert len(gaps) == 1


WHENS = st.none() | st.integers(-10, 400).map(lambda hours: NOW - timedelta(hours=hours))
PAGES = st.lists(
    st.lists(st.builds(Entry, st.integers(1, 40).map(str), WHENS), max_size=6), max_size=8
)


@settings(max_examples=150)
@given(PAGES)
def test_what_is_kept_is_what_goes_on(pages: list[list[Entry]]) -> None:
    walk = Descent.anew(NOW, DEPTH)
    for page in pages:
        before = walk
        walk, gaps = walk.after(page, NOW)
        assert Descent.read(walk.kept(), NOW, DEPTH) == walk
        assert len(walk.kept()) < 200
        if walk.at is not None and before.at is not None:
            assert below(walk.at, before.at)  # it comes to an end
        assert all(gap.since <= gap.until for gap in gaps)


@given(st.text(max_size=60))
def test_a_broken_cursor_is_a_first_pass(text: str) -> None:
    assert Descent.read(text, NOW, DEPTH) == Descent.anew(NOW, DEPTH)
