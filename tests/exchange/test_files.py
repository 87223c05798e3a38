"""CSV as spreadsheets and services write it, and JSON lines: every row with its line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.collect.pushed_posts import Problem
from listener.errors import ConfigError, ListenerError
from listener.exchange import files
from listener.exchange.files import Row, is_table, line_rows, read_table, table_rows


def rows(path: Path, names: dict[str, str] | None = None, dates: str | None = None) -> list[Row]:
    return list(table_rows(path, read_table(path, names or {}), dates))


def items(path: Path, names: dict[str, str] | None = None) -> list[object]:
    return [row.item for row in rows(path, names)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_as_it_is_written_it_is_read(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    lines = ['Text;Author Url;"Likes"', '"Ça; fuit, ""vite""";https://a.example;3', "été;;", ""]
    path = tmp_path / "a.csv"
    text = end.join(lines).replace(";", delimiter)
    path.write_bytes(text.encode(encoding))
    assert items(path) == [
        {"text": f'Ça{delimiter} fuit, "vite"', "author_url": "https://a.example", "likes": "3"},
        {"text": "été", "author_url": "", "likes": ""},
    ]


def test_columns_are_named_by_map_and_the_rest_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Message,Text,Posted on,Id\nhello,note,2026-01-01,7\n", encoding="utf-8")
    table = read_table(path, {"text": "Message", "published": "Posted on"})
    assert table.fields == ("text", None, "published", "id")
    assert table.unread == ("Text",)
    (row,) = table_rows(path, table)
    assert row.item == {"text": "hello", "published": "2026-01-01", "id": "7"}


def test_lines_are_those_that_an_editor_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text\n"one\ntwo"\n\nthree,more\nfour\n', encoding="utf-8")
    found = rows(path)
    assert [row.line for row in found] == [2, 5, 6]
    assert found[1].item == Problem(None, "has 2 cells, and there are 1 columns")
    assert [row.bytes for row in found] == sorted(row.bytes for row in found)


def test_dates_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,published\na,31/12/2025 09:05\nb,\nc,12/31/2025 1:00\n", encoding="utf-8")
    first, second, third = rows(path, dates="%d/%m/%Y %H:%M")
    assert isinstance(first.item, dict)
    assert str(first.item["published"]) == "2025-12-31 09:05:00"
    assert second.item == {"text": "b", "published": ""}
    assert third.item == Problem("published", "is not written like %d/%m/%Y %H:%M")


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest_unsaid(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text\nfine\n"open\n' + "row\n" * 50, encoding="utf-8")
    fine, broken = rows(path)
    assert (fine.item, broken.line) == ({"text": "fine"}, 3)
    assert isinstance(broken.item, Problem)


def test_a_quote_that_is_never_closed_is_a_problem_of_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text\nfine\n"open\n' + "x" * 1_100_000 + "\n", encoding="utf-8")
    before = csv.field_size_limit()
    fine, broken = rows(path)[:2]
    assert (fine.item, broken.line) == ({"text": "fine"}, 3)
    assert isinstance(broken.item, Problem)
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ({"txt": "Message"}, 'there is no field "txt"; did you mean "text"'),
        ({"text": "Mesage"}, 'did you mean "Message"'),
        ({}, "no column is named title, text or html"),
    ],
)
def test_columns_that_lead_nowhere(tmp_path: Path, names: dict[str, str], why: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Message,Date\nhello,x\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        read_table(path, names)


def test_a_header_that_cannot_be_taken_apart_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"text" ,title\nhello,x\n', encoding="utf-8")
    with pytest.raises(ListenerError, match="line 1 does not name the columns: ',' expected"):
        read_table(path, {})


@pytest.mark.parametrize(
    ("header", "names", "why"),
    [
        ("URL,url,text", {}, 'several columns are named url: "URL", "url"; say which: --map url'),
        ("Note,Note", {"text": "Note"}, "several columns are named text"),
        ("Note,x", {"text": "Note", "title": "Note"}, "gives one column to two fields"),
    ],
)
def test_no_column_hides_another(
    tmp_path: Path, header: str, names: dict[str, str], why: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\na,b,c\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        read_table(path, names)
    path.write_text("URL,url,text\nhttps://a.example/1,,c\n", encoding="utf-8")
    assert items(path, {"url": "URL"}) == [{"url": "https://a.example/1", "text": "c"}]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("text\nété\nIntermarch".encode() + b"\xc3\n", ["été", "Intermarch\ufffd"]),
        ("text\nC’est BEAUTÉ\xa0! Où\n".encode("cp1252"), ["C’est BEAUTÉ\xa0! Où"]),
        ("text\nvu \ufffd\n".encode(), ["vu \ufffd"]),
    ],
)
def test_a_letter_that_is_damaged_changes_no_other(
    tmp_path: Path, body: bytes, texts: list[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(body)
    assert items(path) == [{"text": text} for text in texts]


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    with pytest.raises(ListenerError, match="line 1 is empty"):
        read_table(path, {})


def test_what_a_file_is_shows_in_its_name(tmp_path: Path) -> None:
    assert is_table(Path("A.CSV"))
    assert not is_table(Path("a.ndjson"))
    with pytest.raises(ConfigError, match=r"has to end in \.csv"):
        is_table(Path("a.xlsx"))


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\r\n\n[1]\n{"text\n{"text": "b"}')
    found = list(line_rows(path))
    assert [(row.line, row.item) for row in found if row.line != 4] == [
        (1, {"text": "a"}),
        (3, [1]),
        (5, {"text": "b"}),
    ]
    assert isinstance(found[2].item, Problem)
    assert found[2].item.why.startswith("is no JSON")
    assert found[-1].bytes == path.stat().st_size


def test_a_line_that_is_too_long_ends_where_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 20)
    path = tmp_path / "a.jsonl"
    long = ['{"text": "%s"}' % ("x" * size) for size in (7, 8, 27, 90)]  # 20 bytes and more
    path.write_text("\n".join(['{"text": "a"}', *long, '{"text": "b"}']), encoding="utf-8")
    found = list(line_rows(path))
    assert [row.line for row in found] == [1, 2, 3, 4, 5, 6]
    assert [row.item for row in found if not isinstance(row.item, Problem)] == [
        {"text": "a"},
        {"text": "b"},
    ]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cells=st.lists(st.tuples(CELL, CELL), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_any_text_in_a_cell_comes_back(
    tmp_path: Path, cells: list[tuple[str, str]], delimiter: str, encoding: str
) -> None:
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter)
    writer.writerows([("text", "author"), *cells])
    path = tmp_path / "any.csv"
    path.write_bytes(made.getvalue().encode(encoding))
    wanted = [{"text": a.strip(), "author": b.strip()} for a, b in cells if (a + b).strip()]
    assert items(path) == wanted


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path: Path, body: bytes) -> None:
    table, lines = tmp_path / "b.csv", tmp_path / "b.jsonl"
    table.write_bytes(b"text,likes\n" + body)
    lines.write_bytes(body)
    for row in rows(table):
        assert isinstance(row.item, dict | Problem)
    assert [row.line for row in line_rows(lines)] == [
        number for number, line in enumerate(body.split(b"\n"), 1) if _says(line, number)
    ]


def _says(line: bytes, number: int) -> bool:
    return bool((line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip())
