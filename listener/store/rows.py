"""Turns rows into the program's types and back."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import Literal, cast

from listener.model import (
    Author,
    Engagement,
    Label,
    Level,
    Mention,
    Post,
    PostKind,
    Reason,
    Risk,
    Sentiment,
    Span,
    Word,
)


def seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def moment(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def at(value: int) -> datetime:
    return datetime.fromtimestamp(value, UTC)


def post_columns(post: Post) -> dict[str, object]:
    """Return the columns of `posts` that a source fills."""
    author = post.author or Author()
    return {
        "key": post.key,
        "kind": post.kind,
        "url": post.url,
        "title": post.title,
        "text": post.text,
        "author_name": author.name,
        "author_handle": author.handle,
        "author_url": author.url,
        "followers": author.followers,
        "outlet": post.outlet,
        "published": seconds(post.published),
        "language": post.language,
        "rating": post.rating,
        "parent": post.parent,
        "root": post.root,
    }


def author_of(row: sqlite3.Row) -> Author | None:
    columns = ("author_name", "author_handle", "author_url", "followers")
    name, handle, url, followers = (row[column] for column in columns)
    if name is handle is url is followers is None:
        return None
    return Author(name=name, handle=handle, url=url, followers=followers)


def post_from(row: sqlite3.Row, engagement: Engagement | None = None) -> Post:
    """Return the post as it stands now. Its `item` is its key: sources have names of their own."""
    return Post(
        key=row["key"],
        item=row["key"],
        kind=PostKind(row["kind"]),
        url=row["url"],
        title=row["title"],
        text=row["text"],
        author=author_of(row),
        outlet=row["outlet"],
        published=moment(row["published"]),
        language=row["declared"],
        rating=row["rating"],
        parent=row["parent"],
        root=row["root"],
        engagement=engagement,
    )


def engagement_from(row: sqlite3.Row) -> Engagement | None:
    counts = {name: row[name] for name in ("likes", "shares", "comments", "views")}
    return None if all(n is None for n in counts.values()) else Engagement(**counts)


def spans_to(spans: tuple[Span, ...]) -> str:
    return json.dumps([[s.field, s.start, s.end] for s in spans])


def spans_from(text: str) -> tuple[Span, ...]:
    return tuple(
        Span(cast("Literal['title', 'text']", field), start, end)
        for field, start, end in json.loads(text)
    )


def score_columns(sentiment: Sentiment | None, risk: Risk) -> dict[str, object]:
    evidence = [[w.text, w.weight] for w in sentiment.evidence] if sentiment else []
    reasons = [[r.points, r.text, dict(r.facts)] for r in risk.reasons]
    return {
        "sentiment": sentiment.score if sentiment else None,
        "label": sentiment.label if sentiment else None,
        "engine": sentiment.engine if sentiment else None,
        "evidence": json.dumps(evidence, ensure_ascii=False),
        "risk": risk.score,
        "level": risk.level,
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "version": risk.version,
    }


def sentiment_from(row: sqlite3.Row) -> Sentiment | None:
    if row["sentiment"] is None:
        return None
    return Sentiment(
        score=row["sentiment"],
        label=Label(row["label"]),
        engine=row["engine"],
        evidence=tuple(Word(text, weight) for text, weight in json.loads(row["evidence"])),
    )


def risk_from(row: sqlite3.Row) -> Risk:
    reasons = json.loads(row["reasons"])
    return Risk(
        score=row["risk"],
        level=Level(row["level"]),
        reasons=tuple(Reason(points=p, text=text, facts=facts) for p, text, facts in reasons),
        version=row["version"],
    )


def mention_from(row: sqlite3.Row) -> Mention:
    """Return a mention without its copies; see `store.mentions`."""
    return Mention(
        id=row["mention_id"],
        post=post_from(row, engagement_from(row)),
        brand=row["brand"],
        spans=spans_from(row["spans"]),
        clause=row["clause"],
        found=at(row["found"]),
        source=row["source"],
        story=row["story"],
        original=row["original"],
        sentiment=sentiment_from(row),
        risk=risk_from(row),
        language=row["judged_language"],
        first_pass=bool(row["first_pass"]),
        alerted=bool(row["alerted"]),
        answered=moment(row["answered"]),
        edited=moment(row["edited"]),
        gone=moment(row["gone"]),
    )
