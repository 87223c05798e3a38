"""Invented weeks of an invented lamp maker: a normal one, a crisis, an almost empty one, the first
ever, one with a dead source, and one of hostile texts.

`python tests/report/samples.py FOLDER` writes their pages and mails, to be looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from listener.content import Content
from listener.messages import Person
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
)
from listener.report.figures import weekly
from listener.report.model import BrandInfo, Event, Report
from listener.report.render import index, index_entry, page, summary

ZONE = "Europe/Paris"
START = datetime(2026, 3, 8, 23, tzinfo=UTC)  # Monday 9 March, midnight in Paris
END = START + timedelta(days=7)
BEFORE = START - timedelta(days=7)

OWN = BrandInfo(name="Maison Lumen", role="own")
BRANDS = (
    OWN,
    BrandInfo(name="Clarté & Fils", role="competitor"),
    BrandInfo(name="Ohmly", role="competitor"),
    BrandInfo(name="#eclairage", role="topic"),
)
SOURCES = ("Le Courant", "Google News: lampes", "Hacker News", "r/maison", "Mastodon #deco", "Avis")
KINDS = (
    PostKind.NEWS,
    PostKind.NEWS,
    PostKind.DISCUSSION,
    PostKind.DISCUSSION,
    PostKind.SOCIAL,
    PostKind.REVIEW,
)
TITLES = (
    "La Maison Lumen rachète une verrerie de Meisenthal",
    "My Maison Lumen desk lamp after two years: worth it?",
    "Cinq lampes de bureau réparables, comparées",
    "Service après-vente : la pièce est arrivée en deux jours",
    "Maison Lumen opens a repair café in Lyon",
    "Ampoule grillée au bout d’un mois, que faire ?",
    "Lampe « Veilleuse » : simple, belle, un peu chère",
    "Ask HN: warm light for late work?",
    "Luminaires : la seconde main gagne les grandes marques",
    "Warm white or neutral white in the kitchen?",
    "Mon avis après six mois avec la suspension en laiton",
    "Repairable by design: three lamp makers that mean it",
    "La livraison a pris trois semaines, sans une explication",
    "Portrait : la verrière de Clichy éclairée à la bougie électrique",
    "The dimmer hums. Is that normal?",
    "Une lampe à poser pour lire sans fatigue",
    "Le marché du luminaire français ralentit au printemps",
)
LEGAL = Reason(points=35, text="crisis word: %(words)s", facts={"words": "mise en demeure"})
RECALL = Reason(points=40, text="crisis word: %(words)s", facts={"words": "rappel, incendie"})
SPREAD = Reason(points=22, text="%(copies)s copies elsewhere", facts={"copies": 6})


def sentiment(label: Label | None) -> Sentiment | None:
    scores = {Label.POSITIVE: 0.6, Label.NEUTRAL: 0.0, Label.NEGATIVE: -0.6}
    return (
        None if label is None else Sentiment(score=scores[label], label=label, engine="vader-en 1")
    )


def risk(score: int, *reasons: Reason) -> Risk:
    level = (
        Level.CRITICAL if score >= 80
        else Level.HIGH if score >= 60
        else Level.MEDIUM if score >= 30
        else Level.LOW
    )  # fmt: skip
    return Risk(score=score, level=level, reasons=reasons, version="1")


def mention(
    number: int,
    at: datetime | None,
    *,
    brand: str = OWN.name,
    title: str | None = None,
    source: int = 0,
    label: Label | None = Label.NEUTRAL,
    danger: Risk | None = None,
    language: str | None = "fr",
    story: int | None = None,
    copies: Sequence[Copy] = (),
    url: str | None = None,
    found: datetime | None = None,
    likes: int | None = None,
    followers: int | None = None,
) -> Mention:
    address = url or f"https://news.example/{brand.lower().replace(' ', '-')}/{number}"
    return Mention(
        id=number,
        post=Post(
            key=f"url:{address}",
            item=str(number),
            kind=KINDS[source],
            url=address,
            title=title or TITLES[number % len(TITLES)],
            outlet=("L’Écho du Jour", "Tribune", None)[number % 3] if source == 1 else None,
            published=at,
            author=None if followers is None else Author(followers=followers),
            engagement=None if likes is None else Engagement(likes=likes),
        ),
        brand=brand,
        spans=(),
        clause=brand,
        found=found or (at or START) + timedelta(minutes=9),
        source=SOURCES[source],
        story=number if story is None else story,
        sentiment=sentiment(label),
        risk=danger or risk(8),
        language=language,
        copies=tuple(copies),
    )


def crowd(
    seed: str, brand: str, counts: Sequence[int], start: datetime, mood: tuple[int, int, int, int]
) -> list[Mention]:
    """So many mentions a day; `mood` weighs positive, neutral, negative and unscored."""
    random = Random(seed)
    labels = (Label.POSITIVE, Label.NEUTRAL, Label.NEGATIVE, None)
    base = sum(map(ord, seed)) * 1000
    return [
        mention(
            base + day * 100 + n,
            start + timedelta(days=day, hours=6 + random.random() * 15),
            brand=brand,
            source=random.choices(range(6), (5, 9, 2, 6, 4, 3))[0],
            label=random.choices(labels, mood)[0],
            danger=risk(random.choice((0, 4, 8, 12, 20))),
            language=random.choices(("fr", "en", "de", None), (8, 5, 1, 1))[0],
            likes=random.choice((None, 0, 3, 12, 40)),
        )
        for day, count in enumerate(counts)
        for n in range(count)
    ]


def whole(start: datetime, names: Sequence[str] = SOURCES) -> list[Coverage]:
    until = start + timedelta(days=7)
    return [Coverage(source=s, state=Heard.HEARD, since=start, until=until) for s in names]


def report(
    now: Sequence[Mention],
    before: Sequence[Mention],
    coverage: Sequence[Coverage] | None = None,
    coverage_before: Sequence[Coverage] | None = None,
    brands: Sequence[BrandInfo] = BRANDS,
    events: Sequence[Event] = (),
) -> Report:
    return weekly(
        brands=brands,
        now_mentions=now,
        before_mentions=before,
        coverage=whole(START) if coverage is None else coverage,
        coverage_before=whole(BEFORE) if coverage_before is None else coverage_before,
        start=START,
        end=END,
        timezone=ZONE,
        events=events,
    )


CALM = (30, 45, 12, 13)


def market(tag: str, start: datetime) -> list[Mention]:
    return [
        *crowd(f"{tag} a", "Clarté & Fils", (9, 12, 14, 8, 11, 5, 4), start, (18, 50, 25, 9)),
        *crowd(f"{tag} b", "Ohmly", (3, 4, 2, 6, 5, 2, 1), start, (40, 40, 8, 9)),
        *crowd(f"{tag} c", "#eclairage", (6, 5, 7, 9, 8, 3, 2), start, (20, 60, 10, 20)),
    ]


def last_week() -> list[Mention]:
    calm = crowd("before", OWN.name, (11, 13, 12, 15, 12, 7, 6), BEFORE, CALM)
    return [*calm, *market("before", BEFORE)]


def normal() -> Report:
    now = crowd("normal", OWN.name, (12, 15, 11, 22, 14, 8, 6), START, CALM)
    wire = tuple(Copy(outlet=f"Journal {n}", url=f"https://j{n}.example/x") for n in range(4))
    story = mention(
        7_000_000,
        START + timedelta(days=3, hours=9),
        title="La Maison Lumen rachète une verrerie de Meisenthal et y garde les 43 emplois",
        source=1,
        label=Label.POSITIVE,
        copies=wire,
        likes=310,
    )
    upset = mention(
        7_000_001,
        START + timedelta(days=1, hours=20),
        title="Toujours pas remboursé après trois relances, j’envoie une mise en demeure",
        source=3,
        label=Label.NEGATIVE,
        danger=risk(47, LEGAL, Reason(points=12, text="negative about the brand")),
        likes=18,
    )
    events = [Event(name="Salon de la lumière", day=date(2026, 3, 12))]
    return report([*now, story, upset, *market("normal", START)], last_week(), events=events)


def crisis() -> Report:
    now = crowd("crisis", OWN.name, (10, 12, 14, 96, 130, 71, 38), START, (5, 25, 55, 15))
    wire = tuple(Copy(outlet=f"Journal {n}", url=f"https://j{n}.example/r") for n in range(6))
    recall = [
        mention(
            8_000_000 + n,
            START + timedelta(days=3, hours=7 + n),
            title="Rappel de la lampe « Veilleuse » : risque d’incendie signalé par la DGCCRF",
            source=n % 5,
            label=Label.NEGATIVE,
            danger=risk(92 - 6 * n, RECALL, SPREAD, Reason(points=30, text="growing fast")),
            story=8_000_000,
            followers=(None, 4_000, None, 250, 1_200_000)[n],
            copies=wire,
            likes=900 - n,
        )
        for n in range(5)
    ]
    suit = mention(
        8_000_100,
        START + timedelta(days=5, hours=11),
        title="Une association de consommateurs prépare une action de groupe contre Maison Lumen",
        source=1,
        label=Label.NEGATIVE,
        danger=risk(71, LEGAL, SPREAD),
    )
    coverage = whole(START)
    limited = START + timedelta(days=4, hours=2)
    coverage[3:4] = [
        Coverage(source=SOURCES[3], state=Heard.HEARD, since=START, until=limited),
        Coverage(
            source=SOURCES[3],
            state=Heard.LIMITED,
            since=limited,
            until=limited + timedelta(hours=9),
            why="429 Too Many Requests",
        ),
        Coverage(source=SOURCES[3], state=Heard.HEARD, since=limited + timedelta(hours=9)),
    ]
    events = [Event(name="Salon de la lumière", day=date(2026, 3, 12))]
    mentions = [*now, *recall, suit, *market("crisis", START)]
    return report(mentions, last_week(), coverage, events=events)


def quiet() -> Report:
    now = [mention(1, START + timedelta(days=2, hours=10), label=Label.POSITIVE, source=2)]
    before = [mention(n, BEFORE + timedelta(days=n, hours=10), label=None) for n in range(3)]
    return report(now, before, brands=BRANDS[:1])


def first() -> Report:
    since = START + timedelta(days=3, hours=13)
    coverage = [Coverage(source=s, state=Heard.HEARD, since=since) for s in SOURCES[:4]]
    now = crowd("first", OWN.name, (2, 3, 1, 9, 12, 5, 4), START, CALM)
    return report(now, [], coverage, coverage_before=[], brands=BRANDS[:2])


def broken() -> Report:
    died = START + timedelta(days=1, hours=15)
    coverage = [
        *whole(START, [SOURCES[0], *SOURCES[2:4], SOURCES[5]]),
        Coverage(source=SOURCES[1], state=Heard.HEARD, since=START, until=died),
        Coverage(source=SOURCES[1], state=Heard.DOWN, since=died, why="503 Service Unavailable"),
        Coverage(
            source=SOURCES[4],
            state=Heard.STALE,
            since=START + timedelta(days=2),
            why="nothing published for 9 days, usually several a day",
        ),
        Coverage(source=SOURCES[4], state=Heard.HEARD, until=START + timedelta(days=2)),
    ]
    now = crowd("broken", OWN.name, (11, 8, 4, 5, 4, 2, 1), START, (18, 45, 14, 23))
    other = crowd("café", "Café Lumen", (1, 0, 2, 1, 0, 0, 1), START, CALM)
    brands = (*BRANDS, BrandInfo(name="Café Lumen", role="own"))
    return report([*now, *other, *market("broken", START)], last_week(), coverage, brands=brands)


HOSTILE = (
    '<script>alert("x")</script><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %} %(brand)s %s",
    "a" * 5000,
    "line\r\nBcc: victim@example.org\r\n\u202egnp.exe\u2066 \x00\x1b[31m",
    "</style></svg></title><h1>$\\frac{1}{0}$ & 😀 مرحبا 漢字",
)


def hostile() -> Report:
    brand = BrandInfo(name='$\\frac$ <b>"Lumen"</b> & 漢字 😀', role="own")
    rival = BrandInfo(name="</svg><script>alert(2)</script>", role="competitor")
    now = [
        mention(
            n,
            START + timedelta(hours=30 * n),
            brand=brand.name,
            title=title,
            url="javascript:alert(3)"
            if n == 0
            else 'https://x.example/"><script>alert(4)</script>',
            danger=risk(
                95, Reason(points=95, text="crisis word: %(words)s", facts={"words": title})
            ),
            copies=[Copy(outlet=title, url="data:text/html,x")],
            language="<i>",
        )
        for n, title in enumerate(HOSTILE)
    ]
    coverage = [Coverage(source=HOSTILE[0], state=Heard.DOWN, why=HOSTILE[4])]
    events = [Event(name=HOSTILE[4], day=date(2026, 3, 11))]
    return report(now, [], coverage, brands=[brand, rival], events=events)


WEEKS = {
    "normal": normal,
    "crisis": crisis,
    "quiet": quiet,
    "first": first,
    "broken": broken,
    "hostile": hostile,
}


def _write(folder: Path) -> None:
    content = Content(None)
    for language in ("fr", "en"):
        entries = []
        for name, make in WEEKS.items():
            made = make()
            html = page(content, made, language)
            file = f"{name}-{language}.html"
            (folder / file).write_text(html, encoding="utf-8")
            entries.append(index_entry(content, made, language, file))
            ana = Person(name="Ana", email="ana@example.org", language=language, timezone=ZONE)
            mail = summary(content, made, ana, key="k", now=END, page_html=html)
            shown = mail.html
            for image in mail.attachments:
                if image.inline:
                    (folder / f"{name}-{language}-{image.name}").write_bytes(image.content)
                    shown = shown.replace(f"cid:{image.name}", f"{name}-{language}-{image.name}")
            (folder / f"{name}-{language}-mail.html").write_text(shown, encoding="utf-8")
            text = f"{mail.subject}\n\n{mail.text}"
            (folder / f"{name}-{language}-mail.txt").write_text(text, encoding="utf-8")
        listing = index(content, entries, language)
        (folder / f"index-{language}.html").write_text(listing, encoding="utf-8")


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
