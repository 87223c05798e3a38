from __future__ import annotations

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
