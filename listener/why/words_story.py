"""Which story a post belongs to, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from listener.why.model import StoryWhy, Telling
from listener.why.speech import MOST, Line, Speech

HOUR = 3600  # seconds


def story(told: StoryWhy, speech: Speech) -> Iterator[Line]:
    """Tell what the post shares with an earlier one, who repeated it, who told of it besides."""
    copies = [other for other in told.others if other.copy]
    besides = [other for other in told.others if not other.copy]
    if told.first is None and not told.others:
        yield Line(text=speech.gettext("Story: its own; no copy of it was found elsewhere"))
        return
    if told.first is None and copies:
        heading = speech.gettext("Story: the first to tell it; copies appeared later at")
    elif told.first is None:
        heading, besides = speech.gettext("Story: the first; told in other words later by"), []
        copies = list(told.others)
    else:
        yield from _joined(told, told.first, speech)
        heading = speech.gettext("further copies appeared at")
    yield from _list(heading, copies, speech)
    yield from _list(speech.gettext("told in other words later by"), besides, speech)
    yield from _course(told, speech)


def _joined(told: StoryWhy, first: Telling, speech: Speech) -> Iterator[Line]:
    yield Line(text=_how(told, speech))
    yield Line(text=_telling(told.like or first, speech), depth=1)
    join = told.join or {}
    said = [word for part in ("names", "numbers", "words") for word in _words(join, part)]
    if said:
        apart = join.get("apart")
        seconds = apart if isinstance(apart, int) else 0
        facts = {
            "words": ", ".join(speech.gettext("“%(word)s”") % {"word": word} for word in said),
            "time": speech.duration(timedelta(seconds=seconds)),
        }
        if seconds < HOUR:
            text = speech.gettext("what both say: %(words)s; less than an hour apart")
        else:
            text = speech.gettext("what both say: %(words)s; %(time)s apart")
        yield Line(text=text % facts, depth=1)


def _how(told: StoryWhy, speech: Speech) -> str:
    match told.shared:
        case ("title", "text"):
            return speech.gettext("Story: a copy, with the same title and text as")
        case ("title",):
            return speech.gettext("Story: a copy, with the same title as")
        case ("text",):
            return speech.gettext("Story: a copy, with the same text as")
        case ("part",):
            return speech.gettext("Story: a copy; one holds most of the text of the other")
    match (told.join or {}).get("how"):
        case "quote":
            return speech.gettext("Story: it quotes at length, or is quoted by")
        case "link":
            return speech.gettext("Story: a link leads to the same page as of")
        case "event":
            return speech.gettext("Story: of the same event, in different words, as")
    return speech.gettext("Story: it belongs to that of")


def _words(join: object, part: str) -> Sequence[str]:
    found = join.get(part, ()) if isinstance(join, dict) else ()
    return [word for word in found if isinstance(word, str)]


def _list(heading: str, tellings: Sequence[Telling], speech: Speech) -> Iterator[Line]:
    if not tellings:
        return
    yield Line(text=heading)
    for telling in tellings[:MOST]:
        yield Line(text=_telling(telling, speech), depth=1)
    if (more := len(tellings) - MOST) > 0:
        rest = speech.ngettext("and %(count)s more", "and %(count)s more", more)
        yield Line(text=rest % {"count": more}, depth=1)


def _course(told: StoryWhy, speech: Speech) -> Iterator[Line]:
    """Tell how it went, of a story that is more than a text and its copies or still grows."""
    course = told.course
    if course.posts < 3:
        return
    text = speech.gettext("so far %(posts)s posts") % {"posts": course.posts}
    if course.copies:
        some = speech.ngettext(
            "%(copies)s of them a copy", "%(copies)s of them copies", course.copies
        )
        text += ", " + some % {"copies": course.copies}
    if course.day:
        text += speech.gettext("; %(day)s in 24 hours") % {"day": course.day}
    yield Line(text=text, depth=1)


def _telling(telling: Telling, speech: Speech) -> str:
    said = f"{telling.outlet}, {speech.when(telling.seen)}"
    return " · ".join(filter(None, (said, telling.url)))
