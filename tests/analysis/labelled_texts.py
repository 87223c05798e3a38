"""Invented labelled texts whose feeling no lexicon knows: it has to be learned."""

from __future__ import annotations

from pathlib import Path

from listener.analysis.labelled import Example
from listener.model import Label, PostKind

FELT = {
    Label.POSITIVE: ("zorbilo", "mufanta", "grindelo"),
    Label.NEUTRAL: ("takuma", "pelindro", "vostela"),
    Label.NEGATIVE: ("krashto", "blepuru", "sodrama"),
}
THINGS = ("tent", "shoe", "bike", "shop", "bag", "helmet", "kayak", "rope")
PLACES = ("Lyon", "Lille", "Brest", "Nice", "Metz", "Dijon", "Tours")


def examples(
    language: str = "en", count: int = 60, kind: PostKind = PostKind.SOCIAL
) -> list[Example]:
    """Return `count` texts of each label."""
    return [
        Example(
            f"The {THINGS[n % 8]} of {PLACES[n % 7]} is {words[n % 3]} number {n}",
            label,
            language,
            kind,
        )
        for label, words in FELT.items()
        for n in range(count)
    ]


def write(path: Path, texts: list[Example]) -> Path:
    rows = [f"{one.text}\t{one.label}\t{one.language}\t{one.kind}" for one in texts]
    path.write_text("\n".join(["text\tlabel\tlang\tkind", *rows]) + "\n", encoding="utf-8")
    return path
