"""Domains, as people write them and as addresses hold them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def domain(written: str) -> str:
    """Return the domain of `lemonde.fr`, `*.lemonde.fr` or `https://www.lemonde.fr/`.

    "" when it is none, or holds a path.
    """
    bare = re.sub(r"^(https?:)?//", "", written.strip().lower()).rstrip("/")
    bare = re.sub(r"^(\*?\.)?(www\.)?", "", bare)
    return "" if re.search(r"[/\s:@*?]", bare) else _ascii(bare)


def host(url: str | None) -> str | None:
    """Return the domain an address lies in; None when there is none."""
    try:
        found = urlsplit(url or "").hostname
    except ValueError:  # brackets that hold no IPv6 address
        return None
    return _ascii(found) if found else None


def _ascii(name: str) -> str:
    try:
        return name.encode("idna").decode()
    except UnicodeError:  # too long, empty labels: no domain, compared as it is
        return name
