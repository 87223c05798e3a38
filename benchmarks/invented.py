"""Makes up what the benchmarks read: brands, queries, and posts in French and English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

MATCHING = 0.05  # of the posts name a brand
FULL = 0.35  # of the posts come with their whole text, others with a summary

# By how often they are met; the tail has what sentiment and risk look for.
WORDS = {
    code: words.split()
    for code, words in {
        "en": """
            the of and to in a is that for it was on with as be by at this from have or an they
            which one were all we when there can more if who about what its new said after time also
            some over people year first two other market company shop customers service price week
            store online team city report product delivery order games bike tent shoes summer winter
            road station museum weather garden phone update release school train open great love
            good easy happy best quick broken late angry terrible awful poor refund delay complaint
            problem recall lawsuit fire injured strike hacked
        """,
        "fr": """
            de la le les et des en un une du que est pour qui dans a par plus pas au sur ne se ce il
            sont avec mais on ou aux cette ses comme nous être fait son elle après même deux aussi
            leur bien où sans tout ans entre depuis encore année première marché entreprise magasin
            clients service prix semaine ville équipe rapport produit livraison commande jeux vélo
            tente chaussures été hiver route gare musée météo jardin téléphone mise école train
            ouvert super adore bon facile heureux rapide cassé retard colère affreux mauvais
            remboursement plainte problème rappel procès incendie blessés grève piratage
        """,
    }.items()
}
SYLLABLES = re.findall(
    r"\w+", "ka lo mi té von dar ba ri tec no sol ve la mar qui zen fo pla rê çon gu sto"
)
WEIGHTS = {
    code: list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    for code, words in WORDS.items()
}
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A post, before somebody publishes it as RSS or Atom."""

    id: str
    url: str
    title: str
    paragraphs: tuple[str, ...]
    language: str
    published: datetime


def brands(amount: int) -> list[str]:
    """Return as many different names of three to six syllables."""
    chance = Random(amount)
    names: dict[str, None] = {}
    while len(names) < amount:
        names[name(chance, 3, 6).capitalize() + "x"] = None  # as no other word ends
    return list(names)


def query(chance: Random, brand: str, words: int = 3) -> str:
    """Return a query for a brand as people write them, `words` words beside its name."""
    others = dict.fromkeys(f"{brand}{name(chance, 2, 3)}" for _ in range(words))
    terms = " OR ".join([f'"{brand}"', *(f"#{other}" for other in others)])
    return f"({terms}) NOT ({chance.choice(WORDS['en'][60:])} championship)"


def item(site: str, number: int, names: Sequence[str]) -> Item:
    """Return a site's post of this number, always the same."""
    chance = Random(f"{site} {number}")
    code = chance.choice(["en", "fr"])
    amount = (
        int(chance.lognormvariate(5.6, 0.6)) if chance.random() < FULL else chance.randint(20, 120)
    )
    paragraphs = [sentence(chance, code, min(left, 60)) for left in range(amount, 0, -60)]
    if chance.random() < MATCHING:
        paragraphs.insert(0, f"{sentence(chance, code, 4)[:-1]} {chance.choice(names)}.")
    return Item(
        id=f"{site}/{number}",
        url=f"https://{site}/{code}/{number}-{name(chance, 2, 4)}.html",
        title=sentence(chance, code, chance.randint(4, 14))[:-1],
        paragraphs=tuple(paragraphs),
        language=code,
        published=START + timedelta(minutes=37 * number + chance.randrange(30)),
    )


def sentence(chance: Random, code: str, length: int) -> str:
    words = chance.choices(WORDS[code], cum_weights=WEIGHTS[code], k=length)
    for place in range(0, length, 7):
        words[place] = name(chance, 1, 4)  # names and rare words
    return " ".join(words).capitalize() + "."


def name(chance: Random, shortest: int, longest: int) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(shortest, longest)))
