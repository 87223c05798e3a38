"""Which posts belong together: found by what they share with posts of the last days.

`story_keys` leads from what a post says to stories, a few of each key: what more stories share than
`COMMON` tells nothing. `signatures` holds the posts of these days to compare with. Both are bounded
by the window, so that placing a post takes as long in a large archive as in a small one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from listener.analysis.story_match import (
    COMMON,
    EVIDENCE,
    WINDOW,
    Join,
    Told,
    joins,
    mass,
    rarity,
    whole,
)
from listener.analysis.story_signature import Signature, dump, load, term_key

if TYPE_CHECKING:
    from listener.store.sqlite import Store

CANDIDATES = 6  # stories that a post is compared with
POSTS = 8  # of each, the latest, but those with the same text, title or page first

_OLD = int(WINDOW.total_seconds())
_RANK = {"copy": 2, "link": 1, "quote": 1, "event": 0}

_HOLDERS = """
SELECT k.key, coalesce(s.survivor, s.id) AS story
FROM json_each(:keys) j
JOIN story_keys k ON k.key = j.value
JOIN stories s ON s.id = k.story
WHERE k.seen >= :since
"""
_SIGNATURES = """
SELECT post, at, mass, said FROM signatures WHERE story = :story
ORDER BY text = :text DESC, title = :title DESC,
    page IN (SELECT value FROM json_each(:links)) DESC, post DESC
LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class _Found:
    """A story that a post belongs to, and the post of it that says why."""

    story: int
    post: int
    join: Join


class Stories:
    """Writes belong inside `store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def place(self, post: int, signature: Signature, published: datetime | None, now: int) -> int:
        """Return the post's story: the one it belongs to, else one of its own; it keeps it.

        When it certainly belongs to two, the younger becomes part of the older.
        """
        own = self._store.row("SELECT story FROM posts WHERE id = ?", (post,))
        if own is not None and own["story"] is not None:
            return int(own["story"])
        keys = signature.keys()
        holders = self._holders(keys, now)
        rare = {t: rarity(len(holders.get(term_key(t), ()))) for t in signature.terms}
        at = now if published is None else min(int(published.timestamp()), now)
        told = Told(signature=signature, at=at, mass=mass(signature, rare))
        found = sorted(
            self._found(told, rare, _likely(keys, holders)),
            key=_strength,
            reverse=True,
        )
        story = self._merged(found) if found else self._new(now)
        self._keep(post, story, told, now)
        self._know(keys, holders, story, now)
        if found:
            self._explain(post, story, found[0], now)
        return story

    def _holders(self, keys: Iterable[int], now: int) -> dict[int, set[int]]:
        """Return the stories that hold each of the keys."""
        holders: dict[int, set[int]] = defaultdict(set)
        given = {"keys": json.dumps(list(keys)), "since": now - _OLD}
        for row in self._store.rows(_HOLDERS, given):
            holders[row["key"]].add(row["story"])
        return holders

    def _found(
        self, told: Told, rare: Mapping[str, float], likely: Iterable[int]
    ) -> Iterator[_Found]:
        """Yield the stories that the post belongs to, each with the strongest reason."""
        for story in likely:
            posts = self._posts(story, told.signature)
            joined = [
                _Found(story, post, join)
                for post, other in posts.items()
                if (join := joins(told, other, rare))
            ]
            if len(posts) > 1 and (join := joins(told, whole(list(posts.values())), rare)):
                joined.append(_Found(story, max(posts), join))
            if joined:
                yield max(joined, key=_strength)

    def _posts(self, story: int, like: Signature) -> dict[int, Told]:
        given = {"story": story, "text": like.text, "title": like.title, "most": POSTS}
        rows = self._store.rows(_SIGNATURES, given | {"links": json.dumps(like.links)})
        return {
            row["post"]: Told(signature=load(row["said"]), at=row["at"], mass=row["mass"])
            for row in rows
        }

    def _merged(self, found: list[_Found]) -> int:
        """Return the story of the first of these, after others that are certainly the same."""
        best = found[0]
        same = {one.story for one in found if one.join.certain} if best.join.certain else set()
        oldest = min(same | {best.story})
        for story in same - {oldest}:
            self.merge(story, oldest)
        return oldest

    def merge(self, younger: int, older: int) -> None:
        """Make the younger story part of the older, which tells from now on for both.

        What was alerted of either was alerted of both; an id is never given to another story.
        """
        self._store.execute(
            "UPDATE stories SET survivor = :older WHERE id = :younger OR survivor = :younger",
            given := {"older": older, "younger": younger},
        )
        for table in ("posts", "signatures", "story_joins"):
            self._store.execute(f"UPDATE {table} SET story = :older WHERE story = :younger", given)
        self._store.execute(  # where both were alerted, each alert stays as it was told
            "UPDATE OR IGNORE alerts SET story = :older WHERE story = :younger", given
        )

    def survivor(self, story: int) -> int:
        """Return the story that tells for this one: itself, unless it became part of another."""
        row = self._store.row("SELECT survivor FROM stories WHERE id = ?", (story,))
        return story if row is None or row["survivor"] is None else int(row["survivor"])

    def _new(self, now: int) -> int:
        row = self._store.row("INSERT INTO stories (first_seen) VALUES (?) RETURNING id", (now,))
        assert row is not None
        return int(row["id"])

    def _keep(self, post: int, story: int, told: Told, now: int) -> None:
        said = told.signature
        self._store.execute("UPDATE posts SET story = ?, original = id WHERE id = ?", (story, post))
        self._store.execute(
            "INSERT OR REPLACE INTO signatures"
            " (post, story, at, seen, mass, text, title, page, said)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (post, story, told.at, now, told.mass, said.text, said.title, said.page, dump(said)),
        )

    def _know(
        self, keys: Iterable[int], holders: Mapping[int, set[int]], story: int, now: int
    ) -> None:
        """Lead from the keys to the story; a key that says nothing forgets its oldest story."""
        full = [(key, key) for key, held in holders.items() if len(held | {story}) > COMMON]
        self._store.execute_many(
            "DELETE FROM story_keys WHERE key = ?"
            " AND story = (SELECT min(story) FROM story_keys WHERE key = ?)",
            full,
        )
        self._store.execute(
            "INSERT OR REPLACE INTO story_keys (key, story, seen)"
            " SELECT value, :story, :now FROM json_each(:keys)",
            {"keys": json.dumps(list(keys)), "story": story, "now": now},
        )

    def _explain(self, post: int, story: int, found: _Found, now: int) -> None:
        if found.join.how == "copy":
            self._store.execute(
                "UPDATE posts SET original = (SELECT original FROM posts WHERE id = ?)"
                " WHERE id = ?",
                (found.post, post),
            )
        self._store.execute(
            "INSERT OR REPLACE INTO story_joins (post, story, other, why, at)"
            " VALUES (?, ?, ?, ?, ?)",
            (post, story, found.post, json.dumps(found.join.told(), ensure_ascii=False), now),
        )

    def forget(self, now: datetime) -> None:
        """Remove what is older than the window: no post is compared with it any more."""
        before = int((now - WINDOW).timestamp())
        for table in ("story_keys", "signatures"):
            self._store.execute(f"DELETE FROM {table} WHERE seen < ?", (before,))

    def leave(self, posts: Sequence[int]) -> None:
        """Take posts out that are about to be removed: their copies name another as the first."""
        gone = "(SELECT value FROM json_each(:posts))"
        self._store.execute(
            "UPDATE posts SET original = heirs.id FROM"
            " (SELECT story, original, min(id) AS id FROM posts"
            f" WHERE story IN (SELECT story FROM posts WHERE id IN {gone})"
            f" AND original IN {gone} AND id NOT IN {gone} GROUP BY story, original) heirs"
            " WHERE posts.story = heirs.story AND posts.original = heirs.original"
            f" AND posts.id NOT IN {gone}",
            {"posts": json.dumps(posts)},
        )

    def close(self) -> None:
        """Remove stories without posts, and what became part of them.

        The last one made stays, and what took it in: ids are counted on from it, never reused.
        """
        self._store.execute(
            "DELETE FROM stories WHERE survivor IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM posts WHERE story = stories.id)"
            " AND id NOT IN (SELECT coalesce(survivor, id) FROM stories ORDER BY id DESC LIMIT 1)"
        )


def _likely(keys: Mapping[int, float], holders: Mapping[int, set[int]]) -> list[int]:
    """Return the stories that share most of what is rare, the likeliest first."""
    weights: dict[int, float] = defaultdict(float)
    for key, held in holders.items():
        weight = keys[key] * rarity(len(held))
        for story in held:
            weights[story] += weight
    ranked = sorted(weights, key=lambda story: (-weights[story], story))
    return [story for story in ranked[:CANDIDATES] if weights[story] >= EVIDENCE]


def _strength(found: _Found) -> tuple[int, int, float, int]:
    """Order reasons, and posts that are as good a reason: the earliest of them."""
    join = found.join
    return _RANK[join.how], len(join.same), join.score, -found.post
