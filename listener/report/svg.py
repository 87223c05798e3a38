"""matplotlib's drawings as SVG that belongs to a page, and as PNG for mail.

The SVG takes colours and fonts from the page's style sheet, so that one drawing serves light, dark
and print. The same drawing gives the same bytes.
"""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from markupsafe import Markup

from listener.report.charts import Colours, Draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def svg(draw: Draw, size: tuple[int, int], name: str, title: str, description: str) -> Markup:
    """Draw for the page. `name` is unique in the page and made of letters, digits and dashes.

    Colours become the variables of the style sheet: `ink` is `var(--ink)`.
    """
    names = _Names()
    drawn = _save(draw, size, names, name, "svg").decode()
    body = drawn[drawn.index(">", drawn.index("<svg")) + 1 :]
    body = re.sub(r"<style.*?</style>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r'<g id="[^"]*">', "<g>", body).replace("xlink:href=", "href=")
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    for colour, code in names.items():
        body = body.replace(code, f"var(--{colour})")
    width, height = size
    head = Markup(
        '<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" '
        'aria-labelledby="{2}-title {2}-about"><title id="{2}-title">{3}</title>'
        '<desc id="{2}-about">{4}</desc>'
    ).format(width, height, name, title, description)
    return head + Markup(body)  # noqa: S704 - matplotlib escapes the text it writes


def png(draw: Draw, size: tuple[int, int], colours: Colours) -> bytes:
    """Draw at three times the pixels, for sharp screens."""
    return _save(draw, size, colours, "png", "png")


def _save(draw: Draw, size: tuple[int, int], colours: Colours, salt: str, kind: str) -> bytes:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    drawn = BytesIO()
    style = rc_context(
        {
            "font.size": 12.0,
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": salt,  # the same ids each time, and others in each drawing of a page
            "text.parse_math": False,  # a brand may be called "$50 off$"
        }
    )
    with style, warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+")  # names in scripts that our font lacks
        figure: Figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72)
        draw(figure, colours)
        if kind == "svg":
            figure.patch.set_visible(False)
            nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
            figure.savefig(drawn, format="svg", metadata=nothing)
        else:
            figure.set_facecolor(colours["paper"])
            figure.savefig(drawn, format="png", dpi=216, metadata={"Software": None})
    return drawn.getvalue()


class _Names(dict[str, str]):
    """Gives every colour that is asked for a code of its own, to be found again in the SVG."""

    def __missing__(self, name: str) -> str:
        self[name] = f"#fe01{len(self):02x}"
        return self[name]
