"""What a query would have found in the archive, beside what another one would."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from statistics import NormalDist

from listener.analysis.query import Node
from listener.search import search
from listener.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Numbers of posts in the archive, newest first; `before` is None without another query."""

    found: tuple[int, ...]
    before: tuple[int, ...] | None = None

    @property
    def gained(self) -> tuple[int, ...]:
        """What only the new query finds; all of it, when there is no other."""
        known = set(self.before or ())
        return tuple(post for post in self.found if post not in known)

    @property
    def lost(self) -> tuple[int, ...]:
        """What only the other query finds."""
        known = set(self.found)
        return tuple(post for post in self.before or () if post not in known)

    def sample(self, size: int) -> tuple[int, ...]:
        """Draw from what is gained; the same trial draws the same."""
        return tuple(Random(0).sample(self.gained, min(size, len(self.gained))))  # noqa: S311


def attempt(
    store: Store,
    node: Node,
    against: Node | None = None,
    *,
    answers: Collection[str] = (),
    languages: Collection[str] = (),
) -> Trial:
    """Try a query on every post that is kept.

    answers    brands of ours: what their accounts wrote is no mention
    languages  those that are listened for; a post whose language is not known counts
    """

    def finds(query: Node) -> tuple[int, ...]:
        return tuple(
            hit.kept.id
            for hit in search(store, query)
            if hit.kept.own not in answers
            and (not languages or hit.kept.language in (None, *languages))
        )

    return Trial(found=finds(node), before=finds(against) if against else None)


def interval(noise: int, looked_at: int) -> tuple[float, float]:
    """Return between which shares the noise lies in 95 of 100 cases (Wilson, 1927)."""
    z = NormalDist().inv_cdf(0.975)
    share, n = noise / looked_at, looked_at
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)
