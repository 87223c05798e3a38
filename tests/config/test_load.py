from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from listener.config import load
from listener.errors import ConfigError

Problems = Callable[[str], list[str]]

GOOD = """
[listener]
language = "fr"
timezone = "Europe/Paris"

[[brands]]
name = "Acme"
query = "acme NOT roadrunner"
matches = ["Acme rappelle ses enclumes"]
ignores = ["acme against roadrunner"]

[[brands]]
name = "Rival"
role = "competitor"
query = "rival"

[[sources]]
name = "Gazette"
kind = "feed"
url = "https://gazette.example/feed"
every = "10m"

[[people]]
name = "Ana"
email = "ana@example.org"

[[channels]]
name = "folder"
kind = "folder"
path = "messages"

[[subscriptions]]
person = "Ana"
channel = "folder"
"""


@pytest.fixture
def problems(tmp_path: Path) -> Problems:
    def find(text: str) -> list[str]:
        path = tmp_path / "sources.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load(path)
        return list(caught.value.problems)

    return find


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(GOOD, encoding="utf-8")
    config = load(path)
    assert config.tables.sources[0].every == timedelta(minutes=10)
    assert config.reader("Ana").timezone == "Europe/Paris"
    assert config.data_dir == tmp_path / "var"
    subscription = config.tables.subscriptions[0]
    assert subscription.key == "Ana by folder"
    assert config.brands_for(subscription) == ("Acme",), "competitors are not told unasked"
    assert config.brands_of(config.tables.sources[0]) == ("Acme", "Rival")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="listener init"):
        load(tmp_path / "sources.toml")


def test_broken_toml_names_the_line(problems: Problems) -> None:
    (problem,) = problems('[listener]\nlanguage = "fr\n')
    assert "not TOML" in problem
    assert "line 2" in problem


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            'every = "10m"',
            'evry = "10m"',
            'sources.toml: sources[1] "Gazette".evry: unknown key; did you mean "every"?',
            id="typo in a source",
        ),
        pytest.param(
            'language = "fr"',
            'langage = "fr"',
            'sources.toml: listener.langage: unknown key; did you mean "language"?',
            id="typo in a table",
        ),
        pytest.param(
            'every = "10m"',
            'every = "10 minutes"',
            'sources[1] "Gazette".every: write a duration like',
            id="duration",
        ),
        pytest.param(
            'every = "10m"', 'every = "1s"', "must lie between 30s and 7d", id="too often"
        ),
        pytest.param(
            'kind = "feed"',
            'kind = "fed"',
            'sources[1] "Gazette".kind: unknown kind "fed"; did you mean "feed"?',
            id="kind",
        ),
        pytest.param(
            'url = "https://gazette.example/feed"\n',
            "",
            'sources[1] "Gazette".url: is required',
            id="missing option",
        ),
        pytest.param(
            'role = "competitor"',
            'role = "competitr"',
            'did you mean "competitor"?',
            id="choice",
        ),
        pytest.param(
            'person = "Ana"',
            'person = "Anna"',
            'subscriptions[1].person: there is no person "Anna"; did you mean "Ana"?',
            id="reference",
        ),
        pytest.param(
            'name = "Rival"', 'name = "Acme"', 'a second brand "Acme"', id="name used twice"
        ),
        pytest.param(
            'query = "rival"', 'query = "rival AND ("', 'brands[2] "Rival".query:', id="query"
        ),
        pytest.param(
            'ignores = ["acme against roadrunner"]',
            'ignores = ["acme is fine"]',
            'brands[1] "Acme".ignores: the query matches "acme is fine"',
            id="example",
        ),
        pytest.param(
            'timezone = "Europe/Paris"',
            'timezone = "Europe/Pari"',
            "listener.timezone: write a time zone",
            id="zone",
        ),
        pytest.param(
            'email = "ana@example.org"',
            'email = "ana@example.org, bob@example.org"',
            "must be one e-mail address",
            id="two addresses",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(
    problems: Problems, old: str, new: str, expected: str
) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))
    assert any(expected in problem for problem in found), found


def test_the_line_is_that_of_the_key(problems: Problems) -> None:
    text = GOOD.replace('every = "10m"', 'evry = "10m"')
    (problem,) = problems(text)
    line = next(n for n, t in enumerate(text.splitlines(), 1) if "evry" in t)
    assert problem.endswith(f"(line {line})")


def test_all_problems_come_at_once(problems: Problems) -> None:
    text = GOOD.replace('every = "10m"', 'evry = "10m"')
    text = text.replace('person = "Ana"', 'person = "Bob"').replace(
        'query = "rival"', "query = '('"
    )
    assert len(problems(text)) == 3


def test_a_secret_is_filled_in_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://hooks.slack.com/services/T0/B0/hush-hush")
    path = tmp_path / "sources.toml"
    path.write_text(GOOD + '\n[[channels]]\nname = "slack"\nkind = "slack"\nurl = "env:HOOK"\n')
    config = load(path)
    assert "hush" not in repr(config)
    assert "hush" in config.channel_options["slack"].url.get_secret_value()  # type: ignore[attr-defined]


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "hook").write_text("https://hooks.slack.com/services/T0/B0/secret\n")
    path = tmp_path / "sources.toml"
    path.write_text(GOOD + '\n[[channels]]\nname = "slack"\nkind = "slack"\nurl = "file:hook"\n')
    options = load(path).channel_options["slack"]
    assert options.url.get_secret_value().endswith("/secret")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("env:UNSET_HOOK", "the environment variable UNSET_HOOK is not set", id="env"),
        pytest.param("file:no-such-file", "cannot read the file no-such-file", id="file"),
        pytest.param(
            "https://hooks.slack.com/services/T0/B0/s3cret", 'write "env:NAME"', id="in the clear"
        ),
    ],
)
def test_a_secret_that_is_missing_or_in_the_clear(
    problems: Problems, url: str, expected: str
) -> None:
    found = problems(GOOD + f'\n[[channels]]\nname = "slack"\nkind = "slack"\nurl = "{url}"\n')
    assert len(found) == 1
    assert expected in found[0]
    assert "s3cret" not in found[0]


def test_two_subscriptions_need_names(problems: Problems) -> None:
    twice = '\n[[subscriptions]]\nperson = "Ana"\nchannel = "folder"\nwhen = "at once"\n'
    (problem,) = problems(GOOD + twice)
    assert "give each a name" in problem


def test_mail_needs_an_address(problems: Problems) -> None:
    text = GOOD.replace('kind = "folder"\npath = "messages"', 'kind = "smtp"\nhost = "localhost"')
    text = text.replace('email = "ana@example.org"\n', "").replace(
        'kind = "smtp"', 'kind = "smtp"\nsender = "a@example.org"'
    )
    (problem,) = problems(text)
    assert 'subscriptions[1].person: "Ana" has no email' in problem


def test_a_third_partys_kind_is_imported(problems: Problems) -> None:
    found = problems(GOOD.replace('kind = "feed"', 'kind = "no_such_package.forum:Forum"'))
    assert any('cannot import the kind "no_such_package.forum:Forum"' in p for p in found)


def test_doubts_are_warnings(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(
        GOOD.replace('matches = ["Acme rappelle ses enclumes"]\n', "").replace(
            'ignores = ["acme against roadrunner"]\n', ""
        )
    )
    warnings = load(path).warnings
    assert any('brands[1] "Acme": has no examples' in warning for warning in warnings)
