from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from listener.analysis import tokens
from listener.analysis.lexicon import build, languages, lexicon
from listener.analysis.roles import Lexicon, plain
from listener.analysis.tone import FAINTEST, Reading, read

TABLE = {
    "language": "fr",
    "version": 1,
    "elides": True,
    "classes": {"v_er": ["er", "e"]},
    "words": {
        "all": {
            "v_er": {"2": "aimer"},
            "word": {"2": "bon super", "-2": "nul arnaque", "-1.5": "manque"},
            "phrase": {"0": ["bon sens"]},
        }
    },
    "rules": {
        "negations": "pas jamais manque",
        "after": "pas plus",
        "paired": "plus",
        "partners": "ne n",
        "contrast": "mais",
        "irony": "ironie",
        "boost": {"0.3": "très plus super", "-0.3": ["un peu"], "-3": "guère"},
        "prefixes": "hyper",
        "split": {"-2": ["stürzt/stürzten ab"]},
        "joins": "und",
    },
}
SMALL = build("small.toml", TABLE)
WORDS = st.sampled_from(["bon", "nul", "arnaque"])
FILLERS = st.lists(st.sampled_from(["le", "la", "table", "rue", "Paris", "42"]), max_size=5)


def valences(text: str, words: Lexicon = SMALL) -> list[float]:
    return [round(hit.valence, 3) for hit in read(text, words).hits]


def total(text: str, words: Lexicon = SMALL) -> float:
    return read(text, words).score()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bon", [2]),
        ("très bon", [2.3]),
        ("bon très", [2]),
        ("très le bon", [2.285]),
        ("un peu bon", [1.7]),
        ("guère bon", [FAINTEST]),  # weakened, never turned
        ("pas bon", [-1.48]),
        ("pas le bon", [-1.48]),
        ("pas, bon", [2]),  # a comma ends what a negation reaches
        ("pas dans la rue le bon", [2]),
        ("pas nul", [1]),
        ("pas très bon", [-1.702]),
        ("j'aime pas", [-1.48]),  # behind a verb,
        ("bon pas", [2]),  # not behind an adjective
        ("j'aime, pas toi", [2]),
        ("plus bon", [2.3]),  # "more",
        ("n'est plus bon", [-1.48]),  # but "no longer" with its partner
        ("n'aime plus", [-1.48]),
        ("super", [2]),
        ("super bon", [2.3]),  # emphasis when there is something to emphasise
        ("un manque", [-1.5]),
        ("manque de bon", [-1.48]),
        ("bon sens", []),
        ("bon, sens", [2]),  # no phrase across a comma
        ("BON le", [2.733]),
        ("BON LE", [2]),  # who only shouts does not stress
        ("boooon", [2.5]),
        ("#bon @bon https://bon.fr/bon www.bon.fr", [2]),
        ("l’arnaque d'arnaque", [-2, -2]),
        ("bon mais nul", [1, -3]),
        ("bon mais nul. bon", [1, -3, 2]),
        ("bon 😡 :)))", [2, -3, 2]),
        ("bon #ironie", [-1]),
        ("nul #ironie", [-2]),
        ("bons bonbon", []),
        ("bon 🙄", [-1, -1.5]),  # signs by which praise is not meant
        ("bon /s", [-1]),
        ("bon (!)", [-1]),
        ("nul /s", [-2]),
        ("bon 3 km/s", [2]),
        ("hyperbon", [2.5]),
        ("hypernul", [-2.5]),
        ("hyperpas", []),
        ("hyper bon", [2]),
        ("stürzt le rue ab", [-2]),
        ("sturzten ab und bon", [-2, 2]),
        ("stürzt ab le rue", []),  # a preposition
        ("stürzt, ab", []),
        ("stürzt" + " le" * 8 + " ab", []),
        ("stürzt le rue pas ab", [1]),
        ("", []),
    ],
)
def test_rules(text: str, expected: list[float]) -> None:
    assert valences(text) == expected


def test_exclamations_add_up_to_four() -> None:
    scores = [total("bon" + "!" * n) for n in range(6)]

    assert scores[0] < scores[1] < scores[2] < scores[3] < scores[4] == scores[5]
    assert total("nul!") < total("nul")
    assert total("rue!") == 0


def test_hits_tell_where_they_stand() -> None:
    text = "Une très bonne rue, l'ARNAQUE"
    hit = read(text, SMALL).hits[0]

    assert text[hit.start : hit.end] == "ARNAQUE"


def test_names_are_one_word_without_feeling() -> None:
    def about(name: str) -> Reading:
        text = f"le {name} est bon"
        return read(text, SMALL, [(3, 3 + len(name))])

    assert about("Nul Arnaque Très").hits[0].valence == 2
    assert len({about(name).hits[0].place for name in ("Nul Bon", "Acme", "A-B, C!")}) == 1


def test_what_an_apostrophe_joins_to_a_name_is_still_a_word() -> None:
    reading = read("nul qu'Acme et d'l’Acme bon", SMALL, [(7, 11), (19, 23)])

    assert [hit.place for hit in reading.hits] == [0, 7]


def test_near_words_weigh_more() -> None:
    reading = read("bon Acme la rue de la table nul", SMALL)
    place = reading.place(4)
    assert place == 1

    near, far = reading.nearness([place])
    assert near == pytest.approx(2.718281828 ** (-1 / 8))
    assert far < near
    assert reading.score([near, far]) > 0
    assert reading.nearness([0, place, 7])[1] == 1


def test_place_of_nothing() -> None:
    assert read("", SMALL).place(3) is None


@given(FILLERS, WORDS, FILLERS)
@settings(max_examples=60)
def test_a_negation_before_a_word_turns_or_weakens_it(
    before: list[str], word: str, after: list[str]
) -> None:
    text = " ".join([*before, "{}", word, *after])
    said, denied = total(text.format("")), total(text.format("pas"))

    assert abs(denied) < abs(said)
    assert denied * said < 0


@given(FILLERS, WORDS, FILLERS)
@settings(max_examples=60)
def test_emphasis_right_before_a_word_strengthens_it(
    before: list[str], word: str, after: list[str]
) -> None:
    text = " ".join([*before, "{}", word, *after])

    assert abs(total(text.format("très"))) > abs(total(text.format("")))


@pytest.mark.parametrize("language", languages())
def test_the_rules_hold_for_every_word_of_a_language(language: str) -> None:
    words = lexicon(language)
    negation = next(
        w for w, r in words.roles.items() if r.negates and not r.paired and not r.valence
    )
    emphasis = next(
        w for w, r in words.roles.items() if r.boost > 0 and not (r.valence or r.negates)
    )
    phrased = {*words.phrases.get(negation, ()), *words.phrases.get(emphasis, ())}
    felt = [
        word
        for word, role in sorted(words.roles.items())
        if role.valence
        and not (role.boost or role.negates or role.contrast or role.ironic)
        and word.isalpha()
        and word not in words.phrases
        and plain(word) not in phrased  # "nicht leiden" is no denial of suffering
    ]
    assert felt

    weaker = [w for w in felt if abs(total(f"{emphasis} {w}", words)) <= abs(total(w, words))]
    denied = {w: (total(w, words), total(f"{negation} {w}", words)) for w in felt}
    same = [w for w, (said, now) in denied.items() if said * now > 0 and abs(now) >= abs(said)]
    assert (weaker, same) == ([], [])


@given(st.text(max_size=300), st.sampled_from(languages()))
@settings(max_examples=150)
def test_any_text_is_read_alike_twice_and_stays_in_range(text: str, language: str) -> None:
    one, two = (read(text, lexicon(language)) for _ in range(2))

    assert one == two
    assert -1 <= one.score() <= 1
    assert all(text[hit.start : hit.end] for hit in one.hits)


@given(st.text(st.sampled_from("bon nul,.!'😀é\n"), max_size=60), st.integers(0, 50))
@settings(max_examples=100)
def test_names_anywhere_do_no_harm(text: str, start: int) -> None:
    assume(start < len(text))
    reading = read(text, SMALL, [(start, start + 3)])

    assert all(hit.end <= start or hit.start >= start + 3 for hit in reading.hits)


@pytest.mark.parametrize(
    "sign",
    ["😀", "!", "\x00", "\u202eسيء ", "بد ", "bon ", "pas très ", "a. ", "é", "e\u0301", "bo", "'",
     "a'", "@", "https://", "www.", ":)", "(", "🇫🇷", "#", "_", "9", "nul mais ", "o" * 50 + " "],
)  # fmt: skip
def test_floods_are_bounded_work(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    role = Lexicon.role

    def counted(self: Lexicon, word: str) -> object:
        nonlocal looked
        looked += 1
        assert len(word) <= tokens.LONGEST <= 10_000
        return role(self, word)

    monkeypatch.setattr(Lexicon, "role", counted)
    reading = read(sign * 1_000_000, SMALL)

    assert looked <= 3 * tokens.MOST <= 5_000
    assert len(reading.hits) <= tokens.MOST
    assert all(hit.end <= tokens.LONGEST for hit in reading.hits)
