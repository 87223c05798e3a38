"""The shape of sources.toml: one model a table; kinds of sources and channels add their keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from listener.config.address import Address
from listener.config.types import Duration, Hours, When, Zone

Role = Literal["own", "competitor", "topic"]
Language = Literal["en", "fr"]


def _name(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("must not be empty")
    return value


Name = Annotated[str, BeforeValidator(_name)]


class Table(BaseModel):
    """A table of the file: frozen, and every unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Listener(Table):
    """Who listens: language and zone of what people read, identity, where things are kept."""

    language: Language = Field("en", description="of what people read; each person may differ")
    timezone: Zone = Field("UTC", description="of schedules, charts and times shown")
    contact: str | None = Field(
        None, description="e-mail address or page in the User-Agent, so that a site can reach you"
    )
    data_dir: Path = Field(Path("var"), description="for all that the program writes")


class Brand(Table):
    """What is listened for."""

    name: Name
    role: Role = Field("own", description="own, competitor or topic")
    query: str = Field(description="see docs/queries.md")
    languages: tuple[str, ...] = Field((), description="only mentions in these; all, if left out")
    accounts: tuple[str, ...] = Field(
        (), description="your own handles and sites: their posts are answers, not mentions"
    )
    matches: tuple[str, ...] = Field((), description="texts the query must find; checked")
    ignores: tuple[str, ...] = Field((), description="texts the query must not find; checked")


class Source(Table):
    """One place that is polled. Keys that are not these belong to its kind."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    name: Name
    kind: str
    every: Duration = Field(timedelta(minutes=15), description="time between two polls")
    brands: tuple[str, ...] = Field((), description="what is listened for here; all, if left out")

    @property
    def options(self) -> Mapping[str, Any]:
        """The kind's own keys, not checked yet."""
        return self.model_extra or {}

    @field_validator("every")
    @classmethod
    def _polite(cls, every: timedelta) -> timedelta:
        if not timedelta(seconds=30) <= every <= timedelta(days=7):
            raise ValueError("must lie between 30s and 7d")
        return every


class PersonHours(Table):
    """When somebody may be disturbed."""

    quiet: Hours | None = Field(
        None, description='messages sent at once wait for the end of these hours: "20:00-08:00"'
    )


class Person(Table):
    """Somebody who receives messages."""

    name: Name
    email: str | None = None
    language: Language | None = Field(None, description="that of [listener], if left out")
    timezone: Zone | None = Field(None, description="that of [listener], if left out")
    hours: PersonHours = PersonHours()

    @field_validator("email")
    @classmethod
    def _address(cls, email: str | None) -> str | None:
        if email is not None and (email.count("@") != 1 or any(c in email for c in " ,;<>\r\n")):
            raise ValueError("must be one e-mail address")
        return email


class Channel(Table):
    """How messages reach people. Keys that are not these belong to its kind."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    name: Name
    kind: str


class Subscription(Table):
    """Who hears of which brands, when and how."""

    person: str
    channel: str
    when: When = When.parse("daily 08:00")
    brands: tuple[str, ...] = Field((), description="all own brands and topics, if left out")
    name: Name | None = Field(None, description='"PERSON by CHANNEL", if left out')
    alerts: bool = Field(True, description="hear at once of what alerts/rules.toml calls an alert")
    empty: bool = Field(False, description="write even when there is nothing new")

    @property
    def key(self) -> str:
        """What is owed is remembered under this name."""
        return self.name or f"{self.person} by {self.channel}"


class Report(Table):
    """The weekly report."""

    when: When = When.parse("weekly mon 07:00")
    channel: str | None = Field(None, description="written to data_dir only, if left out")
    people: tuple[str, ...] = Field((), description="everybody, if left out")

    @field_validator("when")
    @classmethod
    def _weekly(cls, when: When) -> When:
        if when.weekday is None:
            raise ValueError('a report is weekly: write it like "weekly mon 07:00"')
        return when


class Web(Table):
    """The daemon's HTTP server; without this table there is none."""

    listen: Address = Field(
        Address("127.0.0.1", 8787), description="address and port; another machine's needs TLS"
    )


class Tone(Table):
    """A second opinion on sentiment; without a model, nobody is asked for one."""

    model: Path | None = Field(None, description="folder of a transformer; see docs/scores.md")
    when: Literal["unsure", "always"] = Field(
        "unsure", description="of which texts: whose first score is unsure, or of all"
    )
    languages: tuple[str, ...] = Field(
        (), description="only of these; of all that have an engine, if left out"
    )


class Event(Table):
    """Something planned that explains a day's volume; marked in the report's charts."""

    name: Name
    day: date


class Keep(Table):
    """How long people's words are kept."""

    mentions: Duration = Field(timedelta(days=400), description="posts that match a brand")
    unmatched: Duration = Field(
        timedelta(days=30),
        description="posts that match none: a new brand is searched in them. Answers by your"
        " accounts stay as long as mentions",
    )


class Sources(Table):
    """The whole file."""

    listener: Listener = Listener()
    lists: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="named lists of words, authors or sites for queries"
    )
    brands: tuple[Brand, ...] = ()
    sources: tuple[Source, ...] = ()
    people: tuple[Person, ...] = ()
    channels: tuple[Channel, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    report: Report = Report()
    web: Web | None = None
    sentiment: Tone = Tone()
    events: tuple[Event, ...] = ()
    keep: Keep = Keep()
