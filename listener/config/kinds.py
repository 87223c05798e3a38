"""Checks what each kind of source or channel adds to its table, and fills in its secrets."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from listener.collect import COLLECTORS
from listener.config.problems import Places, read, suggestion
from listener.config.shape import Channel, Source
from listener.config.types import is_reference, resolve_secret
from listener.notify import CHANNELS

COMMON: Mapping[str, type[BaseModel]] = {"sources": Source, "channels": Channel}
KINDS: Mapping[str, Mapping[str, type]] = {"sources": COLLECTORS, "channels": CHANNELS}
# what people write for a kind whose name is not like it, and what nobody should look for
MEANT = {"atom": "feed", "bluesky": "jetstream", "mail": "imap", "rss": "feed"}
ABSENT = ("facebook", "instagram", "linkedin", "tiktok", "trustpilot", "twitter", "x", "youtube")


def find_kind(table: str, kind: str) -> type:
    """Return the class of a kind: one of ours, or `package.module:Class` of a third party.

    Raises ValueError with a sentence for the operator.
    """
    ours = KINDS[table]
    if kind in ours:
        return ours[kind]
    if table == "sources" and kind.casefold() in ABSENT:
        raise ValueError(f'the kind "{kind}" is not there yet; docs/guide.md says what is')
    if table == "sources" and kind.casefold() in MEANT:
        raise ValueError(f'unknown kind "{kind}"; did you mean "{MEANT[kind.casefold()]}"?')
    if ":" not in kind:
        raise ValueError(f'unknown kind "{kind}"{suggestion(kind, tuple(ours))}')
    try:
        found = pkgutil.resolve_name(kind)
    except (ImportError, AttributeError, ValueError) as exc:
        raise ValueError(f'cannot import the kind "{kind}": {exc}') from exc
    if not (isinstance(found, type) and hasattr(found, "Options")):
        raise ValueError(f'"{kind}" is no class with Options; see CONTRIBUTING')
    return found


def check_kinds(
    table: str, data: Mapping[str, Any], places: Places, folder: Path, problems: list[str]
) -> dict[str, BaseModel]:
    """Return the options of each entry of `table` by name; add what is wrong to `problems`."""
    options: dict[str, BaseModel] = {}
    entries = data.get(table, [])
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
            continue  # said by the shape
        path = (table, index)
        try:
            model: type[BaseModel] = find_kind(table, entry["kind"]).Options  # type: ignore[attr-defined]
        except ValueError as exc:
            problems.append(places.problem((*path, "kind"), str(exc)))
            continue
        own = {k: v for k, v in entry.items() if k not in COMMON[table].model_fields}
        filled = _fill(model, own, places, path, folder, problems)
        found = read(model, filled, places, path, problems, COMMON[table].model_fields)
        if found is not None and isinstance(entry.get("name"), str):
            options[entry["name"]] = found
    return options


def _fill(
    model: type[BaseModel],
    own: Mapping[str, Any],
    places: Places,
    path: tuple[str | int, ...],
    folder: Path,
    problems: list[str],
) -> dict[str, Any]:
    """Return the options with references resolved; a secret written as it is is a problem."""
    filled = dict(own)
    for key, value in own.items():
        field = model.model_fields.get(key)
        if is_reference(value):
            try:
                filled[key] = resolve_secret(value, folder)
            except ValueError as exc:
                problems.append(places.problem((*path, key), str(exc)))
                filled[key] = "unknown" if field is None else _stand_in(value)
        elif field is not None and _is_secret(field.annotation):
            problems.append(
                places.problem(
                    (*path, key), 'is a secret: write "env:NAME" or "file:PATH", never as it is'
                )
            )
    return filled


def _stand_in(reference: str) -> str:
    """Return something that passes for a URL or a word, so that one problem is told once."""
    return f"https://unset.invalid/{reference.partition(':')[2]}"


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ())
