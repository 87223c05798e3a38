"""Stories in words: a story is what tells of one event, in copies of one text or in other words.

What makes a post part of one: `story_match`. What is compared: `story_signature`. How it went on
since: `story_course`. Where posts find theirs: `listener.store.stories`.
"""

from __future__ import annotations

from collections.abc import Iterable

from listener.model import Mention


def leads(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return one mention a brand and text: the riskiest, then the first; its copies name the rest.

    Other texts of the same story stay: they say something else. In the order as given.
    """
    given = tuple(mentions)
    lead: dict[tuple[str, int], Mention] = {}
    for m in sorted(given, key=lambda m: (-m.risk.score, m.post.published or m.found, m.id)):
        lead.setdefault(_text(m), m)
    return tuple(m for m in given if lead[_text(m)] is m)


def _text(mention: Mention) -> tuple[str, int]:
    """Return what copies share; a mention that has not been compared has no copies."""
    return mention.brand, -mention.id if mention.original is None else mention.original
