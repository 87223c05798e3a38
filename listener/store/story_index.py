"""Which stories may a post belong to? Those that share what is rare with it.

`story_keys` leads from what a post says to stories, a few of each key: what more stories share than
`COMMON` tells nothing. `signatures` holds the posts of the last days to compare with. Both are
bounded by the window, so that looking takes as long in a large archive as in a small one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from listener.analysis.story_likeness import COMMON, Around, Told, mass, rarity
from listener.analysis.story_match import WINDOW
from listener.analysis.story_signature import Signature, dump, load, term_key
from listener.analysis.story_terms import is_number

if TYPE_CHECKING:
    from listener.store.sqlite import Store

CANDIDATES = 5  # stories that a post is compared with
POSTS = 8  # of each, the latest, but those with the same text, title or page first
GOING = 86_400  # seconds: so long after its last post a story is taken to go on
LEAST = 1.0  # weight that a story has to share with a post, for the two to be compared

_OLD = int(WINDOW.total_seconds())

_HOLDERS = """
SELECT k.key, coalesce(s.survivor, s.id) AS story, k.seen
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


_SPAN = """
SELECT (SELECT max(story) FROM signatures) - (SELECT min(story) FROM signatures) AS span
"""


@dataclass(frozen=True)
class View:
    """A post, and the stories of these days that say something of what it says.

    known: about how many stories there are; going: those of the brand that go on
    """

    told: Told
    keys: Mapping[int, float]
    holders: Mapping[int, set[int]]
    rare: Mapping[str, float]
    known: int
    going: frozenset[int]

    def likely(self) -> list[int]:
        """Return the stories that share most of what is rare, the likeliest first."""
        weights: dict[int, float] = defaultdict(float)
        for key, held in self.holders.items():
            weight = self.keys[key] * rarity(len(held))
            for story in held:
                weights[story] += weight
        ranked = sorted(weights, key=lambda story: (-weights[story], story))
        return [story for story in ranked[:CANDIDATES] if weights[story] >= LEAST]

    def around(self, story: int) -> Around:
        """Return what is known of the others when the post is held against this one."""
        shares = self._shares
        own = shares.get(story, 0.0)
        next_best = max((share for other, share in shares.items() if other != story), default=0.0)
        ahead = (own - next_best) / max(own + next_best, 1.0)
        return Around(
            rare=self.rare,
            worn=self._worn,
            ahead=ahead,
            known=self.known,
            others=len(self.going - {story}),
        )

    @cached_property
    def _shares(self) -> dict[int, float]:
        """Return how much of the post each story says; names and numbers count twice."""
        shares: dict[int, float] = defaultdict(float)
        for term, told in self.told.signature.terms.items():
            weight = self.rare[term] * (2 if told.name or is_number(term) else 1)
            for story in self.holders.get(term_key(term), ()):
                shares[story] += weight
        return shares

    @cached_property
    def _worn(self) -> frozenset[int]:
        return frozenset(
            key for key in self.told.signature.sentences if len(self.holders.get(key, ())) > 1
        )


class StoryIndex:
    """Reads and writes what leads from posts to stories."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def view(self, signature: Signature, at: int, now: int, without: int | None = None) -> View:
        """Look at a post that was published at `at`, as things stand `now`.

        `without`: its own story, when it has one already.
        """
        keys = signature.keys()
        holders: dict[int, set[int]] = defaultdict(set)
        going: set[int] = set()
        brands = signature.brands()
        given = {"keys": json.dumps(list(keys)), "since": now - _OLD}
        for row in self._store.rows(_HOLDERS, given):
            if row["story"] != without:
                holders[row["key"]].add(row["story"])
                if row["key"] in brands and now - row["seen"] < GOING:
                    going.add(row["story"])
        rare = {t: rarity(len(holders.get(term_key(t), ()))) for t in signature.terms}
        told = Told(signature=signature, at=at, mass=mass(signature, rare))
        return View(
            told=told,
            keys=keys,
            holders=holders,
            rare=rare,
            known=self._known(),
            going=frozenset(going),
        )

    def _known(self) -> int:
        """Return about how many stories these days have: their ids are counted on."""
        row = self._store.row(_SPAN)
        return 1 if row is None or row["span"] is None else int(row["span"]) + 1

    def posts(self, story: int, like: Signature) -> dict[int, Told]:
        """Return the latest posts of a story, but those first that `like` may be a copy of."""
        given = {"story": story, "text": like.text, "title": like.title, "most": POSTS}
        rows = self._store.rows(_SIGNATURES, given | {"links": json.dumps(like.links)})
        return {
            row["post"]: Told(signature=load(row["said"]), at=row["at"], mass=row["mass"])
            for row in rows
        }

    def keep(self, post: int, story: int, view: View, now: int) -> None:
        """Lead from what the post says to its story."""
        said = view.told.signature
        self._store.execute(
            "INSERT OR REPLACE INTO signatures"
            " (post, story, at, seen, mass, text, title, page, said)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (post, story, view.told.at, now, view.told.mass,
             said.text, said.title, said.page, dump(said)),
        )  # fmt: skip
        self._know(view, story, now)

    def _know(self, view: View, story: int, now: int) -> None:
        """Lead from the keys to the story; a key that says nothing forgets its oldest story."""
        full = [(key, key) for key, held in view.holders.items() if len(held | {story}) > COMMON]
        self._store.execute_many(
            "DELETE FROM story_keys WHERE key = ?"
            " AND story = (SELECT min(story) FROM story_keys WHERE key = ?)",
            full,
        )
        self._store.execute(
            "INSERT OR REPLACE INTO story_keys (key, story, seen)"
            " SELECT value, :story, :now FROM json_each(:keys)",
            {"keys": json.dumps(list(view.keys)), "story": story, "now": now},
        )

    def forget(self, now: datetime) -> None:
        """Remove what is older than the window: no post is compared with it any more."""
        before = int((now - WINDOW).timestamp())
        for table in ("story_keys", "signatures"):
            self._store.execute(f"DELETE FROM {table} WHERE seen < ?", (before,))
