"""Folds text so that people's spellings meet, and finds the way back.

Everything that compares words goes through `fold`: case, accents, ligatures, compatibility forms,
typographic apostrophes and hyphens, emoji skin tones. Offsets of the folded text lead back to whole
graphemes of the original, as in Unicode's annex 29.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from unicodedata import category, normalize

# Single characters that Unicode does not decompose the way people search.
_SPELLED = {
    "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i",
    "’": "'", "‘": "'", "ʼ": "'", "´": "'", "‐": "-", "‑": "-",
    # Separators: "Decathlon™" must not become "decathlontm", nor "fini…Le" one word.
    "…": " ", "™": " ", "℠": " ", "\u200b": " ",
}  # fmt: skip
# Accents, variation selectors, points and vowel signs that writers leave out, the Arabic stretcher.
# Not the vowel signs of Indic scripts, nor kana voicing marks: without them it is another word.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U000e0100-\U000e01ef\u0591-\u05c7\u064b-\u065f\u0670\u0640\U0001f3fb-\U0001f3ff]"
)
# Scripts written without spaces, and Korean, whose particles stick to the word: a word per sign.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3031-\u3035\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
FLAG = "[\U0001f1e6-\U0001f1ff]"


def _ranges(codes: Iterable[int]) -> str:
    """Return the inside of a regular expression's character class."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


# The gaps hold only letters of Chinese and Korean, surrogates and private signs.
_CODES = chain(range(0x24, 0x3400), range(0xA000, 0xAC00), range(0xF900, 0x20000))
_CATEGORIES = {code: category(chr(code)) for code in _CODES}
MARKS = _ranges(code for code, kind in _CATEGORIES.items() if kind[0] == "M")
SYMBOLS = "&+#@" + _ranges(
    code for code, kind in _CATEGORIES.items() if kind in ("So", "Sc") and chr(code) not in "©®"
)
# What belongs to the grapheme before it: marks, joiners, skin tones, tags, Korean vowels.
_EXTEND = (
    MARKS + "\u0e33\u0eb3\u200c\u200d\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
    "\U000e0100-\U000e01ef\u1160-\u11ff\ud7b0-\ud7ff"
)


_MIXED = re.compile(rf"\w.*[^\w{MARKS}]|[^\w{MARKS}].*\w", re.DOTALL)


@lru_cache(maxsize=16384)
def _fold(grapheme: str) -> str:
    if grapheme in _SPELLED:
        return _SPELLED[grapheme]
    plain = normalize("NFKD", normalize("NFKD", grapheme).casefold())
    joined = category(grapheme[0]) == "So"  # a joiner makes one emoji of several
    kept = "".join(
        _SPELLED.get(sign, sign)
        for sign in _ACCENTS.sub("", plain)
        if category(sign) != "Cf" or (joined and sign == "\u200d")
    )
    plain = normalize("NFKC", kept)
    if len(plain) > 1 and _MIXED.search(plain):
        return grapheme.casefold()  # "½" or "㏂": as "1⁄2" or "a.m." it would be more than one word
    # A lone surrogate cannot be encoded: the automaton would refuse the whole text.
    return re.sub("[\ud800-\udfff]", " ", plain)


class _Table(dict[int, str]):
    """For str.translate; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold(chr(code))
        return folded


_TABLE = _Table()
_EXTENDING = re.compile(f"[{_EXTEND}]")
# Characters known to fold to exactly one: everything between them is looked at by itself.
_REGULAR = "\x00-\x7f\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3" + _ranges(
    code
    for code in chain(range(0x80, 0x780), range(0x2010, 0x2028), range(0x1F300, 0x1FB00))
    if len(_fold(chr(code))) == 1 and not _EXTENDING.match(chr(code))
)
_IRREGULAR = re.compile(
    # At most 30 marks, as in annex 15: normalising more takes quadratic time.
    f"[^{_REGULAR}](?:(?<={FLAG}){FLAG})?[{_EXTEND}]{{0,30}}"
    f"(?:(?<=\u200d)[{SYMBOLS}][{_EXTEND}]{{0,30}}){{0,10}}"
)


# Where folded and original offsets stop running side by side: start and end in each.
_Cut = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared, and the way back to the text as it was written."""

    original: str
    text: str
    cuts: tuple[_Cut, ...] = ()
    starts: tuple[int, ...] = ()  # of the cuts, to find one

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original of folded `start:end`, widened to whole graphemes."""
        return self._grapheme(start)[0], self._grapheme(end - 1)[1]

    def _grapheme(self, offset: int) -> tuple[int, int]:
        number = bisect_right(self.starts, offset) - 1
        if number < 0:
            return offset, offset + 1
        _, end, original_start, original_end = self.cuts[number]
        if offset < end:
            return original_start, original_end
        original = original_end + offset - end
        return original, original + 1


def fold(text: str) -> Folded:
    """Return the text without case, accents and other differences that readers do not see."""
    if text.isascii():
        return Folded(text, text.lower())
    pieces: list[str] = []
    cuts: list[_Cut] = []
    done = length = 0
    for found in _IRREGULAR.finditer(text):
        start, end = found.span()
        if start > done and _EXTENDING.match(text, start):
            start -= 1  # an accent written apart belongs to the letter before it
        if start > done:
            pieces.append(text[done:start].translate(_TABLE))
            length += start - done
        folded = _fold(text[start:end])
        pieces.append(folded)
        after = length + len(folded)
        if after - length != 1 or end - start != 1:  # else offsets run on side by side
            cuts.append((length, after, start, end))
        length, done = after, end
    pieces.append(text[done:].translate(_TABLE))
    return Folded(text, "".join(pieces), tuple(cuts), tuple(map(itemgetter(0), cuts)))


def literal(text: str) -> str:
    """Return a word as written, but for differences that nobody sees: case and accents stay."""
    return "".join(sign for sign in normalize("NFKC", text[:1000]) if category(sign) != "Cf")
