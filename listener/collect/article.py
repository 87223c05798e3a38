"""The article within a web page: its text, freed of what stands around it."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from listener.analysis.html import text_of
from listener.analysis.urls import is_identity, site
from listener.collect.charsets import codec
from listener.collect.feed_entries import UNEXPECTED
from listener.collect.feed_posts import declared_language
from listener.collect.fields import LONGEST_TEXT, moment, plain_line, plain_prose
from listener.errors import ParseError

if TYPE_CHECKING:
    from trafilatura.settings import Document

MOST = 2_000_000  # bytes of a page
# Nesting and lists cost trafilatura the square of their elements: at these limits the worst pages
# take six seconds. Articles have one to five thousand; libxml2 ends deep nesting by itself.
_TAGS = 12_000
_TAG = re.compile(r"<[a-zA-Z]")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000}")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,30})", re.IGNORECASE | re.ASCII)
_LANGUAGE = re.compile(r"<html\b[^<>]{0,2000}?\blang\s*=\s*[\"']?([\w-]{2,35})", re.IGNORECASE)
_AROUND = "nav, header, footer, aside, form"
_TIME = "%Y-%m-%dT%H:%M:%S%z"

# They log what they could not read: pages are bad, and what is wrong is told by our errors.
for _name in ("trafilatura", "htmldate", "justext", "courlan"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says of itself and of its main text.

    published  to the day, if the page tells no time: that is midnight in UTC
    url        its address in the page's own words, on the same site; None when it tells none
    """

    title: str | None = None
    text: str = ""
    author: str | None = None
    published: datetime | None = None
    language: str | None = None
    url: str | None = None


def read_article(
    body: bytes, *, url: str, media_type: str, now: datetime, whole: bool = False
) -> Article:
    """Read a page. Work for a thread: the worst of pages takes six seconds.

    whole  everything that is not navigation, for pages that are no article
    Raises ParseError for what is no page, or too heavy.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if kind and "html" not in kind and not kind.startswith("text/"):
        raise ParseError(f"it is no web page but {kind[:50]}")
    if len(body) > MOST:
        raise ParseError(f"larger than {MOST // 1_000_000} MB")
    html = _decoded(body, media_type)
    if sum(1 for _ in _TAG.finditer(html)) > _TAGS:
        raise ParseError(f"no page for readers: more than {_TAGS:,} elements")
    if _LONG_TAG.search(html):
        raise ParseError("no page for readers: a tag of more than 20,000 characters")
    found = _extracted(html, url, now, whole=whole)
    declared = _LANGUAGE.search(html[:20_000])
    language = declared_language(declared[1]) if declared else None
    if found is None:
        return Article(text=_all(html) if whole else "", language=language)
    title = plain_line(found.title)
    text = _without_title(plain_prose(found.text), title)
    return Article(
        title=title,
        text=text or (_all(html) if whole else ""),
        author=plain_line(found.author),
        published=moment(found.date, now),
        language=language,
        url=_own(found.url, url),
    )


def _extracted(html: str, url: str, now: datetime, *, whole: bool) -> Document | None:
    # Loaded when the first article is read: half a second, and 30 MB.
    from lxml.etree import LxmlError  # type: ignore[import-untyped]
    from trafilatura import bare_extraction

    dates = {
        "original_date": True,
        "extensive_search": False,  # else any number in the text that could be a date is one
        "outputformat": _TIME,
        "max_date": (now + timedelta(days=1)).strftime("%Y-%m-%d"),
    }
    try:
        found = bare_extraction(
            html, url=url, include_comments=False, favor_recall=whole, with_metadata=True,
            date_extraction_params=dates,
        )  # fmt: skip
    except (*UNEXPECTED, LxmlError) as exc:
        raise ParseError("it breaks the parser") from exc
    return None if isinstance(found, dict) else found


def _decoded(body: bytes, media_type: str) -> str:
    """Decode as the server says, else as UTF-8 where it is, else as the page says."""
    if named := _CHARSET.search(media_type):
        return _as(body, named[1])
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = _CHARSET.search(body[:4000].decode("ascii", "replace"))
        return _as(body, said[1] if said else "cp1252")


def _as(body: bytes, charset: str) -> str:
    return body.decode(codec(charset) or "utf-8", "replace")


def _all(html: str) -> str:
    return text_of(html, without=_AROUND)[:LONGEST_TEXT]


def _without_title(text: str, title: str | None) -> str:
    first, _, rest = text.partition("\n")
    return rest if title and first.strip() == title else text


def _own(declared: str | None, url: str) -> str | None:
    """Return the address that a page declares; a home page, or another site's, is a mistake."""
    fine = declared and is_identity(declared) and site(declared) == site(url)
    return declared if fine else None
