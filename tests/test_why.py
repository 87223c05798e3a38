"""`why` on twenty posts: what it says, sentence by sentence, in the words people read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.analysis.explain import Explanation
from listener.analysis.match import Matcher
from listener.analysis.query import parse
from listener.analysis.story_course import Course
from listener.app import read_rules
from listener.config.types import Hours
from listener.content import Content
from listener.model import Label, Level, Post, Sentiment, Word
from listener.store import Store
from listener.why.absent import absent
from listener.why.gather import Inquiry
from listener.why.judging import tongue
from listener.why.matching import failures, places, there
from listener.why.model import BrandWhy, StoryWhy, Telling, Why
from listener.why.speech import Speech
from listener.why.telling import end_of
from listener.why.words import lines
from listener.why.words_brand import weighed
from listener.why.words_story import story
from tests.fakes import MONDAY
from tests.newsroom import Newsroom
from tests.why_posts import english, french, inquiry, open_room, post, publish

pytestmark = pytest.mark.anyio

# What is said of each post, in order; "…" stands for the rest of a line. A line that begins with
# "not:" is said nowhere.
ENGLISH = {
    "recall": """
        Mirabel recalls tents after fire
        https://news.example/recall · published yesterday 12:00
        Seen at: Gazette, yesterday 13:05
        Language: English, recognised from the words
        Story: the first to tell it; copies appeared later at
          Herald, yesterday 13:10 · https://news.example/copy
        Mirabel: a mention
          It matches mirabel, a part of the query (mirabel OR #mirabel*) NOT (prune* OR …
            title: [Mirabel] recalls tents after fire
            text: …were injured when the [Mirabel] tent caught fire. …
          Tone: negative, −0.…
            what weighs: “injured” −1.2…
          Risk: …, critical
            …“recalls” (product recall) in the headline
          Alert: raised yesterday 13:05 by the rule “high-risk”
          Found yesterday 13:05 at Gazette. Who was told:
            Ana by mail: sent yesterday 13:05 in “Critical risk …
            Ana by mail: sent today 09:25 in “… daily digest of 3 March”
            Bob by chat: sent yesterday 13:05 in “Critical risk …
        Novalys: not a mention
          It does not match the query novalys
            not found: novalys
    """,
    "copy": """
        Story: a copy, with the same title and text as
          Gazette, yesterday 13:05 · https://news.example/recall
          No alert: the rule “high-risk” has told of this story already, yesterday 13:05
            Bob by chat: sent yesterday 13:10 in “…
    """,
    "review": """
          Tone: negative, −0.84 on a scale from −1 to +1
            what weighs: “1/5” −1.0, “terrible” −0.6, …
          Risk: …, medium
            +15  rated 1 of 5
          No alert: the rule “high-risk” asks for a risk of 60 or more
    """,
    "praise": """
          Tone: positive, +0.…
          Risk: 0 of 100, low
            nothing in it speaks of harm
    """,
    "answer": """
        Mirabel: not a mention, but an answer
          but its author, @mirabel, is listed as a brand's own account: it is kept as …
        not:Story
        not:Who was told
    """,
    "airport": """
        Mirabel: not a mention
            excluded by the query, and found: airport
              title: Snow closes Mirabel [airport] near Montreal
        not:Who was told
    """,
    "weather": """
        Mirabel: not a mention
            none of these words is found: mirabel, #mirabel*
        Repair: not a mention
            none of these words is found: repair*, bike, tent, répar*, vélo*, tente*
    """,
    "rival": """
        Novalys: a mention
          Risk: …, critical
          No alert: the rule “high-risk” is not for competitors
          Found today 09:40 at Gazette. Who was told:
            Ana by mail: not told; a subscription covers competitors only when it names them
            Bob by chat: not yet; “…” could not be sent: chat.example: 503 Service Unavailable. …
    """,
    "old": """
        https://news.example/old · published Fri 20 Feb, 13:00
          Risk: …, critical
          No alert: it was 10 days old when it was found, and the rule “high-risk” is for posts …
            Ana by mail: not yet; in the digest of Wed 4 Mar, 08:00
    """,
    "far": """
        Repair: not a mention
            found, but too far apart: repair* NEAR/3 (bike OR tent)
              title: How to [repair] nearly everything yourself, from lamps to a [bike]
    """,
}
FRENCH = {
    "rappel": """
        https://news.example/rappel · publié hier 12:00
        Vu chez : Gazette, hier 13:05
        Langue : français, d’après sa source
        Histoire : premier à la raconter ; des copies ont suivi chez
          Herald, hier 13:10 · https://news.example/reprise
        Mirabel : c’est une mention
            titre : [Mirabel] rappelle des tentes après un incendie
          Risque : …, critique
            …« rappelle des » (rappel de produit) dans le titre
          Alerte : levée hier 13:05 par la règle « high-risk »
            Ana par mail : envoyé hier 13:05 dans « …
        Repair : ce n’est pas une mention
            introuvable : répar*
            trouvé, mais cela ne suffit pas
              titre : Mirabel rappelle des [tentes] après un incendie
    """,
    "reprise": """
        Histoire : une copie, avec le texte de
          Gazette, hier 13:05 · https://news.example/rappel
    """,
    "avis": """
        Langue : français, reconnue d’après les mots
          Ton : négatif, …
            ce qui pèse : « 2/5 » −0,5…
          Risque : …
            …« arnaque » (fraude) à côté de la marque
            …noté 2 sur 5
    """,
    "merci": """
          Correspond à #mirabel*, dans la requête …
            texte : Merci [#MirabelFrance], le vélo est superbe …
          Risque : …, faible
          Pas d’alerte : la règle « high-risk » demande un risque de 60 ou plus
    """,
    "reponse": """
        Mirabel : pas une mention, mais une réponse
          mais l’auteur, mirabel.example, figure parmi les comptes d’une marque : c’est …
    """,
    "tarte": """
        Mirabel : ce n’est pas une mention
            exclu par la requête, et trouvé : prune*
              titre : La tarte aux [prunes] de Nancy
    """,
    "sport": """
        Langue : français, reconnue d’après les mots
        Mirabel : ce n’est pas une mention
            aucun de ces mots n’est trouvé : mirabel, #mirabel*
    """,
    "concurrent": """
        Novalys : c’est une mention
          Correspond à la requête novalys
          Risque : 0 sur 100, faible
            rien n’y parle d’un dommage
          Pas d’alerte : la règle « high-risk » ne vaut pas pour les concurrents
            Ana par mail : pas prévenu ; un abonnement ne couvre que les concurrents qu’il nomme
    """,
    "espagnol": """
        Langue : espagnol, d’après sa source
        Mirabel : ce n’est pas une mention
            titre : [Mirabel] abre su primera tienda en Madrid
          mais c’est en espagnol, et Mirabel n’est suivi qu’en : français, anglais
    """,
    "atelier": """
        Repair : c’est une mention
            titre : Un atelier pour [réparer] son [vélo] soi-même
          Pas d’alerte : la règle « high-risk » ne vaut pas pour les sujets
            Ana par mail : pas encore ; dans la synthèse prévue mer. 4 mars, 08:00
            Bob par chat : pas prévenu ; l’abonnement ne couvre pas Repair
    """,
}


@pytest.fixture
def room(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    return open_room(tmp_path, store, monkeypatch)


def ask(room: Newsroom, item: str) -> Why:
    search = room.app.store.search
    names = [f"url:https://news.example/{item}", "url:https://aide.mirabel.example/42"]
    kept = list(search.posts(search.named(names[:1]) or search.named(names)))
    return inquiry(room).post(kept[0])


def page(why: Why, language: str, now: datetime) -> list[str]:
    """The lines as they are piped, indented by two spaces a step; plain spaces for typography."""
    said = []
    for line in lines(why, Speech(language, "Europe/Paris", now)):
        text = line.text
        for start, end in reversed(line.marks):
            text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
        said.append("  " * line.depth + text.replace("\u202f", " ").replace("\u00a0", " "))
    return said


def check(said: list[str], wanted: str) -> None:
    rest = iter(said)
    for line in (each for each in wanted.splitlines() if each.strip()):
        line = line.removeprefix("        ")
        if line.startswith("not:"):
            assert not [each for each in said if line[4:] in each]
        else:
            assert any(fits(each, line) for each in rest), "\n".join([f"after all: {line}", *said])


def fits(said: str, wanted: str) -> bool:
    return re.fullmatch(re.escape(wanted).replace("…", ".*"), said) is not None


async def test_ten_english_posts(room: Newsroom) -> None:
    await publish(room, english())
    for item, wanted in ENGLISH.items():
        check(page(ask(room, item), "en", room.clock.now()), wanted)


async def test_ten_french_posts(room: Newsroom) -> None:
    await publish(room, french())
    for item, wanted in FRENCH.items():
        check(page(ask(room, item), "fr", room.clock.now()), wanted)


def test_a_text_is_judged_as_if_it_were_published(room: Newsroom) -> None:
    why = inquiry(room).text("Mirabel recalls its tents: three deaths, a lawsuit for fraud.")
    said = page(why, "en", room.clock.now())
    check(
        said,
        """
        Mirabel: a mention
          Alert: it would raise one, by the rule “high-risk”
          Who would be told:
            Ana by mail: at once, by an alert
            Bob by chat: at once, by an alert
        not:Seen at
        not:Story
        not:Found
        """,
    )
    assert why.stored is False
    calm = inquiry(room).text("What do you think of Mirabel these days, my dear friends?")
    check(page(calm, "en", room.clock.now()), "            Ana by mail: in the digest of …")
    assert room.app.store.rows("SELECT * FROM posts") == [], "nothing is kept of it"


async def told(room: Newsroom, item: str = "x") -> list[tuple[str, str]]:
    mentions = [b for b in ask(room, item).brands if b.judgement]
    assert mentions[0].judgement is not None
    return [(told.person, told.state) for told in mentions[0].judgement.told]


async def test_quiet_hours_and_their_end(room: Newsroom) -> None:
    await room.hear_once()
    room.clock.tick(hours=9)  # 22:00 in Paris
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon."))
    await room.tell()
    assert await told(room) == [("Ana", "due"), ("Bob", "quiet")]
    said = page(ask(room, "x"), "en", room.clock.now())
    check(said, "            Bob by chat: not yet; Tue 3 Mar, 08:00, when quiet hours end")


def test_quiet_hours_end_today_or_tomorrow() -> None:
    hours = Hours.parse("20:00-08:00")
    eight = datetime(2026, 3, 3, 7, tzinfo=UTC)
    assert end_of(hours, eight - timedelta(hours=10), "Europe/Paris") == eight
    assert end_of(hours, eight - timedelta(hours=2), "Europe/Paris") == eight


async def test_the_first_pass_greets_and_leaves_out_what_is_old(room: Newsroom) -> None:
    old = post("x", "Mirabel", "A shop.", published=MONDAY - timedelta(days=8))
    new = post("y", "Mirabel recalls tents: deaths, lawsuit", "Fraud.")
    await room.pass_over("Gazette", old, new)
    assert await told(room, "x") == [("Ana", "old"), ("Bob", "old")]
    assert await told(room, "y") == [("Ana", "welcome"), ("Bob", "welcome")]
    check(
        page(ask(room, "y"), "en", room.clock.now()),
        """
          No alert: the first pass over a source raises none
          Found today 13:00, on the first pass over Gazette or over the archive. Who was told:
            Ana by mail: not yet; it will be in the digest that greets new sources, in a few minutes
        """,
    )


async def test_a_query_that_changed_since(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon."))
    await room.pass_over("Gazette", post("y", "Weather", "Sun."))
    config = room.app.config
    changed = {**config.queries, "Mirabel": parse("sun")}
    object.__setattr__(config, "queries", changed)
    (before,) = (b for b in ask(room, "x").brands if b.brand == "Mirabel")
    assert (before.status, before.changed) == ("mention", True)
    (after,) = (b for b in ask(room, "y").brands if b.brand == "Mirabel")
    assert (after.status, after.judgement) == ("not searched", None)


async def test_a_brand_that_is_listened_for_no_more(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("x", "Novalys opens a shop", "In Lyon."))
    gone = room.app.config.tables.brands[1].name
    tables = room.app.config.tables
    brands = tuple(brand for brand in tables.brands if brand.name != gone)
    object.__setattr__(room.app.config, "tables", tables.model_copy(update={"brands": brands}))
    assert gone not in [brand.brand for brand in ask(room, "x").brands]


async def test_an_edit_is_told(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon."))
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon, amid lawsuits."))
    said = page(ask(room, "x"), "en", room.clock.now())
    check(said, "            judged again today 13:00, because its text was changed")


async def test_when_an_edit_was_judged_is_told_whatever_was_judged_since(room: Newsroom) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon."))
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon, amid lawsuits."))
    room.app.store.execute("UPDATE scores SET at = at + 7200 WHERE id = 2")
    room.clock.tick(hours=3)
    said = page(ask(room, "x"), "en", room.clock.now())
    check(said, "            judged again today 13:00, because its text was changed")


async def test_a_risk_that_rose_after_it_was_found_is_not_taken_for_that_of_then(
    room: Newsroom,
) -> None:
    await room.hear_once()
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon."))
    (found,) = room.app.store.mentions.between(["Mirabel"], 0, 2**31, "found")
    risen = replace(found.risk, score=70, level=Level.HIGH)
    room.app.store.mentions.judge(found.id, None, risen, 2**31)
    check(
        page(ask(room, "x"), "en", room.clock.now()),
        """
          Risk: 70 of 100, high
          No alert: the risk was 0 when it was found, and the rule “high-risk” asks for 60 or more
        """,
    )


async def test_of_a_story_all_posts_count(room: Newsroom) -> None:
    store = room.app.store
    await room.hear_once()
    await room.pass_over("Gazette", post("x", "Mirabel opens a shop", "In Lyon."))
    store.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 249)"
        " INSERT INTO posts (key, kind, text, first_seen, source, story, original)"
        " SELECT 'k' || i, 'web', '', first_seen + i, source, story, id FROM posts, n"
    )
    (last,) = store.search.posts([250])
    told = inquiry(room).post(last).story
    assert told is not None
    assert told.course.posts == 250


async def test_what_is_not_kept(room: Newsroom) -> None:
    store, speech = room.app.store, Speech("en", "Europe/Paris", room.clock.now())

    def said(name: str) -> str:
        return absent(store, name, [name], speech)

    assert said("x") == "x: the archive is still empty"
    await room.pass_over("Gazette", post("x", "Mirabel", "Text."), post("y", "Mirabel", "More."))
    assert "goes back to today 13:00: no source has shown it" in said("z")
    store.upkeep.erase(["url:https://news.example/x"], room.clock.now())
    assert "was erased on request, today 13:00" in said("url:https://news.example/x")
    later = room.clock.now() + timedelta(days=500)
    store.upkeep.purge(later, timedelta(days=400), timedelta(days=30), "UTC")
    assert "was kept as long as [keep] says" in said("url:https://news.example/y")


async def test_nothing_is_written(room: Newsroom) -> None:
    await publish(room, english())
    before = "\n".join(room.app.store._connection.iterdump())
    inquiry(room).text("Mirabel recalls its tents")
    ask(room, "recall")
    assert "\n".join(room.app.store._connection.iterdump()) == before


def explained(query: str, **fields: object) -> tuple[Post, Explanation]:
    one = Post(key="x", item="x", **fields)  # type: ignore[arg-type]
    return one, Matcher({"q": parse(query)}).explain("q", one)


@pytest.mark.parametrize(
    ("query", "text", "failed"),
    [
        ("tente", "vélo", [("missing", ("tente",))]),
        ("tente vélo sac", "un vélo", [("missing", ("tente", "sac"))]),
        ("tente OR vélo", "sac", [("none", ("tente", "vélo"))]),
        ("tente vélo", "sac", [("none", ("tente", "vélo"))]),
        ("tente -vélo", "vélo, tente", [("excluded", ("vélo",))]),
        ("tente NOT (vélo OR sac)", "sac, tente", [("excluded", ("sac",))]),
        ("tente NEAR/1 sac", "tente a b c sac", [("apart", ("tente NEAR/1 sac",))]),
        ("tente NEAR/1 sac", "tente", [("missing", ("sac",))]),
        ("tente lang:fr", "tente", [("differs", ("lang:fr",))]),
        ("(tente lang:fr) OR (vélo sac)", "vélo", [("missing", ("sac",))]),
        ("(tente OR vélo) sac", "sac", [("none", ("tente", "vélo"))]),
        ("site:a.example OR lang:fr", "", [("differs", ("site:a.example",)),
                                           ("differs", ("lang:fr",))]),
    ],
)  # fmt: skip
def test_what_kept_a_query_from_matching(
    query: str, text: str, failed: list[tuple[str, tuple[str, ...]]]
) -> None:
    one, explanation = explained(query, text=text)
    assert [(f.how, f.clauses) for f in failures(one, explanation)] == failed


def test_what_a_field_has_instead_is_told_or_that_it_is_not_known() -> None:
    one, explanation = explained("tente lang:fr", text="tente", language="en")
    assert [f.actual for f in failures(one, explanation)] == ["en"]
    one, explanation = explained("tente lang:fr", text="tente")
    assert [f.actual for f in failures(one, explanation)] == [None]
    assert [(s.start, s.end) for s in there(explanation)] == [(0, 5)]


def test_places_are_few_and_show_neighbours_together() -> None:
    text = "tente sac " + "x " * 100 + "tente " + "x " * 100 + "tente " + "x " * 100 + "tente"
    one, explanation = explained("tente OR sac", title="Une tente", text=text)
    found = places(one, explanation.spans)
    assert len(found) == 3
    assert found[0].field == "title"
    shown = [[place.text[start:end] for start, end in place.marks] for place in found]
    assert shown == [["tente"], ["tente", "sac"], ["tente"]]


@pytest.mark.parametrize(
    ("spoken", "declared", "how"),
    [
        ("fr", "fr-CA", "declared"),
        ("fr", "en_US", "recognised"),
        ("fr", None, "recognised"),
        (None, None, "unknown"),
        (None, "tlh", "unknown"),
    ],
)
def test_how_the_language_is_known(spoken: str | None, declared: str | None, how: str) -> None:
    assert tongue(spoken, declared).how == how


def test_rules_and_brands_may_be_many_or_none(room: Newsroom) -> None:
    rules = read_rules(Content())
    config, store = room.app.config, room.app.store
    bare = Inquiry(config, store, rules.risk, {}, room.clock.now()).text("Mirabel")
    check(page(bare, "en", room.clock.now()), "          No alert: there is no rule for any")
    assert [type(brand) for brand in bare.brands] == [BrandWhy] * 3


def test_a_word_that_is_said_often_is_told_once_with_all_it_weighs() -> None:
    words = (Word("Rude", -1.0), Word("slow", -0.6), Word("rude", -0.5))
    judged = Sentiment(score=-0.5, label=Label.NEGATIVE, engine="tone-en 1.1", evidence=words)

    assert weighed(judged, Speech("en", "Etc/UTC", MONDAY)) == ["“rude” −1.5", "“slow” −0.6"]


@pytest.mark.parametrize(
    ("apart", "copies", "day", "expected"),
    [
        (600, 0, 0, ["mots communs : « grève » ; à moins d’une heure d’écart", "4 publications"]),
        (7200, 1, 0, ["mots communs : « grève » ; à 2 heures d’écart", ", dont 1 copie"]),
        (7200, 2, 3, [", dont 2 copies ; 3 en 24 heures"]),
    ],
)
def test_of_a_story_nothing_is_told_of_what_is_none(
    apart: int, copies: int, day: int, expected: list[str]
) -> None:
    first = Telling(outlet="Gazette", url=None, title=None, seen=MONDAY)
    course = Course(posts=4, copies=copies, day=day, day_before=0, path=(), authority=None)
    join = {"how": "event", "words": ["grève"], "apart": apart}
    told = StoryWhy(id=1, first=first, like=None, join=join, shared=(), others=(), course=course)

    said = [line.text for line in story(told, Speech("fr", "Etc/UTC", MONDAY))]
    text = "\n".join(said).replace("\u202f", " ").replace("\u00a0", " ")
    assert all(part in text for part in expected)
    assert "0 " not in text
