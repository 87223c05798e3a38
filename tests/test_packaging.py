"""The unit, the image, the pinned requirements and the checks: as far as they can be tried here."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from listener.daemon import GRACE
from listener.lock import only_one
from listener.store import open_store
from listener.store.sources import SourceState
from tests.pages import ROOT

PACKAGING = ROOT / "packaging"
UNIT = PACKAGING / "listener.service"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def lines(path: Path) -> list[str]:
    """Return the lines of a file that count, continued ones joined."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in map(str.strip, text.splitlines()) if line and line[0] != "#"]


def unit() -> dict[str, str]:
    return {key: value for key, _, value in (line.partition("=") for line in lines(UNIT))}


@pytest.mark.system
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze on this machine")
    here = tmp_path / "listener.service"  # where a program stands at the place it names
    text = UNIT.read_text(encoding="utf-8")
    here.write_text(text.replace("/opt/listener/bin/listener", sys.executable), encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", here], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "listener.service" not in done.stderr, "a word that it does not know"


def test_the_unit_gives_the_work_in_hand_its_time_and_stays_down_when_misconfigured() -> None:
    said = unit()
    assert float(said["TimeoutStopSec"]) > GRACE
    assert said["RestartPreventExitStatus"] == "2"
    assert said["Type"] == "notify"
    assert "HUP" in said["ExecReload"]


def copied() -> list[str]:
    """Return what the Dockerfile takes from the checkout."""
    found = []
    for line in lines(PACKAGING / "Dockerfile"):
        words = line.split()
        if words[0] == "COPY" and not words[1].startswith("--from"):
            found += words[1:-1]
    return found


def test_the_image_is_made_of_what_is_there() -> None:
    allowed = [line[1:] for line in lines(ROOT / ".dockerignore") if line.startswith("!")]
    assert sorted(copied()) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied())


def test_the_image_holds_what_the_wheel_is_built_of() -> None:
    hatch = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    project = PROJECT["project"]
    needed = {"pyproject.toml", project["readme"], *project["license-files"]}
    needed |= {*hatch["packages"], *hatch["force-include"]}
    assert needed <= set(copied())


def test_the_image_runs_as_nobody_in_particular() -> None:
    said = lines(PACKAGING / "Dockerfile")
    last = max(i for i, line in enumerate(said) if line.startswith("FROM"))
    assert "USER listener" in said[last:]
    assert "VOLUME /data" in said[last:]
    images = {line.split()[1] for line in said if line.startswith("FROM")}
    assert images == {"python:3.11-slim-bookworm"}, "both stages share one Python"


def healthcheck() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthcheck", PACKAGING / "healthcheck.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A sources.toml whose one source is due now."""
    path = tmp_path / "sources.toml"
    path.write_text('[[sources]]\nname = "F"\nkind = "feed"\nurl = "https://example.org/"\n')
    store = open_store(tmp_path / "var/listener.db")
    store.sources.save(SourceState(name="F", kind="feed", due_at=NOW))
    store.close()
    return path


def test_a_container_without_a_daemon_is_ill(workspace: Path) -> None:
    assert healthcheck().illness(workspace, NOW) == "no daemon holds the store"


def test_a_container_is_ill_when_its_daemon_polls_no_more(workspace: Path) -> None:
    illness = healthcheck().illness
    with only_one(workspace.parent / "var"):
        assert illness(workspace, NOW + timedelta(minutes=59)) is None
        assert illness(workspace, NOW + timedelta(minutes=61)) == "due for an hour, not polled: F"


def test_a_mistake_in_the_file_is_no_illness_of_the_daemon(workspace: Path) -> None:
    workspace.write_text("[[sources]", encoding="utf-8")
    assert healthcheck().illness(workspace, NOW) is None


def test_the_health_check_exits_as_docker_expects(workspace: Path) -> None:
    done = subprocess.run(
        [sys.executable, PACKAGING / "healthcheck.py"],
        cwd=workspace.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (1, "no daemon holds the store")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_and_name_no_index(name: str) -> None:
    for line in lines(ROOT / name):
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ;.*)?", line), line


def test_every_dependency_is_pinned() -> None:
    def folded(text: str) -> str:
        return re.split(r"[\[<>=;]", text)[0].replace("_", "-").lower()

    pinned = {folded(line) for line in lines(ROOT / "requirements.txt")}
    assert {folded(line) for line in PROJECT["project"]["dependencies"]} <= pinned


def test_the_checks_can_be_run() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)
    said = script.read_text(encoding="utf-8")
    assert "make test" in said
    assert "make lint" in said
