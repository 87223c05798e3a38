"""What GitHub really answered, replayed through the collector."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listener.collect import github
from listener.collect.github import GitHub
from listener.collect.tools import Tools
from listener.collect.walk import Reach
from listener.errors import RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Batch
from tests.collect.recordings import Recording, load
from tests.local_site import Answer, Watch, answer, local_site

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


class Recorded(dict[str, bytes | Answer]):
    """Gives a recording once, then an empty page."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.answers = [recording.answer()]
        self.asked: list[str] = []

    def get(self, path: str, default: Any = None) -> Any:
        self.asked.append(path)
        return self.answers.pop() if self.answers else answer(200, b'{"items": []}')


async def heard(answers: Recorded, word: str, watch: Watch) -> list[Batch]:
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = answers
        options = GitHub.Options(
            base_url=site.url(""), private=True, queries=(word,), what=("issues",)
        )
        collector = GitHub(options, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect({})]


@pytest.mark.parametrize(
    ("name", "word"),
    [("search_issues_page1", "compile"), ("search_issues_octokit", "http"),
     ("octokit_search_issues", "sesame")],
)  # fmt: skip
async def test_a_search(name: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Since 2014 answers have got reactions and the repository's address."""
    monkeypatch.setattr(github, "REACH", Reach(first=timedelta(days=6_000)))
    recording = load(f"github/{name}")
    answers = Recorded(recording)
    batches = await heard(answers, word, Watch())
    assert sum(batch.skipped for batch in batches) == 0
    posts = {post.item: post for batch in batches for post in batch.posts}
    for raw in recording.body["items"]:
        says = re.search(rf"\b{word}\b", f"{raw['title']}\n{raw['body']}", re.IGNORECASE)
        assert (f"issue:{raw['id']}" in posts) == bool(says)
    assert posts
    for raw in (one for one in recording.body["items"] if f"issue:{one['id']}" in posts):
        post = posts[f"issue:{raw['id']}"]
        check(post, raw)
    assert len(answers.asked) == (2 if "link" in recording.headers else 1)


def check(post: Any, raw: Mapping[str, Any]) -> None:
    assert post.url == raw["html_url"]
    assert post.title == " ".join(raw["title"].split())
    assert post.text.split() == raw["body"].split()
    assert (post.author.handle, post.author.followers) == (raw["user"]["login"], None)
    assert post.outlet == "/".join(raw["html_url"].split("/")[3:5])
    assert post.published == datetime.fromisoformat(raw["created_at"]).astimezone(UTC)
    assert post.engagement.comments == raw["comments"]
    assert post.engagement.likes == raw.get("reactions", {}).get("total_count")


async def test_what_was_not_finished_moves_no_cursor() -> None:
    """The recording is of a search in code, whose hits are no posts."""
    batches = await heard(Recorded(load("github/search_incomplete_results_2026")), "x", Watch())
    assert [batch.posts for batch in batches] == [(), ()]
    assert batches[0].skipped == 5
    assert batches[-1].doubt is not None
    assert batches[-1].cursor.keys() == {"wanted"}


@pytest.mark.parametrize(
    ("name", "wait"),
    [("error_403_rate_limit", None), ("error_403_secondary_limit_retry_after", 60)],
)
async def test_throttled(name: str, wait: int | None) -> None:
    """The recordings are of a user and of a search in code; all endpoints refuse alike."""
    with pytest.raises(RateLimited) as raised:
        await heard(Recorded(load(f"github/{name}")), "tent", Watch())
    assert raised.value.status == 403
    assert raised.value.retry_after == (timedelta(seconds=wait) if wait else None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("error_422_missing_type", "Query must include 'is:issue' or 'is:pull-request'"),
        ("error_422_validation", "Validation Failed"),
    ],
)
async def test_refused(name: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as raised:
        await heard(Recorded(load(f"github/{name}")), "tent", Watch())
    assert raised.value.needs_person
