"""What is owed and due -> rendered -> frozen in the outbox and marked: together or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from listener.analysis.stories import leads
from listener.clock import Clock
from listener.config import Config
from listener.config.shape import Subscription
from listener.config.types import AT_ONCE
from listener.content import Content
from listener.digest.render import render_alert, render_digest, render_spike
from listener.errors import TemplateError
from listener.messages import Alert, Digest, Message
from listener.model import Coverage, Heard, Level
from listener.notify import Channel
from listener.store import Store
from listener.store.rows import at

FEW_ALERTS = 3  # more than that at one moment are told in one message
OVERDUE = timedelta(hours=1)  # as much as one failed poll may take
WELCOME_PATIENCE = timedelta(minutes=10)  # for the other new sources to be heard


class Composer:
    """Writes the messages that are due; sends nothing."""

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

    def compose(self) -> int:
        """Write everything that is due now; return how many messages that made.

        A template that does not render holds back what it is for and nothing else; TemplateError
        is raised when the rest is written.
        """
        now, made, broken = self._clock.now(), 0, None
        for subscription in self._config.tables.subscriptions:
            for write in (self._alerts, self._spikes, self._welcome, self._digests):
                try:
                    made += write(subscription, now)
                except TemplateError as exc:
                    broken = broken or exc
        if broken:
            raise broken
        return made

    def _digests(self, subscription: Subscription, now: datetime) -> int:
        at_once = subscription.when.cadence == AT_ONCE
        return (self._at_once if at_once else self._scheduled)(subscription, now)

    def _quiet(self, subscription: Subscription, now: datetime) -> bool:
        person = next(p for p in self._config.tables.people if p.name == subscription.person)
        zone = self._config.reader(person.name).timezone
        return person.hours.quiet is not None and person.hours.quiet.hold(now, zone)

    def _alerts(self, subscription: Subscription, now: datetime) -> int:
        owed = self._store.outbox.owed(subscription.key, "alert", now)
        alerts = [alert for alert in map(self._alert, owed) if alert is not None]
        if self._quiet(subscription, now):  # what is critical wakes people up
            alerts = [a for a in alerts if a.mention.risk.level is Level.CRITICAL]
        subjects = [f"alert:{alert.id}" for alert in alerts]
        if len(alerts) > FEW_ALERTS:
            mentions = [alert.mention.id for alert in alerts]
            digest = self.digest(subscription, mentions, now, now, cadence=AT_ONCE)
            news = tuple(replace(m, alerted=False) for m in digest.mentions)  # this is the alert
            digest = replace(digest, mentions=news)
            key = f"alerts:{subscription.key}:{max(a.id for a in alerts)}"
            return self._put(subscription, self._render(digest, key, now), subjects, now)
        made = 0
        for alert, subject in zip(alerts, subjects, strict=True):
            message = render_alert(
                self._content,
                alert,
                self._config.reader(subscription.person),
                key=f"alert:{subscription.key}:{alert.id}",
                now=now,
                subscription=subscription.key,
                contact=self._config.tables.listener.contact,
            )
            made += self._put(subscription, message, [subject], now)
        return made

    def _spikes(self, subscription: Subscription, now: datetime) -> int:
        owed = self._store.outbox.owed(subscription.key, "spike", now)
        spikes = [] if self._quiet(subscription, now) else map(self._store.spikes.get, owed)
        made = 0
        for spike in filter(None, spikes):
            start = int((spike.at - timedelta(minutes=spike.minutes)).timestamp())
            found = self._store.mentions.between(
                [spike.brand], start, int(spike.at.timestamp()), "found"
            )
            message = render_spike(
                self._content,
                spike,
                leads(found),
                self._config.reader(subscription.person),
                key=f"spike:{subscription.key}:{spike.id}",
                now=now,
                subscription=subscription.key,
                contact=self._config.tables.listener.contact,
            )
            made += self._put(subscription, message, [f"spike:{spike.id}"], now)
        return made

    def _alert(self, alert: int) -> Alert | None:
        row = self._store.outbox.alert_row(alert)
        if row is None:
            return None
        (mention,) = self._store.mentions.by_ids([row["mention"]])
        return Alert(
            id=alert,
            rule=row["rule"],
            brand=row["brand"],
            mention=replace(mention, alerted=False),  # this is the alert
            at=at(row["at"]),
            before=None if row["before"] is None else at(row["before"]),
        )

    def _welcome(self, subscription: Subscription, now: datetime) -> int:
        owed = self._store.outbox.owed(subscription.key, "welcome", now)
        if not owed:
            return 0
        waited = now - min(owed.values())
        if self._unheard(subscription) and waited < WELCOME_PATIENCE:
            return 0
        start = now - timedelta(days=7)
        digest = self.digest(subscription, owed, start, now, welcome=True)
        key = f"welcome:{subscription.key}:{max(owed)}"
        return self._put_digest(subscription, digest, owed, key, now)

    def _unheard(self, subscription: Subscription) -> bool:
        """Tell whether a source of this subscription is still waiting for its first pass."""
        states = map(self._store.sources.get, self._sources(subscription))
        return any(s is None or (s.first_heard is None and not s.failures) for s in states)

    def _at_once(self, subscription: Subscription, now: datetime) -> int:
        owed = self._store.outbox.owed(subscription.key, "digest", now)
        if not owed or self._quiet(subscription, now):
            return 0
        digest = self.digest(subscription, owed, min(owed.values()), now)
        key = f"at once:{subscription.key}:{max(owed)}"
        return self._put_digest(subscription, digest, owed, key, now)

    def _scheduled(self, subscription: Subscription, now: datetime) -> int:
        """Compose the digest of the latest slot, once, however many slots were missed."""
        job = f"digest:{subscription.key}"
        last = self._store.outbox.last_run(job)
        if last is None:  # listening begins now
            self._store.outbox.ran(job, now)
            return 0
        slot = subscription.when.latest(now, self._config.reader(subscription.person).timezone)
        if slot <= last:
            return 0
        owed = self._store.outbox.owed(subscription.key, "digest", now)
        if not owed and not subscription.empty:
            self._store.outbox.ran(job, slot)
            return 0
        digest = self.digest(subscription, owed, last, now)
        message = self._render(digest, f"{job}:{slot.isoformat()}", now)
        with self._store.transaction():
            made = self._put(subscription, message, _subjects(owed), now)
            if made:
                self._store.outbox.ran(job, slot)
        return made

    def now(self, subscription: Subscription) -> int:
        """Compose what a subscription is owed without waiting; return how many messages it made."""
        now = self._clock.now()
        made = self._alerts(subscription, now)
        owed = self._open(subscription, now)
        if not owed and not subscription.empty:
            return made
        digest = self._digest_of(subscription, owed, now)
        key = f"now:{subscription.key}:{now.isoformat()}"
        return made + self._put_digest(subscription, digest, owed, key, now)

    def preview(self, subscription: Subscription) -> Message:
        """Return the digest as it would be sent now; nothing is written or marked."""
        now = self._clock.now()
        digest = self._digest_of(subscription, self._open(subscription, now), now)
        return self._render(digest, f"preview:{subscription.key}", now)

    def _open(self, subscription: Subscription, now: datetime) -> dict[int, datetime]:
        owed = self._store.outbox.owed
        return owed(subscription.key, "digest", now) | owed(subscription.key, "welcome", now)

    def _digest_of(
        self, subscription: Subscription, owed: Mapping[int, datetime], now: datetime
    ) -> Digest:
        last = self._store.outbox.last_run(f"digest:{subscription.key}")
        start = last or min(owed.values(), default=now)
        return self.digest(subscription, owed, start, now, welcome=True)

    def digest(
        self,
        subscription: Subscription,
        mentions: Collection[int],
        start: datetime,
        end: datetime,
        *,
        welcome: bool = False,
        cadence: str | None = None,
    ) -> Digest:
        found = self._store.mentions.by_ids(mentions)
        return Digest(
            subscription=subscription.key,
            person=self._config.reader(subscription.person),
            brands=self._config.brands_for(subscription),
            cadence=cadence or subscription.when.cadence,
            start=start,
            end=end,
            mentions=leads(found),
            coverage=self._coverage(self._sources(subscription), start, end),
            welcome=tuple(sorted({m.source for m in found if m.first_pass})) if welcome else (),
        )

    def _sources(self, subscription: Subscription) -> list[str]:
        brands = set(self._config.brands_for(subscription))
        sources = self._config.tables.sources
        return [s.name for s in sources if brands & set(self._config.brands_of(s))]

    def _coverage(
        self, sources: Sequence[str], start: datetime, end: datetime
    ) -> tuple[Coverage, ...]:
        """Return how the sources were heard from `start` on; one that never was is pending.

        A source may be polled more rarely than a digest is written: its last stretch counts then.
        """
        found = self._store.sources.coverage(sources, min(start, end - timedelta(days=1)), end)
        last = {stretch.source: stretch for stretch in found}
        heard = (c for c in found if c is last[c.source] or (c.until or end) >= start)
        silent = (Coverage(source=s, state=Heard.PENDING) for s in sources if s not in last)
        overdue = (
            Coverage(source=c.source, state=Heard.PENDING, since=c.until, until=end)
            for c in last.values()
            if self._overdue(c.source, end)
        )
        return (*sorted([*heard, *overdue], key=lambda c: c.source), *silent)

    def _overdue(self, source: str, now: datetime) -> bool:
        """Tell whether a source should have been polled long ago: the program was off."""
        state = self._store.sources.get(source)
        return state is not None and now - state.due_at > OVERDUE

    def _render(self, digest: Digest, key: str, now: datetime) -> Message:
        contact = self._config.tables.listener.contact
        roles = {brand.name: brand.role for brand in self._config.tables.brands}
        return render_digest(self._content, digest, key=key, now=now, contact=contact, roles=roles)

    def _put_digest(
        self,
        subscription: Subscription,
        digest: Digest,
        owed: Iterable[int],
        key: str,
        now: datetime,
    ) -> int:
        return self._put(subscription, self._render(digest, key, now), _subjects(owed), now)

    def _put(
        self,
        subscription: Subscription,
        message: Message,
        subjects: Sequence[str],
        now: datetime,
    ) -> int:
        """Freeze a message; 0 when `listener digest` told of something in it meanwhile."""
        with self._store.transaction():
            if self._store.outbox.told(subjects, subscription.key):
                return 0
            self._store.outbox.put(
                self._channels[subscription.channel].parts(message),
                subscription=subscription.key,
                channel=subscription.channel,
                subjects=subjects,
                now=now,
            )
        return 1


def _subjects(owed: Iterable[int]) -> list[str]:
    return [f"mention:{mention}" for mention in owed]
