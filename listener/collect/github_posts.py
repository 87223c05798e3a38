"""Issues, pull requests, discussions and comments of GitHub as posts.

Titles are plain text, bodies Markdown. What GraphQL says is read as REST would have said it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from listener.collect.fields import count, moment, name, number, plain_line, plain_prose, web
from listener.model import Author, Engagement, Post, PostKind

Raw = Mapping[str, object]

_OPENED = datetime(2008, 1, 1, tzinfo=UTC)
_REPO = re.compile(r"/repos/([\w.-]+/[\w.-]+)(?:/issues/\d+)?\Z", re.ASCII)
_AGAINST = ("-1", "confused")  # reactions that are no liking


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, pull request or discussion.

    updated   when it was last changed or commented, in Unix seconds; None when it does not say
    repo      "octocat/hello-world"; None when it cannot be told
    comments  how many it has; None when it does not say
    public    that it is private was not said
    """

    post: Post
    updated: int | None
    repo: str | None
    number: str | None
    comments: int | None
    public: bool = True

    @property
    def discussion(self) -> bool:
        return self.post.item.startswith("discussion:")


class Reader:
    """Reads what GitHub says; of another host, when it is an Enterprise server."""

    def __init__(self, host: str) -> None:
        self._here = "github" if host == "api.github.com" else f"github:{host}"

    def issues(self, raw: Iterable[object], now: datetime) -> list[Issue | None]:
        """Return issues and pull requests; None for what cannot be read."""
        return [self._issue("issue", one, now) for one in raw]

    def discussions(self, nodes: Iterable[object], now: datetime) -> list[Issue | None]:
        """Return discussions; None for what cannot be read, or only by others."""
        return [self._issue("discussion", _as_rest(one), now) for one in nodes]

    def comment(self, node: object, above: Post, root: Post, now: datetime) -> Post | None:
        """Return a comment of a discussion, or a reply to the comment above."""
        post = self._post("discussion_comment", _as_rest(node), root.outlet, now)
        return None if post is None else replace(post, parent=above.key, root=root.key)

    def comments(
        self, raw: Iterable[object], below: Post, now: datetime
    ) -> tuple[tuple[Post, ...], int]:
        """Return comments below an issue, and how many could not be read."""
        read = [self._post("comment", one, below.outlet, now) for one in raw]
        known = [post for post in read if post is not None]
        posts = tuple(replace(post, parent=below.key, root=below.key) for post in known)
        return posts, read.count(None)

    def _issue(
        self, what: Literal["issue", "discussion"], raw: object, now: datetime
    ) -> Issue | None:
        repo = _repo(raw) if isinstance(raw, Mapping) else None
        post = self._post(what, raw, repo, now)
        if post is None or not isinstance(raw, Mapping):
            return None
        updated = moment(raw.get("updated_at"), now, opened=_OPENED)
        return Issue(
            post=post,
            updated=int(updated.timestamp()) if updated else None,
            repo=repo,
            number=number(raw.get("number")),
            comments=count(raw.get("comments")),
            public=raw.get("private") is not True,
        )

    def _post(self, what: str, raw: object, repo: str | None, now: datetime) -> Post | None:
        """Return a post. Each kind is numbered apart; pull requests are issues."""
        id = number(raw.get("id")) if isinstance(raw, Mapping) else None
        if id is None or not isinstance(raw, Mapping):
            return None
        return Post(
            key=f"{self._here}:{what}:{id}",
            item=f"{what}:{id}",
            kind=PostKind.DISCUSSION,
            url=web(raw.get("html_url")),
            title=plain_line(raw.get("title")),
            text=plain_prose(raw.get("body")),
            author=_author(raw.get("user")),
            outlet=repo,
            published=moment(raw.get("created_at"), now, opened=_OPENED),
            engagement=_engagement(raw),
        )


def _as_rest(node: object) -> Raw:
    """Return what GraphQL says of a discussion or comment, under the names of REST.

    Votes are its likes: reactions would cost a connection each.
    """
    said = _object(node)
    author, repo = _object(said.get("author")), _object(said.get("repository"))
    return {
        "id": said.get("databaseId"),
        "number": said.get("number"),
        "html_url": said.get("url"),
        "repository_url": f"/repos/{repo.get('nameWithOwner')}",
        "private": repo.get("isPrivate"),
        "title": said.get("title"),
        "body": said.get("body"),
        "user": {"login": author.get("login"), "html_url": author.get("url")},
        "created_at": said.get("createdAt"),
        "updated_at": said.get("updatedAt"),
        "comments": _object(said.get("comments")).get("totalCount"),
        "reactions": {"total_count": said.get("upvoteCount")},
    }


def _object(value: object) -> Raw:
    return value if isinstance(value, Mapping) else {}


def _repo(raw: Raw) -> str | None:
    """Return the repository out of the API's addresses; answers before 2015 have only one."""
    for address in (raw.get("repository_url"), raw.get("url")):
        if isinstance(address, str) and (found := _REPO.search(address)):
            return found[1]
    return None


def _author(user: object) -> Author | None:
    """Return who wrote it; None for an account that was deleted."""
    handle = name(user.get("login")) if isinstance(user, Mapping) else None
    if not isinstance(user, Mapping) or handle is None:
        return None
    return Author(handle=handle, url=web(user.get("html_url")))


def _engagement(raw: Raw) -> Engagement | None:
    found = Engagement(likes=_likes(raw.get("reactions")), comments=count(raw.get("comments")))
    return None if found == Engagement() else found


def _likes(reactions: object) -> int | None:
    """Return how many reactions there are, without those against it; None when it is not told."""
    if not isinstance(reactions, Mapping):
        return None
    total = count(reactions.get("total_count"))
    against = sum(count(reactions.get(kind)) or 0 for kind in _AGAINST)
    return None if total is None else max(0, total - against)
