"""One period's mentions and coverage to a Report: pure, no clock, no store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from listener.analysis import figures
from listener.errors import StoreError
from listener.model import PERSON, Coverage, Level, Mention
from listener.report import coverage as listening
from listener.report import stories
from listener.report.model import (
    Answers,
    BrandInfo,
    BrandWeek,
    Counts,
    Day,
    Event,
    Part,
    Period,
    Report,
    Spike,
    TopicWeek,
    Voice,
)

REPORT_VERSION = 1

BrandT = TypeVar("BrandT", BrandWeek, TopicWeek)

_ALARMING = (Level.HIGH, Level.CRITICAL)

_REPORT = TypeAdapter(Report)


def without(report: Report, urls: Collection[str]) -> Report:
    """Return the report without the posts at these addresses; counts stay, they name nobody."""

    def clean(told: BrandT) -> BrandT:
        kept = tuple(story for story in told.stories if story.first.url not in urls)
        return replace(told, stories=kept)

    return replace(
        report,
        brands=tuple(
            replace(clean(b), dangers=tuple(d for d in b.dangers if d.item.url not in urls))
            for b in report.brands
        ),
        topics=tuple(clean(topic) for topic in report.topics),
    )


def weekly(
    *,
    brands: Sequence[BrandInfo],
    now_mentions: Sequence[Mention],
    before_mentions: Sequence[Mention],
    coverage: Sequence[Coverage],
    coverage_before: Sequence[Coverage],
    start: datetime,
    end: datetime,
    timezone: str,
    events: Sequence[Event] = (),
    spikes: Sequence[Spike] = (),
) -> Report:
    """Count what was published from `start` up to `end`, against the period before it.

    A mention without a date of its own counts when it was found; what lies outside the periods is
    left out. Days are those of `timezone`. Without `coverage_before` the program did not listen
    then, whatever it found of that time later: nothing is compared.
    """
    zone = ZoneInfo(timezone)
    period, earlier = _periods(start, end, zone)
    now_sources = listening.by_source(coverage)
    before_sources = listening.by_source(coverage_before)
    mentions = _by_brand(now_mentions, period)
    week = _Week(
        days=_days(period, zone),
        days_before=_days(earlier, zone),
        zone=zone,
        now=mentions,
        before=_by_brand(before_mentions, earlier) if coverage_before else None,
        sources=now_sources,
        spikes=spikes,
    )
    rivals = [b.name for b in brands if b.role == "competitor"]
    every = [m for found in mentions.values() for m in found]
    return Report(
        version=REPORT_VERSION,
        formulas=figures.VERSION,
        start=start,
        end=end,
        timezone=timezone,
        brands=tuple(_brand(b.name, rivals, week) for b in brands if b.role == "own"),
        topics=tuple(_topic(b.name, week) for b in brands if b.role == "topic"),
        sources=listening.weeks(now_sources, before_sources, period, earlier),
        events=tuple(sorted((e for e in events if e.day in week.days), key=lambda e: e.day)),
        heard=listening.heard(now_sources, period),
        heard_before=listening.heard(before_sources, earlier),
        undated=sum(m.post.published is None for m in every),
        engines=_engines(every),
    )


def to_json(report: Report) -> str:
    """Write the snapshot that the store keeps."""
    return _REPORT.dump_json(report).decode()


def from_json(text: str) -> Report:
    """Read a snapshot back; StoreError if it is none, or that of another version."""
    try:
        report = _REPORT.validate_json(text)
    except ValidationError as exc:
        raise StoreError(f"a report's figures cannot be read: {exc.error_count()} errors") from exc
    if report.version != REPORT_VERSION:
        raise StoreError(
            f"a report's figures are of version {report.version}, not {REPORT_VERSION}"
        )
    return report


class _Week(NamedTuple):
    """What every brand is counted from; `before` is None when it is not known."""

    days: Mapping[date, Period]
    days_before: Mapping[date, Period]
    zone: ZoneInfo
    now: Mapping[str, Sequence[Mention]]
    before: Mapping[str, Sequence[Mention]] | None
    sources: Mapping[str, Sequence[Coverage]]
    spikes: Sequence[Spike]

    def counts(self, brand: str) -> tuple[Counts, Counts | None]:
        before = None if self.before is None else _counts(self.before.get(brand, ()))
        return _counts(self.now.get(brand, ())), before


def _brand(name: str, rivals: Sequence[str], week: _Week) -> BrandWeek:
    now, before = week.counts(name)
    mentions = week.now.get(name, ())

    def parts(key: Callable[[Mention], str | None]) -> tuple[Part, ...]:
        earlier = None if week.before is None else week.before.get(name, ())
        return _parts(mentions, earlier, key)

    return BrandWeek(
        name=name,
        now=now,
        before=before,
        days=_daily(name, week),
        voices=_voices(name, rivals, week),
        sources=parts(lambda m: m.source),
        languages=parts(lambda m: m.language),
        kinds=parts(lambda m: m.post.kind),
        stories=stories.top(mentions),
        dangers=stories.dangers(mentions),
        answers=_answers(mentions),
        spikes=tuple(spike for spike in week.spikes if spike.brand == name),
    )


def _answers(mentions: Sequence[Mention]) -> Answers | None:
    waits = [m.answered - _moment(m) for m in mentions if m.answered]
    if not waits:
        return None
    seconds = int(max(0.0, median(wait.total_seconds() for wait in waits)))
    return Answers(answered=len(waits), median=seconds)


def _topic(name: str, week: _Week) -> TopicWeek:
    now, before = week.counts(name)
    return TopicWeek(name=name, now=now, before=before, stories=stories.top(week.now.get(name, ())))


def _counts(mentions: Sequence[Mention]) -> Counts:
    tally = figures.tally(m.sentiment for m in mentions)
    return Counts(
        mentions=len(mentions),
        copies=stories.copies(mentions),
        alarming=sum(m.risk.level in _ALARMING for m in mentions),
        tally=tally,
        net=figures.net_sentiment(tally),
    )


def _voices(name: str, rivals: Sequence[str], week: _Week) -> tuple[Voice, ...]:
    counted = {brand: week.counts(brand) for brand in (name, *rivals)}
    total = sum(now.mentions for now, _ in counted.values())
    total_before = sum(before.mentions for _, before in counted.values() if before)
    return tuple(
        Voice(
            name=brand,
            own=brand == name,
            now=now,
            before=before,
            share=figures.share_of_voice(now.mentions, total - now.mentions),
            share_before=figures.share_of_voice(before.mentions, total_before - before.mentions)
            if before
            else None,
        )
        for brand, (now, before) in counted.items()
    )


def _daily(name: str, week: _Week) -> tuple[Day, ...]:
    now = Counter(_day(m, week.zone) for m in week.now.get(name, ()))
    before: list[int | None] = [None] * len(week.days)
    if week.before is not None:
        earlier = Counter(_day(m, week.zone) for m in week.before.get(name, ()))
        before = [earlier[day] for day in week.days_before]
    return tuple(
        Day(day=day, mentions=now[day], before=was, gaps=listening.gaps(week.sources, period))
        for (day, period), was in zip(week.days.items(), before, strict=True)
    )


def _parts(
    mentions: Sequence[Mention],
    before: Sequence[Mention] | None,
    key: Callable[[Mention], str | None],
) -> tuple[Part, ...]:
    now, was = Counter(map(key, mentions)), Counter(map(key, before or ()))
    parts = [Part(key=k, now=now[k], before=None if before is None else was[k]) for k in now | was]
    return tuple(sorted(parts, key=lambda p: (-p.now, -(p.before or 0), p.key or "")))


def _by_brand(mentions: Iterable[Mention], period: Period) -> Mapping[str, list[Mention]]:
    """Oldest first, so that whatever is kept of a tie is the same each time."""
    found = defaultdict(list)
    for mention in sorted(mentions, key=lambda m: (_moment(m), m.id)):
        if period.start <= _moment(mention) < period.end:
            found[mention.brand].append(mention)
    return found


def _moment(mention: Mention) -> datetime:
    return mention.post.published or mention.found


def _day(mention: Mention, zone: ZoneInfo) -> date:
    return _moment(mention).astimezone(zone).date()


def _periods(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[Period, Period]:
    """Of as many days each: a week in which the clocks change is an hour longer or shorter."""
    local = start.astimezone(zone).replace(tzinfo=None)
    days = end.astimezone(zone).replace(tzinfo=None) - local
    earlier = (local - days).replace(tzinfo=zone).astimezone(start.tzinfo)
    return Period(start, end), Period(earlier, start)


def _days(period: Period, zone: ZoneInfo) -> Mapping[date, Period]:
    days, start = {}, period.start
    while start < period.end:
        local = start.astimezone(zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
        end = min(midnight.astimezone(period.end.tzinfo), period.end)
        days[local.date()] = Period(start, end)
        start = end
    return days


def _engines(mentions: Iterable[Mention]) -> tuple[str, ...]:
    judged = tuple(mentions)
    engines = {m.sentiment.engine for m in judged if m.sentiment} - {PERSON}
    return (*sorted(engines), *sorted({m.risk.version for m in judged}))
