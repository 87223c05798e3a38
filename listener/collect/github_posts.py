"""Issues, pull requests and comments of GitHub as posts. Titles are plain text, bodies Markdown."""

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
    """An issue or pull request.

    updated   when it was last changed or commented, in Unix seconds; None when it does not say
    repo      "octocat/hello-world"; None when it cannot be told
    comments  how many it has; None when it does not say
    """

    post: Post
    updated: int | None
    repo: str | None
    number: str | None
    comments: int | None


class Reader:
    """Reads what GitHub says; of another host, when it is an Enterprise server."""

    def __init__(self, host: str) -> None:
        self._here = "github" if host == "api.github.com" else f"github:{host}"

    def issues(self, raw: Iterable[object], now: datetime) -> list[Issue | None]:
        """Return issues and pull requests; None for what cannot be read."""
        return [self._issue(one, now) if isinstance(one, Mapping) else None for one in raw]

    def comments(
        self, raw: Iterable[object], below: Post, now: datetime
    ) -> tuple[tuple[Post, ...], int]:
        """Return comments below an issue, and how many could not be read."""
        read = [
            self._post("comment", one, below.outlet, now) if isinstance(one, Mapping) else None
            for one in raw
        ]
        known = [post for post in read if post is not None]
        posts = tuple(replace(post, parent=below.key, root=below.key) for post in known)
        return posts, read.count(None)

    def _issue(self, raw: Raw, now: datetime) -> Issue | None:
        repo = _repo(raw)
        post = self._post("issue", raw, repo, now)
        if post is None:
            return None
        updated = moment(raw.get("updated_at"), now, opened=_OPENED)
        return Issue(
            post=post,
            updated=int(updated.timestamp()) if updated else None,
            repo=repo,
            number=number(raw.get("number")),
            comments=count(raw.get("comments")),
        )

    def _post(
        self, what: Literal["issue", "comment"], raw: Raw, repo: str | None, now: datetime
    ) -> Post | None:
        """Return a post. Issues and comments are numbered apart; pull requests are issues."""
        id = number(raw.get("id"))
        if id is None:
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
