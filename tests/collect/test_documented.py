"""The page of each kind tells every option, with its default, some in the words of the code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from pydantic.fields import FieldInfo

from listener.collect import COLLECTORS
from tests.pages import ROOT

PAGES = tuple(kind for kind in COLLECTORS if kind != "import")  # docs/import-export.md tells of it
WORD_FOR_WORD = ("appstore", "feed", "gdelt", "lemmy", "mastodon", "webhook", "wordpress")
_TABLE = re.compile(r"^\| option \| default \|.*\n\| --- .*\n((?:\| .+ \|\n)+)", re.MULTILINE)


@pytest.mark.parametrize("kind", PAGES)
def test_options(kind: str) -> None:
    page = (ROOT / f"docs/collectors/{kind}.md").read_text(encoding="utf-8")
    (table,) = _TABLE.findall(page)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE))
    fields: Mapping[str, FieldInfo] = COLLECTORS[kind].Options.model_fields  # type: ignore[attr-defined]
    told = {name: row.partition(" | ")[0] for name, row in rows.items()}
    assert told == {name: _default(one) for name, one in fields.items()}
    if kind in WORD_FOR_WORD:
        said = {name: row.partition(" | ")[2] for name, row in rows.items()}
        assert said == {name: one.description for name, one in fields.items()}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "none" if field.default is None else f"`{json.dumps(field.default)}`"
