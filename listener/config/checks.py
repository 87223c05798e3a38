"""Checks across tables: names that refer to each other, and each query against its examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from listener.analysis.match import Matcher
from listener.analysis.query import Node, QueryError, parse, warnings
from listener.config.problems import Places, suggestion
from listener.model import Post

# table and key -> the table whose names it holds
REFERENCES = {
    ("sources", "brands"): "brands",
    ("subscriptions", "brands"): "brands",
    ("subscriptions", "person"): "people",
    ("subscriptions", "channel"): "channels",
    ("report", "channel"): "channels",
    ("report", "people"): "people",
}
SINGULAR = {"brands": "brand", "people": "person", "channels": "channel", "sources": "source"}


def entries(data: Mapping[str, Any], table: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the path and content of each entry of a table, or of the one table."""
    found = data.get(table, [])
    if isinstance(found, dict):
        yield (table,), found
    elif isinstance(found, list):
        yield from (((table, i), entry) for i, entry in enumerate(found) if isinstance(entry, dict))


def check_references(data: Mapping[str, Any], places: Places, problems: list[str]) -> None:
    """Add names that are used twice, and names that nothing carries, to `problems`."""
    names = {table: _names(data, table, places, problems) for table in SINGULAR}
    for (table, key), target in REFERENCES.items():
        for path, entry in entries(data, table):
            for name in _texts(entry.get(key, [])):
                if name not in names[target]:
                    what = f'there is no {SINGULAR[target]} "{name}"'
                    hint = suggestion(name, tuple(names[target]))
                    problems.append(places.problem((*path, key), what + hint))
    _subscriptions(data, places, problems)
    _addresses(data, places, problems)


def _texts(value: object) -> list[str]:
    """Return the name or names that a key holds; what is no text is said by the shape."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _addresses(data: Mapping[str, Any], places: Places, problems: list[str]) -> None:
    """Add people who are written to by e-mail and have no address."""
    channels, people = entries(data, "channels"), [p for _, p in entries(data, "people")]
    mail = {n for _, c in channels if c.get("kind") == "smtp" for n in _texts(c.get("name"))}
    mute = [n for p in people if not p.get("email") for n in _texts(p.get("name"))]
    written = [(path, entry, "person") for path, entry in entries(data, "subscriptions")]
    written += [(path, entry, "people") for path, entry in entries(data, "report")]
    for path, entry, key in written:
        told = _texts(entry.get(key)) or (mute if key == "people" else [])  # everybody
        for channel in mail.intersection(_texts(entry.get("channel"))):
            for name in (name for name in told if name in mute):
                what = f'"{name}" has no email, and "{channel}" sends e-mail'
                problems.append(places.problem((*path, key), what))


def _names(
    data: Mapping[str, Any], table: str, places: Places, problems: list[str]
) -> dict[str, None]:
    names: dict[str, None] = {}
    for path, entry in entries(data, table):
        name = entry.get("name")
        if not isinstance(name, str):
            continue
        if name in names:
            problems.append(places.problem((*path, "name"), f'a second {SINGULAR[table]} "{name}"'))
        names[name] = None
    return names


def _subscriptions(data: Mapping[str, Any], places: Places, problems: list[str]) -> None:
    seen: set[str] = set()
    for path, entry in entries(data, "subscriptions"):
        key = str(entry.get("name") or f"{entry.get('person')} by {entry.get('channel')}")
        if key in seen:
            what = f'a second subscription "{key}"; give each a name of its own'
            problems.append(places.problem(path, what))
        seen.add(key)


def check_queries(
    data: Mapping[str, Any], places: Places, problems: list[str]
) -> tuple[dict[str, Node], list[str]]:
    """Return each brand's parsed query, and what is probably a mistake."""
    lists = {k: v for k, v in _lists(data).items() if _is_words(v)}
    queries: dict[str, Node] = {}
    doubts = [
        f"{places.file}: no {SINGULAR[table]} yet: listener add {SINGULAR[table]} {what}"
        for table, what in (("brands", "NAME"), ("sources", "URL"))
        if not data.get(table)
    ]
    for path, brand in entries(data, "brands"):
        name, query = brand.get("name"), brand.get("query")
        if not (isinstance(name, str) and isinstance(query, str)):
            continue  # said by the shape
        try:
            queries[name] = parse(query, lists)
        except QueryError as exc:
            problems.append(places.problem((*path, "query"), str(exc)))
            continue
        doubts += (places.problem((*path, "query"), doubt) for doubt in warnings(queries[name]))
        if brand.get("role", "own") == "own" and not (brand.get("matches") or brand.get("ignores")):
            doubts.append(places.problem(path, "has no examples in matches and ignores"))
        problems += _examples(name, queries[name], brand, path, places)
    return queries, doubts


def _lists(data: Mapping[str, Any]) -> Mapping[str, Any]:
    lists = data.get("lists", {})
    return lists if isinstance(lists, dict) else {}


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _examples(
    name: str, query: Node, brand: Mapping[str, Any], path: tuple[str | int, ...], places: Places
) -> Iterator[str]:
    matcher = Matcher({name: query})
    for key, wanted in (("matches", True), ("ignores", False)):
        texts = brand.get(key, [])
        for text in texts if _is_words(texts) else []:
            if bool(matcher.match(Post(key="example", item="example", text=text))) != wanted:
                verb = "does not match" if wanted else "matches"
                yield places.problem((*path, key), f'the query {verb} "{text}"')
