"""A quota does not begin anew because the program does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.errors import QuotaSpent, RateLimited
from listener.fetch import Budget, Limit
from listener.fetch.pacing import Pacing
from listener.store import Store, open_store
from tests.local_site import Watch, answer, local_site

pytestmark = pytest.mark.anyio
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAILY = Budget(name="api.example, no key", requests=2, zone="Europe/Paris")
SLOW = Budget(name="slow.example", requests=1, per=MINUTE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "listener.db")
    yield opened
    opened.close()


async def start(pacing: Pacing, budget: Budget | None = None, host: str = "host") -> None:
    async with pacing.turn(host, budget):
        pass


async def test_a_day_s_quota_that_is_spent_stays_spent_until_midnight(store: Store) -> None:
    watch = Watch()
    watch.time = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)  # 22:30 in Paris
    for _ in range(2):
        await start(Pacing(watch, store.quotas), DAILY)
    with pytest.raises(QuotaSpent, match=r"until 23:00 UTC"):
        await start(Pacing(watch, store.quotas), DAILY)
    watch.time += 2 * HOUR
    await start(Pacing(watch, store.quotas), DAILY)


async def test_a_request_is_kept_before_it_goes_out(store: Store) -> None:
    watch = Watch()
    async with Pacing(watch, store.quotas).turn("host", SLOW):
        other = open_store(store.path)
        kept = other.quotas.starts(SLOW.name, watch.time)
        other.close()
    assert kept == [watch.time.replace(microsecond=0)]


@pytest.mark.parametrize("budget", [None, SLOW])
async def test_who_wants_to_be_left_alone_is(store: Store, budget: Budget | None) -> None:
    watch = Watch()
    before = Pacing(watch, store.quotas)
    before.heed("host", budget, Limit(wait=HOUR), refused=True)
    after = Pacing(watch, store.quotas)
    with pytest.raises(RateLimited, match="left alone for another 36"):
        await start(after, budget)
    watch.time += HOUR + timedelta(seconds=1)
    await start(after, budget)


async def test_a_short_pause_is_waited_for(store: Store) -> None:
    watch = Watch()
    begun = watch.time
    Pacing(watch, store.quotas).heed("host", None, Limit(remaining=0))
    await start(Pacing(watch, store.quotas))
    assert MINUTE <= watch.time - begun < MINUTE + timedelta(seconds=2)


async def test_a_clock_that_was_years_ahead_does_not_close_an_account_for_years(
    store: Store,
) -> None:
    watch = Watch()
    now = watch.time
    watch.time += timedelta(days=2000)
    wrong = Pacing(watch, store.quotas)
    await start(wrong, SLOW)
    wrong.close(SLOW.name, HOUR)
    watch.time = now
    after = Pacing(watch, store.quotas)
    with pytest.raises(QuotaSpent):
        await start(after, SLOW)
    watch.time += timedelta(days=1, seconds=1)
    await start(after, SLOW)


async def test_what_no_longer_counts_goes(store: Store) -> None:
    watch = Watch()
    pacing = Pacing(watch, store.quotas)
    await start(pacing, SLOW)
    await start(pacing, DAILY)
    pacing.close("host", HOUR)
    watch.time += 2 * HOUR
    with store.transaction():
        store.quotas.forget(watch.time)
    (kept,) = store.rows("SELECT account FROM asked")
    assert kept["account"] == DAILY.name
    assert store.rows("SELECT name FROM pauses") == []


SOURCES = """
[[brands]]
name = "Acme"
query = "acme"
matches = ["Acme"]

[[sources]]
name = "Town News"
kind = "feed"
url = "{url}"
private = true
"""


async def listening(path: Path, command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "listener", command, "--config", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def test_after_a_kill_a_site_that_refused_us_is_not_asked_again(tmp_path: Path) -> None:
    refusal = answer(429, b"slow down", Retry_After="3600")
    async with local_site({"/feed.xml": refusal}) as site:
        path = tmp_path / "sources.toml"
        path.write_text(SOURCES.format(url=site.url("/feed.xml")), encoding="utf-8")
        daemon = await listening(path, "run")
        assert daemon.stdout is not None
        while b"could not hear Town News" not in (line := await daemon.stdout.readline()):
            assert line, "it ended"
        daemon.kill()
        await daemon.wait()
        by_hand = await listening(path, "collect")
        said, _ = await by_hand.communicate()
    assert "left alone" in said.decode()
    assert site.paths == ["/feed.xml"]
