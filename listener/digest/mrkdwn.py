"""Excerpts in Slack's mrkdwn, where foreign text cannot break the bold of matched words."""

from __future__ import annotations

from markupsafe import Markup, escape

from listener.digest.excerpt import Pieces

# Slack has no escape for its own marks: what would open bold or code becomes its look-alike.
_MARKS = str.maketrans("*`", "∗‵")
# Slack begins and ends bold between words only: inside a word, a zero-width space makes room.
_BREAK = "\u200b"
_LONGEST_URL = 1500  # a section takes 3,000 characters, the text beside the address included


def marked(pieces: Pieces) -> Markup:
    """An excerpt, its matched words in bold."""
    texts = ["", *(piece.text.translate(_MARKS) for piece in pieces), ""]
    shown = [
        _bold(before, text, after) if piece.strong else escape(text)
        for piece, before, text, after in zip(pieces, texts, texts[1:], texts[2:], strict=False)
    ]
    return Markup().join(shown)


def link(pieces: Pieces, url: str | None) -> Markup:
    """A headline in bold that leads to the post."""
    label = "".join(piece.text for piece in pieces).translate(_MARKS)
    target = escape((url or "").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C"))
    if not target or len(target) > _LONGEST_URL:
        return Markup("*%s*") % label
    return Markup("*<%s|%s>*") % (target, label)


def _bold(before: str, text: str, after: str) -> Markup:
    if text != text.strip():
        return escape(text)
    left = _BREAK if before and not before[-1].isspace() else ""
    right = _BREAK if after and not after[0].isspace() else ""
    return Markup("%s*%s*%s") % (left, text, right)
