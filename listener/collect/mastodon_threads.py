"""What a status answers: an instance gives its own id of it, we need the one that all share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from listener.collect.fields import name, token
from listener.collect.mastodon_api import Api
from listener.collect.mastodon_posts import Status, is_public, key
from listener.errors import FetchError, SourceError
from listener.model import Post

AT_ONCE = 20  # statuses that `GET /api/v1/statuses` gives (Mastodon 4.3 and later)
ONE_BY_ONE = (400, 404, 405)  # what others answer to that; some know it by another parameter
_REMEMBERED = 5_000
_HOPS = 100  # from an answer to what opened its thread


class _Known(NamedTuple):
    key: str | None  # None: it is not shown to us
    answers: str | None


class Threads:
    """Finds parents and roots: in what was read already, and else twenty in a request.

    Where the instance is too old for that, they stay unknown.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, _Known] = {}
        self._can_ask = True

    async def placed(self, statuses: Sequence[Status]) -> tuple[Post, ...]:
        """Return the posts, with parent and root as far as they can be known."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        for one in statuses:
            self._known[one.id] = _Known(one.post.key, one.answers)
        asked = dict.fromkeys(one.answers for one in statuses if one.answers is not None)
        await self._look_up([id for id in asked if id not in self._known])
        return tuple(
            replace(one.post, parent=self._parent(one.answers), root=self._root(one.answers))
            for one in statuses
        )

    async def _look_up(self, ids: Sequence[str]) -> None:
        """Ask for statuses; that is not worth failing for."""
        for start in range(0, len(ids), AT_ONCE):
            if not self._can_ask:
                return
            some = ids[start : start + AT_ONCE]
            try:
                found = await self._api.list("v1/statuses", [("id[]", id) for id in some])
            except SourceError as exc:
                self._can_ask = not (isinstance(exc, FetchError) and exc.status in ONE_BY_ONE)
                return
            self._known |= dict.fromkeys(some, _Known(None, None)) | dict(_read(found))

    def _parent(self, id: str | None) -> str | None:
        known = self._known.get(id) if id is not None else None
        return known.key if known else None

    def _root(self, id: str | None) -> str | None:
        """Return what opened the thread, where every step on the way there is known."""
        for _ in range(_HOPS):
            known = self._known.get(id) if id is not None else None
            if known is None or known.key is None:
                return None
            if known.answers is None:
                return known.key
            id = known.answers
        return None


def _read(statuses: Iterable[object]) -> Iterable[tuple[str, _Known]]:
    for one in statuses:
        if not isinstance(one, Mapping) or not is_public(one):
            continue
        id, uri = token(one.get("id")), name(one.get("uri"))
        if id is not None and uri is not None:
            yield id, _Known(key(uri), token(one.get("in_reply_to_id")))
