"""Takes a file of posts into the archive: all of it is read and checked before any is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from listener.clock import Clock
from listener.collect.pushed import came
from listener.collect.pushed_posts import Origin, Problem, PushedPost, read_post, unique
from listener.config.shape import Source
from listener.exchange.files import Row
from listener.intake import Pass
from listener.model import Batch, Post
from listener.pipeline import Pipeline
from listener.store import Store

AT_ONCE = 500  # posts of one transaction
MOST_TOLD = 1_000  # problems that are remembered


class ExportedPost(PushedPost):
    """A post as `listener export` writes it; what was thought of it there is thought anew here."""

    source: object = None
    seen: object = None
    by_brand: object = None
    mentions: object = None


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
    """What a file holds: posts that can be read, and the lines that cannot."""

    posts: int = 0
    bad: int = 0
    wrong: list[Wrong] = field(default_factory=list)


Progress = Callable[[int], None]  # is told how many bytes of the file were read


def check(rows: Iterable[Row], origin: Origin, progress: Progress) -> Checked:
    """Read all of a file and store nothing."""
    checked = Checked()
    for row in rows:
        progress(row.bytes)
        found = read(row, origin)
        if isinstance(found, Post):
            checked.posts += 1
            continue
        checked.bad += 1
        room = MOST_TOLD - len(checked.wrong)
        checked.wrong += [Wrong(row.line, problem) for problem in found[: max(0, room)]]
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
        state = store.sources.get(source.name)
        assert state is not None  # made when the program was built
        ours = source.kind in ("import", "webhook")
        cursor = came(state.cursor, clock.now()) if ours else state.cursor
        batch = Batch(posts=posts, cursor=cursor)
        state, stored = pipeline.ingest(source, state, batch, first=True)
        total = total.plus(stored)
        progress(part[-1].bytes)
    return total


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while part := list(islice(left, AT_ONCE)):
        yield part
