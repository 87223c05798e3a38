"""URLs as identities: the same page is one URL, however it was linked.

Two pages taken for one lose a mention, one page taken for two repeats one: only what is known to be
noise is dropped. (courlan drops whatever looks like `id`, `ga` or `ref`, so it is not used here.)
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

_LONGEST = 4000  # characters; past that it is no address of a page
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

# The same pages for phones; "m.co" is a name of its own.
_VARIANT = re.compile(r"^(?:(?:www\d?|m|mobile|amp)\.)+(?=[^.]+\.[^.]+)")
_AMP_PATH = re.compile(r"(?<=[^/])(?:/+amp)+$")

# Who sent the reader, by the names their makers document: Google, Meta, Microsoft, X, TikTok,
# Yandex, LinkedIn, Piano (at_, xtor), Matomo, Mailchimp, HubSpot, Marketo, Adobe, MSN, the NYT.
_TRACKER = re.compile(
    r"(?:utm|at|mtm|pk|hsa|itm|vero|oly)_.*|_hsenc|_hsmi|_ga|_gl|mc_[ce]id|mkt_tok|xtor|xts|s_cid|"
    r"(?:fb|g|dc|msclk|y|tw|tt|wbra|gbra)(?:cl)?id|gclsrc|igshid|igsh|li_fat_id|ref_(?:src|url)|"
    r"ns_(?:mchannel|source|campaign|linkname|fee)|cmpid|ocid|smid|smtyp|amp|outputtype=amp",
    re.IGNORECASE,
)
_FROM_A_FEED = re.compile(r"(?:source|src|from|ref|origin)=(?:rss|feed|atom)\b.*", re.IGNORECASE)

# A post within a page (#comment-12, #a080605), a page within a program (#!/x); other fragments are
# places to scroll to.
_POST = re.compile(r"!.*|/.+|[a-z_-]{0,20}\d+", re.IGNORECASE)

# Redirectors that carry the address in clear: host, path, parameter.
_WRAPPERS = (
    (re.compile(r"(?:.+\.)?google\.[a-z.]{2,6}"), "/url", ("url", "q")),
    (re.compile(r"(?:www\.)?bing\.com"), "/news/apiclick.aspx", ("url",)),
    (re.compile(r"lm?\.facebook\.com"), "/l.php", ("u",)),
    (re.compile(r"(?:www\.)?youtube\.com"), "/redirect", ("q",)),
    (re.compile(r"out\.reddit\.com"), "", ("url",)),
    (re.compile(r"t\.umblr\.com"), "/redirect", ("z",)),
)


def canonical(url: str) -> str | None:
    """Return the one form of an http(s) URL that stands for its page; None for anything else.

    Dropped: http or https, user, default port, `www.` `m.` `amp.`, tracking parameters and the
    order of the others, a trailing slash, fragments that name no post. To compare, not to fetch.
    """
    parts = _split(url)
    if parts is None:
        return None
    host = site(url)
    path = _AMP_PATH.sub("", _escaped(parts.path).rstrip("/"))
    query = f"?{kept}" if (kept := _kept(_escaped(parts.query))) else ""
    fragment = f"#{_escaped(parts.fragment)}" if _POST.fullmatch(parts.fragment) else ""
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return f"https://{host}{port}{path or '/'}{query}{fragment}"


def site(url: str) -> str | None:
    """Return the host in ASCII, without `www.`, `m.` or `amp.`; None when it is no http(s) URL."""
    parts = _split(url)
    return _VARIANT.sub("", _host(parts.hostname or "") or "") or None if parts else None


def is_identity(url: str) -> bool:
    """Tell whether a URL can stand for one post: a bare home page cannot."""
    form = canonical(url)
    return form is not None and not re.fullmatch(r"https://[^/]+/(?:index\.\w{3,5})?", form)


def unwrap(url: str) -> str:
    """Return the address inside a redirector's (Google Alerts and others), else the URL itself.

    Google News' `rss/articles/...` addresses are opaque, only Google can resolve them: they stay.
    """
    for _ in range(3):
        inner = _inner(url)
        if inner is None:
            break
        url = inner
    return url


def _inner(url: str) -> str | None:
    parts = _split(url)
    if parts is None:
        return None
    for host, path, names in _WRAPPERS:
        if host.fullmatch(parts.hostname or "") and parts.path.startswith(path):
            given = dict(parse_qsl(parts.query, max_num_fields=100))
            found = [given[name] for name in names if name in given]
            return next((inner for inner in found if _split(inner)), None)
    return None


def _split(url: str) -> SplitResult | None:
    """Return the parts of an http(s) URL whose host is possible."""
    try:
        parts = urlsplit(_CONTROLS.sub("", url).strip())
        possible = parts.port != 0 and _host(parts.hostname or "")
    except ValueError:
        return None
    return (
        parts if possible and parts.scheme in ("http", "https") and len(url) <= _LONGEST else None
    )


def _host(name: str) -> str | None:
    """Return a host name in ASCII and lower case."""
    if ":" in name:
        return f"[{name}]"
    try:
        host = name.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return host if re.fullmatch(r"[a-z0-9._-]+", host) else None


def _escaped(part: str) -> str:
    """Escape in one way: RFC 3986, 6.2.2."""
    part = _ESCAPE.sub(_escape, part)
    return quote(part, safe="%/:?#[]@!$&'()*+,;=~|{}")


def _escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return "%25"
    char = chr(int(match[1], 16))
    return char if char in _UNRESERVED else f"%{match[1].upper()}"


def _kept(query: str) -> str:
    """Return the parameters that are not known to be tracking, by name."""
    fields = [field for field in query.split("&") if field and not _tracks(field)]
    return "&".join(sorted(fields, key=lambda field: field.partition("=")[0]))


def _tracks(field: str) -> bool:
    name = field.partition("=")[0]
    return bool(
        _TRACKER.fullmatch(name) or _TRACKER.fullmatch(field) or _FROM_A_FEED.fullmatch(field)
    )
