"""Reviews in the App Store's feed: JSON that was made from XML, every value in a `label`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from listener.collect.fields import moment, number, plain_line, plain_prose, web
from listener.errors import ParseError
from listener.model import Author, Post, PostKind

_MOST = 5  # stars


@dataclass(frozen=True, slots=True)
class Reviews:
    """size  entries of the page, with those that are no review or could not be read"""

    posts: tuple[Post, ...]
    size: int
    skipped: int


def read_reviews(answer: object, country: str, now: datetime) -> Reviews:
    """Read a page; raises ParseError. Without reviews it has no entry, with one no list."""
    feed = answer.get("feed") if isinstance(answer, Mapping) else None
    if not isinstance(feed, Mapping):
        raise ParseError("it is JSON, but no feed of the App Store")
    entries = feed.get("entry")
    found = entries if isinstance(entries, list) else [entries] if entries else []
    reviews = [one for one in found if not _is_app(one)]
    read = [_review(one, country, now) for one in reviews]
    posts = tuple(post for post in read if post is not None)
    if reviews and not posts:
        raise ParseError("none of its entries can be read")
    return Reviews(posts, len(found), len(reviews) - len(posts))


def _is_app(entry: object) -> bool:
    """Tell whether an entry is the app itself: older feeds begin with it. It has no author."""
    if not isinstance(entry, Mapping) or "im:rating" in entry:
        return False
    return "im:name" in entry or "author" not in entry


def _review(entry: object, country: str, now: datetime) -> Post | None:
    """Return a review; None for what has no id. A second version of it has the same id."""
    id = number(_label(entry, "id"))
    if id is None:
        return None
    return Post(
        key=f"appstore:{country}:{id}",
        item=f"{country}/{id}",
        kind=PostKind.REVIEW,
        url=web(_link(entry)),
        title=plain_line(_label(entry, "title")),
        text=plain_prose(_label(entry, "content")),
        author=_author(entry),
        outlet=f"App Store {country.upper()}",
        published=moment(_label(entry, "updated"), now),
        rating=_rating(_label(entry, "im:rating")),
    )


def _label(entry: object, *path: str) -> object:
    for step in (*path, "label"):
        entry = _first(entry.get(step)) if isinstance(entry, Mapping) else None
    return entry


def _first(value: object) -> object:
    """Return the first of what XML said more than once: that became a list."""
    return value[0] if isinstance(value, list) and value else value


def _link(entry: object) -> object:
    link = _first(entry.get("link")) if isinstance(entry, Mapping) else None
    attributes = link.get("attributes") if isinstance(link, Mapping) else None
    return attributes.get("href") if isinstance(attributes, Mapping) else None


def _author(entry: object) -> Author | None:
    found = Author(
        name=plain_line(_label(entry, "author", "name")), url=web(_label(entry, "author", "uri"))
    )
    return None if found == Author() else found


def _rating(value: object) -> float | None:
    """Return one to five stars as 0 to 1."""
    stars = number(value)
    return (int(stars) - 1) / (_MOST - 1) if stars and int(stars) <= _MOST else None
