"""A place's feed as it stands at a moment, in the place's own format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.etree import ElementTree as ET

from listener.demo.story import Place, Post, Story, grown

NEWEST = 20  # entries of a feed
BROKEN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<br />\n<b>Fatal error</b>:  Uncaught TypeError: '
    b"count(): Argument #1 must be of type Countable|array in /srv/blog/feed.php:112\n"
)
TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
}
_ATOM, _MEDIA = "http://www.w3.org/2005/Atom", "http://search.yahoo.com/mrss/"
_DC, _SLASH = "http://purl.org/dc/elements/1.1/", "http://purl.org/rss/1.0/modules/slash/"
for _prefix, _uri in (("", _ATOM), ("media", _MEDIA), ("dc", _DC), ("slash", _SLASH)):
    ET.register_namespace(_prefix, _uri)


def feed(story: Story, name: str, now: datetime) -> bytes:
    """Return what a place serves: its newest posts up to `now`, newest first."""
    place = story.places[name]
    if story.during(place.broken, now):
        return BROKEN
    told = [post for post in story.posts if post.place == name and post.at <= now]
    newest = sorted(told, key=lambda post: post.at, reverse=True)[:NEWEST]
    return {"rss": _rss, "atom": _atom, "json": _json}[place.format](place, newest, now)


def _rss(place: Place, posts: Sequence[Post], now: datetime) -> bytes:
    root = ET.Element("rss", version="2.0")
    channel = _add(root, "channel")
    _add(channel, "title", place.title)
    _add(channel, "link", f"https://{place.site}/")
    if place.language:
        _add(channel, "language", place.language)
    for post in posts:
        item = _add(channel, "item")
        if post.title:
            _add(item, "title", post.title)
        _add(item, "link", post.url)
        _add(item, "guid", post.url)
        _add(item, f"{{{_DC}}}creator", post.author)
        _add(item, "pubDate", format_datetime(post.at))
        _add(item, "description", _html(post.text))
        if place.counts == "comments":
            _add(item, f"{{{_SLASH}}}comments", str(grown(post.comments, now - post.at) or 0))
    return _bytes(root)


def _atom(place: Place, posts: Sequence[Post], now: datetime) -> bytes:
    root = ET.Element(f"{{{_ATOM}}}feed")
    if place.language:
        root.set("{http://www.w3.org/XML/1998/namespace}lang", place.language)
    _add(root, f"{{{_ATOM}}}title", place.title)
    for post in posts:
        entry = _add(root, f"{{{_ATOM}}}entry")
        _add(entry, f"{{{_ATOM}}}id", post.url)
        _add(entry, f"{{{_ATOM}}}title", post.title)
        _add(entry, f"{{{_ATOM}}}link").set("href", post.url)
        _add(_add(entry, f"{{{_ATOM}}}author"), f"{{{_ATOM}}}name", post.author)
        _add(entry, f"{{{_ATOM}}}published", post.at.isoformat())
        _add(entry, f"{{{_ATOM}}}content", _html(post.text)).set("type", "html")
        if place.counts == "views":
            community = _add(_add(entry, f"{{{_MEDIA}}}group"), f"{{{_MEDIA}}}community")
            views = str(grown(post.views, now - post.at) or 0)
            _add(community, f"{{{_MEDIA}}}statistics").set("views", views)
    return _bytes(root)


def _json(place: Place, posts: Sequence[Post], _: datetime) -> bytes:
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": place.title,
        "language": place.language,
        "items": [
            {
                "id": post.url,
                "url": post.url,
                "title": post.title,
                "content_html": _html(post.text),
                "date_published": post.at.isoformat(),
                "authors": [{"name": post.author}],
            }
            for post in posts
        ],
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _bytes(root: ET.Element) -> bytes:
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _add(parent: ET.Element, tag: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = text
    return child


def _html(text: str) -> str:
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in text.split("\n\n"))
