"""What is kept of a post to recognise copies of it, and others that tell of the same event."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

from listener.analysis import story_terms
from listener.analysis.folding import fold
from listener.analysis.story_terms import Term
from listener.analysis.story_text import (
    BARE_WORDS,
    LINK,
    TEXT_WORDS,
    bare,
    breaks_down,
    headline,
    looks_back,
    sentences,
)
from listener.analysis.urls import canonical, is_identity, site

LINKS = 3  # a post that links to more pages is about none of them
SENTENCE_WORDS = 4  # in a sentence that is known again
SENTENCE_KEYS = 32  # by which a post is found; all its sentences are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A post as stories see it; keys are hashes of 64 bits.

    text       of the whole text, without what sites put around it; None when it is too short
    title      of the title without the outlet; None when it tells nothing
    sentences  each that is long enough, with its number of words
    page       the post's own address; `host`: where it is; `links`: those it links to
    about      terms of what was asked for, which all mentions share: the brand's name
    terms      words that tell; `names`, `titled`, `events`: those of them that are names, stand in
               the title, are kinds of what happens
    headed     whether the post has a title
    later      whether it begins by referring to something told before
    """

    text: int | None
    title: int | None
    sentences: Mapping[int, int]
    page: str | None
    host: str | None
    links: tuple[str, ...]
    about: frozenset[str]
    terms: Mapping[str, Term]
    headed: bool
    later: bool
    names: frozenset[str] = field(init=False)
    titled: frozenset[str] = field(init=False)
    events: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        marked: dict[str, Callable[[str, Term], bool]] = {
            "names": lambda _, told: told.name,
            "titled": lambda _, told: told.titled,
            "events": lambda term, _: story_terms.is_event(term),
        }
        for name, holds in marked.items():
            found = frozenset(term for term, told in self.terms.items() if holds(term, told))
            object.__setattr__(self, name, found)  # a frozen class has no other way

    def brands(self) -> set[int]:
        """Return the keys that all stories of what was asked for share."""
        return {term_key(f"@{one}") for one in self.about}

    def keys(self) -> dict[int, float]:
        """Return the keys by which a post that may belong to this one is found, with weights."""
        found = {term_key(term): told.weight for term, told in self.terms.items()}
        found |= dict.fromkeys(self.brands(), 0.0)  # they tell which stories are of the brand
        found |= {_key("page", page): 20.0 for page in (self.page, *self.links) if page}
        found |= dict.fromkeys(sorted(self.sentences)[:SENTENCE_KEYS], 5.0)
        return found | {key: 40.0 for key in (self.text, self.title) if key is not None}


def signature(
    title: str | None, text: str, url: str | None = None, about: Iterable[str] = ()
) -> Signature:
    """Return the signature of a post; `about`: what it was asked for, as the brand's name."""
    links = tuple(dict.fromkeys(_pages(LINK.findall(text[:20_000])))) if "://" in text else ()
    own = bare(text)
    cut = [(said, words, _sentence(words)) for said, words in sentences(own)]
    words = [word for _, words, _ in cut for word in words]
    enough = len(words) >= (TEXT_WORDS if title else BARE_WORDS)
    told = headline(title)
    host = site(url) if url else None
    asked = story_terms.of(about)
    outlet = re.sub(r"\W", "", (host or "").rpartition(".")[0])
    return Signature(
        text=_key("text", " ".join(words)) if enough else None,
        title=_key("title", told) if told else None,
        sentences={key: len(words) for _, words, key in cut if key is not None},
        page=next(_pages([url]), None) if url else None,
        host=host,
        links=links if len(links) <= LINKS else (),
        about=asked,
        terms=story_terms.read(
            title,
            [(said, key) for said, _, key in cut],
            lambda term, word: term in asked or _names(outlet, word),
            broken=breaks_down(title, own),
        ),
        headed=bool(title),
        later=looks_back(title, own),
    )


def _names(outlet: str, word: str) -> bool:
    """Tell whether a word is of the outlet's own name, as its address has it."""
    return len(word) >= 4 and fold(word).text in outlet


def _sentence(words: tuple[str, ...]) -> int | None:
    return _key("sentence", " ".join(words)) if len(words) >= SENTENCE_WORDS else None


def _pages(urls: Iterable[str]) -> Iterator[str]:
    """Yield the addresses that stand for one page, in their canonical form."""
    for url in urls:
        url = url.rstrip(".,;:!?)]}'’…")
        if is_identity(url) and (page := canonical(url)):
            yield page


def _key(kind: str, value: str) -> int:
    digest = blake2b(f"{kind} {value}".encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@lru_cache(maxsize=16384)
def term_key(term: str) -> int:
    return _key("term", term)


def dump(given: Signature) -> str:
    """Write a signature as the store keeps it."""
    places = {key: place for place, key in enumerate(given.sentences)}
    kept = [
        given.text,
        given.title,
        list(given.sentences.items()),
        given.page,
        given.links,
        sorted(given.about),
        [
            (term, t.weight, t.said, t.name, t.titled, t.follows, places.get(t.home or 0))
            for term, t in given.terms.items()
        ],
        given.host,
        given.headed,
        given.later,
    ]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1024)
def load(kept: str) -> Signature:
    """Read what `dump` wrote. A story that grows is read again and again: a few are remembered."""
    text, title, parts, page, links, about, terms, host, headed, later = json.loads(kept)
    keys = [key for key, _ in parts]
    return Signature(
        text=text,
        title=title,
        sentences=dict(parts),
        page=page,
        host=host,
        links=tuple(links),
        about=frozenset(about),
        terms={
            term: Term(weight, said, name, titled, None if home is None else keys[home], follows)
            for term, weight, said, name, titled, follows, home in terms
        },
        headed=headed,
        later=later,
    )
