"""HTML as people read it, and the feeds a page announces. Never trusts what it is given."""

from __future__ import annotations

import html as entities
import re
import unicodedata
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

_LONGEST = 1_000_000  # characters of HTML that are looked at
# Past these the parser's time grows with the square of nesting depth or attribute count.
_PARSED_LENGTH, _PARSED_TAGS, _PARSED_GAP = 200_000, 10_000, 20_000

_TAGS = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink"
    " blockquote body br button canvas caption center cite code col colgroup data datalist dd del"
    " details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame"
    " frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend"
    " li link main map mark marquee menu meta meter nav nobr noscript object ol optgroup option"
    " output p param picture plaintext pre progress q rp rt ruby s samp script search section"
    " select small source span strike strong style sub summary sup svg table tbody td template"
    " textarea tfoot th thead time title tr track tt u ul var video wbr xmp"
)
_BLOCKS = (
    "address article aside blockquote body br caption center dd details dialog dir div dl dt"
    " fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p"
    " pre section summary table td th tr ul"
)
_UNREAD = (
    "audio button canvas datalist embed head iframe math noscript object script select style svg"
    " template textarea title video"
)
_HIDDEN = '[hidden], [aria-hidden="true"], [style*="display:none"], [style*="display: none"]'


def _any(names: str) -> str:
    return "|".join(names.split())


# "a < b", "<3" and "vector<int>" open no element.
_STRAY = re.compile(rf"<(?!/?(?:{_any(_TAGS)})\b|/?[a-z]+[:-][a-z]|!|\?)", re.IGNORECASE)
_BREAK = re.compile(rf"</?(?:{_any(_BLOCKS)})\b", re.IGNORECASE)
_UNREAD_OPEN = re.compile(rf"<({_any(_UNREAD)})\b|<!--", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*(?:>|$)")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LINK = re.compile(r"<(?:link|base)\b[^<>]{1,2000}>", re.IGNORECASE)
_ANNOUNCED = 20  # feeds of one page

# Controls, soft hyphen, zero-width space and its kin, direction marks and overrides, surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# Joiners belong into emoji, Indic and Persian words; beside Latin letters they only hide words.
_JOINER = re.compile(
    "(?:^|(?<=[\x00-\u024f\u2000-\u206f]))[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\u024f]|$)"
)
_MARKS = "".join(chr(c) for c in range(0x300, 0x1F000) if unicodedata.combining(chr(c)))
# Sorting a run of marks takes time by its square; no script needs thirty (UAX #15, section 13).
_STACK = re.compile(rf"([{_MARKS}]{{30}})[{_MARKS}]+")
_PERHAPS_STACK = re.compile("[\u0300-\U0001efff]{31}")  # one range is looked up ten times as fast


def text_of(html: str, *, without: str = "") -> str:
    """Return the readable text: entities decoded once, one line for each block, tidy as `plain`.

    without  a CSS selector of what is left out; HTML too heavy to be parsed keeps it
    What is no HTML passes unharmed ("AT&T", "a < b"). Time is linear whatever comes in; only the
    first million characters are looked at.
    """
    html = html[:_LONGEST].replace("<![CDATA[", "").replace("]]>", "")
    if "<" not in html:
        return plain(_decoded(html))
    html = _STRAY.sub("&lt;", " ".join(html.split()))
    html = _BREAK.sub(r"\n\g<0>", html)
    return plain(_linear(html) if _heavy(html) else _parsed(html, without))


def plain(text: str) -> str:
    """Return text without controls and invisible characters, in NFC, white space collapsed.

    Line breaks are kept, empty lines are not.
    """
    text = _INVISIBLE.sub("", text[:_LONGEST])
    if "\u200c" in text or "\u200d" in text:
        text = _JOINER.sub("", text)
    if _PERHAPS_STACK.search(text):
        text = _STACK.sub(r"\1", text)
    text = unicodedata.normalize("NFC", text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def announced_feeds(html: str, base: str) -> tuple[tuple[str, str], ...]:
    """Return URL and title of the feeds a page declares, at most twenty, in its order."""
    found: dict[str, str] = {}
    # Only these tags are parsed: they do not nest, so no page can make it slow.
    tags = "".join(match[0] for match in _LINK.finditer(html[:_LONGEST]))[:_PARSED_LENGTH]
    for node in LexborHTMLParser(tags).css("base, link"):
        href = (node.attributes.get("href") or "").strip()
        if node.tag == "base":
            base = _joined(base, href) or base
        elif _announces(node.attributes) and (url := _joined(base, href)):
            found.setdefault(url, text_of(node.attributes.get("title") or ""))
    return tuple(found.items())[:_ANNOUNCED]


def _announces(attributes: dict[str, str | None]) -> bool:
    rel = (attributes.get("rel") or "").lower().split()
    kind = (attributes.get("type") or "").lower().split(";")[0].strip()
    return bool({"alternate", "feed"} & set(rel)) and kind in (
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
    )


def _joined(base: str, href: str) -> str | None:
    try:
        url = urljoin(base, href) if href else ""
    except ValueError:
        return None
    fine = url.startswith(("http://", "https://")) and url.isprintable() and " " not in url
    return url if fine else None


def _heavy(html: str) -> bool:
    return (
        len(html) > _PARSED_LENGTH
        or html.count("<") > _PARSED_TAGS
        or max(map(len, html.split(">"))) > _PARSED_GAP
    )


def _parsed(html: str, without: str) -> str:
    tree = LexborHTMLParser(html)
    tree.strip_tags(_UNREAD.split(), recursive=True)
    for node in tree.css(f"{_HIDDEN}, {without}" if without else _HIDDEN):
        node.decompose()
    return tree.text() or ""


def _linear(html: str) -> str:
    """Strip tags without a tree, in one pass over the text."""
    kept: list[str] = []
    at = 0
    while match := _UNREAD_OPEN.search(html, at):
        kept.append(html[at : match.start()])
        close = f"</{match[1]}" if match[1] else "-->"
        end = re.compile(re.escape(close), re.IGNORECASE).search(html, match.end())
        if end is None:
            at = len(html) if match[1] is None else match.end()
            break
        at = end.end() if match[1] is None else end.start()
    kept.append(html[at:])
    return _decoded(_TAG.sub("", "".join(kept)))


def _decoded(text: str) -> str:
    """Decode entities that are whole: "AT&T" and "?a=1&copy=2" are none."""
    return _ENTITY.sub(lambda match: entities.unescape(match[0]), text)
