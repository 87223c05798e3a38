"""Posts and comments of a WordPress, as its REST API gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from listener.analysis.urls import canonical, is_identity
from listener.collect.fields import line, moment, name, number, prose, web
from listener.model import Author, Post, PostKind

# What is asked for of each: nothing that is not read.
FIELDS = {
    "posts": "id,date_gmt,modified_gmt,link,title,content,excerpt,_links.author,_embedded",
    "comments": "id,post,parent,author_name,author_url,date_gmt,content,link,_links.up,_embedded",
}
EMBEDDED = {"posts": "author", "comments": "up"}
What = Literal["posts", "comments"]
Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """name  names the comments, which have no address of their own
    language  of its posts, if it has just one
    """

    name: str
    publishes: PostKind
    language: str | None

    def read(self, what: What, raw: object, now: datetime) -> Post | None:
        """Return a post or a comment; None for what has no id."""
        id = number(raw.get("id")) if isinstance(raw, Mapping) else None
        if not isinstance(raw, Mapping) or id is None:
            return None
        return self._post(id, raw, now) if what == "posts" else self._comment(id, raw, now)

    def _post(self, id: str, raw: Raw, now: datetime) -> Post:
        """Return a post; one with a password has a title, and no text."""
        url = web(raw.get("link"))
        return Post(
            key=self._key(url) or f"wordpress:{self.name}:post:{id}",
            item=f"posts/{id}",
            kind=self.publishes,
            url=url,
            title=line(_rendered(raw.get("title"))),
            text=prose(_rendered(raw.get("content"))) or prose(_rendered(raw.get("excerpt"))),
            author=_writer(_embedded(raw, "author")),
            published=moment(raw.get("date_gmt"), now),
            language=self.language,
        )

    def _comment(self, id: str, raw: Raw, now: datetime) -> Post:
        post, parent = number(raw.get("post")), number(raw.get("parent"))
        root = self._key(web(_embedded(raw, "up").get("link")))
        root = root or (f"wordpress:{self.name}:post:{post}" if post else None)
        return Post(
            key=self._comment_key(id),
            item=f"comments/{id}",
            kind=PostKind.DISCUSSION,
            url=web(raw.get("link")),
            text=prose(_rendered(raw.get("content"))),
            author=_guest(raw),
            published=moment(raw.get("date_gmt"), now),
            language=self.language,
            parent=self._comment_key(parent) if parent else root,
            root=root,
        )

    def _key(self, url: str | None) -> str | None:
        """Return the key that the site's feed gives the same page."""
        return f"url:{canonical(url)}" if url and is_identity(url) else None

    def _comment_key(self, id: str) -> str:
        return f"wordpress:{self.name}:comment:{id}"


def site_name(url: str) -> str:
    """Return what tells sites apart: the host, and the folder where there are several."""
    return (canonical(url) or url).removeprefix("https://").rstrip("/")


def _rendered(field: object) -> object:
    return field.get("rendered") if isinstance(field, Mapping) else None


def _embedded(raw: Raw, relation: str) -> Raw:
    """Return what a post came with; {} when the site does not show it to everybody."""
    embedded = raw.get("_embedded")
    found = embedded.get(relation) if isinstance(embedded, Mapping) else None
    first = found[0] if isinstance(found, list) and found else None
    return first if isinstance(first, Mapping) and "id" in first else {}


def _writer(user: Raw) -> Author | None:
    found = Author(
        name=line(user.get("name")), handle=name(user.get("slug")), url=web(user.get("link"))
    )
    return None if found == Author() else found


def _guest(raw: Raw) -> Author | None:
    found = Author(name=line(raw.get("author_name")), url=web(raw.get("author_url")))
    return None if found == Author() else found
