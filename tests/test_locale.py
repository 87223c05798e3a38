from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from listener.content import Content
from listener.locale import translations
from listener.locale.formats import Formats
from listener.model import Reason

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "listener" / "locale" / "fr.po"
NOW = datetime(2025, 11, 21, 7, 0, tzinfo=UTC)
LATE = datetime(2025, 11, 20, 22, 59, tzinfo=UTC)  # one minute before midnight in Paris
MIDNIGHT = datetime(2025, 11, 20, 23, 0, tzinfo=UTC)
FIRST = datetime(2025, 11, 1, tzinfo=UTC)
LAST_YEAR = datetime(2024, 3, 1, tzinfo=UTC)


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
            for _, message, _, _ in extract("python", file):
                yield message
    families = Content().tables("alerts/risk/en.toml")["families"]
    assert isinstance(families, dict)
    yield from (family["title"] for family in families.values())
    for path in (ROOT / "listener" / "analysis").rglob("*.py"):
        yield from _reasons(ast.parse(path.read_text(encoding="utf-8")))


def _reasons(tree: ast.Module) -> Iterator[str]:
    """The texts of reasons, which are translated where they are shown.

    They stand in `Reason(text=...)`, in what is assigned to `text`, and in a Place of a term.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Reason":
                values = [k.value for k in node.keywords if k.arg == "text"]
            else:
                values = node.args if node.func.id == "Place" else []
        elif isinstance(node, ast.Assign):
            values = [value for target in node.targets for value in _texts(target, node.value)]
        else:
            continue
        for value in values:
            yield from (
                part.value
                for part in ast.walk(value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def _texts(target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    """What is assigned to `text`, alone or as `score, text = 1, "..."`."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for inner, given in zip(target.elts, value.elts, strict=True):
            yield from _texts(inner, given)
    elif isinstance(target, ast.Name) and target.id == "text" and not isinstance(value, ast.Call):
        yield value


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def _said() -> set[str]:
    return {_first(message) for message in (*_from_templates(), *_from_code())}


def _first(message: str | Sequence[str]) -> str:
    """A message and its plural are one entry, known by the singular."""
    return message if isinstance(message, str) else message[0]


def test_every_message_is_translated_and_none_is_left_over(catalogue: Catalog) -> None:
    said = _said()
    known = {_first(message.id) for message in catalogue if message.id}

    assert sorted(said - known) == [], "missing in fr.po"
    assert sorted(known - said) == [], "in fr.po, but said nowhere"


def test_the_extraction_sees_every_kind_of_message() -> None:
    said = _said()

    assert {"%(count)s mention", "High risk", "yesterday %(time)s", "negative tone"} <= said


def _translations(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    for message in catalogue:
        if message.id:
            english, french = message.id, message.string or ""
            if isinstance(english, str):
                english, french = (english,), (str(french),)
            yield from zip(english, french, strict=True)


def test_translations_are_whole_and_fill_the_same_places(catalogue: Catalog) -> None:
    for english, french in _translations(catalogue):
        assert french
        places = [set(re.findall(r"%\(\w+\)s|%%", text)) for text in (english, french)]
        assert places[0] == places[1], english
    assert not [message.id for message in catalogue if message.fuzzy]


def test_french_typography(catalogue: Catalog) -> None:
    """A narrow no-break space before ; : ! ? and inside guillemets; curved apostrophes."""
    for _, french in _translations(catalogue):
        assert not re.search(r"(?<![\u202f\d])[;:!?»]|«(?!\u202f)", french), french
        assert "'" not in french
        assert '"' not in french
        assert "“" not in french


def test_no_article_stands_before_what_may_be_today(catalogue: Catalog) -> None:
    """`when` says "aujourd’hui 20:00" as well as "mer. 4 mars, 08:00"."""
    for _, french in _translations(catalogue):
        assert not re.search(r"\b(du|le|au) %\((time|when)\)s", french), french


def test_a_language_without_a_catalogue_is_read_in_english() -> None:
    assert translations("de").gettext("High risk") == "High risk"
    assert translations("../fr").gettext("High risk") == "High risk"


@pytest.mark.parametrize(
    ("call", "english", "french"),
    [
        (("number", 12400), "12,400", "12\u202f400"),
        (("number", None), "–", "–"),
        (("compact", 950), "950", "950"),
        (("compact", 1240), "1.2K", "1,2\u00a0k"),
        (("compact", 12400), "12K", "12\u00a0k"),
        (("compact", None), "–", "–"),
        (("decimal", 0.44), "0.4", "0,4"),
        (("decimal", 2, 0), "2", "2"),
        (("decimal", None), "–", "–"),
        (("signed", 22), "+22", "+22"),
        (("signed", -14.4, 1), "−14.4", "−14,4"),
        (("signed", -0.2), "0", "0"),
        (("signed", None), "–", "–"),
        (("percent", 0.125, 1), "12.5%", "12,5\u00a0%"),
        (("percent", 0.5), "50%", "50\u00a0%"),
        (("percent", None), "–", "–"),
        (("date", NOW), "21 November 2025", "21 novembre 2025"),
        (("date", date(2025, 11, 21), "short"), "21/11/2025", "21/11/2025"),
        (("date", None), "–", "–"),
        (("day", date(2025, 11, 21)), "21 November", "21 novembre"),
        (("month", NOW), "November 2025", "novembre 2025"),
        (("time", NOW), "08:00", "08:00"),
        (("time", None), "–", "–"),
        (("datetime", NOW), "Fri 21 Nov, 08:00", "ven. 21 nov., 08:00"),
        (("datetime", None), "–", "–"),
        (("when", NOW, NOW), "today 08:00", "aujourd’hui 08:00"),
        (("when", LATE, NOW), "yesterday 23:59", "hier 23:59"),
        (("when", MIDNIGHT, NOW), "today 00:00", "aujourd’hui 00:00"),
        (("when", FIRST, NOW), "Sat 1 Nov, 01:00", "sam. 1 nov., 01:00"),
        (("when", LAST_YEAR, NOW), "1 Mar 2024", "1 mars 2024"),
        (("when", None, NOW), "–", "–"),
    ],
)  # fmt: skip
def test_formats(call: tuple[object, ...], english: str, french: str) -> None:
    name, *arguments = call
    said = [
        Formats(language, "Europe/Paris").filters()[str(name)](*arguments)
        for language in ("en", "fr")
    ]
    assert said == [english, french]


def test_a_reason_is_told_with_its_facts_as_they_are_written_there() -> None:
    reason = Reason(points=9, text="%(count)s reactions", facts={"count": 12400})

    assert Formats("fr", "UTC").explain(reason) == "12\u202f400 réactions"
    assert Formats("en", "UTC").explain(reason) == "12,400 reactions"
    assert Formats("fr", "UTC").explain(Reason(points=1, text="of an older version")) == (
        "of an older version"
    )
