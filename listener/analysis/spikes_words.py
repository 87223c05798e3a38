"""What a spike is, in words: messages of the catalogues and what fills them in."""

from __future__ import annotations

from listener.analysis.spikes import Kind, Seen
from listener.model import Reason

_MANY = 3  # times as many from which "times" reads better than "more"
_FEW = 2  # from which a usual count is told for the window itself
_MONTH = 30  # days
_HOURS = 3  # from which a silence is told in hours


def words(seen: Seen) -> tuple[Reason, ...]:
    """Return what was seen, then how rare it is: two parts of one sentence, without points.

    "24,269 mentions in the last 15 min, 157 times the usual 154" and "a surge like that comes
    about once in 48 days".
    """
    return (_silence(seen) if seen.kind is Kind.DROP else _surge(seen)), _rarity(seen)


def _surge(seen: Seen) -> Reason:
    facts = {"count": seen.count, "minutes": seen.minutes, "usual": round(seen.usual)}
    if seen.usual < _FEW:
        return _small(seen)
    if seen.times >= _MANY:
        text = "%(count)s mentions in the last %(minutes)s min, %(times)s times the usual %(usual)s"
        facts["times"] = round(seen.times)
    else:
        text = (
            "%(count)s mentions in the last %(minutes)s min, %(percent)s%% more than "
            "the usual %(usual)s"
        )
        facts["percent"] = round(100 * seen.times - 100)
    return Reason(points=0, text=text, facts=facts)


def _small(seen: Seen) -> Reason:
    """Say for a longer time what is usual, when it is hardly a mention in the window."""
    facts = {"count": seen.count, "minutes": seen.minutes}
    if seen.a_day >= _FEW:
        text = "%(count)s mentions in the last %(minutes)s min; usual are %(usual)s a day"
        facts["usual"] = round(seen.a_day)
    elif _MONTH * seen.a_day >= _FEW:
        text = "%(count)s mentions in the last %(minutes)s min; usual are %(usual)s in 30 days"
        facts["usual"] = round(_MONTH * seen.a_day)
    else:
        text = "%(count)s mentions in the last %(minutes)s min; usual is hardly any"
    return Reason(points=0, text=text, facts=facts)


def _silence(seen: Seen) -> Reason:
    facts = {"usual": round(seen.usual)}
    if seen.minutes < 60 * _HOURS:
        text = "no mention for %(minutes)s min, where %(usual)s are usual"
        facts["minutes"] = seen.minutes
    else:
        text = "no mention for %(hours)s hours, where %(usual)s are usual"
        facts["hours"] = round(seen.minutes / 60)
    return Reason(points=0, text=text, facts=facts)


def _rarity(seen: Seen) -> Reason:
    facts = {"days": round(seen.days)}
    if seen.kind is Kind.DROP and seen.beyond:
        text = "a silence like that comes less than once in %(days)s days"
    elif seen.kind is Kind.DROP:
        text = "a silence like that comes about once in %(days)s days"
    elif seen.beyond:
        text = "a surge like that comes less than once in %(days)s days"
    else:
        text = "a surge like that comes about once in %(days)s days"
    return Reason(points=0, text=text, facts=facts)
