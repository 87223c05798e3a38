"""What instances of Lemmy really answered, replayed through the collector.

The refusal and the answer of 1.0 are documented, not recorded. Of 0.19's search nobody recorded an
answer: a list of posts has the same shape.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from listener.collect.lemmy import Lemmy
from listener.collect.tools import Tools
from listener.errors import RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement
from tests.collect.recordings import load
from tests.local_site import Answer, Watch, answer, local_site

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


class Recorded(dict[str, bytes | Answer]):
    """Answers by path, whatever is asked there."""

    def __init__(self, **answers: bytes) -> None:
        super().__init__()
        self.answers = {f"/api/{name.replace('_', '/')}": body for name, body in answers.items()}

    def get(self, path: str, default: Any = None) -> Any:
        return self.answers.get(path.partition("?")[0], answer(404))


async def heard(answers: Recorded, watch: Watch, **options: Any) -> list[Batch]:
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = answers
        chosen = Lemmy.Options(base_url=site.url(""), private=True, **options)
        collector = Lemmy(chosen, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect({})]


async def test_a_list_of_posts() -> None:
    answers = Recorded(
        v3_site=load("lemmy/v3_site").answer(), v3_post_list=load("lemmy/v3_post_list").answer()
    )
    (batch,) = await heard(answers, Watch(), communities=("microblogmemes",), what=("posts",))
    (post,) = batch.posts
    assert batch.skipped == 0
    assert post.key == "lemmy:https://lemmy.world/post/50908658"
    assert (post.item, post.url) == ("https://lemmy.world/post/50908658",) * 2
    assert post.title == "This HAS to be satire"
    assert post.text == "https://lemmy.world/pictrs/image/4f25b9b2.png"  # the body is empty
    assert post.author == Author(
        name="Canned Tuna",
        handle="cannedtuna@lemmy.world",
        url="https://lemmy.world/u/cannedtuna",
    )
    assert post.outlet == "!microblogmemes@lemmy.world"
    assert post.published == datetime(2026, 8, 20, 20, 31, 39, 106789, UTC)
    assert post.engagement == Engagement(likes=746, comments=285)
    assert post.language is None  # the recorded site does not tell which number is which


async def test_the_search_of_1_0() -> None:
    """The same words are searched among posts and comments; the next page is asked for."""
    recording = load("lemmy/v4_search_shape")
    site = json.dumps({"site_view": {}, "version": "1.0.0", "all_languages": []}).encode()
    answers = Recorded(v4_site=answer(200, site), v4_search=recording.answer())
    watch = Watch()
    watch.time = datetime(2026, 8, 2, tzinfo=UTC)
    batches = await heard(answers, watch, queries=("markdown text",), what=("comments",))
    (post,) = batches[0].posts
    assert post.key == "lemmy:https://lemmy.example/comment/1"
    assert post.parent == post.root == "lemmy:https://lemmy.example/post/3"
    assert post.text == "markdown text"
    assert post.published == datetime(2026, 8, 1, 10, tzinfo=UTC)
    assert post.engagement == Engagement(likes=6, comments=0)
    assert post.outlet == "!tech@lemmy.example"
    assert len(batches) == 2  # it names itself as its next page: that is the end
    assert batches[1].posts == ()


async def test_throttled_without_a_word_for_how_long() -> None:
    answers = Recorded(
        v3_site=load("lemmy/v3_site").answer(), v3_search=load("lemmy/v3_error_rate_limit").answer()
    )
    with pytest.raises(RateLimited) as raised:
        await heard(answers, Watch(), queries=("tent",))
    assert raised.value.retry_after is None


async def test_what_is_not_there() -> None:
    answers = Recorded(
        v3_site=load("lemmy/v3_site").answer(),
        v3_post_list=load("lemmy/v3_error_not_found").answer(),
    )
    with pytest.raises(SourceError, match="couldnt_find_post") as raised:
        await heard(answers, Watch(), communities=("nowhere",))
    assert raised.value.needs_person
