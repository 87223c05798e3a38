"""What the plain words of a text say of its gravity, where no term of danger stands.

People who tell of something grave tell it in other words than people who praise, joke, ask or
advertise: "told", "found", "asked" against "price", "plan", "thanks". The points of such words are
learned from labelled mentions (`python -m benchmarks.risk_wording`), and are a part of each
language's vocabulary, where they can be read and changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from listener.analysis.allegations import Passage
from listener.analysis.crisis import Reading
from listener.model import Reason

LIFT = 55  # harm that words alone may come near to: no alert without a term of danger
HALF = 20  # points that go half of the way there
USUAL = 45  # words: the points of a longer text are brought down to this length
SHORT = 20  # words: of a shorter one they say less
LEAST = 3  # points: fewer are chance, and no reason
TOLD = 3  # words that a reason names


def worded(
    told: Sequence[Passage],
    read: Sequence[Reading],
    base: int,
    harm: int,
    places: Sequence[object],
    *,
    blamed: bool,
) -> Iterator[Reason]:
    """Yield what the words in these places add to the harm alleged, or take away from it.

    base    points that a text starts from
    blamed  the author's rating is bad: nothing is taken away
    """
    near = [
        (one, reading)
        for one, reading in zip(told, read, strict=True)
        if one.place in places and not one.aside
    ]
    length = sum(len(one.words) for one, _ in near)
    points = {word: points for _, reading in near for word, points in reading.wording.items()}
    if not points:
        return
    part = min(1.0, length / SHORT, USUAL / length)
    total = round((base + sum(points.values())) * part)
    least = 0 if blamed else -round(harm / 2)
    total = _lifted(total, harm) if total > 0 else max(total, least)
    named = tuple(_heaviest(points, 1 if total > 0 else -1))
    if abs(total) >= LEAST and named:
        text = "worded like harmless mentions: “%(words)s”"
        if total > 0:
            text = "worded like grave mentions: “%(words)s”"
        said = ", ".join(_written(named, [one for one, _ in near]))
        yield Reason(points=total, text=text, facts={"words": said})


def _lifted(points: int, harm: int) -> int:
    """Return what points add: less and less of what is left up to LIFT, then of half up to 100."""
    left = LIFT - harm if harm < LIFT else (100 - harm) / 2
    return round(left * points / (points + HALF))


def _heaviest(points: Mapping[str, int], sign: int) -> Iterator[str]:
    ranked = sorted(points, key=lambda word: (-sign * points[word], word))
    yield from (word for word in ranked[:TOLD] if sign * points[word] > 0)


def _written(named: Sequence[str], told: Sequence[Passage]) -> Iterator[str]:
    """Yield words as the text has them where it says them first, but for capitals."""
    said: dict[str, str] = {}
    for one in told:
        for word in one.words:
            said.setdefault(word.text, one.text[word.start : word.end].lower())
    yield from (said[word] for word in named)
