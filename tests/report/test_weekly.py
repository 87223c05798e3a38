from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from listener import app as parts
from listener.config import load
from listener.errors import ConfigError
from listener.store import Store
from listener.store.frozen import thaw
from tests.newsroom import Newsroom, newsroom, post

pytestmark = pytest.mark.anyio
RISKY = "Acme recalls toy after two deaths, lawsuit for fraud"


@pytest.fixture
def room(tmp_path: Path, store: Store) -> Newsroom:
    return newsroom(tmp_path, store)


async def test_the_report_of_a_week_is_made_once_and_sent(room: Newsroom) -> None:
    assert room.app.reporter.due() is None, "listening begins on a Monday at 13:00"
    await room.hear_once()
    await room.pass_over("Gazette", post("1", RISKY), post("2", "Rival opens"))
    room.clock.tick(days=7)
    path = room.app.reporter.due()
    assert path is not None
    assert path.name == "2026-W10.html"
    assert RISKY in path.read_text(encoding="utf-8")
    assert "2026-W10.html" in (path.parent / "index.html").read_text(encoding="utf-8")
    assert room.app.reporter.due() is None
    await room.app.courier.deliver_all()
    (message,) = room.mailbox.messages
    assert message.person.name == "Ana"
    assert message.unsubscribe == "mailto:ops@example.org?subject=unsubscribe%20report"
    assert {a.name for a in message.attachments} == {"report-2026-W10.html", "mentions-1.png"}


async def test_missed_reports_are_caught_up_once(room: Newsroom) -> None:
    room.app.reporter.due()
    room.clock.tick(days=30)
    path = room.app.reporter.due()
    assert path is not None
    assert path.name == "2026-W13.html", "the latest complete week"
    assert room.app.reporter.due() is None


async def test_any_week_can_be_written(room: Newsroom) -> None:
    assert room.app.reporter.write_week("2026-W09").name == "2026-W09.html"
    for wrong in ("2026-09", "0001-W01", "W9", "2026-W60", "2027-W01"):
        with pytest.raises(ConfigError):
            room.app.reporter.write_week(wrong)


async def test_the_latest_days_are_written_and_not_kept(room: Newsroom) -> None:
    await room.pass_over("Gazette", post("1", RISKY))
    page = room.app.reporter.write_latest().read_text(encoding="utf-8")
    assert RISKY in page
    assert room.app.store.upkeep.reports() == {}


async def test_what_is_erased_leaves_the_reports_too(room: Newsroom) -> None:
    await room.pass_over("Gazette", post("1", RISKY))
    room.clock.tick(days=1)
    path = room.app.reporter.write_week("2026-W10")
    found = room.app.store.upkeep.erase(["url:https://gazette.example/1"], room.clock.now())
    assert room.app.reporter.forget(found.urls) == 1
    assert RISKY not in path.read_text(encoding="utf-8")
    assert RISKY not in "".join(room.app.store.upkeep.reports().values())
    assert room.app.reporter.forget(found.urls) == 0


@pytest.mark.parametrize("sent", [True, False])
async def test_what_is_erased_leaves_the_mails_of_reports_too(room: Newsroom, sent: bool) -> None:
    store = room.app.store
    room.app.reporter.due()
    await room.pass_over("Gazette", post("1", RISKY))
    room.clock.tick(days=7)
    room.app.reporter.due()
    if sent:
        await room.app.courier.deliver_all()
    assert RISKY in mails(store)
    found = store.upkeep.erase(["url:https://gazette.example/1"], room.clock.now())
    room.app.reporter.forget(found.urls)
    assert RISKY not in mails(store)
    before = len(room.mailbox.messages)
    await room.app.courier.deliver_all()
    assert len(room.mailbox.messages) - before == (0 if sent else 1), "told once, without it"


def mails(store: Store) -> str:
    """Return all that lies in the outbox."""
    rows = store.rows("SELECT message FROM outbox WHERE message IS NOT NULL")
    return "".join(str(thaw(row["message"])) for row in rows)


async def test_days_are_those_of_the_operators_zone(room: Newsroom) -> None:
    half_past_eleven_in_london = room.clock.now() - timedelta(hours=12, minutes=30)
    await room.pass_over("Gazette", post("1", RISKY, published=half_past_eleven_in_london))
    write = room.app.reporter.write_week
    assert RISKY in write("2026-W10").read_text(encoding="utf-8"), "Monday has begun in Paris"
    assert RISKY not in write("2026-W09").read_text(encoding="utf-8")


TEAM = """
[[people]]
name = "Bo"

[[people]]
name = "Chloé"
language = "fr"

[[channels]]
name = "team"
kind = "slack"
url = "env:TEAM_URL"
"""


async def test_a_slack_channel_reads_the_report_once_in_each_language(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_URL", "https://hooks.slack.example/services/T0/B0/x")
    room = newsroom(tmp_path, store, more=TEAM)
    written = (tmp_path / "sources.toml").read_text(encoding="utf-8")
    before, _, report = written.rpartition('channel = "mail"')
    (tmp_path / "sources.toml").write_text(f'{before}channel = "team"{report}', encoding="utf-8")
    config = load(tmp_path / "sources.toml")
    reporter = parts.build(config, store, room.app.fetcher, room.clock).reporter
    reporter.due()
    room.clock.tick(days=7)
    assert reporter.due()
    people = {row["person"] for row in store.rows("SELECT person FROM outbox")}
    assert people == {"Bo", "Chloé"}, "Bo stands first, and Ana reads English too"
