"""The facts of `listener why`. Their names are the keys of its JSON and stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from listener.analysis.explain import Explanation
from listener.analysis.story_course import Course
from listener.config.shape import Role
from listener.model import Post, Risk, Sentiment

What = Literal["digest", "welcome", "alert"]
Status = Literal["mention", "own", "language", "not listened", "not searched", "no match"]
Outcome = Literal["raised", "disabled", "role", "first pass", "risk", "old", "told", "changed"]

State = Literal[
    "sent", "waiting", "refused", "due", "quiet", "welcome",
    "competitor", "uncovered", "old", "not owed",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of the post, on one line, and where in it the words stand that count."""

    field: Literal["title", "text"]
    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A part of a query that kept a post from matching.

    missing   all of `clauses` would have to be there, and are not
    none      one of `clauses` would do, and none is there
    excluded  it is there and must not be: see `places`
    apart     both sides are there, not near enough: see `places`
    differs   a fact is another one: `actual`, None when it is not known
    """

    how: Literal["missing", "none", "excluded", "apart", "differs"]
    clauses: tuple[str, ...]
    actual: str | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """The language, and how we know.

    declared    its source says so
    recognised  from the words; the source does not say, or says another one, `declared`
    unknown     neither
    """

    code: str | None
    declared: str | None
    how: Literal["declared", "recognised", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWhy:
    """What one rule of alerts/rules.toml made of a mention, when it was found.

    raised      it raised an alert at `at` (None: it would, for a text that nobody published)
    disabled, role, first pass
    risk        `actual` is below `needed`
    old         published `age` before it was found; the rule wants `within`
    told        it told of this story at `at` already
    changed     it would raise one today, but did not then
    """

    rule: str
    outcome: Outcome
    needed: int
    actual: int
    within: timedelta
    age: timedelta | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a mention for one subscription.

    sent      in the message `subject`, at `at`
    waiting   in the message `subject`, which goes out at `at`; `error`: why it did not before
    refused   the same, but the channel will not have it: somebody has to mend `error`
    due       in the next digest, at `at`; None: in the next message
    quiet     in the next message, once quiet hours end at `at`
    welcome   in the digest that greets a new source, once all new ones were heard
    competitor, uncovered   the subscription is not for this brand
    old       found on the first pass, and older than seven days then
    not owed  the subscription did not exist or did not cover the brand then
    """

    person: str
    channel: str
    subscription: str
    what: What
    state: State
    at: datetime | None = None
    subject: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How a mention was judged; `found` and `source` are None for a text nobody published.

    scored  when it was judged last; `edited`: more than once, because its text changed, the last
            time at `edited_at`
    """

    found: datetime | None
    source: str | None
    first_pass: bool
    sentiment: Sentiment | None
    risk: Risk
    scored: datetime | None
    edited: bool
    edited_at: datetime | None
    rules: tuple[RuleWhy, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandWhy:
    """What a post is to one brand.

    mention       it matches; `changed`: it did then, the query or the text is another now
    own           written by `account`, a brand's own: an answer
    language      it matches, but the brand is not listened for in its language
    not listened  it matches, but its sources are not listened to for this brand
    not searched  it matches the query as it is now, which has not been tried on the archive yet
    no match      see `failures`

    places   what was found, also when that was not enough
    clauses  every part of the query, held against the post by itself
    """

    brand: str
    role: Role
    query: str
    status: Status
    clause: str | None
    changed: bool
    account: str | None
    places: tuple[Place, ...]
    failures: tuple[Failure, ...]
    clauses: Explanation
    languages: tuple[str, ...]
    judgement: Judgement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    source: str
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One of the posts of a story; `copy`: it has the text of the post that is asked about."""

    outlet: str
    url: str | None
    title: str | None
    seen: datetime
    copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWhy:
    """The story a post belongs to.

    first   the one that opened it, when that is another post
    like    the one for which this post was taken into the story; None: it opened it, or that one
            is not kept any more
    join    why, as `Join.told` says it
    shared  of a copy, what it has in common with that one: title, text, or a part of the text
    others  the posts of the story that came later
    course  where it went since, and how fast
    """

    id: int
    first: Telling | None
    like: Telling | None
    join: Mapping[str, object] | None
    shared: tuple[str, ...]
    others: tuple[Telling, ...]
    course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All there is to say of one post; `stored` is False for a text from a file."""

    stored: bool
    post: Post
    seen: tuple[Sighting, ...]
    language: Tongue
    story: StoryWhy | None
    brands: tuple[BrandWhy, ...]
