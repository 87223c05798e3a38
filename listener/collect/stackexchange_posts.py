"""Questions, answers and comments of Stack Exchange's sites as posts. Titles and names are HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from listener.collect.fields import count, line, moment, number, prose, web
from listener.model import Author, Engagement, Post, PostKind

Kind = Literal["q", "a", "c"]
Raw = Mapping[str, object]

_OPENED = datetime(2008, 7, 31, tzinfo=UTC)  # the day of Stack Overflow's first question
_IDS: Mapping[Kind, str] = {"q": "question_id", "a": "answer_id", "c": "comment_id"}
_ALONE = ("askubuntu", "serverfault", "stackapps", "stackoverflow", "superuser")
_FOUND = re.compile(r"q(?P<q>\d{1,20})|a(?P<a>\d{1,20}):(?P<of>\d{1,20})")


@dataclass(frozen=True, slots=True)
class Found:
    """A question, or an answer and its question, by number."""

    question: str
    answer: str | None = None

    @classmethod
    def read(cls, text: str) -> Found | None:
        match = _FOUND.fullmatch(text)
        if match is None:
            return None
        return cls(match["q"]) if match["q"] else cls(match["of"], match["a"])

    def __str__(self) -> str:
        return f"a{self.answer}:{self.question}" if self.answer else f"q{self.question}"

    @property
    def kind(self) -> Kind:
        return "a" if self.answer else "q"

    @property
    def id(self) -> str:
        """The number of the post itself: questions and answers share their numbers."""
        return self.answer or self.question


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search says of a post; when, in Unix seconds."""

    found: Found
    at: int | None


def read_hit(raw: object, now: datetime) -> Hit | None:
    """Return a hit of `/search/excerpts`; None for what is neither question nor answer."""
    if not isinstance(raw, Mapping):
        return None
    question, answer = number(raw.get("question_id")), number(raw.get("answer_id"))
    wants_answer = raw.get("item_type") == "answer"
    if question is None or (wants_answer and answer is None):
        return None
    at = moment(raw.get("creation_date"), now, opened=_OPENED)
    found = Found(question, answer if wants_answer else None)
    return Hit(found, int(at.timestamp()) if at else None)


class Site:
    """Reads what one site's posts say. `name` is the site as the API calls it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._domain = domain(name)
        declared = re.match(r"([a-z]{2})\.(?:meta\.)?stackoverflow\Z", name)
        self._language = declared[1] if declared else None

    def key(self, kind: Kind, id: str) -> str:
        return f"stackexchange:{self._name}:{kind}{id}"

    def posts(
        self, kind: Kind, raw: Iterable[object], now: datetime
    ) -> tuple[tuple[Post, ...], int]:
        """Return questions or answers with their bodies, and how many could not be read."""
        read = [self._post(kind, one, now) if isinstance(one, Mapping) else None for one in raw]
        posts = tuple(post for post in read if post is not None)
        return posts, len(read) - len(posts)

    def comments(
        self, raw: Iterable[object], under: Iterable[Found], now: datetime
    ) -> tuple[tuple[Post, ...], int]:
        """Return comments, and how many could not be read; `under` are the posts asked about."""
        known = {found.id: found for found in under}
        read = [self._comment(one, known, now) if isinstance(one, Mapping) else None for one in raw]
        posts = tuple(post for post in read if post is not None)
        return posts, len(read) - len(posts)

    def _post(self, kind: Kind, raw: Raw, now: datetime) -> Post | None:
        id, question = number(raw.get(_IDS[kind])), number(raw.get("question_id"))
        if id is None:
            return None
        asked = kind == "q"
        above = self.key("q", question) if question and kind == "a" else None
        return Post(
            key=self.key(kind, id),
            item=f"{self._name}:{kind}{id}",
            kind=PostKind.DISCUSSION,
            url=web(raw.get("link")) or f"https://{self._domain}/{kind if asked else 'a'}/{id}",
            title=line(raw.get("title")) if asked else None,
            text=prose(raw.get("body")),
            author=_author(raw.get("owner")),
            outlet=self._domain,
            published=moment(raw.get("creation_date"), now, opened=_OPENED),
            language=self._language,
            parent=above,
            root=above,
            engagement=_engagement(raw),
        )

    def _comment(self, raw: Raw, known: Mapping[str, Found], now: datetime) -> Post | None:
        id, above = number(raw.get("comment_id")), number(raw.get("post_id"))
        if id is None or above is None:
            return None
        found = known.get(above)
        return Post(
            key=self.key("c", id),
            item=f"{self._name}:c{id}",
            kind=PostKind.DISCUSSION,
            url=f"https://{self._domain}/q/{above}#comment{id}_{above}",
            text=prose(raw.get("body")),
            author=_author(raw.get("owner")),
            outlet=self._domain,
            published=moment(raw.get("creation_date"), now, opened=_OPENED),
            language=self._language,
            parent=self.key(found.kind, above) if found else None,
            root=self.key("q", found.question) if found else None,
            engagement=_engagement(raw),
        )


def domain(site: str) -> str:
    """Return a site's domain: "unix" is unix.stackexchange.com, "mathoverflow.net" itself."""
    if site.endswith(".net"):
        return site
    last = site.rpartition(".")[2]
    return f"{site}.com" if last in _ALONE else f"{site}.stackexchange.com"


def _author(owner: object) -> Author | None:
    """Return who wrote it. Names are not unique, and reputation is no number of followers."""
    if not isinstance(owner, Mapping):
        return None
    name = line(owner.get("display_name"))
    return Author(name=name, url=web(owner.get("link"))) if name else None


def _engagement(raw: Raw) -> Engagement | None:
    """Return the counts. A score below zero is no number of likes: that stays unknown."""
    found = Engagement(
        likes=count(raw.get("score")),
        comments=count(raw.get("answer_count")),
        views=count(raw.get("view_count")),
    )
    return None if found == Engagement() else found
