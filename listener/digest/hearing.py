"""What was heard and what was not: silence is never sold as calm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from listener.digest.excerpt import one_line
from listener.model import Coverage, Heard

# A shorter gap that has ended is one failed poll: the next one brings what was published meanwhile.
_NOTABLE = timedelta(hours=1)
_GAPS = 8

# Worst first. A stale source does answer: it counts as heard, and is named.
_ORDER = (Heard.DOWN, Heard.LIMITED, Heard.PENDING, Heard.STALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How many sources were heard throughout, and each stretch in which one was not."""

    heard: int
    total: int
    gaps: tuple[Coverage, ...]
    more_gaps: int


def hearing(coverage: Iterable[Coverage]) -> Hearing:
    """Sum up the coverage of a period."""
    entries = tuple(coverage)
    gaps = sorted(
        (entry for entry in entries if entry.state is not Heard.HEARD and not _short(entry)),
        key=lambda gap: (_ORDER.index(gap.state), gap.source),
    )
    sources = {entry.source for entry in entries}
    unheard = {gap.source for gap in gaps if gap.state is not Heard.STALE}
    return Hearing(
        heard=len(sources - unheard),
        total=len(sources),
        gaps=tuple(_shown(gap) for gap in gaps[:_GAPS]),
        more_gaps=len(gaps[_GAPS:]),
    )


def _short(gap: Coverage) -> bool:
    return gap.since is not None and gap.until is not None and gap.until - gap.since < _NOTABLE


def _shown(gap: Coverage) -> Coverage:
    why = one_line(gap.why)[:160] if gap.why else None
    return replace(gap, source=one_line(gap.source)[:80], why=why)
