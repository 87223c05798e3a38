"""What the words of a short text say of its language, beside what its letters say.

A table of small and frequent words (`language_words.toml`) tells Spanish "mis", Italian "nei" and
Portuguese "nos" apart where sequences of letters are too few for it.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

# How often a word of the file stands in posts. A word that is not listed for a language is taken to
# stand there once in 15,000: a listed one speaks for its language with log(its share * 15,000).
SHARES = {"most": 1 / 60, "often": 1 / 300, "some": 1 / 3_000}
UNLISTED = 1 / 15_000
# Words of a text depend on each other and lists are not people's own speech, so the sum is shrunk,
# more so in a long text: x 0.6 / words^0.2. Both were chosen on half of UMSAB's training tweets.
SHRUNK = 0.6
LENGTH = 0.2
# Words alone tell the language when the next one is e^5 times less likely and half of them are its
# own: 1 in 1,000 of such tweets and headlines was wrong, and most of these had a wrong label.
AHEAD = 5.0
OWN = 0.5

_FILE = Path(__file__).with_suffix(".toml")
_STRETCHED = re.compile(r"(\w)\1{2,}")


class Evidence(NamedTuple):
    """What words say; a language that has none of them is absent and gets 0."""

    logs: Mapping[str, float]  # log-likelihood they add, by ISO 639-1 code
    plain: bool  # they leave no doubt


def evidence(text: str) -> Evidence:
    """Weigh the words of a text that holds nothing else; stretched ones ("siiii") as short ones."""
    words = _STRETCHED.sub(r"\1", text.lower()).split()
    table = _table()
    found: dict[str, float] = {}
    for word in words:
        for code, weight in table.get(word, ()):
            found[code] = found.get(code, 0.0) + weight
    shrunk = SHRUNK / max(1, len(words)) ** LENGTH
    logs = {code: shrunk * weight for code, weight in found.items()}
    return Evidence(logs, _plain(words, logs))


def _plain(words: Sequence[str], logs: Mapping[str, float]) -> bool:
    first, second = ([0.0, 0.0, *sorted(logs.values())])[:-3:-1]
    if first - second < AHEAD:
        return False
    best = max(logs, key=logs.__getitem__)
    table = _table()
    own = sum(any(code == best for code, _ in table.get(word, ())) for word in words)
    return own >= OWN * len(words)


@cache
def _table() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Return each word's languages with its weight there: about 2 MB, read when first needed."""
    table: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for codes, shares in tomllib.loads(_FILE.read_text(encoding="utf-8")).items():
        for share, words in shares.items():
            weight = math.log(SHARES[share] / UNLISTED)
            for word in words.split():
                table[word] += [(code, weight) for code in codes.split()]
    return {word: tuple(weights) for word, weights in table.items()}


def small(language: str) -> frozenset[str]:
    """Return the words that stand in posts of a language most often, whatever these are about."""
    often = math.log(SHARES["often"] / UNLISTED)
    return frozenset(
        word for word, codes in _table().items() if dict(codes).get(language, 0.0) >= often
    )
