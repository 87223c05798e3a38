"""How language and alerts came about. Pure: the same facts give the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from listener.config.shape import Brand, Role
from listener.judge import is_own
from listener.model import Post
from listener.rules import Rule
from listener.why.model import Outcome, RuleWhy, Tongue


def tongue(spoken: str | None, declared: str | None) -> Tongue:
    """Tell how we know the language that was judged, from what its source declared."""
    said = declared.replace("_", "-").split("-")[0].strip().lower() if declared else None
    if spoken is None:
        return Tongue(code=None, declared=said, how="unknown")
    return Tongue(code=spoken, declared=said, how="declared" if spoken == said else "recognised")


def account(brands: Mapping[str, Brand], post: Post, brand: str) -> str | None:
    """Return the account of ours that wrote the post, if that makes it no mention of `brand`.

    What an own brand writes is an answer, whoever it names; a competitor may well mention us.
    """
    for own in brands.values():
        if own.role == "own" or own.name == brand:
            for one in own.accounts:
                if is_own(own.model_copy(update={"accounts": (one,)}), post):
                    return one
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A mention as it was when it was found; `risk` as it was judged then.

    published  False for a text that nobody published: nothing was raised, but it would be
    """

    post: Post
    role: Role
    risk: int
    at: datetime
    first_pass: bool
    published: bool = True


def rule_why(
    name: str, rule: Rule, found: Found, raised: datetime | None, told: datetime | None
) -> RuleWhy:
    """Tell what a rule made of a mention.

    raised  when it raised an alert for it
    told    when it raised one for another mention of its story
    """
    age = found.at - found.post.published if found.post.published else None
    outcome: Outcome = "changed" if found.published else "raised"
    if raised:
        outcome = "raised"
    elif not rule.enabled:
        outcome = "disabled"
    elif found.role not in rule.roles:
        outcome = "role"
    elif found.risk < rule.risk:
        outcome = "risk"
    elif found.first_pass:
        outcome = "first pass"
    elif age is not None and age > rule.within:
        outcome = "old"
    elif told:
        outcome = "told"
    return RuleWhy(
        rule=name,
        outcome=outcome,
        needed=rule.risk,
        actual=found.risk,
        within=rule.within,
        age=age,
        at=raised or told,
    )
