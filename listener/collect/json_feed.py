"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read tolerantly: what has the wrong type is not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from listener.analysis.html import plain, text_of
from listener.collect.feed_entries import Document, Entry, author_of, read_each
from listener.errors import ParseError
from listener.model import Author

JsonObject = Mapping[str, object]


def read_json_feed(body: bytes) -> Document:
    """Read a JSON Feed; raises ParseError."""
    try:
        text = body.decode(json.detect_encoding(body), "replace")
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as exc:
        raise ParseError("it begins like JSON and is none") from exc
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise ParseError("it is JSON, but no JSON Feed")
    entries, skipped = read_each(items, lambda item: _entry(item, feed))
    title = text_of(_text(feed, "title")) or None
    return Document(format="JSON Feed", title=title, entries=entries, skipped=skipped)


def _entry(item: object, feed: JsonObject) -> Entry:
    if not isinstance(item, dict):
        raise TypeError
    stamp = _text(item, "date_published") or _text(item, "date_modified")
    return Entry(
        id=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=text_of(_text(item, "title")),
        texts=(
            text_of(_text(item, "content_html")),
            plain(_text(item, "content_text")),
            plain(_text(item, "summary")),
        ),
        author=_author(item) or _author(feed),
        published=_moment(stamp),
        stamp=stamp,
        language=_text(item, "language") or _text(feed, "language"),
    )


def _author(holder: JsonObject) -> Author | None:
    """Return the first of `authors` (1.1), else `author` (1.0)."""
    authors = holder.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else holder.get("author")
    if not isinstance(first, dict):
        return None
    return author_of(text_of(_text(first, "name")), _text(first, "url"))


def _text(holder: JsonObject, name: str) -> str:
    """Return a string; ids are often numbers."""
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
