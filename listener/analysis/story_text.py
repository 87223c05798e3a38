"""What of a post is its own text and title: without datelines, links, and what sites put around.

It is better to miss a copy than to fold two stories into one. So a short text under a title stands
for nothing (outlets repeat "For subscribers only ..."), nor does a title made of a programme's name
and a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_DATELINE = re.compile(
    r"[^()\n]{0,60}\((?:AFP|Reuters|AP|Belga|ATS|dpa|PA)\)\s*[-–—:.]\s*"
    # Another agency, after a place in capitals: "RENNES, 2 mars (ALP) - "
    r"|[A-ZÀ-Þ][A-ZÀ-Þ.’' -]{2,40}(?:, [^()\n]{1,30})? \([^()\n]{2,40}\)\s*[-–—:.]\s*"
)
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


# What refers to something told before: "two days after", "le lendemain", "day three of".
_BACK = re.compile(
    r"""\b(?: (?:hours?|days?|weeks?|months?)\ (?:after|later|on\b)
      | day\ (?:two|three|four|five|[2-9]) | (?:second|third|fourth)\ day
      | in\ the\ wake\ of | yesterday | since\ (?:the|last) | last\ (?:week|month)[’']s
      | (?:une?|deux|trois|quatre|cinq|quelques|\d+)\ (?:heures?|jours?|semaines?)
          \ (?:après|plus\ tard)
      | (?:deuxième|troisième|quatrième)\ jour | lendemain | la\ veille | hier\b
      | (?:après|depuis)\ (?:les?\b|la\b|l[’']) | à\ la\ suite | suite\ (?:à|aux?)\b )""",
    re.VERBOSE,
)
# "The app is down", "plus de réseau": no word of it tells by itself that something broke down.
_DOWN = re.compile(
    r"""\b(?: (?:is|are|was|were|been|app|site|website|network|still|completely|totally|all)
          \ (?:down|dead)\b (?!\ (?:by|to|from|a|the|for|on|\d))
      | down\ in\b | down[?:!] | (?:no|zero)\ (?:signal|service|network|internet)\b
      | not\ (?:working|loading)\b | plus\ (?:rien|de\ réseau|d[’']internet)\b
      | ne\ (?:marche|fonctionne|répond)\w*\ (?:plus|pas)\b | pas\ de\ réseau\b
      | en\ rade\b | hors\ service\b )""",
    re.VERBOSE,
)
_LOOK = 400  # characters in which these are looked for
# Without one of these in a text the patterns, which take longer, need not be tried.
_BACK_HINTS = (
    "after", "later", "day", "week", "month", "hour", "wake", "since", "après", "tard", "jour",
    "lendemain", "veille", "hier", "depuis", "suite",
)  # fmt: skip
_DOWN_HINTS = (
    "down", "dead", "working", "loading", "zero ", "no s", "no n", "no i", "plus ", "marche",
    "fonctionne", "répond", "réseau", "en rade", "hors service",
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?])[\s»\"”]+|\n+")
_WORD = re.compile(r"\w+")


def looks_back(title: str | None, text: str) -> bool:
    """Tell whether a post begins by referring to something that was told before."""
    return _says(_BACK, _BACK_HINTS, title, text)


def breaks_down(title: str | None, text: str) -> bool:
    """Tell whether a post says in common words that something does not work."""
    return _says(_DOWN, _DOWN_HINTS, title, text)


def _says(pattern: re.Pattern[str], hints: Iterable[str], title: str | None, text: str) -> bool:
    start = f"{title or ''}. {text[:_LOOK]}".lower()
    return any(hint in start for hint in hints) and pattern.search(start) is not None


def sentences(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Cut a text (without tails) into sentences: each as written, and its folded words."""
    cut = ((part, tuple(_WORD.findall(fold(part).text))) for part in _SENTENCE.split(text))
    return tuple((part, words) for part, words in cut if words)
