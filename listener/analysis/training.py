"""Trains an engine for a language on labelled texts, and measures it against the rules.

Needs scikit-learn (`pip install "listener[learn]"`); what comes out of it runs without.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.analysis.labelled import Example
from listener.analysis.learned import FIGURES, LABELS, Card, Learned, digest, figures
from listener.analysis.near import ENGINES, Told, about
from listener.analysis.ngrams import BUCKETS, Buckets, buckets, cut
from listener.analysis.opinion import label
from listener.analysis.sentiment import engine
from listener.errors import ConfigError
from listener.model import Label, PostKind

FOLDS = 5
FEWEST = 50  # texts of each label, below which nothing is learned
GAIN = 1.0  # points of macro-F1 by which the rules must be beaten
LEAST = 45.0  # macro-F1 of an engine for a language that has none; guessing gives 33
STRENGTH = 3.0  # inverse of the regularisation, chosen on public tweets

Rows = Sequence[int] | Buckets


class _Read(NamedTuple):
    told: Told
    kind: PostKind
    label: Label
    found: Buckets
    figures: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of training a language; `learned` only if it is better than what is there.

    f1, rules_f1  macro-F1 in percent, found by cross-validation; None where there was no measure
    """

    language: str
    texts: dict[str, int]
    f1: float | None = None
    rules: str | None = None
    rules_f1: float | None = None
    learned: Learned | None = None

    @property
    def why(self) -> str:
        """Say in words what was decided."""
        if self.f1 is None:
            return f"too few texts: at least {FEWEST} different ones of each label are needed"
        if self.learned:
            return "better: used from now on"
        if self.rules_f1 is None:
            return f"not used: below {LEAST:.0f}, no label is better"
        return f"not used: not {GAIN:.0f} point better than {self.rules}"


def train(language: str, examples: Sequence[Example], file_hash: str, today: date) -> Outcome:
    """Train and measure. Raises ConfigError when scikit-learn is missing."""
    texts = Counter(str(example.label) for example in examples)
    counts = {str(one): texts[one] for one in LABELS}
    different = Counter(str(label) for label, _ in {(one.label, _said(one)) for one in examples})
    if min(different[str(one)] for one in LABELS) < FEWEST:
        return Outcome(language=language, texts=counts)
    read = [_read(example) for example in examples]
    home = Counter(one.kind for one in read).most_common(1)[0][0]
    rules = engine(language) if language in ENGINES else None
    blank = Card(
        language=language,
        trained=today,
        texts=counts,
        kinds=Counter(one.kind for one in read),
        home=home,
        rules=rules,
        f1=0.0,
        rules_f1=100 * _by_rules(read) if rules else None,
        file_hash=file_hash,
        **_nothing(),
    )
    f1 = 100 * _cross_validated(blank, read, [_said(example) for example in examples])
    card = blank.model_copy(update={"f1": f1})
    better = f1 >= (LEAST if card.rules_f1 is None else card.rules_f1 + GAIN)
    return Outcome(
        language=language,
        texts=counts,
        f1=card.f1,
        rules=rules,
        rules_f1=card.rules_f1,
        learned=_fit(card, read) if better else None,
    )


def macro_f1(pairs: Counter[tuple[Label, Label]]) -> float:
    """Return the mean F1 (0..1) of the three labels, from pairs of people's label and ours."""
    scores = []
    for one in LABELS:
        given = sum(count for (truth, _), count in pairs.items() if truth == one)
        said = sum(count for (_, answer), count in pairs.items() if answer == one)
        scores.append(2 * pairs[one, one] / (given + said) if given + said else 0.0)
    return sum(scores) / len(scores)


def _said(example: Example) -> str:
    return f"{example.title or ''}\n{example.text}"


def _read(example: Example) -> _Read:
    names = [example.target] if example.target else []
    one = example
    told = about(one.title, one.text, one.spans, (), one.language, one.kind, names)
    found = buckets(cut(told.text, told.names))
    return _Read(told, example.kind, example.label, found, figures(told, example.kind))


def _by_rules(read: Sequence[_Read]) -> float:
    return macro_f1(Counter((one.label, label(one.told.score, one.kind)) for one in read))


def _cross_validated(card: Card, read: Sequence[_Read], texts: Sequence[str]) -> float:
    """Judge each text by an engine that has seen neither it nor the same text elsewhere."""
    pairs: Counter[tuple[Label, Label]] = Counter()
    for seen, unseen in _folds(read, texts):
        learned = _fit(card, [read[n] for n in seen])
        for one in (read[n] for n in unseen):
            pairs[one.label, label(learned.judge(one.told, one.kind).score, one.kind)] += 1
    return macro_f1(pairs)


def _folds(read: Sequence[_Read], texts: Sequence[str]) -> Iterator[tuple[Rows, Rows]]:
    folds = _tool("sklearn.model_selection").StratifiedGroupKFold(
        FOLDS, shuffle=True, random_state=0
    )
    labels = [str(one.label) for one in read]
    yield from folds.split(np.zeros(len(read)), labels, groups=texts)


def _fit(card: Card, read: Sequence[_Read]) -> Learned:
    """Return an engine with this card, trained on these texts, its weights made bytes."""
    regression = _tool("sklearn.linear_model").LogisticRegression(
        C=STRENGTH, solver="saga", tol=1e-2, max_iter=60, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops before it converges, which is meant
        regression.fit(_matrix(read), [LABELS.index(one.label) for one in read])
    weights = regression.coef_[:, :BUCKETS]
    scales = np.maximum(np.abs(weights).max(axis=1), 1e-9) / 127
    small = np.ascontiguousarray(np.rint(weights / scales[:, None]), dtype=np.int8)
    trained = {
        "weights_hash": digest(small.tobytes()),
        "scales": tuple(scales.tolist()),
        "figures": tuple(map(tuple, regression.coef_[:, BUCKETS:].tolist())),
        "bias": tuple(regression.intercept_.tolist()),
    }
    return Learned(card.model_copy(update=trained), small)


def _matrix(read: Sequence[_Read]) -> Any:
    """Return a row a text: its buckets, together of length 1, and its figures."""
    sparse = _tool("scipy.sparse")
    ends = np.cumsum([0, *(len(one.found) for one in read)])
    values = [np.full(len(one.found), 1 / sqrt(len(one.found))) for one in read]
    indices = np.concatenate([one.found for one in read])
    said = sparse.csr_matrix((np.concatenate(values), indices, ends), shape=(len(read), BUCKETS))
    return sparse.hstack([said, np.array([one.figures for one in read])]).tocsr()


def _nothing() -> dict[str, Any]:
    """Return what a card holds before there are weights."""
    row = (0.0,) * FIGURES
    zeros = (0.0, 0.0, 0.0)
    return {"weights_hash": "", "scales": zeros, "figures": (row, row, row), "bias": zeros}


def _tool(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as exc:
        what = 'training needs scikit-learn: pip install "listener[learn]"'
        raise ConfigError([what]) from exc
