from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract
from selectolax.lexbor import LexborHTMLParser, LexborNode

from listener import locale
from listener.content import Content
from listener.locale.formats import Formats
from listener.messages import Message, Person
from listener.report.figures import from_json, to_json
from listener.report.render import IndexEntry, headline, index, index_entry, name, page, summary
from tests.report.samples import END, WEEKS, ZONE

CONTENT = Content(None)
LANGUAGES = ("en", "fr")
REPORTS = Path(__file__).parents[2] / "reports"

every_page = pytest.mark.parametrize(
    ("week", "language"), [(week, language) for week in WEEKS for language in LANGUAGES]
)


def parsed(week: str, language: str = "en") -> LexborHTMLParser:
    return LexborHTMLParser(page(CONTENT, WEEKS[week](), language))


def mail(week: str, language: str = "en") -> Message:
    ana = Person(name="Ana", email="ana@example.org", language=language, timezone=ZONE)
    made = WEEKS[week]()
    return summary(CONTENT, made, ana, key="k", now=END, page_html="<!doctype html>é")


def first(html: LexborHTMLParser, selector: str) -> LexborNode:
    found = html.css_first(selector)
    assert found is not None, selector
    return found


def text(html: LexborHTMLParser) -> str:
    assert html.body is not None
    return " ".join(html.body.text(separator=" ").split())


@every_page
def test_nothing_outside_is_referred_to(week: str, language: str) -> None:
    html = parsed(week, language)
    assert not html.css("script, link, img, iframe, object, embed, form, base")
    for node in html.css("*"):
        for attribute, value in node.attributes.items():
            assert not attribute.startswith("on")
            assert attribute not in ("src", "srcset", "data", "action", "poster")
            if attribute == "href":
                assert (value or "").startswith("#" if node.tag == "use" else ("https:", "http:"))
    styles = "".join(node.text() for node in html.css("style"))
    assert not re.search(r"@import|@font-face|url\(", styles)
    policy = first(html, 'meta[http-equiv="Content-Security-Policy"]').attributes["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@every_page
def test_a_page_is_well_made(week: str, language: str) -> None:
    html = parsed(week, language)
    assert html.root is not None
    assert html.root.attributes["lang"] == language
    levels = [int(str(node.tag)[1]) for node in html.css("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    ids = [node.attributes["id"] for node in html.css("[id]")]
    assert len(ids) == len(set(ids))
    assert all(node.attributes.get("scope") in ("col", "row") for node in html.css("th"))
    for labelled in html.css("[aria-labelledby]"):
        assert set((labelled.attributes["aria-labelledby"] or "").split()) <= set(ids)
    for chart in html.css("svg"):
        assert chart.attributes["role"] == "img"
        assert [title.text() for title in chart.css("title")] != [""]


@every_page
def test_a_table_lies_behind_each_chart(week: str, language: str) -> None:
    html = parsed(week, language)
    sections = [node for node in html.css("section") if node.css("svg")]
    assert all(section.css("details table") for section in sections)


def test_hostile_text_is_only_text() -> None:
    made = WEEKS["hostile"]()
    html = page(CONTENT, made, "en")
    tree = LexborHTMLParser(html)
    assert not tree.css("script, img, b script, h1 b")
    assert '<script>alert("x")</script>' in text(tree)
    assert '<b>"Lumen"</b>' in first(tree, "h1").text()
    assert len(tree.css("h1")) == 1
    assert "javascript:" not in html
    assert "{{ 7 * 7 }}" in text(tree)
    listing = index(CONTENT, [index_entry(CONTENT, made, "en", "x.html")], "en")
    assert not LexborHTMLParser(listing).css("h1 b, a b, script")


def test_what_is_written_from_the_right_runs_from_the_right() -> None:
    for html in (parsed("crisis"), LexborHTMLParser(mail("crisis").html)):
        titles = html.css(".title > *, .danger > a")
        assert titles
        assert {node.attributes["dir"] for node in titles} == {"auto"}


@every_page
def test_the_same_snapshot_gives_the_same_bytes(week: str, language: str) -> None:
    made = WEEKS[week]()
    again = from_json(to_json(made))
    assert page(CONTENT, made, language) == page(Content(None), again, language)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (
            "normal",
            "Maison Lumen was mentioned about as often as the week before, "
            "and the positive outweighs the negative.",
        ),
        (
            "crisis",
            "Maison Lumen was mentioned about 5 times as often as the week before, "
            "and the tone has worsened: the negative outweighs the positive.",
        ),
        (
            "quiet",
            "Maison Lumen was mentioned about as often as the week before, "
            "and too few mentions could be scored to tell the tone.",
        ),
        (
            "broken",
            "Fewer mentions of Maison Lumen were found than the week before, but less was "
            "heard too, and neither the positive nor the negative clearly prevails.",
        ),
    ],
)
def test_headline(week: str, expected: str) -> None:
    made = WEEKS[week]()
    assert headline(CONTENT, made, "en") == expected
    assert first(parsed(week), "h1").text() == expected


def test_headline_in_french() -> None:
    assert headline(CONTENT, WEEKS["crisis"](), "fr") == (
        "Maison Lumen fait parler environ 5 fois plus que la semaine précédente, "
        "et le ton s’est dégradé\u202f: le négatif l’emporte sur le positif."
    )


def test_an_unknown_week_before_is_a_dash_and_no_zero() -> None:
    html = parsed("first")
    assert "There is nothing to compare with" in text(html)
    changes = [node.text() for node in html.css(".figures .change")]
    assert all(change.startswith("—") for change in changes)
    cells = [row.css("td")[1].text() for row in html.css("figure table tr") if row.css("td")]
    assert cells[:7] == ["—"] * 7


def test_what_was_not_heard_is_said_first() -> None:
    html = parsed("broken")
    assert "1 of 6 sources was not heard all week" in first(html, ".standfirst").text()
    assert "503 Service Unavailable" in text(html)
    assert "All 6 sources were heard all week." in first(parsed("normal"), ".standfirst").text()


def test_the_one_source_is_no_one_of_many() -> None:
    said = text(parsed("hostile"))
    assert "The one source was not heard all week: what it published meanwhile" in said
    assert "La seule source n’a pas été relevée" in text(parsed("hostile", "fr"))


def test_too_few_scored_mentions_make_no_figure() -> None:
    figures = parsed("quiet").css(".figures > div")
    assert "— too few to say: 1 scored mention" in " ".join(figures[1].text().split())


def test_every_word_is_in_french() -> None:
    with (Path(locale.__file__).parent / "fr.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    options = {"newstyle_gettext": "true", "extensions": "jinja2.ext.loopcontrols"}
    for template in REPORTS.iterdir():
        if template.suffix in (".css", ".toml"):
            continue
        with template.open("rb") as file:
            for line, _, words, _ in babel_extract(file, ["_", "ngettext"], [], options):
                key = words[0] if isinstance(words, tuple) else words
                message = catalogue.get(str(key))
                assert message is not None, f"{template.name}:{line}: {key}"
                french = message.string
                assert all(french if isinstance(french, tuple) else [french]), key


def test_the_house_style_is_the_operators(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    style = (
        'name = "Agence <Clair>"\n[light]\naccent = "#ff0077"\n[fonts]\ntext = "\'Inter\', serif"'
    )
    (tmp_path / "reports" / "style.toml").write_text(style)
    html = page(Content(tmp_path), WEEKS["normal"](), "fr")
    assert "--accent: #ff0077;" in html
    assert "--ink: #1c1b19;" in html
    assert "font: 1rem/1.55 'Inter', serif;" in html
    assert first(LexborHTMLParser(html), ".masthead b").text() == "Agence <Clair>"


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb by WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("colour", "least"),
    [
        ("ink", 4.5),
        ("muted", 4.5),
        ("accent", 4.5),
        ("negative", 4.5),
        ("warning", 4.5),
        ("positive", 3),
        ("ghost", 3),
    ],
)
def test_contrast(scheme: str, colour: str, least: float) -> None:
    colours = CONTENT.tables("reports/style.toml")[scheme]
    assert isinstance(colours, dict)
    dark, light = sorted((luminance(colours[colour]), luminance(colours["paper"])))
    assert (light + 0.05) / (dark + 0.05) >= least


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("week", WEEKS)
def test_mail(week: str, language: str) -> None:
    message = mail(week, language)
    assert "\n" not in message.subject
    assert headline(CONTENT, WEEKS[week](), language) in message.subject
    *images, attached = message.attachments
    assert (attached.name, attached.inline) == ("report-2026-W11.html", False)
    assert attached.content == "<!doctype html>é".encode()
    html = LexborHTMLParser(message.html)
    shown = [node.attributes["src"] for node in html.css("img")]
    assert shown == [f"cid:{image.name}" for image in images]
    assert all(image.inline and image.content.startswith(b"\x89PNG") for image in images)
    assert all(node.attributes["alt"] for node in html.css("img"))
    assert not html.css("script, link, h1 b")
    assert "&" not in re.sub(r"https?://\S+", "", message.text) or week == "hostile"


def test_a_mail_says_whose_times_these_are_and_how_to_stop_it() -> None:
    told = mail("crisis")
    for form in (told.html, told.text, slack_text(told)):
        assert "Times are those of Europe/Paris." in form
    assert "ask whoever runs Listener" in told.text
    ana = Person(name="Ana", email=None, language="en", timezone="Europe/London")
    asked = {"key": "k", "page_html": "", "contact": "ops@example.org"}
    told = summary(CONTENT, WEEKS["crisis"](), ana, now=END, **asked)
    assert told.unsubscribe == "mailto:ops@example.org?subject=unsubscribe%20report"
    assert "write to ops@example.org" in told.text
    assert f'href="{told.unsubscribe}"' in told.html


def test_the_marks_of_a_mails_chart_are_explained() -> None:
    assert "▲ not every source was heard that day" in mail("crisis").html
    assert "▲" not in mail("normal").html


def test_the_text_of_a_mail_is_as_careful() -> None:
    plain = " ".join(mail("crisis").text.split())
    assert "Mentions: 377 +301: more than the week before (76)" in plain
    assert "Critical risk (92/100) Rappel de la lampe" in plain
    assert "https://news.example/maison-lumen/8000000" in plain
    hostile = mail("hostile").text
    assert '<script>alert("x")</script>' in hostile
    assert "&lt;" not in hostile


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("week", WEEKS)
def test_slack_is_told_the_figures_and_of_no_attachment(week: str, language: str) -> None:
    said = slack_text(mail(week, language))
    assert not re.search(r"attached|est joint", said), "a webhook takes no files"
    for brand in WEEKS[week]().brands:
        assert Formats(language, ZONE).number(brand.now.mentions) in said
    bare = re.sub(r"<https?://[^<>|]+\|[^<>]*>", "", said)
    assert not re.search(r"[<>]", bare), bare


def test_slack_says_how_many_are_at_risk_and_links_the_worst() -> None:
    said = slack_text(mail("crisis"))
    report = WEEKS["crisis"]()
    (brand,) = report.brands
    assert f"{brand.now.alarming} mentions are of high or critical risk." in said
    assert "<https://news.example/maison-lumen/8000000|Rappel de la lampe" in said
    assert f"{brand.now.alarming} mentions are of high" in mail("crisis").text
    assert f"{brand.now.alarming} mentions are of high" in mail("crisis").html


def slack_text(message: Message) -> str:
    """Every text of the blocks, as Slack is given it."""

    def texts(part: object) -> Iterator[str]:
        if isinstance(part, str):
            yield part
        for inner in part.values() if isinstance(part, Mapping) else ():
            yield from texts(inner)
        for inner in part if isinstance(part, list) else ():
            yield from texts(inner)

    return "\n".join(text for payload in message.slack for text in texts(payload["blocks"]))


def test_index_lists_the_newest_first() -> None:
    entries = [
        IndexEntry(
            name=f"2026-W{n}",
            start=date(2026, 3, n),
            last=date(2026, 3, n + 6),
            href=f"2026-W{n}.html",
            headline=f"Headline {n} & more",
        )
        for n in (9, 11, 10)
    ]
    html = LexborHTMLParser(index(CONTENT, entries, "fr"))
    links = html.css("main a")
    assert [link.attributes["href"] for link in links] == [
        "2026-W11.html",
        "2026-W10.html",
        "2026-W9.html",
    ]
    assert links[0].text() == "Headline 11 & more"
    assert "11–17 mars 2026" in text(html)


def test_an_index_may_be_empty() -> None:
    assert "Aucun rapport" in index(CONTENT, [], "fr")


def test_entry_of_a_week() -> None:
    entry = index_entry(CONTENT, WEEKS["normal"](), "en", "w.html")
    assert (entry.name, entry.start, entry.last) == (
        "2026-W11",
        date(2026, 3, 9),
        date(2026, 3, 15),
    )
    assert name(WEEKS["normal"]()) == "2026-W11"
    assert entry.start == datetime(2026, 3, 9, tzinfo=UTC).date()
