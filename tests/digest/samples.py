"""An invented day of mentions, in English and French, to render and to look at."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from listener.messages import Alert, Digest, Person
from listener.model import (
    Author,
    Copy,
    Coverage,
    Engagement,
    Heard,
    Label,
    Level,
    Mention,
    Post,
    PostKind,
    Reason,
    Risk,
    Sentiment,
    Span,
)

NOW = datetime(2025, 11, 21, 7, 0, tzinfo=UTC)
ANA = Person(name="Ana", email="ana@example.org", language="en", timezone="Europe/Paris")
CLAIRE = Person(name="Claire", email="claire@example.org", language="fr", timezone="Europe/Paris")

_TONES = {-1: Label.NEGATIVE, 0: Label.NEUTRAL, 1: Label.POSITIVE}


def risk(score: int, *reasons: Reason) -> Risk:
    levels = ((80, Level.CRITICAL), (60, Level.HIGH), (30, Level.MEDIUM), (0, Level.LOW))
    level = next(level for least, level in levels if score >= least)
    return Risk(score=score, level=level, reasons=reasons, version="1")


def near(points: int, words: str, family: str) -> Reason:
    text = "“%(words)s” (%(family)s) near the brand"
    return Reason(points=points, text=text, facts={"words": words, "family": family})


def mention(
    id: int,
    title: str | None,
    text: str = "",
    *,
    kind: PostKind = PostKind.NEWS,
    brand: str = "Decathlon",
    tone: int | None = 0,
    danger: Risk | None = None,
    outlet: str | None = None,
    source: str = "Google News",
    author: Author | None = None,
    hours: float = 3,
    language: str = "en",
    engagement: Engagement | None = None,
    copies: tuple[Copy, ...] = (),
    url: str | None = "https://example.org/2025/11/article",
    first_pass: bool = False,
    alerted: bool = False,
) -> Mention:
    """A mention whose spans are wherever its brand's name stands in title and text."""
    return Mention(
        id=id,
        post=Post(
            key=f"url:{id}",
            item=str(id),
            kind=kind,
            url=f"{url}-{id}" if url else None,
            title=title,
            text=text,
            author=author,
            outlet=outlet,
            published=NOW - timedelta(hours=hours),
            engagement=engagement,
        ),
        brand=brand,
        spans=_spans("title", title or "", brand) + _spans("text", text, brand),
        clause=brand.lower(),
        found=NOW - timedelta(hours=hours / 2),
        source=source,
        story=id,
        sentiment=None
        if tone is None
        else Sentiment(score=tone * 0.6, label=_TONES[tone], engine="vader-en 1"),
        risk=danger or risk(4),
        language=language,
        first_pass=first_pass,
        alerted=alerted,
        copies=copies,
    )


def _spans(field: Literal["title", "text"], text: str, word: str) -> tuple[Span, ...]:
    folded = text.replace("é", "e").replace("É", "E")
    return tuple(
        Span(field, m.start(), m.end()) for m in re.finditer(re.escape(word), folded, re.IGNORECASE)
    )


RECALL = mention(
    1,
    "Decathlon recalls 40,000 climbing harnesses after two falls; families announce legal action",
    "The sporting-goods chain Decathlon asked customers on Thursday to stop using a climbing "
    "harness sold since March, after two climbers were injured. A lawyer for the families said a "
    "complaint would be filed this week.",
    tone=-1,
    danger=risk(
        86,
        near(34, "recalls", "recall"),
        near(28, "complaint", "justice"),
        Reason(points=14, text="negative tone"),
        Reason(points=10, text="%(count)s reactions", facts={"count": 12400}),
    ),
    outlet="The Guardian",
    author=Author(name="Helen Marsh", followers=15200),
    hours=2,
    engagement=Engagement(likes=8100, shares=3900, comments=400),
    copies=tuple(
        Copy(outlet=name, url=None)
        for name in ("Reuters", "BBC News", "Outdoor Daily", "The Local", "Yahoo", "MSN")
    ),
    alerted=True,
)
ENGLISH = (
    RECALL,
    mention(
        2,
        "My experience with Decathlon customer service: three weeks, no refund, no answer",
        "I returned the tent on October 28. Since then I have called Decathlon six times. Each "
        "time someone else promises that the refund is on its way. I am now thinking of going to "
        "the ombudsman, has anyone done that?",
        kind=PostKind.DISCUSSION,
        tone=-1,
        danger=risk(
            64,
            near(40, "no refund", "service failure"),
            Reason(points=14, text="negative tone"),
            near(10, "ombudsman", "justice"),
        ),
        outlet="r/camping",
        author=Author(name="wet_socks", handle="wet_socks"),
        hours=5,
        engagement=Engagement(likes=412, comments=96),
    ),
    mention(
        3,
        "Decathlon opens its first repair-only store in Leeds",
        "Decathlon will open a shop that sells nothing: bikes, tents and skis are mended on the "
        "spot, and what cannot be mended is taken apart for spares.",
        tone=1,
        outlet="Yorkshire Post",
        hours=9,
    ),
    mention(
        4,
        "High street sales: winners and losers of the autumn",
        "Footfall rose by 2% in October. Among sports retailers, Decathlon and Intersport gained "
        "share while smaller independents lost some.",
        tone=0,
        outlet="Retail Week",
        author=Author(name="Omar Idris"),
        hours=14,
    ),
    mention(
        5,
        "Van Rysel RCR-F review: the Decathlon bike that embarrasses the big names",
        "At half the price of its rivals, Decathlon's flagship aero bike is fast, light and, "
        "apart from the saddle, hard to fault.",
        kind=PostKind.BLOG,
        tone=1,
        outlet="Velo Notes",
        author=Author(name="Sanne de Vries"),
        hours=20,
        engagement=Engagement(likes=88, comments=17),
    ),
    mention(
        6,
        None,
        "Queue out of the door at #Decathlon this morning and only one till open. Again. "
        "@decathlon do you even read these?",
        kind=PostKind.SOCIAL,
        tone=-1,
        danger=risk(
            38,
            near(22, "queue", "service failure"),
            Reason(
                points=16,
                text="an author with %(followers)s followers",
                facts={"followers": 48100},
            ),
        ),
        outlet="Mastodon",
        author=Author(name="Lou Fontaine", handle="lou@mastodon.social", followers=48100),
        hours=1.2,
        engagement=Engagement(likes=36, shares=12, comments=5),
    ),
    mention(
        7,
        None,
        "Found my old Quechua tent from 2004, still dry inside. Decathlon used to build things.",
        kind=PostKind.SOCIAL,
        tone=None,
        outlet="Bluesky",
        author=Author(name="tomasz", handle="tomasz.bsky.social"),
        hours=6,
    ),
    mention(
        8,
        "I lived a week with only Decathlon gear (Lofoten, winter)",
        "Seven days, minus fourteen degrees, one card. Chapters: 00:00 packing, 04:12 ferry.",
        kind=PostKind.VIDEO,
        tone=1,
        outlet="YouTube",
        author=Author(name="Slow Miles", followers=182000),
        hours=17,
        engagement=Engagement(likes=5200, comments=310, views=96000),
    ),
)
FRENCH = (
    mention(
        21,
        "« Ma tente a pris l’eau dès la première nuit » : la colère des clients de Décathlon",
        "Sur les réseaux, plusieurs dizaines de clients de Décathlon racontent la même mésaventure "
        "et demandent un remboursement. L’association UFC-Que Choisir étudie une action de groupe "
        "et appelle l’enseigne à s’expliquer publiquement.",
        language="fr",
        tone=-1,
        danger=risk(
            71,
            near(41, "action de groupe", "justice"),
            Reason(points=15, text="negative tone"),
            Reason(points=15, text="%(count)s reactions", facts={"count": 2310}),
        ),
        outlet="Le Parisien",
        author=Author(name="Camille Roy"),
        hours=3,
        engagement=Engagement(likes=1400, shares=760, comments=150),
        copies=(Copy(outlet="Yahoo Actualités", url=None), Copy(outlet="MSN", url=None)),
    ),
    mention(
        22,
        "Décathlon s’engage à réparer tous ses vélos pendant dix ans",
        "L’enseigne nordiste Décathlon annonce un service de réparation garanti dix ans, y compris "
        "pour les modèles arrêtés.",
        language="fr",
        tone=1,
        outlet="Ouest-France",
        hours=11,
    ),
    mention(
        23,
        None,
        "Quelqu’un a testé le nouveau sac à dos de chez Décathlon pour le GR20 ? Il tient ?",
        language="fr",
        kind=PostKind.DISCUSSION,
        tone=0,
        outlet="Forum Randonner léger",
        author=Author(name="marmotte38"),
        hours=15,
    ),
    mention(
        24,
        "Decathlon opens its first repair-only store in Leeds",
        "Decathlon will open a shop that sells nothing: bikes, tents and skis are mended.",
        tone=1,
        outlet="Yorkshire Post",
        hours=19,
    ),
    mention(
        25,
        "Intersport : les salariés en grève pour les salaires ce samedi",
        "Les syndicats d’Intersport appellent à la grève dans une quarantaine de magasins.",
        language="fr",
        brand="Intersport",
        tone=None,
        danger=risk(
            41,
            near(33, "grève", "conflit social"),
            Reason(points=8, text="negative tone"),
        ),
        outlet="Les Échos",
        hours=8,
    ),
)
COVERAGE = (
    *(Coverage(source=f"Source {n}", state=Heard.HEARD) for n in range(1, 13)),
    Coverage(
        source="Le Monde Économie",
        state=Heard.DOWN,
        since=NOW - timedelta(hours=10),
        why="503 Service Unavailable",
    ),
    Coverage(
        source="r/france",
        state=Heard.LIMITED,
        since=NOW - timedelta(hours=6),
        until=NOW - timedelta(hours=4),
        why="429 Too Many Requests",
    ),
    Coverage(source="r/france", state=Heard.HEARD, since=NOW - timedelta(hours=4), until=NOW),
    Coverage(source="Forum Vélo", state=Heard.STALE, since=NOW - timedelta(days=9)),
)


def digest(person: Person = ANA, **changes: object) -> Digest:
    """The daily digest of the eight English mentions, and what `changes` change in it."""
    daily = Digest(
        subscription="Decathlon, daily",
        person=person,
        brands=("Decathlon",),
        cadence="daily",
        start=NOW - timedelta(days=1),
        end=NOW,
        mentions=ENGLISH,
        coverage=COVERAGE,
    )
    return replace(daily, **changes)  # type: ignore[arg-type]


def french() -> Digest:
    return digest(
        CLAIRE,
        subscription="Décathlon, chaque matin",
        brands=("Intersport", "Decathlon", "GR20"),
        mentions=FRENCH,
    )


def alert(before: datetime | None = None) -> Alert:
    mention = replace(RECALL, alerted=False)
    return Alert(id=1, rule="high risk", brand="Decathlon", mention=mention, at=NOW, before=before)
