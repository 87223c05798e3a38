"""Judge and store invented posts and print how many pass in a second.

    python -m benchmarks.ingest [--posts 5000] [--queries 10 1000 10000]

Posts are half French, half English; one in twenty names a brand. They come in batches of 27, as
from feeds; each batch is matched, scored, and stored with what is owed for it in one transaction.
Each amount of queries is measured in a process of its own. CPU is user and system time.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from benchmarks.invented import brands, item
from benchmarks.pollers.ours import configure
from listener.analysis.language import identify
from listener.app import opened
from listener.model import Author, Batch, Post, PostKind

BATCH = 27
SITES = 50


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--posts", type=int, default=5000)
    options.add_argument("--queries", type=int, nargs="+", default=[10, 1_000, 10_000])
    asked = options.parse_args()
    print("| queries | ready after s | posts/s of CPU | posts/s | mentions | peak MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for queries in asked.queries:
        with get_context("spawn").Pool(1) as alone:
            print(alone.apply(measure, (queries, asked.posts)), flush=True)
    return 0


def measure(queries: int, posts: int) -> str:
    batches = list(batched(queries, posts))
    identify("The model is loaded before the clock starts.", declared=None)
    with tempfile.TemporaryDirectory() as folder:
        ready, cpu, wall, mentions = asyncio.run(ingest(queries, batches, Path(folder)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"| {queries:,} | {ready:.1f} | {posts / cpu:,.0f} | {posts / wall:,.0f} "
        f"| {mentions:,} | {peak:.0f} |"
    )


async def ingest(
    queries: int, batches: list[Batch], folder: Path
) -> tuple[float, float, float, int]:
    """Return the seconds until it was ready, then CPU and wall seconds, and the mentions found."""
    begun = time.perf_counter()
    config = configure(["https://example.org/feed"], queries, folder)
    async with opened(config) as app:
        (source,) = config.tables.sources
        state = app.store.sources.get(source.name)
        assert state is not None
        start, ready = time.process_time(), time.perf_counter()
        for batch in batches:
            state, _ = app.pipeline.ingest(source, state, batch, first=False)
        cpu, wall = time.process_time() - start, time.perf_counter() - ready
        return ready - begun, cpu, wall, state.mentions


def batched(queries: int, posts: int) -> Iterator[Batch]:
    known = brands(queries)
    made = [post(n, known) for n in range(posts)]
    for start in range(0, posts, BATCH):
        yield Batch(posts=tuple(made[start : start + BATCH]), cursor={"page": str(start)})


def post(number: int, names: list[str]) -> Post:
    it = item(f"site{number % SITES}.example", number // SITES, names)
    return Post(
        key=f"url:{it.url}",
        item=it.id,
        kind=PostKind.NEWS,
        url=it.url,
        title=it.title,
        text="\n".join(it.paragraphs),
        author=Author(name=f"Author {number % 300}"),
        published=it.published,
        language=it.language if number % 2 else None,
    )


if __name__ == "__main__":
    sys.exit(main())
