"""Mentions of one event belong together: which stories were told most, which are the riskiest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from listener.analysis.story_course import Piece, course
from listener.model import Level, Mention, Risk
from listener.report.line import one_line
from listener.report.model import Danger, Item, Story

_STORIES = 5
_DANGERS = 5

# Characters.
_TITLE = 160
_NAME = 80
_FACT = 80


def top(mentions: Iterable[Mention]) -> tuple[Story, ...]:
    """Return the stories told most often, copies included, then those most reacted to."""
    stories = [_told(story) for story in _by_story(mentions)]
    stories.sort(key=lambda s: (s.mentions + s.copies, s.engagement or 0), reverse=True)
    return tuple(stories[:_STORIES])


def _told(story: Sequence[Mention]) -> Story:
    went = course(map(_piece, story), story[-1].found)
    assert went is not None  # a story has a mention
    loudest = went.authority
    return Story(
        first=_item(story[0]),
        mentions=len(story),
        copies=_copies(story),
        engagement=_engagement(story),
        path=tuple(piece.kind for piece in went.path),
        loudest=loudest.outlet if loudest else None,
        followers=loudest.followers if loudest else None,
    )


def _piece(mention: Mention) -> Piece:
    post = mention.post
    return Piece(
        kind=post.kind,
        outlet=one_line(post.outlet or mention.source, _NAME),
        at=post.published or mention.found,
        text=mention.id,
        followers=post.author.followers if post.author else None,
    )


def dangers(mentions: Iterable[Mention]) -> tuple[Danger, ...]:
    """Return the riskiest mention of each story, the worst first; none of low risk."""
    worst = [(max(story, key=lambda m: m.risk.score), len(story)) for story in _by_story(mentions)]
    worst.sort(key=lambda pair: -pair[0].risk.score)
    return tuple(
        Danger(
            item=_item(mention),
            risk=_readable(mention.risk),
            label=mention.sentiment.label if mention.sentiment else None,
            others=size - 1,
        )
        for mention, size in worst[:_DANGERS]
        if mention.risk.level is not Level.LOW
    )


def _item(mention: Mention) -> Item:
    post = mention.post
    titles = (post.title or "", post.text, post.url or "")
    return Item(
        title=next(filter(None, (one_line(text, _TITLE) for text in titles)), post.key),
        url=post.url if post.url and post.url.startswith(("https://", "http://")) else None,
        outlet=one_line(post.outlet or mention.source, _NAME),
        published=post.published,
        language=mention.language,
    )


def _readable(risk: Risk) -> Risk:
    """Reasons quote the post: their words are as foreign as its title."""
    return replace(
        risk,
        reasons=tuple(
            replace(reason, facts={name: _clean(fact) for name, fact in reason.facts.items()})
            for reason in risk.reasons
        ),
    )


def _clean(fact: str | int) -> str | int:
    return one_line(fact, _FACT) if isinstance(fact, str) else fact


def copies(mentions: Iterable[Mention]) -> int:
    """Count every copy once, although each mention of its story may list it."""
    return sum(map(_copies, _by_story(mentions)))


def _copies(story: Sequence[Mention]) -> int:
    own = {m.post.url for m in story if m.post.url}
    return len({(c.outlet, c.url) for m in story for c in m.copies if c.url not in own})


def _engagement(story: Sequence[Mention]) -> int | None:
    known = [
        total for m in story if m.post.engagement and (total := m.post.engagement.total) is not None
    ]
    return sum(known) if known else None


def _by_story(mentions: Iterable[Mention]) -> list[list[Mention]]:
    stories = defaultdict(list)
    for mention in mentions:
        stories[mention.story].append(mention)
    return list(stories.values())
