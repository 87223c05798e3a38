"""A feed's entries as posts: their keys, addresses, dates and texts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urljoin

from babel import Locale
from babel.core import get_global

from listener.analysis.urls import canonical, is_identity, site, unwrap
from listener.collect.feed_entries import Entry
from listener.model import Engagement, Post, PostKind

_LONGEST_TEXT, _LONGEST_LINE, _LONGEST_ID = 100_000, 1_000, 500  # characters
_HALF = re.compile(r"[\ud800-\udfff]")
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # nothing on the web is older: a clock that was not set
_AHEAD = timedelta(days=1)  # time zones that were left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where entries come from.

    feed  URL as configured: names posts that have no address of their own
    base  URL that answered: relative links start there
    """

    feed: str
    base: str
    publishes: PostKind
    language: str | None
    now: datetime


def posts_of(entries: Sequence[Entry], origin: Origin) -> tuple[Post, ...]:
    """Return the posts in the feed's order, each item once; an entry without content is none."""
    told = [entry for entry in entries if entry.title or entry.link or any(entry.texts)]
    urls = [_url(entry.link, origin.base) for entry in told]
    posts: dict[str, Post] = {}
    for entry, url, item in zip(told, urls, _items(told, urls), strict=True):
        if item not in posts:
            posts[item] = _post(entry, url, item, origin)
    return tuple(posts.values())


def declared_language(tag: str | None) -> str | None:
    """Return the ISO 639-1 code of a declared language ("fr-FR", "fra"), None when it is none."""
    code = re.split(r"[-_;, ]", (tag or "").strip().lower())[0]
    code = get_global("language_aliases").get(code, code)
    return code if code in _languages() else None


@cache
def _languages() -> frozenset[str]:
    return frozenset(str(code) for code in Locale("en").languages if len(str(code)) == 2)


def _items(entries: Sequence[Entry], urls: Sequence[str | None]) -> list[str]:
    """Return what this source calls each entry: its id, else its address, else a fingerprint.

    Some feeds give one id or one address to all: what is shared by different entries names none.
    """
    contents = [_fingerprint(entry) for entry in entries]
    pages = [url if url and is_identity(url) else "" for url in urls]
    ids = [(entry.id or "").strip() for entry in entries]
    shared = _shared(ids, [page or content for page, content in zip(pages, contents, strict=True)])
    shared |= _shared(pages, [entry.title or _start(entry) for entry in entries])
    return [
        _short(next((name for name in names if name and name not in shared), names[-1]))
        for names in zip(ids, pages, contents, strict=True)
    ]


def _shared(names: Sequence[str], things: Sequence[str]) -> set[str]:
    """Return the names that stand for more than one thing."""
    named: dict[str, str] = {}
    pairs = zip(names, things, strict=True)
    return {name for name, thing in pairs if named.setdefault(name, thing) != thing}


def _fingerprint(entry: Entry) -> str:
    return digest("\n".join((entry.title or "", entry.stamp, _start(entry))))


def _start(entry: Entry) -> str:
    return max(entry.texts, key=len, default="")[:200]


def _short(name: str) -> str:
    """Return what can be stored of a name: not half a letter, as JSON may write, nor a long one."""
    fits = len(name) <= _LONGEST_ID and not _HALF.search(name)
    return name if fits else digest(name)


def _post(entry: Entry, url: str | None, item: str, origin: Origin) -> Post:
    title, outlet = _line(entry.title), _line(entry.outlet)
    return Post(
        key=_key(url, item, origin.feed),
        item=item,
        kind=origin.publishes,
        url=url,
        title=_without_outlet(title, outlet),
        text=_text(entry, url),
        author=entry.author,
        outlet=outlet,
        published=_published(entry.published, origin.now),
        language=origin.language or declared_language(entry.language),
        engagement=_engagement(entry),
    )


def _url(link: str | None, base: str) -> str | None:
    """Return the absolute address, out of its redirector; None unless http(s)."""
    try:
        url = unwrap(urljoin(base, _HALF.sub("", link).strip())) if link else ""
    except ValueError:
        return None
    return url if canonical(url) else None


def _text(entry: Entry, url: str | None) -> str:
    if url and site(url) == "news.google.com":
        return ""  # it only lists titles, others' among them
    return max(entry.texts, key=len, default="")[:_LONGEST_TEXT]


def _line(text: str | None) -> str | None:
    return " ".join((text or "").split())[:_LONGEST_LINE] or None


def _without_outlet(title: str | None, outlet: str | None) -> str | None:
    """Google News ends each title with the outlet."""
    return title.removesuffix(f" - {outlet}") if title and outlet else title


def _key(url: str | None, item: str, feed: str) -> str:
    if url and is_identity(url):
        return f"url:{canonical(url)}"
    return f"feed:{site(feed)}:{digest(item)}"


def digest(text: str | bytes) -> str:
    """Return a short fingerprint."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _published(when: datetime | None, now: datetime) -> datetime | None:
    """A date of before the web, or more than a day ahead, is a mistake: not known."""
    return when if when and _OLDEST <= when <= now + _AHEAD else None


def _engagement(entry: Entry) -> Engagement | None:
    if entry.comments is None and entry.views is None:
        return None
    return Engagement(comments=entry.comments, views=entry.views)
