"""An instance's full-text search: for members, where Elasticsearch runs, of who agreed to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from listener.analysis.pushdown import Dialect, quoted
from listener.collect.fields import moment
from listener.collect.mastodon_api import Api
from listener.errors import ParseError
from listener.model import Gap

# Words are also looked for by their stems and without accents, phrases letter by letter; there is
# no OR. (app/services/statuses_search_service.rb, app/chewy/public_statuses_index.rb)
DIALECT = Dialect(
    word=lambda word: word if word.isalnum() else quoted(word),
    either=None, group=("", ""), nested=False, longest=200, folds=False,
)  # fmt: skip
FIRST = timedelta(days=7)
# Posts reach an instance minutes or hours after they were written; the search goes by when.
OVERLAP = timedelta(hours=24)
REACH = 10_000  # hits of one question that Elasticsearch gives
_PAGE = 40
_ANY = "the"  # what an instance with a search has heard
UNHEARD = (
    "its search finds nothing at all: it may have no full-text search,"
    " or the token may be an application's own"
)


class Found(NamedTuple):
    """Statuses as the instance gave them, and since when to search from now on."""

    raw: list[object]
    since: datetime
    gaps: tuple[Gap, ...] = ()


async def search(api: Api, words: str, since: datetime, now: datetime) -> AsyncIterator[Found]:
    """Yield each page of what was written since; only with the last one does `since` move.

    The newest arrivals come first, whatever their dates, so nothing but an empty page is the end:
    statuses that the account does not want to see leave gaps in the others.
    """
    newest, began = since, since
    before: set[str] = set()
    for offset in range(0, REACH, _PAGE):
        raw = await _page(api, words, offset, began)
        ids = {str(one.get("id")) for one in raw if isinstance(one, Mapping)}
        if ids and ids == before:
            raise ParseError("could not read the search's next page: it gives the same again")
        before = ids
        times = [at for one in raw if isinstance(one, Mapping) and (at := _written(one, now))]
        newest = max([newest, *(min(at, now) for at in times)])
        over = not raw or (bool(times) and max(times) <= began)
        after = max(since, newest - OVERLAP)
        if not over and offset + _PAGE >= REACH:
            gap = Gap(since=began, until=now, why=f"more than {REACH} posts say {words}")
            yield Found(raw, after, (gap,))
            return
        yield Found(raw, after if over else since)
        if over:
            return


async def is_deaf(api: Api) -> bool:
    """Tell whether the search finds nothing even where there must be something.

    An instance without full-text search answers 200 and an empty list, as it does to strangers.
    """
    return not await _page(api, _ANY, 0, datetime.fromtimestamp(0, UTC))


async def _page(api: Api, words: str, offset: int, since: datetime) -> list[object]:
    asked = [("q", words), ("type", "statuses"), ("limit", str(_PAGE)), ("offset", str(offset))]
    if since.timestamp() > 0:
        asked.append(("min_id", str(int(since.timestamp() * 1000) << 16)))  # ids hold their time
    answer = await api.ask("v2/search", asked)
    statuses = answer.get("statuses") if isinstance(answer, Mapping) else None
    if not isinstance(statuses, list):
        raise ParseError("could not read an answer of the search: it holds no statuses")
    return statuses


def _written(raw: Mapping[str, object], now: datetime) -> datetime | None:
    return moment(raw.get("created_at"), now)
