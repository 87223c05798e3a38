"""A second look at statuses: twenty in a request, and those that are missing one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from listener.collect.mastodon_api import Api
from listener.collect.mastodon_posts import Instance
from listener.collect.mastodon_threads import AT_ONCE, ONE_BY_ONE
from listener.errors import FetchError
from listener.model import Post, Second


async def look_again(
    api: Api, instance: Instance, posts: Sequence[Post], now: datetime
) -> AsyncIterator[Second]:
    """Yield what each request brought. Posts that another instance gave are left alone."""
    ids = {id: post for post in posts if (id := instance.id_of(post)) is not None}
    names = list(ids)
    for start in range(0, len(names), AT_ONCE):
        given = {id: ids[id] for id in names[start : start + AT_ONCE]}
        found = _second(instance, given, await _together(api, list(given)), now)
        yield found
        there = {post.item for post in found.posts}
        for id, post in given.items():
            if post.item not in there:
                yield await _alone(api, instance, id, post, now)


async def _together(api: Api, ids: Sequence[str]) -> list[object]:
    try:
        return await api.list("v1/statuses", [("id[]", id) for id in ids])
    except FetchError as exc:
        if exc.status in ONE_BY_ONE:
            return []
        raise


async def _alone(api: Api, instance: Instance, id: str, post: Post, now: datetime) -> Second:
    try:
        return _second(
            instance, {id: post}, [await api.ask(f"v1/statuses/{quote(id, safe='')}")], now
        )
    except FetchError as exc:
        if exc.status in (404, 410):
            return Second(gone=(post.key,))
        raise


def _second(
    instance: Instance, given: dict[str, Post], found: Sequence[object], now: datetime
) -> Second:
    """Return what was found of what was asked for; what it answers has not changed."""
    statuses, _ = instance.read(found, now)
    return Second(
        posts=tuple(
            replace(one.post, parent=before.parent, root=before.root)
            for one in statuses
            if (before := given.get(one.id)) is not None and before.key == one.post.key
        )
    )
