"""Alerts, and who was told, in words."""

from __future__ import annotations

from collections.abc import Iterator

from listener.model import Risk
from listener.why.model import BrandWhy, Judgement, RuleWhy, Told
from listener.why.speech import Line, Speech, clip


def alerts(why: BrandWhy, judgement: Judgement, speech: Speech) -> Iterator[Line]:
    """What each rule of alerts/rules.toml made of it."""
    for rule in judgement.rules:
        facts = {
            "rule": rule.rule,
            "source": judgement.source or "",
            "needed": rule.needed,
            "actual": rule.actual,
            "time": speech.when(rule.at) if rule.at else "",
            "age": speech.duration(rule.age) if rule.age else "",
            "within": speech.duration(rule.within),
        }
        raised = rule.outcome == "raised"
        text = _rule(rule, why, judgement.risk, speech) % facts
        yield Line(text=text, depth=1, style="bad" if raised else "plain")
    if not judgement.rules:
        yield Line(text=speech.gettext("No alert: there is no rule for any"), depth=1)


def _rule(rule: RuleWhy, why: BrandWhy, now: Risk, speech: Speech) -> str:
    match rule.outcome:
        case "raised" if rule.at:
            return speech.gettext("Alert: raised %(time)s by the rule “%(rule)s”")
        case "raised":
            return speech.gettext("Alert: it would raise one, by the rule “%(rule)s”")
        case "disabled":
            return speech.gettext("No alert: the rule “%(rule)s” is switched off")
        case "role":
            return _not_for(why, speech)
        case "first pass":
            return speech.gettext("No alert: the first pass over a source raises none")
        case "risk" if now.score >= rule.needed:  # judged again, or it rose too late
            return speech.gettext(
                "No alert: the risk was %(actual)s when it was found, and the rule “%(rule)s” asks"
                " for %(needed)s or more"
            )
        case "risk":
            return speech.gettext(
                "No alert: the rule “%(rule)s” asks for a risk of %(needed)s or more"
            )
        case "old":
            return speech.gettext(
                "No alert: it was %(age)s old when it was found, and the rule “%(rule)s” is for"
                " posts of the last %(within)s"
            )
        case "told":
            return speech.gettext(
                "No alert: the rule “%(rule)s” has told of this story already, %(time)s"
            )
        case "changed":
            return speech.gettext("No alert: the rule “%(rule)s” was another one then")


def _not_for(why: BrandWhy, speech: Speech) -> str:
    match why.role:
        case "own":
            return speech.gettext("No alert: the rule “%(rule)s” is not for your own brands")
        case "competitor":
            return speech.gettext("No alert: the rule “%(rule)s” is not for competitors")
        case "topic":
            return speech.gettext("No alert: the rule “%(rule)s” is not for topics")


def people(why: BrandWhy, judgement: Judgement, speech: Speech) -> Iterator[Line]:
    """What became of it for each subscription."""
    yield Line(text=_found(judgement, speech), depth=1)
    for told in judgement.told:
        facts = {
            "person": told.person,
            "channel": told.channel,
            "brand": why.brand,
            "subject": clip(told.subject or ""),
            "error": clip(told.error or ""),
            "time": speech.when(told.at) if told.at else "",
        }
        who = speech.gettext("%(person)s by %(channel)s: %(what)s")
        what = _told(told, published=judgement.found is not None, speech=speech) % facts
        text = who % {**facts, "what": what}
        yield Line(text=text, depth=2, style="bad" if told.error else "plain")
    if not judgement.told:
        yield Line(text=speech.gettext("nobody: there is no subscription"), depth=2)


def _found(judgement: Judgement, speech: Speech) -> str:
    if judgement.found is None:
        return speech.gettext("Who would be told:")
    facts = {"time": speech.when(judgement.found), "source": judgement.source}
    if judgement.first_pass:
        text = speech.gettext(
            "Found %(time)s, on the first pass over %(source)s or over the archive. Who was told:"
        )
    else:
        text = speech.gettext("Found %(time)s at %(source)s. Who was told:")
    return text % facts


def _told(told: Told, *, published: bool, speech: Speech) -> str:
    match told.state:
        case "sent":
            return speech.gettext("sent %(time)s in “%(subject)s”")
        case "waiting" if told.error:
            return speech.gettext(
                "not yet; “%(subject)s” could not be sent: %(error)s. Next attempt %(time)s"
            )
        case "waiting":
            return speech.gettext("not yet; “%(subject)s” is about to be sent")
        case "refused":
            return speech.gettext(
                "not yet; “%(subject)s” was refused: %(error)s. Somebody has to mend that; next"
                " attempt %(time)s"
            )
        case "due" | "quiet":
            return _due(told, published=published, speech=speech)
        case "welcome":
            return speech.gettext(
                "not yet; it will be in the digest that greets new sources, in a few minutes"
            )
        case "competitor":
            return speech.gettext(
                "not told; a subscription covers competitors only when it names them"
            )
        case "uncovered":
            return speech.gettext("not told; the subscription does not cover %(brand)s")
        case "old":
            return speech.gettext(
                "not told; it was older than seven days when the source was first heard"
            )
        case "not owed":
            return speech.gettext(
                "not told; the subscription was not there, or not for %(brand)s, then"
            )


def _due(told: Told, *, published: bool, speech: Speech) -> str:
    """When it will be told, or for a text would be."""
    if told.state == "quiet":
        text = speech.gettext("%(time)s, when quiet hours end")
    elif told.at:
        text = speech.gettext("in the digest of %(time)s")
    elif told.what == "alert":
        text = speech.gettext("at once, by an alert")
    else:
        text = speech.gettext("at once")
    return speech.gettext("not yet; %(what)s") % {"what": text} if published else text
