"""The shape of `lexicons/<language>.toml`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Words = str | list[str]  # words between spaces, or a list of words and phrases
Graded = dict[str, Words]  # by intensity


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Examples(_Table):
    """Sentences and what they must come to; `stronger`: the first is further from zero."""

    positive: list[str] = []
    negative: list[str] = []
    neutral: list[str] = []
    stronger: list[tuple[str, str]] = []
    better: list[tuple[str, str, str]] = []  # a text; in it this brand fares better than that


class Rules(_Table):
    negations: Words = ""  # turn the words of feeling after them
    after: Words = ""  # of these, those that also turn a verb before them
    paired: Words = ""  # negate only behind one of the partners
    partners: Words = ""
    contrast: Words = ""
    irony: Words = ""
    comparatives: Words = ""  # words of feeling that compare: "better"
    more: Words = ""  # make one of the word after them: "more reliable"
    than: Words = ""  # lead to what it is compared with
    boost: Graded = {}  # by what they add, 0.3 for "very", -0.3 for "a little"
    prefixes: Words = ""  # emphasis that is written together: "supernett"
    split: Graded = {}  # verbs of two parts, by intensity: "stürzt/stürzte ab"
    joins: Words = ""  # what may follow the second part, if not the end of the clause


class File(_Table):
    language: str
    version: int
    base: str | None = None  # "vader": its English list lies under this one
    elides: bool = False  # an apostrophe separates: "l'arnaque"; else it stays: "don't"
    exact: Words = ""  # count only as written, accents and all
    spellings: dict[str, str] = {}  # other ways to write a letter: "ä" = "ae"
    classes: dict[str, list[str]] = {}  # suffixes; the first is the lemma's
    other: dict[str, Words] = {}  # by class: lemmas without feeling, for phrases
    words: dict[str, dict[str, Graded]] = {}  # by topic, class ("phrase", "word") and intensity
    rules: Rules = Rules()
    examples: Examples = Examples()
