"""The facts in words, French or English, for somebody who knows nothing of the program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from listener.why.model import Sighting, Tongue, Why
from listener.why.speech import Line, Speech, clip
from listener.why.words_brand import brand
from listener.why.words_story import story


def lines(why: Why, speech: Speech) -> Iterator[Line]:
    """Tell all of it, a brand after the other."""
    yield from _header(why, speech)
    for one in why.brands:
        yield Line(text="")
        yield from brand(one, why.language, speech)


def _header(why: Why, speech: Speech) -> Iterator[Line]:
    """Which post it is, who saw it when, in which language, and in which story."""
    post = why.post
    yield Line(text=clip(post.title or post.text), style="title")
    if why.stored:
        yield Line(text=f"{post.url or post.key} · {_published(why, speech)}", style="faint")
    if why.seen:
        yield Line(text=_seen(why.seen, speech))
    yield Line(text=_language(why.language, speech))
    if why.story:
        yield from story(why.story, speech)


def _published(why: Why, speech: Speech) -> str:
    if why.post.published is None:
        return speech.gettext("published at an unknown time")
    return speech.gettext("published %(time)s") % {"time": speech.when(why.post.published)}


def _seen(seen: Sequence[Sighting], speech: Speech) -> str:
    places = [f"{sighting.source}, {speech.when(sighting.seen)}" for sighting in seen]
    return speech.gettext("Seen at: %(places)s") % {"places": "; ".join(places)}


def _language(tongue: Tongue, speech: Speech) -> str:
    facts = {
        "language": speech.language(tongue.code or ""),
        "declared": speech.language(tongue.declared or ""),
    }
    if tongue.how == "declared":
        text = speech.gettext("Language: %(language)s, as its source says")
    elif tongue.how == "unknown":
        text = speech.gettext("Language: unknown; there are too few words to tell by")
    elif tongue.declared:
        text = speech.gettext(
            "Language: %(language)s, recognised from the words; its source says %(declared)s"
        )
    else:
        text = speech.gettext("Language: %(language)s, recognised from the words")
    return text % facts
