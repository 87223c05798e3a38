"""The page of each kind tells every option, with its default and in the words of the code."""

from __future__ import annotations

import json
import re

import pytest
from pydantic.fields import FieldInfo

from listener.collect import COLLECTORS
from tests.pages import ROOT

KINDS = ("appstore", "gdelt", "wordpress")


@pytest.mark.parametrize("kind", KINDS)
def test_options(kind: str) -> None:
    page = (ROOT / f"docs/collectors/{kind}.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE))
    fields: dict[str, FieldInfo] = COLLECTORS[kind].Options.model_fields  # type: ignore[attr-defined]
    assert rows == {name: f"{_default(one)} | {one.description}" for name, one in fields.items()}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "none" if field.default is None else f"`{json.dumps(field.default)}`"
