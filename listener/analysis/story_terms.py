"""The words by which two texts about one event know each other: of titles, names, numbers.

A term is a folded word without its ending, so that "recalls" and "recalled" meet; weights say how
much it tells. Words of any text (and, days and months, agencies) are left out, and so are those of
`ignore`: the brand, which all its mentions share.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from listener.analysis import story_kinds
from listener.analysis.folding import fold

MOST = 48  # terms of a post; those of the title, names and numbers come first
_LEAD = 1200  # characters of the text that are read
_LEAD_WORDS = 60  # of these, every word; then only names and numbers
_NAME_WORDS = 120
_TITLE, _NAME, _NUMBER, _PLAIN = 2.0, 2.0, 2.0, 1.0  # weights
_STEM = 6  # letters of a term

_COMMON = """
    a about after again against ago all almost also am an and another any anyone are around as at
    away back be because been before began behind being below better between big both but by call
    called can come comes could day days did do does doing done down each early else end enough even
    ever every everyone few find first following for found from full further gave get gets getting
    give given go goes going gone good got great had half has have having he help her here hers him
    his how i if in including inside into is it its itself just keep kept know known last late later
    latest least left less let like likely little long look made make makes making many may me might
    mine month months more most much must my near need never new news next no not nothing now of off
    often ok old on once one only onto or other others our ours out outside over own part people per
    place put read really right said same say says see seen set several shall she should show shows
    since so some someone soon still such take taken takes tell than that the their them then there
    these they thing things this those though through time times to today together told tomorrow
    tonight too took top toward two three four five six seven eight nine ten under until up upon us
    use used using very via want wants was way we week weeks well went were what when where which
    while who whole whom whose why will with within without would year years yesterday yet you your
    yours hundred thousand million billion percent thousands hundreds millions company companies
    group firm announce announced announces according spokesman spokesperson spokeswoman statement
    monday tuesday wednesday thursday friday saturday sunday january february march april june july
    august september october november december morning afternoon evening night customer customers
    store stores article source link euro euros pound pounds dollar dollars reuters afp belga

    able across add added adds allow allowed already always answer area areas ask asked asks
    available average based become bring brings brought build builds built business buy buying
    bought case cause caused chain change changed changes city claim claims clear close come
    confirm confirmed
    continue continues cost costs country couple decide decided decision double easy everything
    expect expected expects face far feel feels felt free friend friends full future general giant
    happen happened hard hear heard help helped helps high hold home hope hopes hour hours house
    huge idea important include includes industry issue issues job large leader live local lost lot
    low maker makers man manager market maybe mean means meet member members minister minute
    minutes mistake move national number numbers offer offered offers office online order orders
    pay people person plan planned plans please point possible power president prevent problem
    problems product products public question questions quite range rate reach ready reason receive
    received region rest result retailer return returned review run running seem seems sell sells
    sense sent serious service services side simple situation six small sold something sort speak
    spend start started starting starts state stay stop stopped story street support sure system
    talk talks team tell tells test thank thanks third thought told total town try trying turn type
    understand used user users usual visit wait waiting woman women word words work worked working
    world write wrong young begin begins receipt needed guys lol omg wow really honestly
    actually literally absolutely definitely seriously totally apparently probably sorry

    acheter achat achats acheté aider ajoute ajouter aller allez ami amis arrivé arrive arriver
    assez assure attendre attend attente attention beaucoup besoin cas cause certaine chaîne choix
    chose choses cliente clientes clientèle coup cours coûte dans date demande demander demandé
    devait devant devient devrait direct direction directeur doit doivent donne donner droit effet
    également équipe erreur essayer estime étude évidemment exemple fabricant façon facile famille
    femme femmes fois force forme France français française françaises gens grand grande grandes
    grands gratuit groupes homme hommes important information jamais jeune jeunes journée juste
    libre lieu ligne local locale loin long longue maintenant maison manière marché membre membres
    merci minutes moment monde montant mot moyen national nationale niveau nom nombre nombreux
    normal nouveauté objet offre ouvert pareil parle parler part partie partir passer passé payer
    pays penser pense personne personnes petit petite petits place plein point porte porter possible
    préférer présent président pris problème problèmes produit produits projet proposer propose
    public qualité question raison rapporter rapport recevoir reçu rendre rendu responsable reste
    rester retour rue savoir sens service services seul seule simple situation sorte sortie suite
    suivre sujet sûr système tant téléphone temps tenir test tient toujours tour travail travailler
    travers trouve trouver trouvé type utiliser vendre vendu vendus vendue vendues vente venir vient
    vie ville vivre voir vrai vraie vue zone franchement clairement carrément évidemment ptdr mdr

    au aux avec avait avaient avoir ayant ai ainsi alors après aucun aucune aussi autre autres avant
    bien bon bonne car ce ceci cela celle celles celui cent certains ces cet cette ceux chacun
    chaque chez ci comme comment contre dans début déjà depuis dernier dernière des deux dire dit
    dont donc du elle elles en encore enfin ensuite entre envers est et étaient était étant été être
    eu eux faire fait faut fin font hier ici il ils je jour jours jusqu la le les leur leurs lors
    lorsque lui ma mais même mes mettre mieux milliard milliards millions mille mis mois moins mon
    ne ni non nos notre nous nouveau nouveaux nouvel nouvelle nouvelles ont ou oui par parce parmi
    pas pendant peu peut peuvent plus plusieurs plutôt pour pourquoi pourrait pourraient près
    premier première premiers prochain prochaine puis qu quand quatre que quel quelle quelles
    quelque quelques quels qui quoi sa sans se selon sera serait seront ses seulement si sont sous
    soit son sur ta te tous tout toute toutes très trois trop tu un une va vers voici voilà vont vos
    votre vraiment semaine semaines ans année années heure heures matin soir midi nuit aujourd hui
    demain cinq huit neuf dix vingt trente entreprise groupe société annonce annoncer annoncé
    indiqué affirme précise explique lundi mardi mercredi jeudi vendredi samedi dimanche janvier
    février mars avril mai juin juillet août septembre octobre novembre décembre marque client
    clients magasin magasins lien
"""
_STOP = frozenset(fold(_COMMON).text.split())
_WORD = re.compile(r"[^\W\d_]+")
_OPENING = re.compile(r"[.!?:\n«\"“][\s«\"“]*\Z")
_ENDING = re.compile(r"(?:ing|ed|es|s|x|e)\Z")
_NUMBER_FORM = re.compile(r"\d{1,3}(?:[.,\u202f\u00a0 ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`weights` by term; `said` is a term as this post wrote it; `names` are terms that are names.

    A number is a term of its digits.
    """

    weights: dict[str, float]
    said: dict[str, str]
    names: frozenset[str]


@lru_cache(maxsize=16384)
def term(word: str) -> str | None:
    """Return the term of a word; None when it is a word of any text, or too short to tell."""
    folded = fold(word).text
    if len(folded) < 3 or folded in _STOP:
        return None
    stem = _stem(folded)
    return _KINDS.get(folded, stem)


def _stem(folded: str) -> str:
    stem = _ENDING.sub("", folded)
    return (stem if len(stem) >= 4 else folded)[:_STEM]


_KINDS = {
    fold(word).text: f"={kind}" for kind, words in story_kinds.lines().items() for word in words
}


def of(texts: Iterable[str]) -> frozenset[str]:
    """Return the terms of these texts."""
    return frozenset(filter(None, map(term, _WORD.findall(" ".join(texts)))))


def read(title: str | None, text: str, ignore: Collection[str]) -> Terms:
    """Return the terms of a post; `text` without datelines and links, `ignore` are terms."""
    weights: dict[str, float] = {}
    said: dict[str, str] = {}
    names: set[str] = set()

    def note(word: str, weight: float) -> str | None:
        found = term(word)
        if found is None or found in ignore:
            return None
        if weight > weights.get(found, 0.0):
            weights[found], said[found] = weight, word
        return found

    title = (title or "")[:300]
    for word, name in _title(title):
        if (found := note(word, _TITLE)) and name:
            names.add(found)
    body = text[:_LEAD]
    for number in numbers(f"{title} {body}"):
        weights[number], said[number] = _NUMBER if len(number) > 2 else _PLAIN, number
    for place, (word, name) in enumerate(_body(body)):
        if name:
            if found := note(word, _NAME):
                names.add(found)
        elif place < _LEAD_WORDS:
            note(word, _PLAIN if title else _TITLE)
    kept = sorted(weights, key=lambda one: -weights[one])[:MOST]
    return Terms(
        weights={one: weights[one] for one in kept},
        said={one: said[one] for one in kept},
        names=frozenset(names.intersection(kept)),
    )


def _title(title: str) -> list[tuple[str, bool]]:
    """Return the words of a title, and which are names; Where All Words Are Capital, none is."""
    found = _WORD.findall(title)
    capitals = sum(word[0].isupper() for word in found)
    shown = 2 * capitals <= len(found)
    return [(word, shown and place > 0 and word[0].isupper()) for place, word in enumerate(found)]


def _body(text: str) -> list[tuple[str, bool]]:
    """Return the first words of a text, and which are names: capital, and open no sentence."""
    found = []
    for place, match in enumerate(_WORD.finditer(text)):
        if place >= _NAME_WORDS:
            break
        word, start = match.group(), match.start()
        capital = place > 0 and word[0].isupper()
        opens = capital and _OPENING.search(text, max(0, start - 3), start)
        found.append((word, capital and not opens))
    return found


def numbers(text: str) -> set[str]:
    """Return the numbers of a text in one form ("9.500", "9 500" and "9,500" are one); no years."""
    found = set()
    for match in _NUMBER_FORM.finditer(text):
        number = match.group()
        grouped = re.sub(r"[.,\u202f\u00a0 ](?=\d{3}(?!\d))", "", number).replace(",", ".")
        if len(grouped.replace(".", "")) >= 2 and not _YEAR.fullmatch(grouped):
            found.add(grouped)
    return found
