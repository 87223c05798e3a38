"""Articles of an invented paper, as pages."""

from __future__ import annotations

import html

MORE = "Nobody had expected that, and the shop says that it will look into the matter soon. " * 4


def article(
    title: str = "The tent leaks",
    text: str = "Acme's tent leaks at the seams, say those who slept in it.",
    *,
    head: str = "",
    around: str = "",
) -> bytes:
    """Return a page: an article of two paragraphs between what every page of the paper has."""
    return (
        f'<!doctype html><html lang="en-GB"><head><title>{html.escape(title)} - The Paper</title>'
        f"{head}</head><body><header><nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
        f"</header><main><article><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        f"<p>{MORE}</p></article></main>{around}<footer>Imprint and cookies</footer></body></html>"
    ).encode()
