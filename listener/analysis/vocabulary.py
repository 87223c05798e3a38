"""The shape of `alerts/risk/<language>.toml`, and what can be wrong in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from listener.analysis.phrases import Grammar

ALL = "all"  # families

_WORDS = {
    "missing": "is required",
    "string_type": "must be text in quotes",
    "list_type": 'must be a list, like ["a", "b"]',
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be a name of small letters",
}


def _phrase(text: str, info: ValidationInfo) -> str:
    """Check a phrase with the classes and endings of its file, which are the context."""
    (info.context or Grammar()).check(text)
    return text


Text = Annotated[str, AfterValidator(_phrase)]
Name = Annotated[str, Field(pattern="^[a-z_]+$")]
Weight = Annotated[int, Field(ge=0, le=100)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Family(_Table):
    """The words of one danger.

    terms      they weigh `weight`
    by_weight  lists of terms, by what each of them weighs
    weights    single terms; it has the last word
    """

    title: str = Field(min_length=1)
    weight: Weight
    terms: list[Text] = []
    by_weight: dict[Annotated[str, Field(pattern=r"^(100|[1-9]?\d)$")], list[Text]] = {}
    weights: dict[Text, Weight] = {}

    def texts(self) -> Iterator[str]:
        """Yield every term, also those switched off."""
        yield from (*self.terms, *self.weights)
        for texts in self.by_weight.values():
            yield from texts

    def graded(self) -> dict[str, int]:
        """Return every term with its weight; those switched off are left out."""
        weights = {text: int(weight) for weight, texts in self.by_weight.items() for text in texts}
        weights |= dict.fromkeys(self.terms, self.weight) | self.weights
        return {text: weight for text, weight in weights.items() if weight}


class Setting(_Table):
    """A subject that makes some terms lighter or innocent: a match, a film, a job advertisement.

    words, hints      one of the words tells the subject, or two of the hints
    needs             so many hints, where two are too few
    mutes, families   these terms, and all terms of these families; "all" stands for every family
    keeps             what remains of their weight, in hundredths
    """

    words: list[Text]
    hints: list[Text] = []
    mutes: list[Text] = []
    families: list[str] = []
    needs: int = Field(2, ge=1, le=9)
    keeps: Weight = 0

    def concerns(self, text: str, family: str) -> bool:
        return text in self.mutes or family in self.families or ALL in self.families


class Negation(_Table):
    """What denies: words before a term, and after it."""

    words: list[Text] = []
    after: list[Text] = []
    exceptions: list[Text] = []
    until: list[Text] = []


class Hypothesis(_Table):
    """What makes of a term a mere possibility."""

    words: list[Text] = []
    exceptions: list[Text] = []


class Asking(_Table):
    """What wants an answer: requests, and those asked (which count beside a question mark)."""

    requests: list[Text] = []
    persons: list[Text] = []


class Wording(_Table):
    """Plain words by the points that they add or take away; base: what a text starts from."""

    base: int = Field(0, ge=-100, le=100)
    points: dict[Annotated[str, Field(pattern=r"^-?[1-9]\d?$")], list[Text]] = {}


class File(_Table):
    """One language's vocabulary.

    classes  words and phrases that a phrase may name together: "<child>"
    endings  inflections that a phrase may name together: "burn~v"
    """

    classes: dict[Name, list[str]] = {}
    endings: dict[Name, list[str]] = {}
    families: dict[str, Family]
    negation: Negation = Negation()
    hypothesis: Hypothesis = Hypothesis()
    asking: Asking = Asking()
    wording: Wording = Wording()
    traps: dict[str, list[Text]] = {}
    settings: dict[Name, Setting] = {}

    def grammar(self) -> Grammar:
        return Grammar(self.classes, self.endings)


def read(name: str, table: Mapping[str, object], problems: list[str]) -> File | None:
    """Check one file's tables; add each problem with its place and return None if there is any."""
    grammar = Grammar(_lists(table.get("classes")), _lists(table.get("endings")))
    wrong = dict(_unclear(grammar))
    kept = {one: texts for one, texts in grammar.classes.items() if one not in wrong}
    known = Grammar(kept | {one: [one] for one in wrong}, grammar.endings)
    found = [f"{name}: classes.{one}: {sentence}" for one, sentence in wrong.items()]
    try:
        file = File.model_validate(table, context=known)
        found += (f"{name}: {sentence}" for sentence in _unknown(file))
    except ValidationError as exc:
        found += (f"{name}: {_sentence(error)}" for error in exc.errors(include_url=False))
    problems += found
    return None if found else file


def _lists(table: object) -> dict[str, list[str]]:
    """Return what is well shaped of a table of lists; the rest is told as it is checked."""
    lists = table.items() if isinstance(table, dict) else ()
    return {
        name: [text for text in texts if isinstance(text, str)]
        for name, texts in lists
        if isinstance(texts, list)
    }


def _unclear(grammar: Grammar) -> Iterator[tuple[str, str]]:
    """Yield the classes that cannot be read, each with what is wrong."""
    for name in grammar.classes:
        try:
            if grammar.classes[name]:
                grammar.parse(f"<{name}>")
        except ValueError as exc:
            yield name, str(exc)


def _unknown(file: File) -> Iterator[str]:
    known = {text for family in file.families.values() for text in family.texts()}
    for name, setting in file.settings.items():
        for text in setting.mutes:
            if text not in known:
                where = f'settings.{name}.mutes: "{text}"'
                yield f"{where} is no term of any family{_meant(text, known)}"
        for family in setting.families:
            if family not in file.families and family != ALL:
                where = f'settings.{name}.families: "{family}"'
                yield f"{where} is no family{_meant(family, set(file.families))}"


def _sentence(error: Mapping[str, Any]) -> str:
    """Put one of pydantic's errors in words: the place as in the file, lists counted from 1."""
    loc, kind, value = (
        [part for part in error["loc"] if part != "[key]"],
        error["type"],
        error["input"],
    )
    keys = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc)
    where = "".join(keys).removeprefix(".")
    if kind == "extra_forbidden":
        tables = (File, Family, Setting, Negation, Hypothesis, Asking, Wording)
        known = {field for table in tables for field in table.model_fields}
        return f"{where}: unknown key{_meant(str(loc[-1]), known)}"
    if kind == "value_error":
        return f'{where}: "{value}" {error["ctx"]["error"]}'
    if loc[-1] in ("weight", "keeps") or ("weights" in loc and kind != "dict_type"):
        return f"{where}: must be a whole number from 0 to 100"
    if loc[-1] == "base":
        return f"{where}: must be a whole number from -100 to 100"
    if loc[-1] == "needs":
        return f"{where}: must be a whole number from 1 to 9"
    return f"{where}: {_WORDS.get(kind) or error['msg']}"


def _meant(word: str, known: set[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
