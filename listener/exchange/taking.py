"""Takes a file of posts into the archive: all of it is read and checked before any is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Self

from pydantic import model_validator

from listener.clock import Clock
from listener.collect.pushed import came
from listener.collect.pushed_posts import Origin, Problem, PushedPost, read_post, unique
from listener.config.shape import Source
from listener.exchange.files import Row
from listener.intake import Pass
from listener.model import Batch, Post
from listener.pipeline import Pipeline
from listener.store import Store
from listener.store.sources import SourceState

AT_ONCE = 500  # posts of one transaction
MOST_TOLD = 1_000  # problems that are remembered


class ExportedPost(PushedPost):
    """A post as `listener export` writes it; what was thought of it there is thought anew here."""

    source: object = None
    seen: object = None
    by_brand: object = None
    mentions: object = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.key or self.title or self.text or self.html):  # a picture has a key
            raise ValueError("needs a title, a text or html")
        return self


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a line of a file."""

    line: int
    problem: Problem

    def __str__(self) -> str:
        what = f"{self.problem.field}: " if self.problem.field else ""
        return f"line {self.line}: {what}{self.problem.why}"


@dataclass(slots=True)
class Checked:
    """What a file holds: posts that can be read, and the lines that cannot.

    again  posts that another line told of: the same id, or none and the same address or words
    """

    posts: int = 0
    again: int = 0
    bad: int = 0
    wrong: list[Wrong] = field(default_factory=list)


Progress = Callable[[int], None]  # is told how many bytes of the file were read


def check(rows: Iterable[Row], origin: Origin, progress: Progress) -> Checked:
    """Read all of a file and store nothing."""
    checked = Checked()
    told: set[int] = set()  # hashes: a file may have millions
    for row in rows:
        progress(row.bytes)
        found = read(row, origin)
        if isinstance(found, Post):
            checked.posts += 1
            told.add(hash(found.item))
            continue
        checked.bad += 1
        room = MOST_TOLD - len(checked.wrong)
        checked.wrong += [Wrong(row.line, problem) for problem in found[: max(0, room)]]
    checked.again = checked.posts - len(told)
    return checked


def read(row: Row, origin: Origin) -> Post | tuple[Problem, ...]:
    if isinstance(row.item, Problem):
        return (row.item,)
    return read_post(row.item, origin, ExportedPost)


def take(
    rows: Iterable[Row],
    origin: Origin,
    source: Source,
    pipeline: Pipeline,
    store: Store,
    clock: Clock,
    progress: Progress,
) -> Pass:
    """Store what can be read, as if it were found on a first pass over the source.

    Each part is safe once it is stored: after a kill, the same import goes on where it was.
    """
    total = Pass(source=source.name)
    for part in _parts(rows):
        found = [read(row, origin) for row in part]
        posts = unique([post for post in found if isinstance(post, Post)])
        state = _state(store, source)
        batch = Batch(posts=posts, cursor=state.cursor)
        _, stored = pipeline.ingest(source, state, batch, first=True)
        total = total.plus(stored)
        progress(part[-1].bytes)
    if source.kind in ("import", "webhook"):  # it came, even if nothing of it was new
        state = _state(store, source)
        with store.transaction():
            store.sources.save(replace(state, cursor=came(state.cursor, clock.now())))
    return total


def _state(store: Store, source: Source) -> SourceState:
    state = store.sources.get(source.name)
    assert state is not None  # made when the program was built
    return state


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while part := list(islice(left, AT_ONCE)):
        yield part
