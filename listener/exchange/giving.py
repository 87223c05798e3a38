"""Gives the archive away: posts with what was thought of them, as JSON lines or for a spreadsheet.

A line of JSON has the fields of a post that is pushed, so that another instance can import it, and
the judgements beside them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from zoneinfo import ZoneInfo

from listener.collect.pushed_posts import PushedPost
from listener.model import Author, Engagement, Label, Mention, Post
from listener.store import Store
from listener.store.search import Kept

PAGE = 200  # posts read at once
FIELDS = tuple(name for name in PushedPost.model_fields if name not in ("id", "html"))
JUDGED = ("brand", "found", "label", "sentiment", "risk", "level", "alerted")
COLUMNS = (*FIELDS, "source", "seen", "by_brand", *JUDGED)
_FORMULA = "=+-@＝＋－＠\t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which posts are exported; since <= published (else first seen) < until.

    everything  all posts that are kept, not only mentions
    """

    brand: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    labels: Collection[Label] = ()
    min_risk: int = 0
    everything: bool = False

    def fits(self, mention: Mention) -> bool:
        label = mention.sentiment.label if mention.sentiment else None
        return (
            self.brand in (None, mention.brand)
            and (not self.labels or label in self.labels)
            and mention.risk.score >= self.min_risk
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A post that is exported, with those of its mentions that are wanted."""

    kept: Kept
    mentions: tuple[Mention, ...]


def give(store: Store, wanted: Wanted) -> Iterator[Given]:
    """Yield what is wanted, oldest first, a page in memory at a time."""
    ids = store.search.ids(
        None, order="oldest", since=wanted.since, until=wanted.until, brand=wanted.brand
    )
    if not wanted.everything:
        mentioned = {row["post"] for row in store.rows("SELECT DISTINCT post FROM mentions")}
        ids = [one for one in ids if one in mentioned]
    for start in range(0, len(ids), PAGE):
        page = list(store.search.posts(ids[start : start + PAGE]))
        mentions = _mentions(store, page)
        for kept in page:
            fitting = tuple(m for m in mentions.get(kept.post.key, ()) if wanted.fits(m))
            if fitting or wanted.everything:
                yield Given(kept=kept, mentions=fitting)


def _mentions(store: Store, page: Iterable[Kept]) -> Mapping[str, list[Mention]]:
    rows = store.rows(
        "SELECT id FROM mentions WHERE post IN (SELECT value FROM json_each(?))",
        (json.dumps([kept.id for kept in page if kept.marks]),),
    )
    found: dict[str, list[Mention]] = {}
    for mention in store.mentions.by_ids(row["id"] for row in rows):
        found.setdefault(mention.post.key, []).append(mention)
    return found


def write_lines(file: IO[str], given: Iterable[Given]) -> int:
    """Write a JSON object a line, without what is not known; return how many."""
    count = 0
    for one in given:
        said = post_as_item(one.kept.post) | _archived(one.kept)
        if one.mentions:
            said["mentions"] = [_judged(mention) for mention in one.mentions]
        known = {name: value for name, value in said.items() if value is not None}
        file.write(json.dumps(known, ensure_ascii=False) + "\n")
        count += 1
    return count


def write_table(file: IO[str], given: Iterable[Given], zone: str) -> int:
    """Write a CSV row for each mention, and for each post without one; return how many.

    Times are those of `zone`. A text that a spreadsheet would take for a formula gets an
    apostrophe before it.
    """
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    count = 0
    for one in given:
        said = post_as_item(one.kept.post, zone) | _archived(one.kept, zone)
        for judged in [_judged(mention, zone) for mention in one.mentions] or [{}]:
            cells = {name: _cell(value) for name, value in (said | judged).items()}
            writer.writerow({name: cell for name, cell in cells.items() if name in COLUMNS})
            count += 1
    return count


def post_as_item(post: Post, zone: str = "UTC") -> dict[str, object]:
    """Return the fields of a post as they are pushed; it is known by its key."""
    author, counts = post.author or Author(), post.engagement or Engagement()
    return {
        "url": post.url,
        "title": post.title,
        "text": post.text or None,
        "published": _time(post.published, zone),
        "author": author.name,
        "handle": author.handle,
        "author_url": author.url,
        "followers": author.followers,
        "outlet": post.outlet,
        "kind": post.kind.value,
        "language": post.language,
        "rating": post.rating,
        "likes": counts.likes,
        "shares": counts.shares,
        "comments": counts.comments,
        "views": counts.views,
        "key": post.key,
        "parent": post.parent,
        "root": post.root,
    }


def _archived(kept: Kept, zone: str = "UTC") -> dict[str, object]:
    return {"source": kept.source, "seen": _time(kept.seen, zone), "by_brand": kept.own}


def _judged(mention: Mention, zone: str = "UTC") -> dict[str, object]:
    tone = mention.sentiment
    return {
        "brand": mention.brand,
        "found": _time(mention.found, zone),
        "label": tone.label.value if tone else None,
        "sentiment": round(tone.score, 4) if tone else None,
        "risk": mention.risk.score,
        "level": mention.risk.level.value,
        "alerted": mention.alerted,
        "clause": mention.clause,
        "reasons": [reason.text % reason.facts for reason in mention.risk.reasons],
    }


def _time(moment: datetime | None, zone: str) -> str | None:
    return moment.astimezone(ZoneInfo(zone)).isoformat() if moment else None


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    return f"'{value}" if value[:1] and value[0] in _FORMULA else value
