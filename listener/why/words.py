"""The facts in words, French or English, for somebody who knows nothing of the program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from listener.why.model import Sighting, StoryWhy, Telling, Tongue, Why
from listener.why.speech import MOST, Line, Speech, clip
from listener.why.words_brand import brand


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
        yield from _story(why.story, speech)


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


def _story(story: StoryWhy, speech: Speech) -> Iterator[Line]:
    if story.first is None and not story.others:
        yield Line(text=speech.gettext("Story: its own; no copy of it was found elsewhere"))
        return
    if story.first is None:
        yield Line(text=speech.gettext("Story: the first to tell it; copies appeared later at"))
    else:
        yield Line(text=_shared(story, speech))
        yield Line(text=_telling(story.first, speech), depth=1)
        if story.others:
            yield Line(text=speech.gettext("further copies appeared at"))
    for telling in story.others[:MOST]:
        yield Line(text=_telling(telling, speech), depth=1)
    if (more := len(story.others) - MOST) > 0:
        rest = speech.ngettext("and %(count)s more", "and %(count)s more", more)
        yield Line(text=rest % {"count": more}, depth=1)


def _shared(story: StoryWhy, speech: Speech) -> str:
    match story.shared:
        case ("title", "text"):
            return speech.gettext("Story: a copy, with the same title and text as")
        case ("title",):
            return speech.gettext("Story: a copy, with the same title as")
        case ("text",):
            return speech.gettext("Story: a copy, with the same text as")
    return speech.gettext("Story: before an edit it was a copy of")


def _telling(telling: Telling, speech: Speech) -> str:
    said = f"{telling.outlet}, {speech.when(telling.seen)}"
    return " · ".join(filter(None, (said, telling.url)))
