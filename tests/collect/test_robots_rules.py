from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collect.robots_rules import Rules, read_rules

TEXT = """\ufeffUser-agent: *  # everybody
Disallow: /private  # and below
Allow: /private/open
Disallow: /*?print=
Disallow: /*.pdf$
Disallow: /caf%C3%A9
Crawl-delay: 10
Sitemap: https://x.example/map.xml

User-agent: Other
User-agent: Listener
Disallow:
Crawl-Delay: soon

user-agent: listener
disallow: /nothing-for-us
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("", True),
        ("/", True),
        ("/private", False),
        ("/private/x", False),
        ("/private/open/x", True),
        ("/a?print=1", False),
        ("/a?id=1&print=1", True),
        ("/a.pdf", False),
        ("/a.pdf?x", True),
        ("/café/x", False),
        ("/caf%c3%a9", False),
    ],
)
def test_paths(path: str, allowed: bool) -> None:
    rules = read_rules(TEXT, "somebody")
    assert rules.allow(f"https://x.example{path}") == allowed
    assert rules.delay == 10


def test_who_is_named_hears_only_what_is_said_to_it() -> None:
    rules = read_rules(TEXT, "listener")
    assert rules == Rules(paths=(("/nothing-for-us", False),))
    assert rules.allow("https://x.example/private")


def test_a_version_is_no_other_program() -> None:
    rules = read_rules("User-agent: Listener/1.0\nDisallow: /", "listener")
    assert not rules.allow("https://x.example/a")


def test_so_many_others_are_passed_over() -> None:
    """Remembering what each is told takes the square of their number."""
    many = "".join(f"user-agent: {n}\n" for n in range(20_000))
    rules = read_rules(many + "disallow: /\n" * 20_000, "x")
    assert rules == Rules()


@pytest.mark.parametrize("rule", ["/", "/*", "*", "/*$"])
def test_everything(rule: str) -> None:
    rules = read_rules(f"User-agent: *\nDisallow: {rule}", "listener")
    assert not rules.allow("https://x.example/a/b?c")


@pytest.mark.parametrize("text", ["", "<html>404</html>", "Disallow: /", "User-agent: *"])
def test_nothing(text: str) -> None:
    assert read_rules(text, "listener") == Rules()


def test_many_stars_are_read_in_time() -> None:
    rules = read_rules("User-agent: *\nDisallow: /" + "*a" * 3000 + "b", "listener")
    assert rules.allow("https://x.example/" + "a" * 3999)


@given(st.text(alphabet="user-agent:*dislow/\n$# %", max_size=200), st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_whatever_is_written(text: str, path: str) -> None:
    read_rules(text, "listener").allow("https://x.example/" + path)
