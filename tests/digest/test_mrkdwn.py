from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from listener.digest.excerpt import Piece
from listener.digest.mrkdwn import link, marked


def test_matched_words_are_bold() -> None:
    pieces = (Piece("An "), Piece("Acme", strong=True), Piece(" shop"))

    assert marked(pieces) == "An *Acme* shop"


def test_inside_a_word_bold_gets_room() -> None:
    pieces = (Piece("#"), Piece("Acme", strong=True), Piece("s"))

    assert marked(pieces) == "#\u200b*Acme*\u200bs"


def test_a_link_is_bold_and_its_address_cannot_end_it() -> None:
    shown = link((Piece("A > B | C & D"),), "https://example.org/<x>|y?a=1&b=2")

    assert shown == (
        "*<https://example.org/%3Cx%3E%7Cy?a=1&amp;b=2|A &gt; B | C &amp; D>*"
    )  # fmt: skip


def test_without_an_address_or_with_an_endless_one_there_is_no_link() -> None:
    assert link((Piece("A"),), None) == "*A*"
    assert link((Piece("A"),), "https://example.org/?" + "&" * 400) == "*A*"


@given(st.lists(st.tuples(st.text(max_size=30), st.booleans()), max_size=6))
def test_foreign_text_makes_no_markup(parts: list[tuple[str, bool]]) -> None:
    pieces = tuple(Piece(text, strong) for text, strong in parts if text)
    shown = str(marked(pieces))

    assert not re.search(r"[<>`]", shown)
    assert shown.count("*") == 2 * sum(p.strong and p.text == p.text.strip() for p in pieces)
    assert not re.search(r"&(?!amp;|lt;|gt;|#34;|#39;)", shown)
    said = "".join(piece.text for piece in pieces).translate(str.maketrans("*`", "∗‵"))
    bare = html.unescape(shown).replace("*", "").replace("\u200b", "")
    assert bare == said.replace("\u200b", "")
