from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from listener.store import Store, open_store


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "var" / "listener.db")
    yield opened
    opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files that hold slow tests: at the end, everybody else would wait for one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Make a skip for a missing server or browser a failure where all of them must be there."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    needs = item.get_closest_marker("browser") or item.get_closest_marker("system")
    if os.environ.get("LISTENER_REQUIRE") and needs and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"must not be skipped here: {report.longrepr}"
