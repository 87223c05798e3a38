"""Writes what the servers received as files that a person can open."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from listener.demo.script import slug
from listener.demo.story import ZONE
from listener.demo.world import Mail, Posted
from listener.locale.formats import Formats

_LINK = re.compile(r"<(https?://[^|>]+)\|([^>]*)>")
_BOLD = re.compile(r"\*(?=\S)([^*\n]+?)(?<=\S)\*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that was received, and the name of its files."""

    at: datetime
    recipient: str
    subject: str
    name: str


def write(folder: Path, mails: Sequence[Mail], posted: Sequence[Posted]) -> tuple[Letter, ...]:
    """Write `mail/*.eml` and `*.html`, `slack/*.json`, `slack.html`; return the mails."""
    letters = tuple(_letter(folder / "mail", mail) for mail in mails)
    _slack(folder / "slack", posted)
    days = groupby(posted, key=lambda each: each.at.astimezone(ZONE).date())
    page = pages_for("en").get_template("slack.html").render(days=[(d, [*p]) for d, p in days])
    (folder / "slack.html").write_text(page, encoding="utf-8")
    return letters


def pages_for(language: str) -> jinja2.Environment:
    """Return the demo's own templates, for a reader of `language`."""
    found = files("listener").joinpath("demo", "pages")
    pages = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: found.joinpath(name).read_text(encoding="utf-8")),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(Formats(language, ZONE.key).filters())
    pages.filters["mrkdwn"] = mrkdwn
    pages.globals["language"] = language
    return pages


def mrkdwn(text: str) -> Markup:
    """Show Slack's own markup as HTML, as far as the alerts' templates use it."""
    texts = _LINK.split(text)
    shown = [_plain(texts[0])]
    for url, label, after in zip(texts[1::3], texts[2::3], texts[3::3], strict=True):
        shown += [f'<a href="{_plain(url)}">{_plain(label)}</a>', _plain(after)]
    html = _BOLD.sub(r"<b>\1</b>", "".join(shown)).replace("\n", "<br>")
    return Markup(html)  # noqa: S704 -- escaped piece by piece


def _plain(text: str) -> str:
    return str(escape(unescape(text)))


def _letter(folder: Path, mail: Mail) -> Letter:
    folder.mkdir(parents=True, exist_ok=True)
    found = message_from_bytes(mail.content, policy=policy.default)
    subject = str(found["Subject"])
    here = mail.at.astimezone(ZONE)
    to = mail.recipient.partition("@")[0]
    name = f"{here:%Y-%m-%d-%H%M}-{to}-{slug(subject)[:50].strip('-')}"
    (folder / f"{name}.eml").write_bytes(mail.content)
    (folder / f"{name}.html").write_text(_page(found), encoding="utf-8")
    return Letter(at=mail.at, recipient=mail.recipient, subject=subject, name=name)


def _page(mail: EmailMessage) -> str:
    """Return a mail's HTML with its pictures inside, as a mail program would show it."""
    body = mail.get_body(("html", "plain"))
    assert body is not None
    html = str(body.get_content())
    for part in mail.walk():
        cid = str(part["Content-ID"] or "").strip("<>")
        content = part.get_payload(decode=True)
        if cid and isinstance(content, bytes):
            data = base64.b64encode(content).decode()
            html = html.replace(f"cid:{cid}", f"data:{part.get_content_type()};base64,{data}")
    return html


def _slack(folder: Path, posted: Sequence[Posted]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(posted, 1):
        payload: Mapping[str, Any] = each.payload
        text = json.dumps(payload, ensure_ascii=False, indent=2)
        name = f"{each.at.astimezone(ZONE):%Y-%m-%d-%H%M}-{number:03}.json"
        (folder / name).write_text(text, encoding="utf-8")
