"""A second look at posts of Hacker News: fifty in one search, those it lacks one by one.

Each story carries a tag of its own, `story_` and its number. Comments do not: they are found by
their authors below their stories.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from listener.collect.hackernews_posts import read_page
from listener.errors import ParseError
from listener.fetch import Response
from listener.model import Post, Second

Search = Callable[[Mapping[str, object]], Awaitable[Response]]
Item = Callable[[str], Awaitable[Response]]

AT_ONCE = 50
_MOST = 1000  # hits of one answer: an author may have written many comments below a story
_HANDLE = re.compile(r"[\w-]+", re.ASCII)
_KINDS = "(story,poll,job)"


async def look_again(
    search: Search, ask: Item, posts: Sequence[Post], now: datetime
) -> AsyncIterator[Second]:
    """Yield what each request brought.

    What the index lacks need not be deleted: it lags, for days at times. The site's own API is
    asked whether it is.
    """
    comments = [post for post in posts if post.parent or post.root]
    stories = [post for post in posts if not (post.parent or post.root)]
    missing: list[Post] = []
    for kind, tags in ((stories, _of_stories), (comments, _of_comments)):
        for start in range(0, len(kind), AT_ONCE):
            given = {post.item: post for post in kind[start : start + AT_ONCE]}
            found = await _found(search, tags(list(given.values())), given, now)
            yield found
            there = {post.item for post in found.posts}
            missing += [post for item, post in given.items() if item not in there]
    for post in missing:
        yield await _alone(ask, post)


def _of_stories(posts: Sequence[Post]) -> str:
    return f"{_KINDS},({','.join(f'story_{post.item}' for post in posts)})"


def _of_comments(posts: Sequence[Post]) -> str:
    handles = [post.author.handle or "" for post in posts if post.author]
    authors = {handle for handle in handles if _HANDLE.fullmatch(handle)}
    stories = {post.root.rpartition(":")[2] for post in posts if post.root}
    if not authors or not stories:
        return ""
    by = ",".join(f"author_{author}" for author in sorted(authors))
    return f"comment,({by}),({','.join(f'story_{story}' for story in sorted(stories))})"


async def _found(search: Search, tags: str, given: Mapping[str, Post], now: datetime) -> Second:
    if not tags:
        return Second()
    response = await search({"tags": tags, "hitsPerPage": _MOST})
    page = read_page(await asyncio.to_thread(response.json), now)
    if page.refused:
        raise ParseError(f"Hacker News Search gives nothing: {page.refused}")
    return Second(posts=tuple(post for post in page.posts if post.item in given))


async def _alone(ask: Item, post: Post) -> Second:
    """Tell whether a post was deleted, or killed: only who asks for that sees such posts.

    `null`, which it answers for numbers it does not know, says neither.
    """
    said = (await ask(post.item)).json()
    gone = isinstance(said, Mapping) and True in (said.get("deleted"), said.get("dead"))
    return Second(gone=(post.key,)) if gone else Second()
