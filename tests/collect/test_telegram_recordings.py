"""A preview as it is documented: no kept answer of Telegram's shows a channel's page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from listener.collect.telegram_channel import TelegramChannel
from listener.collect.tools import Tools
from listener.fetch import Fetcher
from listener.model import Batch
from tests.collect.recordings import load
from tests.local_site import Watch, answer, local_site

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


async def replayed(now: datetime) -> tuple[list[Batch], list[str]]:
    watch = Watch()
    watch.time = now
    recording = load("telegram/channel_preview_html")
    empty = b'<div class="tgme_channel_info_header_title">Ensaniha</div>'
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages |= {
            "/s/ensaniha": recording.answer(),
            "/s/ensaniha?before=8968": answer(200, empty),
        }
        options = TelegramChannel.Options(
            channel="ensaniha", accept_terms=True, base_url=site.url("/"), private=True
        )
        collector = TelegramChannel(options, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect({})], site.paths


async def test_a_documented_preview() -> None:
    batches, paths = await replayed(datetime(2020, 12, 6, 15, 0, tzinfo=UTC))
    older, newer = batches[0].posts
    assert older.published == datetime(2020, 11, 20, 13, 50, 12, tzinfo=UTC)
    assert newer.published == datetime(2020, 12, 6, 14, 41, tzinfo=UTC)
    assert [post.key for post in (older, newer)] == [
        "telegram:ensaniha/8968",
        "telegram:ensaniha/8978",
    ]
    assert older.url == "https://t.me/ensaniha/8968"
    assert older.text.splitlines() == [
        "#کنکور #برنامه_ریزی_هفتگی",
        "دوستان عزیز یازدهمی!",
        "از برنامه مطالعاتی هفته به هفته استفاده کنید: سایت",
    ]
    assert newer.text == "#دهم_انسانی برنامه هفته سوم"
    assert older.engagement is not None
    assert newer.engagement is not None
    assert (older.engagement.views, newer.engagement.views) == (4000, 5030)
    assert older.author is not None
    assert (older.author.name, older.author.handle) == ("Ensaniha", "ensaniha")
    assert older.author.followers == 777  # and not its 3.7K photos
    assert batches[0].skipped == 0
    assert paths == ["/s/ensaniha", "/s/ensaniha?before=8968"]


async def test_the_walk_stops_where_everything_is_older_than_a_week() -> None:
    batches, paths = await replayed(datetime(2020, 12, 20, tzinfo=UTC))
    assert paths == ["/s/ensaniha"]
    assert len(batches) == 1
