from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.digest.excerpt import Piece, Pieces, excerpt, one_line

LONG = "un deux trois quatre cinq six sept huit neuf dix Acme onze douze treize quatorze quinze"


def plain(pieces: Pieces) -> str:
    return "".join(piece.text for piece in pieces)


def strong(pieces: Pieces) -> list[str]:
    return [piece.text for piece in pieces if piece.strong]


def test_the_matched_words_are_marked() -> None:
    assert excerpt("An Acme shop", [(3, 7)], 80) == (
        Piece("An "),
        Piece("Acme", strong=True),
        Piece(" shop"),
    )


def test_a_long_text_is_cut_between_words_around_the_first_match() -> None:
    pieces = excerpt(LONG, [(LONG.index("Acme"), LONG.index("Acme") + 4)], 40)

    assert plain(pieces) == "…neuf dix Acme onze douze treize quatorze…"
    assert strong(pieces) == ["Acme"]


def test_a_match_near_the_start_keeps_the_start() -> None:
    assert plain(excerpt(LONG, [(3, 7)], 20)) == "un deux trois quatre…"


def test_overlapping_spans_are_shown_once() -> None:
    pieces = excerpt("abcdef", [(0, 4), (2, 6), (2, 3)], 80)

    assert plain(pieces) == "abcdef"
    assert strong(pieces) == ["abcd", "ef"]


def test_spans_that_lie_outside_do_no_harm() -> None:
    assert plain(excerpt("abc", [(-5, 1), (2, 99), (50, 60)], 80)) == "abc"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\x00\x1b[31m b\x85c", "a [31m b c"),
        ("\u202efdp.exe\u2066 x\u2069", "fdp.exe x"),
        ("a\ud800b", "ab"),
        ("«\u202fà\u202f» 5\u00a0%", "«\u202fà\u202f» 5\u00a0%"),
        ("  a \n\t b  ", "a b"),
        ("a\u2028b", "a b"),
    ],
)
def test_foreign_text_becomes_one_harmless_line(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert plain(excerpt(text, [], 80)) == shown


@given(
    st.text(max_size=400),
    st.lists(st.tuples(st.integers(-5, 420), st.integers(-5, 420)), max_size=6),
    st.integers(20, 100),
)
def test_an_excerpt_is_one_line_of_the_text_and_not_longer_than_asked(
    text: str, spans: list[tuple[int, int]], width: int
) -> None:
    pieces = excerpt(text, spans, width)
    shown = plain(pieces)

    assert len(shown) <= width + 2
    assert shown.strip("…").replace(" ", "") in one_line(text).replace(" ", "")
    assert shown == shown.strip()
    assert not set(shown) & set("\r\n\t\x00\u2028\u202e")
    assert all(piece.text for piece in pieces)
