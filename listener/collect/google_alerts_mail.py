"""Google Alerts, delivered as mails: what each found item says.

The HTML part marks every item as a schema.org Article: `url` (through google.com/url), `name`,
`publisher` and `description`. The items' words are Google's excerpts, in whatever language.
"""

from __future__ import annotations

import re
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from listener.analysis.html import text_of
from listener.analysis.urls import unwrap
from listener.collect.feed_entries import Entry

SENDER = "googlealerts-noreply@google.com"

_ARTICLE = re.compile(
    r"<\w+\b[^<>]{0,2000}\bitemtype=[\"']https?://schema\.org/Article[\"'][^<>]{0,2000}>",
    re.IGNORECASE,
)
_LONGEST = 20_000  # characters of one item; past that the parser's time is not ours to spend
_MOST = 1_000  # items of one mail
_DIRECT = 5_000_000  # characters that are looked at


def alert_entries(html: str, sent: datetime | None) -> tuple[Entry, ...]:
    """Return what a mail found, each page once; an item without a link is none.

    sent  when Google told of it: the day of publication is not said
    """
    found: dict[str, Entry] = {}
    for part in _ARTICLE.split(html[:_DIRECT])[1 : _MOST + 1]:
        entry = _entry(part[:_LONGEST], sent)
        if entry is not None and entry.link:
            found[entry.link] = _joined(found.get(entry.link), entry)
    return tuple(found.values())


def _entry(html: str, sent: datetime | None) -> Entry | None:
    tree = LexborHTMLParser(html)
    for publisher in tree.css('[itemprop="publisher"]'):
        publisher.decompose()  # has a name and an address of its own
    link = tree.css_first('a[itemprop="url"]')
    url = unwrap((link.attributes.get("href") or "").strip()) if link else ""
    if not url.startswith(("http://", "https://")):
        return None
    return Entry(
        link=url,
        title=_text(tree, '[itemprop="name"]') or None,
        texts=(_text(tree, '[itemprop="description"]'),),
        published=sent,
    )


def _text(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    return " ".join(text_of(node.html or "").split()) if node else ""


def _joined(known: Entry | None, entry: Entry) -> Entry:
    """Join what two alerts quote of one page: each excerpt shows the words it was found by."""
    if known is None or entry.texts[0] in known.texts[0]:
        return known or entry
    text = "\n".join(filter(None, (known.texts[0], entry.texts[0])))
    return Entry(link=known.link, title=known.title, texts=(text,), published=known.published)
