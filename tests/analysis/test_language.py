from __future__ import annotations

import csv
import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.analysis import language
from listener.analysis.language import DEFAULT, identify, likeliest

SIX = ("de", "en", "es", "fr", "it", "pt")
SHARED = Path(__file__).resolve().parents[2] / "../shared/data/sentiment/dev.tar.xz"
FRENCH = (
    "La tente que j'ai achetée le mois dernier a pris l'eau dès la première nuit, et le magasin "
    "refuse de la reprendre."
)
ENGLISH = "The tent I bought last month leaked during the very first night of our holiday."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FRENCH, "fr"),
        (ENGLISH, "en"),
        ("Je suis déçu par cette tente", "fr"),
        ("Das Zelt ist schon nach einer Woche undicht geworden", "de"),
        ("La tienda de campaña se mojó la primera noche y no responden", "es"),
        ("テントの中に水が入ってきました", "ja"),
    ],
)
def test_identifies_what_a_text_is_in(text: str, expected: str) -> None:
    assert identify(text, declared=None) == expected


@pytest.mark.parametrize(
    "text", ["", "ok", "lol", "Decathlon", "😀😀😀", "12345 678 90 12", "   \n"]
)
def test_says_nothing_on_too_little(text: str) -> None:
    assert identify(text, declared=None) is None


def test_says_nothing_of_a_language_outside_the_set() -> None:
    swedish = "Hej, jag heter Anna och bor i Stockholm, det är en mycket fin stad"

    assert identify(swedish, declared=None) is None
    assert identify(swedish, declared=None, among=(*language.DEFAULT, "sv")) == "sv"


def test_links_handles_and_hashtags_say_nothing() -> None:
    text = "https://example.org/the/best/way/to/buy @thegreatshop #whatawonderfulworld 😀"

    assert identify(text, declared=None) is None


def test_the_brands_own_words_say_nothing() -> None:
    text = "Best Buy Best Buy Best Buy : déçu, très déçu"
    brand = ("Best Buy",)

    assert identify(text, declared=None, ignore=brand) == identify("déçu, très déçu", declared=None)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("FR_fr", "fr"),
        (" sv ", "sv"),
        ("english", None),
        ("xx", None),
        ("", None),
    ],
)
def test_what_is_declared_is_believed_when_there_is_such_a_language(
    declared: str, expected: str | None
) -> None:
    assert identify("ok", declared=declared) == expected


def test_a_long_plain_text_overrides_what_is_declared() -> None:
    assert identify(FRENCH, declared="en-US") == "fr"


def test_a_short_text_does_not() -> None:
    assert identify("Je suis déçu par cette tente", declared="en") == "en"


def test_a_declared_language_outside_the_set_is_a_candidate() -> None:
    swedish = "Hej, jag heter Anna och bor i Stockholm, det är en mycket fin stad med många öar"

    assert identify(swedish, declared="sv") == "sv"
    assert identify(swedish * 3, declared="en") == "en"  # not in the set: the source has the say


def test_many_threads_load_the_model_once_and_agree() -> None:
    headline = "Tentes imperméables : rappel massif"  # hardly a small word in it
    language._load.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: identify(headline, declared=None), range(32)))

    assert found == {"fr"}
    assert language._load.cache_info().misses == 1


def test_plain_words_do_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise AssertionError("loaded")

    monkeypatch.setattr(language, "_identifier", absent)

    assert identify(FRENCH, declared=None) == "fr"


POSTS = {
    "en": """
        @acme Great store, terrible app
        Anyone else's Acme bike arrive broken? https://t.co/x1
        lol never again #acme
        Just picked up my new tent from Acme and I love it
        Customer service put me on hold for an hour @AcmeHelp
        Acme: quarterly profits up 12 % despite weak demand
        Recall of kids' helmets announced https://example.org/r
        Why is the Acme website down again??
        so happy with these shoes tbh
        Honestly the worst delivery I've ever had""",
    "fr": """
        Livraison nulle, je déconseille @acme
        C'est quoi ce service client #acme
        jsuis trop content de mon nouveau vélo
        Le magasin Acme de Lille est fermé ?
        Rappel de produit : casques pour enfants https://example.org/r
        Encore en panne, merci bien @AcmeHelp
        qqn sait si le site Acme marche
        Bénéfice en hausse de 12 % au premier trimestre
        Jamais vu un truc pareil mdr
        Super équipe, bravo à tous""",
    "de": """
        Lieferung von @acme kam kaputt an
        Nie wieder dort bestellen #acme
        Kann man die Schuhe auch im Laden umtauschen?
        Warum geht eure App schon wieder nicht @AcmeHelp
        Acme: Gewinn steigt um 12 Prozent
        Bin echt zufrieden mit dem Zelt
        Hotline seit einer Stunde besetzt
        ich glaub ich spinn, schon wieder teurer
        Rückruf von Kinderhelmen https://example.org/r
        Top Qualität, gerne wieder""",
    "es": """
        El pedido de @acme llegó roto
        Nunca más compro aquí #acme
        Alguien sabe si abren el domingo
        pésima atención al cliente @AcmeHelp
        me encanta mi bici nueva jajaja
        Retiran cascos infantiles por riesgo de lesiones https://example.org/r
        Acme: los beneficios suben un 12 %
        Otra vez caída la app, qué asco
        Muy buena calidad, lo recomiendo
        llevo dos horas esperando al teléfono""",
    "it": """
        Pacco @acme arrivato rotto
        Mai più, servizio pessimo #acme
        Qualcuno sa se aprono domenica?
        Acme: utile in crescita del 12 %
        Ho preso la tenda nuova ed è bellissima
        App di nuovo bloccata, che schifo @AcmeHelp
        Richiamati caschi per bambini https://example.org/r
        nn mi rispondono da una settimana
        Ottima qualità, consigliato
        ma perché il sito non va""",
    "pt": """
        Pedido da @acme chegou quebrado
        Nunca mais compro nessa loja #acme
        Alguém sabe se abre no domingo?
        atendimento péssimo, 2 horas esperando @AcmeHelp
        amei minha bike nova kkkk
        Acme: lucro sobe 12 % no trimestre
        Recall de capacetes infantis https://example.org/r
        App fora do ar de novo, aff
        Ótima qualidade, recomendo
        vcs não respondem ninguém""",
}


@pytest.mark.parametrize("among", [SIX, DEFAULT], ids=["six", "default"])
def test_short_posts_about_a_brand(among: tuple[str, ...]) -> None:
    posts = [(code, post.strip()) for code, text in POSTS.items() for post in text.split("\n")]
    asked = [(code, post) for code, post in posts if post]
    found = [
        (code, identify(post, declared=None, among=among, ignore=("Acme",))) for code, post in asked
    ]

    assert len(asked) == 60
    assert {pair for pair in found if pair[1] and pair[0] != pair[1]} == set()
    assert sum(said is not None for _, said in found) >= 57


FOREIGN = {
    "nl": "Wat een slechte service zeg, ik wacht al drie weken op mijn pakket",
    "sv": "Jag väntar fortfarande på min beställning, så dåligt",
    "da": "Jeg har ventet i tre uger på min pakke",
    "no": "Noen som vet når butikken åpner i morgen?",
    "fi": "Odotan vieläkin tilausta, surkea palvelu",
    "tr": "Siparişim hala gelmedi, rezalet bir firma",
    "ca": "Encara espero la comanda des de fa tres setmanes",
    "gl": "Que día máis bonito na praia",
    "oc": "Esperi encara la comanda dempuèi tres setmanas",
    "ro": "Încă aștept comanda, servicii foarte proaste",
    "pl": "Nadal czekam na moją paczkę, fatalna obsługa",
    "cs": "Pořád čekám na svou objednávku, hrozný servis",
    "sk": "Stále čakám na svoju objednávku",
    "hr": "Danas je predivan dan na moru",
    "sl": "Še vedno čakam na svoje naročilo",
    "hu": "Még mindig várom a rendelésemet",
    "id": "Paket saya belum sampai juga, pelayanan buruk sekali",
    "tl": "Ang tagal naman ng order ko, nakakainis",
    "sw": "Bado ninasubiri mzigo wangu, huduma mbaya sana",
    "sq": "Sot është një ditë shumë e bukur",
    "eu": "Gaur egun ederra da hondartzan",
    "lv": "Joprojām gaidu savu pasūtījumu",
    "af": "Ek wag nog steeds vir my bestelling, swak diens",
    "fy": "It waar is hjoed tige moai en wy geane nei it strân",
    "lb": "Ech fannen dat net gutt, mir mussen elo zesumme schaffen",
    "vi": "Hôm nay trời đẹp quá",
    "hi": "yaar ye phone bahut accha hai lekin battery kharab hai",
    "uk": "Я досі чекаю на своє замовлення, жахливий сервіс",
    "ko": "아직도 주문한 물건이 안 왔어요",
}


@pytest.mark.parametrize("code", FOREIGN)
def test_no_other_language_is_taken_for_one_of_six(code: str) -> None:
    assert identify(FOREIGN[code], declared=None, among=SIX) is None


@pytest.mark.parametrize("text", ["Air France", "Peugeot", "Kärcher", "Itaú", "ja", "la", "no"])
def test_a_name_or_a_word_of_many_languages_says_nothing(text: str) -> None:
    assert identify(text, declared=None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("je suis là", "fr"), ("mir egal", "de"), ("muy malo", "es"), ("vc gostou?", "pt")],
)
def test_a_few_known_words_are_enough(text: str, expected: str) -> None:
    assert identify(text, declared=None) == expected


def test_varieties_count_for_their_language() -> None:
    egyptian = "انا عايز اعرف هو المحل بيفتح امتى النهارده"

    assert identify(egyptian, declared=None) == "ar"
    assert identify("Eg veit ikkje kva dei held på med", declared=None, among=("no",)) == "no"


def test_the_likeliest_always_answers_where_there_are_words() -> None:
    assert likeliest("Vamos ver", among=SIX) in SIX
    assert likeliest("Je suis déçu", among=("de", "en")) in ("de", "en")
    assert likeliest("Je suis déçu", among=SIX) == "fr"
    assert likeliest("https://example.org @acme 12 😀", among=SIX) is None


@given(st.text(max_size=300), st.none() | st.text(max_size=8))
def test_answers_on_anything(text: str, declared: str | None) -> None:
    found = identify(text, declared=declared)

    assert found is None or len(found) == 2
    assert found == identify(text, declared=declared)


WORDS = st.sampled_from(
    ("the", "que", "de", "la", "je", "nicht", "muito", "kkkk", "xké", "ß", "det", "lol", "NUL")
)
CODES = st.sets(st.sampled_from([*DEFAULT, "ca", "no", "xx"])).map(lambda codes: tuple(codes))


@given(st.lists(WORDS, max_size=400).map(" ".join) | st.text(max_size=80), CODES)
def test_answers_only_what_is_looked_for(text: str, among: tuple[str, ...]) -> None:
    assert identify(text, declared=None, among=among) in {None, *among}
    assert likeliest(text, among=among) in {None, *among}


@given(
    st.lists(WORDS, min_size=1, max_size=12),
    st.lists(
        st.sampled_from(["@whatever", "#adorable", "https://a.example/the/way", "42", "😀", "Acme"])
    ),
    st.randoms(use_true_random=False),
)
def test_what_is_no_word_changes_nothing(
    words: list[str], noise: list[str], random: Random
) -> None:
    noisy = list(words)
    for sign in noise:
        noisy.insert(random.randrange(len(noisy) + 1), sign)

    def said(parts: list[str]) -> str | None:
        return identify(" ".join(parts), declared=None, ignore=("Acme",))

    assert said(noisy) == said(words)


def test_a_lone_surrogate_is_no_trouble() -> None:
    assert identify(FRENCH + "\ud800", declared=None) == "fr"


def test_agrees_with_people_on_public_data() -> None:
    if not SHARED.exists():
        pytest.skip("shared data absent")
    with tarfile.open(SHARED) as archive:
        member = archive.extractfile("umsab_val.tsv") or archive.extractfile("./umsab_val.tsv")
        assert member
        text = io.TextIOWrapper(member, encoding="utf-8", newline="")
        rows = list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
    six = [row for row in rows if row["lang"] in SIX]
    found = [(identify(row["text"], declared=None, among=SIX), row["lang"]) for row in six]
    answered = [pair for pair in found if pair[0]]
    guessed = [
        [likeliest(" ".join(row["text"].split()[:words]), among=SIX) == row["lang"] for row in six]
        for words in (None, 5)
    ]

    assert len(answered) / len(found) > 0.965
    assert sum(said == truth for said, truth in answered) / len(answered) > 0.99
    whole, five = (sum(right) / len(right) for right in guessed)
    assert whole > 0.98
    assert five > 0.95


def test_the_usual_language_is_taken_for_what_is_unsure_not_for_what_is_foreign() -> None:
    swedish = "Hej, jag heter Anna och bor i Stockholm, det är en mycket fin stad"

    def said(text: str, declared: str | None = None) -> str | None:
        return identify(text, declared=declared, otherwise=lambda: "fr")

    asked = ("nul", "nul nul", "", ENGLISH, swedish)
    assert [said(text) for text in asked] == ["fr", "fr", "fr", "en", None]
    assert said("nul", "de") == "de"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, None),
        ({"fr": 19}, None),
        ({"fr": 20}, "fr"),
        ({"fr": 18, "en": 2}, "fr"),
        ({"en": 3, "fr": 17}, None),
    ],
)
def test_a_source_has_a_usual_language_when_nine_in_ten_are_in_it(
    known: dict[str, int], expected: str | None
) -> None:
    assert language.usual(known) == expected
