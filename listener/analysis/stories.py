"""Recognises the same text on several sites: one story, with its copies listed.

Copies share a key: the fingerprint of the text without what sites put around it, or of the title
without the outlet's name. Whoever asks looks back seven days: what returns later is news again.

It is better to miss a copy than to fold two stories into one. So a short text under a title is no
key (outlets repeat "For subscribers only ..."), nor a title made of a programme's name and a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from listener.analysis.text import fingerprint, words
from listener.model import Mention

LONGEST = 10_000  # characters of a text that are looked at
TEXT_WORDS = 20  # in a text that has a title; without one, what `fingerprint` asks for
TITLE_WORDS = 5
TELLING_WORDS = 4  # of them: long enough, and not among these
# What titles of regular posts are made of: programmes, days, months.
_REGULAR = frozenset(
    word.text
    for word in words(
        """actu actus actualité actualités article best bons briefing daily deal deals direct
        edition édition episode épisode evening infos jour journal journée latest live matin midi
        monthly morning news newsletter numéro photos plans podcast post presse promo promos revue
        roundup semaine soir soldes sommaire thread today update updates video videos week weekend
        weekly monday tuesday wednesday thursday friday saturday sunday january february march april
        june july august september october november december lundi mardi mercredi jeudi vendredi
        samedi dimanche janvier février mars avril juin juillet août septembre octobre novembre
        décembre"""
    )
)

_LAST = 600  # characters at the end of a text in which tails are looked for
_LAYERS = 4  # of them, one under the other
_TAIL = re.compile(
    r"""(?: \b(?:
          The\ post\ .{1,300}?\ (?:first\ appeared|appeared\ first)\ on\ .{1,100}
        | (?:L[’']|Cet\ )article\ .{0,300}?\ est\ apparu\ en\ premier\ sur\ .{1,100}
        | (?:Lire|Voir)\ (?:la\ suite|l[’']article|plus|aussi|également)\b.{0,200}
        | (?:Read|See)\ (?:more|also|the\ (?:full|rest|whole))\b.{0,200}
        | (?:Continue\ reading|En\ savoir\ plus)\b.{0,200}
        | (?:Cet\ )?article\ (?:est\ )?réservé\ .{0,200}
        | (?:Source|Via|Credits?|Crédits?|Copyright)\ ?:.{0,200} )
      | (?:©|\(c\))\ .{0,200}
      | \((?:avec\ |with\ )?(?:AFP|Reuters|AP|Belga|ATS|dpa|PA|ANSA|EFE)\b[^()]{0,60}\)
      | \[?(?:…|\.\.\.)\]? )[\s.»"]*\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_DATELINE = re.compile(r"[^()\n]{0,60}\((?:AFP|Reuters|AP|Belga|ATS|dpa|PA)\)\s*[-–—:]\s*")
_OUTLET = re.compile(r"\s[-–—|·]\s(?:(?!\s[-–—|·]\s).){2,40}\Z")


def keys(title: str | None, text: str) -> tuple[str, ...]:
    """Return what two copies share, at most two keys; posts of a week that share one are copies.

    Empty when there is too little to say: the post is a story of its own.
    """
    bare = _bare(text)
    enough = not title or len(words(bare)) >= TEXT_WORDS
    found = (fingerprint(bare) if enough else None, _headline(title or ""))
    return tuple(key for key in found if key)


def _headline(title: str) -> str | None:
    """Return a title's words without the outlet ("... - Le Monde", "... | BBC"), if telling."""
    said = [word.text for word in words(_OUTLET.sub("", title[:300].strip()))]
    telling = {word for word in said if len(word) >= 4 and word.isalpha()} - _REGULAR
    if len(said) < TITLE_WORDS or len(telling) < TELLING_WORDS:
        return None
    return "title " + " ".join(said)


def _bare(text: str) -> str:
    """Return the text without its dateline and without what sites put under it, layer by layer."""
    text = text[:LONGEST].strip()
    if dateline := _DATELINE.match(text):
        text = text[dateline.end() :]
    for _ in range(_LAYERS):
        if tail := _TAIL.search(text, max(0, len(text) - _LAST)):
            text = text[: tail.start()].rstrip()
    return text


def leads(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return one mention a brand and story: the riskiest, then the first; its copies name the rest.

    In the order in which they were given.
    """
    given = tuple(mentions)
    lead: dict[tuple[str, int], Mention] = {}
    for m in sorted(given, key=lambda m: (-m.risk.score, m.post.published or m.found, m.id)):
        lead.setdefault((m.brand, m.story), m)
    return tuple(m for m in given if lead[m.brand, m.story] is m)
