"""Judges one post for every brand: matched or not, whose it is, how it sounds, how risky it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from listener.analysis import language, risk, sentiment
from listener.analysis.match import Matcher
from listener.analysis.query import Node
from listener.analysis.story_signature import Signature, signature
from listener.analysis.urls import site
from listener.config.shape import Brand
from listener.model import Match, Post, Risk, Sentiment


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A post judged as a mention of one brand."""

    match: Match
    sentiment: Sentiment | None
    risk: Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What we think of a post; `own` is the brand whose account wrote it."""

    language: str | None
    verdicts: tuple[Verdict, ...] = ()
    own: str | None = None
    signature: Signature | None = None  # of a mention


class Judge:
    """Pure: the same post gets the same judgement."""

    def __init__(
        self, brands: Sequence[Brand], queries: Mapping[str, Node], rules: risk.Rules
    ) -> None:
        self._brands = {brand.name: brand for brand in brands}
        self._matcher = Matcher(queries)
        self._rules = rules
        self._accounts = {
            account.casefold(): brand.name
            for brand in reversed(brands)
            for account in brand.accounts
        }
        self._asks_language = any("lang:" in brand.query for brand in brands)

    def judge(self, post: Post, source: str, kind: str, brands: Collection[str]) -> Judged:
        """Judge `post`, seen at a source of this name and kind, for these brands."""
        spoken = _identify(post, ()) if self._asks_language else None
        matches = self._matcher.match(post, source=source, source_kind=kind, language=spoken)
        own = next(filter(None, map(self._accounts.get, signatures(post))), None)
        matches = tuple(m for m in matches if m.brand in brands and not self._answers(own, m.brand))
        if not matches:
            return Judged(language=None, own=own)
        spoken = spoken or _identify(post, [m.brand for m in matches])
        matches = tuple(m for m in matches if self._spoken(m.brand, spoken))
        return Judged(
            language=spoken,
            verdicts=tuple(self._verdict(post, match, matches, spoken) for match in matches),
            own=own,
            signature=_signature(post, matches),
        )

    def _answers(self, own: str | None, brand: str) -> bool:
        """Our own posts are answers, whoever they name; a competitor's may well mention us."""
        return own is not None and (own == brand or self._brands[own].role == "own")

    def _spoken(self, brand: str, spoken: str | None) -> bool:
        wanted = self._brands[brand].languages
        return not wanted or spoken is None or spoken in wanted

    def _verdict(
        self, post: Post, match: Match, matches: Sequence[Match], spoken: str | None
    ) -> Verdict:
        others = [m for m in matches if m.brand != match.brand]
        tone = sentiment.score(
            post.title,
            post.text,
            match.spans,
            spoken,
            post.kind,
            post.rating,
            ignore=(match.brand,),  # "Best Buy" praises nobody
            rivals=[span for m in others for span in m.spans if span not in match.spans],
        )
        assessed = risk.assess(
            title=post.title,
            text=post.text,
            spans=match.spans,
            language=spoken,
            sentiment=tone,
            kind=post.kind,
            author=post.author,
            engagement=post.engagement,
            rating=post.rating,
            rules=self._rules,
        )
        return Verdict(match=match, sentiment=tone, risk=assessed)


def _signature(post: Post, matches: Sequence[Match]) -> Signature | None:
    """Sign a mention; the words that made it one say nothing: all mentions share them."""
    if not matches:
        return None
    given = {"title": post.title or "", "text": post.text}
    asked = [given[span.field][span.start : span.end] for m in matches for span in m.spans]
    asked += [match.brand for match in matches]
    return signature(post.title, post.text, post.url, about=asked)


def _identify(post: Post, names: Sequence[str]) -> str | None:
    text = f"{post.title or ''}\n{post.text}"
    return language.identify(text, declared=post.language, ignore=names)


def signatures(post: Post) -> Iterator[str]:
    """Yield what an account in the configuration would be, had it written this post.

    "@handle" of the author, then the site it is on and the domains above it.
    """
    if post.author is not None and post.author.handle:
        yield f"@{post.author.handle.casefold().removeprefix('@')}"
    host = site(post.url) if post.url else None
    while host:
        yield host
        host = host.partition(".")[2]


def is_own(brand: Brand, post: Post) -> bool:
    """Tell whether one of the brand's accounts wrote the post: by handle, or on its own site."""
    return not {a.casefold() for a in brand.accounts}.isdisjoint(signatures(post))
