"""Holds the matcher against a naive evaluator: every pair tried, no index, no automaton.

What the generated texts hold is known from how they are made, so the naive evaluator needs neither
folding nor a tokenizer of ours. LISTENER_EXAMPLES says how many cases to run (300).
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unicodedata import combining

import feedparser
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from listener.analysis.match import Matcher
from listener.analysis.query import QueryError, parse, warnings
from listener.analysis.text import fingerprint, snippet, words
from listener.model import Author, Match, Post, PostKind, Span

EXAMPLES = int(os.environ.get("LISTENER_EXAMPLES", "300"))
thorough = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
FEEDS = Path(__file__).resolve().parents[3] / "shared/data/feeds/dev.tar.xz"

# Pieces of text, as their words: (as written, as compared). Words of a piece follow one another
# with nothing but what stands here.
PIECES: dict[str, list[tuple[str, str]]] = {
    "Décathlon": [("Décathlon", "decathlon")],
    "De\u0301cathlon": [("De\u0301cathlon", "decathlon")],
    "DECATHLON": [("DECATHLON", "decathlon")],
    "d’Décathlon": [("d", "d"), ("Décathlon", "decathlon")],
    "Decathlon's": [("Decathlon", "decathlon"), ("s", "s")],
    "Decathlon™": [("Decathlon", "decathlon")],
    "dé\u00adcathlon": [("dé\u00adcathlon", "decathlon")],
    "decathlonien": [("decathlonien", "decathlonien")],
    "heptathlon": [("heptathlon", "heptathlon")],
    "#decathlon": [("#decathlon", "#decathlon")],
    "#DécathlonFrance": [("#DécathlonFrance", "#decathlonfrance")],
    "@Decathlon": [("@Decathlon", "@decathlon")],
    "@decathlon_fr": [("@decathlon_fr", "@decathlon_fr")],
    "www.decathlon.fr": [
        ("www", "www"), (".", "."), ("decathlon", "decathlon"), (".", "."), ("fr", "fr")
    ],
    "l'Oréal": [("l", "l"), ("Oréal", "oreal")],
    "coca-cola": [("coca", "coca"), ("cola", "cola")],
    "Coca": [("Coca", "coca")],
    "H&M": [("H", "h"), ("&", "&"), ("M", "m")],
    "C++": [("C", "c"), ("+", "+"), ("+", "+")],
    "BT": [("BT", "bt")],
    "bt": [("bt", "bt")],
    "cœur": [("cœur", "coeur")],
    "Straße": [("Straße", "strasse")],
    "ﬁn": [("ﬁn", "fin")],
    "任天堂": [("任", "任"), ("天", "天"), ("堂", "堂")],
    "がか\u3099": [("が", "が"), ("か\u3099", "が")],
    "हिन्दी": [("हिन्दी", "हिन्दी")],
    "👩🏽‍💻": [("👩🏽‍💻", "👩‍💻")],
    "👍🏿": [("👍🏿", "👍")],
    "❤\ufe0f": [("❤\ufe0f", "❤")],
    "🇫🇷": [("🇫🇷", "🇫🇷")],
}  # fmt: skip
GAPS = (" ", "\n", ", ", " – ", "… ", " « ", " (", ") ", "! ", " / ", "\u00a0: ", "\u200b")
# Terms as people write them, and the words they stand for ({X}: exactly so).
TERMS: dict[str, list[str]] = {
    "decathlon": ["decathlon"],
    "Décathlon": ["decathlon"],
    "decathlon*": ["decathlon*"],
    "*thlon": ["*thlon"],
    "d*c?thlon": ["d*c?thlon"],
    "#decathlon": ["#decathlon"],
    "#décathlon*": ["#decathlon*"],
    "@decathlon": ["@decathlon"],
    "@deca*": ["@deca*"],
    "decathlon.fr": ["decathlon", ".", "fr"],
    "L’ORÉAL": ["l", "oreal"],
    '"l oreal"': ["l", "oreal"],
    "coca-cola": ["coca", "cola"],
    '"coca cola coca"': ["coca", "cola", "coca"],
    "“decathlon decathlon”": ["decathlon", "decathlon"],
    "coca": ["coca"],
    "H&M": ["h", "&", "m"],
    "c++": ["c", "+", "+"],
    "c": ["c"],
    "{BT}": ["{BT}"],
    "{Décathlon}": ["{Décathlon}"],
    "{DECA*}": ["{DECA*}"],
    "bt": ["bt"],
    "coeur": ["coeur"],
    "strasse": ["strasse"],
    "FIN": ["fin"],
    "天堂": ["天", "堂"],
    "が": ["が"],
    "हिन्दी": ["हिन्दी"],
    "👩‍💻": ["👩‍💻"],
    "👍": ["👍"],
    "❤": ["❤"],
    "🇫🇷": ["🇫🇷"],
    "absent": ["absent"],
}
FACTS = {
    "site:lemonde.fr": lambda post: (post.url or "").startswith(
        ("https://www.lemonde.fr/", "https://lemonde.fr/")
    ),
    "url:/sport": lambda post: "/sport" in (post.url or ""),
    "lang:fr": lambda post: post.language in ("fr", "fr-CA"),
    "kind:news": lambda post: post.kind == PostKind.NEWS,
    "kind:feed": lambda post: True,
    'source:"Le Monde"': lambda post: True,
    "source:le": lambda post: False,
    "author:@jean": lambda post: bool(post.author and post.author.handle == "Jean@a.example"),
    "author:dupont": lambda post: bool(post.author and post.author.name == "Jean Dupont"),
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A text with its words known: (as written, as compared, start, end)."""

    text: str
    words: tuple[tuple[str, str, int, int], ...]


@st.composite
def texts(draw: st.DrawFn) -> Text:
    pieces = draw(st.lists(st.tuples(st.sampled_from(sorted(PIECES)), st.sampled_from(GAPS))))
    text, found = "", []
    for piece, gap in pieces:
        at = len(text)
        for written, compared in PIECES[piece]:
            at = text.find(written, at) if written in text[at:] else len(text)
            start = at = len(text) + piece.index(written, max(0, at - len(text)))
            found.append((written, compared, start, start + len(written)))
            at += len(written)
        text += piece + gap
    return Text(text, tuple(found))
