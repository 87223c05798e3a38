"""What the pages show works: TOML is loaded, commands are parsed, the README's are run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

import pytest
import tomlkit
import typer
from typer.main import get_command

from listener.app import read_rules
from listener.cli import app
from listener.collect import COLLECTORS
from listener.collect.tools import Tools
from listener.config import load
from listener.content import FOLDERS, Content
from listener.fetch import Fetcher
from listener.locale import translations
from tests.kill.world import World
from tests.local_site import Watch, answer, local_site
from tests.pages import PAGES, ROOT, Block, blocks

README = ROOT / "README.md"
GUIDES = (ROOT / "docs/guide.md", ROOT / "docs/guide.fr.md")

COMMAND = re.compile(
    r"^(?:listener|sudo -u listener \S+/listener|docker (?:run .*|exec listener) listener) (.+)$",
    re.MULTILINE,
)

# What a block may refer to without saying it itself.
BASE: dict[str, list[dict[str, object]]] = {
    "brands": [{"name": n, "query": n, "matches": [n]} for n in ("Decathlon", "Intersport")],
    "sources": [{"name": "F", "kind": "feed", "url": "https://example.org/feed"}],
    "people": [{"name": n, "email": f"{n}@example.org"} for n in ("Ana", "Bob")],
    "channels": [{"name": n, "kind": "folder"} for n in ("folder", "mail", "slack", "courriel")],
    "subscriptions": [],
}


def complete(text: str) -> str:
    """Add to a block's tables what they refer to, as far as the block does not say it."""
    said = tomllib.loads(text)
    rest: dict[str, list[dict[str, object]]] = {}
    for table, entries in BASE.items():
        names = {entry.get("name") for entry in said.get(table, [])}
        rest[table] = [entry for entry in entries if entry["name"] not in names]
    return text + "\n" + tomlkit.dumps({table: found for table, found in rest.items() if found})


def provide_secrets(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r'"env:(\w+)"', text):
        monkeypatch.setenv(name, "https://example.org/secret")
    for name in re.findall(r'"file:([\w/-]+)"', text):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("https://example.org/secret", encoding="utf-8")


@pytest.mark.parametrize("block", tuple(blocks("toml")), ids=lambda b: b.place)
def test_toml_is_loaded(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block whose first line names a content file is that file; any other is of sources.toml."""
    first = block.text.splitlines()[0].removeprefix("# ")
    path = tmp_path / (first if first.startswith(FOLDERS) else "sources.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent != tmp_path:
        path.write_text(block.text, encoding="utf-8")
        read_rules(Content(tmp_path))
        return
    provide_secrets(block.text, tmp_path, monkeypatch)
    path.write_text(complete(block.text), encoding="utf-8")
    load(path)


def commands(*pages: Path) -> list[tuple[str, list[str]]]:
    """Return the place and the arguments of every `listener ...` in the pages' shell blocks."""
    return [
        (
            block.place,
            list(takewhile(lambda word: word not in ">|", shlex.split(line, comments=True))),
        )
        for block in blocks("sh", *pages)
        for line in COMMAND.findall(block.text)
    ]


@pytest.mark.parametrize(("place", "arguments"), commands())
def test_commands_exist_with_their_options(place: str, arguments: list[str]) -> None:
    command = get_command(app)
    context = typer.Context(command, info_name="listener")
    while isinstance(command, typer.core.TyperGroup):
        assert arguments, place
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None, f"{place}: {name}"
        command = found
    command.make_context(command.name, list(arguments))


def test_the_readme_names_every_command() -> None:
    def names(group: object, prefix: str) -> set[str]:
        assert isinstance(group, typer.core.TyperGroup)
        found: set[str] = set()
        for name, command in group.commands.items():
            whole = f"{prefix} {name}"
            inner = isinstance(command, typer.core.TyperGroup)
            found |= names(command, whole) if inner else {whole}
        return found

    told = re.findall(
        r"^\| `(listener [\w ]+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(told) == sorted(names(get_command(app), "listener"))


def test_the_readme_begins_with_its_two_commands_and_is_short() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 200
    assert [line.split("#")[0].strip() for line in lines[2:6]] == [
        "```sh", "make run", "make test", "```",
    ]  # fmt: skip


def test_the_readme_leads_to_a_first_digest(tmp_path: Path) -> None:
    """Its five minutes as a person types them, with a site of this machine in place of the web."""
    (walk,) = (b for b in blocks("sh", README) if "listener init my-brand" in b.text)
    world, folder = World(), tmp_path
    world.grow()
    feed = f"http://127.0.0.1:{world.port}/feed/0 --private"
    try:
        for line in walk.text.replace("https://www.lemonde.fr/", feed).splitlines():
            words = shlex.split(line.replace("Decathlon", "Acme"), comments=True)
            if words[0] == "cd":
                folder /= words[1]
            elif words[1] != "run":
                done = subprocess.run(
                    [sys.executable, "-m", *words],
                    cwd=folder,
                    env=os.environ | {"no_proxy": "*", "COLUMNS": "200"},
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
                assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
                said = done.stdout
    finally:
        world.close()
    assert "item00x0000" in said
    assert (tmp_path / "my-brand/var/preview/me-by-folder.html").exists()


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_the_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)\s]+)\)", README.read_text(encoding="utf-8")))
    assert {str(page.relative_to(ROOT)) for page in PAGES if page != README} <= linked


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for block in blocks("sh"):
        for target in re.findall(r"^make (\w+)", block.text, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), (
                f"{block.place}: make {target}"
            )


def test_both_guides_say_the_same() -> None:
    said = [[a[0] for _, a in commands(guide)] for guide in GUIDES]
    assert said[0] == said[1]
    english, french = (guide.read_text(encoding="utf-8") for guide in GUIDES)
    assert english.count("\n## ") == french.count("\n## ")
    assert english.count("\n| ") == french.count("\n| "), "a row of a table is missing"


def test_the_guides_use_the_words_of_the_mails() -> None:
    english, french = (guide.read_text(encoding="utf-8").casefold() for guide in GUIDES)
    _ = translations("fr").gettext
    for message in (
        "Not scored",
        "first pass",
        "found earlier",
        "you were alerted",
        "Nothing new was found, and every source was heard",
    ):
        assert message.casefold() in english
        assert _(message + "." if "," in message else message).casefold().strip(".") in french


ARTICLE = {
    "id": 7,
    "url": "https://forem.example/jo/it-leaks-1a2b",
    "title": "A & B",
    "description": "It leaks, 2 < 3",
    "user": {"username": "jo", "name": "Jo Ruiz"},
    "positive_reactions_count": 3,
}


@pytest.mark.anyio
async def test_the_collector_of_contributing_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = blocks("python", ROOT / "CONTRIBUTING.md")
    assert len(example.text.splitlines()) <= 60
    (tmp_path / "forem.py").write_text(example.text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("no_proxy", "*")
    watch, batches = Watch(), []
    async with local_site() as site:
        source = f'name = "A"\nkind = "forem:Forem"\nurl = "{site.url("")}"\nprivate = true\n'
        toml = complete(f"[[sources]]\n{source}")
        (tmp_path / "sources.toml").write_text(toml, encoding="utf-8")
        options = load(tmp_path / "sources.toml").source_options["A"]
        kind = type(options).__qualname__.partition(".")[0]
        assert kind.lower() not in COLLECTORS
        path = "/api/articles/latest?per_page=100&page={}"
        hours = {8: 4, 7: 1}  # ids do not follow publication
        site.pages[path.format(1)] = articles(watch, hours, bad=True)
        site.pages[path.format(2)] = articles(watch, {5: 24 * 8})
        async with Fetcher(contact=None, clock=watch) as fetcher:
            made = sys.modules["forem"].Forem(options, Tools(fetcher=fetcher, clock=watch))
            batches += [batch async for batch in made.collect({})]
            site.pages[path.format(1)] = articles(watch, {9: 0, **hours})
            batches += [batch async for batch in made.collect(batches[-1].cursor)]
    first, _, again = batches  # the second pass knows that it need not go further
    assert [post.item for post in again.posts] == ["9", "8", "7"]
    assert (first.skipped, first.cursor, first.gaps) == (1, {}, ())
    post = first.posts[1]
    assert post.key == f"forem:{site.url('')}/7"
    assert (post.title, post.text, post.author.handle) == ("A & B", "It leaks, 2 < 3", "jo")
    assert post.published == Watch().time - timedelta(hours=1)


def articles(watch: Watch, hours: Mapping[int, int], *, bad: bool = False) -> bytes:
    """Write an answer of Forem: articles by number, published so many hours ago."""
    noon = Watch().time
    found: list[dict[str, object]] = [{"id": None}] if bad else []
    for id, ago in hours.items():
        at = (noon - timedelta(hours=ago)).isoformat().replace("+00:00", "Z")
        found.append({**ARTICLE, "id": id, "published_timestamp": at})
    return answer(200, json.dumps(found).encode())
