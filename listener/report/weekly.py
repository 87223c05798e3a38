"""One week -> figures -> a kept snapshot -> pages -> mails in the outbox; caught up once."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from listener.analysis.stories import leads
from listener.clock import Clock
from listener.config import Config
from listener.content import Content
from listener.errors import ConfigError
from listener.messages import Message, Person
from listener.model import Mention
from listener.notify import Channel
from listener.report import figures
from listener.report.model import BrandInfo, Event, Report, Spike
from listener.report.render import index, index_entry, name, page, summary
from listener.store import Store

log = logging.getLogger(__name__)

JOB = "report"
WEEK = timedelta(days=7)


class Reporter:
    """Writes reports into data_dir/reports and owes them to people."""

    def __init__(
        self,
        *,
        store: Store,
        config: Config,
        content: Content,
        channels: Mapping[str, Channel],
        clock: Clock,
    ) -> None:
        self._store = store
        self._config = config
        self._content = content
        self._channels = channels
        self._clock = clock
        self._zone = ZoneInfo(config.tables.listener.timezone)
        self._language = config.tables.listener.language

    @property
    def folder(self) -> Path:
        return self._config.data_dir / "reports"

    def due(self) -> Path | None:
        """Write and owe the report of the latest slot, if it was not made yet; once."""
        now = self._clock.now()
        last = self._store.outbox.last_run(JOB)
        if last is None:  # listening begins now
            self._store.outbox.ran(JOB, now)
            return None
        slot = self._config.tables.report.when.latest(now, self._zone.key)
        if slot <= last:
            return None
        end = slot.astimezone(self._zone).date()
        report = self._figures(end - WEEK, end)
        path = self._write(report)
        messages = self._messages(report, now)
        with self._store.transaction():
            for message in messages:
                self._put(message, now)
            self._store.outbox.ran(JOB, slot)
        log.info("wrote the report %s", path)
        return path

    def write_week(self, week: str) -> Path:
        """Write the report of an ISO week ("2026-W47"). Raises ConfigError for another form."""
        try:
            monday = datetime.strptime(f"{week}-1", "%G-W%V-%u").date()  # noqa: DTZ007
        except ValueError as exc:
            raise ConfigError([f'"{week}" is no ISO week; write it like 2026-W47']) from exc
        if monday.year < 1970:  # before there was anything to listen to, and times of its own
            raise ConfigError([f'the week "{week}" is too long ago'])
        if self._midnight(monday) > self._clock.now():
            raise ConfigError([f'the week "{week}" has not begun'])
        return self._write(self._figures(monday, monday + WEEK))

    def write_latest(self) -> Path:
        """Write the report of the seven days that end today, today included; it is not kept."""
        end = self._clock.now().astimezone(self._zone).date() + timedelta(days=1)
        report = self._figures(end - WEEK, end)
        return self._save("latest.html", page(self._content, report, self._language))

    def _figures(self, start: date, end: date) -> Report:
        """Count a period of days in the operator's zone, against the one before."""
        first, last, before = map(self._midnight, (start, end, start - WEEK))
        tables = self._config.tables
        names = [brand.name for brand in tables.brands]
        sources = [source.name for source in tables.sources]
        coverage = self._store.sources.coverage
        return figures.weekly(
            brands=[BrandInfo(name=brand.name, role=brand.role) for brand in tables.brands],
            now_mentions=leads(self._published(names, first, last)),
            before_mentions=leads(self._published(names, before, first)),
            coverage=coverage(sources, first, last),
            coverage_before=coverage(sources, before, first),
            start=first,
            end=last,
            timezone=self._zone.key,
            events=[Event(name=event.name, day=event.day) for event in tables.events],
            spikes=[
                Spike(brand=s.brand, kind=s.kind, at=s.at, said=s.said, event=s.event)
                for s in self._store.spikes.between(first, last)
            ],
        )

    def _published(self, brands: list[str], start: datetime, end: datetime) -> tuple[Mention, ...]:
        moments = int(start.timestamp()), int(end.timestamp())
        return self._store.mentions.between(brands, *moments, "published")

    def _midnight(self, day: date) -> datetime:
        here = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return datetime.fromtimestamp(here.timestamp(), UTC)

    def _write(self, report: Report) -> Path:
        """Keep the snapshot, write its page and the list of all reports."""
        self._store.upkeep.keep_report(name(report), figures.to_json(report), self._clock.now())
        path = self._save(f"{name(report)}.html", page(self._content, report, self._language))
        self._list()
        return path

    def forget(self, urls: Collection[str]) -> int:
        """Take posts out of every kept report, its page and its mails; return how many changed."""
        changed = 0
        for week, kept in self._store.upkeep.reports().items():
            report = figures.from_json(kept)
            clean = figures.without(report, urls)
            if clean != report:
                self._renew(week, clean)
                changed += 1
        if urls:
            (self.folder / "latest.html").unlink(missing_ok=True)
        return changed

    def _renew(self, week: str, clean: Report) -> None:
        """Replace a report; mails of it that still wait are made anew."""
        now = self._clock.now()
        self._save(f"{week}.html", page(self._content, clean, self._language))
        messages = self._messages(clean, now)
        with self._store.transaction():
            self._store.upkeep.keep_report(week, figures.to_json(clean), now)
            if self._store.outbox.withdraw(f"{JOB}:{week}:"):
                for message in messages:
                    self._put(message, now)

    def _list(self) -> None:
        entries = [
            index_entry(self._content, figures.from_json(kept), self._language, f"{week}.html")
            for week, kept in self._store.upkeep.reports().items()
        ]
        self._save("index.html", index(self._content, entries, self._language))

    def _save(self, filename: str, html: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / filename
        fresh = path.with_suffix(".tmp")
        fresh.write_text(html, encoding="utf-8")
        fresh.replace(path)
        return path

    def _messages(self, report: Report, now: datetime) -> list[Message]:
        settings = self._config.tables.report
        if settings.channel is None:
            return []
        people = settings.people or tuple(p.name for p in self._config.tables.people)
        readers = [self._config.reader(name) for name in people]
        channels = self._config.tables.channels
        if any(c.name == settings.channel and c.kind == "slack" for c in channels):
            # All read the same channel: one of each language is enough.
            readers = list({reader.language: reader for reader in reversed(readers)}.values())
        return [self._message(report, reader, now) for reader in readers]

    def _message(self, report: Report, person: Person, now: datetime) -> Message:
        return summary(
            self._content,
            report,
            person,
            key=f"{JOB}:{name(report)}:{person.name}",
            now=now,
            page_html=page(self._content, report, person.language),
            contact=self._config.tables.listener.contact,
        )

    def _put(self, message: Message, now: datetime) -> None:
        channel = self._config.tables.report.channel
        assert channel is not None  # no messages are made without one
        self._store.outbox.put(
            self._channels[channel].parts(message),
            subscription=JOB,
            channel=channel,
            subjects=(),
            now=now,
        )
