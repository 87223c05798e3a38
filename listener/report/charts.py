"""The charts of the report: drawn once, given as SVG for the page and as PNG for the mail.

matplotlib is slow to load and is imported when the first chart is drawn. Sizes are CSS pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from listener.analysis.figures import ENOUGH
from listener.locale.formats import Formats
from listener.model import Heard
from listener.report.line import one_line
from listener.report.model import BrandWeek, Event, Period, SourceWeek, Voice

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Colours = Mapping[str, str]
Draw = Callable[["Figure", Colours], None]

_ROW = 46  # height of a row of the horizontal charts
_LETTER = 11  # a name takes one letter at most for so much of the chart's width


def daily(brand: BrandWeek, events: Sequence[Event], formats: Formats) -> Draw:
    """Mentions a day as a line, the week before as its ghost; events, and days with gaps."""

    def draw(figure: Figure, colours: Colours) -> None:
        marks = _marks(brand, events)
        axes = _axes(figure, left=14, right=14, top=26, bottom=30 + 16 * min(len(marks), 2))
        now = [day.mentions for day in brand.days]
        before = [day.before for day in brand.days if day.before is not None]
        top = max([*now, *before, 4])
        axes.set(xlim=(-0.35, len(now) - 0.65), ylim=(0, top * 1.12))
        _gaps(axes, brand, colours)
        _events(axes, brand, marks, colours)
        if before:
            axes.plot(before, color=colours["ghost"], lw=1.4, ls=(0, (4, 3)), clip_on=False)
        axes.fill_between(range(len(now)), now, color=colours["accent"], alpha=0.09, lw=0)
        axes.plot(now, color=colours["accent"], lw=2.4, marker="o", ms=6, clip_on=False, zorder=4)
        for x, count in enumerate(now):
            _write(axes, x, count, formats.number(count), colours["ink"], dy=11, weight="bold")
        weekday = "ccc d" if axes.bbox.width > 60 * len(now) else "ccccc d"
        axes.axhline(0, color=colours["rule"], lw=1.2, clip_on=False, zorder=1)
        for x, day in enumerate(brand.days):
            label = formats.date(day.day, weekday) + (" ▲" if day.gaps else "")
            colour = colours["warning" if day.gaps else "muted"]
            _write(axes, x, 0, label, colour, dy=-12, va="top")

    return draw


def voice(voices: Sequence[Voice], formats: Formats) -> Draw:
    """Share of voice as bars, with a tick where it stood the week before."""

    def draw(figure: Figure, colours: Colours) -> None:
        axes = _rows(figure, len(voices), right=52)
        reach = [max(v.share or 0, v.share_before or 0) for v in voices]
        axes.set_xlim(0, max(100 / 3, *reach))
        for y, brand in enumerate(voices):
            colour = colours["accent" if brand.own else "ghost"]
            _name(axes, y, brand.name, colours["ink"], bold=brand.own)
            axes.barh(y, brand.share or 0, height=0.3, color=colour, alpha=1 if brand.own else 0.6)
            if brand.share_before is not None:
                x = brand.share_before
                axes.plot([x, x], [y - 0.24, y + 0.24], color=colours["ink"], lw=2)
            share = formats.percent(None if brand.share is None else brand.share / 100)
            _write(axes, reach[y], y, share, colours["ink"], dx=8, ha="left", va="center")

    return draw


def tone(voices: Sequence[Voice], formats: Formats) -> Draw:
    """Net sentiment as points on their 95 % intervals; a hollow one for the week before."""

    def draw(figure: Figure, colours: Colours) -> None:
        axes = _rows(figure, len(voices), right=14, bottom=26)
        axes.set_xlim(-104, 104)
        axes.axvline(0, color=colours["muted"], lw=1, zorder=1)
        for x in (-100, -50, 0, 50, 100):
            _write(
                axes, x, len(voices) - 0.45, formats.signed(x), colours["muted"], dy=-2, va="top"
            )
        for y, brand in enumerate(voices):
            _name(axes, y, brand.name, colours["ink"], bold=brand.own)
            axes.plot([-100, 100], [y, y], color=colours["rule"], lw=1, zorder=0)
            before = brand.before.net if brand.before else None
            if before and before.n >= ENOUGH:
                style = {"mfc": colours["paper"], "mec": colours["ghost"], "mew": 1.6}
                axes.plot(before.value, y, marker="o", ms=7, ls="", **style)  # type: ignore[arg-type]
            if (net := brand.now.net) and net.n >= ENOUGH:
                colour = colours["accent" if brand.own else "ghost"]
                axes.plot([net.low, net.high], [y, y], color=colour, lw=4, alpha=0.45)
                axes.plot(net.value, y, marker="o", ms=8.5, ls="", color=colour, zorder=4)

    return draw


def coverage(sources: Sequence[SourceWeek], period: Period, formats: Formats) -> Draw:
    """Each source's time as a strip that breaks where it was not heard."""
    looks = {
        Heard.LIMITED: ("warning", 0.45),
        Heard.SPENT: ("warning", 0.45),
        Heard.EMPTY: ("ghost", 0.5),
        Heard.STALE: ("ghost", 0.5),
        Heard.DOWN: ("warning", 1),
        Heard.DENIED: ("warning", 1),
        Heard.MISSED: ("warning", 1),
    }
    hour = timedelta(hours=1)

    def draw(figure: Figure, colours: Colours) -> None:
        axes = _rows(figure, len(sources), right=14, bottom=26)
        axes.set_xlim(0, period.length / hour)
        for y, source in enumerate(sources):
            _name(axes, y, source.name, colours["ink"])
            axes.barh(y, period.length / hour, height=0.2, color=colours["accent"], alpha=0.35)
            for gap in source.gaps:
                assert gap.since
                assert gap.until
                width, left = (gap.until - gap.since) / hour, (gap.since - period.start) / hour
                axes.barh(y, width, left=left, height=0.22, color=colours["paper"])
                if gap.state in looks:
                    colour, alpha = looks[gap.state]
                    axes.barh(y, width, left=left, height=0.2, color=colours[colour], alpha=alpha)
        for day in range(round(period.length / hour / 24)):
            label = formats.date(period.start + (day + 0.5) * 24 * hour, "ccc d")
            _write(
                axes, (day + 0.5) * 24, len(sources) - 0.5, label, colours["muted"], dy=-2, va="top"
            )

    return draw


def height(rows: int) -> int:
    """Height of a horizontal chart of so many rows."""
    return rows * _ROW + 30


def _gaps(axes: Axes, brand: BrandWeek, colours: Colours) -> None:
    for x, day in enumerate(brand.days):
        if day.gaps:
            axes.axvspan(x - 0.5, x + 0.5, color=colours["warning"], alpha=0.1, lw=0, clip_on=True)


def _marks(brand: BrandWeek, events: Sequence[Event]) -> list[tuple[int, str]]:
    """Each event as the position of its day and its name."""
    days = [day.day for day in brand.days]
    return [(days.index(event.day), event.name) for event in events if event.day in days]


def _events(
    axes: Axes, brand: BrandWeek, marks: Sequence[tuple[int, str]], colours: Colours
) -> None:
    """A dotted line under the event's day, named below it; two rows, lest the names meet."""
    for n, (x, name) in enumerate(marks):
        axes.plot(
            [x, x], [0, brand.days[x].mentions], color=colours["muted"], lw=1.2, ls=(0, (1, 2))
        )
        edge = len(brand.days) / 2
        side = "center" if abs(x - edge + 0.5) < 2 else "left" if x < edge else "right"
        label = "◆ " + name
        _write(axes, x, 0, label, colours["ink"], dy=-28 - 16 * (n % 2), va="top", ha=side)


def _rows(figure: Figure, rows: int, *, right: int, bottom: int = 6) -> Axes:
    axes = _axes(figure, left=4, right=right, top=4, bottom=bottom)
    axes.set_ylim(rows - 0.5, -0.5)
    return axes


def _axes(figure: Figure, *, left: int, right: int, top: int, bottom: int) -> Axes:
    """Axes with margins in pixels and nothing on them."""
    width, high = figure.get_size_inches() * figure.dpi
    box = (left / width, bottom / high, 1 - (left + right) / width, 1 - (top + bottom) / high)
    axes = figure.add_axes(box)
    axes.set_axis_off()
    return axes


def _name(axes: Axes, y: int, name: str, colour: str, *, bold: bool = False) -> None:
    """Write a row's name above its bar, from the left edge."""
    weight = "bold" if bold else "normal"
    left = axes.get_xlim()[0]
    _write(axes, left, y, name, colour, dy=12, ha="left", weight=weight)


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    colour: str,
    *,
    dx: int = 0,
    dy: int = 0,
    **style: Any,
) -> None:
    """Write at a point of the data, `dx` and `dy` pixels from it."""
    room = int(axes.bbox.width / _LETTER)
    axes.annotate(
        one_line(text, room),
        (x, y),
        (dx, dy),
        textcoords="offset points",
        color=colour,
        annotation_clip=False,
        **{"ha": "center", **style},
    )
