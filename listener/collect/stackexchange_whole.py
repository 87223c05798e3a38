"""Posts of Stack Exchange asked for by their numbers, a hundred at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from listener.collect.stackexchange_api import Api
from listener.collect.stackexchange_posts import Found, Kind, Site
from listener.model import Post, Second

AT_ONCE = 100
_PATHS: Mapping[Kind, str] = {"q": "questions", "a": "answers", "c": "comments"}
_ITEM = re.compile(r"(?P<site>[a-z0-9.-]{2,60}):(?P<kind>[qac])(?P<id>\d{1,20})")


async def whole(
    api: Api, site: str, found: Sequence[Found], now: datetime
) -> tuple[tuple[Post, ...], int]:
    """Return the posts behind a search's hits, which tell neither author nor address."""
    posts: tuple[Post, ...] = ()
    skipped = 0
    numbers: Mapping[Kind, list[str]] = {
        "q": [one.id for one in found if not one.answer],
        "a": [one.id for one in found if one.answer],
    }
    for kind, ids in numbers.items():
        for start in range(0, len(ids), AT_ONCE):
            raw, _ = await _by_number(api, site, kind, ids[start : start + AT_ONCE])
            read, unread = await asyncio.to_thread(Site(site).posts, kind, raw, now)
            posts, skipped = posts + read, skipped + unread
    return posts, skipped


async def again(api: Api, posts: Sequence[Post], now: datetime) -> AsyncIterator[Second]:
    """Yield how posts are now; those that are missing in an answer were deleted."""
    groups: dict[tuple[str, Kind], list[Post]] = {}
    for post in posts:
        if match := _ITEM.fullmatch(post.item):
            kind: Kind = "q" if match["kind"] == "q" else "a" if match["kind"] == "a" else "c"
            groups.setdefault((match["site"], kind), []).append(post)
    for (site, kind), given in groups.items():
        for start in range(0, len(given), AT_ONCE):
            yield await _second(api, site, kind, given[start : start + AT_ONCE], now)


async def _second(api: Api, site: str, kind: Kind, given: Sequence[Post], now: datetime) -> Second:
    before = {post.item: post for post in given}
    raw, more = await _by_number(api, site, kind, [item.rpartition(":")[2][1:] for item in before])
    reader = Site(site)
    read, unread = reader.comments(raw, (), now) if kind == "c" else reader.posts(kind, raw, now)
    there = {post.item for post in read}
    gone = () if more or unread else tuple(p.key for p in given if p.item not in there)
    posts = [_as_given(post, before[post.item]) for post in read if post.item in before]
    return Second(posts=tuple(posts), gone=gone)


def _as_given(post: Post, before: Post) -> Post:
    """Return a post with what it stands under, which a comment does not tell again."""
    parent, root = post.parent or before.parent, post.root or before.root
    return replace(post, key=before.key, parent=parent, root=root)


async def _by_number(
    api: Api, site: str, kind: Kind, ids: Iterable[str]
) -> tuple[list[object], bool]:
    path = f"{_PATHS[kind]}/{';'.join(ids)}"
    return await api.items(path, {"pagesize": AT_ONCE, "site": site})
