from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import Node, parse
from listener.collect import github
from listener.collect.github import GitHub
from listener.collect.github_api import Api
from listener.collect.github_posts import Reader
from listener.collect.tools import Tools
from listener.collect.walk import Reach
from listener.errors import AccessDenied, ParseError, QuotaSpent, RateLimited, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Post, PostKind
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.local_site import Answer, Watch, answer, local_site

pytestmark = pytest.mark.anyio
NOW = Watch().time
HOUR = timedelta(hours=1)
TOKEN = "github_pat_s3cr3t"
REST = ("issues", "pull_requests")
USER = {"login": "ana", "html_url": "https://github.com/ana", "type": "User"}
REPO = "https://api.github.com/repos/acme/tents"
READER = Reader("api.github.com")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def issue(id: int, ago: timedelta = HOUR, **keys: object) -> dict[str, Any]:
    return {
        "id": id,
        "node_id": f"I_{id}",
        "number": id,
        "repository_url": REPO,
        "html_url": f"https://github.com/acme/tents/issues/{id}",
        "title": "The tent <b> & `poles`",
        "body": "It is **wet**.",
        "user": USER,
        "created_at": stamp(NOW - ago),
        "updated_at": stamp(NOW - ago),
        "comments": 0,
        "reactions": {"total_count": 7, "+1": 3, "-1": 2, "confused": 1, "heart": 1},
        **keys,
    }


def comment(id: int, of: int, ago: timedelta = HOUR, **keys: object) -> dict[str, Any]:
    return {
        "id": id,
        "issue_url": f"{REPO}/issues/{of}",
        "html_url": f"https://github.com/acme/tents/issues/{of}#issuecomment-{id}",
        "body": "My tent too",
        "user": USER,
        "created_at": stamp(NOW - ago),
        "updated_at": stamp(NOW - ago),
        **keys,
    }


# What they say


def test_an_issue() -> None:
    (found,) = READER.issues([issue(12, comments=4)], NOW)
    assert found is not None
    assert (found.repo, found.number, found.comments) == ("acme/tents", "12", 4)
    assert found.post == Post(
        key="github:issue:12",
        item="issue:12",
        kind=PostKind.DISCUSSION,
        url="https://github.com/acme/tents/issues/12",
        title="The tent <b> & `poles`",
        text="It is **wet**.",
        author=Author(handle="ana", url="https://github.com/ana"),
        outlet="acme/tents",
        published=NOW - HOUR,
        engagement=Engagement(likes=4, comments=4),
    )


def test_a_comment() -> None:
    (above,) = READER.issues([issue(12)], NOW)
    assert above is not None
    (post,), skipped = READER.comments([comment(12, 12)], above.post, NOW)
    assert skipped == 0
    assert post.key == "github:comment:12"  # numbered apart from issues
    assert (post.title, post.text, post.outlet) == (None, "My tent too", "acme/tents")
    assert post.url == "https://github.com/acme/tents/issues/12#issuecomment-12"
    assert post.parent == post.root == "github:issue:12"
    assert post.engagement is None


def test_what_is_not_known_is_none() -> None:
    (found,) = READER.issues([{"id": 3, "body": None, "user": None}], NOW)
    assert found is not None
    post = found.post
    assert (post.author, post.published, post.engagement, post.title) == (None, None, None, None)
    assert (post.text, found.repo, found.updated) == ("", None, None)


def test_another_server_numbers_its_own() -> None:
    (found,) = Reader("git.acme.example").issues([issue(12)], NOW)
    assert found is not None
    assert found.post.key == "github:git.acme.example:issue:12"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)
KEYS = st.sampled_from([*issue(1), *comment(1, 2), "url"])


@settings(max_examples=50, deadline=None)
@given(st.lists(ANY | st.dictionaries(KEYS, ANY | st.integers(1, 2**31))))
def test_anything_gives_posts(raw: list[object]) -> None:
    assert len(READER.issues(raw, NOW)) == len(raw)
    posts, skipped = READER.comments(raw, Post(key="k", item="i"), NOW)
    assert len(posts) + skipped == len(raw)


# The API played on this machine


class Pages(dict[str, bytes | Answer]):
    """Answers whatever is asked."""

    def __init__(self, answered: Callable[[str], bytes]) -> None:
        super().__init__()
        self.answered = answered

    def get(self, path: str, default: object = None) -> bytes:
        return self.answered(path)


def said(body: object, status: int = 200, **headers: str) -> bytes:
    return answer(status, json.dumps(body).encode(), Content_Type="application/json", **headers)


class Played:
    """Issues, pull requests (they have the key `pull_request`) and comments."""

    def __init__(self, *posts: dict[str, Any]) -> None:
        self.posts = list(posts)
        self.incomplete = False
        self.most = 1_000  # hits of a search
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.faults: list[bytes] = []

    def answer(self, path: str) -> bytes:
        parts = urlsplit(path)
        return self.serve(parts.path, dict(parse_qsl(parts.query)))

    @property
    def queries(self) -> list[str]:
        return [asked["q"] for path, asked in self.asked if path == "/search/issues"]

    def serve(self, path: str, asked: dict[str, str]) -> bytes:
        self.asked.append((path, asked))
        if self.faults:
            return self.faults.pop(0)
        if path == "/search/issues":
            found = self.found(asked)
        else:
            about = path.removesuffix("/comments")
            found = [p for p in self.posts if str(p.get("issue_url", "")).endswith(about)]
            found = [post for post in found if post["updated_at"] >= asked["since"]]
        size, page = int(asked["per_page"]), int(asked["page"])
        shown = found[(page - 1) * size : page * size]
        more = '<https://api.github.com/x?page=2>; rel="next"'
        link = more if page * size < min(self.most, len(found)) else '<https://x>; rel="first"'
        if path != "/search/issues":
            return said(shown, Link=link)
        if page * size > self.most:
            return said({"message": "Only the first 1000 search results are available"}, 422)
        body = {"total_count": len(found), "incomplete_results": self.incomplete, "items": shown}
        return said(body, Link=link)

    def found(self, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        assert (asked["sort"], asked["order"]) == ("updated", "desc")
        words = asked["q"]
        assert len(words) <= 256
        assert "is:public" in words.split()
        wanted = "is:pull-request" in words
        assert wanted != ("is:issue" in words)
        span = re.search(r"updated:(?:>=(\S+)|(\S+)\.\.(\S+))\Z", words)
        assert span
        since, until = span[1] or span[2], span[3] or "9"
        found = [
            post
            for post in self.posts
            if "issue_url" not in post and ("pull_request" in post) == wanted
        ]
        found = [post for post in found if since <= indexed(post) <= until]
        return sorted(found, key=indexed, reverse=True)


def indexed(post: Mapping[str, Any]) -> str:
    """Return the time by which a hit is found; what is shown of it may be newer."""
    return str(post.get("indexed", post["updated_at"]))


async def passes(
    played: Played,
    *,
    cursor: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    brands: Mapping[str, Node] | None = None,
    times: int = 1,
    found: list[Batch] | None = None,
    **options: Any,
) -> list[Batch]:
    watch = watch or Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        tools = Tools(fetcher=fetcher, clock=watch, queries=brands or {})
        told = {"queries": () if brands else ("tent",), "token": TOKEN, "what": REST, **options}
        collector = GitHub(GitHub.Options(base_url=site.url(""), private=True, **told), tools)
        found = [] if found is None else found
        for _ in range(times):
            start = found[-1].cursor if found else cursor or {}
            async for batch in collector.collect(start):
                found.append(batch)
        return found


def items(batches: Sequence[Batch]) -> list[str]:
    return [post.item for batch in batches for post in batch.posts]


async def test_issues_and_pull_requests_are_searched_apart() -> None:
    played = Played(issue(12), issue(13, pull_request={}))
    assert items(await passes(played)) == ["issue:12", "issue:13"]
    week = stamp(NOW - timedelta(days=7))
    assert played.queries == [
        f'"tent" is:issue is:public updated:>={week}',
        f'"tent" is:pull-request is:public updated:>={week}',
    ]
    assert played.asked[0][1]["per_page"] == "100"


async def test_what_the_brands_look_for_in_these_repositories() -> None:
    played = Played()
    brands = {"D": parse('decathlon OR "wet tent" NOT sale'), "Q": parse("quechua AND poles")}
    await passes(played, brands=brands, repos=("acme/tents", "acme/shoes"), what=("issues",))
    words = [query.split(" is:public")[0] for query in played.queries]
    assert sorted(words) == sorted(
        f"{words} is:issue repo:acme/{repo}"
        for words in ('"decathlon"', '"wet tent" NOT "sale"', '"quechua" "poles"')
        for repo in ("tents", "shoes")
    )


async def test_a_search_is_never_longer_than_allowed() -> None:
    """The platform played here refuses others."""
    names = [f"brand{n:02}with-a-long-name" for n in range(40)]
    played = Played()
    await passes(played, brands={"B": parse(" OR ".join(names))}, repos=("a" * 39 + "/b",))
    asked = " ".join(played.queries)
    assert all(name in asked for name in names)
    assert all(query.count(" OR ") <= 5 for query in played.queries)


async def test_what_does_not_say_it_itself_is_left_out() -> None:
    """GitHub also searches comments."""
    played = Played(issue(12, title="Else", body="So"))
    assert items(await passes(played)) == []


async def test_an_old_issue_is_no_news_because_somebody_changed_it() -> None:
    old = issue(12, timedelta(days=30), updated_at=stamp(NOW), comments=1)
    played = Played(old, comment(5, 12, timedelta(0)), comment(6, 12, timedelta(days=20)))
    assert items(await passes(played)) == []
    assert items(await passes(played, comments=True)) == ["comment:5"]


async def test_an_edit_is_seen() -> None:
    played = Played(issue(12, timedelta(days=3)))
    watch = Watch()
    first = await passes(played, watch=watch)
    watch.time += timedelta(days=10)
    played.posts[0] |= {"body": "Dry again", "updated_at": stamp(watch.time)}
    later = await passes(played, watch=watch, cursor=first[-1].cursor)
    assert [post.text for batch in later for post in batch.posts] == ["Dry again"]


# Comments


async def test_comments_below_what_was_found() -> None:
    played = Played(
        issue(12, comments=2),
        comment(5, 12),
        comment(6, 12, body="Else"),
        issue(13),
        comment(7, 99),
    )
    batches = await passes(played, comments=True, what=("issues",))
    assert items(batches) == ["issue:12", "issue:13", "comment:5"]
    paths = [path for path, _ in played.asked]
    assert paths == ["/search/issues", "/repos/acme/tents/issues/12/comments"]
    assert played.asked[1][1]["since"] == stamp(NOW - timedelta(days=7))


async def test_comments_are_read_again_when_there_is_news_only() -> None:
    played = Played(issue(12, comments=1), comment(5, 12))
    watch = Watch()
    first = await passes(played, comments=True, what=("issues",), watch=watch)
    played.asked.clear()
    later = await passes(
        played, comments=True, what=("issues",), watch=watch, cursor=first[-1].cursor
    )
    assert [path for path, _ in played.asked] == ["/search/issues"]
    played.posts[0]["updated_at"] = stamp(NOW)
    played.posts.append(comment(8, 12, timedelta(0)))
    later = await passes(
        played, comments=True, what=("issues",), watch=watch, cursor=later[-1].cursor
    )
    assert "comment:8" in items(later)


async def test_many_comments_are_read_page_by_page() -> None:
    comments = [comment(n, 12) for n in range(1, 251)]
    batches = await passes(Played(issue(12, comments=250), *comments), comments=True)
    assert len(items(batches)) == 251


async def test_comments_of_a_deleted_issue() -> None:
    played = Played(issue(12, comments=1), issue(13, comments=1), comment(5, 13))
    serve = played.answer

    def gone(path: str) -> bytes:
        return answer(410) if "issues/12/" in path else serve(path)

    played.answer = gone  # type: ignore[method-assign]
    assert items(await passes(played, comments=True)) == ["issue:12", "issue:13", "comment:5"]


async def test_sixty_an_hour_without_a_token() -> None:
    """What was read before stays read; the next pass goes on there."""
    issues = [issue(n, comments=1) for n in range(1, 81)]
    played = Played(*issues, *(comment(100 + n, n) for n in range(1, 81)))
    watch = Watch()
    heard: list[str] = []
    cursor: Mapping[str, str] = {}
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(played.answer)
        options = GitHub.Options(
            base_url=site.url(""), private=True, queries=("tent",), comments=True, what=("issues",)
        )
        tools = Tools(fetcher=fetcher, clock=watch)
        with pytest.raises(QuotaSpent):  # noqa: PT012
            async for batch in GitHub(options, tools).collect(cursor):
                heard += [post.item for post in batch.posts]
                cursor = batch.cursor
        assert len(heard) == 80 + 55
        watch.time += timedelta(hours=1)
        async for batch in GitHub(options, tools).collect(cursor):
            heard += [post.item for post in batch.posts]
    assert {f"comment:{100 + n}" for n in range(1, 81)} <= set(heard)
    assert len([path for path, _ in played.asked if "comments" in path]) == 80
    assert sum(map(len, batch.cursor.values())) < 1_500


# Limits


async def test_searches_are_spread_over_the_minutes() -> None:
    watch = Watch()
    await passes(Played(), watch=watch, token=None, times=4, what=("issues",))
    assert watch.time == NOW
    await passes(Played(), watch=watch, token=None, times=10, what=("issues",))
    assert watch.time - NOW == timedelta(minutes=1)


async def test_what_github_did_not_finish_is_asked_again() -> None:
    played = Played(issue(12))
    played.incomplete = True
    batches = await passes(played)
    assert items(batches) == ["issue:12"]
    assert batches[-1].doubt is not None
    assert "gave up" in batches[-1].doubt
    assert batches[-1].cursor.keys() == {"wanted"}
    played.incomplete = False
    later = await passes(played, cursor=batches[-1].cursor)
    assert items(later) == ["issue:12"]
    assert later[-1].doubt is None
    assert later[-1].cursor != {}


async def test_a_secondary_limit_without_a_time() -> None:
    played = Played()
    words = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
    played.faults = [said(words, 403)]
    with pytest.raises(RateLimited):
        await passes(played)


async def test_a_search_that_is_refused_needs_a_person() -> None:
    played = Played()
    why = "The listed users and repositories cannot be searched"
    played.faults = [said({"message": "Validation Failed", "errors": [{"message": why}]}, 422)]
    with pytest.raises(SourceError, match=f"Validation Failed: {why}") as raised:
        await passes(played, repos=("acme/none",))
    assert raised.value.needs_person
    assert not isinstance(raised.value, AccessDenied)


async def test_a_repository_that_is_gone_keeps_no_other_from_being_read() -> None:
    played = Played(issue(12))
    played.faults = [said({"message": "Validation Failed"}, 422)]
    found: list[Batch] = []
    with pytest.raises(SourceError, match="Validation Failed"):
        await passes(played, found=found, repos=("acme/none", "acme/tents"), what=("issues",))
    assert items(found) == ["issue:12"]


async def test_who_wants_something_else_begins_anew() -> None:
    """What was read for one brand was left out when it did not concern it."""
    played = Played(issue(12, comments=1), comment(5, 12, body="Wet poles"))
    asked: dict[str, Any] = {"comments": True, "what": ("issues",)}
    one = {"T": parse("tent")}
    first = await passes(played, brands=one, **asked)
    assert items(first) == ["issue:12"]
    later = await passes(
        played, brands=one | {"P": parse("poles")}, cursor=first[-1].cursor, **asked
    )
    assert "comment:5" in items(later)
    narrow = await passes(played, brands={"T": parse("tent nowhere")}, what=("issues",))
    assert items(narrow) == []
    wide = await passes(played, brands=one, cursor=narrow[-1].cursor, what=("issues",))
    assert items(wide) == ["issue:12"]


async def test_the_token_is_sent_and_never_told(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    options = GitHub.Options.model_validate({"token": TOKEN})
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages = Pages(lambda path: said({"message": "Bad credentials"}, 401))
        there = options.model_copy(
            update={"base_url": site.url(""), "private": True, "queries": ("tent",)}
        )
        collector = GitHub(there, Tools(fetcher=fetcher, clock=watch))
        with pytest.raises(AccessDenied, match="Bad credentials") as raised:
            [batch async for batch in collector.collect({})]
        headers = site.requests[0].headers
        api = Api("https://x.example", options.token, Tools(fetcher=fetcher, clock=watch),
                  private=False)  # fmt: skip
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["x-github-api-version"] == "2022-11-28"
    told = f"{raised.value!r} {options} {options!r} {caplog.text}"
    told += f"{api._searches} {api._reads} {api._points}"
    assert "s3cr3t" not in told


# What is no answer


@pytest.mark.parametrize("body", [b"<html></html>", b"[]", b"{}", b'{"items": {}}', b"\xff"])
async def test_what_is_no_answer(body: bytes) -> None:
    played = Played()
    played.faults = [answer(200, body)]
    with pytest.raises(ParseError, match="could not read"):
        await passes(played)


async def test_nothing_to_search_for_needs_a_person() -> None:
    with pytest.raises(SourceError, match="nothing to search for") as raised:
        await passes(Played(), queries=())
    assert raised.value.needs_person


@pytest.mark.parametrize(
    "options", [{"repos": ["tents"]}, {"repos": ["a/b OR c"]}, {"queries": ["**"]}, {"what": []}]
)
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GitHub.Options.model_validate(options)


@given(st.dictionaries(st.text(), st.text()) | st.just({"comments": "r" * 50}))
@settings(max_examples=10, deadline=None)
async def test_any_cursor_is_resumed_or_begun_anew(cursor: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        found = await passes(Played(issue(12)), cursor=cursor, what=("issues",))
        assert items(found) == ["issue:12"]


async def test_what_belongs_to_other_options_is_forgotten() -> None:
    first = await passes(Played(issue(12)), repos=("acme/tents", "acme/shoes"))
    later = await passes(Played(issue(12)), cursor=first[-1].cursor, repos=("acme/tents",))
    assert set(later[-1].cursor) < set(first[-1].cursor)


async def test_a_busy_week_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "REACH", Reach(page=4, hits=1000))
    posts = [issue(n, timedelta(seconds=n // 10)) for n in range(1, 40)]
    batches = await passes(Played(*posts), what=("issues",))
    assert sorted(items(batches)) == sorted(f"issue:{n}" for n in range(1, 40))


async def test_more_than_a_search_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the thousandth hit it is asked anew, for older ones."""
    monkeypatch.setattr(github, "REACH", Reach(page=100, hits=1000))
    posts = [issue(n, timedelta(seconds=n // 400)) for n in range(1, 2_500)]
    batches = await passes(Played(*posts), what=("issues",))
    assert len(set(items(batches))) == 2_499


async def test_of_one_second_no_more_is_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "REACH", Reach(page=4, hits=8))
    played = Played(*(issue(n) for n in range(1, 13)), *(issue(n, 2 * HOUR) for n in range(20, 26)))
    played.most = 8
    heard = items(await passes(played, what=("issues",)))
    assert len({*heard}) == 8 + 6
    assert {f"issue:{n}" for n in range(20, 26)} <= {*heard}


async def test_hits_that_changed_since_they_were_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "REACH", Reach(page=4, hits=1000))
    played = Played(*(issue(n, timedelta(minutes=n)) for n in range(1, 21)))
    answered = played.answer

    def changing(path: str) -> bytes:
        said = answered(path)
        for post in played.posts[3:8]:  # the last of the first page, and all of the second
            post.setdefault("indexed", post["updated_at"])
            post["updated_at"] = stamp(NOW)
        return said

    played.answer = changing  # type: ignore[method-assign]
    assert len({*items(await passes(played, what=("issues",)))}) == 20


# Nothing is lost


class Site:
    """Issues and pull requests in turn, six on a page."""

    refusals: Sequence[bytes] = (
        said({"message": "API rate limit exceeded"}, 403, X_RateLimit_Remaining="0"),
        said({"message": "You have exceeded a secondary rate limit"}, 403, Retry_After="60"),
        said({"total_count": 9, "incomplete_results": True, "items": []}),
    )
    lag = timedelta(minutes=10)

    def collector(self, url: str, tools: Tools) -> GitHub:
        token: Any = TOKEN
        options = GitHub.Options(
            base_url=url,
            private=True,
            token=token,
            queries=("tent",),
            what=("issues", "pull_requests"),
        )
        return GitHub(options, tools)

    def key(self, item: Item) -> str:
        return f"github:issue:{item.number}"

    def answer(self, question: Question, shown: Sequence[Item], now: Any) -> bytes:
        made = []
        for item in shown:
            at = stamp(item.at)
            made.append(issue(item.number, created_at=at, updated_at=at))
            if item.number % 2:
                made[-1]["pull_request"] = {}
        return Played(*made).serve(question.path, question.asked)


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]))
async def test_nothing_is_lost(events: list[Event], skew: int) -> None:
    def small(cursor: Mapping[str, str]) -> None:
        assert sum(map(len, [*cursor, *cursor.values()])) < 400

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        patch.setattr(github, "REACH", Reach(page=6, hits=1000))
        patch.setattr(github, "Reader", lambda host: READER)
        await survives(Site(), events, skew=timedelta(seconds=skew), check=small)
