"""Reads `lexicons/<language>.toml`: words of feeling by lemma, expanded to every written form.

The file says how its language inflects (suffix tables), which words turn, strengthen or contrast,
and gives examples that the tests run. docs/scores.md tells how to write one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from listener.analysis.lexicon_shape import File, Rules, Words
from listener.analysis.roles import Lexicon, Role, plain
from listener.errors import ConfigError

FOLDER = Path(__file__).parent / "lexicons"
STRONGEST = 4.0  # intensities go from -4 to 4, as in VADER

_WORD = re.compile(r"<?[^\W_]+(?:'[^\W_]+)*>?")


def languages() -> tuple[str, ...]:
    """Return the languages that have a lexicon, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("??.toml")))


@cache
def lexicon(language: str) -> Lexicon:
    """Load the shipped lexicon of a language.

    Raises ConfigError with every mistake of the file, and KeyError for a language without one.
    """
    path = FOLDER / f"{language}.toml"
    if language not in languages():
        raise KeyError(language)
    return build(path.name, tomllib.loads(path.read_text(encoding="utf-8")))


def build(name: str, table: Mapping[str, object]) -> Lexicon:
    """Expand one file's tables; raises ConfigError with every mistake and its place."""
    try:
        file = File.model_validate(table)
    except ValidationError as exc:
        raise ConfigError(
            [f"{name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors()]
        ) from exc
    builder = _Builder(name, file)
    if builder.problems:
        raise ConfigError(builder.problems)
    return builder.lexicon()


def cut(text: str, elides: bool) -> tuple[str, ...]:
    """Cut a phrase of a lexicon into lower-case words as the engine cuts texts."""
    found = _WORD.findall(text.lower().replace("’", "'"))
    return tuple(piece for word in found for piece in (word.split("'") if elides else [word]))


@dataclass(slots=True)
class _Builder:
    """Expands lemmas, and gathers what each written form does."""

    name: str
    file: File
    problems: list[str] = field(default_factory=list)
    found: dict[tuple[str, ...], Role] = field(default_factory=dict)
    # By lemma. In the order of the file, never of a set: where two forms are written alike without
    # accents the first one counts, in every process the same.
    inflected: dict[str, dict[str, None]] = field(default_factory=dict)
    splits: dict[str, dict[str, Role]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.file.base == "vader":
            for word, valence in SentimentIntensityAnalyzer().lexicon.items():
                if re.fullmatch(r"[\w'-]+( [\w'-]+)*", word):
                    self._set(self._cut(word), valence=valence)
        for kind, lemmas in self.file.other.items():
            for lemma in _split(lemmas):
                self._forms(f"other.{kind}", kind, lemma)
        phrases = list(self._words())
        for place, valence, phrase in phrases:
            self._phrase(place, phrase, valence=valence)
        self._rules(self.file.rules)

    def _words(self) -> Iterator[tuple[str, float, str]]:
        """Take the words of every topic; yield the phrases, which need the words' forms."""
        for topic, classes in self.file.words.items():
            for kind, graded in classes.items():
                for intensity, lemmas in graded.items():
                    place = f"words.{topic}.{kind}.{intensity}"
                    valence = self._number(place, intensity)
                    for lemma in _split(lemmas):
                        if kind == "phrase":
                            yield place, valence, lemma
                        else:
                            self._word(place, kind, lemma, valence)

    def _word(self, place: str, kind: str, lemma: str, valence: float) -> None:
        for form in self._forms(place, kind, lemma):
            self._set(self._cut(form), valence=valence, verb=kind.startswith("v_"))

    def _forms(self, place: str, kind: str, lemma: str) -> Iterable[str]:
        """Return every form of a lemma: those written out with slashes, or by its class."""
        if kind != "word" and kind not in self.file.classes:
            self.problems.append(f"{self.name}: {place}: there is no class {kind}")
            return ()
        first, *more = lemma.lower().split("/")
        forms = dict.fromkeys([first, *more])
        if kind != "word" and not more:
            suffixes = self.file.classes[kind]
            if not first.endswith(suffixes[0]):
                self.problems.append(f'{self.name}: {place}: "{lemma}" does not end as {kind}')
                return ()
            stem = first.removesuffix(suffixes[0])
            forms = dict.fromkeys(stem + suffix for suffix in suffixes)
        self.inflected.setdefault(first, {}).update(forms)
        return forms

    def _phrase(self, place: str, phrase: str, **does: Any) -> None:
        """Set a phrase in every form of its words in <brackets>."""
        variants: list[tuple[str, ...]] = [()]
        for word in self._cut(phrase):
            forms: Iterable[str] = (word,)
            if word.startswith("<"):
                forms = self.inflected.get(word[1:-1], ())
                if not forms:
                    self.problems.append(f"{self.name}: {place}: {word} is no lemma of this file")
            variants = [(*variant, form) for variant in variants for form in forms]
        for variant in variants:
            self._set(variant, **does)

    def _rules(self, rules: Rules) -> None:
        for words, does in (
            (rules.negations, {"negates": True}),
            (rules.after, {"negates": True, "after": True}),
            (rules.paired, {"negates": True, "paired": True}),
            (rules.partners, {"partner": True}),
            (rules.contrast, {"contrast": True}),
            (rules.irony, {"ironic": True}),
            (rules.comparatives, {"comparative": True}),
            (rules.more, {"more": True}),
            (rules.than, {"than": True}),
        ):
            for phrase in _split(words):
                self._set(self._cut(phrase), **does)
        for amount, words in rules.boost.items():
            boost = self._number(f"rules.boost.{amount}", amount)
            for phrase in _split(words):
                self._phrase(f"rules.boost.{amount}", phrase, boost=boost)
        self._split_verbs(rules)

    def _number(self, place: str, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = STRONGEST + 1
        if abs(number) > STRONGEST:
            self.problems.append(f"{self.name}: {place}: must be a number from -4 to 4")
        return number

    def _set(self, words: tuple[str, ...], **does: Any) -> None:
        if words:
            self.found[words] = replace(self.found.get(words, Role()), **does)

    def _cut(self, text: str) -> tuple[str, ...]:
        return cut(text, self.file.elides)

    def lexicon(self) -> Lexicon:
        roles = {words[0]: role for words, role in self.found.items() if len(words) == 1}
        exact = frozenset(_split(self.file.exact))
        folded: dict[str, Role] = {}
        for word, role in list(roles.items()):
            if word not in exact:
                for variant in self._spellings(word):
                    roles.setdefault(variant, role)
                    folded.setdefault(variant, role)
        return Lexicon(
            language=self.file.language,
            version=self.file.version,
            elides=self.file.elides,
            roles=roles,
            folded=folded,
            phrases=self._phrases(),
            examples=self.file.examples,
            splits=self.splits,
            joins=frozenset(map(plain, _split(self.file.rules.joins))),
            prefixes=tuple(_split(self.file.rules.prefixes)),
        )

    def _split_verbs(self, rules: Rules) -> None:
        for intensity, verbs in rules.split.items():
            place = f"rules.split.{intensity}"
            role = Role(valence=self._number(place, intensity), verb=True)
            for verb in [verbs] if isinstance(verbs, str) else verbs:
                forms, _, part = plain(verb.lower()).rpartition(" ")
                if not forms:
                    self.problems.append(f'{self.name}: {place}: "{verb}" has no second part')
                for form in forms.split("/"):
                    self.splits.setdefault(form, {})[part] = role

    def _phrases(self) -> dict[str, dict[str, tuple[tuple[tuple[str, ...], Role], ...]]]:
        found: dict[str, dict[str, tuple[tuple[tuple[str, ...], Role], ...]]] = {}
        for words, role in sorted(self.found.items(), key=lambda item: -len(item[0])):
            if len(words) > 1:
                first, second, *rest = map(plain, words)
                seconds = found.setdefault(first, {})
                seconds[second] = (*seconds.get(second, ()), (tuple(rest), role))
        return found

    def _spellings(self, word: str) -> Iterator[str]:
        """Yield the other ways to write a word: without accents, "œ" as "oe", "ä" as "ae"."""
        if not word.isascii():
            yield plain(word)
            other = word
            for letter, letters in self.file.spellings.items():
                other = other.replace(letter, letters)
            yield plain(other)


def _split(words: Words) -> list[str]:
    return words.split() if isinstance(words, str) else words
