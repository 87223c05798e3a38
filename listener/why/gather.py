"""Gathers all there is to say of one post, for every brand. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from listener.analysis import language, risk
from listener.analysis.engines import Engines
from listener.analysis.match import Matcher
from listener.config import Config
from listener.config.shape import Brand
from listener.judge import Judge, Verdict
from listener.model import Level, Match, Mention, Post
from listener.rules import Rule
from listener.store import Store
from listener.store.rows import at
from listener.store.search import Kept
from listener.why.judging import Found, account, rule_why, tongue
from listener.why.matching import failures, places, there
from listener.why.model import BrandWhy, Judgement, RuleWhy, Sighting, Status, Why
from listener.why.story import story_of
from listener.why.telling import Tellings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A post as the query saw it, and the brands that are listened for where it was seen."""

    post: Post
    spoken: str | None
    source: str = ""
    source_kind: str = ""
    listened: Collection[str]


class Inquiry:
    """Asks the configuration as it is now, and the store for what happened."""

    def __init__(
        self,
        config: Config,
        store: Store,
        vocabularies: risk.Rules,
        rules: Mapping[str, Rule],
        now: datetime,
        engines: Engines | None = None,
    ) -> None:
        """Ask on behalf of the program as it is at `now`; `engines` judge a text."""
        self._config = config
        self._store = store
        self._brands = {brand.name: brand for brand in config.tables.brands}
        self._matcher = Matcher(config.queries)
        self._judge = Judge(config.tables.brands, config.queries, vocabularies, engines)
        self._rules = rules
        self._tellings = Tellings(config=config, store=store, now=now)
        self._now = now

    def text(self, text: str) -> Why:
        """Judge a text as if it had just been published, and nothing else was known of it."""
        post = Post(key="text", item="text", text=text)
        asked = _Asked(post=post, spoken=self._identify(post), listened=self._brands)
        judged = self._judge.judge(post, "", "", tuple(self._brands))
        verdicts = {verdict.match.brand: verdict for verdict in judged.verdicts}
        would = {name: self._would(verdict, post) for name, verdict in verdicts.items()}
        return Why(
            stored=False,
            post=post,
            seen=(),
            language=tongue(asked.spoken, None),
            story=None,
            brands=self._for_brands(asked, {}, would),
        )

    def post(self, kept: Kept) -> Why:
        """Tell what was made of a post of the archive."""
        mentions = {m.brand: m for m in self._mentions(kept)}
        post, first = kept.post, next(iter(mentions.values()), None)
        spoken = first.language if first else self._identify(post)
        seen = self._seen(kept)
        sources = {s.name: s for s in self._config.tables.sources}
        heard = [sources[s.source] for s in seen if s.source in sources]
        asked = _Asked(
            post=post,
            spoken=spoken,
            source=kept.source,
            source_kind=kept.source_kind,
            listened={brand for source in heard for brand in self._config.brands_of(source)},
        )
        judged = {name: self._judged(mention) for name, mention in mentions.items()}
        return Why(
            stored=True,
            post=post,
            seen=seen,
            language=tongue(spoken, post.language),
            story=story_of(self._store, kept.id, self._now),
            brands=self._for_brands(asked, mentions, judged),
        )

    def _identify(self, post: Post) -> str | None:
        text = f"{post.title or ''}\n{post.text}"
        return language.identify(text, declared=post.language, ignore=tuple(self._brands))

    def _mentions(self, kept: Kept) -> tuple[Mention, ...]:
        """Return what it is a mention of, among the brands that are listened for still."""
        rows = self._store.rows("SELECT id FROM mentions WHERE post = ? ORDER BY id", (kept.id,))
        found = self._store.mentions.by_ids(row["id"] for row in rows)
        return tuple(mention for mention in found if mention.brand in self._brands)

    def _seen(self, kept: Kept) -> tuple[Sighting, ...]:
        rows = self._store.rows(
            "SELECT source, seen FROM sightings WHERE post = ? ORDER BY seen, source", (kept.id,)
        )
        return tuple(Sighting(source=row["source"], seen=at(row["seen"])) for row in rows)

    def _for_brands(
        self,
        asked: _Asked,
        mentions: Mapping[str, Mention],
        judgements: Mapping[str, Judgement],
    ) -> tuple[BrandWhy, ...]:
        """Tell for every brand, those it is a mention of first."""
        matches = {match.brand: match for match in self._match(asked)}
        whys = [
            self._brand(brand, asked, mentions.get(name), matches.get(name), judgements.get(name))
            for name, brand in self._brands.items()
        ]
        return tuple(sorted(whys, key=lambda why: why.status != "mention"))

    def _match(self, asked: _Asked) -> tuple[Match, ...]:
        return self._matcher.match(
            asked.post,
            source=asked.source,
            source_kind=asked.source_kind,
            language=asked.spoken,
        )

    def _brand(
        self,
        brand: Brand,
        asked: _Asked,
        mention: Mention | None,
        match: Match | None,
        judgement: Judgement | None,
    ) -> BrandWhy:
        clauses = self._matcher.explain(
            brand.name,
            asked.post,
            source=asked.source,
            source_kind=asked.source_kind,
            language=asked.spoken,
        )
        status = self._status(brand, asked, match, judgement)
        told = mention or match
        return BrandWhy(
            brand=brand.name,
            role=brand.role,
            query=" ".join(brand.query.split()),
            status=status,
            clause=told.clause if told else None,
            changed=mention is not None and match is None,
            account=account(self._brands, asked.post, brand.name) if status == "own" else None,
            places=places(asked.post, told.spans if told else there(clauses)),
            failures=failures(asked.post, clauses) if match is None else (),
            clauses=clauses,
            languages=brand.languages,
            judgement=judgement,
        )

    def _status(
        self, brand: Brand, asked: _Asked, match: Match | None, judgement: Judgement | None
    ) -> Status:
        if judgement:
            return "mention"
        if match is None:
            return "no match"
        if account(self._brands, asked.post, brand.name):
            return "own"
        if brand.languages and asked.spoken and asked.spoken not in brand.languages:
            return "language"
        return "not searched" if brand.name in asked.listened else "not listened"

    def _judged(self, mention: Mention) -> Judgement:
        scores = self._store.rows(
            "SELECT at, risk, level FROM scores WHERE mention = ? ORDER BY id", (mention.id,)
        )
        found = Found(
            post=mention.post,
            role=self._brands[mention.brand].role,
            risk=scores[0]["risk"],
            at=mention.found,
            first_pass=mention.first_pass,
        )
        return Judgement(
            found=mention.found,
            source=mention.source,
            first_pass=mention.first_pass,
            sentiment=mention.sentiment,
            risk=mention.risk,
            scored=at(scores[-1]["at"]),
            edited=mention.edited is not None,
            edited_at=mention.edited,
            rules=self._rules_of(found, mention, scores[0]["level"] == Level.CRITICAL),
            told=self._tellings.of(mention),
        )

    def _rules_of(self, found: Found, mention: Mention, critical: bool) -> tuple[RuleWhy, ...]:
        rows = self._store.rows(
            "SELECT rule, mention, at FROM alerts WHERE brand = ? AND (mention = ?"
            " OR (story = ? AND critical >= ?)) ORDER BY id DESC",  # the first counts
            (mention.brand, mention.id, mention.story, critical),
        )
        raised = {row["rule"]: at(row["at"]) for row in rows if row["mention"] == mention.id}
        told = {row["rule"]: at(row["at"]) for row in rows if row["mention"] != mention.id}
        return tuple(
            rule_why(name, rule, found, raised.get(name), told.get(name))
            for name, rule in self._rules.items()
        )

    def _would(self, verdict: Verdict, post: Post) -> Judgement:
        brand = verdict.match.brand
        found = Found(
            post=post,
            role=self._brands[brand].role,
            risk=verdict.risk.score,
            at=self._now,
            first_pass=False,
            published=False,
        )
        rules = tuple(rule_why(name, rule, found, None, None) for name, rule in self._rules.items())
        urgent = verdict.risk.level is Level.CRITICAL
        alert = any(rule.outcome == "raised" for rule in rules)
        return Judgement(
            found=None,
            source=None,
            first_pass=False,
            sentiment=verdict.sentiment,
            risk=verdict.risk,
            scored=None,
            edited=False,
            edited_at=None,
            rules=rules,
            told=self._tellings.would(brand, alert=alert, urgent=urgent),
        )
