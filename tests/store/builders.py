"""Rows for tests of the store."""

from __future__ import annotations

from listener.analysis.story_signature import signature
from listener.model import Label, Level, Match, Post, Reason, Risk, Sentiment, Span
from listener.store import Store

RISK = Risk(
    score=70,
    level=Level.HIGH,
    reasons=(Reason(points=70, text="said so", facts={"term": "rappel"}),),
    version="test",
)
TONE = Sentiment(score=-0.5, label=Label.NEGATIVE, engine="test")


def mention(
    store: Store, item: str, brand: str = "Acme", now: int = 1000, sentiment: bool = True
) -> int:
    """Store a post that mentions a brand; the same item makes one post."""
    post = Post(
        key=f"url:https://a.example/{item}", item=item, title=f"Acme {item}", text="About Acme."
    )
    match = Match(brand=brand, spans=(Span("title", 0, 4),), clause="acme")
    with store.transaction():
        stored = store.posts.add("Gazette", post, now)
        assert stored is not None
        store.stories.place(stored.id, signature(post.title, post.text, post.url), None, now)
        found = store.mentions.add(
            stored.id, match, source="Gazette", found=now, first_pass=False, language="en"
        )
        assert found is not None
        store.mentions.judge(found, TONE if sentiment else None, RISK, now)
    return found
