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
            'kind = "feed"', 'kind = "RSS"', 'did you mean "feed"?', id="kind of another name"
        ),
        pytest.param(
            'kind = "feed"', 'kind = "facebook"', '"facebook" is not there yet', id="no such kind"
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
        pytest.param(
            "[[people]]",
            "[people]",
            "people: is written once for each, in double brackets: [[people]] (line 23)",
            id="single brackets",
        ),
        pytest.param(
            'every = "10m"',
            "brands = 5",
            'sources[1] "Gazette".brands: must be a list',
            id="number",
        ),
        pytest.param(
            'person = "Ana"', "person = 5", "subscriptions[1].person: must be text", id="no text"
        ),
        pytest.param(
            'person = "Ana"',
            'person = "Ana"\nname = ["x"]',
            "subscriptions[1].name: must be text",
            id="list for a name",
        ),
        pytest.param(
            'name = "Ana"', 'name = ["Ana"]', "people[1].name: must be text", id="list for a person"
        ),
        pytest.param(
            'query = "rival"',
            'query = "rival AND ("',
            'add ")" where it should end (line 15)\n',
            id="line above the caret",
        ),
        pytest.param(
            "[[people]]",
            "[[people]]\nname = “Bob”\n[[people]]",
            'text stands between straight quotation marks, like "this"',
            id="curly marks",
        ),
        pytest.param(
            "[[people]]",
            '[listener]\ntimezone = "UTC"\n[[people]]',
            "Cannot declare [listener] twice (at line 23, column 10); write its keys where",
            id="a table twice",
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
        pytest.param("env:", 'write the variable\'s name: "env:NAME"', id="no name"),
        pytest.param("file:no-such-file", "cannot read the file no-such-file", id="file"),
        pytest.param("file:a\\u0000b", "cannot read the file", id="no name of a file"),
        pytest.param("file:~nobody-at-all/x", "cannot read the file", id="nobody's home"),
        pytest.param("file:/dev/null", "the file /dev/null is empty", id="empty"),
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


def test_a_report_by_mail_needs_addresses(problems: Problems) -> None:
    text = GOOD + '[[people]]\nname = "Bob"\n[report]\nchannel = "folder"\n'
    text = text.replace('kind = "folder"\npath = "messages"', 'kind = "smtp"\nhost = "localhost"')
    text = text.replace('kind = "smtp"', 'kind = "smtp"\nsender = "a@example.org"')
    (problem,) = problems(text)
    assert 'report.people: "Bob" has no email, and "folder" sends e-mail' in problem
    (problem,) = problems(text.replace("[report]", '[report]\npeople = ["Ana", "Bob"]'))
    assert '"Bob" has no email' in problem


def test_a_secret_at_home_is_found_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "hook").write_text("https://hooks.slack.com/services/T0/B0/secret\n")
    path = tmp_path / "sources.toml"
    path.write_text(GOOD + '\n[[channels]]\nname = "slack"\nkind = "slack"\nurl = "file:~/hook"\n')
    monkeypatch.chdir(tmp_path)
    for given in (path, Path("sources.toml")):
        assert "slack" in load(given).channel_options


def test_a_file_of_another_editor(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load(path).tables.brands
    path.write_text(GOOD, encoding="utf-16")
    with pytest.raises(ConfigError, match=r"save it again as UTF-8 \(line 1\)$"):
        load(path)
    path.write_text(GOOD.replace("Gazette", "Société"), encoding="latin-1")
    with pytest.raises(ConfigError, match=r"save it again as UTF-8 \(line 18\)$"):
        load(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory$"):
        load(tmp_path)


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
