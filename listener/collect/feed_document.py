"""The bytes of a feed as entries, whatever format they are in."""

from __future__ import annotations

import io
import re
import sys
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import feedparser
from feedparser.mixin import _FeedParserMixin

from listener.analysis.html import announced_feeds, text_of
from listener.collect.feed_entries import UNEXPECTED, Document, Entry, author_of, count, read_each
from listener.collect.feed_head import tamed
from listener.collect.json_feed import read_json_feed
from listener.errors import ParseError
from listener.model import Author

_BLANK = b"\xef\xbb\xbf \t\r\n\x00"
_PAGE = re.compile(rb"<!doctype html|<html|<head|<body", re.IGNORECASE)
_REFERENCES = re.compile(rb"(?:&#(?:x[0-9a-f]{4,1000}|[0-9]{5,1000});)+", re.IGNORECASE)
_HOURS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}
_MAILBOX = re.compile(r"[^\s@]+@[^\s@]+ \((.+)\)")

# feedparser looks for a mail address in names with a pattern that takes the square of their length,
# and for each tag among all before it. Nobody asks for tags here.
_LONGEST_NAME = 1_000  # characters
_detail_of = _FeedParserMixin._sync_author_detail


def _short_detail_of(parser: _FeedParserMixin, key: str = "author") -> None:
    if len(str(parser._get_context().get(key) or "")) <= _LONGEST_NAME:
        _detail_of(parser, key)


def _no_tag(parser: _FeedParserMixin, *_: object) -> None:
    parser._get_context().setdefault("tags", [])


_FeedParserMixin._sync_author_detail = _short_detail_of
_FeedParserMixin._add_tag = _no_tag

# feedparser's own dictionaries look under other names, too, and warn when they do.
Parsed = Mapping[str, object]


def read_document(body: bytes, *, media_type: str, url: str) -> Document:
    """Read RSS, Atom or JSON Feed.

    media_type  as the server declared it: may hold the charset
    url         where the body came from: feeds that a web page announces are relative to it
    Raises ParseError with a cause, which for a web page is the feeds that it announces.
    """
    start = body[:4000].lstrip(_BLANK)
    if not start:
        raise ParseError("the answer is empty")
    if start.startswith((b"{", b"[")):
        return read_json_feed(body)
    parsed = _parse(*tamed(body, media_type))
    entries = parsed["entries"]
    assert isinstance(entries, list)
    if not parsed["version"] and not entries:
        raise ParseError(_instead(body, start, url))
    feed = _plain(parsed["feed"])
    read, skipped = read_each(entries, lambda entry: _entry(_plain(entry), feed))
    return Document(
        format="Atom" if str(parsed["version"]).startswith("atom") else "RSS",
        title=text_of(_text(feed, "title")) or None,
        entries=read,
        every=_every(feed),
        skipped=skipped,
    )


def page_of(body: bytes) -> str:
    """Return the text of a web page; its charset matters little here, links are ASCII."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _parse(body: bytes, media_type: str) -> Parsed:
    try:
        return _feedparser(body, media_type)
    except UNEXPECTED:
        mended = _REFERENCES.sub(_possible, body)  # one of these loses it the whole feed
    try:
        return _feedparser(mended, media_type)
    except UNEXPECTED as exc:
        raise ParseError("it breaks the parser") from exc


def _feedparser(body: bytes, media_type: str) -> Parsed:
    parsed = feedparser.parse(
        io.BytesIO(body),  # bytes alone could be taken for a file's name
        response_headers={"content-type": media_type},
        sanitize_html=False,  # text_of keeps no markup
        resolve_relative_uris=False,
    )
    return {"version": "", "entries": [], "feed": {}} | dict(dict.items(parsed))


def _possible(references: re.Match[bytes]) -> bytes:
    """Return references to letters that there are; some write an emoji as the halves of UTF-16."""
    written = references[0].lower()[2:-1].split(b";&#")
    numbers = (int(one[1:], 16) if one.startswith(b"x") else int(one) for one in written)
    letters = "".join(chr(n) if n <= sys.maxunicode else "\ufffd" for n in numbers)
    whole = letters.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(f"&#{ord(letter)};" for letter in whole).encode()


def _instead(body: bytes, start: bytes, url: str) -> str:
    """Say what it is when it is no feed."""
    if not _PAGE.search(start):
        return "it is neither RSS, Atom nor JSON Feed"
    feeds = [address for address, _ in announced_feeds(page_of(body), url)]
    if not feeds:
        return "it is a web page that announces no feed"
    return f"it is a web page; it announces {', '.join(feeds[:3])}"


def _entry(entry: Parsed, feed: Parsed) -> Entry:
    written = _written(entry)
    return Entry(
        id=_text(entry, "id"),
        link=_link(entry),
        title=text_of(_text(entry, "title")),
        texts=tuple(map(text_of, written)),
        html=written[0] if written else "",
        author=_author(entry),
        outlet=text_of(_text(_plain(entry.get("source")), "title")),
        published=_moment(entry.get("published_parsed")) or _moment(entry.get("updated_parsed")),
        stamp=_text(entry, "published") or _text(entry, "updated"),
        language=_language(entry) or _text(feed, "language"),
        comments=count(entry.get("slash_comments")),
        views=count(_plain(entry.get("media_statistics")).get("views")),
    )


def _link(entry: Parsed) -> str | None:
    """Return the entry's own address, else its permalink, else that of what it encloses."""
    id, link = _text(entry, "id"), _text(entry, "link")
    if link == id and "://" not in link:
        link = ""  # a guid that only by default claims to be an address
    found = [_text(_plain(other), "href") for other in _list(entry.get("links"))]
    return _text(entry, "feedburner_origlink") or link or next(filter(None, found), None)


def _written(entry: Parsed) -> list[str]:
    """Return content, summary, a video's description; a caption only in want of those."""
    contents = [_plain(content) for content in _list(entry.get("content"))]
    captions = [c for c in contents if "media_content" in entry and c.get("type") == "text/plain"]
    written = [content for content in contents if content not in captions]
    summary, detail = _text(entry, "summary"), _text(_plain(entry.get("summary_detail")), "value")
    given = [*(_text(content, "value") for content in written), summary, detail]
    given = given if any(given) else [_text(caption, "value") for caption in captions]
    return [html for html in dict.fromkeys(given) if html]


def _author(entry: Parsed) -> Author | None:
    detail = _plain(entry.get("author_detail"))
    name = text_of(_text(detail, "name") or _text(entry, "author"))
    mailbox = _MAILBOX.fullmatch(name)
    return author_of(mailbox[1] if mailbox else name, _text(detail, "href"))


def _language(entry: Parsed) -> str:
    details = [*_list(entry.get("content")), entry.get("summary_detail"), entry.get("title_detail")]
    said = [_text(entry, "language"), *(_text(_plain(detail), "language") for detail in details)]
    return next(filter(None, said), "")


def _every(feed: Parsed) -> timedelta | None:
    """Return RSS's ttl in minutes, else the syndication module's period."""
    minutes = count(feed.get("ttl"))
    if minutes:
        return timedelta(minutes=min(minutes, 1440))
    hours = _HOURS.get(_text(feed, "sy_updateperiod").strip().lower())
    return timedelta(hours=hours / (count(feed.get("sy_updatefrequency")) or 1)) if hours else None


def _moment(parsed: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None  # type: ignore[arg-type]
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _plain(value: object) -> Parsed:
    return dict(dict.items(value)) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(holder: Parsed, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
