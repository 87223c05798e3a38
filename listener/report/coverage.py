"""How much of a period was heard, source by source. Stretches of one source do not overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import fmean

from listener.model import Coverage, Heard
from listener.report.line import one_line
from listener.report.model import Period, SourceWeek

# A stale source does answer: what it published was heard.
_HEARS = (Heard.HEARD, Heard.STALE)

# A shorter gap is one failed poll: the next one brings what was published meanwhile.
_NOTABLE = timedelta(hours=1)

_WHY = 160  # characters


def by_source(coverage: Iterable[Coverage]) -> Mapping[str, Sequence[Coverage]]:
    grouped = defaultdict(list)
    for stretch in coverage:
        grouped[stretch.source].append(stretch)
    return grouped


def weeks(
    now: Mapping[str, Sequence[Coverage]],
    before: Mapping[str, Sequence[Coverage]],
    period: Period,
    earlier: Period,
) -> tuple[SourceWeek, ...]:
    """Return each source of the period, the worst heard first."""
    made = [
        _week(
            name,
            now[name],
            period,
            _share(before[name], _HEARS, earlier) if name in before else None,
        )
        for name in now
    ]
    return tuple(sorted(made, key=lambda week: (week.heard + week.stale, week.name)))


def heard(sources: Mapping[str, Sequence[Coverage]], period: Period) -> float | None:
    """Share (0..1) of sources x time that was heard; None when no source is known."""
    if not sources:
        return None
    return fmean(_share(stretches, _HEARS, period) for stretches in sources.values())


def gaps(sources: Mapping[str, Sequence[Coverage]], period: Period) -> tuple[str, ...]:
    """Return the sources that were not heard for an hour or more."""
    longest = 1 - _NOTABLE / period.length
    missed = (name for name, s in sources.items() if _share(s, _HEARS, period) <= longest + 1e-9)
    return tuple(sorted(missed))


def _week(
    name: str, stretches: Sequence[Coverage], period: Period, before: float | None
) -> SourceWeek:
    def share(*states: Heard) -> float:
        return _share(stretches, states, period)

    return SourceWeek(
        name=name,
        heard=share(Heard.HEARD),
        limited=share(Heard.LIMITED, Heard.SPENT, Heard.EMPTY),
        stale=share(Heard.STALE),
        down=share(Heard.DOWN, Heard.DENIED, Heard.MISSED),
        unrecorded=share(Heard.PENDING),
        heard_before=before,
        gaps=tuple(
            replace(c, why=one_line(c.why, _WHY) if c.why else None)
            for c in _cut(stretches, period)
            if c.state is not Heard.HEARD and _length(c) >= _NOTABLE
        ),
    )


def _share(stretches: Iterable[Coverage], states: Collection[Heard], period: Period) -> float:
    """Share (0..1) of the period that a source spent in these states."""
    spent = (_length(c) for c in _cut(stretches, period) if c.state in states)
    return min(1.0, sum(spent, timedelta()) / period.length)


def _cut(stretches: Iterable[Coverage], period: Period) -> list[Coverage]:
    """Cut to a period and fill its holes: of those, as of PENDING, nothing was heard.

    A stretch without an end goes on, one without a start always was.
    """
    start, end = period
    cut = (
        replace(c, since=max(c.since or start, start), until=min(c.until or end, end))
        for c in stretches
    )
    whole, at = [], start
    for stretch in sorted((c for c in cut if _length(c) > timedelta()), key=_since):
        whole += [_hole(stretch.source, at, _since(stretch)), stretch]
        at = stretch.until or end
    whole.append(_hole("", at, end))
    return [stretch for stretch in whole if _length(stretch) > timedelta()]


def _hole(source: str, since: datetime, until: datetime) -> Coverage:
    return Coverage(source=source, state=Heard.PENDING, since=since, until=until)


def _since(stretch: Coverage) -> datetime:
    assert stretch.since
    return stretch.since


def _length(stretch: Coverage) -> timedelta:
    """Of a stretch that was cut, which has both ends."""
    assert stretch.until
    return stretch.until - _since(stretch)
