"""Checks that what is pushed can arrive: a server to push to, and a path for each source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listener.collect.pushed import slug
from listener.config.checks import entries
from listener.config.problems import Places


def check_hooks(data: Mapping[str, Any], places: Places, problems: list[str]) -> None:
    """Add webhooks without a server, and webhooks that no path leads to, to `problems`."""
    paths: dict[str, str] = {}
    for path, source in entries(data, "sources"):
        name = source.get("name")
        if source.get("kind") != "webhook" or not isinstance(name, str):
            continue
        if "web" not in data:
            what = "is pushed to, and nothing listens: add the table [web]"
            problems.append(places.problem((*path, "kind"), what))
        hook = slug(name)
        if not hook:
            what = "needs a letter or a digit: it stands in the webhook's address"
            problems.append(places.problem((*path, "name"), what))
        elif paths.setdefault(hook, name) != name:
            what = f'has the same address as "{paths[hook]}": /hooks/{hook}'
            problems.append(places.problem((*path, "name"), what))
