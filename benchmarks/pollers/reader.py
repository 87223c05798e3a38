"""lemon24's reader, which stores entries and judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from reader import make_reader  # type: ignore[import-not-found, unused-ignore]


@contextmanager
def poller(urls: Sequence[str], names: int, folder: Path) -> Iterator[Callable[[], int]]:  # noqa: ARG001
    with closing(make_reader(str(folder / "reader.sqlite"))) as reader:
        for url in urls:
            reader.add_feed(url)

        def poll() -> int:
            reader.update_feeds(workers=10, scheduled=False)  # all, whenever they are due
            return int(reader.get_entry_counts().total or 0)

        yield poll
