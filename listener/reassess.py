"""Assesses risk anew when something changed about a mention after it was judged.

Counts, the growth of its story, an answer, an edit, a deletion: what changed since the last run is
queued, and a run takes a bounded number off the queue. A judgement that differs becomes a score of
its own; a mention that reaches an alert rule only now raises its alert. Safe to kill: what is not
settled stays queued, and assessing twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime

from listener.clock import Clock
from listener.judge import Judge
from listener.model import Mention
from listener.owing import Owing
from listener.store import Store
from listener.store.signals import OPEN

log = logging.getLogger(__name__)

JOB = "reassess"
PAGE = 100  # mentions in a transaction
MOST = 1_000  # in a run


class Reassessor:
    """Plain functions over the store, off the event loop."""

    def __init__(
        self, *, store: Store, judge: Judge, owing: Owing, brands: Collection[str], clock: Clock
    ) -> None:
        self._store = store
        self._judge = judge
        self._owing = owing
        self._brands = brands
        self._clock = clock

    def run(self) -> int:
        """Assess what changed; return how many judgements did."""
        now = self._clock.now()
        self._queue(now)
        changed = done = alerts = 0
        while done < MOST and (page := self._store.signals.stirred(PAGE)):
            with self._store.transaction():
                for mention in self._store.mentions.by_ids(page):
                    if mention.brand in self._brands:
                        raised = self._again(mention, now)
                        changed += raised is not None
                        alerts += raised or 0
                self._store.signals.settle(page)
            done += len(page)
        if changed:
            log.info("assessed %d mentions anew: %d changed, %d alerts", done, changed, alerts)
        return changed

    def _queue(self, now: datetime) -> None:
        """Queue what changed since the last run; at the first one, in the days still open."""
        row = self._store.row("SELECT slot FROM runs WHERE job = ?", (JOB,))
        since = now - OPEN if row is None else datetime.fromtimestamp(row["slot"], UTC)
        with self._store.transaction():
            self._store.signals.stir(since, now)
            self._store.execute(
                "INSERT OR REPLACE INTO runs (job, slot) VALUES (?, ?)",
                (JOB, int(now.timestamp())),
            )

    def _again(self, mention: Mention, now: datetime) -> int | None:
        """Assess one; return the alerts it raised (0 or 1), or None when nothing changed."""
        risk = self._judge.again(mention, self._store.signals.of(mention, now))
        if risk == mention.risk:
            return None
        at = int(now.timestamp())
        self._store.mentions.judge(mention.id, mention.sentiment, risk, at)
        if mention.first_pass or mention.gone:
            return 0
        post, brand = mention.post, mention.brand
        return self._owing.owe_later(self._store, mention.id, mention.story, post, brand, risk, at)
