"""Does a post belong to a story, and by what? Every answer names what is shared.

A copy shares the text or the title, or one holds most of the other. Other texts belong together
when they link to one page, one quotes the other at length, or what they say makes it likely that
they tell of one event: `story_likeness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

from listener.analysis.story_likeness import Around, Told, compare
from listener.analysis.story_signature import Signature
from listener.analysis.story_terms import is_number
from listener.analysis.story_text import BARE_WORDS

WINDOW = timedelta(days=14)  # in which a story goes on
SAME_WINDOW = timedelta(days=7)  # a text that returns later is news again

HELD_WORDS = 20  # in sentences that two texts share, for one to hold the other
HELD = 0.6  # of the shorter text
HELD_WINDOW = timedelta(days=2)  # later it is the next number of a series with a standing text
COPIED = 0.25  # of the longer one: with less of it, it quotes the text among other things
LINK_WINDOW = timedelta(days=2)  # later it is a page that many things link to

LIKELY = 0.6  # from here a post belongs to a story; rather two stories than one that swallows
CERTAIN = 0.99  # from here two stories that a post belongs to are one

How = Literal["copy", "quote", "link", "event"]
Same = Literal["title", "text", "part"]
SHOWN = 8  # words of an explanation
_RANK: dict[How, int] = {"copy": 2, "link": 1, "quote": 1, "event": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Why a post belongs to the story of another.

    how    copy: the same text; quote: it holds a long part of it; link: one page is linked to, or
           is the other post; event: in other words
    same   of a copy: "title" and "text" when they are equal, "part" when one holds the other
    score  for the event how likely it is, from `LIKELY` to 1; 1 otherwise
    words, names, numbers  what both say, the most telling first; apart: seconds between them
    """

    how: How
    score: float
    same: tuple[Same, ...] = ()
    page: str | None = None
    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    apart: int = 0

    @property
    def certain(self) -> bool:
        """Whether two stories with such a post in common are one: a press review joins none."""
        return bool({"title", "text"} & {*self.same}) or (
            self.how == "event" and self.score >= CERTAIN
        )

    @property
    def strength(self) -> tuple[int, int, float]:
        """Order reasons: a copy before a link or a quotation, these before a likeness."""
        return _RANK[self.how], len(self.same), self.score

    def told(self) -> dict[str, object]:
        """Return what there is to tell, as JSON can say it."""
        return {name: value for name, value in asdict(self).items() if value not in (None, (), "")}


def joins(post: Told, story: Mapping[int, Told], around: Around) -> tuple[int, Join] | None:
    """Return why `post` belongs to the story of these posts, and the one that says so.

    Of posts that are as good a reason, the earliest. None when it does not belong to it.
    """
    near = {
        id: other
        for id, other in story.items()
        if abs(post.at - other.at) <= WINDOW.total_seconds()
    }
    if not near:
        return None
    same = [(id, join) for id, other in near.items() if (join := _same(post, other))]
    if same:
        return max(same, key=lambda found: (found[1].strength, -found[0]))
    return _event(post, near, around)


def _same(post: Told, other: Told) -> Join | None:
    apart = abs(post.at - other.at)
    if apart > SAME_WINDOW.total_seconds():
        return None
    new, old = post.signature, other.signature
    return _copy(new, old, apart) or _link(new, old, apart)


def _copy(new: Signature, old: Signature, apart: int) -> Join | None:
    same: list[Same] = []
    if new.title is not None and new.title == old.title:
        same.append("title")
    if new.text is not None and new.text == old.text:
        same.append("text")
    if same:
        return Join(how="copy", score=1.0, same=tuple(same), apart=apart)
    if apart > HELD_WINDOW.total_seconds():
        return None
    mine, theirs = _long(new), _long(old)
    held = sum(n for key, n in mine.items() if key in theirs)
    shorter, longer = sorted((sum(mine.values()), sum(theirs.values())))
    if held < HELD_WORDS or held < HELD * shorter:
        return None
    if held < COPIED * longer:
        return Join(how="quote", score=1.0, apart=apart)
    return Join(how="copy", score=1.0, same=("part",), apart=apart)


def _long(signature: Signature) -> dict[int, int]:
    return {key: n for key, n in signature.sentences.items() if n >= BARE_WORDS}


def _link(new: Signature, old: Signature, apart: int) -> Join | None:
    pages = [page for page in new.links if page == old.page]
    pages += [page for page in old.links if page == new.page]
    if apart <= LINK_WINDOW.total_seconds():
        pages += [page for page in new.links if page in old.links]
    return Join(how="link", score=1.0, page=pages[0], apart=apart) if pages else None


def _event(post: Told, story: Mapping[int, Told], around: Around) -> tuple[int, Join] | None:
    held = compare(post, tuple(story.values()), around)
    if (score := held.probability) < LIKELY:
        return None
    both, terms = held.both, post.signature.terms
    like = max(story, key=lambda id: (_said(both, story[id]), -id))
    telling = sorted(both, key=lambda term: -both[term] * terms[term].weight)
    figures = [t for t in telling if is_number(t)]
    names = [t for t in telling if t in held.names and t not in figures]
    plain = [t for t in telling if t not in held.names]
    return like, Join(
        how="event",
        score=round(score, 2),
        words=tuple(terms[t].said for t in plain[:SHOWN]),
        names=tuple(terms[t].said for t in names[:SHOWN]),
        numbers=tuple(figures[:SHOWN]),
        apart=abs(post.at - story[like].at),
    )


def _said(both: Mapping[str, float], other: Told) -> float:
    return sum(weight for term, weight in both.items() if term in other.signature.terms)
