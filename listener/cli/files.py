"""Files that commands write for people: whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from listener.errors import ListenerError


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a file beside `path` to write to, which takes its place at the end.

    When anything fails, what stood there stays. Raises ListenerError when it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)  # left by a command that was killed
        yield part
        part.replace(path)
    except OSError as exc:
        raise ListenerError(f"{path}: cannot be written: {exc.strerror}") from exc
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file, and the folders that it lies in. Raises ListenerError."""
    with whole(path) as part:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
