"""Sitemaps: what a site says it has (sitemaps.org), with Google's additions for news."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin
from xml.etree import ElementTree

from listener.collect.fields import moment, plain_line, web
from listener.errors import ParseError

_MOST = 20_000_000  # bytes unpacked: a tenth of what the protocol allows has 50,000 entries
_PIECE = 1_000_000  # bytes
_DEEPEST = 50  # elements in one another; of all there is there are five
_FIELDS = ("loc", "lastmod", "publication_date", "title")
_MEDIA = re.compile(r"sitemap-(?:image|video)")  # pictures have addresses and titles of their own
_PACKED = b"\x1f\x8b"
_BLANK = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that a page or a sitemap lists.

    published, title  of the article, where a news sitemap gives them
    changed           when the page changed last
    """

    url: str
    published: datetime | None = None
    changed: datetime | None = None
    title: str | None = None

    @property
    def when(self) -> datetime | None:
        return self.published or self.changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """index: its links lead to sitemaps; broken: it ended before its end."""

    index: bool
    links: tuple[Link, ...]
    broken: bool = False


def is_sitemap(body: bytes) -> bool:
    """Tell whether an answer is a sitemap, packed or not."""
    start = body[:2000].lstrip(_BLANK)
    return start.startswith(_PACKED) or b"<urlset" in start or b"<sitemapindex" in start


def read_sitemap(body: bytes, *, url: str, now: datetime) -> Sitemap:
    """Read a sitemap or an index of sitemaps, one that is cut off as far as it goes.

    Raises ParseError when there is nothing to read.
    """
    reader = _Reader(url, now)
    # Expat resolves no external entities, and since 2.4.1 lets none grow.
    parser = ElementTree.XMLParser(target=reader)  # noqa: S314
    broken = False
    try:
        whole = _unpacked(body).lstrip(_BLANK)  # nothing may stand before the declaration
        for at in range(0, len(whole), _PIECE):  # expat reads each to its end
            parser.feed(whole[at : at + _PIECE])
        parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as exc:
        if not reader.links:
            raise ParseError("the sitemap is not XML") from exc
        broken = True
    if reader.root not in ("urlset", "sitemapindex"):
        raise ParseError("it is XML, but no sitemap")
    return Sitemap(index=reader.root == "sitemapindex", links=tuple(reader.links), broken=broken)


class _Reader:
    """Takes what an XML parser finds, and keeps no tree of it, however large and deep."""

    def __init__(self, url: str, now: datetime) -> None:
        self.root = ""
        self.links: list[Link] = []
        self._url, self._now = url, now
        self._depth = 0
        self._field, self._said = "", list[str]()  # that is being read, and what it says
        self._found: dict[str, str] = {}

    def start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self.root = self.root or name
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError
        self._note()
        if name in _FIELDS and not _MEDIA.search(tag):
            self._field = name

    def data(self, text: str) -> None:
        if self._field:
            self._said.append(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._note()
        if tag.rpartition("}")[2] in ("url", "sitemap"):
            self.links += _link(self._found, self._url, self._now)
            self._found = {}

    def _note(self) -> None:
        if self._field:
            self._found.setdefault(self._field, "".join(self._said))
        self._field, self._said = "", []


def _link(found: dict[str, str], base: str, now: datetime) -> list[Link]:
    try:
        address = web(urljoin(base, found.get("loc", "").strip()))
    except ValueError:  # brackets that hold no IPv6 address
        return []
    if address is None:
        return []
    published = _date(found.get("publication_date", ""), now)
    changed = _date(found.get("lastmod", ""), now)
    title = plain_line(found.get("title"))
    return [Link(url=address, published=published, changed=changed, title=title)]


def _date(text: str, now: datetime) -> datetime | None:
    """Return a date in ISO 8601, as sitemaps are to write it; some write it as mails do."""
    if when := moment(text, now):
        return when
    try:
        return moment(parsedate_to_datetime(text).isoformat(), now)
    except (ValueError, OverflowError):
        return None


def _unpacked(body: bytes) -> bytes:
    """Undo gzip, of which sitemaps may be files."""
    if not body.startswith(_PACKED):
        return body
    try:
        unpacking = zlib.decompressobj(wbits=31)
        whole = unpacking.decompress(body, _MOST)
    except zlib.error as exc:
        raise ParseError("the sitemap is no gzip file") from exc
    if unpacking.unconsumed_tail:
        raise ParseError(f"the sitemap is larger than {_MOST // 1_000_000} MB unpacked")
    return whole
