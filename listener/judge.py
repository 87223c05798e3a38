"""Judges one post for every brand: matched or not, whose it is, how it sounds, how risky it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from listener.analysis import language, risk, sentiment
from listener.analysis.engines import Engines
from listener.analysis.match import Matcher
from listener.analysis.near import about
from listener.analysis.query import Node
from listener.analysis.signals import UNKNOWN, Signals
from listener.analysis.story_signature import Signature, signature
from listener.analysis.urls import site
from listener.config.shape import Brand
from listener.model import Match, Mention, Post, Risk, Sentiment, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A post judged as a mention of one brand."""

    match: Match
    sentiment: Sentiment | None
    risk: Risk
    others: tuple[Span, ...] = ()  # where other brands are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What we think of a post; `own` is the brand whose account wrote it."""

    language: str | None
    verdicts: tuple[Verdict, ...] = ()
    own: str | None = None
    signature: Signature | None = None  # of a mention


def _unknown(_source: str) -> str | None:
    return None


class Judge:
    """Pure: the same post gets the same judgement."""

    def __init__(
        self,
        brands: Sequence[Brand],
        queries: Mapping[str, Node],
        rules: risk.Rules,
        engines: Engines | None = None,
        usual: Callable[[str], str | None] = _unknown,
    ) -> None:
        """Judge with these rules and engines.

        usual  tells a source's usual language; asked when a post's is not plain
        """
        self._brands = {brand.name: brand for brand in brands}
        self._matcher = Matcher(queries)
        self._rules = rules
        self._engines = engines or Engines()
        self._usual = usual
        self._accounts = {
            account.casefold(): brand.name
            for brand in reversed(brands)
            for account in brand.accounts
        }
        self._asks_language = any("lang:" in brand.query for brand in brands)

    def judge(self, post: Post, source: str, kind: str, brands: Collection[str]) -> Judged:
        """Judge `post`, seen at a source of this name and kind, for these brands."""
        return self.judge_all([post], source, kind, brands)[0]

    def judge_all(
        self, posts: Sequence[Post], source: str, kind: str, brands: Collection[str]
    ) -> list[Judged]:
        """Judge several posts of one source: second opinions are asked for together."""
        return self._second(posts, [self._first(post, source, kind, brands) for post in posts])

    def _first(self, post: Post, source: str, kind: str, brands: Collection[str]) -> Judged:
        usual = partial(self._usual, source)
        spoken = _identify(post, (), usual) if self._asks_language else None
        named = self._matcher.match(post, source=source, source_kind=kind, language=spoken)
        own = next(filter(None, map(self._accounts.get, signatures(post))), None)
        matches = tuple(m for m in named if m.brand in brands and not self._answers(own, m.brand))
        if not matches:
            return Judged(language=None, own=own)
        spoken = spoken or _identify(post, [m.brand for m in matches], usual)
        matches = tuple(m for m in matches if self._spoken(m.brand, spoken))
        return Judged(
            language=spoken,
            # also a brand that is not listened for here is somebody else
            verdicts=tuple(self._verdict(post, match, named, spoken) for match in matches),
            own=own,
            signature=_signature(post, matches),
        )

    def _second(self, posts: Sequence[Post], judged: Sequence[Judged]) -> list[Judged]:
        """Put the second opinion in the place of a first one that is unsure, where there is one."""
        asked = [
            (n, at, posts[n], _passage(posts[n], verdict.match, one.language or ""))
            for n, one in enumerate(judged)
            for at, verdict in enumerate(one.verdicts)
            if self._engines.asks(verdict.sentiment, one.language, posts[n].kind)
        ]
        texts, kinds = [text for *_, text in asked], [post.kind for _, _, post, _ in asked]
        found, opinions = list(judged), self._engines.opinions(texts, kinds)
        for (n, at, post, _), said in zip(asked, opinions, strict=False):
            verdicts = list(found[n].verdicts)
            tone = sentiment.settle(said, post.rating, post.kind)
            first, spoken = verdicts[at], found[n].language
            verdicts[at] = self._assessed(post, first.match, spoken, tone, first.others)
            found[n] = replace(found[n], verdicts=tuple(verdicts))
        return found

    def _answers(self, own: str | None, brand: str) -> bool:
        """Our own posts are answers, whoever they name; a competitor's may well mention us."""
        return own is not None and (own == brand or self._brands[own].role == "own")

    def _spoken(self, brand: str, spoken: str | None) -> bool:
        wanted = self._brands[brand].languages
        return not wanted or spoken is None or spoken in wanted

    def _verdict(
        self, post: Post, match: Match, named: Sequence[Match], spoken: str | None
    ) -> Verdict:
        others = self._others(match.brand, match.spans, named)
        tone = sentiment.score(
            post.title,
            post.text,
            match.spans,
            spoken,
            post.kind,
            post.rating,
            ignore=self._names(match.brand, named),
            rivals=others,
            learned=self._engines.learned(spoken, post.kind),
        )
        return self._assessed(post, match, spoken, tone, others)

    def _names(self, brand: str, matches: Sequence[Match]) -> tuple[str, ...]:
        """Return the names in a text that are no words: "Best Buy" praises nobody beside it either.

        A topic's is one, but for the topic itself.
        """
        others = (m.brand for m in matches if self._brands[m.brand].role != "topic")
        return (brand, *(name for name in others if name != brand))

    def _others(
        self, brand: str, spans: Sequence[Span], matches: Sequence[Match]
    ) -> tuple[Span, ...]:
        """Return where other brands are named; a topic is a subject, and no somebody else."""
        return tuple(
            span
            for match in matches
            if match.brand != brand and self._brands[match.brand].role != "topic"
            for span in match.spans
            if span not in spans
        )

    def again(self, mention: Mention, signals: Signals) -> Risk:
        """Assess a mention's risk anew, with what is known of it by now; its tone stays."""
        post, spoken = mention.post, mention.language
        matches = self._matcher.match(post, source=mention.source, language=spoken)
        others = self._others(mention.brand, mention.spans, matches)
        return self._risk(post, mention.spans, spoken, mention.sentiment, others, signals)

    def _assessed(
        self,
        post: Post,
        match: Match,
        spoken: str | None,
        tone: Sentiment | None,
        others: tuple[Span, ...],
    ) -> Verdict:
        assessed = self._risk(post, match.spans, spoken, tone, others, UNKNOWN)
        return Verdict(match=match, sentiment=tone, risk=assessed, others=others)

    def _risk(
        self,
        post: Post,
        spans: Sequence[Span],
        spoken: str | None,
        tone: Sentiment | None,
        others: Sequence[Span],
        signals: Signals,
    ) -> Risk:
        return risk.assess(
            title=post.title,
            text=post.text,
            spans=spans,
            language=spoken,
            sentiment=tone,
            kind=post.kind,
            author=post.author,
            engagement=post.engagement,
            rating=post.rating,
            rules=self._rules,
            others=others,
            signals=signals,
        )


def _signature(post: Post, matches: Sequence[Match]) -> Signature | None:
    """Sign a mention; the words that made it one say nothing: all mentions share them."""
    if not matches:
        return None
    given = {"title": post.title or "", "text": post.text}
    asked = [given[span.field][span.start : span.end] for m in matches for span in m.spans]
    asked += [match.brand for match in matches]
    return signature(post.title, post.text, post.url, about=asked)


def _passage(post: Post, match: Match, spoken: str) -> str:
    """Return what of a post is about a brand."""
    told = about(post.title, post.text, match.spans, (), spoken, post.kind, (match.brand,))
    return told.text


def _identify(post: Post, names: Sequence[str], usual: Callable[[], str | None]) -> str | None:
    text = f"{post.title or ''}\n{post.text}"
    return language.identify(text, declared=post.language, ignore=names, otherwise=usual)


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
