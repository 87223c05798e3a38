"""Twenty posts, ten English and ten French, and what a small program makes of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from listener.app import read_rules
from listener.content import Content
from listener.errors import DeliveryError
from listener.model import Author, Engagement, Post, PostKind
from listener.store import Store
from listener.why.gather import Inquiry
from tests import newsroom as news
from tests.fakes import MONDAY
from tests.newsroom import Newsroom

CONFIG = """
[listener]
timezone = "Europe/Paris"
contact = "ops@example.org"

[[brands]]
name = "Mirabel"
query = '(mirabel OR #mirabel*) NOT (prune* OR plum* OR airport)'
languages = ["fr", "en"]
accounts = ["@mirabel", "mirabel.example"]
matches = ["Mirabel"]

[[brands]]
name = "Novalys"
role = "competitor"
query = "novalys"

[[brands]]
name = "Repair"
role = "topic"
query = 'repair* NEAR/3 (bike OR tent) OR répar* NEAR/3 (vélo* OR tente*) lang:fr'

[[sources]]
name = "Gazette"
kind = "feed"
url = "https://gazette.example/feed"

[[sources]]
name = "Herald"
kind = "feed"
url = "https://herald.example/feed"

[[sources]]
name = "Forum"
kind = "feed"
url = "https://forum.example/feed"

[[people]]
name = "Ana"
email = "ana@example.org"

[[people]]
name = "Bob"
email = "bob@example.org"
hours = {{ quiet = "20:00-08:00" }}

[[channels]]
name = "mail"
kind = "folder"

[[channels]]
name = "chat"
kind = "folder"

[[subscriptions]]
person = "Ana"
channel = "mail"
when = "daily 08:00"

[[subscriptions]]
person = "Bob"
channel = "chat"
when = "at once"
brands = ["Mirabel", "Novalys"]
{more}{when}{hours}
"""
RECALL = (
    "Two people were injured when the Mirabel tent caught fire. The company recalls 12,000 tents "
    "sold since May and asks customers to stop using them at once, its spokeswoman said on Monday."
)
RAPPEL = (
    "Deux personnes ont été blessées par l’incendie d’une tente Mirabel. L’entreprise rappelle "
    "12 000 tentes vendues depuis mai et demande à ses clients de ne plus s’en servir, a annoncé "
    "sa porte-parole."
)


def english() -> list[tuple[str, Post]]:
    return [
        ("Gazette", post("recall", "Mirabel recalls tents after fire", RECALL, kind=PostKind.NEWS)),
        (
            "Herald",
            post("copy", "Mirabel recalls tents after fire", f"{RECALL} Read more on our site",
                 kind=PostKind.NEWS),
        ),
        (
            "Forum",
            post("review", None, "Bought a Mirabel bag. Terrible quality, the strap broke.",
                 kind=PostKind.REVIEW, rating=0.0),
        ),
        (
            "Forum",
            post("praise", None, "I love my new Mirabel tent, great value and easy to pitch!",
                 author=Author(name="Zoe", handle="zoe", followers=120_000),
                 engagement=Engagement(likes=900, shares=40)),
        ),
        (
            "Forum",
            post("answer", None, "Thanks for telling us about your Mirabel bag, we are sorry.",
                 author=Author(name="Mirabel", handle="mirabel")),
        ),
        ("Gazette", post("airport", "Snow closes Mirabel airport near Montreal",
                         "Flights to Mirabel airport were cancelled on Sunday night.")),
        ("Gazette", post("weather", "A mild week ahead", "Sun until Thursday, then rain.")),
        (
            "Gazette",
            post("rival", "Novalys sued over data breach",
                 "Hackers stole the addresses of 40,000 Novalys customers. A lawsuit was filed.",
                 kind=PostKind.NEWS),
        ),
        (
            "Gazette",
            post("old", "Three dead in a fire at Mirabel",
                 "Three people died in the fire at the Mirabel warehouse, and a lawsuit for "
                 "negligence followed.", published=MONDAY - timedelta(days=10)),
        ),
        ("Forum", post("far", "How to repair nearly everything yourself, from lamps to a bike",
                       "A long list of advice for people who like tools.")),
    ]  # fmt: skip


def french() -> list[tuple[str, Post]]:
    return [
        ("Gazette", post("rappel", "Mirabel rappelle des tentes après un incendie", RAPPEL,
                         kind=PostKind.NEWS, language="fr")),
        ("Herald", post("reprise", "Tentes : Mirabel rappelle 12 000 exemplaires", RAPPEL,
                        kind=PostKind.NEWS, language="fr")),
        (
            "Forum",
            post("avis", None, "Sac Mirabel déchiré au bout d’une semaine, service client "
                 "injoignable. À fuir, c’est une arnaque !", kind=PostKind.REVIEW, rating=0.25),
        ),
        ("Forum", post("merci", None, "Merci #MirabelFrance, le vélo est superbe et le magasin "
                       "de Lyon a été très aimable avec nous.")),
        (
            "Forum",
            post("reponse", "Réponse de Mirabel", "Bonjour, nous sommes désolés pour votre sac.",
                 url="https://aide.mirabel.example/42"),
        ),
        ("Gazette", post("tarte", "La tarte aux prunes de Nancy",
                         "La mirabelle n’est pas une mirabel comme les autres : c’est la plus "
                         "petite des prunes, et la meilleure pour une tarte.")),
        ("Gazette", post("sport", "Le marathon de Paris aura lieu dimanche",
                         "Cinquante mille coureurs sont attendus sur les Champs-Élysées.")),
        ("Gazette", post("concurrent", "Novalys ouvre dix magasins",
                         "L’enseigne Novalys recrute deux cents personnes en Bretagne.",
                         language="fr")),
        ("Gazette", post("espagnol", "Mirabel abre su primera tienda en Madrid",
                         "La marca francesa Mirabel abre el jueves su primera tienda en España, en "
                         "el centro de Madrid, con cuarenta empleados.", language="es")),
        ("Forum", post("atelier", "Un atelier pour réparer son vélo soi-même",
                       "Chaque samedi, des bénévoles aident à réparer les vélos du quartier.",
                       language="fr")),
    ]  # fmt: skip


def post(item: str, title: str | None, text: str, **changes: object) -> Post:
    url = changes.pop("url", f"https://news.example/{item}")
    fields: dict[str, object] = {
        "key": f"url:{url}",
        "item": item,
        "url": url,
        "title": title,
        "text": text,
        "published": MONDAY - timedelta(hours=1),
    }
    return Post(**(fields | changes))  # type: ignore[arg-type]


async def publish(room: Newsroom, told: list[tuple[str, Post]]) -> None:
    """Let the world say all this, and people be told of the first half of it."""
    await room.hear_once()
    room.app.composer.compose()  # listening begins
    half = len(told) // 2
    for name, one in told[:half]:
        room.clock.tick(minutes=5)
        await room.pass_over(name, one)
        await room.tell()
    room.clock.tick(hours=20)
    await room.tell()
    for name, one in told[half:]:
        room.clock.tick(minutes=5)
        await room.pass_over(name, one)
    room.mailbox.failures.append(DeliveryError("chat.example: 503 Service Unavailable"))
    await room.tell()
    room.clock.tick(hours=1)


def open_room(folder: Path, store: Store, patch: pytest.MonkeyPatch) -> Newsroom:
    patch.setattr(news, "CONFIG", CONFIG)
    return news.newsroom(folder, store, when="")


def inquiry(room: Newsroom) -> Inquiry:
    rules = read_rules(Content())
    config, store = room.app.config, room.app.store
    return Inquiry(config, store, rules.risk, rules.alerts, room.clock.now())
