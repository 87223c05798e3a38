"""Imports point down: holds the layers of docs/architecture.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import listener

ROOT = Path(listener.__file__).parent
# a module may import from its own layer's package and from the layers below
LAYERS = (
    ("cli",),
    ("daemon", "demo"),
    ("web",),
    ("app",),
    (
        "rematch",
        "rescore",
        "labelling",
        "reassess",
        "surges",
        "delivery",
        "lock",
        "search",
        "why",
        "exchange",
    ),
    ("pipeline",),
    ("intake",),
    ("owing", "digest", "report"),
    ("rules", "judge"),
    ("config",),
    ("collect", "notify"),
    ("fetch", "store"),
    ("analysis",),
    ("content",),
    ("locale",),
    ("messages",),
    ("model", "errors", "clock", "logs", "systemd"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def part(module: str) -> str:
    names = module.split(".")
    return names[1] if len(names) > 1 else ""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("listener"):
            if node.module == "listener":
                yield from (f"listener.{alias.name}" for alias in node.names)
            else:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("listener"))


def modules() -> list[Path]:
    return sorted(p for p in ROOT.rglob("*.py") if p.parent != ROOT or p.stem != "__init__")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    here = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if here == "__main__":
        return
    for module in imports(path):
        there = part(module)
        if there in ("", "__version__") or there == here:
            continue
        assert RANK[here] < RANK[there], f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_functions_fit_in_the_eye(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 55, f"{path.relative_to(ROOT)}: {node.name} has {length} lines"
