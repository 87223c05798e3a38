"""How a brand stands, decided from its figures; the words for it are in `reports/words.html`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from listener.analysis import figures
from listener.report.model import BrandWeek, Report

Volume = Literal["silent", "deaf", "alone", "steady", "more", "surge", "less", "less-deaf"]
Tone = Literal["few", "even", "positive", "negative"]

# Below this share of sources x time, or this much less than before, a fall proves nothing.
_HEARD = 0.9
_HEARD_LESS = 0.1

_SURGE = 2  # times as many as before


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A brand's week in categories.

    volume  silent, deaf: nothing was found, and that may (not) be trusted; alone: nothing to
            compare with; less-deaf: fewer than before, but less was heard too
    times   how many times as many mentions as before, when volume is surge
    tone    few: too few scored to say; even: the interval of net sentiment holds zero
    change  -1, 0, 1: tone is worse, not clearly another, better than before
    """

    brand: BrandWeek
    volume: Volume
    times: int
    tone: Tone
    change: int


def standings(report: Report) -> tuple[Standing, ...]:
    """Return every own brand's standing, the most pressing first."""
    found = [_standing(brand, report) for brand in report.brands]
    return tuple(sorted(found, key=_pressing, reverse=True))


def heard_well(report: Report) -> bool:
    """Whether enough was heard for a low count to mean something."""
    heard, before = report.heard or 0, report.heard_before
    return heard >= _HEARD and (before is None or before - heard < _HEARD_LESS)


def comparable(report: Report) -> bool:
    """Whether both periods were heard about as well."""
    heard, before = report.heard, report.heard_before
    return heard is None or before is None or abs(before - heard) < _HEARD_LESS


def _standing(brand: BrandWeek, report: Report) -> Standing:
    now, before = brand.now.mentions, brand.before.mentions if brand.before else None
    return Standing(
        brand=brand,
        volume=_volume(now, before, heard_well(report)),
        times=round(now / before) if before else 0,
        tone=_tone(brand),
        change=figures.tone_moved(brand.now.tally, brand.before.tally) if brand.before else 0,
    )


def _volume(now: int, before: int | None, trusted: bool) -> Volume:
    if not now:
        return "silent" if trusted else "deaf"
    if before is None:
        return "alone"
    moved = figures.volume_moved(now, before)
    if moved > 0:
        return "surge" if before and now >= _SURGE * before else "more"
    if moved < 0:
        return "less" if trusted else "less-deaf"
    return "steady"


def _tone(brand: BrandWeek) -> Tone:
    net = brand.now.net
    if net is None or net.n < figures.ENOUGH:
        return "few"
    return ("even", "positive", "negative")[net.sign]


def _pressing(standing: Standing) -> tuple[int, bool, int, int]:
    """Danger before tone, tone before volume; equals stay in the operator's order."""
    brand = standing.brand
    risk = max((danger.risk.score for danger in brand.dangers), default=0)
    return risk, standing.tone == "negative", -standing.change, brand.now.mentions
