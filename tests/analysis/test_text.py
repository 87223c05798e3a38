from __future__ import annotations

import os
from unicodedata import category, combining

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.analysis import folding
from listener.analysis.text import Snippet, fingerprint, fold, snippet, words
from listener.model import Span

thorough = settings(max_examples=int(os.environ.get("LISTENER_EXAMPLES", "300")), deadline=None)
# Ordinary text, what joins into graphemes, and the rest of Unicode (lone surrogates too).
JOINING = (
    "e\u0301\u0323\u200d\u200c\ufe0f👩💻🏽👍🇫🇷🇩か\u3099ｶﾞ한\u1112\u1161\u11abก\u0e33\u00ad"
    "œﬃ½ß…™#@.'’-&+_ \n"
)
anything = st.text(
    st.sampled_from(JOINING) | st.characters(categories=None) | st.sampled_from("aé1 ")
)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        pytest.param("DÉCATHLON", "decathlon", id="case and accents"),
        pytest.param("De\u0301cathlon", "decathlon", id="accents written apart"),
        pytest.param("Straße", "strasse", id="sharp s"),
        pytest.param(
            "Cœur, ægis, smørrebrød, Łódź", "coeur, aegis, smorrebrod, lodz", id="letters"
        ),
        pytest.param("d’Décathlon d‘or", "d'decathlon d'or", id="apostrophes"),
        pytest.param("coca‑cola", "coca-cola", id="hyphen that does not break"),
        pytest.param("ＤＥＣＡ ﬁn ①", "deca fin 1", id="compatibility forms"),
        pytest.param("Dé\u00adcath\u2060lon\u200f", "decathlon", id="characters without a width"),
        pytest.param("İstanbul ISPARTA", "istanbul isparta", id="Turkish i with a dot"),
        pytest.param("ΔΕΚΑΘΛΟΣ δέκαθλος", "δεκαθλοσ δεκαθλοσ", id="Greek, final sigma"),
        pytest.param("Ёлка", "елка", id="Cyrillic"),
        pytest.param("👍🏽 ❤️", "👍 ❤", id="skin tone and emoji presentation"),
        pytest.param("👩🏽‍💻", "👩‍💻", id="joined emoji stay one"),
        pytest.param("か\u3099 ｶﾞ", "が ガ", id="kana voicing stays"),
        pytest.param("\u1112\u1161\u11ab", "한", id="Korean letters written apart"),
        pytest.param("हिन्दी", "हिन्दी", id="Indic vowel signs stay"),
        pytest.param("Decathlon™", "decathlon ", id="trademark is no letter"),
        pytest.param("a\ud800b", "a b", id="lone surrogate"),
    ],
)
def test_folds(written: str, folded: str) -> None:
    assert fold(written).text == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("L’équipe d'aujourd'hui", "l equipe d aujourd hui", id="apostrophes"),
        pytest.param("coca-cola, Coca Cola", "coca cola coca cola", id="hyphens"),
        pytest.param(
            "#DécathlonFrance @decathlon_fr", "#decathlonfrance @decathlon_fr", id="marks"
        ),
        pytest.param("#black-friday ##a # @", "#black friday # #a # @", id="where a mark ends"),
        pytest.param("info@decathlon.fr", "info @ decathlon . fr", id="e-mail is no handle"),
        pytest.param("www.decathlon.fr/tente.", "www . decathlon . fr tente", id="domain"),
        pytest.param("C++ AT&T H&M $TSLA 5€", "c + + at & t h & m $ tsla 5 €", id="signs of names"),
        pytest.param("Décathlon® a gagné ! (3,5 %)", "decathlon a gagne 3 5", id="punctuation"),
        pytest.param("任天堂Switch", "任 天 堂 switch", id="Chinese beside Latin"),
        pytest.param("ไทยน้ำ 한국어", "ไ ท ย น้ํ า 한 국 어", id="Thai and Korean"),
        pytest.param("🇫🇷🇩🇪👩🏽‍💻👍🏽!", "🇫🇷 🇩🇪 👩‍💻 👍", id="emoji"),
        pytest.param("हिन्दी भाषा", "हिन्दी भाषा", id="Hindi"),
        pytest.param("snake_case __init__ 2x", "snake_case __init__ 2x", id="underscores, digits"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_cuts_into_words(text: str, expected: str) -> None:
    assert " ".join(word.text for word in words(text)) == expected


@thorough
@given(anything)
def test_words_lead_back_to_the_text(text: str) -> None:
    found = words(text)
    assert list(found) == sorted(found, key=lambda word: word[1:])
    for word in found:
        assert 0 <= word.start < word.end <= len(text)
        assert word.text in fold(text[word.start : word.end]).text
        assert not splits_a_grapheme(text, word.start)
        assert not splits_a_grapheme(text, word.end)


def splits_a_grapheme(text: str, at: int) -> bool:
    """The rules of annex 29 that can be told without tables."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    joined = after in "\u200d\ufe0f🏽" or combining(after) or category(after) in ("Mn", "Me", "Mc")
    flags = "🇦" <= before <= "🇿" and "🇦" <= after <= "🇿"
    run = text[:at][::-1]
    odd = (len(run) - len(run.lstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))) % 2 == 1
    return bool(joined) or (flags and odd)


@given(st.characters(categories=None))
def test_what_is_folded_by_table_keeps_its_place(sign: str) -> None:
    folded = fold(f"x{sign}x")
    assert folded.text[0] == folded.text[-1] == "x"
    assert folded.span(len(folded.text) - 1, len(folded.text)) == (2, 3)


def test_regular_characters_fold_to_one() -> None:
    for code in (*range(0x3041, 0x3097), *range(0x4E00, 0xA000), *range(0xAC00, 0xD7A4)):
        assert len(folding._fold(chr(code))) == 1, hex(code)


def test_a_tower_of_accents_takes_no_quadratic_time() -> None:
    assert fold("e" + "\u0301\u0323" * 200_000).text == "e"


def test_snippet_shows_the_first_match_between_whole_words() -> None:
    text = "Avant. " * 60 + "Ma tente\n  Décathlon a pris l'eau. " + "Après. " * 60
    at = text.index("Décathlon")
    later = text.rindex("Après")
    shown = snippet(text, [Span("text", later, later + 5), Span("text", at, at + 9)], 120)
    assert shown.text.startswith("…Avant. ")
    assert shown.text.endswith("Après…")
    assert "Ma tente Décathlon a pris l'eau." in shown.text
    assert [shown.text[s.start : s.end] for s in shown.spans] == ["Décathlon"]


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        pytest.param("", [], Snippet("", ()), id="nothing"),
        pytest.param(" Court \n mot ", [], Snippet("Court mot", ()), id="short"),
        pytest.param(
            " Un  mot", [Span("text", 5, 8)], Snippet("Un mot", (Span("text", 3, 6),)), id="moved"
        ),
        pytest.param("mot " * 10, [], Snippet("mot mot mot…", ()), id="no match: the beginning"),
    ],
)
def test_snippets(text: str, spans: list[Span], expected: Snippet) -> None:
    assert snippet(text, spans, 14) == expected


@thorough
@given(anything, st.data(), st.integers(20, 60))
def test_snippets_keep_their_spans(text: str, data: st.DataObject, width: int) -> None:
    found = words(text * 5)
    chosen = data.draw(st.lists(st.sampled_from(found), unique=True)) if found else []
    shown = snippet(text * 5, [Span("text", word.start, word.end) for word in chosen], width)
    assert len(shown.text) <= width + 2
    assert "\n" not in shown.text
    if chosen:
        first = min(chosen, key=lambda word: word.start)
        assert shown.spans
        span = shown.spans[0]
        whole = (text * 5)[first.start : first.end]
        assert shown.text[span.start : span.end] == whole or len(whole) > width


def test_the_same_text_published_elsewhere_has_the_same_fingerprint() -> None:
    text = "La tente de Décathlon a pris l'eau pendant l'orage de cette nuit"
    assert fingerprint(text) == fingerprint(
        "  la TENTE de Decathlon, a pris l’eau (pendant l’orage de cette nuit)"
    )
    assert fingerprint(text) != fingerprint(text + " noire")
    assert fingerprint("Sept mots ne suffisent pas du tout") is None
