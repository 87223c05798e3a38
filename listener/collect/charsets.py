"""Charsets that servers, pages and feeds declare, as browsers read them."""

from __future__ import annotations

import codecs
import re

# Of a charset and what extends it, browsers read the latter (https://encoding.spec.whatwg.org).
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Python knows others: of mainframes, in which no byte means what it seems to, and Punycode, of
# which it takes the square of the length to read it.
_OF_THE_WEB = re.compile(
    r"ascii|utf-(?:8|16|32)[\w-]*|iso8859-\d+|cp(?:125\d|437|85\d|86\d|874|9\d\d)|koi8-\w|mac-\w+"
    r"|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+|tis-620"
)


def codec(declared: str) -> str | None:
    """Return the name of Python's codec; None for a charset that is unknown or not the web's."""
    name = _known(declared.lower().removeprefix("x-"))
    return _WIDER.get(name, name) if _OF_THE_WEB.fullmatch(name) else None


def is_foreign(declared: str) -> bool:
    """Tell whether Python knows it, but no browser: who declares it wants to keep us busy."""
    name = _known(declared)
    return bool(name) and not _OF_THE_WEB.fullmatch(name)


def is_wide(declared: str) -> bool:
    """Tell whether its letters are of two bytes or four: an answer's first bytes show that."""
    return _known(declared).startswith(("utf-16", "utf-32"))


def _known(declared: str) -> str:
    try:
        return codecs.lookup(declared).name
    except (LookupError, ValueError):
        return ""
