"""Who was told of a mention, and of what it is waiting for where nobody was."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from listener.config import Config
from listener.config.shape import Subscription
from listener.config.types import AT_ONCE, Hours
from listener.model import Level, Mention
from listener.store import Store
from listener.store.rows import at, moment
from listener.why.model import State, Told, What

_OWED = """
SELECT o.subject AS owed, o.subscription, o.why, b.subject, b.person, b.channel, b.sent_at,
    b.next_at, b.error, b.permanent
FROM owed o LEFT JOIN outbox b ON b.id = o.message
WHERE o.subject = :mention OR o.subject IN (SELECT 'alert:' || id FROM alerts WHERE mention = :id)
ORDER BY o.subscription, o.why
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tellings:
    """Reads what is owed and what was sent."""

    config: Config
    store: Store
    now: datetime

    def of(self, mention: Mention) -> tuple[Told, ...]:
        """Return what became of a mention, for each subscription that is or was for it."""
        rows = self.store.rows(_OWED, {"mention": f"mention:{mention.id}", "id": mention.id})
        told: list[Told] = []
        for subscription in self.config.tables.subscriptions:
            owed = [row for row in rows if row["subscription"] == subscription.key]
            told += [self._owed(row, subscription, mention) for row in owed]
            if not owed:
                told.append(self._not_owed(subscription, mention))
        known = {subscription.key for subscription in self.config.tables.subscriptions}
        return (*told, *(_gone(row) for row in rows if row["subscription"] not in known))

    def would(self, brand: str, *, alert: bool, urgent: bool) -> tuple[Told, ...]:
        """Return who would be told, and when, if a mention of the brand were found now."""
        told = []
        for subscription in self.config.tables.subscriptions:
            if brand not in self.config.brands_for(subscription):
                told.append(self._uncovered(subscription, brand))
                continue
            base = _told(subscription, "alert" if alert and subscription.alerts else "digest")
            told.append(self._due(base, subscription, urgent=urgent))
        return tuple(told)

    def _owed(self, row: sqlite3.Row, subscription: Subscription, mention: Mention) -> Told:
        base = _told(subscription, row["why"])
        if row["subject"] is not None:
            return _sent(base, row)
        if row["why"] == "welcome":
            return replace(base, state="welcome")
        return self._due(base, subscription, urgent=mention.risk.level is Level.CRITICAL)

    def _due(self, base: Told, subscription: Subscription, *, urgent: bool) -> Told:
        """Tell when what is owed will be; what is critical wakes people up."""
        person = next(p for p in self.config.tables.people if p.name == subscription.person)
        zone = self.config.reader(person.name).timezone
        if base.what == "digest" and subscription.when.cadence != AT_ONCE:
            return replace(base, state="due", at=subscription.when.next_after(self.now, zone))
        quiet = person.hours.quiet
        if quiet and quiet.hold(self.now, zone) and not (base.what == "alert" and urgent):
            return replace(base, state="quiet", at=end_of(quiet, self.now, zone))
        return replace(base, state="due", at=None)

    def _not_owed(self, subscription: Subscription, mention: Mention) -> Told:
        if mention.brand not in self.config.brands_for(subscription):
            return self._uncovered(subscription, mention.brand)
        state: State = "old" if mention.first_pass else "not owed"
        return replace(_told(subscription, "digest"), state=state)

    def _uncovered(self, subscription: Subscription, brand: str) -> Told:
        rival = self.config.brand(brand).role == "competitor" and not subscription.brands
        return replace(_told(subscription, "digest"), state="competitor" if rival else "uncovered")


def end_of(hours: Hours, now: datetime, zone: str) -> datetime:
    """Return when hours that hold now will end, on a clock in `zone`."""
    here = now.astimezone(ZoneInfo(zone))
    end = datetime.combine(here.date(), hours.end, ZoneInfo(zone))
    return (end if end > here else end + timedelta(days=1)).astimezone(UTC)


def _told(subscription: Subscription, what: What) -> Told:
    return Told(
        person=subscription.person,
        channel=subscription.channel,
        subscription=subscription.key,
        what=what,
        state="due",
    )


def _sent(base: Told, row: sqlite3.Row) -> Told:
    sent = moment(row["sent_at"])
    if sent:
        return replace(base, state="sent", at=sent, subject=row["subject"])
    return replace(
        base,
        state="refused" if row["permanent"] else "waiting",
        at=at(row["next_at"]),
        subject=row["subject"],
        error=row["error"],
    )


def _gone(row: sqlite3.Row) -> Told:
    """A subscription that is configured no more: told from what was written then."""
    base = Told(
        person=row["person"] or row["subscription"],
        channel=row["channel"] or "",
        subscription=row["subscription"],
        what=row["why"],
        state="not owed",
    )
    return _sent(base, row) if row["subject"] is not None else base
