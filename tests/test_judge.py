from __future__ import annotations

import pytest

from benchmarks import hostile
from listener.analysis.query import parse
from listener.app import read_rules
from listener.config.shape import Brand
from listener.content import Content
from listener.judge import Judge, is_own
from listener.model import Author, Label
from tests.newsroom import post

ACME = Brand(
    name="Acme",
    query='acme NOT (roadrunner OR "road runner")',
    accounts=("@acme", "acme.example"),
    languages=("fr", "en"),
)
TEXTS = dict(hostile.texts())
RIVAL = Brand(name="Rival", role="competitor", query="rival", accounts=("@rival",))


@pytest.fixture(scope="module")
def judge() -> Judge:
    brands = (ACME, RIVAL)
    queries = {brand.name: parse(brand.query) for brand in brands}
    return Judge(brands, queries, read_rules(Content()).risk)


@pytest.mark.parametrize(
    ("handle", "url", "expected"),
    [
        ("acme", None, True),
        ("@ACME", None, True),
        ("acmefan", None, False),
        (None, "https://www.acme.example/news", True),
        (None, "https://blog.acme.example/news", True),
        (None, "https://notacme.example/", False),
        (None, None, False),
    ],
)
def test_own_accounts(handle: str | None, url: str | None, expected: bool) -> None:
    written = post("1", url=url, author=Author(handle=handle) if handle else None)
    assert is_own(ACME, written) is expected


def test_our_own_posts_are_no_mentions_of_anybody(judge: Judge) -> None:
    ours = post("1", "Acme thanks Rival", author=Author(handle="acme"))
    judged = judge.judge(ours, "Gazette", "feed", {"Acme", "Rival"})
    assert (judged.own, judged.verdicts) == ("Acme", ())


def test_a_competitor_may_well_mention_us(judge: Judge) -> None:
    theirs = post("1", "Rival is better than Acme", author=Author(handle="rival"))
    judged = judge.judge(theirs, "Gazette", "feed", {"Acme", "Rival"})
    assert [v.match.brand for v in judged.verdicts] == ["Acme"]


def test_only_the_brands_a_source_listens_for(judge: Judge) -> None:
    both = post("1", "Acme and Rival")
    judged = judge.judge(both, "Gazette", "feed", {"Rival"})
    assert [v.match.brand for v in judged.verdicts] == ["Rival"]


def test_a_brand_that_is_not_listened_for_there_is_somebody_else_too(judge: Judge) -> None:
    said = "Rival recalls its heater after a fire injured two people, and Acme sells tents."
    theirs = post("1", "Rival recalls heater", text=said, language="en")
    (alone,) = judge.judge(theirs, "Gazette", "feed", {"Acme"}).verdicts
    beside = judge.judge(theirs, "Gazette", "feed", {"Acme", "Rival"}).verdicts
    assert alone == next(verdict for verdict in beside if verdict.match.brand == "Acme")
    assert alone.risk.score < 30


def test_why_names_what_was_wanted_and_not_what_was_excluded(judge: Judge) -> None:
    (verdict,) = judge.judge(post("1", "Acme opens"), "Gazette", "feed", {"Acme"}).verdicts
    assert verdict.match.clause == "acme"
    assert not judge.judge(post("1", "Acme, road runner"), "Gazette", "feed", {"Acme"}).verdicts


def test_other_languages_are_left_out_and_unknown_is_not_another(judge: Judge) -> None:
    german = post("1", "Acme", text="Der Laden hat heute wieder geöffnet, und alle freuen sich.")
    assert not judge.judge(german, "Gazette", "feed", {"Acme"}).verdicts
    short = judge.judge(post("1", "Acme", text=""), "Gazette", "feed", {"Acme"})
    assert short.language is None
    assert len(short.verdicts) == 1


def test_a_tone_where_there_are_words_for_it_else_none(judge: Judge) -> None:
    text = "Acme sold me a terrible bike, I hate it and the service was awful."
    (english,) = judge.judge(post("1", "Acme", text=text), "G", "feed", {"Acme"}).verdicts
    assert english.sentiment is not None
    assert english.sentiment.label is Label.NEGATIVE
    assert english.sentiment.evidence
    text = "Acme m'a vendu un vélo affreux, je le déteste et le service était lamentable."
    (french,) = judge.judge(post("1", "Acme", text=text), "G", "feed", {"Acme"}).verdicts
    assert french.sentiment is not None
    assert french.sentiment.label is Label.NEGATIVE
    text = "Acme heeft mij een slechte fiets verkocht, ik haat het en de service was vreselijk."
    plain = Judge(
        (Brand(name="Acme", query="acme"),), {"Acme": parse("acme")}, read_rules(Content()).risk
    )
    (dutch,) = plain.judge(post("1", "Acme", text=text), "G", "feed", {"Acme"}).verdicts
    assert dutch.sentiment is None, "unknown is never neutral"


def test_a_rival_s_name_praises_nobody_but_a_topic_s_is_a_word() -> None:
    text = "Acme is opposite Great Bikes, where a scandal is in the making this week."
    said = {}
    for role, name in (("competitor", "Great Bikes"), ("topic", "scandal")):
        brands = (Brand(name="Acme", query="acme"), Brand(name=name, role=role, query=f'"{name}"'))
        queries = {brand.name: parse(brand.query) for brand in brands}
        judge = Judge(brands, queries, read_rules(Content()).risk)
        found = judge.judge(post("1", "News", text=text), "G", "feed", {"Acme", name})
        tone = next(v.sentiment for v in found.verdicts if v.match.brand == "Acme")
        assert tone is not None
        said[role] = {word.text for word in tone.evidence}
    assert said == {"competitor": {"scandal"}, "topic": {"Great", "scandal"}}


def test_a_query_by_language_hears_posts_that_declare_none() -> None:
    brand = Brand(name="Acme", query="acme lang:fr")
    judge = Judge((brand,), {"Acme": parse(brand.query)}, read_rules(Content()).risk)
    french = post("1", "Acme", text="La boutique a rouvert ce matin et tout le monde est content.")
    assert judge.judge(french, "G", "feed", {"Acme"}).verdicts
    english = post("2", "Acme", text="The shop opened again this morning and all are happy.")
    assert not judge.judge(english, "G", "feed", {"Acme"}).verdicts


@pytest.fixture(scope="module")
def judges() -> tuple[Judge, Judge]:
    return hostile.make_judge(), hostile.make_judge()


@pytest.mark.parametrize("name", TEXTS)
def test_whatever_is_written_is_judged_alike_and_within_bounds(
    name: str, judges: tuple[Judge, Judge]
) -> None:
    one = hostile.post(TEXTS[name])
    first, second = (judge.judge(one, "Forum", "feed", {"Acme"}) for judge in judges)
    assert first == second
    (verdict,) = first.verdicts
    assert 0 <= verdict.risk.score <= 100
    assert verdict.sentiment is None or -1 <= verdict.sentiment.score <= 1
    assert 1 <= len(verdict.match.spans) <= 500
