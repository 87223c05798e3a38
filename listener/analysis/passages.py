"""Chooses what of a post is about a brand: of an article the sentences around its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from listener.analysis.sentences import Range, beside, holding, split
from listener.model import Span

READ = 10_000  # characters in which sentences about the brand are looked for
TITLE = 1_000  # characters of a title
WIDEST = 400  # characters of one sentence
SENTENCES = 30  # that are read
MENTIONS = 100  # of a brand that are looked at, from the beginning


class _Piece(NamedTuple):
    field: Literal["title", "text"]
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Passage:
    """What is judged; the ranges of the brand and of other brands point into the text.

    headline  where the title ends; 0 without one
    """

    text: str
    headline: int
    about: tuple[Range, ...]
    rivals: tuple[Range, ...]


def whole(
    title: str | None, text: str, spans: Sequence[Span], rivals: Sequence[Span] = ()
) -> Passage:
    """Return title and text, from the beginning."""
    return _passage(title, text, [(0, READ)], _first(spans), _first(rivals))


def around(
    title: str | None, text: str, spans: Sequence[Span], rivals: Sequence[Span] = ()
) -> Passage:
    """Return the title, the sentences with the brand, one before and one after each."""
    spans = _first(spans)
    matched = [(span.start, span.end) for span in spans if span.field == "text"]
    reach = min(READ, matched[-1][1] + 2 * WIDEST) if matched else 0
    sentences = split(text[:reach])
    held = holding(sentences, matched)
    chosen = sorted(n for n in held | beside(held) if 0 <= n < len(sentences))[:SENTENCES]
    pieces = [_narrow(sentences[n], matched) for n in chosen]
    return _passage(title, text, pieces, spans, _first(rivals))


def _first(spans: Sequence[Span]) -> list[Span]:
    """Return the first mentions in what is read."""
    return sorted(span for span in spans if span.start < READ)[:MENTIONS]


def _narrow(sentence: Range, matched: Sequence[Range]) -> Range:
    """Return a sentence, or of an endless one the stretch around the first match."""
    start, end = sentence
    first = next((left for left, right in matched if left < end and right > start), start)
    begin = max(start, min(first - WIDEST // 2, end - WIDEST))
    return begin, min(end, begin + WIDEST)


def _passage(
    title: str | None,
    text: str,
    pieces: Sequence[Range],
    spans: Sequence[Span],
    rivals: Sequence[Span],
) -> Passage:
    """Join the title and pieces of the text by line breaks, and move the spans along."""
    cuts = [_Piece("title", title[:TITLE], 0)] if title else []
    cuts += [_Piece("text", text[start:end], start) for start, end in pieces]
    about: list[Range] = []
    others: list[Range] = []
    offset = 0
    for piece in cuts:
        about += _moved(spans, piece, offset)
        others += _moved(rivals, piece, offset)
        offset += len(piece.text) + 1
    headline = len(cuts[0].text) if title else 0
    joined = "\n".join(piece.text for piece in cuts)
    return Passage(joined, headline, tuple(about), tuple(others))


def _moved(spans: Sequence[Span], piece: _Piece, offset: int) -> list[Range]:
    end = piece.start + len(piece.text)
    return [
        (span.start - piece.start + offset, span.end - piece.start + offset)
        for span in spans
        if span.field == piece.field and piece.start <= span.start and span.end <= end
    ]
