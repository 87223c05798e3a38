from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.errors import TemplateError
from listener.notify.blocks import payloads, plain


def blocks(payload: Mapping[str, object]) -> list[dict[str, Any]]:
    found = payload["blocks"]
    assert isinstance(found, list)
    return found


def shape(payload: Mapping[str, object]) -> list[tuple[str, str]]:
    """Type and text of each block."""
    return [
        (b["type"], b["text"]["text"] if "text" in b else "".join(e["text"] for e in elements(b)))
        for b in blocks(payload)
    ]


def elements(block: Mapping[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = block.get("elements", [])
    return found


def test_markers_become_blocks() -> None:
    rendered = "<header>Ti &amp; tle\n<context>a\n<divider>\n<section>*b*\nc\n\nd\n<context>e"

    (payload,) = payloads(rendered, "A <title> & more")

    assert shape(payload) == [
        ("header", "Ti & tle"),
        ("context", "a"),
        ("divider", ""),
        ("section", "*b*\nc\n\nd"),
        ("context", "e"),
    ]
    assert payload["text"] == "A &lt;title&gt; &amp; more"
    assert payload["unfurl_links"] is False
    assert payload["unfurl_media"] is False
    assert blocks(payload)[3]["text"]["verbatim"] is True


def test_quotes_are_no_entities_and_escaped_text_holds_no_marker() -> None:
    (payload,) = payloads("<section>&#39;a&#39; &#34;b&#34;\n&lt;divider&gt;\n&amp;#39;", "x")

    assert shape(payload) == [("section", "'a' \"b\"\n&lt;divider&gt;\n&amp;#39;")]


def test_what_is_empty_is_left_out() -> None:
    assert [shape(p) for p in payloads("<header>\n<section>  \n<section>a", "x")] == [
        [("section", "a")]
    ]
    assert payloads("", "x") == ()


def test_text_before_the_first_marker_is_a_mistake() -> None:
    with pytest.raises(TemplateError, match="'hello'"):
        payloads("hello\n<section>a", "x")


def test_a_section_and_its_context_are_never_split() -> None:
    rendered = "<header>t\n" + "".join(f"<section>{n}\n<context>c{n}\n" for n in range(60))

    parts = payloads(rendered, "t")

    assert [len(blocks(part)) for part in parts] == [49, 50, 22]
    assert all(shape(part)[-1][0] == "context" for part in parts)
    assert [part["text"] for part in parts] == ["t", "t (2/3)", "t (3/3)"]
    said = [text for part in parts for kind, text in shape(part) if kind == "section"]
    assert said == [str(n) for n in range(60)]


def test_a_divider_goes_with_what_follows() -> None:
    rendered = "".join(f"<section>{n}\n" for n in range(50)) + "<divider>\n<section>last"

    first, second = payloads(rendered, "t")

    assert shape(first)[-1] == ("section", "49")
    assert shape(second) == [("divider", ""), ("section", "last")]


def test_a_long_paragraph_is_cut_but_not_inside_a_link_or_an_entity() -> None:
    link = "<https://example.org/|label>"
    (payload,) = payloads("<section>" + "x" * 2985 + link + "y" * 100, "x")
    assert shape(payload) == [("section", "x" * 2985 + "…")]

    (payload,) = payloads("<section>" + "x" * 2997 + "&amp;&amp;", "x")
    assert shape(payload) == [("section", "x" * 2997 + "…")]

    (payload,) = payloads("<header>" + "é" * 200, "x")
    assert shape(payload) == [("header", "é" * 149 + "…")]


@given(st.lists(st.tuples(st.text(max_size=4000), st.booleans()), max_size=30))
def test_limits_hold_for_any_text(parts: list[tuple[str, bool]]) -> None:
    safe = [(text.replace("<", "&lt;"), context) for text, context in parts]
    rendered = "".join(
        f"\n<section>s{text}\n" + ("<context>c" if context else "") for text, context in safe
    )

    made = payloads(rendered, "t")

    for payload in made:
        assert len(blocks(payload)) <= 50
        assert sum(len(text) for _, text in shape(payload)) <= 12_000
        assert all(len(text) <= 3_000 for _, text in shape(payload))
    assert sum(len(blocks(p)) for p in made) == len(parts) + sum(context for _, context in parts)


def test_a_message_without_a_template_is_its_text() -> None:
    payload = plain("A & B", "<!channel>" + "x" * 5000)

    text = payload["text"]
    assert isinstance(text, str)
    assert text.startswith("A &amp; B\n\n&lt;!channel&gt;xxx")
    assert len(text) < 3_100
