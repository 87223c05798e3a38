"""Mails as posts: a newsletter is one, a mail of Google Alerts is one for each page it found."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, urlencode, urlsplit

from listener.analysis.html import text_of
from listener.collect.feed_entries import Entry
from listener.collect.feed_posts import Origin, declared_language, digest, posts_of
from listener.collect.fields import LONGEST_TEXT, moment, plain_line, plain_prose, prose, web
from listener.collect.google_alerts import with_outlet
from listener.collect.google_alerts_mail import SENDER, alert_entries
from listener.collect.mail import Mail
from listener.errors import ParseError
from listener.model import Author, Post, PostKind

_ALERTS = "https://www.google.com/alerts"
_ANCHOR = re.compile(r"<a\b[^<>]{0,3000}>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*[\"'](https?://[^\"'<>\s]{1,2000})[\"']", re.IGNORECASE)
_ANCHORS, _CAPTION = 300, 300  # anchors looked at, characters of HTML of each
_ONLINE = re.compile(
    r"(?:view|read|open|see|voir|lire|afficher|consulter|ouvrir|visualiser) "
    r"(?:(?:this|the|it|cet?|cette|la|le) )?"
    r"(?:(?:e-?mail|message|newsletter|issue|post|courriel|lettre|version) )?"
    r"(?:online|on the web|en ligne|(?:in|dans) (?:your|a|the|votre|un|le) "
    r"(?:(?:web )?browser|navigateur))|(?:view )?web version|version (?:web|en ligne)"
)
_TOKEN = re.compile(r"(?=[^/]*\d)[^/-]{20,}|[^/]{120,}")
_CAMPAIGNS = re.compile(r"mailchi\.mp|(?:.+\.)?campaign-archive\.com")
_LINK = re.compile(r"[<(\[]?\bhttps?://[^\s<>()\[\]]+[>)\]]?", re.IGNORECASE)
_LONGEST_SHOWN = 60  # characters of an address that somebody wrote to be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the mails of a source are read."""

    publishes: PostKind
    language: str | None
    now: datetime


def posts_of_mail(mail: Mail, reading: Reading) -> tuple[Post, ...]:
    """Return the posts of a mail; none when it says nothing.

    Raises ParseError for a mail of Google Alerts without any item that we know.
    """
    if mail.address == SENDER:
        return _found(mail, reading)
    post = _newsletter(mail, reading)
    return (post,) if post.title or post.text else ()


def _found(mail: Mail, reading: Reading) -> tuple[Post, ...]:
    origin = Origin(
        feed=_ALERTS,
        base=_ALERTS,
        publishes=reading.publishes,
        language=reading.language,
        now=reading.now,
    )
    entries: tuple[Entry, ...] = alert_entries(mail.html, mail.date)
    if not entries:
        raise ParseError("a mail of Google Alerts without results")
    return tuple(map(with_outlet, posts_of(entries, origin)))


def _newsletter(mail: Mail, reading: Reading) -> Post:
    sent = mail.date.isoformat() if mail.date else ""
    title = plain_line(_scrubbed(mail.subject, mail.recipients))
    return Post(
        key=_key(mail.id) if mail.id else f"mail:{_content(mail)}",
        item=digest("\n".join((mail.id or "", sent, mail.subject))) if mail.id else _content(mail),
        kind=reading.publishes,
        url=_page(mail),
        title=title,
        text=_text(mail),
        author=_author(mail),
        published=moment(sent, reading.now),
        language=reading.language or declared_language(mail.language),
        parent=_key(mail.answers) if mail.answers else None,
        root=_key(mail.thread) if mail.thread else None,
    )


def _key(message_id: str) -> str:
    """A Message-ID is the same in every copy, and tells of machines: it is kept as a hash."""
    return f"mail:{digest(message_id)}"


def _content(mail: Mail) -> str:
    """Return who a mail is that has no Message-ID."""
    said = (mail.address, mail.date.isoformat() if mail.date else "", mail.subject)
    return digest("\n".join((*said, mail.html or mail.text)))


def _author(mail: Mail) -> Author | None:
    name, handle = plain_line(mail.name), plain_line(mail.address)
    return Author(name=name or handle, handle=handle) if name or handle else None


def _text(mail: Mail) -> str:
    text = _said(mail)
    return plain_prose(_scrubbed(_LINK.sub(_shown, text), mail.recipients))[:LONGEST_TEXT]


def _said(mail: Mail) -> str:
    """Return its words: those of the HTML, and of a plain part that does not say the same."""
    html, text = prose(mail.html), plain_prose(mail.text)
    if mail.alternatives or not (html and text):
        return html or text
    words = set(text.split())  # some senders do not say that one stands for the other
    return html if 2 * len(words & set(html.split())) >= len(words) else f"{text}\n{html}"


def _shown(link: re.Match[str]) -> str:
    """Keep an address that is there to be read; one that is long or carries a query tracks."""
    return link[0] if len(link[0]) <= _LONGEST_SHOWN and "?" not in link[0] else " "


def _scrubbed(text: str, recipients: frozenset[str]) -> str:
    """Take out whom it was sent to ("This mail was sent to ...")."""
    if not recipients or ("@" not in text and "%40" not in text):
        return text
    known = "|".join(map(re.escape, sorted(recipients)[:50])).replace("@", "(?:@|%40)")
    return re.sub(rf"(?<![\w.+-])(?:{known})(?![\w-])", "...", text, flags=re.IGNORECASE)


def _page(mail: Mail) -> str | None:
    """Return where the mail can be read by anybody: what it says itself, else its list's archive.

    An address that looks as if it were made for one recipient is not kept.
    """
    online = _online(mail.html)
    if online and any(address in unquote(online).lower() for address in mail.recipients):
        online = None
    # RFC 5064: the archive's page, the same for all; archives name mails by long hashes
    found = (_public(mail.page, archive=True), _public(online), _public(mail.list_page))
    return next(filter(None, found), None)


def _online(html: str) -> str | None:
    """Return the link that is clearly marked as the mail's version on the web."""
    anchors = _ANCHOR.finditer(html)
    for _, anchor in zip(range(_ANCHORS), anchors, strict=False):
        caption = html[anchor.end() : anchor.end() + _CAPTION].partition("</a")[0]
        words = re.sub(r"[^\w\s-]+", "", text_of(caption).casefold()).split()
        if _ONLINE.fullmatch(" ".join(words)) and (link := _HREF.search(anchor[0])):
            return web(text_of(link[1]))
    return None


def _public(url: str | None, *, archive: bool = False) -> str | None:
    address = web(url)
    if address is None:
        return None
    parts = urlsplit(address)
    given = {n: v for n, _, v in (f.partition("=") for f in parts.query.split("&")) if n}
    kept = {n: v for n, v in given.items() if not n.startswith("utm_")}
    if _CAMPAIGNS.fullmatch(parts.hostname or ""):
        kept = {n: v for n, v in kept.items() if n in ("u", "id")}  # `e` is the recipient
    elif kept:
        return None
    if parts.username or (not archive and any(map(_TOKEN.fullmatch, parts.path.split("/")))):
        return None
    return parts._replace(query=urlencode(kept), fragment="").geturl()


def joined(posts: list[Post]) -> tuple[Post, ...]:
    """Return each item once: what several alerts quote of one page is all of its text."""
    known: dict[str, Post] = {}
    for post in posts:
        before = known.setdefault(post.item, post)
        if before is not post and post.text not in before.text:
            known[post.item] = replace(before, text=f"{before.text}\n{post.text}"[:LONGEST_TEXT])
    return tuple(known.values())
