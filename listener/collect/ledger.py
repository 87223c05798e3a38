"""What became of the things that a source lists, remembered in few characters each."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Self

MOST = 300  # things; all of them together stay below 4 kB
_NAME, _CONTENT = 6, 4  # characters of a fingerprint: 36 bits tell things apart, 24 their versions
_MARK = re.compile(rf"([\w-]{{{_NAME}}})([\w-]{{{_CONTENT}}})([a-zA-Z])", re.ASCII)


class Ledger:
    """A letter for each thing, and a fingerprint of the content for which it holds.

    What is no longer listed is remembered while there is room: lists are cut short, or empty for an
    hour, and come back.
    """

    def __init__(self, marks: dict[str, tuple[str, str]]) -> None:
        self._marks = marks

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what `text` kept, as far as it is something we know."""
        found = _MARK.findall(text)[-MOST:]
        return cls({name: (content, letter) for name, content, letter in found})

    def kept(self) -> str:
        newest = list(self._marks.items())[-MOST:]
        return "".join(f"{name}{content}{letter}" for name, (content, letter) in newest)

    def of(self, name: str, content: str = "") -> str:
        """Return the letter of a thing; "" for one that is new, or has another content now."""
        known, letter = self._marks.get(_print(name, _NAME), ("", ""))
        return letter if known == _print(content, _CONTENT) else ""

    def before(self, name: str) -> str:
        """Return the letter of a thing whatever its content was; "" for one that is new."""
        return self._marks.get(_print(name, _NAME), ("", ""))[1]

    def note(self, name: str, letter: str, content: str = "") -> None:
        self._marks.pop(_print(name, _NAME), None)
        self._marks[_print(name, _NAME)] = (_print(content, _CONTENT), letter)

    def listed(self, names: Iterable[str]) -> None:
        """Say what is listed now, `MOST` at most: whatever else there is, is forgotten sooner."""
        for name in names:
            mark = self._marks.pop(_print(name, _NAME), None)
            if mark is not None:
                self._marks[_print(name, _NAME)] = mark


def _print(text: str, length: int) -> str:
    """Return so many characters, of six bits each, that stand for a text."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]
