from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis.passages import MENTIONS, READ, SENTENCES, TITLE, WIDEST, around, whole
from listener.model import Span

TEXT = "One. Two Acme. Three. Four. Five. Six Acme Bolt. Seven. Eight."


def spans(text: str, name: str) -> list[Span]:
    return [
        Span("text", at, at + len(name)) for at in range(len(text)) if text.startswith(name, at)
    ]


def test_around_the_brand_are_its_sentences_and_their_neighbours() -> None:
    found = around("Title", TEXT, spans(TEXT, "Bolt"), spans(TEXT, "Acme"))

    assert found.text == "Title\nFive.\nSix Acme Bolt.\nSeven."
    assert [found.text[start:end] for start, end in found.about] == ["Bolt"]
    assert [found.text[start:end] for start, end in found.rivals] == ["Acme"]
    assert found.text[: found.headline] == "Title"


def test_without_a_mention_in_the_text_only_the_title_is_around() -> None:
    found = around("Acme wins", TEXT, [Span("title", 0, 4)])

    assert (found.text, found.about) == ("Acme wins", ((0, 4),))
    assert around(None, TEXT, []).text == ""


def test_the_whole_is_title_and_text() -> None:
    found = whole("Acme", "by Acme", [Span("title", 0, 4), Span("text", 3, 7)])

    assert found.text == "Acme\nby Acme"
    assert found.about == ((0, 4), (8, 12))
    assert whole(None, "by Acme", [Span("text", 3, 7)]).headline == 0


def test_an_endless_sentence_is_cut_around_the_brand() -> None:
    text = "word " * 1000 + "Acme " + "word " * 900
    found = around(None, text, spans(text, "Acme"))

    assert len(found.text) == WIDEST
    assert [found.text[start:end] for start, end in found.about] == ["Acme"]


@given(
    st.none() | st.text(max_size=2000),
    st.text(st.sampled_from("ab. \n!é"), max_size=400).map(lambda text: text * 40),
    st.lists(
        st.builds(
            lambda field, start, length: Span(field, start, start + length),
            st.sampled_from(["title", "text"]),
            st.integers(0, 20_000),
            st.integers(1, 30),
        )
    ),
)
@settings(max_examples=60)
def test_anything_is_bounded(title: str | None, text: str, found: list[Span]) -> None:
    for passage in (whole(title, text, found * 50), around(title, text, found * 50)):
        assert len(passage.text) <= TITLE + READ + SENTENCES * (WIDEST + 1)
        assert len(passage.about) <= MENTIONS * (SENTENCES + 2)
        assert all(0 <= start <= len(passage.text) for start, _ in passage.about)
