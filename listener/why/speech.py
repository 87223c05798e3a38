"""A reader's language and clock, and the lines that are written in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from babel import Locale, units

from listener.digest.excerpt import one_line
from listener.locale import translations
from listener.locale.formats import Formats

Style = Literal["title", "head", "plain", "faint", "good", "bad"]
LONGEST = 160  # characters of a title or a query
MOST = 5  # things in a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; `marks` are the stretches to stand out, `depth` how far it is indented."""

    text: str
    depth: int = 0
    style: Style = "plain"
    marks: tuple[tuple[int, int], ...] = ()


class Speech:
    """What every sentence needs: the reader's language, clock and habits."""

    def __init__(self, language: str, timezone: str, now: datetime) -> None:
        self.formats = Formats(language, timezone)
        self._catalogue = translations(language)
        self._locale = Locale.parse("fr_FR" if language == "fr" else "en_GB")
        self._now = now

    def gettext(self, message: str) -> str:
        return self._catalogue.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self._catalogue.ngettext(one, many, count)

    def when(self, moment: datetime) -> str:
        return self.formats.when(moment, self._now)

    def language(self, code: str) -> str:
        name = self._locale.languages.get(code)
        return str(name) if name else code

    def duration(self, span: timedelta) -> str:
        """About how long, in days or else hours: 3 days."""
        hours = round(span.total_seconds() / 3600)
        amount, unit = (hours // 24, "day") if hours >= 48 else (hours, "hour")
        return str(units.format_unit(amount, f"duration-{unit}", locale=self._locale))

    def listed(self, things: Sequence[str]) -> str:
        """The first few, and how many more."""
        if len(things) <= MOST + 1:  # "and 1 more" would be as long as that one
            return ", ".join(things)
        shown, more = ", ".join(things[:MOST]), len(things) - MOST
        rest = self.ngettext("and %(count)s more", "and %(count)s more", more)
        return f"{shown} {rest % {'count': self.formats.number(more)}}"


def clip(text: str, width: int = LONGEST) -> str:
    line = one_line(text)
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
