"""The one shape in which posts are pushed, imported and exported, and the posts it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from difflib import get_close_matches
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import from_json

from listener.analysis.urls import canonical, is_identity
from listener.collect.feed_posts import digest
from listener.collect.pushed_fields import (
    Count,
    Handle,
    Html,
    Id,
    Key,
    Kind,
    Language,
    Line,
    Moment,
    Prose,
    Rating,
    Times,
    Url,
)
from listener.errors import ParseError
from listener.model import Author, Engagement, Post, PostKind

LONGEST_ID, LONGEST_NAME = 500, 100  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where posts come from, and what is true of those that do not say it themselves.

    slug  of the source: stands in the key of a post that has no address
    zone  of times that name none; None refuses them
    """

    slug: str
    publishes: PostKind
    language: str | None
    now: datetime
    zone: tzinfo | None = None

    def within(self, zone: tzinfo) -> Origin:
        """Return the same for times that are of this zone unless they name another."""
        return replace(self, zone=zone)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a post; `field` is None when it is the post as a whole."""

    field: str | None
    why: str


class PushedPost(BaseModel):
    """A post as it is written down: docs/collectors/webhook.md tells every field.

    A title, a text or its HTML is needed; nothing else is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Id = None
    url: Url = None
    title: Line = None
    text: Prose = None
    html: Html = None
    published: Moment = None
    author: Line = None
    handle: Handle = None
    author_url: Url = None
    followers: Count = None
    outlet: Line = None
    kind: Kind = None
    language: Language = None
    rating: Rating = None
    likes: Count = None
    shares: Count = None
    comments: Count = None
    views: Count = None
    key: Key = None
    parent: Key = None
    root: Key = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.title or self.text or self.html):
            raise ValueError("needs a title, a text or html")
        return self


def items_of(body: bytes, *, lines: bool) -> list[object]:
    """Read one JSON value or a list of them, or with `lines` one on each line.

    Raises ParseError. A value may be anything: `read_post` says what is wrong with it.
    """
    if not lines:
        found = _json(body)
        return found if isinstance(found, list) else [found]
    items = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                items.append(_json(line))
            except ParseError as exc:
                raise ParseError(f"line {number}: {exc}") from exc
    return items


def _json(text: bytes) -> object:
    try:
        return from_json(text, allow_inf_nan=False, cache_strings="none")
    except ValueError as exc:
        raise ParseError(f"is no JSON: {exc}") from exc


def read_post(
    item: object, origin: Origin, shape: type[PushedPost] = PushedPost
) -> Post | tuple[Problem, ...]:
    """Return the post that an item is, or all that is wrong with it."""
    if not isinstance(item, dict):
        return (Problem(None, "must be an object with fields"),)
    try:
        pushed = shape.model_validate(item, context=Times(now=origin.now, zone=origin.zone))
    except ValidationError as exc:
        return tuple(_problems(exc, shape))
    return _post(pushed, origin)


def unique(posts: list[Post]) -> tuple[Post, ...]:
    """Return each item once, as it was said last."""
    return tuple({post.item: post for post in posts}.values())


def _problems(exc: ValidationError, shape: type[PushedPost]) -> Iterator[Problem]:
    for error in exc.errors(include_url=False, include_input=False):
        field = str(error["loc"][0])[:LONGEST_NAME] if error["loc"] else None
        yield Problem(field, _sentence(error, field, shape))


def _sentence(error: Any, field: str | None, shape: type[PushedPost]) -> str:
    if error["type"] == "extra_forbidden":
        close = get_close_matches(field or "", tuple(shape.model_fields), n=1, cutoff=0.6)
        return f'is not a known field; did you mean "{close[0]}"?' if close else "is not known"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return str(error["msg"])


def _post(pushed: PushedPost, origin: Origin) -> Post:
    page = pushed.url if pushed.url and is_identity(pushed.url) else None
    item = pushed.id or pushed.key or page or _fingerprint(pushed)
    item = item if len(item) <= LONGEST_ID else digest(item)
    at_home = f"pushed:{origin.slug}:{digest(item)}"
    return Post(
        key=pushed.key or (f"url:{canonical(page)}" if page else at_home),
        item=item,
        kind=pushed.kind or origin.publishes,
        url=pushed.url,
        title=pushed.title,
        text=pushed.text or pushed.html or "",
        author=_author(pushed),
        outlet=pushed.outlet,
        published=pushed.published,
        language=pushed.language or origin.language,
        rating=pushed.rating,
        parent=pushed.parent,
        root=pushed.root,
        engagement=_engagement(pushed),
    )


def _fingerprint(pushed: PushedPost) -> str:
    """Name a post that has neither id nor address by what does not change when it is sent again."""
    said = (pushed.title, pushed.text or pushed.html, pushed.author, pushed.handle)
    return digest(repr((*said, str(pushed.published))))


def _author(pushed: PushedPost) -> Author | None:
    author = Author(
        name=pushed.author,
        handle=pushed.handle,
        url=pushed.author_url,
        followers=pushed.followers,
    )
    return author if author != Author() else None


def _engagement(pushed: PushedPost) -> Engagement | None:
    counts = Engagement(
        likes=pushed.likes, shares=pushed.shares, comments=pushed.comments, views=pushed.views
    )
    return counts if counts != Engagement() else None
