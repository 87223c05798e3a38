from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from listener.content import Content
from listener.digest.excerpt import one_line
from listener.digest.render import render_alert, render_digest
from listener.errors import TemplateError
from listener.messages import Digest, Message
from listener.model import Author, Copy, Coverage, Heard, Level, Mention, Post, PostKind, Reason
from tests.digest.samples import (
    ANA,
    CLAIRE,
    COVERAGE,
    ENGLISH,
    FRENCH,
    NOW,
    alert,
    digest,
    french,
    mention,
    near,
    risk,
)

CONTENT = Content()
ROLES = {"Decathlon": "own", "Intersport": "competitor", "GR20": "topic"}


def rendered(told: Digest, contact: str | None = "veille@example.org") -> Message:
    return render_digest(CONTENT, told, key="k", now=NOW, contact=contact, roles=ROLES)


def seen(message: Message) -> str:
    """What a reader of the HTML part reads."""
    body = LexborHTMLParser(message.html).body
    assert body is not None
    return one_line(body.text(separator=" "))


def slack_text(message: Message) -> str:
    return html.unescape(json.dumps(message.slack, ensure_ascii=False))


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        (digest(), "Decathlon: 8 mentions, 2 at risk · daily digest of 21 November"),
        (
            french(),
            "Decathlon, Intersport, GR20\u202f: 5 mentions, dont 1 à risque"
            " · synthèse quotidienne du 21 novembre",
        ),
        (digest(cadence="weekly", mentions=ENGLISH[2:3]),
         "Decathlon: 1 mention · weekly digest of 21 November"),
        (digest(cadence="hourly", mentions=()),
         "Decathlon: no mention · hourly digest of 21 November, 08:00"),
        (digest(cadence="at once", start=NOW),
         "Decathlon: 8 mentions, 2 at risk · 21 November, 08:00"),
        (digest(brands=("A", "B", "C", "D", "E"), mentions=()),
         "A, B, C and 2 more: no mention · daily digest of 21 November"),
        (digest(brands=("A\r\nBcc: x@example.org",), mentions=()),
         "A Bcc: x@example.org: no mention · daily digest of 21 November"),
    ],
)  # fmt: skip
def test_subjects(told: Digest, subject: str) -> None:
    assert rendered(told).subject == subject


@pytest.mark.parametrize("form", ["text", "html", "slack"])
def test_each_form_tells_all_of_a_mention(form: str) -> None:
    message = rendered(digest())
    said = {
        "text": one_line(message.text),
        "html": seen(message),
        "slack": slack_text(message),
    }[form]

    for fact in (
        "The Guardian", "Helen Marsh", "today 06:00", "12K reactions", "you were alerted",
        "Critical risk 86/100", "Negative", "Matches “decathlon”",
        "“recalls” (recall) near the brand (+34)", "1 more reason",
        "Also on: Reuters, BBC News, Outdoor Daily and 3 more",
        "Not scored", "Low risk", "13 of 15 sources were heard throughout.",
        "Le Monde Économie · not heard · since Thu 20 Nov, 22:00 · 503 Service Unavailable",
        "r/france · heard in part · Fri 21 Nov, 02:00 to 04:00 · 429 Too Many Requests",
        "Forum Vélo · silent for unusually long · since Wed 12 Nov, 08:00",
        "3 negative", "1 not scored",
    ):  # fmt: skip
        assert fact in said, fact


def test_the_french_digest_is_french_throughout() -> None:
    message = rendered(french())
    own_words = re.compile(r"\b(the|of|and|risk|heard|since|today|mention of|Matches)\b")

    said = seen(message)
    assert not own_words.search(said.replace(FRENCH[3].post.text.partition(" ")[2], ""))
    assert "À risque, à voir en premier" in said
    assert "«\u202faction de groupe\u202f» (justice) près de la marque (+41)" in said
    assert 'lang="fr"' in message.html
    assert 'lang="en"' in message.html  # the English article, for screen readers


def test_a_subscription_without_a_name_is_told_in_the_readers_words() -> None:
    unnamed = rendered(replace(french(), subscription="Claire by mail"))
    for form in (unnamed.text, seen(unnamed)):
        assert "Claire by mail" not in form
        assert "l’abonnement par «\u202fmail\u202f» (Claire)." in re.sub(r"[ \n]+", " ", form)


def test_what_is_written_from_the_right_runs_from_the_right() -> None:
    page = LexborHTMLParser(rendered(digest()).html)
    for node in (*page.css("h4"), *page.css("h4 + p + p:not(.verdict)"), *page.css(".outlet")):
        assert node.attributes["dir"] == "auto", node.html
    assert page.css("h4")


def test_the_matched_words_are_bold_and_titles_are_links() -> None:
    page = LexborHTMLParser(rendered(digest()).html)
    links = page.css("h4 a")

    assert links[0].attributes["href"] == "https://example.org/2025/11/article-1"
    assert [node.text() for node in page.css("h4 a b")][:2] == ["Decathlon", "Decathlon"]


def test_nothing_is_fetched_and_nothing_tracks() -> None:
    for message in (rendered(digest()), one_alert()):
        page = LexborHTMLParser(message.html)
        assert not page.css("img, script, link, iframe, object, form")
        assert "url(" not in message.html
        assert "@import" not in message.html


def test_the_character_set_is_said_where_browsers_look() -> None:
    assert b'charset="utf-8"' in rendered(french()).html.encode()[:1024]


def test_styles_are_in_the_elements_and_the_dark_ones_in_a_sheet() -> None:
    page = LexborHTMLParser(rendered(digest()).html)
    (sheet,) = page.css("style")

    assert all("style" in node.attributes for node in page.css("h1, h3, h4, p.muted, .risky"))
    assert "prefers-color-scheme: dark" in sheet.text()
    assert page.css_first("meta[name=color-scheme]") is not None


def test_the_text_part_is_wrapped_and_links_have_their_own_lines() -> None:
    for told in (digest(), french(), digest(mentions=())):
        lines = rendered(told).text.splitlines()
        assert all(len(line) <= 78 for line in lines)
        for line in lines:
            if "https://" in line:
                assert re.fullmatch(r"\s*https://\S+", line)
        assert not any(line != line.rstrip() and line != "-- " for line in lines)


def test_a_quiet_digest_does_not_sell_silence_as_calm() -> None:
    deaf = rendered(digest(mentions=()))
    calm = rendered(digest(mentions=(), coverage=COVERAGE[:12]))
    unknown = rendered(digest(mentions=(), coverage=()))

    warning = "2 sources could not be heard throughout, so this is no proof of calm."
    assert warning in seen(deaf)
    assert warning in one_line(deaf.text)
    assert warning in slack_text(deaf)
    assert "Nothing new was found, and every source was heard." in seen(calm)
    many = rendered(digest(mentions=(), brands=("Decathlon", "GR20")))
    assert "Decathlon, GR20: no mention" in seen(many)
    assert "Gaps in what was heard" not in seen(calm)
    assert "is not known, so this is no proof of calm" in seen(unknown)


def test_a_welcome_digest_says_what_was_found_on_the_first_pass() -> None:
    found = tuple(replace(m, first_pass=True) for m in FRENCH[:2])
    message = rendered(digest(CLAIRE, mentions=found, welcome=("Le Parisien", "r/france")))

    for said in (seen(message), one_line(message.text), slack_text(message)):
        assert "Relevées pour la première fois\u202f: Le Parisien, r/france." in said
        assert said.count("· premier relevé") == 2


def test_what_could_not_be_told_in_time_is_said() -> None:
    late = replace(ENGLISH[2], found=NOW - timedelta(days=3))
    message = rendered(digest(mentions=(late, ENGLISH[3])))

    assert "1 mention was found before this period and could not be told in time." in seen(message)
    assert seen(message).count("· found earlier") == 1


def test_a_rating_is_told_in_stars() -> None:
    rated = replace(ENGLISH[2], post=replace(ENGLISH[2].post, rating=0.25, kind=PostKind.REVIEW))

    assert "2.0 stars of 5" in seen(rendered(digest(mentions=(rated,))))
    worst = replace(rated, post=replace(rated.post, rating=0.0))
    assert "note\u202f: 1,0 sur 5" in seen(rendered(replace(french(), mentions=(worst,))))


def test_people_can_stop_it_by_mail_only_when_there_is_an_address() -> None:
    mailto = "mailto:veille@example.org?subject=unsubscribe%20Decathlon%2C%20daily"
    message = rendered(digest())

    assert message.unsubscribe == mailto
    footer = LexborHTMLParser(message.html).css(".footer a")
    assert [node.attributes["href"] for node in footer] == [mailto]
    assert "write to veille@example.org" in message.text
    for contact in (None, "https://example.org/contact"):
        alone = rendered(digest(), contact)
        assert alone.unsubscribe is None
        assert "ask whoever runs Listener for you" in seen(alone)
        assert "ask whoever runs Listener for you" in one_line(alone.text)


def test_many_mentions_are_cut_to_what_gmail_shows_and_slack_takes() -> None:
    many = tuple(
        replace(
            ENGLISH[n % 8],
            id=n,
            post=replace(
                ENGLISH[n % 8].post,
                title=f"{n} Decathlon " + "long title " * 20,
                text="Decathlon " * 100,
                url=f"https://example.org/{n}/" + "p" * 900,
            ),
        )
        for n in range(200)
    )
    message = rendered(digest(mentions=many))

    assert len(message.html.encode()) <= 102_000
    assert len(message.slack) <= 5
    left_out = re.search(r"(\d+) more mentions, of less weight", seen(message))
    shown = len(LexborHTMLParser(message.html).css("h4"))
    assert left_out is not None
    assert shown + int(left_out[1]) == 200
    assert 10 <= shown <= 50
    risks = re.findall(r"(\w+) risk", seen(message))
    assert risks.count("Critical") == 25  # all of the riskiest


HOSTILE = st.text(
    st.sampled_from("*_~`<>&|\"'@#!:;=%{}()[]\\/\r\n\t\x00\u202e\u200b\u2028 aé漢😀")
    | st.characters(codec="utf-8"),
    max_size=120,
)


@st.composite
def hostile_mentions(draw: st.DrawFn) -> Mention:
    text = draw(HOSTILE)
    post = Post(
        key="k",
        item="k",
        kind=draw(st.sampled_from(PostKind)),
        url=draw(st.none() | HOSTILE | HOSTILE.map("https://example.org/{}".format)),
        title=draw(st.none() | HOSTILE.map("{} Decathlon <!channel>".format)),
        text=f"{text} Decathlon {text}",
        author=Author(name=draw(HOSTILE), handle=draw(HOSTILE)),
        outlet=draw(HOSTILE),
        published=NOW,
    )
    reason = near(70, draw(HOSTILE), "safety")
    base = mention(
        draw(st.integers(1, 10**6)), "Decathlon", source=draw(HOSTILE), danger=risk(70, reason)
    )
    copies = (Copy(outlet=draw(HOSTILE), url=None),)
    language = draw(st.none() | HOSTILE)
    return replace(base, post=post, clause=draw(HOSTILE), copies=copies, language=language)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(hostile_mentions(), min_size=1, max_size=3))
def test_hostile_posts_are_harmless_everywhere(mentions: list[Mention]) -> None:
    message = rendered(digest(mentions=tuple(mentions)))

    assert message.subject.isprintable()
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00\r\u2028]", message.text)
    page = LexborHTMLParser(message.html)
    assert not page.css("img, script, iframe, svg, [onerror], [onclick]")
    for node in page.css("a"):
        assert str(node.attributes["href"]).startswith(("https://", "http://", "mailto:"))
    assert len(page.css("h4")) == len(mentions)
    assert len(page.css("body")) == 1
    for payload in message.slack:
        for text in texts(payload):
            bare = re.sub(r"<https?://[^<>|]+\|[^<>]*>", "", text)
            assert not re.search(r"[<>]", bare), text
            assert not re.search(r"&(?!amp;|lt;|gt;)", bare), text


def test_markup_in_any_field_is_shown_as_it_was_written() -> None:
    bad = "<img src=x onerror=alert(1)>&lt;"
    base = mention(1, f"{bad} Decathlon", f"{bad} Decathlon {bad}", source=bad, outlet=bad)
    danger = replace(
        base.risk,
        level=Level.HIGH,
        score=70,
        reasons=(Reason(points=70, text="%(words)s", facts={"words": bad}),),
    )
    evil = replace(
        base,
        clause=bad,
        language='"><img src=x>',
        risk=danger,
        post=replace(base.post, author=Author(name=bad, handle=bad)),
        copies=(Copy(outlet=bad, url=None),),
    )
    gap = Coverage(source=bad, state=Heard.DOWN, since=NOW - timedelta(hours=5), why=bad)
    told = digest(mentions=(evil,), coverage=(gap,), welcome=(bad,), brands=(bad, "Decathlon"))
    alarm = replace(alert(), mention=evil, rule=bad, brand=bad)
    for message in (
        rendered(replace(told, subscription=bad, person=replace(ANA, name=bad))),
        render_alert(CONTENT, alarm, ANA, subscription=bad, key="a", now=NOW),
    ):
        assert not LexborHTMLParser(message.html).css("img")
        assert seen(message).count(bad) >= 8
        assert message.text.count("<img") == message.text.count("onerror=alert(1)>&lt;")
        for payload in message.slack:
            assert not any("<img" in text for text in texts(payload))


def texts(payload: object) -> list[str]:
    """Every mrkdwn text of a payload, its fallback included."""
    if isinstance(payload, dict):
        if payload.get("type") == "plain_text":
            return []
        own = [payload["text"]] if isinstance(payload.get("text"), str) else []
        return own + [text for value in payload.values() for text in texts(value)]
    if isinstance(payload, list):
        return [text for value in payload for text in texts(value)]
    return []


def one_alert(french: bool = False, contact: str | None = "veille@example.org") -> Message:
    told = replace(alert(), mention=FRENCH[0]) if french else alert()
    person = CLAIRE if french else ANA
    return render_alert(
        CONTENT, told, person, subscription="Ana by mail", key="a", now=NOW, contact=contact
    )


def test_an_alert_says_what_where_why_how_widely_and_what_to_do() -> None:
    message = one_alert()

    assert message.subject.startswith("Critical risk 86/100: Decathlon · Decathlon recalls 40,000")
    assert len(message.subject) <= 140
    for said in (seen(message), one_line(message.text), slack_text(message)):
        for fact in (
            "Raised today 08:00 by the rule “high risk”", "The Guardian",
            "“recalls” (recall) near the brand", "+34", "“complaint” (justice) near the brand",
            "negative tone", "12,400 reactions", "Matches “decathlon”",
            "Likes: 8,100, shares: 3,900, comments: 400", "The author has 15,200 followers",
            "Also on: Reuters", "What to do next", "Warn now whoever decides in a crisis",
        ):  # fmt: skip
            assert fact in said, fact
        assert "https://example.org/2025/11/article-1" in message.text + message.html


def test_what_became_critical_says_that_it_was_told_before() -> None:
    told = alert(before=NOW - timedelta(hours=5))
    for person, words in (
        (ANA, "You were told of this story today 03:00; it is critical now"),
        (CLAIRE, "Cette histoire vous a été signalée aujourd’hui 03:00\u202f; elle est désormais"),
    ):
        message = render_alert(CONTENT, told, person, subscription="s", key="a", now=NOW)
        for said in (seen(message), one_line(message.text), slack_text(message)):
            assert words in said, said
    assert "critical now" not in seen(one_alert())


def test_an_alert_in_french_and_what_is_not_known_is_said() -> None:
    unknown = replace(FRENCH[0], post=replace(FRENCH[0].post, engagement=None), copies=())
    told = replace(alert(), mention=unknown)
    message = render_alert(CONTENT, told, CLAIRE, subscription="s", key="a", now=NOW)

    assert message.subject.startswith("Risque élevé 71/100\u202f: Decathlon · «")
    assert "partages et commentaires inconnus" in seen(message)
    assert "Aucune reprise trouvée ailleurs" in seen(message)
    assert "Décidez qui répond" in seen(message)
    assert one_alert(french=True).html != message.html


def test_an_operators_template_counts_and_its_mistakes_name_the_line(tmp_path: Path) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "item.txt").write_text("MINE {{ item.outlet }}\n")
    mine = render_digest(Content(tmp_path), digest(), key="k", now=NOW)
    assert "MINE The Guardian" in mine.text

    (tmp_path / "alerts" / "digest.txt").write_text("one\n{{ nothing }}\n")
    with pytest.raises(TemplateError, match=r"alerts/digest\.txt:2: 'nothing' is undefined"):
        render_digest(Content(tmp_path), digest(), key="k", now=NOW)


def test_the_same_digest_is_rendered_to_the_same_message() -> None:
    assert rendered(digest()) == rendered(digest())
