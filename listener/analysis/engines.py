"""Which engine judges a text: the rules, one that was learned, and a second opinion if there is."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from listener.analysis.learned import Learned, load, place
from listener.analysis.near import ENGINES
from listener.analysis.opinion import THRESHOLDS, Opinion, placed
from listener.analysis.transformer import Transformer
from listener.errors import ConfigError
from listener.model import PostKind, Sentiment

log = logging.getLogger(__name__)

# How near to a border of neutral a score is unsure: a fifth of UMSAB's tweets, of which half are
# wrong. Rules that found no word of feeling (0) are no more often wrong than others in news.
UNSURE = 0.25
UNSURE_LEARNED = 0.085


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """A transformer, and when it is asked.

    always     of every text, else of those whose score is unsure
    languages  those it may be asked about; without any, those that have an engine
    """

    transformer: Transformer
    always: bool = False
    languages: Collection[str] = ()


class Engines:
    """The engines on this machine; what was learned is read when its language first comes."""

    def __init__(self, folder: Path | None = None, second: Second | None = None) -> None:
        self.second = second
        self._folder = folder
        self._learned: dict[str, Learned | None] = {}
        self._loading = Lock()

    def learned(self, language: str | None, kind: PostKind) -> Learned | None:
        """Return the trained engine of a language, if there is one and it knows such texts.

        One that cannot be read is told in the log, and the rules go on without it.
        """
        if language is None or self._folder is None:
            return None
        with self._loading:
            if language not in self._learned:
                self._learned[language] = _load(place(self._folder, language))
        learned = self._learned[language]
        return learned if learned and learned.knows(kind) else None

    def asks(self, judged: Sentiment | None, language: str | None, kind: PostKind) -> bool:
        """Tell whether a second opinion is wanted on this."""
        if self.second is None or language is None:
            return False
        learned = self.learned(language, kind)
        has_engine = learned is not None or language in ENGINES
        if not (language in self.second.languages if self.second.languages else has_engine):
            return False
        if self.second.always or not has_engine or judged is None:
            return True
        distance = min(abs(judged.score - border) for border in THRESHOLDS[kind])
        if learned:
            return distance < UNSURE_LEARNED
        return judged.score != 0 and distance < UNSURE

    def opinions(self, texts: Sequence[str], kinds: Sequence[PostKind]) -> list[Opinion]:
        """Ask the second for its opinions; none when it cannot be run, which the log tells."""
        if self.second is None or not texts:
            return []
        transformer = self.second.transformer
        try:
            found = transformer.probabilities(texts)
            name = transformer.name
        except ConfigError as exc:
            log.error("%s; the first opinion counts", exc)
            return []
        return [Opinion(name, placed(one, kind)) for one, kind in zip(found, kinds, strict=True)]


def _load(path: Path) -> Learned | None:
    if not path.exists():
        return None
    try:
        return load(path)
    except ConfigError as exc:
        log.error("%s; the rules judge without it", exc)
        return None
