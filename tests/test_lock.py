from __future__ import annotations

import errno
import fcntl
from pathlib import Path

import pytest

from listener.errors import StoreError
from listener.lock import is_held, only_one
from listener.store import open_store


def test_one_holds_it_and_the_next_is_told_who(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    with only_one(tmp_path):
        assert is_held(tmp_path)
        with pytest.raises(StoreError, match=r"in use by process \d+ on "), only_one(tmp_path):
            pass
    assert not is_held(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be"), only_one(tmp_path / "file" / "var"):
        pass
    with pytest.raises(StoreError, match="cannot be made"):
        open_store(tmp_path / "file" / "var" / "listener.db")


def test_a_lock_that_cannot_be_seen_or_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    (tmp_path / "a" / "listener.lock").mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be read"):
        is_held(tmp_path / "a")
    monkeypatch.setattr(fcntl, "flock", no_locks)
    with (
        pytest.raises(StoreError, match="cannot be locked: No locks available"),
        only_one(tmp_path / "b"),
    ):
        pass
