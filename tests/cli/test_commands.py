"""The commands as a person types them, each in a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from listener.cli import app
from tests.kill.world import World

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    for _ in range(6):
        made.grow()
    yield made
    made.close()


@pytest.fixture
def run(tmp_path: Path, world: World) -> Run:
    """Run a command in a workspace that listens to the small world."""
    (tmp_path / "sources.toml").write_text(world.config(), encoding="utf-8")

    def command(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "listener", *arguments],
            cwd=tmp_path,
            env=os.environ
            | {"KILL_TEST_SLACK": f"http://127.0.0.1:{world.port}/hook", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return command


def test_help_teaches(run: Run) -> None:
    said = run("--help").stdout
    for command in ("init", "add", "check", "run", "collect", "digest", "report", "status"):
        assert command in said
    assert "Exit codes" in said
    assert run("--version").stdout.strip() == "0.1.0"


@pytest.mark.parametrize(
    "command", [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    assert len(run(command, "--help").stdout) > 200


def test_from_nothing_to_a_first_digest(run: Run, tmp_path: Path, world: World) -> None:
    run("init", "mine", "--language", "fr", "--timezone", "Europe/Paris")
    file = tmp_path / "mine" / "sources.toml"
    before = file.read_text(encoding="utf-8")
    run("add", "brand", "Acme", "-c", str(file))
    after = file.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip()), "what stood there is untouched, comments included"
    with file.open("a", encoding="utf-8") as toml:
        url = f"http://127.0.0.1:{world.port}/feed/0"
        toml.write(f'\n[[sources]]\nname = "F"\nkind = "feed"\nurl = "{url}"\nprivate = true\n')
    assert "well" in run("check", "-c", str(file)).stdout
    passes = json.loads(run("collect", "--json", "-c", str(file)).stdout)
    assert passes[0]["mentions"] > 0
    shown = run("digest", "--dry-run", "-c", str(file)).stdout
    assert "item00x0000" in shown
    assert (tmp_path / "mine/var/preview/moi-by-dossier.html").exists()
    run("digest", "-c", str(file))
    messages = list((tmp_path / "mine/var/messages").iterdir())
    assert {path.suffix for path in messages} == {".eml", ".html", ".json"}
    path = Path(run("report", "-c", str(file)).stdout.strip())
    assert "<html" in path.read_text(encoding="utf-8")


def test_init_overwrites_nothing(run: Run) -> None:
    assert "exists already" in run("init", ".", code=2).stderr


def test_add_a_brand_twice_is_refused_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    before = (tmp_path / "sources.toml").read_bytes()
    assert 'a second brand "Acme"' in run("add", "brand", "Acme", code=2).stderr
    assert (tmp_path / "sources.toml").read_bytes() == before
    assert not list(tmp_path.glob("sources.toml.*"))


def test_names_are_quoted_where_they_must_be(run: Run, tmp_path: Path) -> None:
    run("add", "brand", 'The "Big" OR', "--account", "@big")
    text = (tmp_path / "sources.toml").read_text(encoding="utf-8")
    assert 'accounts = ["@big"]' in text
    assert json.loads(run("check", "--json").stdout)["problems"] == []


def test_status_says_how_things_are(run: Run) -> None:
    before = json.loads(run("status", "--json").stdout)
    assert {source["state"] for source in before["sources"]} == {"pending"}
    run("collect")
    after = json.loads(run("status", "--json").stdout)
    assert {source["state"] for source in after["sources"]} == {"heard"}
    assert after["running"] is False
    assert "Feed 3" in run("status").stdout


def test_collect_of_an_unknown_source_suggests(run: Run) -> None:
    assert 'did you mean "Feed 1"?' in run("collect", "Fed 1", code=2).stderr


def test_a_dead_source_fails_the_command_and_the_others_go_on(
    run: Run, tmp_path: Path, world: World
) -> None:
    path = tmp_path / "sources.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"127.0.0.1:{world.port}/feed/1", "127.0.0.1:9/feed"))
    passes = json.loads(run("collect", "--json", code=1).stdout)
    assert [bool(p["error"]) for p in passes] == [False, True, False, False]
    assert "refused" in passes[1]["error"]


def test_a_digest_that_cannot_be_sent_says_so_and_the_next_one_tries_again(
    run: Run, tmp_path: Path, world: World
) -> None:
    path, secret = tmp_path / "sources.toml", tmp_path / "hook"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("env:KILL_TEST_SLACK", "file:hook"), encoding="utf-8")
    secret.write_text("http://127.0.0.1:9/hook")
    run("collect")
    failed = run("digest", code=1)
    assert "3 messages written, 2 sent" in failed.stdout
    assert 'not sent: "' in failed.stderr
    assert "Slack cannot be reached" in failed.stderr
    secret.write_text(f"http://127.0.0.1:{world.port}/hook")
    assert "0 messages written" in run("digest").stdout
    assert json.loads(run("status", "--json").stdout)["waiting"] == []


def test_a_source_is_added_once(run: Run, tmp_path: Path, world: World) -> None:
    before = (tmp_path / "sources.toml").read_bytes()
    said = run("add", "source", f"http://127.0.0.1:{world.port}/feed/1", "--private")
    assert 'the source "Feed 1" listens there' in said.stdout
    assert (tmp_path / "sources.toml").read_bytes() == before


def test_backup_and_erase(run: Run, tmp_path: Path) -> None:
    run("collect")
    assert "to restore" in run("backup", "copy.db").stdout
    assert (tmp_path / "copy.db").stat().st_size > 10_000
    assert "exists already" in run("backup", "copy.db", code=3).stderr
    said = run("erase", "https://shop.example/item00x0000", "--yes").stdout
    assert "erased 1 posts with 1 mentions" in said
    assert "erased 0 posts" in run("erase", "https://shop.example/item00x0000", "--yes").stdout


def test_eject_gives_the_operator_a_file_of_their_own(run: Run, tmp_path: Path) -> None:
    assert "alerts/rules.toml" in run("eject").stdout.split()
    run("eject", "alerts/rules.toml")
    mine = tmp_path / "alerts" / "rules.toml"
    mine.write_text("[high-risk]\nrisk = 900\n", encoding="utf-8")
    said = run("check", code=2).stderr
    assert "alerts/rules.toml: high-risk.risk" in said
    assert "exists already" in run("eject", "alerts/rules.toml", code=2).stderr


def test_a_broken_template_is_found_by_check(run: Run, tmp_path: Path) -> None:
    run("eject", "alerts/digest.html")
    template = tmp_path / "alerts" / "digest.html"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("{{", "{{ no_such_thing }}{{", 1), encoding="utf-8")
    said = run("check", code=2).stderr
    assert "digest.html:" in said
    assert "no_such_thing" in said


def test_a_newer_database_is_refused_with_3(run: Run, tmp_path: Path) -> None:
    run("collect")
    with sqlite3.connect(tmp_path / "var/listener.db") as db:
        db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                   " VALUES ('listener', 'future', '2030')")  # fmt: skip
    db.close()
    assert "newer version" in run("status", code=3).stderr
