"""What changed about mentions since they were judged, and what is known of them by now."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from listener.analysis.signals import Signals
from listener.model import Mention
from listener.store.rows import seconds

if TYPE_CHECKING:
    from listener.store.sqlite import Store

OPEN = timedelta(days=7)  # how long after it was found a mention is assessed anew
LATE = timedelta(minutes=2)  # how long before its commit something may have been dated
OF_A_STORY = 20  # mentions of a brand that are assessed anew when their story grows
DAY = timedelta(days=1)
SHORTEST = 0.25  # hours between two counts that a pace is told from

_CHANGED = """
INSERT OR IGNORE INTO stirred (mention)
SELECT m.id FROM mentions m JOIN scores s ON s.id = m.score
WHERE m.found >= :open AND m.post IN (
    SELECT post FROM engagement WHERE at >= :since AND at > s.at
    UNION SELECT id FROM posts WHERE gone >= :since
    UNION SELECT post FROM revisions WHERE at >= :since
    UNION SELECT p.id FROM posts a JOIN posts p ON p.key IN (a.parent, a.root)
        WHERE a.first_seen >= :since AND a.by_brand IS NOT NULL
    UNION SELECT p.id FROM posts p WHERE p.first_seen >= :since AND (
        EXISTS (SELECT 1 FROM posts WHERE parent = p.key AND by_brand IS NOT NULL)
        OR EXISTS (SELECT 1 FROM posts WHERE root = p.key AND by_brand IS NOT NULL)
    )
)
"""
_GROWN = """
INSERT OR IGNORE INTO stirred (mention)
SELECT id FROM (
    SELECT m.id, row_number() OVER (
        PARTITION BY p.story, m.brand ORDER BY s.risk DESC, m.id
    ) AS place
    FROM mentions m JOIN posts p ON p.id = m.post JOIN scores s ON s.id = m.score
    WHERE m.found >= :open AND p.story IN (
        SELECT n.story FROM posts n WHERE n.first_seen >= :since AND n.story IS NOT NULL
            AND EXISTS (SELECT 1 FROM posts o WHERE o.story = n.story AND o.id <> n.id)
    )
) WHERE place <= :most
"""
_BY_CRITICS = """
INSERT OR IGNORE INTO stirred (mention)
SELECT m.id FROM mentions m JOIN posts p ON p.id = m.post
WHERE p.first_seen >= :since AND m.found >= :open
    AND coalesce(p.author_url, p.author_handle) IS NOT NULL AND EXISTS (
        SELECT 1 FROM posts q JOIN mentions n ON n.post = q.id JOIN scores t ON t.id = n.score
        WHERE coalesce(q.author_url, q.author_handle) = coalesce(p.author_url, p.author_handle)
            AND q.id < p.id AND n.brand = m.brand AND t.label = 'negative'
    )
"""
_STORY = """
SELECT count(*) AS posts, count(*) - count(DISTINCT original) AS copies,
    sum(coalesce(published, first_seen) BETWEEN :day AND :now) AS joined,
    count(DISTINCT kind) > 1 AS spread
FROM posts WHERE story = :story
"""
_AUTHOR = """
SELECT count(*) AS earlier, coalesce(sum(t.label = 'negative'), 0) AS negative
FROM posts q JOIN mentions n ON n.post = q.id JOIN scores t ON t.id = n.score
WHERE coalesce(q.author_url, q.author_handle) = :author AND n.brand = :brand AND n.id < :mention
"""
_COUNTS = """
SELECT at, coalesce(likes, 0) + coalesce(shares, 0) + coalesce(comments, 0) AS reactions
FROM engagement e JOIN posts p ON p.id = e.post
WHERE p.key = :key AND e.at BETWEEN :day AND :now ORDER BY e.at DESC LIMIT 2
"""


class MentionSignals:
    """Writes belong inside `store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stir(self, since: datetime, now: datetime) -> None:
        """Queue the open mentions of which something changed since then.

        New counts, an edit, a deletion, an answer by an own account (which may have come first); of
        a story that grew, the riskiest of each brand; and new ones by somebody who was negative
        before.
        """
        given = {
            "since": seconds(since - LATE),
            "open": seconds(now - OPEN),
            "most": OF_A_STORY,
        }
        for statement in (_CHANGED, _GROWN, _BY_CRITICS):
            self._store.execute(statement, given)

    def stirred(self, most: int) -> tuple[int, ...]:
        """Return the oldest mentions of the queue."""
        rows = self._store.rows("SELECT mention FROM stirred ORDER BY mention LIMIT ?", (most,))
        return tuple(row["mention"] for row in rows)

    def settle(self, mentions: Collection[int]) -> None:
        """Take mentions off the queue."""
        self._store.execute(
            "DELETE FROM stirred WHERE mention IN (SELECT value FROM json_each(?))",
            (json.dumps(list(mentions)),),
        )

    def of(self, mention: Mention, now: datetime) -> Signals:
        """Return what is known of a mention besides its text."""
        given = {"story": mention.story, "day": seconds(now - DAY), "now": seconds(now)}
        story = self._store.row(_STORY, given)
        assert story is not None
        earlier, negative = self._history(mention)
        return Signals(
            story_posts=story["posts"],
            story_copies=story["copies"],
            story_last_day=story["joined"],
            new_kind=bool(story["spread"]),
            velocity=self._velocity(mention, now),
            earlier=earlier,
            negative=negative,
            answered=mention.answered is not None,
            gone=mention.gone is not None,
        )

    def _history(self, mention: Mention) -> tuple[int | None, int | None]:
        author = mention.post.author
        name = (author.url or author.handle) if author else None
        if name is None:
            return None, None
        given = {"author": name, "brand": mention.brand, "mention": mention.id}
        row = self._store.row(_AUTHOR, given)
        assert row is not None
        return row["earlier"], row["negative"]

    def _velocity(self, mention: Mention, now: datetime) -> float | None:
        """Return the reactions gained in an hour, between the last two counts of a day."""
        given = {"key": mention.post.key, "day": seconds(now - DAY), "now": seconds(now)}
        rows = self._store.rows(_COUNTS, given)
        if len(rows) < 2:
            return None
        last, before = rows
        hours: float = max(SHORTEST, (last["at"] - before["at"]) / 3600)
        gained: int = last["reactions"] - before["reactions"]
        return max(0.0, gained / hours)
