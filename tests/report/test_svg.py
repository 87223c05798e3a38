from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from xml.etree import ElementTree

import pytest
from matplotlib.image import imread

from listener.locale.formats import Formats
from listener.report import charts
from listener.report.charts import Draw
from listener.report.model import Period
from listener.report.svg import png, svg
from tests.report.samples import WEEKS, ZONE

FORMATS = Formats("fr", ZONE)
COLOURS = dict.fromkeys(("paper", "ink", "muted", "rule", "accent", "ghost", "warning"), "#123456")


def drawings(week: str) -> Mapping[str, Draw]:
    made = WEEKS[week]()
    brand = made.brands[0]
    return {
        "daily": charts.daily(brand, made.events, FORMATS),
        "voice": charts.voice(brand.voices, FORMATS),
        "tone": charts.tone(brand.voices, FORMATS),
        "coverage": charts.coverage(made.sources, Period(made.start, made.end), FORMATS),
    }


def drawn(draw: Draw, name: str = "chart") -> str:
    return svg(draw, (720, 230), name, "Title & <b>", 'About "it"')


@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("kind", ["daily", "voice", "tone", "coverage"])
def test_a_drawing_belongs_to_its_page(week: str, kind: str) -> None:
    text = drawn(drawings(week)[kind])
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    title, about = root[0], root[1]
    assert (title.text, about.text) == ("Title & <b>", 'About "it"')
    assert root.get("aria-labelledby") == f"{title.get('id')} {about.get('id')}"
    assert root.find(".//style") is None  # it would apply to the whole page
    assert "font-family" not in text
    assert not re.findall(r"#[0-9a-f]{6}", text)
    assert re.search(r"var\(--(ink|muted)\)", text)
    assert all(url.startswith("#") for url in re.findall(r'href="([^"]*)"', text))


def test_the_same_drawing_gives_the_same_bytes() -> None:
    one, other = drawings("crisis"), drawings("crisis")
    assert [drawn(d) for d in one.values()] == [drawn(d) for d in other.values()]
    assert png(one["daily"], (600, 210), COLOURS) == png(other["daily"], (600, 210), COLOURS)


def test_ids_of_two_drawings_do_not_meet() -> None:
    draw = drawings("normal")["daily"]
    one, other = (set(re.findall(r'id="([^"]*)"', drawn(draw, name))) for name in ("a", "b"))
    assert one
    assert not one & other


def test_names_are_text_and_no_markup() -> None:
    text = drawn(drawings("hostile")["voice"])
    words = "".join(ElementTree.fromstring(text).itertext())
    assert '$\\frac$ <b>"Lumen"</b> & 漢字 😀' in words
    assert "<script" not in text


def test_a_day_with_gaps_is_marked() -> None:
    assert drawn(drawings("broken")["daily"]).count("▲") == 6
    assert "▲" not in drawn(drawings("normal")["daily"])


def test_a_png_is_sharp() -> None:
    picture = imread(BytesIO(png(drawings("first")["daily"], (600, 210), COLOURS)))
    assert picture.shape[:2] == (630, 1800)


@pytest.mark.parametrize("kind", ["voice", "tone", "coverage"])
def test_nothing_is_written_beside_the_drawing(kind: str) -> None:
    made = WEEKS["broken"]()
    for brand in made.brands:
        draw = {
            "voice": charts.voice(brand.voices, FORMATS),
            "tone": charts.tone(brand.voices, FORMATS),
            "coverage": drawings("broken")["coverage"],
        }[kind]
        places = re.findall(r'<text [^>]*x="([-\d.]+)"', drawn(draw))
        assert places
        assert all(0 <= float(x) <= 700 for x in places)
