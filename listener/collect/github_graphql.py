"""Discussions by GitHub's GraphQL API, and comments below them.

It answers 200 whatever happens; what went wrong stands beside the data or in its place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import NamedTuple

from listener.collect.fields import moment
from listener.collect.github_api import THROTTLED, Answer, Api, Refused, listed, said
from listener.collect.github_posts import Issue, Raw, Reader
from listener.collect.tools import Tools
from listener.collect.walk import Page
from listener.errors import AccessDenied, FetchError, ParseError, SourceError
from listener.fetch import shown
from listener.model import Post

_AT_ONCE = 50  # comments, and replies to each: far below what GitHub stops at
_PAGES = 100  # of one discussion in one pass
_HIDDEN = ("NOT_FOUND", "FORBIDDEN")  # deleted meanwhile, or behind an organization's own login
_LEAVE_OUT = 'discussions can be left out with what = ["issues", "pull_requests"]'

_SEARCH = """
query($words: String!, $first: Int!, $after: String) {
  search(type: DISCUSSION, query: $words, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { ... on Discussion {
      databaseId number title body url createdAt updatedAt upvoteCount
      author { login url }
      repository { nameWithOwner isPrivate }
      comments { totalCount }
    } }
  }
}"""
_SAID = """
fragment said on DiscussionComment {
  databaseId body url createdAt updatedAt upvoteCount author { login url }
}"""
_COMMENTS = f"""
query($owner: String!, $name: String!, $number: Int!, $first: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{ discussion(number: $number) {{
    comments(first: $first, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        id ...said
        replies(first: $first) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...said }} }}
      }}
    }}
  }} }}
}}{_SAID}"""
_REPLIES = f"""
query($id: ID!, $first: Int!, $after: String) {{
  node(id: $id) {{ ... on DiscussionComment {{
    replies(first: $first, after: $after) {{
      pageInfo {{ hasNextPage endCursor }} nodes {{ ...said }}
    }}
  }} }}
}}{_SAID}"""


class _Told(NamedTuple):
    """data, whether all of it, and what went wrong in GitHub's words; None if nothing did."""

    data: Raw
    complete: bool
    words: str | None


class Discussions:
    """Searches discussions, and reads comments below them."""

    def __init__(self, api: Api, reader: Reader, tools: Tools) -> None:
        self._api, self._reader, self._tools = api, reader, tools

    async def search(self, words: str, size: int, after: str | None) -> Answer:
        """Return a page of hits; what the token may not see of them is null."""
        told = await self._ask(_SEARCH, words=words, first=size, after=after)
        found = _connection(told.data, "search")
        if found is None:
            raise _failed(told)
        return found._replace(complete=told.complete)

    async def below(self, issue: Issue, since: int) -> AsyncIterator[Page]:
        """Yield comments and replies written or changed since."""
        owner, _, name = (issue.repo or "").partition("/")
        place = {"owner": owner, "name": name, "number": int(issue.number or 0)}
        after = None
        for _ in range(_PAGES):
            told = await self._whole(_COMMENTS, **place, first=_AT_ONCE, after=after)
            found = _connection(told.data, "repository", "discussion", "comments")
            if found is None:
                return  # deleted since it was found
            yield await self._comments(found.items, issue.post, since)
            if not found.more:
                return
            after = found.after

    async def _comments(self, nodes: list[object], root: Post, since: int) -> Page:
        """Return comments, and the replies to each."""
        now = self._tools.clock.now()
        posts: list[Post] = []
        skipped = 0
        for node in nodes:
            comment = self._reader.comment(node, root, root, now)
            above = comment or root
            read = [(node, comment)] + [
                (reply, self._reader.comment(reply, above, root, now))
                for reply in await self._replies(node)
            ]
            posts += [post for raw, post in read if post and _changed(raw, since, now)]
            skipped += sum(post is None for _, post in read)
        return Page(posts=tuple(posts), size=len(posts) + skipped, skipped=skipped)

    async def _replies(self, comment: object) -> list[object]:
        """Return the replies to a comment; those that it does not hold itself are asked for."""
        id = comment.get("id") if isinstance(comment, Mapping) else None
        page = _connection(comment, "replies")
        replies: list[object] = []
        for _ in range(_PAGES):
            replies += page.items if page else []
            if page is None or not page.more:
                break
            told = await self._whole(_REPLIES, id=id, first=_AT_ONCE, after=page.after)
            page = _connection(told.data, "node", "replies")
        return replies

    async def _whole(self, query: str, **variables: object) -> _Told:
        """Return an answer without gaps: comments that are missing would never be read."""
        told = await self._ask(query, **variables)
        if not told.complete:
            raise _failed(told)
        return told

    async def _ask(self, query: str, **variables: object) -> _Told:
        response, answer = await self._api.graphql({"query": query, "variables": variables})
        if not isinstance(answer, Mapping) or not {"data", "errors", "message"} & answer.keys():
            raise ParseError(f"could not read {shown(response.url)}: it is JSON, but no answer")
        errors = listed(answer.get("errors"))
        kinds = {str(one.get("type")) if isinstance(one, Mapping) else "" for one in errors}
        data = answer.get("data")
        words = f"could not read {shown(response.url)}: {said(answer) or 'it does not say why'}"
        broken = bool(kinds) or data is None
        if "RATE_LIMITED" in kinds or (broken and THROTTLED.search(words)):
            raise self._api.throttled(response, words)
        if "INSUFFICIENT_SCOPES" in kinds:
            raise AccessDenied(f"{words}; {_LEAVE_OUT}")
        if "data" not in answer:
            raise Refused(f"{words}; {_LEAVE_OUT}")
        known = data if isinstance(data, Mapping) else {}
        whole = kinds <= set(_HIDDEN) and (bool(kinds) or data is not None)
        return _Told(known, whole, words if broken else None)


def _failed(told: _Told) -> SourceError:
    """Return what to raise for an answer that does not hold what was asked for."""
    if told.words is None:
        return ParseError("could not read GitHub's answer: it holds nothing that was asked for")
    if told.complete:
        return AccessDenied(f"{told.words}; {_LEAVE_OUT}")
    return FetchError(told.words, 200)


def _changed(node: object, since: int, now: datetime) -> bool:
    at = moment(node.get("updatedAt"), now) if isinstance(node, Mapping) else None
    return at is None or at.timestamp() >= since


def _connection(data: object, *path: str) -> Answer | None:
    """Return the page that stands somewhere in an answer; None when nothing does."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(data.get("nodes"), list):
        return None
    info = data.get("pageInfo")
    info = info if isinstance(info, Mapping) else {}
    more, after = info.get("hasNextPage") is True, info.get("endCursor")
    if more and not isinstance(after, str):
        raise ParseError("could not read GitHub's answer: it does not say where it goes on")
    return Answer(data["nodes"], more, after=after if isinstance(after, str) else None)
