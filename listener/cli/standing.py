"""How things stand, as data: what `status` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.analysis import learned
from listener.app import models
from listener.collect.pushed import last_came
from listener.config import Config
from listener.config.shape import Source
from listener.errors import ConfigError
from listener.model import Heard
from listener.store import Store
from listener.store.outbox import Delivery

WEEK = timedelta(days=7)
PATIENCE = timedelta(days=1)  # a source that fails for longer needs a person


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    name: str
    kind: str
    state: Heard
    heard_at: datetime | None
    came_at: datetime | None  # of what is pushed or imported: when posts came last
    next_at: datetime | None
    posts: int
    mentions: int
    failures: int
    why: str | None
    needs_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Of the mentions found in the last seven days, those of which something is not known.

    unscored    without sentiment: they are in no net sentiment
    unspoken    whose language is not known
    """

    mentions: int
    unscored: int
    unspoken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Every source, every message that waits, and in `needs` what only a person can mend."""

    running: bool
    sources: tuple[SourceStanding, ...]
    unknown: Unknown
    waiting: tuple[Delivery, ...]
    needs: tuple[str, ...]


def standing(config: Config, store: Store, now: datetime, *, running: bool) -> Standing:
    sources = tuple(_source(source, store, now) for source in config.tables.sources)
    waiting = tuple(d for d in store.outbox.deliveries(1000) if d.sent_at is None)
    needs = [f"{s.name}: {s.why}" for s in sources if s.needs_person]
    needs += [
        f'{d.channel} refuses "{d.subject}" to {d.person}: {d.error}'
        for d in waiting
        if d.permanent
    ]
    needs += _damaged(config)
    return Standing(
        running=running,
        sources=sources,
        unknown=_unknown(store, now),
        waiting=waiting,
        needs=tuple(needs),
    )


def _damaged(config: Config) -> Iterator[str]:
    """Yield what is wrong with learned engines: the rules judge without them."""
    for path in learned.kept(models(config)):
        try:
            learned.load(path)
        except ConfigError as exc:
            yield from exc.problems


def _unknown(store: Store, now: datetime) -> Unknown:
    row = store.row(
        "SELECT count(*) AS mentions, coalesce(sum(s.sentiment IS NULL), 0) AS unscored,"
        " coalesce(sum(m.language IS NULL), 0) AS unspoken"
        " FROM mentions m JOIN scores s ON s.id = m.score WHERE m.found >= ?",
        (int((now - WEEK).timestamp()),),
    )
    assert row is not None
    return Unknown(**dict(row))


def _source(source: Source, store: Store, now: datetime) -> SourceStanding:
    state = store.sources.get(source.name)
    if state is None:
        return SourceStanding(
            name=source.name,
            kind=source.kind,
            state=Heard.PENDING,
            heard_at=None,
            came_at=None,
            next_at=None,
            posts=0,
            mentions=0,
            failures=0,
            why=None,
            needs_person=False,
        )
    start = now - PATIENCE
    last = next(reversed(store.sources.coverage([source.name], start, now)), None)
    # a stretch is cut to the time asked for: one that begins with it is older
    failing = last is not None and last.state in (Heard.DOWN, Heard.DENIED) and last.since == start
    return SourceStanding(
        name=source.name,
        kind=source.kind,
        state=last.state if last else Heard.PENDING,
        heard_at=state.heard_at,
        came_at=last_came(state.cursor),
        next_at=state.due_at,
        posts=state.posts,
        mentions=state.mentions,
        failures=state.failures,
        why=state.error or (last.why if last else None),
        needs_person=state.needs_person or failing,
    )
