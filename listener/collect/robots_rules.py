"""The language of robots.txt (RFC 9309), and the pace that many add to it.

The standard library's reader knows no `*` and takes the first rule that fits, so it would enter
where it is asked not to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_MOST = 2000  # rules
_PATHS = ("allow", "disallow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """For one program: patterns of paths, and whether they are allowed.

    delay  seconds between two requests, None when it is not said
    """

    paths: tuple[tuple[str, bool], ...] = ()
    delay: float | None = None

    def allow(self, url: str) -> bool:
        """Tell whether an address may be read: the longest pattern that fits decides (2.2.2)."""
        parts = urlsplit(url)
        path = unquote(parts.path or "/") + (f"?{unquote(parts.query)}" if parts.query else "")
        fitting = [(len(pattern), ok) for pattern, ok in self.paths if _fits(pattern, path)]
        return max(fitting, default=(0, True))[1]


def read_rules(text: str, program: str) -> Rules:
    """Return what is asked of a program by its name, else of all programs."""
    groups: dict[str, list[tuple[str, str]]] = {}  # of these two
    named: set[str] = set()
    heading = False
    for key, value in _lines(text):
        if key == "user-agent":
            name = value.lower().partition("/")[0].strip()  # some add a version
            named = (named if heading else set()) | ({name} & {program, "*"})
            for name in named:
                groups.setdefault(name, [])
        else:
            for name in named:
                groups[name].append((key, value))
        heading = key == "user-agent"
    rules = groups.get(program, groups.get("*", []))
    paths = [(unquote(value), key == "allow") for key, value in rules if key in _PATHS and value]
    delays = [_seconds(value) for key, value in rules if key == "crawl-delay"]
    return Rules(paths=tuple(paths[:_MOST]), delay=next(filter(None, delays), None))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines we know, by key and value."""
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key = key.strip().lower()
        if colon and key in ("user-agent", "crawl-delay", *_PATHS):
            yield key, value.strip()


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None


def _fits(pattern: str, path: str) -> bool:
    """Tell whether a path begins as a pattern says, with `*` for anything and `$` for the end."""
    whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if whole and not others:
        return at == len(path)
    last = others.pop() if whole else None
    for piece in others:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return last is None or (path.endswith(last) and len(path) - len(last) >= at)
