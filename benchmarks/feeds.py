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
    print(f"| CPU ms per feed | {' | '.join(HEADINGS)} | peak MB | posts |")
    print("| --- " * (len(HEADINGS) + 3) + "|")
    for name, runs in results.items():
        costs = [1000 * median(run.cpu[phase] for run in runs) / feeds for phase in Phase]
        cells = " | ".join(f"{cost:.1f}" for cost in costs)
        print(f"| {name} | {cells} | {median(r.peak for r in runs):.0f} | {runs[0].stored[-1]:,} |")
    print(f"\n| wall s per pass | {' | '.join(HEADINGS)} |")
    print("| --- " * (len(HEADINGS) + 1) + "|")
    for name, runs in results.items():
        times = (median(run.wall[phase] for run in runs) for phase in Phase)
        print(f"| {name} | {' | '.join(f'{seconds:.1f}' for seconds in times)} |")
    if "reader" in results and "ours" in results:
        print(f"\n| reader / ours, CPU | {' | '.join(HEADINGS)} |")
        print("| --- " * (len(HEADINGS) + 1) + "|")
        ratios = (
            median(run.cpu[phase] for run in results["reader"])
            / median(run.cpu[phase] for run in results["ours"])
            for phase in Phase
        )
        print(f"| | {' | '.join(f'{ratio:.1f}' for ratio in ratios)} |")


if __name__ == "__main__":
    sys.exit(main())
