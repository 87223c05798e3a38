"""What is kept of a post to recognise copies of it, and others that tell of the same event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from listener.analysis import story_terms
from listener.analysis.story_text import (
    BARE_WORDS,
    LINK,
    TEXT_WORDS,
    bare,
    headline,
    sentences,
)
from listener.analysis.urls import canonical, is_identity

LINKS = 3  # a post that links to more pages is about none of them
SENTENCE_KEYS = 32  # by which a post is found; all its sentences are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A post as stories see it; keys are hashes of 64 bits.

    text       of the whole text, without what sites put around it; None when it is too short
    title      of the title without the outlet; None when it tells nothing
    sentences  each that is long enough, with its number of words
    page       the post's own address; `links`: those it links to
    about      terms of what was asked for, which all mentions share: the brand's name
    terms      words that tell, with weights; `said`: as written; `names`: those that are names
    """

    text: int | None
    title: int | None
    sentences: Mapping[int, int]
    page: str | None
    links: tuple[str, ...]
    about: frozenset[str]
    terms: Mapping[str, float]
    said: Mapping[str, str]
    names: frozenset[str]

    def keys(self) -> dict[int, float]:
        """Return the keys by which a post that may belong to this one is found, with weights."""
        found = {term_key(term): weight for term, weight in self.terms.items()}
        found |= {_key("page", page): 20.0 for page in (self.page, *self.links) if page}
        found |= dict.fromkeys(sorted(self.sentences)[:SENTENCE_KEYS], 5.0)
        return found | {key: 40.0 for key in (self.text, self.title) if key is not None}


def signature(
    title: str | None, text: str, url: str | None = None, about: Iterable[str] = ()
) -> Signature:
    """Return the signature of a post; `about`: what it was asked for, as the brand's name."""
    links = tuple(dict.fromkeys(_pages(LINK.findall(text[:20_000])))) if "://" in text else ()
    own = bare(text)
    cut = sentences(own)
    said = [word for sentence in cut for word in sentence]
    enough = len(said) >= (TEXT_WORDS if title else BARE_WORDS)
    told = headline(title)
    asked = story_terms.of(about)
    terms = story_terms.read(title, own, asked)
    return Signature(
        text=_key("text", " ".join(said)) if enough else None,
        title=_key("title", told) if told else None,
        sentences={
            _key("sentence", " ".join(words)): len(words)
            for words in cut
            if len(words) >= BARE_WORDS
        },
        page=next(_pages([url]), None) if url else None,
        links=links if len(links) <= LINKS else (),
        about=asked,
        terms=terms.weights,
        said=terms.said,
        names=terms.names,
    )


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
    return json.dumps(
        [
            given.text,
            given.title,
            list(given.sentences.items()),
            given.page,
            given.links,
            sorted(given.about),
            [(t, w, given.said[t], t in given.names) for t, w in given.terms.items()],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


@lru_cache(maxsize=1024)
def load(kept: str) -> Signature:
    """Read what `dump` wrote. A story that grows is read again and again: a few are remembered."""
    text, title, parts, page, links, about, terms = json.loads(kept)
    return Signature(
        text=text,
        title=title,
        sentences=dict(parts),
        page=page,
        links=tuple(links),
        about=frozenset(about),
        terms={term: weight for term, weight, _, _ in terms},
        said={term: said for term, _, said, _ in terms},
        names=frozenset(term for term, _, _, name in terms if name),
    )
