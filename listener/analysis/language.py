"""Which language a text is in: what its source declares when that is plausible, else what its
letters (py3langid) and its words (`language_words`) say together."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from babel import Locale

from listener.analysis.language_words import evidence

DEFAULT = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "tr", "zh")
LONGEST = 2_000  # characters looked at
# Bytes of UTF-8 once cleaned: below, only known words tell a language from a name, and nothing
# tells that it is a foreign one.
SHORTEST = 12
SURE = 0.8  # probability that an answer needs
FOREIGN = 0.5  # probability of a language outside `among` from which we say nothing
# py3langid flattens its probabilities by the length of the text; on short posts it is more often
# right than it says. What it gives less than a thousandth is left to the words to decide.
SHARPER = 1.5
FAINTEST = 0.001
# Varieties that it tells apart and ISO 639-1 does not.
VARIETIES = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "nn": "no"}
# Declaring is more often right than guessing: to override it, a text has to be long and plain. Of
# 8,000 texts this long, nine had that probability of another language than their label's: three
# mixed both, and six were in the one found.
LONG = 80
PLAIN = 0.99
# From how many posts and which share of them on a source has a usual language.
SEVERAL = 20
MOSTLY = 0.9

_NOISE = re.compile(r"\bhttps?\b\S*|\bwww\.\S+|\S+@\S+\.\S+|[@#]\w+|\bRT\b|[^\w@#]+|[\d_@#]+")
_loading = Lock()


def identify(
    text: str,
    *,
    declared: str | None,
    among: Sequence[str] = DEFAULT,
    ignore: Sequence[str] = (),
    otherwise: Callable[[], str | None] = lambda: None,
) -> str | None:
    """Return an ISO 639-1 code, or None when unsure or when there is too little text.

    declared  what the source says, as "fr" or "fr-CA"; believed unless a long text is plainly in
              another language (feeds are often left at their software's "en-US")
    among     the languages that are looked for; a text in any other gives None
    ignore    the brand's own words, which say nothing about the language around them
    otherwise tells what is taken when we are unsure: the usual language of the source
    """
    code = _code(declared)
    cleaned = _clean(text[:LONGEST], ignore)
    size = len(cleaned.encode(errors="ignore"))
    if size < (LONG if code else 1) or (size < SHORTEST and not evidence(cleaned).logs):
        return code or otherwise()
    found, probability = _guess(cleaned, (*among, code) if code else tuple(among))
    if code:
        return found if found and probability >= PLAIN else code
    if found and probability >= SURE:
        return found
    return None if found is None and size >= SHORTEST else otherwise()


def likeliest(text: str, *, among: Sequence[str] = DEFAULT) -> str | None:
    """Return the likeliest of `among`, however unlikely; None only for a text without words."""
    cleaned = _clean(text[:LONGEST], ())
    if not cleaned:
        return None
    odds = _odds(cleaned, among)
    return max((code for code in odds if code in among), key=odds.__getitem__, default=None)


def usual(known: Mapping[str, int]) -> str | None:
    """Return the usual language of a source, from how many of its posts were in which.

    None unless nine in ten of at least 20 are in one. Posts whose language is not known are not
    among them: they are those it is wanted for.
    """
    total = sum(known.values())
    if total < SEVERAL:
        return None
    language, count = max(known.items(), key=lambda item: item[1])
    return language if count >= MOSTLY * total else None


def _code(declared: str | None) -> str | None:
    """Return the language of a tag such as "fr-CA", if there is such a language."""
    code = re.split("[-_]", declared.strip().lower())[0] if declared else ""
    return code if len(code) == 2 and code in _known() else None


@cache
def _known() -> frozenset[str]:
    return frozenset(Locale("en").languages)


def _clean(text: str, ignore: Sequence[str]) -> str:
    """Return the words alone: links, addresses, handles, hashtags, digits and signs say nothing."""
    words = _NOISE.sub(" ", text)
    if names := [re.escape(name) for name in ignore if name.strip()]:
        words = re.sub(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", " ", words, flags=re.IGNORECASE)
    return " ".join(words.split())


def _guess(text: str, among: Sequence[str]) -> tuple[str | None, float]:
    """Return the likeliest of `among` and its probability among them.

    None when a language outside `among` is probable: it is recognised instead of being forced
    into one of them.
    """
    odds = _odds(text, among)
    top = max(odds, key=odds.__getitem__)
    if top not in among and odds[top] >= FOREIGN * sum(odds.values()):
        return None, 0.0
    mine = {code: value for code, value in odds.items() if code in among}
    if not mine:
        return None, 0.0
    best = max(mine, key=mine.__getitem__)
    return best, mine[best] / sum(mine.values())


def _odds(text: str, among: Sequence[str]) -> dict[str, float]:
    """Return how likely each language is that comes into question, the likeliest being 1."""
    words = evidence(text)
    letters = {} if words.plain else _letters(text, among)
    logs = {
        code: SHARPER * math.log(letters.get(code, FAINTEST)) + words.logs.get(code, 0.0)
        for code in (*letters, *words.logs, *among)
    }
    highest = max(logs.values())
    return {code: math.exp(value - highest) for code, value in logs.items()}


def _letters(text: str, among: Sequence[str]) -> dict[str, float]:
    """Return the languages that are probable by py3langid, best first."""
    found: dict[str, float] = {}
    for label, probability in _identifier().rank(text):
        if probability <= FAINTEST:
            break
        code = label if label in among else VARIETIES.get(label, label)
        found[code] = found.get(code, 0.0) + probability
    return found


def _identifier() -> Any:
    with _loading:
        return _load()


@cache
def _load() -> Any:
    """Load py3langid's model: 94 MB and half a second, so only when a text needs it.

    A whole model of our own: the module's shared one can be restricted by whoever imports it.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    logging.getLogger("py3langid").setLevel(logging.WARNING)
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
