"""Turns a rendered `.slack` template into payloads that Slack accepts.

A template is text with markers, each at the start of a line: `<header>` a title, `<section>` a
paragraph, `<context>` small print under it, `<divider>`. What templates fill in is escaped, so that
no foreign text can hold a marker. A section and its context are never split between payloads.

Slack's limits: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from listener.errors import TemplateError

_BLOCKS = 50
_SECTION = 3_000
_HEADER = 150
# Not documented: Slack answers `msg_blocks_too_long` from about 13,200 characters on.
_TOTAL = 12_000

_MARK = re.compile(r"^<(header|section|context|divider)>", re.MULTILINE)
_TORN = re.compile(r"(<[^>]*|&[^;]*)$")  # a link or an entity that was cut through


def payloads(rendered: str, fallback: str) -> tuple[Mapping[str, object], ...]:
    """Build messages for Slack, in order; `fallback` is what a notification shows.

    Too long a paragraph is cut and an empty one left out, as Slack takes neither. Raises
    TemplateError for text that stands before the first marker.
    """
    packed = [[block.to_dict() for block in blocks] for blocks in _packed(_groups(rendered))]
    return tuple(
        {
            "text": escaped(fallback) + (f" ({n}/{len(packed)})" if n > 1 else ""),
            "blocks": blocks,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        for n, blocks in enumerate(packed, start=1)
    )


def plain(subject: str, text: str) -> Mapping[str, object]:
    """Build a message of text alone, for what has no Slack template."""
    shown = escaped(f"{subject}\n\n{text}"[:_SECTION])
    return {"text": shown, "unfurl_links": False, "unfurl_media": False}


def escaped(text: str) -> str:
    """Escape what Slack reads as markup: these three characters and no others."""
    return html.escape(text, quote=False)


def _groups(rendered: str) -> Iterator[list[Block]]:
    """What stays together: headers and dividers with the section after them, and its context."""
    # Autoescaping also wrote quotes as entities, which Slack would show as they are.
    text = rendered.replace("&#39;", "'").replace("&#34;", '"')
    before, *parts = _MARK.split(text)
    if before.strip():
        raise TemplateError(
            f"text before the first marker of a Slack template: {before.strip()[:40]!r}"
        )
    group: list[Block] = []
    for mark, text in zip(parts[::2], map(str.strip, parts[1::2]), strict=True):
        if not text and mark != "divider":
            continue
        if mark != "context" and group and isinstance(group[-1], SectionBlock | ContextBlock):
            yield group
            group = []
        group.append(_block(mark, text))
    if group:
        yield group


def _packed(groups: Iterable[list[Block]]) -> Iterator[list[Block]]:
    """Fill payloads up to Slack's limits, never splitting a group."""
    blocks: list[Block] = []
    size = 0
    for group in groups:
        weight = sum(map(_weight, group))
        if blocks and (len(blocks) + len(group) > _BLOCKS or size + weight > _TOTAL):
            yield blocks
            blocks, size = [], 0
        blocks += group
        size += weight
    if blocks:
        yield blocks


def _block(mark: str, text: str) -> Block:
    if mark == "divider":
        return DividerBlock()
    if mark == "header":
        return HeaderBlock(text=PlainTextObject(text=_fitting(html.unescape(text), _HEADER)))
    # `verbatim`: addresses and names in foreign text do not become links or call people.
    paragraph = MarkdownTextObject(text=_fitting(text, _SECTION), verbatim=True)
    return SectionBlock(text=paragraph) if mark == "section" else ContextBlock(elements=[paragraph])


def _fitting(text: str, most: int) -> str:
    """Text of at most `most` characters, never cut inside a link."""
    if len(text) <= most:
        return text
    return _TORN.sub("", text[: most - 1]).rstrip() + "…"


def _weight(block: Block) -> int:
    return len(json.dumps(block.to_dict(), ensure_ascii=False))
