"""A simulated day with all kinds of source on: are limits kept, budgets used, posts found?"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta

from tests.day.clock import MIDNIGHT
from tests.day.world import Day, Line, play

COLUMNS = (
    "kind", "sources", "requests", "limit", "busiest", "too many", "used", "stored", "missing",
    "between passes", "until found",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24, help="in which posts are published")
    parser.add_argument("--busy", type=float, default=0.6, help="how much is published")
    asked = parser.parse_args()
    begun = time.perf_counter()
    show(play(MIDNIGHT, asked.hours, busy=asked.busy))
    print(f"\n{asked.hours:g} hours in {time.perf_counter() - begun:.0f} s")


def show(day: Day) -> None:
    print("| " + " | ".join(COLUMNS) + " |")
    print("| --- " * len(COLUMNS) + "|")
    for line in day.lines:
        print("| " + " | ".join(_cells(line)) + " |")
    for why, times in sorted(day.unheard.items()):
        print(f"not heard, {times} times: {why}")
    for message in day.wrong:
        print(f"wrong: {message}")


def _cells(line: Line) -> list[str]:
    return [
        line.kind,
        str(line.sources),
        str(line.requests),
        ", ".join(line.limits) or "none known",
        ", ".join(map(str, line.busiest)),
        str(line.exceeded),
        "" if line.used is None else f"{line.used:.0%}",
        str(line.stored),
        str(len(line.missing)),
        _minutes(line.wait),
        _minutes(line.late),
    ]


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:.0f} min"


if __name__ == "__main__":
    main()
