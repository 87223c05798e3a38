"""Cuts what is worth reading out of a post, with the matched words marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

ELLIPSIS = "…"

# A title must stay one line and read in the order it was written: line ends and control characters
# become a space, bidirectional overrides ("txt.exe" shown as "exe.txt") and lone surrogates go.
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_TRICKS = re.compile(r"[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an excerpt; `strong` when it matched."""

    text: str
    strong: bool = False


Pieces = tuple[Piece, ...]


def one_line(text: str) -> str:
    """Foreign text as one harmless line. Narrow no-break spaces of typography stay."""
    return _squeeze(text).strip()


def excerpt(text: str, spans: Iterable[tuple[int, int]], width: int) -> Pieces:
    """About `width` characters of `text` around the first span, cut between words."""
    marked = sorted((max(start, 0), min(end, len(text))) for start, end in spans)
    first = marked[0][0] if marked else 0
    start, end = _window(text, first, width)
    pieces = list(_pieces(text, marked, start, end))
    if start:
        pieces.insert(0, Piece(ELLIPSIS))
    if end < len(text.rstrip()):
        pieces.append(Piece(ELLIPSIS))
    return _trimmed(pieces)


def _window(text: str, first: int, width: int) -> tuple[int, int]:
    """Where to cut: from the start if the match is near it, else a third of the width before."""
    if len(text) <= width:
        return 0, len(text)
    start = 0
    if first > width * 2 // 3:
        start = min(first - width // 3, len(text) - width)
        gap = text.find(" ", start, first)
        start = gap + 1 if gap >= 0 else first
    end = min(start + width, len(text))
    if end < len(text):
        gap = text.rfind(" ", start + width // 2, end + 1)
        end = gap if gap > 0 else end
    return start, end


def _pieces(text: str, marked: Iterable[tuple[int, int]], start: int, end: int) -> Iterable[Piece]:
    at = start
    for left, right in marked:
        left, right = max(left, at), min(right, end)
        if left < right:
            yield Piece(_squeeze(text[at:left]))
            yield Piece(_squeeze(text[left:right]), strong=True)
            at = right
    yield Piece(_squeeze(text[at:end]))


def _trimmed(pieces: list[Piece]) -> Pieces:
    """Without empty pieces, and without blanks at both ends."""
    kept = [piece for piece in pieces if piece.text]
    if kept:
        kept[0] = Piece(kept[0].text.lstrip(), kept[0].strong)
        kept[-1] = Piece(kept[-1].text.rstrip(), kept[-1].strong)
    return tuple(piece for piece in kept if piece.text)


def _squeeze(text: str) -> str:
    return _BLANK.sub(lambda gap: _narrow(gap[0]), _TRICKS.sub("", text))


def _narrow(gap: str) -> str:
    return gap if gap in ("\u00a0", "\u202f") else " "
