"""What a post is to one brand, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from listener.analysis.sentiment import ENGINES
from listener.model import PERSON, Label, Level, Sentiment
from listener.why.model import BrandWhy, Failure, Judgement, Place, Tongue
from listener.why.speech import Line, Speech, clip
from listener.why.words_told import alerts, people


def brand(why: BrandWhy, tongue: Tongue, speech: Speech) -> Iterator[Line]:
    """Why it is a mention or not; of a mention, how it was judged and who was told."""
    yield Line(text=_head(why, speech), style="head")
    yield from _matching(why, tongue, speech)
    if why.judgement:
        yield from _tone(why.judgement.sentiment, tongue, speech)
        yield from _risk(why.judgement, speech)
        yield from alerts(why, why.judgement, speech)
        yield from people(why, why.judgement, speech)


def _head(why: BrandWhy, speech: Speech) -> str:
    if why.status == "mention":
        text = speech.gettext("%(brand)s: a mention")
    elif why.status == "own":
        text = speech.gettext("%(brand)s: not a mention, but an answer")
    else:
        text = speech.gettext("%(brand)s: not a mention")
    return text % {"brand": why.brand}


def _matching(why: BrandWhy, tongue: Tongue, speech: Speech) -> Iterator[Line]:
    facts = {"query": clip(why.query), "clause": clip(why.clause or "")}
    if why.status == "no match":
        text = speech.gettext("It does not match the query %(query)s")
        yield Line(text=text % facts, depth=1)
        yield from _failed(why, speech)
        return
    if why.clause == why.query:
        text = speech.gettext("It matches the query %(query)s")
    else:
        text = speech.gettext("It matches %(clause)s, a part of the query %(query)s")
    yield Line(text=text % facts, depth=1, style="good" if why.status == "mention" else "plain")
    yield from _places(why.places, speech)
    if why.changed:
        yield Line(
            text=speech.gettext(
                "(It did when it was found. Its text or the query is another now.)"
            ),
            depth=1,
        )
    if reason := _although(why, tongue, speech):
        yield Line(text=reason, depth=1)


def _although(why: BrandWhy, tongue: Tongue, speech: Speech) -> str | None:
    """Why a post that matches is no mention."""
    facts = {
        "brand": why.brand,
        "account": why.account or "",
        "language": speech.language(tongue.code or ""),
        "languages": speech.listed([speech.language(code) for code in why.languages]),
    }
    match why.status:
        case "own":
            text = speech.gettext(
                "but its author, %(account)s, is listed as a brand's own account: it is kept as an"
                " answer"
            )
        case "language":
            text = speech.gettext(
                "but it is in %(language)s, and %(brand)s is only listened for in: %(languages)s"
            )
        case "not listened":
            text = speech.gettext("but %(brand)s is not listened for at the source it came from")
        case "not searched":
            text = speech.gettext(
                "but the archive was not searched with this query yet: the program does that when"
                " it starts next"
            )
        case _:
            return None
    return text % facts


def _failed(why: BrandWhy, speech: Speech) -> Iterator[Line]:
    for failure in why.failures:
        yield Line(text=_failure(failure, speech), depth=2, style="bad")
        yield from _places(failure.places, speech, depth=3)
    if why.places and not any(failure.places for failure in why.failures):
        yield Line(text=speech.gettext("found, but not enough"), depth=2)
        yield from _places(why.places, speech, depth=3)


def _failure(failure: Failure, speech: Speech) -> str:
    clauses = [clip(clause, 60) for clause in failure.clauses]
    facts = {"clauses": speech.listed(clauses), "actual": failure.actual or ""}
    match failure.how:
        case "missing":
            text = speech.gettext("not found: %(clauses)s")
        case "none":
            text = speech.gettext("none of these words is found: %(clauses)s")
        case "excluded":
            text = speech.gettext("excluded by the query, and found: %(clauses)s")
        case "apart":
            text = speech.gettext("found, but too far apart: %(clauses)s")
        case "differs" if failure.actual:
            text = speech.gettext("wanted: %(clauses)s; here it is %(actual)s")
        case _:
            text = speech.gettext("wanted: %(clauses)s; here it is not known")
    return text % facts


def _places(places: tuple[Place, ...], speech: Speech, depth: int = 2) -> Iterator[Line]:
    for place in places:
        label = speech.gettext("title:") if place.field == "title" else speech.gettext("text:")
        shift = len(label) + 1
        marks = tuple((start + shift, end + shift) for start, end in place.marks)
        yield Line(text=f"{label} {place.text}", depth=depth, marks=marks)


def _tone(sentiment: Sentiment | None, tongue: Tongue, speech: Speech) -> Iterator[Line]:
    if sentiment is None:
        yield Line(text=_unknown(tongue, speech), depth=1)
        return
    names = {
        Label.NEGATIVE: speech.gettext("Tone: negative, %(score)s on a scale from −1 to +1"),
        Label.NEUTRAL: speech.gettext("Tone: neutral, %(score)s on a scale from −1 to +1"),
        Label.POSITIVE: speech.gettext("Tone: positive, %(score)s on a scale from −1 to +1"),
    }
    if sentiment.engine == PERSON:
        yield Line(text=_given(sentiment.label, speech), depth=1)
        return
    score = speech.formats.signed(sentiment.score, 2)
    yield Line(text=names[sentiment.label] % {"score": score}, depth=1)
    if words := weighed(sentiment, speech):
        text = speech.gettext("what weighs: %(words)s") % {"words": ", ".join(words)}
    else:
        text = speech.gettext("no word in it weighs on either side")
    engine = speech.gettext("engine: %(engine)s") % {"engine": sentiment.engine}
    yield Line(text=f"{text} ({engine})", depth=2)


def weighed(sentiment: Sentiment, speech: Speech) -> list[str]:
    """Return each word of evidence once, with all that it weighs."""
    sums: defaultdict[str, float] = defaultdict(float)
    for word in sentiment.evidence:
        sums[word.text.lower()] += word.weight
    text = speech.gettext("“%(word)s” %(weight)s")
    return [
        text % {"word": word, "weight": speech.formats.signed(weight, 1)}
        for word, weight in sums.items()
    ]


def _given(label: Label, speech: Speech) -> str:
    return {
        Label.NEGATIVE: speech.gettext("Tone: negative, labelled by hand"),
        Label.NEUTRAL: speech.gettext("Tone: neutral, labelled by hand"),
        Label.POSITIVE: speech.gettext("Tone: positive, labelled by hand"),
    }[label]


def _unknown(tongue: Tongue, speech: Speech) -> str:
    if tongue.code is None:
        return speech.gettext("Tone: unknown, because the language is")
    if tongue.code in ENGINES:
        return speech.gettext("Tone: unknown; it was not judged")
    text = speech.gettext(
        "Tone: unknown; there is no tone analysis for this language: %(language)s"
    )
    return text % {"language": speech.language(tongue.code)}


def _risk(judgement: Judgement, speech: Speech) -> Iterator[Line]:
    risk = judgement.risk
    levels = {
        Level.LOW: speech.gettext("Risk: %(score)s of 100, low"),
        Level.MEDIUM: speech.gettext("Risk: %(score)s of 100, medium"),
        Level.HIGH: speech.gettext("Risk: %(score)s of 100, high"),
        Level.CRITICAL: speech.gettext("Risk: %(score)s of 100, critical"),
    }
    yield Line(text=levels[risk.level] % {"score": risk.score}, depth=1)
    for reason in risk.reasons:
        points = speech.formats.signed(reason.points)
        yield Line(text=f"{points:>3}  {speech.formats.explain(reason)}", depth=2)
    if not risk.reasons:
        yield Line(text=speech.gettext("nothing in it speaks of harm"), depth=2)
    if judgement.edited_at:
        text = speech.gettext("judged again %(time)s, because its text was changed")
        yield Line(text=text % {"time": speech.when(judgement.edited_at)}, depth=2)
