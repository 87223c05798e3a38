"""Digests and alerts as messages, from the operator's templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import css_inline

from listener.content import Content
from listener.digest.excerpt import one_line
from listener.digest.item import item
from listener.digest.mrkdwn import link, marked
from listener.digest.view import view
from listener.messages import Alert, Digest, Message, Person
from listener.model import Mention
from listener.notify.blocks import payloads
from listener.notify.unsubscribe import by_mail
from listener.store.spikes import Spike

# How many mentions a message shows; the next smaller number is tried when it grows too large.
_MOST = (50, 40, 30, 20, 10, 5)
_CLIPPED = 102_000  # bytes of HTML, from where on Gmail hides the rest
_PAYLOADS = 5
_LOUDEST = 5  # mentions of a spike that are shown

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
    cover = _Cover(
        key=key,
        person=digest.person,
        subscription=digest.subscription,
        now=now,
        contact=contact,
    )
    for most in _MOST:
        shown = view(digest, roles or {}, most)
        message = _message(content, "digest", cover, digest=digest, view=shown)
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
    told = item(alert.mention)
    headline = "".join(piece.text for piece in told.headline)
    cover = _Cover(key=key, person=person, subscription=subscription, now=now, contact=contact)
    return _message(content, "alert", cover, alert=alert, item=told, headline=headline)


def render_spike(
    content: Content,
    spike: Spike,
    mentions: Sequence[Mention],
    person: Person,
    *,
    subscription: str,
    key: str,
    now: datetime,
    contact: str | None = None,
) -> Message:
    """Write of a surge or a silence: how much, how rare, and what was said most loudly in it."""
    cover = _Cover(key=key, person=person, subscription=subscription, now=now, contact=contact)
    loudest = sorted(mentions, key=_loudness, reverse=True)
    items = [item(mention) for mention in loudest[:_LOUDEST]]
    more = len(loudest) - len(items)
    return _message(content, "spike", cover, spike=spike, items=items, more=more)


def _loudness(mention: Mention) -> tuple[int, int, int]:
    engagement = mention.post.engagement
    return len(mention.copies), (engagement.total if engagement else None) or 0, mention.risk.score


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cover:
    """What is around every message: to whom, why, when."""

    key: str
    person: Person
    subscription: str
    now: datetime
    contact: str | None

    @property
    def unsubscribe(self) -> str | None:
        return by_mail(self.contact, self.subscription)


def _message(content: Content, name: str, cover: _Cover, **context: object) -> Message:
    """Render the four templates of `name`."""
    person = cover.person
    context |= {
        "person": person,
        "subscription": cover.subscription,
        "now": cover.now,
        "contact": cover.contact,
        "unsubscribe": cover.unsubscribe,
        "link": link,
        "marked": marked,
    }

    def render(suffix: str, **more: object) -> str:
        template = f"alerts/{name}.{suffix}"
        return content.render(template, person.language, person.timezone, **context, **more)

    subject = one_line(render("subject"))
    return Message(
        key=cover.key,
        person=person,
        created=cover.now,
        subject=subject,
        text=render("txt", subject=subject).strip() + "\n",
        html=_INLINER.inline(render("html", subject=subject)),
        slack=payloads(render("slack", subject=subject), subject),
        unsubscribe=cover.unsubscribe,
    )
