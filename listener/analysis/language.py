"""Which language a text is in: what its source declares when that is plausible, else py3langid."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from babel import Locale

DEFAULT = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "tr", "zh")
LONGEST = 2_000  # characters looked at
SHORTEST = 12  # bytes of UTF-8 once cleaned: below, three answers in ten would be wrong
SURE = 0.55  # probability that an answer needs
FOREIGN = 0.5  # probability of a language outside `among` from which we say nothing
# Declaring is more often right than guessing: to override it, a text has to be long and plain. Of
# 6,900 texts this long, 1 in 1,400 was taken for another language with that probability.
LONG = 80
PLAIN = 0.95
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
    if size < (LONG if code else SHORTEST):
        return code or otherwise()
    found, probability = _guess(cleaned, (*among, code) if code else tuple(among))
    if code:
        return found if found and probability >= PLAIN else code
    return found if probability >= SURE or found is None else otherwise()


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

    All languages are ranked, so that one outside `among` is recognised instead of being forced
    into it; leaving the others out of the sum equals py3langid's own restriction.
    """
    ranked: list[tuple[str, float]] = _identifier().rank(text)
    mine = [(code, probability) for code, probability in ranked if code in among]
    total = sum(probability for _, probability in mine)
    top, certainty = ranked[0]
    if not total or (top not in among and certainty >= FOREIGN):
        return None, 0.0
    return mine[0][0], mine[0][1] / total


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
