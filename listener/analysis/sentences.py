"""Cuts a text into sentences, and says which of them are about what was matched."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

Range = tuple[int, int]

# A break needs white space after the mark, so that "3.5" and "site.com" stay whole. Look-behinds of
# fixed length keep it linear on a million exclamation marks.
_BREAK = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"'»”’)\]])\s+|(?<=[。！？])|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s('’«])(?:[A-ZÀ-Þ]|MM|Mme|Mlle|Me|Mr|Mrs|Ms|Dr|Pr|Prof|St|Ste|Inc|Ltd|Corp|Co|vs|cf|env"
    r"|approx|No|no|art)\.$"
)


def split(text: str) -> tuple[Range, ...]:
    """Return the sentences as offsets, white space left out; a line break ends a sentence."""
    found: list[Range] = []
    start = 0
    for gap in _BREAK.finditer(text):
        if "\n" in gap.group() or not _ABBREVIATION.search(
            text, max(0, gap.start() - 8), gap.start()
        ):
            _append(found, text, start, gap.start())
            start = gap.end()
    _append(found, text, start, len(text))
    return tuple(found)


def _append(found: list[Range], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    if stripped := piece.strip():
        left = start + len(piece) - len(piece.lstrip())
        found.append((left, left + len(stripped)))


def holding(sentences: Sequence[Range], spans: Sequence[Range]) -> frozenset[int]:
    """Return the numbers of the sentences that some span touches."""
    return frozenset(
        number
        for number, (start, end) in enumerate(sentences)
        if any(left < end and right > start for left, right in spans)
    )


def beside(numbers: Collection[int]) -> frozenset[int]:
    """Return these sentences' neighbours, one before and one after, without themselves."""
    return frozenset(n + step for n in numbers for step in (-1, 1)) - frozenset(numbers)
