from __future__ import annotations

import pytest

from listener.analysis.query import parse
from listener.cli.trial import Trial, attempt, interval
from listener.model import Post
from listener.store import Store


@pytest.fixture
def archive(store: Store) -> Store:
    texts = {"fr": "la tente bleue", "en": "the blue tent", "de": "das Zelt, tente", None: "tente"}
    with store.transaction():
        for number, (language, text) in enumerate(texts.items(), 1):
            store.posts.add(
                "Gazette", Post(key=str(number), item=str(number), text=text, language=language), 1
            )
        store.posts.by_brand(1, "Acme")
    return store


def test_gained_and_lost_beside_another_query(archive: Store) -> None:
    trial = attempt(archive, parse("tente OR tent"), parse("tente bleue OR zelt"))
    assert trial.found == (4, 3, 2, 1)
    assert trial.gained == (4, 2)
    assert trial.lost == ()
    assert attempt(archive, parse("tent"), parse("tente")).lost == (4, 3, 1)


def test_alone_everything_found_is_gained(archive: Store) -> None:
    trial = attempt(archive, parse("tente"))
    assert (trial.before, trial.gained, trial.lost) == (None, trial.found, ())


def test_answers_and_other_languages_are_no_mentions(archive: Store) -> None:
    assert attempt(archive, parse("tent*"), answers={"Acme"}).found == (4, 3, 2)
    assert attempt(archive, parse("tent*"), languages=("fr", "en")).found == (4, 2, 1)


def test_a_sample_is_drawn_once_from_what_is_gained() -> None:
    trial = Trial(found=tuple(range(100)), before=tuple(range(50)))
    sample = trial.sample(10)
    assert len(set(sample)) == 10
    assert min(sample) >= 50
    assert trial.sample(10) == sample
    assert sorted(trial.sample(500)) == list(range(50, 100))


@pytest.mark.parametrize(
    ("noise", "looked_at", "low", "high"),
    [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (5, 10, 0.237, 0.763), (3, 20, 0.052, 0.360)],
)
def test_wilson(noise: int, looked_at: int, low: float, high: float) -> None:
    """As in tables of the 95 % interval for a proportion."""
    assert interval(noise, looked_at) == pytest.approx((low, high), abs=0.001)
