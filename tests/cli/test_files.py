"""What commands write for people: whole or not at all, and told in one line when it fails."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

import pytest

from listener import cli
from listener.cli.files import whole, write_text
from listener.config import load
from listener.errors import ListenerError

FRENCH = """
[listener]
language = "fr"

[[people]]
name = "Moi"
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, str]:
    """Return the exit code of a command, and all that it says."""
    monkeypatch.setattr(sys, "argv", ["listener", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out + told.err


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: Path, text: str | bytes, *_: object, **__: object) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", write)
    monkeypatch.setattr(Path, "write_bytes", write)


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "new" / "page.html"
    write_text(target, "first")
    with contextlib.suppress(RuntimeError), whole(target) as part:
        part.write_text("half")
        raise RuntimeError
    assert target.read_text() == "first"
    assert [path.name for path in target.parent.iterdir()] == ["page.html"]
    with pytest.raises(ListenerError, match=r"page\.html/x: cannot be written: Not a directory"):
        write_text(target / "x", "text")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        pytest.param(("init", "mine"), "mine/sources.toml", id="init"),
        pytest.param(("eject", "alerts/digest.html"), "alerts/digest.html", id="eject"),
        pytest.param(("add", "brand", "Acme"), "sources.toml", id="add"),
    ],
)
def test_a_full_disk_leaves_no_half_file(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    named: str,
) -> None:
    """An empty template would be taken for the operator's own, an empty sources.toml for one."""
    (tmp_path / "sources.toml").write_text(FRENCH)
    full_disk(monkeypatch)
    code, told = said(capsys, monkeypatch, *words)
    assert code == 1
    assert told.strip().endswith(f"{named}: cannot be written: No space left on device")
    files = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert files == ["sources.toml"]
    assert (tmp_path / "sources.toml").read_text() == FRENCH


def test_a_file_of_somebody_elses_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "var/listener.lock")

    monkeypatch.setattr(cli, "app", refuse)
    assert said(capsys, monkeypatch, "status") == (1, "var/listener.lock: Permission denied\n")


def test_adding_keeps_marks_ends_of_lines_rights_and_links(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "kept" / "mine.toml"
    before = b"\xef\xbb\xbf" + FRENCH.replace("\n", "\r\n").encode()
    real.parent.mkdir()
    real.write_bytes(before)
    real.chmod(0o640)
    (tmp_path / "sources.toml").symlink_to(real)
    assert said(capsys, monkeypatch, "add", "brand", "Acme")[0] == 0
    assert (tmp_path / "sources.toml").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes().startswith(before.rstrip())


def test_a_french_file_is_added_to_in_french(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources.toml").write_text(FRENCH)
    said(capsys, monkeypatch, "add", "brand", "Acme")
    text = (tmp_path / "sources.toml").read_text(encoding="utf-8")
    assert 'matches = ["Et Acme, qu’en pensez-vous\u202f?"]' in text
    assert "# matches et ignores sont des exemples" in text


def test_what_cannot_be_added_is_told_without_a_line_and_by_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme.toml").write_text(FRENCH)
    words = ("add", "brand", "Acme", "--query", "(acme", "--config", "acme.toml")
    code, told = said(capsys, monkeypatch, *words)
    assert code == 2
    assert told.startswith('acme.toml: brands[1] "Acme".query: this "(" is never closed')
    assert "(line" not in told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("rule.toml", 'did you mean "alerts/rules.toml"?', id="misspelt"),
        pytest.param("alerts/../sources.toml", "there is no shipped file", id="not shipped"),
        pytest.param("alerts/rules.toml", "sources.toml: no such file", id="nowhere"),
    ],
)
def test_eject_writes_only_what_works(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    told: str,
) -> None:
    code, words = said(capsys, monkeypatch, "eject", name)
    assert code == 2
    assert told in words
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("zone", ["Europe/Pari", '"'])
def test_init_of_an_unknown_zone_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    code, told = said(capsys, monkeypatch, "init", "mine", "--timezone", zone)
    assert code == 2
    assert told.startswith(f'--timezone "{zone}": write a time zone')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "fr_CA"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_init_speaks_the_language_of_the_terminal(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    language: str,
) -> None:
    """Whether this machine has that locale installed or not."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert said(capsys, monkeypatch, "init", "[mine]")[1].startswith("made [mine]/sources.toml")
    assert load(Path("[mine]/sources.toml")).tables.listener.language == language


def test_a_backup_that_fails_leaves_nothing_and_one_that_works_is_private(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources.toml").write_text(FRENCH)
    said(capsys, monkeypatch, "status")  # makes the database
    code, told = said(capsys, monkeypatch, "backup", "nowhere/copy.db")
    assert (code, told.splitlines()[-1]) == (3, "nowhere: no such folder")
    assert said(capsys, monkeypatch, "backup", "copy.db")[0] == 0
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(Path, "chmod", lambda *_: (_ for _ in ()).throw(full))
    code, told = said(capsys, monkeypatch, "backup", "second.db")
    assert (code, told.splitlines()[-1]) == (
        1,
        "second.db: cannot be written: No space left on device",
    )
    assert not list(tmp_path.glob("second*"))
