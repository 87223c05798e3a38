"""Sitemaps: what a site says it has (sitemaps.org), with Google's additions for news."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin
from xml.etree import ElementTree

from listener.collect.fields import moment, plain_line, web
from listener.errors import ParseError

_MOST = 20_000_000  # bytes unpacked: a tenth of what the protocol allows has 50,000 entries
_FIELDS = ("loc", "lastmod", "publication_date", "title")
_MEDIA = re.compile(r"sitemap-(?:image|video)")  # pictures have addresses and titles of their own
_PACKED = b"\x1f\x8b"


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
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(_PACKED) or b"<urlset" in start or b"<sitemapindex" in start


def read_sitemap(body: bytes, *, url: str, now: datetime) -> Sitemap:
    """Read a sitemap or an index of sitemaps, one that is cut off as far as it goes.

    Raises ParseError when there is nothing to read.
    """
    links: list[Link] = []
    root, broken = "", False
    found: dict[str, str] = {}
    # Expat resolves no external entities, and since 2.4.1 lets none grow.
    events = ElementTree.iterparse(io.BytesIO(_unpacked(body)), ("start", "end"))  # noqa: S314
    try:
        for event, element in events:
            name = element.tag.rpartition("}")[2]
            if event == "start":
                root = root or name
                continue
            if name in ("url", "sitemap"):
                links += _link(found, url, now)
                found = {}
            elif name in _FIELDS and not _MEDIA.search(element.tag):
                found.setdefault(name, element.text or "")
            element.clear()
    except (ElementTree.ParseError, ValueError, LookupError) as exc:
        if not links:
            raise ParseError("the sitemap is not XML") from exc
        broken = True
    if root not in ("urlset", "sitemapindex"):
        raise ParseError("it is XML, but no sitemap")
    return Sitemap(index=root == "sitemapindex", links=tuple(links), broken=broken)


def _link(found: dict[str, str], base: str, now: datetime) -> list[Link]:
    address = web(urljoin(base, found.get("loc", "").strip()))
    if address is None:
        return []
    published = moment(found.get("publication_date", "").strip(), now)
    changed = moment(found.get("lastmod", "").strip(), now)
    title = plain_line(found.get("title"))
    return [Link(url=address, published=published, changed=changed, title=title)]


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
