"""What a digest shows, in which order, and what it leaves out: pure functions over a Digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime

from listener.digest.excerpt import one_line
from listener.digest.hearing import Hearing, hearing
from listener.digest.item import AT_RISK, Item, item
from listener.messages import Digest
from listener.model import Label, Level, Mention, PostKind

_ROLES = ("own", "competitor", "topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`kind` is None for what is at risk: it comes first, whatever its kind."""

    kind: PostKind | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of all mentions, shown or not; `unscored` are in no other count of sentiment."""

    total: int
    at_risk: int
    negative: int
    neutral: int
    positive: int
    unscored: int

    @property
    def tones(self) -> tuple[tuple[str, int], ...]:
        names = ("negative", "neutral", "positive", "unscored")
        return tuple((name, getattr(self, name)) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """One brand's part; `hidden` says by kind how many mentions are not shown."""

    name: str
    role: str
    tally: Tally
    sections: tuple[Section, ...]
    hidden: tuple[tuple[PostKind, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """`late` counts mentions that were found before the period and not told then."""

    tally: Tally
    brands: tuple[Brand, ...]
    hearing: Hearing
    welcome: tuple[str, ...]
    late: int


def view(digest: Digest, roles: Mapping[str, str], most: int) -> DigestView:
    """Lay a digest out, showing its `most` most important mentions."""
    ranked = sorted(digest.mentions, key=importance, reverse=True)
    shown = frozenset(mention.id for mention in ranked[:most])
    # What is told at once has no period that it could be late for.
    due = digest.start if digest.cadence != "at once" else datetime.min.replace(tzinfo=UTC)
    return DigestView(
        tally=_tally(ranked),
        brands=tuple(
            _brand(name, role, [m for m in ranked if m.brand == name], shown, due)
            for name, role in _in_order([*digest.brands, *(m.brand for m in ranked)], roles)
        ),
        hearing=hearing(digest.coverage),
        welcome=tuple(one_line(name) for name in digest.welcome),
        late=sum(mention.found < due for mention in ranked),
    )


def importance(mention: Mention) -> tuple[int, bool, int, datetime]:
    """Rank a mention: the greater, the earlier it is shown and the later it is left out.

    Risk counts first, from medium on (below that it is noise); then negative before the rest; then
    how far it carries, as the digits of its engagement plus those of its author's followers, so
    that the order of magnitude decides and what is not known adds nothing; then the newest.
    """
    post, tone = mention.post, mention.sentiment
    risk = 0 if mention.risk.level is Level.LOW else mention.risk.score
    engaged = (post.engagement and post.engagement.total) or 0
    followed = (post.author and post.author.followers) or 0
    return (
        risk,
        tone is not None and tone.label is Label.NEGATIVE,
        len(str(max(engaged, 0))) + len(str(followed)),
        post.published or mention.found,
    )


def _in_order(brands: Sequence[str], roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Own brands, then competitors, then topics; each as the subscription lists them."""
    named = [(name, roles.get(name, "own")) for name in dict.fromkeys(brands)]
    return sorted(named, key=lambda brand: _ROLES.index(brand[1]))


def _brand(
    name: str, role: str, ranked: list[Mention], shown: AbstractSet[int], due: datetime
) -> Brand:
    visible = [mention for mention in ranked if mention.id in shown]
    hidden = Counter(mention.post.kind for mention in ranked if mention.id not in shown)
    return Brand(
        name=name,
        role=role,
        tally=_tally(ranked),
        sections=_sections(visible, due),
        hidden=tuple((kind, hidden[kind]) for kind in PostKind if hidden[kind]),
    )


def _sections(mentions: Sequence[Mention], due: datetime) -> tuple[Section, ...]:
    risky = [m for m in mentions if m.risk.level in AT_RISK]
    calm = [m for m in mentions if m.risk.level not in AT_RISK]
    groups: list[tuple[PostKind | None, list[Mention]]] = [(None, risky)]
    groups += [(kind, [m for m in calm if m.post.kind is kind]) for kind in PostKind]
    return tuple(
        Section(kind=kind, items=tuple(item(mention, due) for mention in group))
        for kind, group in groups
        if group
    )


def _tally(mentions: Sequence[Mention]) -> Tally:
    tones = Counter(m.sentiment.label if m.sentiment else None for m in mentions)
    return Tally(
        total=len(mentions),
        at_risk=sum(m.risk.level in AT_RISK for m in mentions),
        negative=tones[Label.NEGATIVE],
        neutral=tones[Label.NEUTRAL],
        positive=tones[Label.POSITIVE],
        unscored=tones[None],
    )
