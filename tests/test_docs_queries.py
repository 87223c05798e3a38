"""Runs every example of docs/queries.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from listener.analysis.match import Matcher
from listener.analysis.query import QueryError, parse, warnings
from listener.model import Author, Post, PostKind

PAGE = (Path(__file__).parents[1] / "docs/queries.md").read_text(encoding="utf-8")
LISTS = next(
    tables["lists"]
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    if "lists" in (tables := tomllib.loads(block))
)


def rows(heading: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the query and the other cells of each row of the tables with this second heading."""
    wanted = False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith(("| Query", "| There")):
            wanted = cells[:2] == ["Query", heading]
        elif wanted and line.startswith("| `"):
            yield cells[0].strip("`"), cells[1:]


def examples() -> Iterator[tuple[str, str, bool]]:
    for query, cells in (*rows("Finds"), *rows("Finds a post with")):
        for cell, matches in zip(cells, (True, False), strict=True):
            for example in cell.split("<br>"):
                yield query, example, matches


def post(example: str) -> tuple[Post, dict[str, str]]:
    """Make the post of `field = value ; field = value`, or of a text."""
    one = Post(key="x", item="x")
    context: dict[str, str] = {}
    if " = " not in example:
        return replace(one, text=example), context
    for part in example.split(" ; "):
        field, _, value = part.partition(" = ")
        match field:
            case "author" if value.startswith("@"):
                one = replace(one, author=Author(handle=value[1:]))
            case "author":
                one = replace(one, author=Author(name=value))
            case "kind":
                one = replace(one, kind=PostKind(value))
            case "source" | "source kind":
                context[field.replace(" ", "_")] = value
            case _:
                one = replace(one, **{field: value})  # type: ignore[arg-type]
    return one, context


@pytest.mark.parametrize(("query", "example", "matches"), list(examples()))
def test_examples_do_what_the_page_says(query: str, example: str, matches: bool) -> None:
    one, context = post(example)
    assert bool(Matcher({"x": parse(query, LISTS)}).match(one, **context)) == matches


@pytest.mark.parametrize(("query", "cells"), list(rows("`listener check` says")))
def test_warnings_are_the_ones_on_the_page(query: str, cells: list[str]) -> None:
    assert cells[0] in warnings(parse(query, LISTS))


@pytest.mark.parametrize("message", re.findall(r"```mistake\n(.*?)\n```", PAGE, re.DOTALL))
def test_mistakes_are_shown_as_on_the_page(message: str) -> None:
    query = message.splitlines()[1].strip()
    with pytest.raises(QueryError) as refused:
        parse(query, LISTS)
    assert str(refused.value) == message


def test_the_first_example_keeps_its_promises() -> None:
    brand = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])["brands"][0]
    matcher = Matcher({"x": parse(brand["query"])})
    assert not warnings(parse(brand["query"]))
    assert all(matcher.match(post(text)[0]) for text in brand["matches"])
    assert not any(matcher.match(post(text)[0]) for text in brand["ignores"])


def test_every_operator_is_on_the_page() -> None:
    shown = " ".join(query for query, _ in (*rows("Finds"), *rows("Finds a post with")))
    for sign in (
        "AND",
        "OR",
        "NOT",
        " -",
        "(",
        '"',
        "NEAR/",
        "ONEAR/",
        "*",
        "?",
        "{",
        "#",
        "@",
        "<<<",
    ):
        assert sign in shown
    for field in ("title", "text", "author", "site", "url", "lang", "source", "kind", "list"):
        assert f"{field}:" in shown
