"""A mention as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from listener.digest.excerpt import Pieces, excerpt, one_line
from listener.model import Author, Engagement, Label, Level, Mention, PostKind, Reason

AT_RISK = frozenset({Level.HIGH, Level.CRITICAL})

_HEADLINE, _SNIPPET, _NAME, _CLAUSE, _FACT = 160, 240, 60, 160, 80  # characters
_LONGEST_URL = 2000  # what mail clients and browsers are known to follow
_COPIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Every string is one harmless line.

    url      http(s) only, else None
    when     when it was published, else when it was found
    rating   0..1 for reviews, as in Post
    answered, edited, gone  when an own account replied, when its text changed, when it was deleted
    copies   outlets of the first copies; `more_copies` counts the others
    late     found before the digest's period, and not told then
    """

    headline: Pieces
    snippet: Pieces
    url: str | None
    kind: PostKind
    outlet: str
    author: str | None
    when: datetime
    language: str | None
    sentiment: Label | None
    level: Level
    score: int
    reasons: tuple[Reason, ...]
    clause: str
    engagement: Engagement
    followers: int | None
    rating: float | None
    copies: tuple[str, ...]
    more_copies: int
    first_pass: bool
    alerted: bool
    late: bool
    answered: datetime | None
    edited: datetime | None
    gone: datetime | None

    @property
    def at_risk(self) -> bool:
        return self.level in AT_RISK


def item(mention: Mention, due: datetime | None = None) -> Item:
    """Lay a mention out; what was found before `due` could have been told earlier."""
    post = mention.post
    headline, snippet = _words(mention)
    outlet = _clip(post.outlet or "", _NAME) or _clip(mention.source, _NAME)
    copies = tuple(filter(None, (_clip(copy.outlet, _NAME) for copy in mention.copies)))
    return Item(
        headline=headline,
        snippet=snippet,
        url=_link(post.url),
        kind=post.kind,
        outlet=outlet,
        author=_author(post.author, outlet),
        when=post.published or mention.found,
        language=mention.language,
        sentiment=mention.sentiment.label if mention.sentiment else None,
        level=mention.risk.level,
        score=mention.risk.score,
        reasons=tuple(map(_quoted, sorted(mention.risk.reasons, key=_weight, reverse=True))),
        clause=_clip(mention.clause, _CLAUSE),
        engagement=post.engagement or Engagement(),
        followers=post.author.followers if post.author else None,
        rating=post.rating,
        copies=copies[:_COPIES],
        more_copies=len(copies[_COPIES:]),
        first_pass=mention.first_pass,
        alerted=mention.alerted,
        late=due is not None and mention.found < due,
        answered=mention.answered,
        edited=mention.edited,
        gone=mention.gone,
    )


def _weight(reason: Reason) -> int:
    return abs(reason.points)


def _quoted(reason: Reason) -> Reason:
    """A reason quotes the post: its words are as foreign as its title."""
    facts = {
        name: _clip(fact, _FACT) if isinstance(fact, str) else fact
        for name, fact in reason.facts.items()
    }
    return replace(reason, facts=facts)


def _words(mention: Mention) -> tuple[Pieces, Pieces]:
    """Headline and snippet; what has no title (a status, a comment) is its own headline."""
    title, text = mention.post.title, mention.post.text
    spans = {
        field: [(span.start, span.end) for span in mention.spans if span.field == field]
        for field in ("title", "text")
    }
    if not title or not one_line(title):
        return excerpt(text, spans["text"], _SNIPPET), ()
    headline = excerpt(title, spans["title"], _HEADLINE)
    if one_line(text).casefold() == one_line(title).casefold():
        return headline, ()
    return headline, excerpt(text, spans["text"], _SNIPPET)


def _author(author: Author | None, outlet: str) -> str | None:
    """Name and handle, as far as they are known and say more than the outlet does."""
    if author is None:
        return None
    said = {outlet.casefold()}
    parts = []
    for part in (author.name, author.handle):
        if part and part.casefold() not in said:
            said.add(part.casefold())
            parts.append(f"@{part}" if part == author.handle else part)
    return _clip(" ".join(parts), _NAME) or None


def _clip(text: str, width: int) -> str:
    return "".join(piece.text for piece in excerpt(one_line(text), (), width))


def _link(url: str | None) -> str | None:
    """The address if it is one that may be followed from a mail."""
    if not url or len(url) > _LONGEST_URL or one_line(url) != url or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None
