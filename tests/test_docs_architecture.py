"""docs/architecture.md shows the program as it is."""

from __future__ import annotations

import re
import tomllib

import pytest

from listener.store import Store
from tests.pages import ROOT, blocks
from tests.test_layers import LAYERS

PAGE = ROOT / "docs/architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")


def trees() -> list[str]:
    return [block.text for block in blocks("text", PAGE)]


def test_the_folders_are_there() -> None:
    (tree,) = (t for t in trees() if t.startswith("sources.toml"))
    for name in re.findall(r"^(\S+)", tree, re.MULTILINE):
        assert (ROOT / name).exists(), name


def test_every_part_of_the_program_is_shown_and_no_other() -> None:
    (tree,) = (t for t in trees() if t.startswith("listener/"))
    lines = re.findall(r"^  ((?:\S+ ?)+)", tree, re.MULTILINE)
    shown = {name for line in lines for name in re.findall(r"^[\w.]+/|\b\w+\.py", line)}
    there = {
        path.name + "/" * path.is_dir()
        for path in (ROOT / "listener").iterdir()
        if not path.name.startswith(("__pycache__", "__init__", "_content"))
    }
    assert shown == there


def test_the_layers_are_those_that_are_tested() -> None:
    (shown,) = (t for t in trees() if t.startswith("cli\n"))
    assert [set(line.split(", ")) for line in shown.splitlines()] == [
        set(names) for names in LAYERS
    ]


def test_every_table_is_told(store: Store) -> None:
    rows = store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = {row["name"] for row in rows if not row["name"].startswith(("_", "sqlite_"))}
    inner = {name for name in names if any(name.startswith(f"{other}_") for other in VIRTUAL)}
    told = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.+?) \|", TEXT, re.MULTILINE))))
    assert names - inner <= told


VIRTUAL = ("post_words",)  # SQLite keeps a full-text index in tables of its own


@pytest.mark.parametrize(
    "library", tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
)
def test_every_dependency_has_its_reason(library: str) -> None:
    name = re.split(r"[\[<>=]", library)[0]
    assert re.search(rf"^\| .+ \| .*\b{name}\b.* \| .+ \|$", TEXT, re.MULTILINE | re.IGNORECASE)
