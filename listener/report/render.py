"""A report as a page, as a mail, and as a line of the index: its words are in `reports/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from html import unescape
from typing import NamedTuple
from zoneinfo import ZoneInfo

import css_inline
from babel import Locale
from babel.dates import format_interval
from markupsafe import Markup

from listener.analysis import figures
from listener.content import Content
from listener.locale.formats import Formats
from listener.messages import Attachment, Message, Person
from listener.notify.blocks import payloads
from listener.notify.unsubscribe import by_mail
from listener.report import charts, svg
from listener.report.model import Period, Report, SourceWeek
from listener.report.standing import comparable, heard_well, standings

_WIDE, _NARROW = 720, 340  # CSS pixels: one drawing for screens and paper, one for phones
_DAILY = 230
_DRAWN = 12  # sources with gaps; the table holds all
_MAIL = (480, 200)
_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
_LOCALES = {"en": "en_GB", "fr": "fr_FR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A line of the index: `href` is relative to it; `start` and `last` are the week's days."""

    name: str
    start: date
    last: date
    href: str
    headline: str


def page(content: Content, report: Report, language: str) -> str:
    """Render ONE self-contained HTML file. The same report gives the same bytes."""
    return _render(
        content, "reports/weekly.html", report, language, chart=_page_charts(report, language)
    )


def headline(content: Content, report: Report, language: str) -> str:
    """Say in one sentence how things stand."""
    return _line(_render(content, "reports/headline.txt", report, language))


def name(report: Report) -> str:
    """Return the ISO week in which the report starts, "2026-W11": the name of its files."""
    year, week, _ = report.start.astimezone(ZoneInfo(report.timezone)).isocalendar()
    return f"{year}-W{week:02}"


def summary(
    content: Content,
    report: Report,
    person: Person,
    *,
    key: str,
    now: datetime,
    page_html: str,
    contact: str | None = None,
) -> Message:
    """Render the mail: headline, three figures a brand, its chart, and the page attached.

    Slack gets the same without chart and page: a webhook takes no files.

    contact  the operator's e-mail address, to which people write to be left alone
    """
    unsubscribe = by_mail(contact, "report")
    told = partial(_render, content, report=report, language=person.language)
    shown = partial(told, contact=contact, unsubscribe=unsubscribe)
    images = _mail_charts(content, report, person.language)
    html = shown("reports/summary.html", images=[image.name for image in images])
    attached = Attachment(
        name=f"report-{name(report)}.html", media_type="text/html", content=page_html.encode()
    )
    subject = _line(shown("reports/summary.subject"))
    return Message(
        key=key,
        person=person,
        created=now,
        subject=subject,
        text=_plain(shown("reports/summary.txt")),
        html=_INLINER.inline(html),
        slack=payloads(shown("reports/summary.slack"), subject),
        attachments=(*images, attached),
        unsubscribe=unsubscribe,
    )


def index(content: Content, entries: Sequence[IndexEntry], language: str) -> str:
    """Render the list of all reports, the newest first."""
    return content.render(
        "reports/index.html",
        language,
        "UTC",
        entries=sorted(entries, key=lambda entry: entry.start, reverse=True),
        house=content.tables("reports/style.toml"),
        interval=_interval(language),
    )


def index_entry(content: Content, report: Report, language: str, href: str) -> IndexEntry:
    start, last = _days(report)
    return IndexEntry(
        name=name(report),
        start=start,
        last=last,
        href=href,
        headline=headline(content, report, language),
    )


def _render(content: Content, template: str, report: Report, language: str, **more: object) -> str:
    found = standings(report)
    return content.render(
        template,
        language,
        report.timezone,
        report=report,
        standings=found,
        heard_well=heard_well(report),
        drawn=_DRAWN,
        comparable=comparable(report),
        week=_interval(language)(*_days(report)),
        enough=figures.ENOUGH,
        volume_moved=figures.volume_moved,
        tone_moved=figures.tone_moved,
        language_name=_language_name(language),
        house=content.tables("reports/style.toml"),
        **more,
    )


def _plain(rendered: str) -> str:
    """Undo the escapes of `reports/words.html` in what is no HTML."""
    return unescape(rendered).strip() + "\n"


def _line(rendered: str) -> str:
    return " ".join(_plain(rendered).splitlines())


class _Chart(NamedTuple):
    draw: charts.Draw
    height: int


def _page_charts(report: Report, language: str) -> Callable[[str, str, str], Markup]:
    """Return what draws a chart by its name, for wide and for narrow screens."""
    drawn = _drawings(report, Formats(language, report.timezone))

    def chart(name: str, title: str, about: str) -> Markup:
        draw, height = drawn[name]
        both = [
            Markup('<div class="{}">{}</div>').format(
                kind, svg.svg(draw, (width, height), f"{name}-{kind}", title, about)
            )
            for kind, width in (("wide", _WIDE), ("narrow", _NARROW))
        ]
        return Markup().join(both)

    return chart


def worst_heard(report: Report) -> list[SourceWeek]:
    """Return the sources with gaps that are drawn: the worst, as many as fit in the eye."""
    broken = [source for source in report.sources if source.gaps]
    return sorted(broken, key=lambda source: source.heard + source.stale)[:_DRAWN]


def _drawings(report: Report, formats: Formats) -> Mapping[str, _Chart]:
    period = Period(report.start, report.end)
    gaps = worst_heard(report)
    drawings = {
        "coverage": _Chart(charts.coverage(gaps, period, formats), charts.height(len(gaps)))
    }
    for n, brand in enumerate(report.brands):
        rows = charts.height(len(brand.voices))
        drawings[f"daily-{n}"] = _Chart(charts.daily(brand, report.events, formats), _DAILY)
        drawings[f"voice-{n}"] = _Chart(charts.voice(brand.voices, formats), rows)
        drawings[f"tone-{n}"] = _Chart(charts.tone(brand.voices, formats), rows)
    return drawings


def _mail_charts(content: Content, report: Report, language: str) -> tuple[Attachment, ...]:
    """One picture an own brand, in the order in which the mail tells them."""
    formats = Formats(language, report.timezone)
    colours = content.tables("reports/style.toml")["light"]
    assert isinstance(colours, dict)
    return tuple(
        Attachment(
            name=f"mentions-{n}.png",
            media_type="image/png",
            content=svg.png(charts.daily(each.brand, report.events, formats), _MAIL, colours),
            inline=True,
        )
        for n, each in enumerate(standings(report), 1)
    )


def _days(report: Report) -> tuple[date, date]:
    """First and last day of the period, in its own zone."""
    zone = ZoneInfo(report.timezone)
    last = report.end.astimezone(zone) - timedelta(microseconds=1)
    return report.start.astimezone(zone).date(), last.date()


def _interval(language: str) -> Callable[[date, date], str]:
    return partial(format_interval, skeleton="yMMMd", locale=_LOCALES.get(language, "en_GB"))


def _language_name(language: str) -> Callable[[str], str]:
    names = Locale.parse(language).languages
    return lambda code: names.get(code, code)
