"""The web preview of a Telegram channel as posts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from listener.collect.descent import Entry
from listener.collect.fields import line, moment, number, prose
from listener.errors import ParseError
from listener.model import Author, Engagement, Post, PostKind

OPENED = datetime(2015, 9, 22, tzinfo=UTC)  # channels were introduced
_WRAP = re.compile(r"(?=<div\b[^<>]{1,300}\btgme_widget_message_wrap\b)")
_LONGEST = 200_000  # characters of a message with its markup, or of the page's head
_MOST = 200  # messages of a page, which has twenty
_ROUNDED = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)([KMB]?)")
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
_QUOTED = ".tgme_widget_message_reply"
_NOT_ITS_OWN = f"{_QUOTED}, .tgme_widget_message_link_preview"
_WORDS = (
    ".tgme_widget_message_poll_question, .tgme_widget_message_poll_option_text,"
    " .tgme_widget_message_document_title"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A page of a channel.

    entries  all messages, whether they can be read or not
    """

    posts: tuple[Post, ...]
    entries: tuple[Entry, ...]
    skipped: int


def read_preview(html: str, *, channel: str, language: str | None, now: datetime) -> Preview:
    """Read a page of the channel, given in lower case; raises ParseError when it is none."""
    head, *pieces = _WRAP.split(html)
    tree = LexborHTMLParser(head[:_LONGEST])
    title = tree.css_first(".tgme_channel_info_header_title")
    if title is None and not pieces:
        raise ParseError("it is no preview of a channel")
    author = Author(
        name=line(title.inner_html) if title else None,
        handle=channel,
        url=f"https://t.me/{channel}",
        followers=_subscribers(tree),
    )
    posts: list[Post] = []
    entries: list[Entry] = []
    skipped = 0
    for piece in pieces[:_MOST]:  # each by itself: no page can make the parser slow
        node = LexborHTMLParser(piece[:_LONGEST]).css_first("[data-post]")
        id = _id(node.attributes.get("data-post"), channel) if node else None
        if node is None or id is None:
            skipped += 1
            continue
        post = _post(node, id, author, language, now)
        entries.append(Entry(id, post.published))
        if not _is_service(node):
            posts.append(post)
    return Preview(posts=tuple(posts), entries=tuple(entries), skipped=skipped)


def rounded(text: str) -> int | None:
    """Return a count as Telegram writes it: "777", "4.2K" (4200), "1.36M"; past 999 not exact."""
    found = _ROUNDED.fullmatch(text.strip().upper())
    return round(float(found[1]) * _TIMES[found[2]]) if found else None


def _subscribers(tree: LexborHTMLParser) -> int | None:
    for counter in tree.css(".tgme_channel_info_counter"):
        value, kind = counter.css_first(".counter_value"), counter.css_first(".counter_type")
        if value and kind and kind.text().strip().lower().startswith("subscriber"):
            return rounded(value.text())
    return None


def _id(named: str | None, channel: str) -> str | None:
    """Return the number of a message ("channel/123"), None when it is another channel's."""
    where, _, id = (named or "").partition("/")
    return number(id) if where.lower() == channel else None


def _is_service(node: LexborNode) -> bool:
    """Tell whether it only says that something was pinned or renamed."""
    return node.css_first(".service_message") is not None


def _post(node: LexborNode, id: str, author: Author, language: str | None, now: datetime) -> Post:
    channel = author.handle or ""
    parent = _answered(node, channel)
    for quoted in node.css(_NOT_ITS_OWN):
        quoted.decompose()
    time = node.css_first(".tgme_widget_message_date time")
    views = node.css_first(".tgme_widget_message_views")
    seen = rounded(views.text()) if views else None
    return Post(
        key=f"telegram:{channel}/{id}",
        item=id,
        kind=PostKind.SOCIAL,
        url=f"https://t.me/{channel}/{id}",
        text=_text(node),
        author=author,
        published=moment(time.attributes.get("datetime"), now, opened=OPENED) if time else None,
        language=language,
        parent=parent,
        engagement=None if seen is None else Engagement(views=seen),
    )


def _answered(node: LexborNode, channel: str) -> str | None:
    """Return the key of the message answered, when it is of the same channel."""
    quoted = node.css_first(f"{_QUOTED}[href]")
    parts = (quoted.attributes.get("href") or "").partition("?")[0].split("/") if quoted else []
    id = _id("/".join(parts[-2:]), channel)
    return f"telegram:{channel}/{id}" if id else None


def _text(node: LexborNode) -> str:
    """Return what is written: the text, or else what is asked, or the names of files."""
    own = node.css_first(".js-message_text") or node.css_first(".tgme_widget_message_text")
    if own is not None:
        return prose(own.inner_html)
    return "\n".join(filter(None, (prose(one.inner_html) for one in node.css(_WORDS))))
