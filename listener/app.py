"""Composition root: the only place where stores, clients and channels are made and joined."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from listener.analysis import language, risk
from listener.analysis.engines import Engines, Second
from listener.analysis.transformer import Transformer
from listener.clock import Clock, SystemClock
from listener.collect import Collector
from listener.collect.tools import Tools
from listener.config import Config
from listener.config.kinds import find_kind
from listener.config.types import AT_ONCE
from listener.content import Content
from listener.delivery import Courier
from listener.digest.compose import Composer
from listener.fetch import Fetcher
from listener.intake import Intake
from listener.judge import Judge
from listener.notify import Channel
from listener.owing import Listening, Owing
from listener.pipeline import Pipeline
from listener.reassess import Reassessor
from listener.rematch import rematch
from listener.report.weekly import Reporter
from listener.rules import FILE, Rule, load_rules
from listener.store import Store, open_store
from listener.surges import Surges

RISK_LANGUAGES = ("en", "fr", "de", "es", "it", "pt")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The parts of the running program, made from one configuration."""

    config: Config
    store: Store
    fetcher: Fetcher
    clock: Clock
    judge: Judge
    intake: Intake
    pipeline: Pipeline
    composer: Composer
    courier: Courier
    reporter: Reporter
    surges: Surges
    reassessor: Reassessor

    def rematch(self) -> int:
        """Search the archive for new and changed brands; return how many mentions came."""
        return rematch(
            self.store,
            self.intake,
            self.judge,
            {b.name: self.config.definition_of(b) for b in self.config.tables.brands},
            {source.name: source for source in self.config.tables.sources},
            self.config.brands_of,
            self.clock,
        )

    def retry(self) -> None:
        """Send once more what failed, to the addresses of the file as it is now."""
        tables = self.config.tables
        addresses = {person.name: person.email for person in tables.people}
        channels = [channel.name for channel in tables.channels]
        self.store.outbox.retry(self.clock.now(), addresses, channels)

    def upkeep(self) -> int:
        """Purge what is older than [keep] allows; return how many posts went."""
        tables = self.config.tables
        return self.store.upkeep.purge(
            self.clock.now(),
            tables.keep.mentions,
            tables.keep.unmatched,
            tables.listener.timezone,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's judgement of what is risky and what is an alert."""

    risk: risk.Rules
    alerts: Mapping[str, Rule]


def read_rules(content: Content) -> Rules:
    """Read the vocabularies and alert rules. Raises ConfigError."""
    vocabularies = {code: content.tables(f"alerts/risk/{code}.toml") for code in RISK_LANGUAGES}
    return Rules(risk=risk.load(vocabularies), alerts=load_rules(content.tables(FILE)))


def make_engines(config: Config) -> Engines:
    """Return what judges sentiment. Raises ConfigError when [sentiment].model cannot be used."""
    table = config.tables.sentiment
    second = None
    if table.model is not None:
        second = Second(
            transformer=Transformer(config.folder / table.model),
            always=table.when == "always",
            languages=table.languages,
        )
    return Engines(models(config), second)


def models(config: Config) -> Path:
    """Return the folder of what "listener learn" made."""
    return config.data_dir / "models"


def make_channels(config: Config) -> dict[str, Channel]:
    """Return the configured channels by name; relative folders lie in data_dir."""
    made = {}
    for channel in config.tables.channels:
        options = config.channel_options[channel.name]
        folder = getattr(options, "path", None)
        if isinstance(folder, Path):
            options = options.model_copy(update={"path": config.data_dir / folder})
        made[channel.name] = cast("Channel", find_kind("channels", channel.kind)(options))
    return made


def make_collectors(config: Config, fetcher: Fetcher, clock: Clock) -> dict[str, Collector]:
    return {
        source.name: cast(
            "Collector",
            find_kind("sources", source.kind)(
                config.source_options[source.name],
                Tools(
                    fetcher=fetcher,
                    clock=clock,
                    queries={brand: config.queries[brand] for brand in config.brands_of(source)},
                ),
            ),
        )
        for source in config.tables.sources
    }


def make_listening(config: Config) -> list[Listening]:
    return [
        Listening(
            key=s.key,
            brands=frozenset(config.brands_for(s)),
            alerts=s.alerts,
            at_once=s.when.cadence == AT_ONCE,
        )
        for s in config.tables.subscriptions
    ]


def make_surges(config: Config, store: Store, clock: Clock) -> Surges:
    tables = config.tables
    return Surges(
        store=store,
        clock=clock,
        sources={
            brand.name: [s for s in tables.sources if brand.name in config.brands_of(s)]
            for brand in tables.brands
        },
        listening=make_listening(config),
        events=tables.events,
        timezone=tables.listener.timezone,
    )


def build(config: Config, store: Store, fetcher: Fetcher, clock: Clock) -> App:
    """Join the parts. Raises ConfigError for the operator's rules and vocabularies."""
    tables = config.tables
    content = Content(config.folder)
    rules = read_rules(content)
    channels = make_channels(config)
    judge = Judge(
        tables.brands,
        config.queries,
        rules.risk,
        make_engines(config),
        lambda source: language.usual(store.mentions.languages(source)),
    )
    owing = Owing(
        subscriptions=make_listening(config),
        rules=rules.alerts,
        roles={brand.name: brand.role for brand in tables.brands},
    )
    intake = Intake(
        store=store,
        judge=judge,
        owing=owing,
        brands={s.name: frozenset(config.brands_of(s)) for s in tables.sources},
        clock=clock,
    )
    store.sources.sync({source.name: source.kind for source in tables.sources}, clock.now())
    store.mentions.not_ours(brand.name for brand in tables.brands if brand.role != "own")
    return App(
        config=config,
        store=store,
        fetcher=fetcher,
        clock=clock,
        judge=judge,
        intake=intake,
        pipeline=Pipeline(
            store=store,
            intake=intake,
            collectors=make_collectors(config, fetcher, clock),
            clock=clock,
        ),
        composer=Composer(
            store=store, config=config, content=content, channels=channels, clock=clock
        ),
        courier=Courier(store, channels, clock),
        reporter=Reporter(
            store=store, config=config, content=content, channels=channels, clock=clock
        ),
        reassessor=Reassessor(
            store=store, judge=judge, owing=owing, brands=owing.roles, clock=clock
        ),
        surges=make_surges(config, store, clock),
    )


def make_fetcher(config: Config, clock: Clock, store: Store | None = None) -> Fetcher:
    """Return what reads the network; with a store it remembers quotas over a restart."""
    memory = store.quotas if store else None
    return Fetcher(contact=config.tables.listener.contact, clock=clock, memory=memory)


def store_path(config: Config) -> Path:
    return config.data_dir / "listener.db"


@contextlib.asynccontextmanager
async def opened(config: Config, clock: Clock | None = None) -> AsyncIterator[App]:
    """Open the store and the network, build the program, and close both at the end."""
    clock = clock or SystemClock()
    with contextlib.closing(open_store(store_path(config))) as store:
        async with make_fetcher(config, clock, store) as fetcher:
            yield build(config, store, fetcher, clock)
