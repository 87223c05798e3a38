"""Poll invented feeds from a loopback server and print what a feed costs.

    python -m benchmarks.feeds [--feeds 1000] [--entries 27] [--brands 50] [--runs N] [--only NAME]

The server is a process of its own; so is each program that polls it: ours, and where it is
installed, `reader`, and a naive loop. Ours matches, scores and stores, the others store only.
CPU is user and system time of the polling process; the median of the runs counts.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from statistics import median

from benchmarks.feed_server import Phase, serve

NAMES = ("ours", "reader", "naive")
HEADINGS = ("all new", "all 304", "same bytes, new ETag", "1 new item each")
SPAWN = get_context("spawn")  # nobody inherits anybody's memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One program's passes. Seconds; `cpu` and `wall` have one figure a phase."""

    cpu: Sequence[float]
    wall: Sequence[float]
    stored: Sequence[int]
    peak: float  # MB


def main() -> int:
    asked = arguments()
    runs = asked.runs or (3 if asked.feeds <= 200 else 1)
    names = [asked.only] if asked.only else list(NAMES)
    if "reader" in names and find_spec("reader") is None:
        print("reader is not installed: pip install -r benchmarks/requirements.txt\n")
        names.remove("reader")
    with server(asked.feeds, asked.entries, asked.brands) as (port, phase):
        urls = [f"http://127.0.0.1:{port}/feed/{n}" for n in range(asked.feeds)]
        results = {
            name: [measure(name, urls, asked.brands, phase) for _ in range(runs)] for name in names
        }
    print(f"{asked.feeds:,} feeds of {asked.entries} entries, median of {runs} runs\n")
    show(results, asked.feeds)
    return 0


def arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--feeds", type=int, default=1000)
    options.add_argument("--entries", type=int, default=27)
    options.add_argument("--brands", type=int, default=50, help="of four keywords each")
    options.add_argument("--runs", type=int, help="3 for up to 200 feeds, else 1")
    options.add_argument("--only", choices=NAMES)
    return options.parse_args()


@contextmanager
def server(feeds: int, entries: int, brands: int) -> Iterator[tuple[int, Synchronized[int]]]:
    phase = SPAWN.Value("i", Phase.ALL_NEW)
    ready, answer = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=serve, args=(feeds, entries, brands, phase, answer), daemon=True)
    process.start()
    try:
        yield ready.recv(), phase
    finally:
        process.kill()


def measure(name: str, urls: Sequence[str], brands: int, phase: Synchronized[int]) -> Run:
    result, answer = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=work, args=(name, urls, brands, phase, answer))
    process.start()
    answer.close()  # a process that breaks is noticed
    run: Run = result.recv()
    process.join()
    return run


def work(
    name: str, urls: Sequence[str], brands: int, phase: Synchronized[int], answer: Connection
) -> None:
    """Make all passes in this process and send what they cost."""
    cpu, wall, stored = [], [], []
    poller = import_module(f"benchmarks.pollers.{name}").poller
    with tempfile.TemporaryDirectory() as folder, poller(urls, brands, Path(folder)) as poll:
        for each in Phase:
            phase.value = each
            start, begun = time.process_time(), time.perf_counter()
            stored.append(poll())
            cpu.append(time.process_time() - start)
            wall.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.send(Run(cpu=cpu, wall=wall, stored=stored, peak=peak))


def show(results: Mapping[str, Sequence[Run]], feeds: int) -> None:
    cpu = {
        name: [median(run.cpu[p] for run in runs) for p in Phase] for name, runs in results.items()
    }
    print(heading("CPU ms per feed", *HEADINGS, "peak MB", "posts"))
    for name, runs in results.items():
        costs = [f"{1000 * seconds / feeds:.1f}" for seconds in cpu[name]]
        peak = f"{median(run.peak for run in runs):.0f}"
        print(row(name, *costs, peak, f"{runs[0].stored[-1]:,}"))
    if {"ours", "reader"} <= cpu.keys():
        ratios = [theirs / ours for theirs, ours in zip(cpu["reader"], cpu["ours"], strict=True)]
        print(row("reader / ours", *(f"{ratio:.1f}" for ratio in ratios), "", ""))
    print("\n" + heading("wall s per pass", *HEADINGS))
    for name, runs in results.items():
        print(row(name, *(f"{median(run.wall[p] for run in runs):.1f}" for p in Phase)))


def heading(*cells: str) -> str:
    return f"{row(*cells)}\n{row(*['---'] * len(cells))}"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
