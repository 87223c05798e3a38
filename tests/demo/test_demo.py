"""The demo, played once by its command: what was claimed of the fortnight has really happened."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner

from listener.cli import app as commands
from listener.cli import demo
from listener.store import Store, open_store
from listener.store.rows import at

pytestmark = pytest.mark.slow

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2025, 10, 20)  # clocks change on the first Sunday
THURSDAY = date(2025, 10, 30)
HIDDEN = r"(\d+) autres? mentions?, de moindre"


@dataclass(frozen=True, slots=True)
class Played:
    folder: Path
    said: str
    store: Store

    def mails(self, day: date | None = None) -> list[EmailMessage]:
        """What Camille received by mail, reports apart; on a day, or in all."""
        found = []
        for path in sorted((self.folder / "mail").glob("*-camille-*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            written = datetime.strptime(path.name[:10], "%Y-%m-%d").replace(tzinfo=PARIS).date()
            if day in (None, written) and "Semaine du" not in str(mail["Subject"]):
                found.append(mail)
        return found

    def posted(self) -> list[str]:
        paths = sorted((self.folder / "slack").glob("*.json"))
        return [json.dumps(json.loads(p.read_text()), ensure_ascii=False) for p in paths]


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def digests(mails: list[EmailMessage]) -> list[EmailMessage]:
    return [mail for mail in mails if not str(mail["Subject"]).startswith("Risque")]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    command = typer.Typer()
    demo.register(command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "last_monday", lambda now: MONDAY)
        for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")  # it needs no network, and takes no detour
        result = CliRunner().invoke(command, ["--keep", str(folder), "--language", "en"])
    assert result.exit_code == 0, result.output
    store = open_store(folder / "var" / "listener.db")
    yield Played(folder, result.output, store)
    store.close()


def test_the_first_alert_is_of_the_second_thursday_and_comes_within_an_hour(
    played: Played,
) -> None:
    rows = played.store.rows(
        "SELECT a.at, p.published, p.title FROM alerts a JOIN mentions m ON m.id = a.mention"
        " JOIN posts p ON p.id = m.post ORDER BY a.id"
    )
    assert len(rows) >= 5
    assert rows[0]["title"] == "Moraine rappelle plus de 8 000 vélos cargos après onze blessés"
    assert at(rows[0]["at"]).astimezone(PARIS).date() == THURSDAY
    assert timedelta() < at(rows[0]["at"]) - at(rows[0]["published"]) < timedelta(hours=1)
    assert {at(row["at"]).astimezone(PARIS).date() for row in rows} <= {
        THURSDAY,
        THURSDAY + timedelta(days=1),
    }


def test_alerts_reach_both_people_by_smtp_and_http(played: Played) -> None:
    subjects = [str(mail["Subject"]) for mail in played.mails(THURSDAY)]
    assert any(s.startswith("Risque critique") and "rappelle" in s for s in subjects)
    assert any("Critical risk" in text and "rappelle" in text for text in played.posted())
    assert not any("Critical risk" in text for text in played.posted()[:20])


def test_all_that_was_written_was_sent_and_received_once(played: Played) -> None:
    rows = played.store.rows("SELECT channel, sent_at, attempts FROM outbox")
    assert all(row["sent_at"] is not None and row["attempts"] == 1 for row in rows)
    sent = Counter(row["channel"] for row in rows)
    assert sent["mail"] == len(list((played.folder / "mail").glob("*.eml")))
    assert sent["slack"] == len(played.posted())
    mails = (played.folder / "mail").glob("*.eml")
    ids = Counter(message_from_bytes(path.read_bytes())["Message-ID"] for path in mails)
    assert set(ids.values()) == {1}


def test_everybody_is_told_of_every_mention_once(played: Played) -> None:
    cutoff = datetime.combine(MONDAY + timedelta(days=14), datetime.min.time(), PARIS)
    urls = {
        row["url"]
        for row in played.store.rows(
            "SELECT DISTINCT p.url FROM mentions m JOIN posts p ON p.id = m.post"
            " WHERE m.brand = 'Moraine' AND m.found < ?",
            (int(cutoff.timestamp()),),
        )
    }
    assert len(urls) > 100
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for mail in digests(played.mails()):
        told["Camille"].update(set(re.findall(r'href="(https://[^"]+)"', html(mail))) & urls)
    for text in played.posted():
        told["Oliver"].update(set(re.findall(r"<(https://[^|>]+)\|", text)) & urls)
    rows = played.store.rows(
        "SELECT url FROM posts WHERE original IN"
        " (SELECT original FROM posts GROUP BY original HAVING count(*) > 1)"
    )
    copies = {row["url"] for row in rows}  # named under the item whose text they have
    assert set(told["Oliver"].values()) == set(told["Camille"].values()) == {1}
    assert urls - told["Oliver"].keys() <= copies
    # a digest shows what weighs most, and counts the rest
    left_out = urls - told["Camille"].keys() - copies
    counted = [int(n) for mail in played.mails() for n in re.findall(HIDDEN, html(mail))]
    assert len(left_out) <= sum(counted)
    assert len(left_out) < 10


def test_a_homonym_is_stored_and_told_to_nobody(played: Played) -> None:
    rows = played.store.rows(
        "SELECT (SELECT count(*) FROM mentions m WHERE m.post = p.id) AS mentions FROM posts p"
        " WHERE coalesce(title, '') || text LIKE '%Roche-Noire%'"
    )
    assert len(rows) >= 5
    assert not any(row["mentions"] for row in rows)
    told = [html(mail) for mail in played.mails()] + played.posted()
    assert not any("Roche-Noire" in text or "glacier" in text for text in told)


def test_copies_of_the_agencys_text_are_one_story_with_one_alert(played: Played) -> None:
    rows = played.store.rows(
        "SELECT story, count(*) AS posts, count(DISTINCT source) AS sources,"
        " (SELECT count(*) FROM alerts a WHERE a.story = p.story) AS alerts"
        " FROM posts p WHERE story IS NOT NULL GROUP BY original ORDER BY posts DESC LIMIT 2"
    )
    assert [(row["posts"], row["sources"], row["alerts"]) for row in rows] == [(5, 5, 1), (3, 3, 1)]
    assert rows[0]["story"] == rows[1]["story"], "told in two languages, it is one recall"


def test_the_brands_own_words_are_answers_and_no_mentions(played: Played) -> None:
    rows = played.store.rows(
        "SELECT source, (SELECT count(*) FROM mentions m WHERE m.post = p.id) AS mentions"
        " FROM posts p WHERE by_brand = 'Moraine'"
    )
    assert Counter(row["source"] for row in rows) == {"Moraine newsroom": 3, "Hacker News": 2}
    assert not any(row["mentions"] for row in rows)


def test_a_source_that_is_down_is_named_in_every_digest_meanwhile_and_in_the_report(
    played: Played,
) -> None:
    for day in (THURSDAY - timedelta(days=1), THURSDAY, THURSDAY + timedelta(days=1)):
        (digest,) = digests(played.mails(day))
        assert "Conso Claire</b> · non relevée" in html(digest), day
    page = (played.folder / "var/reports/2025-W44.html").read_text(encoding="utf-8")
    assert "503 Service Unavailable" in page
    found = played.store.row("SELECT published, first_seen FROM posts WHERE url LIKE ?",
                             ("https://www.consoclaire.example/rappel-8-400%",))  # fmt: skip
    assert found is not None
    assert found["first_seen"] - found["published"] > 12 * 3600, "caught up when it is back"


def test_a_broken_feed_is_named_and_needs_a_person(played: Played) -> None:
    (digest,) = digests(played.mails(MONDAY + timedelta(days=14)))
    assert "Pédale douce</b> · non relevée" in html(digest)
    state = played.store.sources.get("Pédale douce")
    assert state is not None
    assert state.failures > 0


def test_two_reports_are_written_and_sent_to_both(played: Played) -> None:
    reports = sorted(p.name for p in (played.folder / "var/reports").glob("2*.html"))
    assert reports == ["2025-W43.html", "2025-W44.html"]
    sent = played.store.rows("SELECT person FROM outbox WHERE key LIKE 'report:%'")
    assert Counter(row["person"] for row in sent) == {"Camille": 2, "Oliver": 2}


def test_what_it_says_at_the_end_is_what_the_store_holds(played: Played) -> None:
    (posts,) = played.store.rows("SELECT count(*) AS n FROM posts")
    (mentions,) = played.store.rows("SELECT count(*) AS n FROM mentions WHERE brand = 'Moraine'")
    (alerts,) = played.store.rows("SELECT count(*) AS n FROM alerts")
    assert 120 <= posts["n"] <= 250
    assert f"{posts['n']} posts were read from 19 sources" in played.said
    assert f"{mentions['n']} are about Moraine" in played.said
    assert f"the first of {alerts['n']} alerts" in played.said
    assert "On Thursday 30 October at " in played.said
    assert f"Oliver {len(played.posted())} messages on Slack" in played.said
    assert "text ran on 5 sites" in played.said
    assert "Not heard: Conso Claire, from Tue 28 Oct" in played.said
    assert "Not heard: Pédale douce, since Sun 2 Nov" in played.said


def test_all_that_is_named_can_be_opened(played: Played) -> None:
    index = (played.folder / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', index)
    assert len(links) > 40
    assert all((played.folder / link).is_file() for link in links)
    slack = (played.folder / "slack.html").read_text(encoding="utf-8")
    assert slack.count("<article>") == len(played.posted())
    assert "<b><a href=" in slack
    assert "cid:" not in "".join(p.read_text() for p in (played.folder / "mail").glob("*.html"))


@pytest.mark.parametrize("command", [["status"], ["check"], ["digest", "--dry-run"], ["report"]])
def test_the_kept_workspace_works(played: Played, command: list[str]) -> None:
    result = CliRunner().invoke(commands, [*command, "-c", str(played.folder / "sources.toml")])
    assert result.exit_code == 0, result.output


def test_nothing_of_the_operators_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("mine", encoding="utf-8")
    command = typer.Typer()
    demo.register(command)
    result = CliRunner().invoke(command, ["--keep", str(tmp_path)])
    assert "not an empty folder" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["sources.toml"]


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        (datetime(2026, 11, 21, tzinfo=UTC), date(2026, 11, 2)),
        (datetime(2026, 11, 16, 10, tzinfo=UTC), date(2026, 10, 26)),  # that Monday is not over
        (datetime(2026, 11, 16, 12, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_the_fortnight_is_the_last_that_is_over(now: datetime, monday: date) -> None:
    assert demo.last_monday(now) == monday
