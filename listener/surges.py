"""Watches how much is said of each brand, and tells of what is rare for it.

Every five minutes each brand's new mentions, by when they were found, are given to its detectors
(`analysis.spikes`). Counted are only sources that were heard all the time, against their usual
part of the voice: a source that is down, new or catching up neither causes a spike nor hides one.
What was said while a source was down, or we were off, comes at once when it is heard again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from listener.analysis.spikes import MINUTES, Detector, Kind, Seen
from listener.analysis.spikes_words import words
from listener.clock import Clock
from listener.config.shape import Event, Source
from listener.model import Label
from listener.owing import Listening
from listener.store import Store
from listener.store.sources import SourceState
from listener.store.spikes import Counted, Watch

log = logging.getLogger(__name__)

BUCKET = timedelta(minutes=MINUTES)
SETTLED = timedelta(minutes=1)  # after its end a bucket gets nothing more
OFF = 3  # buckets; after a longer pause of ours what came meanwhile says nothing about its time
NEW = timedelta(days=7)  # for so long a source's part of the voice is not known
VOICE = timedelta(days=28)  # over which parts of the voice are counted
SOON = timedelta(hours=1)  # a rise of a part is not told so soon after one of the whole
LATE = timedelta(hours=1)  # or three polls: what was published earlier belongs to another time
_KNOWN = 120 * 72  # buckets: a detector remembers no more

ALL, NEGATIVE = "all", "negative"


@dataclass(slots=True, kw_only=True)
class Surges:
    """Feeds the detectors and owes what they notice. Plain functions, for a worker thread."""

    store: Store
    clock: Clock
    sources: Mapping[str, Sequence[Source]]  # by brand
    listening: Sequence[Listening]
    events: Sequence[Event]
    timezone: str
    _watches: dict[str, Watch] = field(default_factory=dict)
    _detectors: dict[str, dict[str, Detector]] = field(default_factory=dict)
    # of each brand, since when its sources are heard without a break; not known when we start
    _since: dict[str, dict[str, datetime]] = field(default_factory=dict)

    def watch(self) -> int:
        """Take in every bucket that is over; return how many spikes were noticed."""
        now = self.clock.now()
        buckets = (now - SETTLED).timestamp() // BUCKET.seconds
        end = datetime.fromtimestamp(buckets * BUCKET.seconds, UTC)
        return sum(self._brand(brand, end) for brand in self.sources)

    def _brand(self, brand: str, end: datetime) -> int:
        # not kept here while it changes: after a failure the store says what was
        watch = self._watches.pop(brand, None) or self.store.spikes.watch(brand)
        sources = {s.name: self.store.sources.get(s.name) for s in self.sources[brand]}
        if watch is None:
            old = tuple(sorted(name for name, state in sources.items() if _begun(state)))
            if old:  # else nothing was heard yet
                with self.store.transaction():
                    self.store.spikes.save(Watch(brand=brand, bucket=end, sources=old, states={}))
            return 0
        detectors = self._detectors.pop(brand, None) or _loaded(watch.states)
        buckets = int((end - watch.bucket) / BUCKET)
        if buckets > OFF:
            for detector in detectors.values():
                detector.skip(buckets - 1)
            watch = replace(watch, bucket=end - BUCKET)
            self._since[brand] = dict.fromkeys(sources, end + BUCKET)  # till then all catch up
        watch = self._grown(watch, detectors, sources, end)
        noticed = 0
        while watch.bucket < end:
            start, watch = watch.bucket, replace(watch, bucket=watch.bucket + BUCKET)
            seen = self._bucket(watch, detectors, sources, start)
            states = {series: detector.dumps() for series, detector in detectors.items()}
            with self.store.transaction():
                noticed += self._notice(watch, seen)
                self.store.spikes.save(replace(watch, states=states))
        self._watches[brand], self._detectors[brand] = watch, detectors
        return noticed

    def _grown(
        self,
        watch: Watch,
        detectors: Mapping[str, Detector],
        sources: Mapping[str, SourceState | None],
        now: datetime,
    ) -> Watch:
        """Count sources that are new no longer, forget those that are gone; expect accordingly."""
        counted = {
            name
            for name, state in sources.items()
            if name in watch.sources or _begun(state, now - NEW)
        }
        if counted == set(watch.sources):
            return watch
        voices = self.store.spikes.voices(watch.brand, now - NEW)
        before = 1 + sum(voices.get(name, 0) for name in watch.sources)
        after = 1 + sum(voices.get(name, 0) for name in counted)
        for detector in detectors.values():
            detector.rescale(after / before)
        return replace(watch, sources=tuple(sorted(counted)))

    def _bucket(
        self,
        watch: Watch,
        detectors: dict[str, Detector],
        sources: Mapping[str, SourceState | None],
        start: datetime,
    ) -> dict[str, Seen]:
        """Tell the detectors of one bucket; return what each noticed."""
        polls = {source.name: source.every for source in self.sources[watch.brand]}
        heard = self._steady(watch, sources, polls, start)
        found = [
            mention
            for mention in self.store.spikes.found(watch.brand, start, watch.bucket)
            if mention.source in heard and not _late(mention, polls[mention.source])
        ]
        counts = Counter(series for mention in found for series in _series(mention))
        for series in {ALL, NEGATIVE, *counts} - detectors.keys():
            detectors[series] = _silent_until_now(detectors.get(ALL))
        share = self._share(watch, heard, start)
        seen = {name: detectors[name].update(counts[name], share) for name in detectors}
        return {name: noticed for name, noticed in seen.items() if noticed is not None}

    def _steady(
        self,
        watch: Watch,
        sources: Mapping[str, SourceState | None],
        polls: Mapping[str, timedelta],
        start: datetime,
    ) -> set[str]:
        """Return the sources that are heard since before the bucket began."""
        known = self._since.get(watch.brand)
        since: dict[str, datetime] = {}
        for name in watch.sources:
            last = _heard(sources[name], polls[name], watch.bucket) if name in polls else None
            if last is not None:
                since[name] = start - BUCKET if known is None else known.get(name, last)
        self._since[watch.brand] = since
        return {name for name, moment in since.items() if moment < start}

    def _share(self, watch: Watch, heard: set[str], now: datetime) -> float:
        """Return how much of the voice was heard, 0..1, by what each source usually brings."""
        if not heard:
            return 0.0  # also where every source is new
        if len(heard) == len(watch.sources):
            return 1.0
        voices = self.store.spikes.voices(watch.brand, now - VOICE)
        whole = sum(voices.get(name, 0) for name in watch.sources)
        if not whole:
            return len(heard) / len(watch.sources)
        return sum(voices.get(name, 0) for name in heard) / whole

    def _notice(self, watch: Watch, seen: Mapping[str, Seen]) -> int:
        """Write down and owe what is to be told: the whole with its parts, or a part alone."""
        fresh = {name: one for name, one in seen.items() if not one.grows}
        if not fresh or (ALL not in fresh and self._told(watch)):
            return 0
        first = ALL if ALL in fresh else max(fresh, key=lambda name: fresh[name].score)
        event = self._planned(watch.bucket - BUCKET) if fresh[first].kind is not Kind.DROP else None
        spike = self.store.spikes.add(
            watch.brand,
            [first, *sorted(fresh.keys() - {first})],
            kind=fresh[first].kind,
            at=watch.bucket,
            minutes=fresh[first].minutes,
            said=words(fresh[first]),
            event=event,
        )
        if spike is None:
            return 0
        log.info("%s: %s noticed%s", watch.brand, fresh[first].kind, f" ({event})" if event else "")
        for subscription in self.listening if event is None else ():
            if subscription.alerts and watch.brand in subscription.brands:
                now = int(self.clock.now().timestamp())
                self.store.outbox.owe(f"spike:{spike}", subscription.key, "spike", now)
        return 1

    def _told(self, watch: Watch) -> bool:
        recent = self.store.spikes.between(watch.bucket - SOON, watch.bucket)
        return any(spike.brand == watch.brand for spike in recent)

    def _planned(self, moment: datetime) -> str | None:
        today: date = moment.astimezone(ZoneInfo(self.timezone)).date()
        return next((event.name for event in self.events if event.day == today), None)


def _begun(state: SourceState | None, before: datetime | None = None) -> bool:
    """Tell whether the first pass over a source was made, before some moment."""
    if state is None or state.first_heard is None:
        return False
    return before is None or state.first_heard <= before


def _heard(state: SourceState | None, every: timedelta, end: datetime) -> datetime | None:
    """Return when a source was heard last, if up to the end of a bucket as often as it should."""
    if state is None or state.failures or state.heard_at is None:
        return None
    return state.heard_at if state.heard_at >= end - 2 * every - BUCKET else None


def _late(mention: Counted, every: timedelta) -> bool:
    return mention.late is not None and mention.late > max(LATE, 3 * every)


def _series(mention: Counted) -> Iterator[str]:
    yield ALL
    if mention.label is Label.NEGATIVE:
        yield NEGATIVE
    yield f"kind {mention.kind}"


def _silent_until_now(whole: Detector | None) -> Detector:
    """Return the detector of a series of which nothing came before."""
    detector = Detector()
    for _ in range(min(whole.known, _KNOWN) if whole else 0):
        detector.update(0)
    return detector


def _loaded(states: Mapping[str, str]) -> dict[str, Detector]:
    """Read the states; what cannot be gone on from starts anew, and says nothing at first."""
    read: dict[str, Detector] = {}
    for series, text in states.items():
        try:
            read[series] = Detector.loads(text)
        except ValueError:
            log.info("the detector of %s starts anew", series)
            read[series] = Detector()  # without it, all that came before would count as silence
    return read
