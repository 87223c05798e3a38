"""An engine that was trained on the operator's own labelled texts: n-grams and the rules' figures.

A multinomial logistic regression whose weights are kept as bytes. What a text says (see `ngrams`)
and what the rules make of it (`figures`) are its features, so that it knows more than its texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from listener.analysis.near import EVIDENCE, Told
from listener.analysis.ngrams import BUCKETS, buckets, cut, hashed
from listener.analysis.opinion import Opinion, Probabilities, placed
from listener.errors import ConfigError
from listener.model import Label, PostKind, Word

VERSION = 1
MAGIC = b"listener hybrid 1\n"
LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
KINDS = tuple(PostKind)
FAMILIES = (
    frozenset({PostKind.SOCIAL, PostKind.DISCUSSION, PostKind.VIDEO}),
    frozenset({PostKind.NEWS, PostKind.BLOG, PostKind.WEB}),
    frozenset({PostKind.REVIEW}),
)
ENOUGH = 150  # texts of a family of kinds, from which on it may be judged
FIGURES = 9 + len(KINDS)
SCALE = 0.4  # of figures against n-grams: so regularisation holds back neither

Vector = NDArray[np.float64]


class Card(BaseModel):
    """Where a learned engine comes from; no text of the training file is in it.

    rules        the engine whose figures it uses, None where the language has no lexicon
    home         the kind most texts were of: from where on its answer is praise is that kind's
    f1, rules_f1 macro-F1 in percent by cross-validation, and of the engine it replaces
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    trained: date
    texts: Mapping[str, int]
    kinds: Mapping[PostKind, int]
    home: PostKind
    rules: str | None
    f1: float
    rules_f1: float | None
    file_hash: str
    weights_hash: str
    scales: tuple[float, float, float]
    figures: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]
    bias: tuple[float, float, float]


@dataclass(frozen=True)
class Learned:
    """A trained engine of one language; `weights` by label and bucket."""

    card: Card
    weights: NDArray[np.int8]

    @property
    def name(self) -> str:
        """Name, version and which training: "hybrid-fr 1 3fa9c1d2"."""
        return f"hybrid-{self.card.language} {VERSION} {self.card.weights_hash[:8]}"

    def knows(self, kind: PostKind) -> bool:
        """Tell whether it was trained on enough texts of such a kind: tweets teach no news."""
        return sum(self.card.kinds.get(each, 0) for each in family(kind)) >= ENOUGH

    def judge(self, told: Told, kind: PostKind) -> Opinion:
        """Judge what is told of a brand."""
        words = cut(told.text, told.names)
        probabilities = self._probabilities(words, figures(told, kind))
        return Opinion(
            self.name, placed(probabilities, self.card.home), self._evidence(told, words)
        )

    def _probabilities(self, words: list[str], own: Vector) -> Probabilities:
        found = buckets(words)
        sums = self.weights.take(found, axis=1).sum(axis=1, dtype=np.int32)
        said = sums * self._scales / sqrt(len(found))
        logits = said + self._figures @ own + self._bias
        raised = np.exp(logits - logits.max())
        negative, neutral, positive = (raised / raised.sum()).tolist()
        return Probabilities(negative, neutral, positive)

    def _evidence(self, told: Told, words: list[str]) -> tuple[Word, ...]:
        """Return the rules' words, then the words that weigh most by themselves."""
        known = told.words()
        said = {word.text.lower() for word in known}
        own = [word for word in dict.fromkeys(words) if word.isalpha() and word not in said]
        if len(known) == EVIDENCE or not own:
            return known
        negative, _, positive = self.weights.take(hashed(own), axis=1) * self._scales[:, None]
        leaning = (positive - negative) / sqrt(len(words))
        heaviest = np.argsort(-np.abs(leaning))[: EVIDENCE - len(known)]
        return (*known, *(Word(own[n], round(float(leaning[n]), 4)) for n in heaviest))

    @cached_property
    def _scales(self) -> Vector:
        return np.array(self.card.scales)

    @cached_property
    def _figures(self) -> Vector:
        return np.array(self.card.figures)

    @cached_property
    def _bias(self) -> Vector:
        return np.array(self.card.bias)


def figures(told: Told, kind: PostKind) -> Vector:
    """Return what the rules found, each about -1..1, and the kind of source."""
    valences = told.valences()
    praise = [valence for valence in valences if valence > 0]
    blame = [-valence for valence in valences if valence < 0]
    score, flat = told.score, told.reading.score()
    found = [
        score,
        score * abs(score),
        flat,
        min(len(praise), 5) / 5,
        min(len(blame), 5) / 5,
        min(max(praise, default=0.0), 4) / 4,
        min(max(blame, default=0.0), 4) / 4,
        min(told.reading.exclamations, 4) / 4,
        min(told.text.count("?"), 3) / 3,
    ]
    return SCALE * np.array([*found, *(float(kind is each) for each in KINDS)])


def family(kind: PostKind) -> frozenset[PostKind]:
    """Return the kinds of source that write alike."""
    return next(each for each in FAMILIES if kind in each)


def place(folder: Path, language: str) -> Path:
    return folder / f"sentiment-{language}.model"


def kept(folder: Path) -> list[Path]:
    """Return the files of all learned engines in a folder."""
    return sorted(folder.glob("sentiment-??.model"))


def load(path: Path) -> Learned:
    """Read an engine's file and check all of it.

    Raises ConfigError when it is damaged, or of another version, program or language than its name.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror}"]) from exc
    head, _, rest = content.partition(b"\n")
    if head + b"\n" != MAGIC:
        raise ConfigError([f'{path}: is no engine of this version; "listener learn" makes one'])
    line, _, body = rest.partition(b"\n")
    try:
        card = Card.model_validate_json(line)
    except ValidationError as exc:
        raise ConfigError([f'{path}: is damaged; "listener learn" makes a new one']) from exc
    if path.name != place(path.parent, card.language).name:
        raise ConfigError([f"{path}: is an engine for {card.language}, whatever its name says"])
    whole = len(body) == 3 * BUCKETS and digest(body) == card.weights_hash
    if not whole or any(len(row) != FIGURES for row in card.figures):
        raise ConfigError([f'{path}: is damaged; "listener learn" makes a new one'])
    return Learned(card, np.frombuffer(body, dtype=np.int8).reshape(3, BUCKETS))


def write(path: Path, learned: Learned) -> None:
    """Write an engine's file, at once or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    card = learned.card.model_dump_json().encode()
    part.write_bytes(MAGIC + card + b"\n" + learned.weights.tobytes())
    part.replace(path)


def digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()
