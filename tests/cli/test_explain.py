"""`why`, `search` and `brand try` as a person types them."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import dataclasses
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from listener.analysis.learned import place, write
from listener.analysis.training import train
from listener.cli import main
from listener.cli.found import Found, harmless
from listener.cli.moments import parse_moment
from listener.cli.options import printable
from listener.errors import ConfigError
from listener.model import Post, PostKind
from listener.store import open_store
from listener.store.search import Mark
from listener.why import model
from tests.analysis import labelled_texts
from tests.why_posts import CONFIG, RECALL, english, french, open_room, post, publish


class Said(NamedTuple):
    stdout: str
    stderr: str


Run = Callable[..., Said]
DOCS = Path(__file__).resolve().parents[2] / "docs"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which twenty posts were read, judged and told."""
    folder = tmp_path_factory.mktemp("published")
    store = open_store(folder / "var" / "listener.db")
    with pytest.MonkeyPatch.context() as patch:
        room = open_room(folder, store, patch)
    asyncio.run(publish(room, [*english(), *french()]))
    store.close()
    return folder


@pytest.fixture
def archive(published: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may change."""
    return shutil.copytree(published, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG.format(more="", when="", hours=""), encoding="utf-8")
    monkeypatch.setattr("listener.cli.explain.quiet_logs", lambda: None)
    monkeypatch.setattr("listener.cli.brand.quiet_logs", lambda: None)

    def command(*arguments: str, code: int = 0, text: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["listener", *arguments, "--config", str(config)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        with pytest.raises(SystemExit) as end:
            main()
        said = Said(*capsys.readouterr())
        assert (end.value.code or 0) == code, said
        return said

    return command


def test_why_by_url_as_it_was_copied(run: Run, archive: Path) -> None:
    said = run("why", "https://news.example/recall?utm_source=mail").stdout
    assert "Story: the first to tell it" in said
    assert "text: …were injured when the [Mirabel] tent caught fire." in said
    french = run("why", "url:https://news.example/recall", "--language", "fr").stdout
    assert "Alerte\u202f: levée" in french


def test_why_of_a_text_from_a_file_or_stdin(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mail.txt"
    path.write_text(RECALL, encoding="utf-8")
    said = run("why", str(path)).stdout
    assert "Mirabel: a mention" in said
    assert run("why", "-", text=RECALL).stdout == said
    path.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in run("why", str(path), code=1).stderr


def test_a_text_is_judged_by_what_was_learned(run: Run, tmp_path: Path) -> None:
    texts = labelled_texts.examples(kind=PostKind.WEB)
    learnt = train("en", texts, "", NOW.date()).learned
    assert learnt is not None
    write(place(tmp_path / "var" / "models", "en"), learnt)
    said = run("why", "-", text="The tent of Mirabel in the town of Lyon is krashto today.").stdout
    assert "(engine: hybrid-en 1 " in said


def test_why_of_what_is_not_there(run: Run, archive: Path) -> None:
    assert "no source has shown it" in run("why", "https://a.example/x", code=1).stderr
    run("erase", "https://news.example/rappel", "--yes")
    said = run("why", "https://news.example/rappel", "--language", "fr", code=1).stderr
    assert "effacée sur demande" in said


def test_why_as_json_has_the_documented_keys(run: Run, archive: Path) -> None:
    (why,) = json.loads(run("why", "https://news.example/recall", "--json").stdout)
    assert set(why) == {field.name for field in dataclasses.fields(model.Why)}
    (mention,) = (brand for brand in why["brands"] if brand["brand"] == "Mirabel")
    assert mention["places"][0]["marks"] == [[0, 7]]
    assert mention["judgement"]["rules"][0]["outcome"] == "raised"
    assert datetime.fromisoformat(mention["judgement"]["found"]).tzinfo is not None
    page = (DOCS / "why.md").read_text(encoding="utf-8")
    for kind in (model.Why, model.BrandWhy, model.Judgement, model.RuleWhy, model.Told):
        for field in dataclasses.fields(kind):
            assert f"`{field.name}`" in page, f"{kind.__name__}.{field.name}"
    for alias in (model.Status, model.Outcome, model.State):
        for value in typing.get_args(alias):
            assert f"`{value}`" in page, value


def test_the_page_shows_what_why_prints(run: Run, archive: Path) -> None:
    page = (DOCS / "why.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", page, re.DOTALL)[0].strip()
    said = run("why", "https://news.example/review").stdout.strip()
    moments = re.compile(r"\w{3} \d+ \w{3}, [\d:]+|(?:today|yesterday) [\d:]+|\d+ \w+ \d{4}")
    assert moments.sub("-", said).split("\n\n")[:3] == moments.sub("-", shown).split("\n\n")


def test_search_shows_titles_places_and_judgements(run: Run, archive: Path) -> None:
    said = run("search", "tente NEAR/6 mirabel", "--sort", "risk")
    risks = [int(risk) for risk in re.findall(r"risk (\d+)", said.stdout)]
    assert risks == sorted(risks, reverse=True)
    assert "Mirabel rappelle des tentes après un incendie\n" in said.stdout
    assert "d’une [tente Mirabel]" in said.stdout.replace("] [", " ")
    assert "Mirabel: critical risk" in said.stdout
    assert "nothing found" in run("search", "absent").stderr
    few = run("search", "mirabel", "--limit", "2")
    assert few.stdout.count("https://") == 2
    assert "--limit" in few.stderr


def test_search_without_a_word_reads_everything_and_says_so(run: Run, archive: Path) -> None:
    said = run("search", "lang:es", "--json")
    assert [row["key"] for row in json.loads(said.stdout)] == ["url:https://news.example/espagnol"]
    assert "every post is read" in said.stderr


def test_search_of_a_brand_and_a_time(run: Run, archive: Path) -> None:
    def keys(*arguments: str) -> set[str]:
        rows = json.loads(run("search", *arguments, "--json").stdout)
        return {row["key"].rpartition("/")[2] for row in rows}

    assert keys("novalys OR atelier", "--brand", "Novalys") == {"rival", "concurrent"}
    assert keys("mirabel", "--until", "2026-02-20") == {"old"}
    assert keys("fire", "--since", "2026-02-21") == {"recall", "copy"}
    assert 'did you mean "Mirabel"?' in run("search", "x", "--brand", "Mirabl", code=2).stderr


def test_json_and_csv_have_stable_keys(run: Run, archive: Path) -> None:
    rows = json.loads(run("search", "arnaque", "--json").stdout)
    assert set(rows[0]) == {field.name for field in dataclasses.fields(Found)}
    assert set(rows[0]["brands"][0]) == {field.name for field in dataclasses.fields(Mark)}
    (row,) = csv.DictReader(io.StringIO(run("search", "arnaque", "--csv").stdout))
    assert (row["brands"], row["level"], row["source"]) == ("Mirabel", "medium", "Forum")
    assert row["published"] == "2026-03-02T12:00:00+01:00"


def test_a_spreadsheet_takes_nothing_for_a_formula(run: Run, tmp_path: Path) -> None:
    evil = Post(key="k", item="k", title='=HYPERLINK("http://x")', text="@SUM(1) \x1b[31m tente")
    path = tmp_path / "var" / "listener.db"
    with contextlib.closing(open_store(path)) as store, store.transaction():
        store.posts.add("Forum", evil, 1)
    (row,) = csv.DictReader(io.StringIO(run("search", "tente", "--csv").stdout))
    assert row["title"] == '\'=HYPERLINK("http://x")'
    assert row["excerpt"] == "'@SUM(1) �[31m tente"
    assert "\x1b" not in run("search", "tente").stdout


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "＝1"])
def test_harmless_cells(cell: str) -> None:
    assert harmless(cell).startswith("'")
    assert harmless(f"a{cell}") == f"a{cell}"
    assert harmless(f"\t{cell}")[0] == "�"


def test_printable_keeps_every_character_in_its_place() -> None:
    assert printable("a\x1b[0m\u202eb\u202fc\u00a0d\ne") == "a�[0m�b\u202fc\u00a0d\ne"


@pytest.mark.parametrize(
    ("option", "text", "moment"),
    [
        ("--since", "2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("--until", "2026-03-01", datetime(2026, 3, 1, 23, tzinfo=UTC)),
        ("--since", "7d", datetime(2026, 2, 23, 12, tzinfo=UTC)),
        ("--until", "2h", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("--since", None, None),
    ],
)
def test_moments(option: str, text: str | None, moment: datetime | None) -> None:
    assert parse_moment(option, text, "Europe/Paris", NOW) == moment


@pytest.mark.parametrize("text", ["2026-13-01", "yesterday", "999999w", "", "0d", "9999-12-31"])
def test_moments_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError, match="--until"):
        parse_moment("--until", text, "Europe/Paris", NOW)


@pytest.mark.parametrize("command", [("search",), ("brand", "try")])
def test_a_mistake_in_a_query_is_shown_with_its_place(run: Run, command: tuple[str, ...]) -> None:
    said = run(*command, "tente OR", code=2).stderr
    assert said == (
        "OR needs something after it: add it, or remove OR\n    tente OR\n          ^\n"
    )


def test_what_is_probably_a_mistake_is_warned_of(run: Run) -> None:
    assert "one letter" in run("search", "x").stderr


def test_brand_try_beside_another_query(run: Run, archive: Path) -> None:
    said = run("brand", "try", "mirabel NOT tente*", "--against", "Mirabel").stdout
    assert "2 gained, 3 lost" in said
    assert re.search(r"Snow closes \[Mirabel\] airport.*│", said)
    found = json.loads(
        run("brand", "try", "mirabel NOT tente*", "--against", "Mirabel", "--json").stdout
    )
    assert (found["gained"]["count"], found["lost"]["count"], found["before"]) == (2, 3, 9)
    assert found["archive"]["posts"] == 20
    assert "answer" not in json.dumps(found["found"]), "what we wrote ourselves is no mention"


def test_brand_try_alone(run: Run, archive: Path) -> None:
    said = run("brand", "try", "vélo").stdout
    assert "the archive holds 20 posts since 2026-03-02; those of no brand since" in said
    assert "this query finds 2 of them" in said
    assert "superbe" in said
    found = json.loads(run("brand", "try", "vélo", "--json").stdout)
    assert (found["before"], found["gained"], found["lost"]) == (None, None, None)


def test_brand_try_asks_a_person_and_estimates(run: Run, archive: Path) -> None:
    command = (sys.executable, "-m", "listener", "brand", "try", "mirabel*")
    person, program = pty.openpty()
    with subprocess.Popen(
        [*command, "--sample", "4", "--limit", "1", "--config", str(archive / "sources.toml")],
        env=os.environ | {"COLUMNS": "100", "TERM": "dumb"},
        stdin=program,
        stdout=program,
        stderr=program,
    ) as running:
        os.close(program)
        said = answer(person, ["y", "perhaps", "n", "q"])
        assert running.wait(60) == 0
    os.close(person)
    assert "how much of what it finds is noise?" in said
    assert "Please select one of the available options" in said
    assert "noise: 1 of 2; of all 12, probably between 9% and 91%" in said


def answer(terminal: int, answers: list[str]) -> str:
    """Type an answer after each question; return all that was said."""
    said, asked = "", 0
    while True:
        try:
            part = os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # the other end is closed
            return said
        if not part:
            return said
        said += part
        while said.count("[y/n/q]: ") > asked and answers:
            asked += 1
            os.write(terminal, f"{answers.pop(0)}\n".encode())


def test_several_posts_of_one_address_are_all_told(run: Run, tmp_path: Path) -> None:
    url = "https://news.example/changes"
    with contextlib.closing(open_store(tmp_path / "var" / "listener.db")) as store:
        for item in ("one", "two"):
            with store.transaction():
                store.posts.add("Forum", post(item, f"Version {item}", "Text.", url=url), 1)
    said = run("why", url).stdout
    assert "Version one" in said
    assert "Version two" in said
