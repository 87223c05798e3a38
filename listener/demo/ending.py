"""What happened in the fortnight, counted from the store and from what was received."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from listener.config import Config
from listener.demo.received import Letter, pages_for
from listener.demo.story import Story
from listener.model import Coverage, Heard
from listener.store import Store
from listener.store.rows import at

BRAND = "Moraine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert; `minutes` after its post was published."""

    at: datetime
    source: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch in which a source was not heard; without `until` it lasts."""

    source: str
    since: datetime
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """copies    posts with the text that ran on most sites
    homonyms  posts with the brand's name that are not about it
    answers   posts of the brand's own accounts
    """

    start: datetime
    end: datetime
    posts: int
    sources: int
    mentions: int
    rivals: int
    alerts: tuple[Raised, ...]
    copies: int
    homonyms: int
    answers: int
    gaps: tuple[Gap, ...]
    letters: tuple[Letter, ...]
    digests: int
    reports: tuple[Path, ...]
    posted: int

    def text(self, language: str, folder: Path) -> str:
        """Return it in about ten lines for a terminal: what happened, and what to open."""
        page = pages_for(language).get_template(f"ending.{language}.txt")
        return page.render(told=self, folder=folder)

    def page(self, language: str, folder: Path) -> str:
        """Return it as a page that lists all there is to open in `folder`."""
        happened, _, _ = self.text(language, folder).partition("\n\n")
        page = pages_for(language).get_template("index.html")
        return page.render(told=self, lines=happened.splitlines(), folder=folder)


def ending(
    story: Story, config: Config, store: Store, letters: Sequence[Letter], posted: int
) -> Ending:
    """Count what a played story left behind."""
    rivals = [b.name for b in config.tables.brands if b.role == "competitor"]
    alerts = _alerts(store)
    reports = tuple(sorted((config.data_dir / "reports").glob("[0-9]*.html")))
    return Ending(
        start=story.start,
        end=story.end,
        posts=_count(store, "SELECT count(*) AS n FROM posts"),
        sources=len(config.tables.sources),
        mentions=_mentions(store, BRAND),
        rivals=sum(_mentions(store, name) for name in rivals),
        alerts=alerts,
        copies=_count(
            store,
            "SELECT count(*) AS n FROM posts WHERE original IS NOT NULL"
            " GROUP BY original ORDER BY n DESC LIMIT 1",
        ),
        homonyms=_count(
            store,
            "SELECT count(*) AS n FROM posts p WHERE by_brand IS NULL"
            " AND coalesce(title, '') || ' ' || text LIKE :name"
            " AND NOT EXISTS (SELECT 1 FROM mentions m WHERE m.post = p.id AND m.brand = :brand)",
            {"name": f"%{BRAND}%", "brand": BRAND},
        ),
        answers=_count(store, "SELECT count(*) AS n FROM posts WHERE by_brand IS NOT NULL"),
        gaps=tuple(_gaps(store, [s.name for s in config.tables.sources], story)),
        letters=tuple(letters),
        digests=_count(
            store,
            "SELECT count(*) AS n FROM outbox WHERE channel = 'mail' AND key LIKE 'digest:%'",
        ),
        reports=reports,
        posted=posted,
    )


def _count(store: Store, sql: str, parameters: dict[str, object] | None = None) -> int:
    row = store.row(sql, parameters or {})
    return 0 if row is None else int(row["n"])


def _mentions(store: Store, brand: str) -> int:
    sql = "SELECT count(*) AS n FROM mentions WHERE brand = :brand"
    return _count(store, sql, {"brand": brand})


def _alerts(store: Store) -> tuple[Raised, ...]:
    rows = store.rows("SELECT mention, at FROM alerts ORDER BY id")
    found = {m.id: m for m in store.mentions.by_ids(row["mention"] for row in rows)}
    told = [(at(row["at"]), found[row["mention"]]) for row in rows]
    return tuple(
        Raised(
            at=moment,
            source=mention.source,
            minutes=round((moment - (mention.post.published or moment)).total_seconds() / 60),
        )
        for moment, mention in told
    )


def _gaps(store: Store, sources: Sequence[str], story: Story) -> Iterable[Gap]:
    stretches = store.sources.coverage(sources, story.start, story.end)
    for source, found in groupby(stretches, key=lambda stretch: stretch.source):
        runs = [(down, [*run]) for down, run in groupby(found, key=_unheard)]
        for number, (down, run) in enumerate(runs):
            after = runs[number + 1][1][0].since if number + 1 < len(runs) else None
            if down and run[0].since is not None:
                why = (run[-1].why or "").rpartition(": ")[2]
                yield Gap(source=source, since=run[0].since, until=after, why=why)


def _unheard(stretch: Coverage) -> bool:
    return stretch.state in (Heard.DOWN, Heard.LIMITED)
