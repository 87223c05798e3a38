from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from listener import content as content_module
from listener.content import Content
from listener.errors import ConfigError, TemplateError


def write(workspace: Path, name: str, text: str) -> Path:
    path = workspace / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def render(workspace: Path, name: str, text: str, language: str = "en", **context: object) -> str:
    write(workspace, name, text)
    return Content(workspace).render(name, language, "Europe/Paris", **context)


def test_a_file_of_the_workspace_overrides_the_shipped_one(tmp_path: Path) -> None:
    shipped = Content(tmp_path).find("alerts/digest.html")
    mine = write(tmp_path, "alerts/digest.html", "mine")

    assert shipped != mine
    assert Content(tmp_path).find("alerts/digest.html") == mine
    assert Content(tmp_path).read("alerts/digest.html") == "mine"
    assert Content().find("alerts/digest.html") == shipped


def test_names_are_the_shipped_files_only(tmp_path: Path) -> None:
    write(tmp_path, "alerts/mine.html", "")

    names = Content(tmp_path).names()

    assert "alerts/digest.html" in names
    assert "alerts/mine.html" not in names
    assert list(names) == sorted(names)
    assert all(Content().find(name).is_file() for name in names)


@pytest.mark.parametrize(
    "name", ["alerts/none.html", "../pyproject.toml", "alerts/../sources.toml", "/etc/hosts", ""]
)
def test_what_is_not_content_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        Content(tmp_path).find(name)


def test_a_wheel_carries_its_content_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "listener/_content/alerts/digest.txt", "packed")
    monkeypatch.setattr(content_module, "__file__", str(tmp_path / "listener" / "content.py"))

    assert Content().read("alerts/digest.txt") == "packed"


def test_tables_merge_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, mine = tmp_path / "shipped", tmp_path / "mine"
    write(shipped, "_content/alerts/t.toml", '[a]\nx = 1\ny = 2\nz = ["p", "q"]\n[b]\nx = 3\n')
    write(mine, "alerts/t.toml", '[a]\ny = 20\nz = ["r"]\n[c]\nx = 4\n')
    monkeypatch.setattr(content_module, "__file__", str(shipped / "content.py"))

    assert Content(mine).tables("alerts/t.toml") == {
        "a": {"x": 1, "y": 20, "z": ["r"]},
        "b": {"x": 3},
        "c": {"x": 4},
    }


def test_a_mistake_in_a_table_names_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, "alerts/t.toml", "[a]\nx = \n")

    with pytest.raises(ConfigError) as caught:
        Content(tmp_path).tables("alerts/t.toml")
    assert str(path) in str(caught.value)
    assert "line 2" in str(caught.value)


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    write(tmp_path, "alerts/t.toml", "").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match=r"t\.toml: cannot be read"):
        Content(tmp_path).tables("alerts/t.toml")


@pytest.mark.parametrize(
    "text",
    [
        "one\n{{ nothing }}",
        "one\n{{ given.nothing }}",
        "one\n{% sot x = 1 %}",
        "one\n{% include 'alerts/absent.txt' %}",
        "one\n{{ 'a' + 1 }}",
        "one\n{{ 1 / 0 }}",
        "one\n{{ _('%(places)s') }}",
    ],
)
def test_a_mistake_in_a_template_names_file_and_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(TemplateError, match=r"alerts/mine\.txt:2: "):
        render(tmp_path, "alerts/mine.txt", text, given=Path())


def test_a_mistake_in_an_included_template_names_that_one(tmp_path: Path) -> None:
    part = write(tmp_path, "alerts/part.txt", "\n\n{{ nothing }}")

    with pytest.raises(TemplateError) as caught:
        render(tmp_path, "alerts/mine.txt", "{% include 'alerts/part.txt' %}")
    assert str(caught.value).startswith(f"{part}:3: ")


def test_an_absent_template_is_said() -> None:
    with pytest.raises(TemplateError, match=r"no template alerts/none\.txt"):
        Content().render("alerts/none.txt", "en", "UTC")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("alerts/x.html", "&lt;b&gt; &amp; &#34;"),
        ("alerts/x.slack", "&lt;b&gt; &amp; &#34;"),
        ("alerts/x.txt", '<b> & "'),
        ("alerts/x.subject", '<b> & "'),
    ],
)
def test_markup_is_escaped_where_it_means_something(tmp_path: Path, name: str, shown: str) -> None:
    assert render(tmp_path, name, "{{ given }}", given='<b> & "') == shown


def test_words_shared_by_pages_are_escaped_where_the_page_is(tmp_path: Path) -> None:
    write(tmp_path, "alerts/shared.jinja", "{% macro say(x) %}{{ _('%(x)s', x=x) }}{% endmacro %}")
    text = "{% import 'alerts/shared.jinja' as shared with context %}{{ shared.say('<b>') }}"

    assert render(tmp_path, "alerts/x.html", text) == "&lt;b&gt;"
    assert render(tmp_path, "alerts/x.slack", text) == "&lt;b&gt;"
    assert render(tmp_path, "alerts/x.txt", text) == "<b>"


def test_templates_are_in_a_sandbox(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="unsafe"):
        render(tmp_path, "alerts/x.txt", "{{ given.__class__.__mro__ }}", given="")


def test_templates_speak_the_readers_language_in_their_zone(tmp_path: Path) -> None:
    moment = datetime(2025, 11, 21, 23, 30, tzinfo=UTC)
    text = '{{ moment|day }} {{ moment|time }} {{ _("High risk") }} {{ language }}'

    said = {
        language: render(tmp_path, "alerts/x.txt", text, language, moment=moment)
        for language in ("en", "fr")
    }
    assert said == {
        "en": "22 November 00:30 High risk en",
        "fr": "22 novembre 00:30 Risque élevé fr",
    }
    assert Content().translate("fr").gettext("High risk") == "Risque élevé"
