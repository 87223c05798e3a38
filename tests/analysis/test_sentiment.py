from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis.passages import READ
from listener.analysis.sentiment import ENGINES, label, score
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
    rival: str = "",
) -> Sentiment | None:
    spans, rivals = named(text, brand), named(text, rival)
    return score(title, text, spans, language, kind, rating, ignore, rivals)


def named(text: str, name: str) -> list[Span]:
    start = text.find(name) if name else -1
    return [Span("text", start, start + len(name))] if start >= 0 else []


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
    assert english(text).engine == "tone-en 1.1"


def test_french_is_judged() -> None:
    judged = judge("Le SAV d'Acme est injoignable, quelle honte", language="fr")

    assert judged
    assert (judged.label, judged.engine) == (Label.NEGATIVE, "tone-fr 1.1")
    assert [word.text for word in judged.evidence] == ["quelle honte", "injoignable"]


@pytest.mark.parametrize("language", ["tlh", "", None])
def test_no_engine_means_unknown_not_neutral(language: str | None) -> None:
    assert language not in ENGINES
    assert judge("Great, great, great", language=language) is None


def test_evidence_is_the_words_that_moved_the_score_heaviest_first() -> None:
    words = english("The tent is not wonderful. The staff is HORRIBLE, sorry.").evidence

    assert [word.text for word in words] == ["HORRIBLE", "wonderful", "sorry"]
    assert [word.weight for word in words] == sorted(word.weight for word in words)
    assert all(word.weight < 0 for word in words)  # "wonderful" is negated


def test_emoji_are_evidence() -> None:
    assert english("Acme 😍").score > 0
    assert english("Acme 😍").evidence


def test_in_an_article_the_sentences_around_the_brand_count() -> None:
    far = "A terrible, horrible disaster killed many. "
    text = far + NEUTRAL + "Acme was praised for its wonderful help. " + NEUTRAL + far

    assert english(text, "Acme").label == Label.POSITIVE
    assert "horrible" not in {word.text for word in english(text, "Acme").evidence}


def test_words_near_the_brand_weigh_more() -> None:
    text = "Acme is great. The Bolt bus was horrible and dirty."

    assert english(text, "Acme").score > 0 > english(text, "Bolt").score
    assert english(text).score < english(text, "Acme").score


def test_words_nearer_to_another_brand_are_about_that_brand() -> None:
    text = "Acme sells tents, Bolt was fined for fraud"

    alone, beside = judge(text, "Acme"), judge(text, "Acme", rival="Bolt")
    assert alone
    assert beside
    assert alone.score < beside.score <= 0
    assert beside.score > english(text, "Bolt").score


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Acme is better than Bolt"),
        ("en", "Acme is more reliable than Bolt"),
        ("en", "Bolt is worse than Acme"),
        ("en", "Bolt is less reliable than Acme"),
        ("fr", "Acme est bien meilleur que Bolt"),
        ("fr", "Bolt est pire qu'Acme"),
        ("fr", "Bolt est plus cher qu’Acme"),
        ("de", "Acme ist zuverlässiger als Bolt"),
        ("es", "Bolt es peor que Acme"),
        ("it", "Acme è più affidabile di Bolt"),
        ("pt", "Acme é melhor do que a Bolt"),
    ],
)
def test_who_is_compared_with_fares_the_other_way(language: str, text: str) -> None:
    names = ("Acme", "Bolt")
    for known in (True, False):
        acme, bolt = (
            judge(
                text,
                brand,
                language=language,
                ignore=(brand,),
                rival=other if known else "",
            )
            for brand, other in (names, reversed(names))
        )
        assert acme
        assert bolt
        assert acme.score > 0 > bolt.score


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
    text = "Super Best opens at nine"

    named, other = judge(text, ignore=("Super Best",)), judge("Acme Ltd opens at nine")
    assert named
    assert other
    assert named.score == other.score == 0
    assert english(text).score > 0  # what is not said to be the name is a word


def test_only_the_beginning_of_an_endless_text_is_judged() -> None:
    kept, dropped = "x" * 50 + " " + "x" * (READ - 51), " horrible"

    assert english(kept + dropped).score == 0
    assert english(kept[:-20] + dropped).score < 0


def test_a_brand_deep_in_an_endless_sentence_is_found() -> None:
    text = "word " * 1000 + "horrible Acme horrible " + "word " * 500

    assert english(text, "Acme").label == Label.NEGATIVE


@pytest.mark.parametrize(
    ("rating", "expected", "evidence"), [(0.0, -1.0, "1/5"), (0.5, 0.0, "3/5"), (1.0, 1.0, "5/5")]
)
def test_a_rating_is_evidence_in_any_language(
    rating: float, expected: float, evidence: str
) -> None:
    judged = judge("Qapla", language="tlh", rating=rating)

    assert judged
    assert (judged.score, judged.engine) == (expected, "rating 1")
    assert [word.text for word in judged.evidence] == [evidence]


def test_rating_and_words_are_combined() -> None:
    words = english("It is good")
    both = judge("It is good", rating=0.0)

    assert both
    assert both.score == pytest.approx((2 * -1 + words.score) / 3, abs=1e-4)
    assert both.engine == "rating 1 + tone-en 1.1"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.2, PostKind.SOCIAL, Label.POSITIVE),
        (0.1999, PostKind.SOCIAL, Label.NEUTRAL),
        (-0.1, PostKind.SOCIAL, Label.NEGATIVE),
        (-0.0999, PostKind.SOCIAL, Label.NEUTRAL),
        (0.15, PostKind.NEWS, Label.POSITIVE),
        (0.1499, PostKind.NEWS, Label.NEUTRAL),
        (-0.1, PostKind.NEWS, Label.NEGATIVE),
        (0, PostKind.REVIEW, Label.NEUTRAL),
    ],
)
def test_thresholds_depend_on_the_kind(value: float, kind: PostKind, expected: Label) -> None:
    assert label(value, kind) == expected


@pytest.mark.parametrize("kind", PostKind)
def test_every_kind_has_thresholds(kind: PostKind) -> None:
    assert [label(value, kind) for value in (-1, 0, 1)] == list(Label)


NAMES = [
    "Best Buy", "Horrible Hotels!", "KILLER", "très bien", "a.b", "Yahoo!", "L'Oréal", "Pas Cher",
    "Nicht", "Mais", "Hyper", "/s", ":)", "🙂", "C&A", "Who?", "100%", "@bad", "Fällt", "than",
]  # fmt: skip
TEXTS = [
    "Really good: {0} is not great but {0} is nice, I hate rain", "{0}!! super, merci {0} !",
    "{0}'s service is great", "GREAT {0}", "qu'{0} est nul", "Die App stürzt {0} ab", "pas {0} bon",
]  # fmt: skip


@pytest.mark.parametrize("template", TEXTS)
@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("name", NAMES)
def test_the_brands_name_does_not_matter(name: str, language: str, template: str) -> None:
    def about(brand: str) -> float:
        text = template.format(brand)
        judged = judge(text, brand, language=language, ignore=(brand,))
        assert judged
        return judged.score

    assert about(name) == about("Acme")


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
