from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from listener.collect.feed import Feed
from listener.collect.google_alerts import GoogleAlerts
from listener.collect.mail import read_mail
from listener.collect.mail_posts import Reading, posts_of_mail
from listener.collect.tools import Tools
from listener.config import load
from listener.errors import AccessDenied, ConfigError, FetchError, ParseError, SourceError
from listener.fetch import Fetcher
from listener.model import Batch, PostKind
from listener.store import Store
from tests.local_site import Site, Watch, answer, local_site

pytestmark = pytest.mark.anyio
DATA = Path(__file__).resolve().parents[1] / "data"
ALERT = (DATA / "feed/alerts.xml").read_bytes()
SECRET = "/alerts/feeds/04175468913983673025/4428013283"


@pytest.fixture
async def fetcher(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fetcher]:
    monkeypatch.setenv("no_proxy", "*")
    async with Fetcher(contact=None, clock=Watch()) as fetcher:
        fetcher.pacing.interval = 0
        yield fetcher


def source(fetcher: Fetcher, site: Site, **more: Any) -> GoogleAlerts:
    options = {"url": site.url(SECRET), "private": True} | more
    tools = Tools(fetcher=fetcher, clock=Watch())
    return GoogleAlerts(GoogleAlerts.Options.model_validate(options), tools)


async def only(kind: GoogleAlerts | Feed, cursor: Mapping[str, str] | None = None) -> Batch:
    (batch,) = [batch async for batch in kind.collect(cursor or {})]
    return batch


async def test_what_an_alert_found(fetcher: Fetcher) -> None:
    async with local_site({SECRET: answer(200, ALERT, ETag='"1"')}) as site:
        batch = await only(source(fetcher, site, publishes="news", language="fr"))
        (post,) = batch.posts
        assert (post.url, post.outlet) == ("https://journal.example/tente-fuit/", "journal.example")
        assert (post.title, post.text) == (
            "La tente qui fuit",
            "Trois familles ont vu leur tente ...",
        )
        assert (post.author, post.kind, post.language) == (None, PostKind.NEWS, "fr")

        site.pages[SECRET] = answer(304)
        unchanged = await only(source(fetcher, site), batch.cursor)
        assert (unchanged.posts, unchanged.cursor) == ((), batch.cursor)
        assert site.requests[-1].headers["if-none-match"] == '"1"'


async def test_an_alert_that_found_nothing_yet(fetcher: Fetcher) -> None:
    empty = ALERT[: ALERT.index(b"<entry>")] + b"</feed>"
    async with local_site({SECRET: answer(200, empty)}) as site:
        batch = await only(source(fetcher, site))
    assert (batch.posts, batch.skipped) == ((), 0)


async def test_an_address_that_google_still_wraps_names_no_outlet(fetcher: Fetcher) -> None:
    opaque = ALERT.replace(b"url=https://journal.example/tente-fuit/&amp;", b"")
    async with local_site({SECRET: answer(200, opaque)}) as site:
        (post,) = (await only(source(fetcher, site))).posts
    assert post.outlet is None


async def test_one_article_is_one_post_however_it_was_found(fetcher: Fetcher, store: Store) -> None:
    rss = b"<rss><channel><item><title>La tente qui fuit</title><guid>7</guid>"
    rss += (
        b"<link>https://www.journal.example/tente-fuit?utm_source=rss</link></item></channel></rss>"
    )
    mailed = read_mail((DATA / "imap/alert.eml").read_bytes())
    reading = Reading(publishes=PostKind.WEB, language=None, now=Watch().now())
    async with local_site({SECRET: answer(200, ALERT), "/own": answer(200, rss)}) as site:
        found = (await only(source(fetcher, site))).posts[0]
        tools = Tools(fetcher=fetcher, clock=Watch())
        own = (await only(Feed(Feed.Options(url=site.url("/own"), private=True), tools))).posts[0]
    known = [
        store.posts.add(name, post, 1)
        for name, post in (
            ("own", own),
            ("alert", found),
            ("mail", posts_of_mail(mailed, reading)[0]),
        )
    ]
    assert len({stored.id for stored in known if stored}) == 1
    assert found.key == own.key == "url:https://journal.example/tente-fuit"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(404), FetchError),
        (answer(403), AccessDenied),
        (answer(200, b"<html><body>Sign in</body></html>"), ParseError),
        (answer(200, f'<html><link rel="alternate" href="{SECRET}">'.encode()), ParseError),
        (answer(302, Location="https://accounts.google.com/x?continue=" + SECRET), SourceError),
    ],
)
async def test_the_address_stays_out_of_errors_and_logs(
    said: bytes, error: type[SourceError], fetcher: Fetcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with local_site({SECRET: said}) as site:
        with pytest.raises(error) as caught:
            await only(source(fetcher, site))
    for part in SECRET.split("/")[3:]:
        assert part not in str(caught.value)
        assert part not in caplog.text
    assert "could not read http" in str(caught.value)


async def test_the_address_stays_out_of_the_cursor(fetcher: Fetcher) -> None:
    moved = SECRET + "9"
    pages = {SECRET: answer(301, Location=moved), moved: answer(200, ALERT)}
    async with local_site(pages) as site:
        cursor = (await only(source(fetcher, site))).cursor
        assert SECRET not in str(cursor)
        assert (await only(source(fetcher, site), cursor)).posts == ()  # found there again


def test_its_address_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"https://www.google.com{SECRET}"
    options = GoogleAlerts.Options.model_validate({"url": url})
    assert SECRET not in f"{options} {options!r} {options.model_dump()}"
    with pytest.raises(ValidationError) as wrong:
        GoogleAlerts.Options.model_validate({"url": url, "language": "French"})
    assert SECRET not in str(wrong.value)
    with pytest.raises(ValidationError, match="reference to the address"):
        GoogleAlerts.Options.model_validate({"url": "tente"})

    file = tmp_path / "sources.toml"
    written = '[[sources]]\nname = "A"\nkind = "google_alerts"\nurl = "{}"\n'
    file.write_text(written.format(url), encoding="utf-8")
    with pytest.raises(ConfigError, match="is a secret") as caught:
        load(file)
    assert SECRET not in str(caught.value)
    file.write_text(written.format("env:ALERT"), encoding="utf-8")
    with pytest.raises(ConfigError, match="ALERT is not set") as caught:
        load(file)
    assert len([p for p in caught.value.problems if "sources[1]" in p]) == 1
