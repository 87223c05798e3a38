"""Hacker News Search as far as the collector asks it: `search_by_date` at a moment.

The shape of https://hn.algolia.com/api.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from listener.demo.story import Item, grown

Hit = Mapping[str, object]
_BOUND = re.compile(r"created_at_i(>=|<=)(\d+)")


def search_by_date(
    items: Sequence[Item], asked: Mapping[str, str], now: datetime
) -> Mapping[str, object]:
    """Answer a question with its `query`, `tags`, `numericFilters`, `hitsPerPage` and `page`."""
    size, page = int(asked.get("hitsPerPage", "20")), int(asked.get("page", "0"))
    wanted = asked.get("query", "").strip('"').casefold()
    found = [
        item
        for item in sorted(items, key=lambda item: item.at, reverse=True)
        if item.at <= now
        and _kind(item) in asked.get("tags", _kind(item))
        and _within(item, asked.get("numericFilters", ""))
        and wanted in f"{item.title} {item.text} {item.url} {item.by}".casefold()
    ]
    shown = found[page * size : (page + 1) * size]
    return {
        "hits": [_hit(item, now) for item in shown],
        "nbHits": len(found),
        "nbPages": -(-len(found) // size),
        "page": page,
        "hitsPerPage": size,
    }


def _kind(item: Item) -> str:
    return "story" if item.title else "comment"


def _within(item: Item, filters: str) -> bool:
    at = int(item.at.timestamp())
    return all(
        at >= int(bound) if sign == ">=" else at <= int(bound)
        for sign, bound in _BOUND.findall(filters)
    )


def _hit(item: Item, now: datetime) -> Hit:
    age = now - item.at
    text = escape(item.text) if item.text else None
    return {
        "objectID": str(item.id),
        "_tags": [_kind(item), f"author_{item.by}", f"story_{item.story}"],
        "author": item.by,
        "title": item.title,
        "url": item.url,
        "story_text": text if item.title else None,
        "comment_text": None if item.title else text,
        "points": grown(item.points, age),
        "num_comments": grown(item.comments, age),
        "story_id": item.story,
        "parent_id": item.parent,
        "created_at": item.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "created_at_i": int(item.at.timestamp()),
    }
