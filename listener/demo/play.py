"""Plays the fortnight: real collectors and everything below the scheduler, on a simulated clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template

from listener import app as parts
from listener.app import App
from listener.config import Config, load
from listener.delivery import Courier
from listener.demo.story import ZONE, Story
from listener.demo.world import Mail, Posted, World, playing
from listener.notify.slack import Slack

# How often it looks what is due. By day a little later than the hour after which most sources are.
BY_DAY, BY_NIGHT = timedelta(minutes=64), timedelta(hours=2)
MORNING = 6  # hour in Paris at which the night is over
SLOTS = (time(7), time(8))  # what has an hour of its own is told then

# What the report's charts call what was planned: on the first Saturday, on the second Tuesday.
EVENTS = {
    "en": ("Factory open day", "Adret 3 launch"),
    "fr": ("Portes ouvertes", "Lancement de l'Adret 3"),
}


class SimulatedClock:
    """Stands still until somebody waits; waiting takes no time."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(0.0, seconds))
        await asyncio.sleep(0)

    def reach(self, moment: datetime) -> None:
        self._now = max(self._now, moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What is left when the fortnight is over: a workspace, and all that was received."""

    config: Config
    mails: tuple[Mail, ...]
    posted: tuple[Posted, ...]


async def play(
    story: Story, folder: Path, language: str, tell: Callable[[datetime], None]
) -> Played:
    """Play a story in a workspace made in `folder`; `tell` hears of each step's time."""
    random.seed(story.monday.toordinal())  # polls are spread by chance: each time the same one
    clock = SimulatedClock(story.start)
    async with playing(story, clock) as world:
        config = load(_workspace(folder, story, world, language))
        async with parts.opened(config, clock) as opened:
            app = _hurried(opened)
            for moment in steps(story.start, story.end):
                clock.reach(moment)
                await _step(app)
                tell(moment)
    return Played(config=config, mails=tuple(world.mails), posted=tuple(world.posted))


def steps(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the moments at which the program wakes, from `start` up to `end`."""
    moment = start
    while moment <= end:
        yield moment
        here = moment.astimezone(ZONE)
        later = moment + (BY_NIGHT if here.hour < MORNING else BY_DAY)
        slots = (datetime.combine(here.date(), slot, ZONE).astimezone(UTC) for slot in SLOTS)
        moment = min([later, *(slot for slot in slots if slot > moment)])


async def _step(app: App) -> None:
    """Do what the daemon's jobs do when they wake, one after the other."""
    sources = {source.name: source for source in app.config.tables.sources}
    due = {state.name for state in app.store.sources.due(sources, app.clock.now())}
    for name in sources:  # in this order, so that the story is the same each time
        if name in due:
            await app.pipeline.poll(sources[name])
    await asyncio.to_thread(app.composer.compose)
    await asyncio.to_thread(app.reporter.due)
    await app.courier.deliver_all()


def _hurried(app: App) -> App:
    """Return the program with the courtesies that are owed to real servers on simulated time."""
    app.fetcher.pacing.interval = 0
    app.store.execute("PRAGMA synchronous = OFF")  # nothing here has to survive a power cut
    channels = parts.make_channels(app.config)
    for name, options in app.config.channel_options.items():
        if isinstance(options, Slack.Options):
            channels[name] = Slack(options, clock=app.clock)
    return replace(app, courier=Courier(app.store, channels, app.clock))


def _workspace(folder: Path, story: Story, world: World, language: str) -> Path:
    """Write sources.toml for these servers and return its path."""
    template = files("listener").joinpath("demo", "sources.toml").read_text(encoding="utf-8")
    (folder / "slack-url").write_text(f"{world.address}/slack\n", encoding="utf-8")
    path = folder / "sources.toml"
    open_day, launch = EVENTS[language]
    text = Template(template).substitute(
        language=language,
        web=world.address,
        smtp=world.smtp_port,
        open_day=open_day,
        launch=launch,
        saturday=story.monday + timedelta(days=5),
        tuesday=story.monday + timedelta(days=8),
    )
    path.write_text(text, encoding="utf-8")
    return path
