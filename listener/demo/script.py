"""Reads the story from the files in `story/`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files

from pydantic import TypeAdapter, ValidationError

from listener.demo.story import Item, Moment, Place, Post, Story, Table, on
from listener.errors import ConfigError

FIRST_ID = 990_000_000  # of Hacker News items: far from those that exist


class _Copy(Table):
    place: str
    at: Moment
    title: str | None = None
    tail: str | None = None


class _Written(Table):
    place: str
    at: Moment
    title: str | None = None
    author: str
    text: str
    comments: int | None = None
    views: int | None = None
    copies: tuple[_Copy, ...] = ()


class _Said(Table):
    id: int
    at: Moment
    by: str
    title: str | None = None
    url: str | None = None
    text: str | None = None
    to: int | None = None
    points: int | None = None
    comments: int | None = None


def read_story(monday: date) -> Story:
    """Read the story that begins on a Monday. Raises ConfigError for content that is wrong."""
    try:
        return _read(monday)
    except ValidationError as exc:
        problems = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise ConfigError([f"demo/story: {problem}" for problem in problems]) from exc
    except KeyError as exc:
        raise ConfigError([f"demo/story: there is no place {exc}"]) from exc


def _read(monday: date) -> Story:
    folder = files("listener").joinpath("demo", "story")
    tables = {
        file.name: tomllib.loads(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }
    places = TypeAdapter(dict[str, Place]).validate_python(tables.pop("places.toml"))
    posts = [post for table in tables.values() for post in table.get("posts", [])]
    items = [item for table in tables.values() for item in table.get("items", [])]
    written = TypeAdapter(list[_Written]).validate_python(posts)
    said = TypeAdapter(list[_Said]).validate_python(items)
    return Story(
        monday=monday,
        places=places,
        posts=tuple(post for each in written for post in _posts(each, places, monday)),
        items=tuple(_item(each, said, monday) for each in said),
    )


def _posts(written: _Written, places: dict[str, Place], monday: date) -> Sequence[Post]:
    """Return a post and its copies elsewhere."""
    first = _post(written, places[written.place], on(monday, written.at))
    return [
        first,
        *(
            replace(
                _post(written, places[copy.place], on(monday, copy.at), copy.title),
                place=copy.place,
                text="\n\n".join(filter(None, (written.text, copy.tail))),
            )
            for copy in written.copies
        ),
    ]


def _post(written: _Written, place: Place, at: datetime, title: str | None = None) -> Post:
    title = title or written.title
    name = slug(title) if title else f"{written.author}/{at:%j%H%M}"
    return Post(
        place=written.place,
        url=f"https://{place.site}/{name}",
        at=at,
        title=title,
        author=written.author,
        text=written.text,
        comments=written.comments,
        views=written.views,
    )


def slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.replace("'", " ")))[:80].strip("-")


def _item(said: _Said, every: Sequence[_Said], monday: date) -> Item:
    root = said
    while root.to is not None:
        root = next(other for other in every if other.id == root.to)
    return Item(
        id=FIRST_ID + said.id,
        at=on(monday, said.at),
        by=said.by,
        title=said.title,
        url=said.url,
        text=said.text,
        parent=None if said.to is None else FIRST_ID + said.to,
        story=FIRST_ID + root.id,
        points=said.points,
        comments=said.comments,
    )
