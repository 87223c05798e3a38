"""Search an archive of invented posts, and print how long each query takes.

    python -m benchmarks.search [--posts 1000000] [--keep FILE]

The words follow Zipf's law, as in real text; the selective ones stand in one post of 10,000. Each
query is run five times on an open store, `listener search --limit 20` style; the median is told.
--keep leaves the archive in a file, and finds it there next time.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from statistics import median

from listener.analysis.query import parse
from listener.search import search
from listener.store import Store, open_store
from listener.store.search import Order

WORDS = 50_000
RARE = 10_000  # posts for each that holds the selective words
SECONDS_APART = 30
QUERIES: tuple[tuple[str, Order], ...] = (
    ("quechua", "newest"),
    ('"tente quechua"', "newest"),
    ("quechua NEAR/3 tente", "relevance"),
    ("quech* -lang:en", "risk"),
    ("(quechua OR kipsta) w5 NOT w9", "newest"),
    ("title:quechua site:a.example", "oldest"),
    ("quechua w0", "newest"),
    ("absent", "newest"),
    ("w0", "newest"),
    ("w900 w901", "relevance"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "archive.db"
        with contextlib.closing(open_store(path)) as store:
            build(store, options.posts)
            size = path.stat().st_size / 1e9
            print(f"\n{store.search.extent().posts:,} posts, {size:.2f} GB\n")
            print("| query | sorted by | found | first 20, ms | all, ms |")
            print("| --- | --- | --- | --- | --- |")
            for query, order in QUERIES:
                print(measure(store, query, order), flush=True)
    print(f"\npeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:,.0f} MB")
    return 0


def build(store: Store, posts: int) -> None:
    missing = posts - store.search.extent().posts
    start = time.perf_counter()
    made = invented(posts - missing, posts)
    while page := list(islice(made, 20_000)):
        with store.transaction():
            store.execute_many(
                "INSERT INTO posts (key, kind, url, title, text, published, language, first_seen,"
                " source) VALUES (?, 'news', ?, ?, ?, ?, ?, ?, 'Gazette')",
                page,
            )
        print(f"\rstored {page[-1][0]}", end="", file=sys.stderr)
    seconds = time.perf_counter() - start
    if missing > 0:
        print(f"\rstored and indexed {missing:,} posts, {missing / seconds:,.0f} a second")


def invented(start: int, end: int) -> Iterator[tuple[object, ...]]:
    random = Random(start)
    words = [f"w{n}" for n in range(WORDS)]
    weights = list(accumulate(1 / (n + 1) for n in range(WORDS)))
    for number in range(start, end):
        said = random.choices(words, cum_weights=weights, k=60)
        if number % RARE == 0:
            said[5:7] = ["tente", "Quéchua"]
        url = f"https://a.example/{number}"
        at = 1_700_000_000 + number * SECONDS_APART
        language = ("fr", "en", None)[number % 3]
        yield f"url:{url}", url, " ".join(said[:8]), " ".join(said[8:]), at, language, at


def measure(store: Store, query: str, order: Order) -> str:
    node = parse(query)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        found = list(islice(search(store, node, order=order), 20))
        times.append(time.perf_counter() - start)
    first = f"{median(times) * 1000:.1f}"
    if len(found) < 20:
        return f"| `{query}` | {order} | {len(found)} | {first} | {first} |"
    start = time.perf_counter()
    count = sum(1 for _ in islice(search(store, node, order=order), 5_000))
    everything = f"{(time.perf_counter() - start) * 1000:.0f}"
    many = "5,000 and more" if count == 5_000 else f"{count:,}"
    return f"| `{query}` | {order} | {many} | {first} | {everything} |"


if __name__ == "__main__":
    sys.exit(main())
