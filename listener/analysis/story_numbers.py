"""Numbers of a text in one form, in English and French.

"870,000", "870 000", "870k" and "eight hundred and seventy thousand" are one number, and so are
"1.9bn" and "1,9 milliard". Years and what has one digit say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from listener.analysis.folding import fold

_SPACES = "\u202f\u00a0 "
_FIGURE = re.compile(
    rf"(?P<figure>\d{{1,3}}(?:[.,{_SPACES}]\d{{3}})+(?!\d)|\d{{1,12}}(?:[.,]\d{{1,6}})?)"
    rf"[{_SPACES}]?(?P<unit>(?:k|mn?|bn|mille|thousand|millions?|billions?|milliards?)\b)?",
    re.IGNORECASE,
)
_GROUPED = re.compile(rf"[.,{_SPACES}](?=\d{{3}}(?!\d))")
_METRES = re.compile(rf"[{_SPACES}]m\Z")  # "20 m" high; a million is "20m", or "20 M€"
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNITS = {
    "k": 10**3, "thousand": 10**3, "mille": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6,
    "bn": 10**9, "billion": 10**9, "milliard": 10**9,
}  # fmt: skip

_ONES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
"""
_UNS = (
    "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_DIZAINES = "vingt trente quarante cinquante soixante septante huitante nonante"
_SMALL = {
    **{word: n for n, word in enumerate(_ONES.split())},
    **{word: n for n, word in enumerate(_UNS.split())},
    **{word: 10 * n for n, word in enumerate(_TENS.split(), 2)},
    **{word: 10 * n for n, word in enumerate(_DIZAINES.split(), 2)},
    "une": 1, "vingts": 20, "dozen": 12, "dizaine": 10, "douzaine": 12, "quinzaine": 15,
    "vingtaine": 20, "trentaine": 30, "quarantaine": 40, "cinquantaine": 50, "centaine": 100,
}  # fmt: skip
_LARGE = {
    "thousand": 10**3, "mille": 10**3, "million": 10**6, "millions": 10**6,
    "billion": 10**9, "milliard": 10**9, "milliards": 10**9,
}  # fmt: skip
_HUNDRED = frozenset({"hundred", "cent", "cents"})
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s-]")
_LEAST = 11  # "one", "two" and "dix" are said of anything


def numbers(text: str) -> set[str]:
    """Return the numbers of a text: digits, with a point before decimals."""
    found = set(_figures(text))
    found.update(str(number) for number in _spelled(text) if number >= _LEAST)
    return found


def _figures(text: str) -> Iterator[str]:
    for match in _FIGURE.finditer(text):
        digits = _GROUPED.sub("", match["figure"]).replace(",", ".")
        unit = (match["unit"] or "").lower()
        if unit and not _METRES.search(match[0]):
            value = float(digits) * _UNITS[unit if unit in _UNITS else unit.rstrip("s")]
            yield f"{value:.6f}".rstrip("0").rstrip(".")
        elif len(digits.replace(".", "")) >= 2 and not _YEAR.fullmatch(digits):
            yield digits.rstrip("0").rstrip(".") if "." in digits else digits


def _spelled(text: str) -> Iterator[int]:
    """Yield the numbers that are written in words; what stands between them ends one."""
    words = _WORD.findall(fold(text).text)
    if _SMALL.keys().isdisjoint(words) and _HUNDRED.isdisjoint(words):
        return
    number = Spelled()
    for word in words:
        if number.take(word):
            continue
        yield number.value
        number = Spelled()
        number.take(word)
    yield number.value


class Spelled:
    """A number in words, word by word: "quatre-vingts", "two hundred and six thousand"."""

    def __init__(self) -> None:
        self._done = self._open = 0  # what a "thousand" closed; what is being said
        self._begun = False

    @property
    def value(self) -> int:
        return self._done + self._open

    def take(self, word: str) -> bool:
        """Add a word; False when the number ends before it."""
        if word in {"and", "et"}:
            return self._begun
        if word in _SMALL:
            return self._add(word, _SMALL[word], self._open % 100)
        if word in _HUNDRED and (self._begun or word == "cent"):
            self._open = max(self._open, 1) * 100
        elif word in _LARGE and (self._begun or word == "mille"):
            self._done, self._open = self._done + max(self._open, 1) * _LARGE[word], 0
        else:
            return False
        self._begun = True
        return True

    def _add(self, word: str, small: int, said: int) -> bool:
        """Add what is below a hundred: "soixante" takes "dix", "four" takes no "five"."""
        if said == 4 and word.startswith("vingt"):
            self._open += 76
        elif said == 0 or (said >= 20 and said % 10 == 0 and small < 20):
            self._open += small
        else:
            return False
        self._begun = True
        return True
