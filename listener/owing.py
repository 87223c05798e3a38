"""Decides who is owed what for a new mention, in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from listener.config.shape import Role
from listener.judge import Verdict
from listener.model import Level, Post, Risk
from listener.rules import Rule, first_raised
from listener.store import Store
from listener.store.outbox import Why

WELCOME = timedelta(days=7)  # how far back the first digest of a new source looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A subscription, as far as owing goes."""

    key: str
    brands: Collection[str]
    alerts: bool
    at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """Who listens for what, and what is an alert."""

    subscriptions: Sequence[Listening]
    rules: Mapping[str, Rule]
    roles: Mapping[str, Role]

    def owe(
        self,
        store: Store,
        mention: int,
        story: int,
        post: Post,
        verdict: Verdict,
        *,
        now: int,
        first_pass: bool,
    ) -> int:
        """Write down what is owed for a mention; return how many alerts were raised (0 or 1).

        The first pass over a source never alerts: what it finds is owed to a welcome digest, if it
        is from the last seven days or undated.
        """
        brand = verdict.match.brand
        moment = datetime.fromtimestamp(now, UTC)
        alert = None
        if not first_pass:
            alert = self._raised(store, mention, story, post, brand, verdict.risk, now)
        recent = post.published is None or moment - post.published <= WELCOME
        for listening in self.subscriptions:
            if brand not in listening.brands:
                continue
            if alert is not None and listening.alerts:
                store.outbox.owe(f"alert:{alert}", listening.key, "alert", now)
                if listening.at_once:
                    continue  # one message says it
            why: Why = "welcome" if first_pass else "digest"
            if recent or not first_pass:
                store.outbox.owe(f"mention:{mention}", listening.key, why, now)
        return int(alert is not None)

    def owe_later(
        self, store: Store, mention: int, story: int, post: Post, brand: str, risk: Risk, now: int
    ) -> int:
        """Write down the alert that a mention raises whose risk has risen since it was found.

        Returns how many were raised (0 or 1): none when a rule has told of its story already,
        unless it is critical now.
        """
        alert = self._raised(store, mention, story, post, brand, risk, now)
        if alert is None:
            return 0
        for listening in self.subscriptions:
            if brand in listening.brands and listening.alerts:
                store.outbox.owe(f"alert:{alert}", listening.key, "alert", now)
        return 1

    def _raised(
        self, store: Store, mention: int, story: int, post: Post, brand: str, risk: Risk, now: int
    ) -> int | None:
        """Return the alert that is raised for a mention.

        Once for a rule, brand and story, and once more when that becomes critical.
        """
        moment = datetime.fromtimestamp(now, UTC)
        rule = first_raised(self.rules, post, risk, self.roles[brand], moment)
        if rule is None:
            return None
        critical = risk.level is Level.CRITICAL
        return store.outbox.alert(rule, brand, mention, story, now, critical=critical)
