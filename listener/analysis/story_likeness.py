"""How likely does a post tell of the event of a story? What speaks for it and against it, weighed.

Each piece of evidence is a number with one meaning; the weights are those of a logistic
regression over labelled posts. `python -m benchmarks.stories_weights tests/data/stories` learns
them anew and prints the table as it stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log1p, sqrt

from listener.analysis.story_signature import Signature
from listener.analysis.story_terms import Term, is_kind, is_number

COMMON = 12  # a key that as many stories share says nothing

WEIGHTS: Mapping[str, float] = {
    "always": 0.85,
    "likeness": 6.87,
    "names": 0.88,
    "numbers": 1.35,
    "quoted": 1.99,
    "ahead": 1.73,
    "later": 1.16,
    "missing": -3.08,
    "other names": -0.27,
    "other event": -1.00,
    "other brand": -2.34,
    "hours": -2.90,
    "unnamed": -0.84,
    "young": -2.93,
    "recent": 1.39,
    "only": 2.46,
    "recent only": -2.95,
    "again": 0.94,
}

OLD = 40  # stories, from which rarity is what it seems
_LEAST = 6.0  # a post that says less is taken to say as much
_FURTHER = 0.4  # of a name: its second word
_FULL = 20  # words of shared sentences that are a full quotation
_DAY = 86_400
_LITTLE = 0.35  # how much a number of two digits tells
_BURST = 129_600  # seconds in which most posts of an event follow its first: 36 hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A post when it was published, in seconds; `mass`: how much all its terms say."""

    signature: Signature
    at: int
    mass: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known of the other stories of these days when a post is held against one.

    rare   how much each term of the post says, 0..1; a term that is missing says all
    worn   sentences that several stories share: what an outlet puts around each of its posts
    ahead  -1..1: how much more of the post this story says than any other one does
    known  how many stories there are: among a few, everything seems rare
    others how many other stories of the brand go on: posts joined them in the last 24 hours
    """

    rare: Mapping[str, float]
    worn: Collection[int] = ()
    ahead: float = 1.0
    known: int = OLD
    others: int = 0

    def weight(self, term: str) -> float:
        return self.rare.get(term, 1.0)


def rarity(stories: float) -> float:
    """Return how much a key says that so many stories hold: from 1 for one down to 0."""
    return max(0.0, 1.0 - log(max(1, stories)) / log(COMMON))


def mass(signature: Signature, rare: Mapping[str, float]) -> float:
    return sum(rare.get(term, 1.0) for term in signature.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A post held against a story.

    both      the terms that both say, with how much each says
    names     those of them that are names or numbers
    heart     those of them that a title of the story says, and another post of it too
    evidence  what speaks for and against, by the names of `WEIGHTS`:
    likeness     of what the post and the likest post of the story say, the share of both
    names        that both say, each by how rare it is and how many posts of the story say it
    numbers      that both say, long ones and prices in full
    again        names, numbers and words of its titles that its posts repeat, and the post too
    quoted       sentences of another outlet, word for word, that name somebody
    ahead        how much more of the post it says than the next story does
    later        the post refers to something told before
    missing      of what the titles of the story say, the share that the post does not say
    other names  that only the post says
    other event  both tell what happened, and it is not the same
    other brand  they were found for different brands
    hours        since the last post of the story: the first ones count most
    recent       how many posts of the story stand within twelve hours of this one
    only         1 where no other story of the brand goes on, 1/2 where one does, and so on; it
                 fades in the 24 hours after the last post of this one
    unnamed      no name and no number in common, 0 in the first hour up to 1 after five days
    recent only  the same again where three posts or more, one within six hours, tell the story:
                 what speaks for it already counts once
    young        1 where this is the first story of all, 0 where there are many
    """

    both: Mapping[str, float]
    names: frozenset[str]
    heart: frozenset[str]
    evidence: Mapping[str, float]

    @property
    def probability(self) -> float:
        """How likely the post belongs to the story, 0..1; 0 when they share but a common word."""
        told = {t for t in self.names if not is_number(t) or _telling(t) > _LITTLE}
        telling = self.heart | told
        if sum(self.both.values()) + sum(self.both[term] for term in telling) <= 1:
            return 0.0
        total = sum(weight * self.evidence[name] for name, weight in WEIGHTS.items())
        return 1 / (1 + exp(-max(-50.0, min(50.0, total))))


def compare(post: Told, story: Sequence[Told], around: Around) -> Comparison:
    """Hold a post against the posts of a story."""
    new = post.signature
    said = _own(new, story, around)
    profile = _Profile(story)
    both = {
        term: around.weight(term) * profile.burst(term) for term in said if term in profile.held
    }
    apart = min(abs(post.at - other.at) for other in story) / _DAY
    only = max(0.0, 1 - apart) / (1 + around.others)
    evidence = {
        "always": 1.0,
        "likeness": _likeness(story, both, sum(map(around.weight, said))),
        **_terms(new, profile, both),
        "quoted": min(1.0, _quoted(new, story, around) / _FULL),
        "ahead": around.ahead,
        "later": float(new.later),
        "missing": profile.missing(said),
        "other names": _other_names(said, profile, around),
        "other event": float(_disjoint(new.events & said.keys(), profile.events)),
        "other brand": float(_disjoint(new.about, profile.about)),
        "hours": log1p(24 * apart) / 5,
        "recent": log1p(sum(abs(post.at - other.at) < _DAY / 2 for other in story)) / 2,
        "only": only,
        "unnamed": min(apart, 5.0) / 5 * profile.unnamed(new, both),
        "recent only": only * (len(story) > 2 and apart < 0.25),
        "again": min(4.0, profile.again(new, both)),
        "young": max(0.0, 1 - log(max(1, around.known)) / log(OLD)),
    }
    return Comparison(
        both=both,
        names=frozenset(t for t in both if profile.is_name(t, new) or is_number(t)),
        heart=frozenset(t for t in both if profile.is_heart(t)),
        evidence=evidence,
    )


class _Profile:
    """What the posts of a story say together."""

    def __init__(self, story: Sequence[Told]) -> None:
        told = [post.signature for post in story]
        self.held = Counter(term for one in told for term in one.terms)
        self.names = frozenset().union(*(one.names for one in told))
        self.events = frozenset().union(*(one.events for one in told))
        self.about = frozenset().union(*(one.about for one in told))
        self.headed = any(one.headed for one in told)
        self.titled = frozenset().union(
            *(one.titled if self.headed else one.terms.keys() for one in told)
        )
        self._posts = len(story)
        self._story = story

    def is_name(self, term: str, post: Signature) -> bool:
        """Tell whether the post or the story writes a term as a name."""
        return not is_kind(term) and (term in self.names or post.terms[term].name)

    def is_heart(self, term: str) -> bool:
        return self.headed and term in self.titled and self.held[term] > 1

    def burst(self, term: str) -> float:
        """Return 1 for a term that came with the event, less the more it is said day by day.

        The name of a product is said by one post a day, and would make one story of all of them.
        """
        times = [post.at for post in self._story if term in post.signature.terms]
        early = sum(at - min(times) <= _BURST for at in times)
        return rarity(len(times) / early)

    def central(self, term: str) -> float:
        """Return how much a term stands for the story, 0..1."""
        if self._posts == 1:
            return 1.0 if term in self.titled else 0.8
        return sqrt(self.held[term] / self._posts)

    def unnamed(self, post: Signature, both: Collection[str]) -> bool:
        """Tell whether none of these terms is a name or a number that tells."""
        return not any(
            _telling(t) > _LITTLE if is_number(t) else self.is_name(t, post) for t in both
        )

    def again(self, post: Signature, both: Mapping[str, float]) -> float:
        """Return how much a post says of the titles, names, numbers that the story repeats."""
        return sum(
            weight * sqrt(self.held[term] / self._posts)
            for term, weight in both.items()
            if self.held[term] > 1
            and (term in self.titled or is_number(term) or self.is_name(term, post))
        )

    def missing(self, said: Collection[str]) -> float:
        """Return how much of what its titles say is not said; of posts without, of all they say."""
        total = sum(self.held[term] for term in self.titled)
        met = sum(self.held[term] for term in self.titled if term in said)
        return 1 - met / total if total else 0.5


def _own(post: Signature, story: Sequence[Told], around: Around) -> dict[str, Term]:
    """Return the terms of a post without those of sentences that its outlet repeats."""
    worn = {key for key in post.sentences if key in around.worn}
    if post.headed:
        for other in story:
            if other.signature.headed and other.signature.host == post.host is not None:
                worn |= post.sentences.keys() & other.signature.sentences.keys()
    return {term: told for term, told in post.terms.items() if told.home not in worn}


def _likeness(story: Sequence[Told], both: Mapping[str, float], said: float) -> float:
    return max(
        sum(weight for term, weight in both.items() if term in other.signature.terms)
        / max(min(said, other.mass), _LEAST)
        for other in story
    )


def _terms(post: Signature, profile: _Profile, both: Mapping[str, float]) -> dict[str, float]:
    names = numbers = 0.0
    for term, weight in both.items():
        if is_number(term):
            numbers += weight * _telling(term)
        elif profile.is_name(term, post):
            part = _FURTHER if post.terms[term].follows else 1.0
            names += part * weight * profile.central(term)
    return {"names": min(names, 3.0), "numbers": min(numbers, 2.0)}


def _telling(number: str) -> float:
    """Return how much a number tells: "26047" all, "300" most, "20" little."""
    if len(number.replace(".", "").rstrip("0")) >= 3:
        return 1.0
    return 0.8 if "." in number or len(number) >= 3 else _LITTLE


def _other_names(said: Mapping[str, Term], profile: _Profile, around: Around) -> float:
    weights = (
        around.weight(term)
        for term, told in said.items()
        if told.name and term not in profile.held and around.weight(term) > 0.5
    )
    return min(sum(weights), 4.0)


def _quoted(post: Signature, story: Sequence[Told], around: Around) -> int:
    """Return the words of sentences with a name that other outlets have word for word."""
    held = {
        key
        for other in story
        if other.signature.host is None or other.signature.host != post.host
        for key in other.signature.sentences
    }
    named = {told.home for told in post.terms.values() if told.name}
    return sum(
        words
        for key, words in post.sentences.items()
        if key in held and key in named and key not in around.worn
    )


def _disjoint(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether both hold something, and nothing in common."""
    return bool(one and other and one.isdisjoint(other))
