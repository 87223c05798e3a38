"""Does a post belong to the story of another one, and by what? Every answer names what is shared.

A copy shares the text or the title, or one holds most of the other. Other texts belong together
when they link to one page, one quotes the other at length, or the rare words that they share weigh
enough beside all that they say, the less the more time lies between. The weights and thresholds
come from the labelled posts in tests/data/stories/; `python -m benchmarks.stories` measures them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import log
from typing import Literal

from listener.analysis.story_signature import Signature

WINDOW = timedelta(days=7)  # what returns later is news again
COMMON = 12  # a key that as many stories share says nothing

HELD_WORDS = 20  # in sentences that two texts share, for one to hold the other
HELD = 0.6  # of the shorter text
HELD_WINDOW = timedelta(days=2)  # later it is the next number of a series with a standing text
COPIED = 0.25  # of the longer one: with less of it, it quotes the text among other things
LINK_WINDOW = timedelta(days=2)  # later it is a page that many things link to

ENOUGH = 0.2  # share of what two posts say that has to be shared, at one moment
HALF_LIFE = timedelta(days=3)  # after which half of a likeness counts
EVIDENCE = 3.0  # weight that has to be shared at least, by two words
LEAST = 12.0  # a post that says less is taken to say as much
SHORTER = 0.6  # how much the shorter post decides of what both say
SAME_NAME, OTHER_NAMES = 1.3, 0.8  # factors: they name somebody in common; both name only others
OTHER_BRAND = 0.4  # they were found for different brands
SAME_NUMBER, OTHER_NUMBERS = 1.2, 0.8
CERTAIN = 0.5  # from here two stories that a post belongs to are one

How = Literal["copy", "quote", "link", "event"]
Same = Literal["title", "text", "part"]
SHOWN = 8  # words of an explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A post when it was published, in seconds; `mass`: the weight of all it says, rare words."""

    signature: Signature
    at: int
    mass: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Why a post belongs to the story of another.

    how    copy: the same text; quote: it holds a long part of it; link: one page is linked to, or
           is the other post; event: in other words
    same   of a copy: "title" and "text" when they are equal, "part" when one holds the other
    score  for the event 0..1 or more, against `ENOUGH`; 1 otherwise
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

    def told(self) -> dict[str, object]:
        """Return what there is to tell, as JSON can say it."""
        return {name: value for name, value in asdict(self).items() if value not in (None, (), "")}


def rarity(stories: int) -> float:
    """Return how much a key says that so many stories hold: from 1 for one down to 0."""
    return max(0.0, 1.0 - log(max(1, stories)) / log(COMMON))


def mass(signature: Signature, rare: Mapping[str, float]) -> float:
    return sum(weight * rare.get(term, 1.0) for term, weight in signature.terms.items())


def joins(post: Told, other: Told, rare: Mapping[str, float]) -> Join | None:
    """Return why `post` belongs to the story of `other`; None when it does not.

    `rare`: how much each term of `post` says, 0..1; a term that is missing says all.
    """
    apart = abs(post.at - other.at)
    if apart > WINDOW.total_seconds():
        return None
    new, old = post.signature, other.signature
    return _copy(new, old, apart) or _link(new, old, apart) or _event(post, other, rare, apart)


def _copy(new: Signature, old: Signature, apart: int) -> Join | None:
    same: list[Same] = []
    if new.title is not None and new.title == old.title:
        same.append("title")
    if new.text is not None and new.text == old.text:
        same.append("text")
    if same:
        return Join(how="copy", score=1.0, same=tuple(same), apart=apart)
    held = sum(n for key, n in new.sentences.items() if key in old.sentences)
    shorter, longer = sorted((sum(new.sentences.values()), sum(old.sentences.values())))
    if held < HELD_WORDS or held < HELD * shorter or apart > HELD_WINDOW.total_seconds():
        return None
    if held < COPIED * longer:
        return Join(how="quote", score=1.0, apart=apart)
    return Join(how="copy", score=1.0, same=("part",), apart=apart)


def _link(new: Signature, old: Signature, apart: int) -> Join | None:
    pages = [page for page in new.links if page == old.page]
    pages += [page for page in old.links if page == new.page]
    if apart <= LINK_WINDOW.total_seconds():
        pages += [page for page in new.links if page in old.links]
    return Join(how="link", score=1.0, page=pages[0], apart=apart) if pages else None


def _event(post: Told, other: Told, rare: Mapping[str, float], apart: int) -> Join | None:
    new, old = post.signature, other.signature
    shared = {
        term: min(weight, old.terms[term]) * rare.get(term, 1.0)
        for term, weight in new.terms.items()
        if term in old.terms and rare.get(term, 1.0) > 0
    }
    evidence = sum(shared.values())
    if evidence < EVIDENCE or len(shared) < 2:
        return None
    shorter, longer = sorted((post.mass, other.mass))
    said = max(shorter**SHORTER * longer ** (1 - SHORTER), LEAST)
    age = 0.5 ** (apart / HALF_LIFE.total_seconds())
    score = evidence / said * _agreement(new, old) * age
    if score < ENOUGH:
        return None
    telling = sorted(shared, key=lambda term: -shared[term])
    names = [t for t in telling if t in new.names or t in old.names]
    figures = [t for t in telling if t[0].isdigit()]
    plain = [t for t in telling if t not in names and t not in figures]
    return Join(
        how="event",
        score=round(score, 2),
        words=tuple(new.said[t] for t in plain[:SHOWN]),
        names=tuple(new.said[t] for t in names[:SHOWN]),
        numbers=tuple(figures[:SHOWN]),
        apart=apart,
    )


def whole(posts: Sequence[Told]) -> Told:
    """Return a story as if one post told all of it, when its last post did.

    What comes later takes up a word from here and a name from there.
    """
    terms: dict[str, float] = {}
    said: dict[str, str] = {}
    for post in posts:
        for term, weight in post.signature.terms.items():
            terms[term] = max(weight, terms.get(term, 0.0))
        said |= post.signature.said
    told = Signature(
        text=None,
        title=None,
        sentences={},
        page=None,
        links=(),
        about=frozenset().union(*(post.signature.about for post in posts)),
        terms=terms,
        said=said,
        names=frozenset().union(*(post.signature.names for post in posts)),
    )
    at, weight = max(post.at for post in posts), sum(post.mass for post in posts) / len(posts)
    return Told(signature=told, at=at, mass=weight)


def _agreement(new: Signature, old: Signature) -> float:
    """Return a factor: two shop openings share many words, but not the town and the jobs."""
    factor = 1.0
    if new.about and old.about and new.about.isdisjoint(old.about):
        factor *= OTHER_BRAND
    if new.names and old.names:
        met = not (new.names.isdisjoint(old.terms) and old.names.isdisjoint(new.terms))
        factor *= SAME_NAME if met else OTHER_NAMES
    mine = {term for term in new.terms if term[0].isdigit()}
    theirs = {term for term in old.terms if term[0].isdigit()}
    if mine and theirs:
        factor *= OTHER_NUMBERS if mine.isdisjoint(theirs) else SAME_NUMBER
    return factor
