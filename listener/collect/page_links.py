"""Which of a page's links lead to articles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from listener.analysis.urls import canonical, is_identity, site
from listener.collect.fields import web
from listener.collect.sitemap import Link

_LONGEST = 2_000_000  # characters of a page that are looked at
_MOST = 3000  # links of a page
_LINK = re.compile(r"<(?:a|base)\b[^<>]{1,3000}>", re.IGNORECASE)
_SLUG = re.compile(r"(?<![^\W\d_])[^\W\d_]+(?:[-_]\w+){2,}")  # three words
_DATED = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])/(?:\d\d?/)?[^/]*[^\W\d]")
_NUMBERED = re.compile(r"\d{5,}")
_NO_PAGE = re.compile(
    r".*\.(?:jpe?g|png|gif|webp|svg|pdf|zip|mp[34]|css|js|xml|rss|ics|docx?|xlsx?|pptx?)",
    re.IGNORECASE,
)
_NO_ARTICLE = re.compile(
    r"/(?:tags?|category|categories|topics?|authors?|auteurs?|page|search|recherche|login|"
    r"account|cart|wp-content|wp-json|feed|rss|cdn-cgi)(?:/|$)",
    re.IGNORECASE,
)


def links_of(html: str, url: str) -> tuple[Link, ...]:
    """Return the addresses that a page links to, each once, in its order."""
    found: dict[str, Link] = {}
    base = url
    # Only these tags are parsed, as ones that do not nest: no page can make it slow.
    tags = (match[0] for match in _LINK.finditer(html[:_LONGEST]))
    flat = [re.sub(r"^<a", "<link", tag, flags=re.IGNORECASE) for tag in tags]
    for node in LexborHTMLParser("".join(flat[:_MOST])).css("base, link"):
        href = (node.attributes.get("href") or "").strip()
        address = _joined(base, href)
        if node.tag == "base":
            base = address or base
        elif address and (form := canonical(address)):
            found.setdefault(form, Link(url=address))
    return tuple(found.values())


def _joined(base: str, href: str) -> str | None:
    try:
        return web(urljoin(base, href).partition("#")[0]) if href else None
    except ValueError:
        return None


def articles_among(
    links: Sequence[Link], url: str, patterns: Sequence[str], *, told: bool = False
) -> tuple[Link, ...]:
    """Return the links that lead to articles.

    patterns  with `*`: of addresses, or of paths on the same site; without any, what looks like it
    told      they are a sitemap's: all of them are pages of the site
    """
    here = canonical(url)
    others = [link for link in links if canonical(link.url) != here]
    if patterns:
        return tuple(link for link in others if _fits(link.url, url, patterns))
    if told:
        return tuple(link for link in others if is_identity(link.url))
    return tuple(link for link in others if _looks_like_one(link.url, url))


def _fits(link: str, url: str, patterns: Sequence[str]) -> bool:
    parts = urlsplit(link)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return any(
        fnmatchcase(link, pattern)
        if pattern.startswith(("http://", "https://"))
        else fnmatchcase(path, pattern) and site(link) == site(url)
        for pattern in patterns
    )


def _looks_like_one(link: str, url: str) -> bool:
    """Same site, below the top, and named like an article: by three words, a date or a number."""
    path = unquote(urlsplit(link).path).rstrip("/")
    if site(link) != site(url) or not is_identity(link):
        return False
    if _NO_PAGE.fullmatch(path) or _NO_ARTICLE.search(path):
        return False
    last = path.rpartition("/")[2]
    query = urlsplit(link).query
    numbered = _NUMBERED.search(last) or _NUMBERED.search(query)
    return bool(_SLUG.search(last) or numbered or _DATED.search(path))
