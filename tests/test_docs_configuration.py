"""docs/configuration.md tells every key there is, with its default, and no other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from listener.collect import COLLECTORS
from listener.config import load
from listener.config.shape import (
    Brand,
    Channel,
    Event,
    Keep,
    Listener,
    Person,
    Report,
    Source,
    Sources,
    Subscription,
    Tone,
    Web,
)
from listener.errors import ConfigError
from listener.notify import CHANNELS
from listener.rules import FILE, Rule
from tests.pages import ROOT, blocks

PAGE = ROOT / "docs/configuration.md"
KINDS = {**COLLECTORS, **CHANNELS}
MODELS: Mapping[str, type[BaseModel]] = {
    "[listener]": Listener,
    "[[brands]]": Brand,
    "[[sources]]": Source,
    "[[people]]": Person,
    "[[channels]]": Channel,
    "[[subscriptions]]": Subscription,
    "[report]": Report,
    "[web]": Web,
    "[sentiment]": Tone,
    "[[events]]": Event,
    "[keep]": Keep,
    FILE: Rule,
    **{f'kind = "{name}"': kind.Options for name, kind in KINDS.items()},  # type: ignore[attr-defined]
}


def sections() -> dict[str, dict[str, str]]:
    """Return for each heading in code the keys of its table, and what it says of their defaults."""
    found: dict[str, dict[str, str]] = {}
    for part in re.split(r"^#{2,3} ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        if part.startswith("`"):
            rows = re.findall(r"^\| `([\w.]+)` \| (.+?) \|", part, re.MULTILINE)
            found[part.split("`")[1]] = dict(rows)
    return found


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key of a model; those of a table inside it as `table.key`."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def test_every_table_is_told() -> None:
    assert set(sections()) == {*MODELS, "[lists]"}
    told = {heading.strip("[]") for heading in sections()}
    assert set(Sources.model_fields) <= told


@pytest.mark.parametrize("heading", MODELS)
def test_every_key_is_told_with_its_default(heading: str) -> None:
    told = sections()[heading]
    known = dict(fields(MODELS[heading]))
    assert sorted(told) == sorted(known)
    for key, field in known.items():
        said = told[key]
        if field.is_required():
            assert said == "required", key
        elif field.default is None:
            assert said == "none", key
        else:
            kind: TypeAdapter[object] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
            value = tomllib.loads(f"value = {said.strip('`')}")["value"]
            assert kind.validate_python(value) == field.default, key


def test_the_mistakes_it_shows_are_what_is_said(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\nmatches = ["Acmee opens a shop"]\n'
        '[[sources]]\nname = "F"\nkind = "feed"\nurl = "https://example.org/"\n'
        '[[sources]]\nname = "BBC Business"\nkind = "feed"\nurl = "https://example.org/"\n'
        'evry = "10m"\n[[people]]\nname = "Ana"\n'
        '[[channels]]\nname = "mail"\nkind = "smtp"\nhost = "h"\nuser = "u"\npassword = "p"\n'
        'sender = "L <l@example.org>"\n[[subscriptions]]\nperson = "Anna"\nchannel = "mail"\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "sources.toml")
    (shown,) = blocks("text", PAGE)

    def without_lines(lines: list[str]) -> list[str]:
        return sorted(re.sub(r" \(line \d+\)$", "", line) for line in lines)

    assert without_lines(shown.text.splitlines()) == without_lines(list(caught.value.problems))
