"""Cuts text into words, and shows the part of it that matters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

from listener.analysis.folding import FLAG, MARKS, SYMBOLS, UNSPACED, Folded, fold
from listener.model import Span

__all__ = ["Folded", "Snippet", "Word", "fingerprint", "fold", "snippet", "words"]


def _tokens(wild: str) -> re.Pattern[str]:
    single = r"|\?(?=\w)" if wild else ""
    return re.compile(
        # Most words are plain; the rest is tried only where something can begin.
        rf"[a-z0-9_{wild}]++(?![^\x00-\x7f]|\?\w)"
        rf"|(?=[^\s\x00-\x1f,;:!.()'\-{'' if wild else '?'}])(?:"
        rf"(?:(?<!\w)[#@](?=[\w{wild}]))?"
        rf"(?:[{UNSPACED}](?<=\w)[{MARKS}]*|(?:[^\W{UNSPACED}]|[{MARKS}{wild}]{single})+)"
        rf"|{FLAG}{{2}}|[{SYMBOLS}](?:\u200d[{SYMBOLS}])*)|(?<=\w)\.(?=\w)"
    )


TOKEN = _tokens("")
PATTERN = _tokens("*")  # in a query: with * and ? as letters


class Word(NamedTuple):
    """A word of a text: folded, with its # or @; start and end in the text as it was written."""

    text: str
    start: int
    end: int


def words(text: str, most: int | None = None) -> tuple[Word, ...]:
    """Cut a text into words, emoji and the signs that make names (&, +, the dot of a domain).

    Apostrophes and hyphens separate; #hashtags and @handles are one word each.
    most  of them, from the first
    """
    folded = fold(text)
    found = islice(TOKEN.finditer(folded.text), most)
    return tuple(Word(m.group(), *folded.span(*m.span())) for m in found)


def fingerprint(text: str) -> str | None:
    """Return what two copies of the same text share; None below 8 words: too short to say."""
    found = TOKEN.findall(fold(text).text)
    if len(found) < 8:
        return None
    return blake2b(" ".join(found).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text; the spans point into it."""

    text: str
    spans: tuple[Span, ...]


_SPACE = re.compile(r"\s+")


def snippet(text: str, spans: Sequence[Span], width: int = 240) -> Snippet:
    """Return the part around the first span, about `width` characters, cut between words.

    Line breaks become spaces; "…" stands where the text goes on. All spans are of this text.
    """
    start, end = _window(text, min((span.start, span.end) for span in spans or [_START]), width)
    piece = text[start:end].rstrip()
    start += len(piece) - len(piece.lstrip())
    piece = piece.lstrip()
    before = "…" if text[:start].strip() else ""
    after = "…" if text[end:].strip() else ""

    def moved(offset: int) -> int:
        inside = min(max(offset - start, 0), len(piece))
        return len(before) + len(_SPACE.sub(" ", piece[:inside]))

    shown = (
        Span(span.field, moved(span.start), moved(span.end))
        for span in sorted(spans)
        if span.start < end and span.end > start
    )
    return Snippet(before + _SPACE.sub(" ", piece) + after, tuple(shown))


_START = Span("text", 0, 0)


def _window(text: str, first: tuple[int, int], width: int) -> tuple[int, int]:
    """Return where to cut: a third of the width before the first match, and between words."""
    if len(text) <= width:
        return 0, len(text)
    start = max(0, min(first[0] - width // 3, len(text) - width))
    end = start + width
    inside = words(text[start:end])
    if start > 0 and len(inside) > 1:  # the first word may be half a word
        start = min(start + inside[1].start, first[0])
    if end < len(text) and len(inside) > 1:
        end = max(end - width + inside[-2].end, min(first[1], end))
    return start, end
