from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.sentiment import LONGEST, label, score
from listener.model import Label, PostKind, Sentiment, Span

NEUTRAL = "The shop is at the corner of the street and opens at nine. " * 8


def judge(
    text: str,
    brand: str = "",
    *,
    title: str | None = None,
    language: str | None = "en",
    kind: PostKind = PostKind.SOCIAL,
    rating: float | None = None,
    ignore: tuple[str, ...] = (),
) -> Sentiment | None:
    start = text.find(brand) if brand else -1
    spans = [Span("text", start, start + len(brand))] if start >= 0 else []
    return score(title, text, spans, language, kind, rating, ignore)


def english(text: str, brand: str = "", title: str | None = None) -> Sentiment:
    judged = judge(text, brand, title=title)
    assert judged is not None
    return judged


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Acme tent is great, I love it", Label.POSITIVE),
        ("The Acme tent is horrible and the staff is rude", Label.NEGATIVE),
        ("Acme sells tents in twelve colours", Label.NEUTRAL),
    ],
)
def test_english_is_judged(text: str, expected: Label) -> None:
    assert english(text).label == expected
    assert english(text).engine == "vader-en 1"


@pytest.mark.parametrize("language", ["fr", "de", None])
def test_no_engine_means_unknown_not_neutral(language: str | None) -> None:
    assert judge("Great, great, great", language=language) is None


def test_evidence_is_the_words_that_moved_the_score_heaviest_first() -> None:
    words = english("The tent is not good. The staff is HORRIBLE, sorry.").evidence

    assert [word.text for word in words] == ["HORRIBLE", "good", "sorry"]
    assert all(word.weight < 0 for word in words)  # "good" is negated


def test_emoji_are_evidence() -> None:
    assert english("Acme 😍").score > 0
    assert english("Acme 😍").evidence


def test_in_an_article_the_sentences_around_the_brand_count() -> None:
    far = "A terrible, horrible disaster killed many. "
    text = far + NEUTRAL + "Acme was praised for its wonderful help. " + NEUTRAL + far

    assert english(text, "Acme").label == Label.POSITIVE
    assert "horrible" not in {word.text for word in english(text, "Acme").evidence}


def test_two_brands_in_one_article_get_two_scores() -> None:
    text = "Acme is a wonderful company that people love. " + NEUTRAL + "Bolt is a horrible scam."

    assert english(text, "Acme").score > 0 > english(text, "Bolt").score


def test_the_title_counts() -> None:
    text = NEUTRAL + "Acme answered on Monday. " + NEUTRAL

    assert english(text, "Acme", title="Horrible accident").label == Label.NEGATIVE


def test_where_the_brands_sentences_are_silent_the_whole_speaks() -> None:
    text = "What a wonderful, great day. " + NEUTRAL + "Acme is at the corner. " + NEUTRAL

    assert english(text, "Acme").label == Label.POSITIVE


def test_a_review_is_judged_whole() -> None:
    text = NEUTRAL[:300] + "Horrible, horrible quality. " + NEUTRAL[:180] + "Acme is the maker."

    judged = judge(text, "Acme", kind=PostKind.REVIEW)

    assert judged
    assert judged.label == Label.NEGATIVE


def test_the_brands_own_name_is_no_praise() -> None:
    text = "Best Buy opens at nine"

    named, other = judge(text, ignore=("Best Buy",)), judge("Acme Ltd opens at nine")
    assert named
    assert other
    assert named.score == other.score == 0
    assert english(text).score > 0  # what is not said to be the name is a word


def test_only_the_beginning_of_an_endless_text_is_judged() -> None:
    kept, dropped = "x " * (LONGEST // 2), " horrible"

    assert english(kept + dropped).score == 0


def test_a_brand_deep_in_an_endless_sentence_is_found() -> None:
    text = "word " * 1000 + "horrible Acme horrible " + "word " * 500

    assert english(text, "Acme").label == Label.NEGATIVE


@pytest.mark.parametrize(
    ("rating", "expected", "evidence"), [(0.0, -1.0, "1/5"), (0.5, 0.0, "3/5"), (1.0, 1.0, "5/5")]
)
def test_a_rating_is_evidence_in_any_language(
    rating: float, expected: float, evidence: str
) -> None:
    judged = judge("Sans commentaire", language="fr", rating=rating)

    assert judged
    assert (judged.score, judged.engine) == (expected, "rating 1")
    assert [word.text for word in judged.evidence] == [evidence]


def test_rating_and_words_are_combined() -> None:
    words = english("It is good")
    both = judge("It is good", rating=0.0)

    assert both
    assert both.score == pytest.approx((2 * -1 + words.score) / 3, abs=1e-4)
    assert both.engine == "rating 1 + vader-en 1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.05, Label.POSITIVE), (0.0499, Label.NEUTRAL), (-0.05, Label.NEGATIVE), (0, Label.NEUTRAL)],
)
def test_thresholds(value: float, expected: Label) -> None:
    assert label(value) == expected


@given(st.text(max_size=600), st.integers(0, 600), st.none() | st.floats(0, 1))
def test_scores_stay_in_range_and_repeat(text: str, at: int, rating: float | None) -> None:
    spans = [Span("text", at, at + 3)]
    one, two = (score(text[:50], text, spans, "en", PostKind.NEWS, rating) for _ in range(2))

    assert one == two
    assert one
    assert -1 <= one.score <= 1


@pytest.mark.parametrize(
    "sign", ["😀😡", "!", "\x00", "\u202eok ", "not very good but bad ", "a. "]
)
def test_floods_are_judged_too(sign: str) -> None:
    assert english(sign * 100_000, sign).score is not None
