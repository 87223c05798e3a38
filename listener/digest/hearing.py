"""What was heard and what was not: silence is never sold as calm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby, pairwise

from listener.digest.excerpt import one_line
from listener.model import Coverage, Heard

# A shorter gap that has ended is one failed poll: the next one brings what was published meanwhile.
_NOTABLE = timedelta(hours=1)
_GAPS = 8

# Worst first. A stale source does answer: it counts as heard, and is named.
_ORDER = (
    Heard.DENIED,
    Heard.DOWN,
    Heard.SPENT,
    Heard.MISSED,
    Heard.LIMITED,
    Heard.PENDING,
    Heard.EMPTY,
    Heard.STALE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How many sources were heard throughout, and each stretch in which one was not.

    A gap without `until` lasts; `PENDING` is a stretch in which nobody listened.
    """

    heard: int
    total: int
    gaps: tuple[Coverage, ...]
    more_gaps: int


def hearing(coverage: Iterable[Coverage]) -> Hearing:
    """Sum up the coverage of a period: each source's stretches, in order."""
    by_source: dict[str, list[Coverage]] = {}
    for stretch in coverage:
        by_source.setdefault(stretch.source, []).append(stretch)
    gaps = sorted(
        (gap for stretches in by_source.values() for gap in _gaps(stretches)),
        key=lambda gap: (_ORDER.index(gap.state), gap.source),
    )
    unheard = {gap.source for gap in gaps if gap.state is not Heard.STALE}
    return Hearing(
        heard=len(by_source.keys() - unheard),
        total=len(by_source),
        gaps=tuple(_shown(gap) for gap in gaps[:_GAPS]),
        more_gaps=len(gaps[_GAPS:]),
    )


def _gaps(stretches: Sequence[Coverage]) -> Iterator[Coverage]:
    """The stretches of one source that are worth naming, those of one state joined."""
    for state, run in groupby(_with_holes(stretches), key=lambda stretch: stretch.state):
        same = list(run)
        lasts = same[-1] is stretches[-1]
        gap = replace(same[-1], since=same[0].since, until=None if lasts else same[-1].until)
        if state is not Heard.HEARD and not _short(gap):
            yield gap


def _with_holes(stretches: Sequence[Coverage]) -> Iterator[Coverage]:
    """The stretches and, between them, those in which the program was off."""
    yield stretches[0]
    for before, after in pairwise(stretches):
        if before.until and after.since and before.until < after.since:
            yield Coverage(
                source=after.source, state=Heard.PENDING, since=before.until, until=after.since
            )
        yield after


def _short(gap: Coverage) -> bool:
    return gap.since is not None and gap.until is not None and gap.until - gap.since < _NOTABLE


def _shown(gap: Coverage) -> Coverage:
    why = one_line(gap.why)[:160] if gap.why else None
    return replace(gap, source=one_line(gap.source)[:80], why=why)
