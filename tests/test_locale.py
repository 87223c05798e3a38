from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po

from listener.content import Content
from listener.locale import translations
from listener.locale.formats import Formats
from listener.model import Reason

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "listener" / "locale" / "fr.po"
PLACE = re.compile(r"%\(\w+\)s")


def _from_templates() -> Iterator[str | tuple[str, ...]]:
    content = Content()
    options = {"extensions": "jinja2.ext.i18n,jinja2.ext.loopcontrols", "silent": "false"}
    for name in content.names():
        if not name.endswith((".toml", ".css")):
            with content.find(name).open("rb") as file:
                for _, message, _, _ in extract("jinja2.ext:babel_extract", file, options=options):
                    yield message


def _from_code() -> Iterator[str | tuple[str, ...]]:
    for path in (ROOT / "listener").rglob("*.py"):
        with path.open("rb") as file:
            for _, message, _, _ in extract("python", file, keywords=DEFAULT_KEYWORDS):
                yield message
        yield from _reasons(ast.parse(path.read_text(encoding="utf-8")))


def _reasons(tree: ast.Module) -> Iterator[str]:
    """The texts of `Reason(text="...")`, which are translated where they are shown."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Reason":
            for keyword in node.keywords:
                if keyword.arg == "text":
                    yield from _strings(keyword.value)


def _strings(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def _ids(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    return {message.id for message in catalogue if message.id}


def test_every_message_is_translated_and_none_is_left_over(catalogue: Catalog) -> None:
    said = {*_from_templates(), *_from_code()}
    known = _ids(catalogue)

    assert sorted(map(str, said - known)) == [], "missing in fr.po"
    assert sorted(map(str, known - said)) == [], "in fr.po, but said nowhere"
