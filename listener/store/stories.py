"""Which posts belong together: found by what they share with posts of the last days.

Where a post's story is looked for: `story_index`. Whether it belongs to it: `story_match`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from listener.analysis.story_match import Join, joins
from listener.analysis.story_signature import Signature
from listener.store.story_index import StoryIndex, View

if TYPE_CHECKING:
    from listener.store.sqlite import Store

AGAIN = timedelta(days=3)  # as long a post that stands alone is held against a story that grew
HELD = 3  # stories at most that are looked at then


@dataclass(frozen=True, slots=True)
class _Found:
    """A story that a post belongs to, and the post of it that says why."""

    story: int
    post: int
    join: Join

    @property
    def strength(self) -> tuple[tuple[int, int, float], int]:
        """Order reasons, and posts that are as good a reason: the earliest of them."""
        return self.join.strength, -self.post


class Stories:
    """Writes belong inside `store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.index = StoryIndex(store)

    def place(self, post: int, signature: Signature, published: datetime | None, now: int) -> int:
        """Return the post's story: the one it belongs to, else one of its own; it keeps it.

        When it certainly belongs to two, the younger becomes part of the older. A post that stood
        alone may belong to the story after this one.
        """
        own = self._store.row("SELECT story FROM posts WHERE id = ?", (post,))
        if own is not None and own["story"] is not None:
            return int(own["story"])
        at = now if published is None else min(int(published.timestamp()), now)
        view = self.index.view(signature, at, now)
        found = sorted(self._found(view), key=lambda one: one.strength, reverse=True)
        story = self._merged(found) if found else self.begin(now)
        self.keep(post, story, view, now)
        if found:
            self._explain(post, story, found[0], now)
            if not found[0].join.same:  # a copy says nothing new
                story = self._again(story, view, now)
        return story

    def keep(self, post: int, story: int, view: View, now: int) -> None:
        """Make the post part of the story."""
        self._store.execute("UPDATE posts SET story = ?, original = id WHERE id = ?", (story, post))
        self.index.keep(post, story, view, now)

    def _found(self, view: View) -> Iterator[_Found]:
        """Yield the stories that the post belongs to, each with the strongest reason."""
        for story in view.likely():
            posts = self.index.posts(story, view.told.signature)
            if found := joins(view.told, posts, view.around(story)):
                yield _Found(story, *found)

    def _again(self, story: int, view: View, now: int) -> int:
        """Hold posts that stand alone against the story that grew by this one; return it."""
        held = [other for other in view.likely() if other != story][:HELD]
        for other in held:
            posts = self.index.posts(other, view.told.signature)
            if len(posts) != 1:  # none, where it has just become part of another one
                continue
            ((alone, told),) = posts.items()
            if abs(view.told.at - told.at) > AGAIN.total_seconds():
                continue
            seen = self.index.view(told.signature, told.at, now, without=other)
            around = seen.around(story)
            found = joins(told, self.index.posts(story, told.signature), around)
            if found and around.ahead >= 0:
                joined = _Found(story, *found)
                self._explain(alone, other, joined, now)
                older = min(story, other)
                self.merge(max(story, other), older)
                story = older
        return story

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

    def begin(self, now: int) -> int:
        """Make a story without posts, and return its id."""
        row = self._store.row("INSERT INTO stories (first_seen) VALUES (?) RETURNING id", (now,))
        assert row is not None
        return int(row["id"])

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
        self.index.forget(now)

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
