from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis.story_course import Piece, course
from listener.model import PostKind
from tests.fakes import MONDAY


def piece(hours: float, kind: PostKind, text: int, followers: int | None = None) -> Piece:
    at = MONDAY + timedelta(hours=hours)
    return Piece(kind=kind, outlet=f"outlet {text}", at=at, text=text, followers=followers)


def test_who_was_first_where_it_went_and_how_fast() -> None:
    told = course(
        [
            piece(30, PostKind.NEWS, 3),
            piece(0, PostKind.SOCIAL, 1, followers=20),
            piece(2, PostKind.SOCIAL, 2, followers=90_000),
            piece(5, PostKind.NEWS, 3),
            piece(31, PostKind.NEWS, 3),
        ],
        MONDAY + timedelta(hours=32),
    )
    assert told is not None
    assert told.first.text == 1
    assert [step.kind for step in told.path] == [PostKind.SOCIAL, PostKind.NEWS]
    assert told.authority is not None
    assert told.authority.text == 2
    assert (told.posts, told.copies, told.day, told.day_before) == (5, 2, 2, 3)


def test_nothing_is_made_up() -> None:
    assert course([], MONDAY) is None
    told = course([piece(0, PostKind.NEWS, 1)], MONDAY)
    assert told is not None
    assert told.authority is None, "nobody's followers are known"


PIECES = st.lists(
    st.builds(piece, st.integers(0, 72), st.sampled_from(PostKind), st.integers(1, 4)), min_size=1
)


@settings(max_examples=50)
@given(PIECES, st.randoms())
def test_the_order_in_which_posts_are_given_changes_nothing(
    pieces: list[Piece], random: object
) -> None:
    shuffled = list(pieces)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    now = MONDAY + timedelta(hours=72)
    one, other = course(pieces, now), course(shuffled, now)
    assert one is not None
    assert one == other
    assert one.posts == len(pieces)
    assert 0 <= one.copies < one.posts
