from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.errors import AccessDenied, QuotaSpent, RateLimited
from listener.fetch import Budget, Fetcher, Limit
from listener.fetch.pacing import Pacing
from listener.store import open_store
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
SLOW = Budget(name="slow.example", requests=1, per=MINUTE)


async def started(pacing: Pacing, watch: Watch, host: str, budget: Budget) -> datetime:
    async with pacing.turn(host, budget):
        return watch.time


async def test_sources_of_one_account_share_a_budget_whatever_their_host() -> None:
    watch = Watch()
    pacing, begun = Pacing(watch, interval=0), watch.time
    times = [await started(pacing, watch, f"host{n}", SLOW) for n in range(4)]
    assert times == [begun + n * MINUTE for n in range(4)]


async def test_a_budget_of_another_name_is_another() -> None:
    watch = Watch()
    pacing, begun = Pacing(watch, interval=0), watch.time
    await started(pacing, watch, "host", SLOW)
    other = Budget(name="other", requests=1, per=MINUTE)
    assert await started(pacing, watch, "host", other) == begun


@settings(max_examples=30)
@given(
    st.integers(1, 5),
    st.integers(1, 600),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2), st.booleans()), max_size=40),
)
async def test_no_stretch_of_time_ever_holds_more_than_the_budget(
    requests: int, seconds: int, asked: list[tuple[int, int, bool]]
) -> None:
    """Nor does it when the program ends in between."""
    watch = Watch()
    budget = Budget(name="b", requests=requests, per=timedelta(seconds=seconds))
    times = []
    with TemporaryDirectory() as folder, closing(open_store(Path(folder) / "db")) as store:
        pacing = Pacing(watch, store.quotas, interval=0.5)
        for pause, host, restart in asked:
            watch.time += timedelta(seconds=pause)
            if restart:
                pacing = Pacing(watch, store.quotas, interval=0.5)
            times.append(await started(pacing, watch, f"host{host}", budget))
    for first, later in zip(times, times[requests:], strict=False):
        assert later - first >= budget.per


async def test_who_may_ask_less_of_an_account_does_not_forget_what_others_asked() -> None:
    watch = Watch()
    pacing, begun = Pacing(watch, interval=0), watch.time
    many = Budget(name=SLOW.name, requests=4, per=MINUTE)
    for _ in range(3):
        await started(pacing, watch, "host", many)
    assert await started(pacing, watch, "host", SLOW) == begun + MINUTE
    watch.time = begun + timedelta(seconds=30)
    assert await started(pacing, watch, "elsewhere", many) == begun + MINUTE


async def test_a_refusal_that_says_nothing_is_no_quota_of_a_day(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    site.pages["/"], watch = answer(429, b"<html>"), Watch()
    budget = Budget(name="api.example", requests=300, zone="UTC")
    async with Fetcher(contact=None, clock=watch) as fetcher:
        with pytest.raises(RateLimited):
            await fetcher.get(site.url(), private=True, budget=budget)
        watch.time += MINUTE
        site.pages["/"] = answer(200, b"{}")
        assert (await fetcher.get(site.url(), private=True, budget=budget)).status == 200


async def test_who_waits_for_an_account_is_known() -> None:
    class Still(Watch):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(3600)

    watch = Still()
    pacing = Pacing(watch, interval=0)
    async with pacing.turn("host", SLOW):
        assert pacing.waiting == set()
    tasks = {asyncio.create_task(started(pacing, watch, "host", SLOW)) for _ in range(5)}
    await asyncio.sleep(0)
    assert pacing.waiting == tasks
    pacing.stopping.set()
    await asyncio.wait(tasks)
    assert pacing.waiting == set()


async def test_a_day_s_quota_is_renewed_at_midnight_there() -> None:
    watch = Watch()  # 12:00 UTC, 04:00 in California
    pacing = Pacing(watch, interval=0)
    budget = Budget(name="YouTube", requests=2, zone="America/Los_Angeles")
    for _ in range(2):
        await started(pacing, watch, "host", budget)
    with pytest.raises(QuotaSpent) as refused:
        await started(pacing, watch, "host", budget)
    assert refused.value.retry_after == timedelta(hours=20)
    assert str(refused.value) == "YouTube: all that may be asked is used up until 08:00 UTC"
    watch.time += timedelta(hours=20)
    assert await started(pacing, watch, "host", budget) == watch.time


async def test_what_an_answer_says_counts_for_the_account_and_not_for_the_host() -> None:
    watch = Watch()
    pacing = Pacing(watch, interval=0)
    pacing.heed("host", SLOW, Limit(remaining=0, wait=timedelta(hours=2)))
    with pytest.raises(QuotaSpent):
        await started(pacing, watch, "host", SLOW)
    async with pacing.turn("host"):
        pass


async def test_a_pause_asked_for_with_the_last_answer_of_a_day_does_not_end_the_day() -> None:
    watch = Watch()
    pacing = Pacing(watch, interval=0)
    budget = Budget(name="Stack Exchange", requests=290, zone="UTC")
    pacing.heed("host", budget, Limit(remaining=0, wait=timedelta(seconds=10)))
    with pytest.raises(QuotaSpent) as spent:
        await started(pacing, watch, "host", budget)
    assert spent.value.retry_after == timedelta(hours=12)


async def test_a_refusal_of_a_day_s_quota_lasts_as_long_as_it_says() -> None:
    watch = Watch()
    pacing = Pacing(watch, interval=0)
    budget = Budget(name="Stack Exchange", requests=290, zone="UTC")
    pacing.heed("host", budget, Limit(remaining=0, wait=timedelta(seconds=90)), refused=True)
    watch.time += timedelta(seconds=90)
    assert await started(pacing, watch, "host", budget) == watch.time


async def test_none_left_and_nothing_said_closes_for_a_minute() -> None:
    watch = Watch()
    pacing = Pacing(watch, interval=0)
    pacing.heed("host", None, Limit(remaining=0), refused=True)
    with pytest.raises(RateLimited) as refused:
        async with pacing.turn("host"):
            pass
    assert refused.value.retry_after == MINUTE


async def test_a_short_pause_asked_for_beside_an_answer_is_waited_for() -> None:
    watch = Watch()
    pacing, begun = Pacing(watch, interval=0), watch.time
    budget = Budget(name="Reddit", requests=100, per=MINUTE)
    for name, account in (("host", None), ("elsewhere", budget)):
        pacing.heed(name, account, Limit(remaining=0, wait=timedelta(seconds=57)))
        async with pacing.turn(name, account):
            assert watch.time - begun == timedelta(seconds=57)
        begun = watch.time


async def test_who_waits_for_a_turn_does_not_hold_up_the_end() -> None:
    class Still(Watch):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(3600)

    watch = Still()
    pacing = Pacing(watch, interval=60)
    async with pacing.turn("host"):
        pass
    waiting = asyncio.ensure_future(started(pacing, watch, "host", SLOW))
    await asyncio.sleep(0)
    pacing.stopping.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with local_site() as site:
        yield site


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "wait"),
    [
        (403, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "60"}, b"", RateLimited, MINUTE),
        (403, {"Retry_After": "60"}, b"{}", RateLimited, MINUTE),
        (403, {}, b"<html>no</html>", AccessDenied, None),
        (
            400,
            {},
            b'{"error_message": "x, more requests available in 7200 seconds"}',
            QuotaSpent,
            timedelta(hours=2),
        ),
        (429, {}, b'{"extras": {"wait_seconds": 60}}', RateLimited, MINUTE),
        (429, {}, b"<html>", RateLimited, None),
    ],
)
async def test_refusals_say_what_they_are(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
    body: bytes,
    error: type[Exception],
    wait: timedelta | None,
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    site.pages["/"] = answer(status, body, **headers)
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        with pytest.raises(error) as refused:
            await fetcher.get(site.url(), private=True)
    assert type(refused.value) is error
    assert (getattr(refused.value, "retry_after", None), refused.value.body) == (wait, body)  # type: ignore[attr-defined]
