"""The invented fortnight: who publishes what, where and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict

ZONE = ZoneInfo("Europe/Paris")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOMENT = re.compile(rf"([0-3]) ({'|'.join(_DAYS)}) (\d\d):(\d\d)")


def read_moment(text: object) -> timedelta:
    """Read "2 Thu 10:12", week, day and time, as the time since the first week's Monday 00:00."""
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError('write a moment like "2 Thu 10:12"')
    days = 7 * (int(found[1]) - 1) + _DAYS.index(found[2])
    return timedelta(days=days, hours=int(found[3]), minutes=int(found[4]))


Moment = Annotated[timedelta, BeforeValidator(read_moment)]


class Table(BaseModel):
    """A table of the story's files: every unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(Table):
    """Where something is published; the keys are told in story/places.toml."""

    title: str
    site: str
    format: Literal["rss", "atom", "json"]
    language: str | None = None
    counts: Literal["comments", "views"] | None = None
    down: tuple[Moment, Moment] | None = None
    broken: tuple[Moment, Moment] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A feed's entry. `comments` and `views` are what they become within a day."""

    place: str
    url: str
    at: datetime
    title: str | None
    author: str
    text: str
    comments: int | None
    views: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A story (it has a title) or a comment on Hacker News; counts as in Post."""

    id: int
    at: datetime
    by: str
    title: str | None
    url: str | None
    text: str | None
    parent: int | None
    story: int
    points: int | None
    comments: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Two weeks from `monday`, and the Monday morning after them."""

    monday: date
    places: dict[str, Place]
    posts: tuple[Post, ...]
    items: tuple[Item, ...]

    @property
    def start(self) -> datetime:
        """When listening begins."""
        return on(self.monday, read_moment("1 Mon 07:00"))

    @property
    def end(self) -> datetime:
        return on(self.monday, read_moment("3 Mon 12:00"))

    def during(self, stretch: tuple[timedelta, timedelta] | None, now: datetime) -> bool:
        """Tell whether `now` lies in a stretch of the story."""
        if stretch is None:
            return False
        start, end = (on(self.monday, moment) for moment in stretch)
        return start <= now < end


def on(monday: date, moment: timedelta) -> datetime:
    """Return a moment of the story as clocks in Paris show it, also when they change."""
    here = datetime.combine(monday, time()) + moment
    return here.replace(tzinfo=ZONE).astimezone(UTC)


def grown(final: int | None, age: timedelta) -> int | None:
    """Return what a count has come to at an age: all after a day, in steps of half an hour."""
    if final is None:
        return None
    steps = max(0, min(48, age // timedelta(minutes=30)))
    return final * steps // 48
