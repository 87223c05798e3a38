"""What of a post is its own text and title: without datelines, links, and what sites put around.

It is better to miss a copy than to fold two stories into one. So a short text under a title stands
for nothing (outlets repeat "For subscribers only ..."), nor does a title made of a programme's name
and a date.
"""

from __future__ import annotations

import re

from listener.analysis.folding import fold
from listener.analysis.text import words

LONGEST = 10_000  # characters of a text that are looked at
TEXT_WORDS = 20  # in a text that has a title
BARE_WORDS = 8  # in one without a title, and in a sentence that is compared by itself
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
        | (?:About|À\ propos\ d(?:e\ |[’']))[\w’'\ &-]{1,40}\ ?:.{0,540}
        | (?:Source|Via|Credits?|Crédits?|Copyright)\ ?:.{0,200} )
      | (?:©|\(c\))\ .{0,200}
      | \((?:avec\ |with\ )?(?:AFP|Reuters|AP|Belga|ATS|dpa|PA|ANSA|EFE)\b[^()]{0,60}\)
      | \[?(?:…|\.\.\.)\]? )[\s.»"]*\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_DATELINE = re.compile(r"[^()\n]{0,60}\((?:AFP|Reuters|AP|Belga|ATS|dpa|PA)\)\s*[-–—:]\s*")
_REPOST = re.compile(r"RT @\w{1,40}:?\s+")
_OUTLET = re.compile(r"\s[-–—|·]\s(?:(?!\s[-–—|·]\s).){2,40}\Z")
LINK = re.compile(r"https?://[^\s<>\"»]{4,2000}")


def bare(text: str) -> str:
    """Return the text without links, its dateline and what sites put under it, layer by layer."""
    text = text[:LONGEST].strip()
    if "://" in text:
        text = LINK.sub(" ", text).strip()
    for before in (_REPOST, _DATELINE):
        if found := before.match(text):
            text = text[found.end() :]
    for _ in range(_LAYERS):
        if tail := _TAIL.search(text, max(0, len(text) - _LAST)):
            text = text[: tail.start()].rstrip()
    return text


def headline(title: str | None) -> str | None:
    """Return a title's words without the outlet ("... - Le Monde", "... | BBC"), if telling."""
    if not title:
        return None
    said = [word.text for word in words(_OUTLET.sub("", title[:300].strip()))]
    telling = {word for word in said if len(word) >= 4 and word.isalpha()} - _REGULAR
    if len(said) < TITLE_WORDS or len(telling) < TELLING_WORDS:
        return None
    return " ".join(said)


_SENTENCE = re.compile(r"(?<=[.!?])[\s»\"”]+|\n+")
_WORD = re.compile(r"\w+")


def sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """Cut a text (without tails) into sentences, and these into folded words."""
    folded = fold(text).text
    cut = (tuple(_WORD.findall(part)) for part in _SENTENCE.split(folded))
    return tuple(words for words in cut if words)
