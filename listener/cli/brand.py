"""Commands about one brand: try."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.prompt import Prompt
from rich.table import Table
from rich.text import Text

from listener.analysis.match import Matcher
from listener.analysis.query import Node
from listener.app import store_path
from listener.cli.explain import read_query
from listener.cli.found import Found, found, highlighted, plain, print_found
from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    choose,
    out,
    print_json,
    printable,
    quiet_logs,
    read_config,
)
from listener.cli.trial import Trial, attempt, interval
from listener.config import Config
from listener.config.shape import Brand
from listener.search import Hit
from listener.store import Store, open_store
from listener.store.search import Extent

brand = typer.Typer(no_args_is_help=True, help="Try a brand's query before you switch it on.")


def register(app: typer.Typer) -> None:
    app.add_typer(brand, name="brand")


@brand.command("try")
def try_query(
    query: Annotated[str, typer.Argument(help="As in docs/queries.md; quote it for the shell.")],
    against: Annotated[
        str | None, typer.Option(help="A brand whose query it would replace.")
    ] = None,
    sample: Annotated[
        int, typer.Option(min=0, help="How many posts to ask you about, on a terminal.")
    ] = 10,
    limit: Annotated[int, typer.Option(min=1, help="How many posts to show at most.")] = 10,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Tell what a query would have found in the archive; nothing is changed.

    Beside a brand's own query, it tells what would be gained and lost. Then it shows you a sample,
    asks of each post whether it is what you mean, and estimates how much noise there is.
    """
    quiet_logs()
    settings = read_config(config)
    node, old = read_query(query, settings), _other(settings, against)
    with contextlib.closing(open_store(store_path(settings))) as store:
        trial = attempt(
            store,
            node,
            settings.queries[old.name] if old else None,
            answers=_answers(settings, old),
            languages=old.languages if old else (),
        )
        shown = _Shown(
            store=store,
            zone=settings.tables.listener.timezone,
            new=node,
            old=settings.queries[old.name] if old else node,
        )
        if json:
            print_json(_as_json(trial, store.search.extent(), shown, limit), default=plain)
            return
        _print(trial, store.search.extent(), shown, old, limit)
        if sample and trial.gained and sys.stdin.isatty() and out.is_terminal:
            _judge(trial, shown, sample)


def _other(config: Config, name: str | None) -> Brand | None:
    known = {one.name: one for one in config.tables.brands}
    return choose("brand", known, [name])[0] if name is not None else None


def _answers(config: Config, old: Brand | None) -> set[str]:
    ours = {one.name for one in config.tables.brands if one.role == "own"}
    return ours | {old.name} if old else ours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Reads posts back, with the words that match marked."""

    store: Store
    zone: str
    new: Node
    old: Node

    def gained(self, ids: Sequence[int]) -> list[Found]:
        return self._read(self.new, ids)

    def lost(self, ids: Sequence[int]) -> list[Found]:
        return self._read(self.old, ids)

    def _read(self, node: Node, ids: Sequence[int]) -> list[Found]:
        matcher = Matcher({"": node})
        rows = []
        for kept in self.store.search.posts(ids):
            matches = matcher.match(
                kept.post,
                source=kept.source,
                source_kind=kept.source_kind,
                language=kept.language,
            )
            spans = matches[0].spans if matches else ()
            rows.append(found(Hit(kept=kept, spans=spans), self.zone))
        return rows

    def day(self, moment: datetime | None) -> str:
        return f"{moment.astimezone(ZoneInfo(self.zone)):%Y-%m-%d}" if moment else "never"


def _print(trial: Trial, extent: Extent, shown: _Shown, old: Brand | None, limit: int) -> None:
    out.print(
        f"the archive holds {extent.posts:,} posts since {shown.day(extent.oldest)};"
        f" those of no brand since {shown.day(extent.oldest_unmatched)} only"
    )
    if old is None or trial.before is None:
        out.print(f"this query finds {len(trial.found):,} of them\n")
        for one in shown.gained(trial.found[:limit]):
            print_found(one)
        return
    out.print(
        Text(
            f"this query finds {len(trial.found):,} of them, that of {old.name}"
            f" {len(trial.before):,}: {len(trial.gained):,} gained, {len(trial.lost):,} lost"
        )
    )
    table = Table(show_lines=True, expand=True)
    table.add_column("gained", ratio=1)
    table.add_column("lost", ratio=1)
    gained, lost = shown.gained(trial.gained[:limit]), shown.lost(trial.lost[:limit])
    for number in range(max(len(gained), len(lost))):
        table.add_row(*(_cell(side[number : number + 1]) for side in (gained, lost)))
    if table.row_count:
        out.print(table, soft_wrap=False)


def _cell(rows: list[Found]) -> Text:
    """What fits into half a line: the first place where it matches, whence and when."""
    if not rows:
        return Text("")
    one = rows[0]
    if one.places:
        words = highlighted(one.places[0].text, one.places[0].marks)
    else:
        words = Text(printable(one.title or one.excerpt))
    facts = f"\n{one.source} · {(one.published or one.seen)[:10]}"
    return Text.assemble(words, (printable(facts), "dim"))


def _judge(trial: Trial, shown: _Shown, size: int) -> None:
    """Ask about a sample, and say what the answers mean for all of it."""
    what = "what it would gain" if trial.before is not None else "what it finds"
    out.print(f"\nhow much of {what} is noise? a sample:\n")
    noise = looked_at = 0
    for one in shown.gained(trial.sample(size)):
        print_found(one)
        answer = Prompt.ask("is it what you mean?", console=out, choices=["y", "n", "q"])
        if answer == "q":
            break
        looked_at += 1
        noise += answer == "n"
    if looked_at:
        low, high = interval(noise, looked_at)
        out.print(
            f"noise: {noise} of {looked_at}; of all {len(trial.gained):,},"
            f" probably between {low:.0%} and {high:.0%}"
        )


def _as_json(trial: Trial, extent: Extent, shown: _Shown, limit: int) -> dict[str, object]:
    def part(ids: Sequence[int], rows: list[Found]) -> dict[str, object]:
        return {"count": len(ids), "posts": [asdict(row) for row in rows]}

    beside = trial.before is not None
    return {
        "archive": asdict(extent),
        "found": part(trial.found, shown.gained(trial.found[:limit])),
        "before": len(trial.before) if trial.before is not None else None,
        "gained": part(trial.gained, shown.gained(trial.gained[:limit])) if beside else None,
        "lost": part(trial.lost, shown.lost(trial.lost[:limit])) if beside else None,
    }
