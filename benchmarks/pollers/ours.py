"""The program itself: fetched, matched, scored, stored, owed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from random import Random

from benchmarks.invented import brands, query
from listener.analysis.language import identify
from listener.app import App, opened
from listener.config import Config, load
from listener.daemon import AT_A_TIME

HEAD = """
[[people]]
name = "Ana"

[[channels]]
name = "files"
kind = "folder"

[[subscriptions]]
person = "Ana"
channel = "files"
"""
BRAND = """
[[brands]]
name = "{name}"
role = "topic"
query = '{query}'
"""
SOURCE = """
[[sources]]
name = "Feed {n}"
kind = "feed"
url = "{url}"
private = true
"""


@contextmanager
def poller(urls: Sequence[str], names: int, folder: Path) -> Iterator[Callable[[], int]]:
    """Yield what polls everything once and tells how many posts there are."""
    config = configure(urls, names, folder)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        app = runner.run(stack.enter_async_context(opened(config)))
        app.fetcher.pacing.interval = 0
        identify("The model is loaded before the clock starts.", declared=None)
        yield lambda: runner.run(poll(app))
        runner.run(stack.aclose())


async def poll(app: App) -> int:
    slots = asyncio.Semaphore(AT_A_TIME)  # as the daemon does

    async def one(number: int) -> None:
        async with slots:
            done = await app.pipeline.poll(app.config.tables.sources[number])
            assert done.error is None, done.error

    await asyncio.gather(*map(one, range(len(app.config.tables.sources))))
    return int(app.store.rows("SELECT count(*) FROM posts")[0][0])


def configure(urls: Sequence[str], names: int, folder: Path) -> Config:
    """Write and read a sources.toml with these feeds and brands, of four words each."""
    chance = Random(1)
    tables = [BRAND.format(name=name, query=query(chance, name)) for name in brands(names)]
    tables += [SOURCE.format(n=n, url=url) for n, url in enumerate(urls)]
    path = folder / "sources.toml"
    path.write_text(HEAD + "".join(tables), encoding="utf-8")
    return load(path)
