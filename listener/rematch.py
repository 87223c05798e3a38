"""Searches the archive for new or changed brands, so that they have a past at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping

from listener.clock import Clock
from listener.config.shape import Source
from listener.intake import Intake
from listener.judge import Judge
from listener.store import Store
from listener.store.posts import Stored

log = logging.getLogger(__name__)

PAGE = 500


def changed(store: Store, definitions: Mapping[str, str]) -> list[str]:
    """Return the brands for which the archive has not been searched as they are now."""
    known = {row["name"]: row["query"] for row in store.rows("SELECT name, query FROM brands")}
    return [name for name, definition in definitions.items() if known.get(name) != definition]


def rematch(
    store: Store,
    intake: Intake,
    judge: Judge,
    definitions: Mapping[str, str],
    sources: Mapping[str, Source],
    brands_of: Callable[[Source], Collection[str]],
    clock: Clock,
) -> int:
    """Search kept posts for new and changed brands; return how many mentions came.

    They count as found on a first pass: they alert nobody and come in a welcome digest. Posts of
    sources that are no longer configured are left alone. Safe to kill: it starts over.
    """
    new, after, mentions = changed(store, definitions), 0, 0
    while new and (page := store.posts.archive(after, PAGE)):
        now = int(clock.now().timestamp())
        judged = []
        for post_id, name, post in page:
            if name in sources:
                source = sources[name]
                wanted = set(new) & set(brands_of(source))
                found = judge.judge(post, source.name, source.kind, wanted)
                judged.append((source, Stored(post_id), post, found))
        with store.transaction():
            for source, stored, post, found in judged:
                mentions += intake.remember(source, stored, post, found, now, True).mentions
        after = page[-1][0]
    with store.transaction():
        store.execute(  # when one comes back, what was said meanwhile is searched for it
            "DELETE FROM brands WHERE name NOT IN (SELECT value FROM json_each(?))",
            (json.dumps(list(definitions)),),
        )
        for name in new:
            store.execute(
                "INSERT OR REPLACE INTO brands (name, query) VALUES (?, ?)",
                (name, definitions[name]),
            )
    if mentions:
        log.info("searched the archive for %s: %d mentions", ", ".join(new), mentions)
    return mentions
