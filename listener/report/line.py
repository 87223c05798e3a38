"""Foreign text as one harmless line."""

from __future__ import annotations

import re

# Line ends and control characters become a space, the no-break spaces of typography stay; what
# turns the reading order around goes.
_BLANK = re.compile(r"(?:[^\S\xa0\u202f]|[\x00-\x1f\x7f-\x9f])+")
_TRICKS = re.compile(r"[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str, width: int) -> str:
    """Return `text` on one line, cut to `width` characters."""
    words = _TRICKS.sub("", _BLANK.sub(" ", text[: 4 * width])).strip()
    return words if len(words) <= width else words[: width - 1].rstrip() + "…"
