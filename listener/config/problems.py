"""Says what is wrong in a TOML file: where (table, name, key, line), and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
TYPES = {
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "tuple_type": 'must be a list, like ["a", "b"]',
    "dict_type": "must be a table",
    "path_type": "must be a path in quotes",
    "string_too_short": "must not be empty",
    "date_type": "must be a date, like 2026-11-21",
    "date_from_datetime_parsing": "must be a date, like 2026-11-21",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "missing": "is required",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Names places in one TOML file the way its author sees them."""

    file: str
    text: str
    data: Mapping[str, Any]

    def problem(self, path: Sequence[str | int], what: str) -> str:
        """Return `file: table[index] "name".key: what (line N)`; indexes count from 1.

        The line stands in the first line of `what`: below may be a query, and a caret.
        """
        line = self.line(path)
        said, below, rest = what.partition("\n")
        said += f" (line {line})" if line else ""
        return f"{self.file}: {self._words(path)}: {said}{below}{rest}"

    def _words(self, path: Sequence[str | int]) -> str:
        words, at = "", self.data
        for part in path:
            if isinstance(part, int):
                words += f"[{part + 1}]"
            else:
                words += f".{part}" if words else part
            at = _inside(at, part)
            name = at.get("name") if isinstance(part, int) and isinstance(at, Mapping) else None
            if isinstance(name, str):
                words += f' "{name}"'
        return words

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line of the key, else of its table; None when neither is to be seen."""
        table, index = path[0], next((p for p in path if isinstance(p, int)), 0)
        key = next((p for p in path[1:] if isinstance(p, str)), None)
        header = re.compile(rf"\s*\[\[?\s*{re.escape(str(table))}\s*\]")
        entry = re.compile(rf"\s*[\"']?{re.escape(str(key))}[\"']?\s*[=.]")
        start = None
        seen = -1
        for number, line in enumerate(self.text.splitlines(), 1):
            if header.match(line):
                seen += 1
                start = number if seen == index else start
            elif start and line.lstrip().startswith("[") and number > start:
                if seen >= index:
                    break
            elif start and key and entry.match(line) and seen == index:
                return number
        return start


def _inside(at: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return at[part] if isinstance(at, Sequence) and part < len(at) else None
    return at.get(part) if isinstance(at, Mapping) else None


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return `; did you mean "x"?`, or what is known when that is short, or nothing."""
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{folded[close[0]]}"?'
    return f"; known are {', '.join(sorted(known))}" if 0 < len(known) <= 24 else ""


def read(
    model: type[Model],
    table: object,
    places: Places,
    path: tuple[str | int, ...],
    found: list[str],
    also: Iterable[str] = (),
) -> Model | None:
    """Validate one table; add each problem to `found` and return None when there is any.

    also: keys that stand beside the model's own, for suggestions.
    """
    try:
        return model.model_validate(table)
    except ValidationError as exc:
        found += _sentences(exc, model, places, path, tuple(also))
        return None


def _sentences(
    exc: ValidationError,
    model: type[BaseModel],
    places: Places,
    path: tuple[str | int, ...],
    also: tuple[str, ...],
) -> Iterator[str]:
    for error in exc.errors(include_url=False):
        what = _sentence(error, model, also)
        if not path and len(error["loc"]) == 1 and error["type"] == "tuple_type":
            what = f"is written once for each, in double brackets: [[{error['loc'][0]}]]"
        yield places.problem((*path, *error["loc"]), what)


def _sentence(error: Mapping[str, Any], model: type[BaseModel], also: tuple[str, ...]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        known = (*_fields(model, error["loc"][:-1]), *also)
        return f"unknown key{suggestion(str(error['loc'][-1]), known)}"
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", context["expected"])
        return f"must be {context['expected']}{_meant(error.get('input'), choices)}"
    if kind == "value_error":
        return str(context["error"])
    return TYPES.get(kind) or str(error["msg"])


def _meant(value: object, choices: Sequence[str]) -> str:
    close = get_close_matches(str(value).lower(), choices, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def _fields(model: type[BaseModel], path: Sequence[str | int]) -> Iterator[str]:
    """Yield the keys known at `path` inside `model`."""
    for part in path:
        if isinstance(part, int):
            continue
        annotation: Any = model.model_fields[part].annotation
        inner = [a for a in (annotation, *getattr(annotation, "__args__", ())) if _is_model(a)]
        if not inner:
            return
        model = inner[0]
    yield from model.model_fields


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
