"""import and export as a person types them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from listener.cli import main

Run = Callable[..., "Said"]
CONFIG = """
[listener]
timezone = "Europe/Paris"

[[brands]]
name = "Acme"
query = "acme"
matches = ["Acme"]

[[sources]]
name = "Archive"
kind = "import"
publishes = "review"

[[sources]]
name = "Gazette"
kind = "feed"
url = "https://gazette.example/feed"

[[sources]]
name = "Private"
kind = "feed"
url = "env:PRIVATE_FEED"
"""


class Said(NamedTuple):
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "sources.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRIVATE_FEED", "https://x.example/SECRET")
    monkeypatch.setenv("COLUMNS", "200")
    for module in ("taking", "giving", "archive"):
        monkeypatch.setattr(f"listener.cli.{module}.quiet_logs", lambda: None)

    def command(*arguments: str, code: int = 0) -> Said:
        monkeypatch.setattr(sys, "argv", ["listener", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = Said(*capsys.readouterr())
        assert end.value.code == code, said
        return said

    return command


def test_a_spreadsheet_goes_in_and_comes_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "Date;Message;Likes;Team\n20/02/2026 08:00;Acme, ça fuit;3;x\n21/02/2026 09:00;=Acme;;\n",
        encoding="cp1252",
    )
    told = run("import", "a.csv", "--source", "Archive", code=2).stderr
    assert "no column is named title, text or html" in told
    words = ["import", "a.csv", "--source", "Archive", "--map", "text=Message"]
    words += ["--map", "published=Date", "--dates", "%d/%m/%Y %H:%M"]
    dry = run(*words, "--dry-run")
    assert "2 posts would be taken; nothing was stored" in dry.stdout
    assert "columns that are not read: Team" in dry.stderr
    assert "2 posts read, 2 new, 2 mentions" in run(*words).stdout
    assert "2 posts read, 0 new, 0 mentions" in run(*words).stdout
    run("export", "out.csv")
    body = (tmp_path / "out.csv").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(body.decode("utf-8-sig").splitlines()))
    assert [(row["text"], row["published"], row["likes"]) for row in rows] == [
        ("Acme, ça fuit", "2026-02-20T08:00:00+01:00", "3"),
        ("'=Acme", "2026-02-21T09:00:00+01:00", ""),
    ]
    assert {(row["brand"], row["kind"]) for row in rows} == {("Acme", "review")}
    assert "exists already" in run("export", "out.csv", code=2).stderr
    status = run("status")
    assert "Archive: posts came last: " in status.stdout
    assert "Archive: posts came last: never" not in status.stdout


def test_a_file_with_a_bad_line_is_left_alone(run: Run, tmp_path: Path) -> None:
    lines = ['{"text": "Acme"}', '{"txt": "Acme"}', "{", '{"text": "Acme", "likes": "many"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    told = run("import", "a.jsonl", "--source", "Archive", code=1).stderr
    assert 'a.jsonl: line 2: txt: is not a known field; did you mean "text"?' in told
    assert "a.jsonl: line 3: is no JSON" in told
    assert "a.jsonl: line 4: likes: must be a whole number from 0" in told
    assert "nothing was stored" in told
    assert not (tmp_path / "var").exists()
    said = run("import", "a.jsonl", "--source", "Archive", "--skip-bad").stdout
    assert "1 posts read, 1 new, 1 mentions; 3 bad lines were left out" in said
    out = run("export", "--jsonl", "--posts").stdout
    assert json.loads(out)["text"] == "Acme"


def test_posts_that_share_an_address_are_told(run: Run, tmp_path: Path) -> None:
    page = "https://shop.example/tent"
    rows = "".join(f"Acme {n},{page}\n" for n in range(3))
    (tmp_path / "a.csv").write_text(f"text,url\n{rows}", encoding="utf-8")
    words = ["import", "a.csv", "--source", "Archive"]
    assert "2 lines tell of a post again" in run(*words, "--dry-run").stderr
    (tmp_path / "a.csv").write_text(f"text,url,id\n{rows.replace('tent', 'tent,1', 1)}", "utf-8")
    assert "1 lines tell of a post again" in run(*words).stderr


def test_what_cannot_be_meant_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}', encoding="utf-8")
    assert "which source" in run("import", "a.jsonl", code=2).stderr
    assert 'did you mean "Archive"' in run("import", "a.jsonl", "--source", "Arch", code=2).stderr
    assert "no such file" in run("import", "b.csv", "--source", "Archive", code=2).stderr
    twice = ["import", "a.csv", "--source", "Archive", "--map", "text=a", "--map", "text=b"]
    (tmp_path / "a.csv").write_text("a,b\nc,d\n", encoding="utf-8")
    assert "one field to two columns" in run(*twice, code=2).stderr
    (tmp_path / "memory.csv").symlink_to("/proc/self/mem")  # nobody can read what is at 0
    told = run("import", "memory.csv", "--source", "Archive", code=1).stderr
    assert told.startswith("memory.csv: cannot be read: ")
    assert "end its name" in run("export", "a.pdf", code=2).stderr
    assert "leave out" in run("export", "--posts", "--min-risk", "3", code=2).stderr


def test_feeds_go_in_and_come_out(run: Run, tmp_path: Path) -> None:
    run("export", "mine.opml")
    assert "as a whole" in run("export", "--opml", "--since", "7d", code=2).stderr
    assert "not feeds" in run("import", "mine.opml", "--source", "Archive", code=2).stderr
    told = run("export", "--opml")
    assert told.stdout == (tmp_path / "mine.opml").read_text(encoding="utf-8")
    assert "https://gazette.example/feed" in told.stdout
    assert "SECRET" not in told.stdout + told.stderr
    assert "Private: its address is a secret" in told.stderr
    more = '<outline text="Private" xmlUrl="https://b.example/"/></body>'
    (tmp_path / "mine.opml").write_text(told.stdout.replace("</body>", more), encoding="utf-8")
    shown = run("import", "mine.opml")
    assert shown.stdout.startswith('[[sources]]\nname = "Private 2"\nkind = "feed"\n')
    assert "Gazette is listed already" in shown.stderr
    assert (tmp_path / "sources.toml").read_text(encoding="utf-8") == CONFIG
    run("import", "mine.opml", "--write")
    after = (tmp_path / "sources.toml").read_text(encoding="utf-8")
    assert after == f"{CONFIG.rstrip()}\n\n{shown.stdout}"
    assert "lists no feed that is new" in run("import", "mine.opml", "--write", code=1).stderr


def test_enough_is_enough(run: Run, tmp_path: Path) -> None:
    """A pipe that closes early is no error: `listener export | head -1`."""
    rows = "\n".join(json.dumps({"id": n, "text": f"Acme {n} " * 200}) for n in range(300))
    (tmp_path / "a.jsonl").write_text(rows, encoding="utf-8")
    run("import", "a.jsonl", "--source", "Archive")
    command = [sys.executable, "-m", "listener", "export"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PRIVATE_FEED": "https://x.example/"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"url,title,text")
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0
