"""Articles as GDELT lists them: no text, a title in pieces, and the time when it saw them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from babel import Locale

from listener.analysis.urls import canonical
from listener.collect.fields import line, moment, name, web
from listener.errors import ParseError
from listener.model import Post, PostKind

_DIGITS = re.compile(r"(\d{8})(\d{6})")
# GDELT cuts titles into words and signs: "U . S . stocks rise 1 . 5 % , Acme ' s fall".
_INITIAL = re.compile(r"\b(\w) \. (?=\w \.)")
_NUMBER = re.compile(r"(?<=\d) (?:(\.) (?=\d)|(,) (?=\d{3}\b))")
_CLOSING = re.compile(r" ([,.;:!?%)\]])(?=[\s,.;:!?)\]]|$)")
_FRENCH = re.compile(r" ([,.)\]])(?=[\s,.;:!?)\]]|$)")  # French sets a space before the others
_OPENING = re.compile(r"([(\[]) |(#) (?=\d)")
_APOSTROPHE = re.compile(r"(?<=\w) (['’]) (?=\w)")
_BETWEEN = re.compile(r'(?<=\})\s*,\s*(?=\{\s*"url"\s*:)')  # two articles
_STRAY = re.compile(r'\\(?!["\\/bfnrtu])')  # it escapes signs that JSON does not


@dataclass(frozen=True, slots=True)
class Articles:
    """size  of the list, with what could not be read
    oldest, newest  when GDELT saw them, in Unix seconds
    """

    posts: tuple[Post, ...]
    size: int
    skipped: int
    oldest: int | None
    newest: int | None


def read_articles(text: str, now: datetime) -> Articles:
    """Read an answer; raises ParseError. Without hits it is an empty object."""
    answer = _parsed(text)
    if not isinstance(answer, Mapping):
        raise ParseError("it is JSON, but no list of GDELT")
    articles = answer.get("articles") if answer else []
    if not isinstance(articles, list):
        raise ParseError("it is JSON, but holds no articles")
    read = [_article(one, now) for one in articles]
    posts = tuple(post for post in read if post is not None)
    times = [int(post.published.timestamp()) for post in posts if post.published]
    return Articles(
        posts=posts,
        size=len(read),
        skipped=len(read) - len(posts),
        oldest=min(times, default=None),
        newest=max(times, default=None),
    )


def _parsed(text: str) -> object:
    """Read JSON as GDELT writes it; where that fails, article by article.

    Else one that is badly written would be in the way until it is three months old.
    """
    found = _loaded(text)
    if found is None and text.startswith('{"articles"') and text.endswith("}"):
        listed = text.partition("[")[2].rpartition("]")[0]
        articles = [_loaded(piece) for piece in _BETWEEN.split(listed)]
        found = {"articles": articles} if any(articles) else None
    if found is None:
        raise ParseError("not JSON")
    return found


def _loaded(text: str) -> object:
    """Return what a text holds; None when it is no JSON."""
    for form in (text, _STRAY.sub(r"\\\\", text)):
        try:
            return json.loads(form, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _article(raw: object, now: datetime) -> Post | None:
    """Return an article; None for one without address. It is dated by when GDELT saw it."""
    url = web(raw.get("url")) if isinstance(raw, Mapping) else None
    address = canonical(url) if url else None
    if not isinstance(raw, Mapping) or address is None:
        return None
    language = _code(raw.get("language"))
    title = line(raw.get("title"))
    return Post(
        key=f"url:{address}",
        item=address,
        kind=PostKind.NEWS,
        url=url,
        title=repaired(title, language) if title else None,
        outlet=name(raw.get("domain")),
        published=_seen(raw.get("seendate"), now),
        language=language,
    )


def repaired(title: str, language: str | None = None) -> str:
    """Return a title whose signs stand at their words again, as far as that is certain.

    A dash stays as it is: `US - China` and `Acme grows - The Times` look alike.
    """
    title = _INITIAL.sub(r"\1.", title)
    title = _NUMBER.sub(r"\1\2", title)
    title = (_FRENCH if language == "fr" else _CLOSING).sub(r"\1", title)
    title = _OPENING.sub(r"\1\2", title)
    return _APOSTROPHE.sub(r"\1", title)


def _seen(value: object, now: datetime) -> datetime | None:
    """Return a time like "20260515T011500Z", in ISO 8601; or as it is asked for, digits alone."""
    text = str(value).strip()
    digits = _DIGITS.fullmatch(text)
    return moment(f"{digits[1]}T{digits[2]}" if digits else text, now)


def _code(value: object) -> str | None:
    """Return the ISO 639-1 code of a language that is named in English."""
    return _codes().get(value.strip().lower()) if isinstance(value, str) else None


@cache
def _codes() -> Mapping[str, str]:
    names = Locale("en").languages
    return {str(names[code]).lower(): str(code) for code in names if len(str(code)) == 2}
