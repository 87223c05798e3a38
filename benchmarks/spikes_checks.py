"""Checks of the spike detector on invented series of which one knows what happens in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import cos, exp, log, pi, sqrt
from random import Random
from statistics import median

from listener.analysis.spikes import Detector, Kind, Seen
from listener.analysis.spikes_level import DAY

HOUR = 12  # buckets
WEEK = 7 * DAY
RATES = (1, 10, 100, 1_000, 10_000)  # mentions a day
RUNS = 20

Row = tuple[str, str, str]


def checks() -> Iterator[Row]:
    for name, wanted, invent in (
        ("steady chance (Poisson)", "< 0.3", steady),
        ("steady, over-dispersed", "< 0.3", partial(lively, night=0.0)),
        ("days and nights", "< 1", partial(lively, spread=0.3)),
        ("over-dispersed days, nights and weekends", "< 1", partial(lively, weekend=0.3)),
        ("all of an hour in one bucket", "< 1", hourly),
        ("stories of 4 mentions in an hour", "< 1", stories),
    ):
        yield f"alerts a week: {name}", wanted, by_rate(noise, invent)
    for times, length in ((5, 36), (10, 36), (20, 6)):
        name = f"x{times} for {5 * length} min"
        yield f"surge {name}", "found", by_rate(surge, times, length)
        yield f"surge {name}, hourly", "found", by_rate(surge, times, length, invent=hourly)
    yield "6 mentions in an hour", "found when 1 a day", by_rate(cluster, 6)
    yield "10 mentions in an hour", "found when 1 a day", by_rate(cluster, 10)
    yield "silence for good, by day", "found when 100 a day", by_rate(silence)
    yield "alerts of an ordinary day", "(to compare)", by_rate(ordinary)
    yield "a day, of outages of 12 h and 2 days after", "as ordinary", by_rate(outage, skipped=True)
    yield "the same, had they been zeros", "(to compare)", by_rate(outage, skipped=False)
    yield "a day, when 60 % of it are down for 2 of 4", "as ordinary", by_rate(degraded, 1)
    yield "x10 for 180 min meanwhile", "found", by_rate(degraded, 10)
    yield "a day, a week and 3 weeks after it doubles", "then ordinary", by_rate(doubled, 1.0)
    yield "the same for a source that is taken in", "as ordinary", by_rate(doubled, 2.0)
    yield "the first two days, x50 within", "0 alerts", by_rate(young)


def by_rate(check: Callable[..., str], *given: object, **named: object) -> str:
    """Run a check for brands of each size and tell the results side by side."""
    return ", ".join(f"{rate:,}: {check(rate / DAY, *given, **named)}" for rate in RATES)


def poisson(chance: Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(chance.gauss(mean, sqrt(mean))))
    count, product, limit = 0, chance.random(), exp(-mean)
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def thin(chance: Random, count: int, share: float) -> int:
    """Keep each mention with a probability of `share`."""
    if share >= 1:
        return count
    spread = sqrt(count * share * (1 - share))
    if spread > 10:
        return max(0, round(chance.gauss(count * share, spread)))
    return sum(chance.random() < share for _ in range(count))


def steady(chance: Random, mean: float, buckets: int) -> list[int]:
    return [poisson(chance, mean) for _ in range(buckets)]


def lively(
    chance: Random,
    mean: float,
    buckets: int,
    *,
    spread: float = 1.0,
    night: float = 1.0,
    weekend: float = 1.0,
) -> list[int]:
    """Draw negative binomial counts; the night has exp(-2 night) of what is said at noon."""
    counts = []
    for at in range(buckets):
        now = mean * exp(-night * cos(2 * pi * at / DAY)) * (weekend if at % WEEK > 5 * DAY else 1)
        counts.append(poisson(chance, now * chance.gammavariate(1 / spread, spread)))
    return counts


def hourly(chance: Random, mean: float, buckets: int) -> list[int]:
    """Draw counts of a source that is polled once an hour, counted when they were found."""
    return bunched(lively(chance, mean, buckets))


def bunched(counts: Sequence[int]) -> list[int]:
    return [
        sum(counts[max(0, at - HOUR + 1) : at + 1]) if at % HOUR == HOUR - 1 else 0
        for at in range(len(counts))
    ]


def stories(chance: Random, mean: float, buckets: int) -> list[int]:
    """Draw mentions that come as stories: 4 on average (geometric), within an hour."""
    counts = [0] * buckets
    for at, fresh in enumerate(steady(chance, mean / 4, buckets)):
        for _ in range(fresh):
            size = 1 + int(log(1 - chance.random()) / log(0.75))
            for _ in range(size):
                counts[min(buckets - 1, at + chance.randrange(HOUR))] += 1
    return counts


def watch(detector: Detector, counts: Sequence[int]) -> list[Seen | None]:
    return [detector.update(count) for count in counts]


def known(chance: Random, mean: float, days: int = 28) -> Detector:
    """Return a detector that knows a lively brand; the next bucket is of midnight."""
    detector = Detector()
    watch(detector, lively(chance, mean, days * DAY))
    return detector


def noise(mean: float, invent: Callable[[Random, float, int], list[int]]) -> str:
    alerts = [
        sum(map(bool, watch(Detector(), invent(Random(run), mean, 8 * WEEK))))
        for run in range(RUNS)
    ]
    return f"{sum(alerts) / (8 * RUNS):.2f}"


def surge(
    mean: float,
    times: int,
    length: int,
    invent: Callable[[Random, float, int], list[int]] = lively,
) -> str:
    """Tell how many of the surges, each at another hour, were found within an hour of their end."""
    delays = []
    for run in range(RUNS):
        chance = Random(run)
        start = 28 * DAY + chance.randrange(2 * DAY)
        counts = lively(chance, mean, start + length + HOUR)
        for at in range(start, start + length):
            counts[at] += sum(lively(chance, mean * (times - 1), 1, night=0.0))
        if invent is hourly:
            counts = bunched(counts)
        delays.append(delay(watch(Detector(), counts)[start:]))
    return found(delays)


def delay(said: Sequence[Seen | None], kinds: Sequence[Kind] = tuple(Kind)) -> int | None:
    """Return the minutes until something of a kind was said; None if nothing was."""
    return next((5 * at + 5 for at, seen in enumerate(said) if seen and seen.kind in kinds), None)


def found(delays: Sequence[int | None]) -> str:
    after = [minutes for minutes in delays if minutes is not None]
    told = f"{100 * len(after) / len(delays):.0f} %"
    return f"{told} after {median(after):.0f} min" if after else told


def cluster(mean: float, size: int) -> str:
    delays = []
    for run in range(RUNS):
        chance = Random(run)
        detector = known(chance, mean)
        counts = lively(chance, mean, 2 * HOUR)
        for _ in range(size):
            counts[chance.randrange(HOUR)] += 1
        delays.append(delay(watch(detector, counts)))
    return found(delays)


def silence(mean: float) -> str:
    delays = []
    for run in range(RUNS):
        chance = Random(run)
        detector = known(chance, mean)
        watch(detector, lively(chance, mean, DAY // 2))
        delays.append(delay(watch(detector, [0] * 2 * WEEK), (Kind.DROP,)))
    return found(delays)


def ordinary(mean: float) -> str:
    alerts = 0
    for run in range(RUNS):
        chance = Random(run)
        detector = known(chance, mean)
        alerts += sum(map(bool, watch(detector, lively(chance, mean, WEEK))))
    return f"{alerts / (7 * RUNS):.2f}"


def outage(mean: float, *, skipped: bool) -> str:
    """Count the alerts from the beginning of an outage at noon to two days after its end."""
    alerts = 0
    for run in range(RUNS):
        chance = Random(run)
        detector = known(chance, mean)
        watch(detector, lively(chance, mean, DAY // 2))
        if skipped:
            detector.skip(DAY // 2)
        else:
            alerts += sum(map(bool, watch(detector, [0] * (DAY // 2))))
        alerts += sum(map(bool, watch(detector, lively(chance, mean, 2 * DAY))))
    return f"{alerts / (2.5 * RUNS):.2f}"


def degraded(mean: float, times: int) -> str:
    """Hear 40 % of the voice for two days, and all again for two; count alerts, or find a surge."""
    alerts, delays = 0, []
    for run in range(RUNS):
        chance = Random(run)
        detector = known(chance, mean)
        counts = lively(chance, 0.4 * mean, 2 * DAY)
        if times > 1:
            noon = slice(DAY + DAY // 2, DAY + DAY // 2 + 3 * HOUR)
            counts[noon] = lively(chance, 0.4 * mean * times, 3 * HOUR, night=0.0)
        said = [detector.update(count, 0.4) for count in counts]
        delays.append(delay(said[DAY + DAY // 2 :], (Kind.BURST, Kind.SUSTAINED)))
        alerts += sum(map(bool, [*said, *watch(detector, lively(chance, mean, 2 * DAY))]))
    return found(delays) if times > 1 else f"{alerts / (4 * RUNS):.2f}"


def doubled(mean: float, rescaled: float) -> str:
    """Double the voice for good; count the alerts of the first week and of the fourth."""
    weeks = [0] * 4
    for run in range(RUNS):
        chance = Random(run)
        detector = known(chance, mean)
        detector.rescale(rescaled)
        for week in range(4):
            weeks[week] += sum(map(bool, watch(detector, lively(chance, 2 * mean, WEEK))))
    return f"{weeks[0] / (7 * RUNS):.2f} then {weeks[3] / (7 * RUNS):.2f}"


def young(mean: float) -> str:
    alerts = 0
    for run in range(RUNS):
        chance = Random(run)
        counts = lively(chance, mean, 2 * DAY)
        at = chance.randrange(len(counts) - HOUR)
        counts[at : at + HOUR] = lively(chance, 50 * mean, HOUR)
        alerts += sum(map(bool, watch(Detector(), counts)))
    return str(alerts)
