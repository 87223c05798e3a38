"""The page in a real browser: it fits a phone, and paper."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from listener.content import Content
from listener.report.render import index, index_entry, page
from tests.report.samples import WEEKS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

# Headless windows are never narrower than 500 pixels; a frame is.
FRAME = """<!doctype html><body>
<iframe style="width: {screen}px; height: 900px; border: 0" srcdoc="{page}"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  document.body.dataset.width = frame.contentDocument.documentElement.scrollWidth;
}};
</script></body>"""


def width(shown: str, folder: Path, screen: int = 360) -> int:
    """Width in pixels that a page takes on a screen of so many."""
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    file = folder / "frame.html"
    framed = FRAME.format(page=html.escape(policy.sub("", shown)), screen=screen)
    file.write_text(framed, encoding="utf-8")
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=5000",
        "--dump-dom",
        file.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r'data-width="(\d+)"', done.stdout)
    assert found, done.stderr[-2000:]
    return int(found[1])


def test_the_measure_sees_what_overflows(tmp_path: Path) -> None:
    assert width('<div style="width: 800px">wide</div>', tmp_path) >= 800


@pytest.mark.parametrize("week", ["crisis", "broken", "hostile"])
def test_the_page_fits_a_phone(week: str, tmp_path: Path) -> None:
    assert width(page(Content(None), WEEKS[week](), "fr"), tmp_path) <= 360


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_column_runs_off_the_paper(language: str, tmp_path: Path) -> None:
    """A4 between margins of 1 cm; what is folded away on screens is open there."""
    printed = page(Content(None), WEEKS["crisis"](), language).replace("@media print", "@media all")
    assert width(printed, tmp_path, 718) <= 718


def test_the_index_fits_a_phone(tmp_path: Path) -> None:
    content = Content(None)
    entry = index_entry(content, WEEKS["hostile"](), "fr", "x.html")
    assert width(index(content, [entry], "fr"), tmp_path) <= 360
