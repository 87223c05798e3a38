"""Numbers, dates and times as a reader of a language and a time zone writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from babel import Locale, dates, numbers

from listener.locale import translations
from listener.model import Reason

# British dates and 24-hour times for English: readers are first of all European.
_LOCALES = {"en": "en_GB", "fr": "fr_FR"}
_UNKNOWN = "–"


class Formats:
    """The filters of every template. Unknown (None) is a dash, never a zero."""

    def __init__(self, language: str, timezone: str) -> None:
        self._locale = Locale.parse(_LOCALES.get(language, "en_GB"))
        self._zone = dates.get_timezone(timezone)
        self._catalogue = translations(language)

    def filters(self) -> dict[str, Callable[..., str]]:
        numbers_ = "number compact signed decimal percent"
        times = "date day time datetime when month duration"
        return {name: getattr(self, name) for name in f"{numbers_} {times} explain".split()}

    def number(self, value: float | None) -> str:
        """12400 -> 12,400."""
        return _UNKNOWN if value is None else numbers.format_decimal(value, locale=self._locale)

    def compact(self, value: float | None) -> str:
        """12400 -> 12K: for what is known roughly or read at a glance."""
        if value is None:
            return _UNKNOWN
        digits = 1 if 1000 <= abs(value) < 10_000 or 10**6 <= abs(value) < 10**7 else 0
        return numbers.format_compact_decimal(value, fraction_digits=digits, locale=self._locale)

    def decimal(self, value: float | None, digits: int = 1) -> str:
        """0.4 -> 0.4, with exactly `digits` after the point."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        if value is None:
            return _UNKNOWN
        return numbers.format_decimal(value, format=pattern, locale=self._locale)

    def signed(self, value: float | None, digits: int = 0) -> str:
        """22 -> +22, -14 -> −14, 0 -> 0."""
        if value is None:
            return _UNKNOWN
        rounded = round(value, digits) or 0
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return sign + self.decimal(abs(rounded), digits)

    def percent(self, share: float | None, digits: int = 0) -> str:
        """0.125 -> 13%."""
        if share is None:
            return _UNKNOWN
        plain = self._locale.percent_formats[None].pattern
        pattern = plain.replace("0", "0." + "0" * digits) if digits else plain
        return numbers.format_percent(share, format=pattern, locale=self._locale)

    def date(self, value: dt.date | None, format: str = "long") -> str:
        """21 November 2025; `format` is short, medium, long, full or a CLDR pattern."""
        if value is None:
            return _UNKNOWN
        return dates.format_date(self._local(value), format, locale=self._locale)

    def day(self, value: dt.date | None) -> str:
        """21 November: where the year is plain."""
        return self._skeleton("MMMMd", value)

    def month(self, value: dt.date | None) -> str:
        """November 2025."""
        return self._skeleton("yMMMM", value)

    def time(self, value: dt.datetime | None) -> str:
        """14:05."""
        return self._skeleton("Hm", value)

    def datetime(self, value: dt.datetime | None) -> str:
        """Fri 21 Nov, 14:05."""
        if value is None:
            return _UNKNOWN
        return f"{self._skeleton('MMMEd', value)}, {self.time(value)}"

    def when(self, value: dt.datetime | None, now: dt.datetime) -> str:
        """Today 14:05, yesterday 18:20, Wed 19 Nov, 09:12; with its year when that is another."""
        if value is None:
            return _UNKNOWN
        there, here = self._local(value), self._local(now)
        if there == here:
            return self._catalogue.gettext("today %(time)s") % {"time": self.time(value)}
        if there == here - dt.timedelta(days=1):
            return self._catalogue.gettext("yesterday %(time)s") % {"time": self.time(value)}
        return self.datetime(value) if there.year == here.year else self.date(value, "medium")

    def duration(self, seconds: float | None) -> str:
        """2 hours; 3 days: in the largest unit that fits."""
        if seconds is None:
            return _UNKNOWN
        return dates.format_timedelta(
            dt.timedelta(seconds=seconds), granularity="minute", threshold=2, locale=self._locale
        )

    def explain(self, reason: Reason) -> str:
        """A reason in the reader's words, its numbers as they are written there."""
        facts = {
            name: fact if isinstance(fact, str) else self.number(fact)
            for name, fact in reason.facts.items()
        }
        if family := facts.get("family"):  # the other facts are words of the post
            facts["family"] = self._catalogue.gettext(family)
        return self._catalogue.gettext(reason.text) % facts

    def _local(self, value: dt.date) -> dt.date:
        return value.astimezone(self._zone).date() if isinstance(value, dt.datetime) else value

    def _skeleton(self, skeleton: str, value: dt.date | None) -> str:
        if value is None:
            return _UNKNOWN
        if isinstance(value, dt.datetime):
            return dates.format_skeleton(skeleton, value, self._zone, locale=self._locale)
        midnight = dt.datetime.combine(value, dt.time(), dt.UTC)
        return dates.format_skeleton(skeleton, midnight, dt.UTC, locale=self._locale)
