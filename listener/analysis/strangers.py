"""Finds whom a text is about when its headline names somebody else than the brand.

"Droxen phones catch fire | ... the Droxen Z ... Acme's models use another cell": the fire is
Droxen's, also when nobody listens for Droxen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from listener.model import Span

CAPITALISED_NOUNS = frozenset({"de"})  # languages in which a capital tells no name
_NAME = re.compile(r"(?<![\w@#])[A-ZÀ-Þ][\w-]*[a-zß-ÿ][\w-]*")
_SHORTEST = 4  # letters


def strangers(
    title: str | None, text: str, spans: Sequence[Span], language: str | None
) -> tuple[Span, ...]:
    """Return where the names of a headline stand, if it names others than the brand.

    A name is a word with a capital that has it within a sentence of the text as well.
    """
    if not title or language is None or language in CAPITALISED_NOUNS:
        return ()
    if any(span.field == "title" for span in spans):
        return ()
    ours = {text[span.start : span.end] for span in spans if span.field == "text"}
    heads = {found.group() for found in _NAME.finditer(title) if len(found.group()) >= _SHORTEST}
    named = {
        text[start:end]
        for start, end in _names(text, heads)
        if re.search(r"[a-zß-ÿ,] $", text[max(0, start - 2) : start])
    } - ours
    return (
        *(Span("title", *at) for at in _names(title, named)),
        *(Span("text", *at) for at in _names(text, named)),
    )


def _names(text: str, names: set[str]) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _NAME.finditer(text) if found.group() in names)
