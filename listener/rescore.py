"""Judges the archive again with the present engines and rules: nobody is told, nothing is lost.

Older judgements are kept, as with an edit. A page at a time, each in one short transaction: the
daemon may go on. Safe to kill: the next run with the same engines goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from listener import __version__
from listener.analysis.near import ENGINES
from listener.analysis.sentiment import engine
from listener.config import Config
from listener.judge import Judge, Judged, Verdict
from listener.model import PERSON, Mention, Sentiment
from listener.store import Store, rescoring
from listener.store.rescoring import Rescored, Scope, Scored

PAGE = 200


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What judging again came to.

    changed   mentions with another sentiment, risk or language, or other words in evidence
    kept      mentions that are left as they were: the brand or its query no longer finds them
    labels    "neutral -> negative": how many
    levels    the same of risk
    """

    judged: int = 0
    changed: int = 0
    kept: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)

    def add(self, found: Sequence[Rescored]) -> None:
        for one in found:
            old, new = one.old.mention, one.new
            before, after = (m.sentiment.label if m.sentiment else "unknown" for m in (old, new))
            if before != after:
                self.labels[f"{before} -> {after}"] += 1
            if old.risk.level != new.risk.level:
                self.levels[f"{old.risk.level} -> {new.risk.level}"] += 1


class Rescorer:
    """Judges mentions of the archive again."""

    def __init__(self, store: Store, judge: Judge, config: Config, folders: Sequence[Path]) -> None:
        """Prepare; what lies in `folders` decides judgements, beside the configuration itself."""
        self._store = store
        self._judge = judge
        self._sources = {source.name: source for source in config.tables.sources}
        self._brands = {name: config.brands_of(s) for name, s in self._sources.items()}
        self._every = tuple(brand.name for brand in config.tables.brands)
        self._present = _fingerprint([config.path, *folders])

    def start(self, scope: Scope, *, dry_run: bool = False) -> int:
        """Return after which mention to begin: where an interrupted run stopped, else 0."""
        return 0 if dry_run else rescoring.place(self._store, self._job(scope))

    def remaining(self, scope: Scope, after: int) -> int:
        return rescoring.count(self._store, scope, after)

    def run(
        self,
        scope: Scope,
        now: datetime,
        *,
        dry_run: bool = False,
        told: Callable[[int], None] = lambda _: None,
    ) -> Outcome:
        """Judge again; `told` hears after each page of how many mentions it was."""
        outcome, job = Outcome(), self._job(scope)
        after = self.start(scope, dry_run=dry_run)
        while page := rescoring.page(self._store, scope, after, PAGE, now):
            after = page[-1].mention.id
            found = list(self._judged(page, now))
            changed = [one for one in found if one.changed]
            outcome.judged += len(page)
            outcome.kept += len(page) - len(found)
            outcome.add(changed)
            if dry_run:
                outcome.changed += len(changed)
            else:
                with self._store.transaction():
                    written = rescoring.renew(self._store, changed, int(now.timestamp()))
                    rescoring.keep_place(self._store, job, after)
                outcome.changed += written
            told(len(page))
        if not dry_run:
            rescoring.keep_place(self._store, job, None)
        return outcome

    def _judged(self, page: Sequence[Scored], now: datetime) -> Iterator[Rescored]:
        by_source: defaultdict[str, list[Scored]] = defaultdict(list)
        for one in page:
            by_source[one.mention.source].append(one)
        for source, scored in by_source.items():
            judged = self._posts(source, scored)
            for one in scored:
                found, brand = judged[one.post_id], one.mention.brand
                verdict = next((v for v in found.verdicts if v.match.brand == brand), None)
                if verdict is not None:
                    new = replace(
                        one.mention,
                        spans=verdict.match.spans,
                        clause=verdict.match.clause,
                        language=found.language,
                        sentiment=_tone(one.mention, verdict),
                    )
                    known = self._store.signals.of(new, one.moment or now)
                    yield Rescored(old=one, new=replace(new, risk=self._judge.again(new, known)))

    def _posts(self, source: str, scored: Sequence[Scored]) -> Mapping[int, Judged]:
        """Judge posts of a source for all its brands: what is near one brand is not about another.

        Of a source that is no longer configured, for all brands there are.
        """
        posts = {one.post_id: one.mention.post for one in scored}
        known = self._sources.get(source)
        judged = self._judge.judge_all(
            list(posts.values()),
            source,
            known.kind if known else "",
            self._brands.get(source, self._every),
        )
        return dict(zip(posts, judged, strict=True))

    def _job(self, scope: Scope) -> str:
        """Name a run: with other engines or rules, another one begins."""
        return f"{self._present} {scope.brand} {scope.since}"


def _tone(mention: Mention, verdict: Verdict) -> Sentiment | None:
    """Return the new sentiment, or the one that somebody gave by hand."""
    given = mention.sentiment
    return given if given is not None and given.engine == PERSON else verdict.sentiment


def _fingerprint(paths: Sequence[Path]) -> str:
    present = hashlib.blake2b(digest_size=16)
    present.update(" ".join([__version__, *map(engine, sorted(ENGINES))]).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                present.update(str(file).encode() + file.read_bytes())
    return present.hexdigest()
