"""What Hacker News Search really answered, kept beside the repository because it is others'."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from listener.collect.hackernews import HackerNews
from listener.collect.tools import Tools
from listener.errors import FetchError
from listener.fetch import Fetcher
from listener.model import Post
from tests.collect.algolia import Algolia, algolia
from tests.local_site import Watch, answer

pytestmark = pytest.mark.anyio
RECORDINGS = Path(__file__).resolve().parents[2] / "../shared/recordings/hackernews"
WORDS = re.compile(r"[A-Za-z]{4,}")
TEXTS = ("title", "story_text", "comment_text")


def recorded() -> list[Path]:
    """Return the answers that hold hits, of whichever search: they have one shape."""
    return [path for path in sorted(RECORDINGS.glob("*.json")) if hits_of(path)]


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def hits_of(path: Path) -> list[Any]:
    body = load(path)["response"]["body"]
    return list(body.get("hits", [])) if isinstance(body, Mapping) else []


@pytest.fixture(params=recorded() or [RECORDINGS], ids=lambda path: path.stem)
def recording(request: pytest.FixtureRequest) -> Path:
    path = Path(request.param)
    if path == RECORDINGS:
        pytest.skip("recordings absent")
    return path


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


async def replayed(search: Algolia, query: str, now: datetime) -> dict[str, Post]:
    watch = Watch()
    watch.time = now
    options = HackerNews.Options(queries=(query,), base_url=search.url, private=True)
    found: dict[str, Post] = {}
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        async for batch in HackerNews(options, Tools(fetcher=fetcher, clock=watch)).collect({}):
            assert batch.skipped == 0
            found |= {post.item: post for post in batch.posts}
    return found


def soon_after(hits: list[Any]) -> datetime:
    return datetime.fromtimestamp(max(hit["created_at_i"] for hit in hits), UTC) + timedelta(
        hours=1
    )


def said(hit: Mapping[str, Any]) -> str:
    """Return what its author wrote, without markup, read in another way than the program does."""
    return html.unescape(re.sub(r"<[^>]*>", " ", " ".join(hit.get(name) or "" for name in TEXTS)))


def told(hits: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield a word that each hit says, and the hit; what says nothing cannot be found."""
    for hit in hits:
        if words := WORDS.findall(said(hit)):
            yield max(words, key=len), hit


async def test_every_hit_is_found_by_its_words(recording: Path) -> None:
    hits = hits_of(recording)
    for word, hit in told(hits):
        async with algolia() as search:
            search.hits = hits
            found = await replayed(search, word, soon_after([hit]))
        check(found[hit["objectID"]], hit)


def check(post: Post, hit: Mapping[str, Any]) -> None:
    item = hit["objectID"]
    assert (post.key, post.item) == (f"hackernews:{item}", item)
    assert post.url == f"https://news.ycombinator.com/item?id={item}"
    assert post.published == datetime.fromisoformat(hit["created_at"])
    assert post.author is not None
    assert post.author.handle == hit["author"]
    counts = (post.engagement.likes, post.engagement.comments) if post.engagement else (None, None)
    assert counts == (hit.get("points"), hit.get("num_comments"))
    comment = "comment" in hit["_tags"]
    assert (post.title is None) == comment
    assert post.parent == (f"hackernews:{hit['parent_id']}" if comment else None)
    assert post.root == (f"hackernews:{hit['story_id']}" if comment else None)
    written = said(hit) + " " + (hit.get("url") or "")
    assert f"{post.title or ''} {post.text}".split() == written.split()


async def test_its_own_question_finds_only_what_says_it(recording: Path) -> None:
    asked = load(recording)["request"]["url"]
    query = parse_qs(urlsplit(asked).query).get("query", [""])[0]
    if not query:
        pytest.skip("it asked for everything")
    hits = hits_of(recording)
    async with algolia() as search:
        # As it was answered: the hits are given for whatever is asked.
        search.faults.append(answer(200, json.dumps(load(recording)["response"]["body"]).encode()))
        found = await replayed(search, query, soon_after(hits))
    whole = re.compile(rf"\b{re.escape(query)}\b", re.IGNORECASE)
    assert set(found) == {hit["objectID"] for hit in hits if whole.search(said(hit))}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("algolia_2014_search_by_date_story", 1),
        ("algolia_2014_search_by_date_poll", 1),
        ("algolia_2014_search_by_date_comment", 0),  # "applauded" is no "apple"
        ("algolia_2025_search_comment", 0),  # nor "japanese" a "java"
    ],
)
async def test_false_hits(name: str, found: int) -> None:
    path = RECORDINGS / f"{name}.json"
    if not path.exists():
        pytest.skip("recordings absent")
    body = load(path)["response"]["body"]
    async with algolia() as search:
        search.faults.append(answer(200, json.dumps(body).encode()))
        query = str(body["query"])
        assert len(await replayed(search, query, soon_after(body["hits"]))) == found


async def test_past_the_thousandth_hit() -> None:
    path = RECORDINGS / "algolia_error_page_beyond_1000.json"
    if not path.exists():
        pytest.skip("recordings absent")
    refused = load(path)["response"]
    async with algolia() as search:
        search.faults.append(answer(refused["status"], json.dumps(refused["body"]).encode()))
        with pytest.raises(FetchError, match="400"):
            await replayed(search, "tent", datetime(2026, 9, 5, tzinfo=UTC))
