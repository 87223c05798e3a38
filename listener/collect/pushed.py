"""Sources that nobody polls: their posts are pushed to the daemon, or imported."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from listener.collect.pushed_posts import Origin
from listener.collect.tools import Tools
from listener.model import Batch, PostKind

SINCE, CAME = "since", "came"  # of the cursor: first pass, and when a post was given last
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def _patience(value: object) -> object:
    found = re.fullmatch(r"([1-9]\d{0,3})([hdw])", value) if isinstance(value, str) else None
    if value is not None and found is None:
        raise ValueError('write a duration like "6h", "1d" or "2w"')
    return int(found[1]) * _UNITS[found[2]] if found else None


class Pushed:
    """Gives nothing when it is polled: whoever brings posts hands them to the pipeline.

    It counts as heard while nothing speaks against it. With `expect`, a silence that is longer
    than usual is told: the other side may have stopped sending.
    """

    class Options(BaseModel):
        """What a source of kind `import` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        publishes: PostKind = Field(
            PostKind.WEB, description="What its posts are, unless they say it themselves."
        )
        language: str | None = Field(
            None,
            pattern="^[a-z]{2}$",
            description="Language of its posts (ISO 639-1), unless they say it themselves.",
        )
        expect: Annotated[timedelta | None, BeforeValidator(_patience)] = Field(
            None,
            description="Something comes at least this often: when nothing did, it is told.",
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._expect = options.expect
        self._clock = tools.clock

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield no post, and whether there should have been some."""
        now = self._clock.now()
        known = {SINCE: now.isoformat(), **cursor}
        last = last_came(cursor) or datetime.fromisoformat(known[SINCE])
        silent = self._expect is not None and now - last > self._expect
        what = "nothing came" if CAME in known else "nothing has come yet; expected"
        doubt = f"{what} since {last.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if silent else None
        yield Batch(posts=(), cursor=known, doubt=doubt)


def came(cursor: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return the cursor of a source that was given posts just now."""
    return {**cursor, CAME: now.isoformat()}


def last_came(cursor: Mapping[str, str]) -> datetime | None:
    """Return when a source was given posts last."""
    return datetime.fromisoformat(cursor[CAME]) if CAME in cursor else None


def origin(name: str, options: BaseModel, now: datetime) -> Origin:
    """Return what is true of posts that are brought to a source of any kind."""
    return Origin(
        slug=slug(name),
        publishes=getattr(options, "publishes", PostKind.WEB),
        language=getattr(options, "language", None),
        now=now,
    )


def slug(name: str) -> str:
    """Return a source's name as it stands in an address: "Boutique été" is boutique-ete."""
    spelled = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(c for c in spelled if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", bare)).strip("-")
