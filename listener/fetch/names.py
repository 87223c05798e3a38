"""Addresses as they may be shown: without what lets somebody in."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Private feeds carry their secret in the path, too (Google Alerts, calendar and issue trackers).
_TOKEN = re.compile(r"(?=[^/]*[0-9])[^/]{16,}|[^/]{40,}")
_UNPRINTABLE = re.compile(r"[^!-~]+")


def shown(url: str) -> str:
    """Return `url` for logs and errors: no user, query, fragment, nor likely tokens."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not a URL)"
    path = _TOKEN.sub("...", _UNPRINTABLE.sub("", parts.path))
    host = _UNPRINTABLE.sub("", parts.hostname or "")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{path}"[:200]
