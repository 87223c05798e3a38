"""Digests and alerts as messages, from the operator's templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import css_inline

from listener.content import Content
from listener.digest.excerpt import one_line
from listener.digest.item import item
from listener.digest.mrkdwn import link, marked
from listener.digest.view import view
from listener.model import Alert, Digest, Message, Person
from listener.notify.blocks import payloads

# How many mentions a message shows; the next smaller number is tried when it grows too large.
_MOST = (50, 40, 30, 20, 10, 5)
_CLIPPED = 102_000  # bytes of HTML, from where on Gmail hides the rest
_PAYLOADS = 5

_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


def render_digest(
    content: Content,
    digest: Digest,
    *,
    key: str,
    now: datetime,
    contact: str | None = None,
    roles: Mapping[str, str] | None = None,
) -> Message:
    """Write a digest in its person's language and zone.

    contact  the operator's e-mail address, to which people write to be left alone
    roles    own, competitor or topic, by brand: own brands come first
    """
    for most in _MOST:
        shown = view(digest, roles or {}, most)
        message = _message(
            content,
            "digest",
            digest.person,
            digest.subscription,
            key=key,
            now=now,
            contact=contact,
            context={"digest": digest, "view": shown},
        )
        if len(message.html.encode()) <= _CLIPPED and len(message.slack) <= _PAYLOADS:
            break
    return message


def render_alert(
    content: Content,
    alert: Alert,
    person: Person,
    *,
    subscription: str,
    key: str,
    now: datetime,
    contact: str | None = None,
) -> Message:
    """Write an alert: what, where, why, how widely known, what to do next."""
    laid_out = item(alert.mention)
    headline = "".join(piece.text for piece in laid_out.headline)
    return _message(
        content,
        "alert",
        person,
        subscription,
        key=key,
        now=now,
        contact=contact,
        context={"alert": alert, "item": laid_out, "headline": headline},
    )


def _message(
    content: Content,
    name: str,
    person: Person,
    subscription: str,
    *,
    key: str,
    now: datetime,
    contact: str | None,
    context: Mapping[str, object],
) -> Message:
    stop = _unsubscribe(contact, subscription)
    everywhere = {
        "person": person,
        "subscription": subscription,
        "now": now,
        "contact": contact,
        "unsubscribe": stop,
        "link": link,
        "marked": marked,
    }

    def render(suffix: str, **more: object) -> str:
        return content.render(
            f"alerts/{name}.{suffix}",
            person.language,
            person.timezone,
            **everywhere,
            **context,
            **more,
        )

    subject = one_line(render("subject"))
    return Message(
        key=key,
        person=person,
        created=now,
        subject=subject,
        text=render("txt", subject=subject).strip() + "\n",
        html=_INLINER.inline(render("html", subject=subject)),
        slack=payloads(render("slack", subject=subject), subject),
        unsubscribe=stop,
    )


def _unsubscribe(contact: str | None, subscription: str) -> str | None:
    if contact is None or "@" not in contact or "/" in contact:
        return None
    return f"mailto:{contact}?subject={quote(f'unsubscribe {subscription}')}"
