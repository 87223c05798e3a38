"""Discussions: GraphQL played on this machine, as documented; nobody recorded its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from listener.analysis.query import parse
from listener.collect import github
from listener.collect.github import GitHub
from listener.collect.github_posts import Reader
from listener.collect.tools import Tools
from listener.collect.walk import Reach
from listener.errors import (
    AccessDenied,
    FetchError,
    ParseError,
    QuotaSpent,
    RateLimited,
    SourceError,
)
from listener.fetch import Fetcher
from listener.model import Author, Batch, Engagement, Post, PostKind
from tests.collect.simulated import EVENTS, Event, Item, Question, survives
from tests.collect.test_github import (
    ANY,
    HOUR,
    NOW,
    READER,
    TOKEN,
    Pages,
    issue,
    items,
    said,
    stamp,
)
from tests.collect.test_github import Played as Rest
from tests.local_site import Watch, answer, local_site

pytestmark = pytest.mark.anyio
Node = dict[str, Any]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def written(id: int, ago: timedelta, **keys: object) -> Node:
    at = stamp(NOW - ago)
    return {
        "databaseId": id,
        "url": f"https://github.com/acme/tents/discussions/{id}",
        "body": "My tent is **wet**.",
        "author": {"login": "ana", "url": "https://github.com/ana"},
        "createdAt": at,
        "updatedAt": at,
        "upvoteCount": 3,
        **keys,
    }


def discussion(id: int, ago: timedelta = HOUR, **keys: object) -> Node:
    place = {"nameWithOwner": "acme/tents", "isPrivate": False}
    told = {"number": id, "title": "Which <b>?", "repository": place, "said": [], **keys}
    return written(id, ago, **told)


def comment(id: int, ago: timedelta = HOUR, **keys: object) -> Node:
    return written(id, ago) | {"id": f"DC_{id}", "said": [], **keys}


# What they say


def test_a_discussion() -> None:
    node = discussion(12) | {"comments": {"totalCount": 4}}
    (found,) = READER.discussions([node], NOW)
    assert found is not None
    assert (found.repo, found.number, found.comments, found.public) == ("acme/tents", "12", 4, True)
    assert found.post == Post(
        key="github:discussion:12",
        item="discussion:12",
        kind=PostKind.DISCUSSION,
        url="https://github.com/acme/tents/discussions/12",
        title="Which <b>?",
        text="My tent is **wet**.",
        author=Author(handle="ana", url="https://github.com/ana"),
        outlet="acme/tents",
        published=NOW - HOUR,
        engagement=Engagement(likes=3, comments=4),
    )


def test_what_is_not_known_is_none() -> None:
    (found,) = READER.discussions([{"databaseId": 3, "author": None}], NOW)
    assert found is not None
    post = found.post
    assert (post.author, post.published, post.engagement, post.title) == (None, None, None, None)
    assert (found.repo, found.number, found.comments, found.updated) == (None, None, None, None)


def test_another_server_numbers_its_own() -> None:
    (found,) = Reader("git.acme.example").discussions([discussion(12)], NOW)
    assert found is not None
    assert found.post.key == "github:git.acme.example:discussion:12"


@settings(max_examples=20, deadline=None)
@given(st.lists(ANY | st.dictionaries(st.sampled_from(list(discussion(1))), ANY)))
def test_anything_gives_posts(nodes: list[object]) -> None:
    assert len(READER.discussions(nodes, NOW)) == len(nodes)
    for node in nodes:
        READER.comment(node, Post(key="k", item="i"), Post(key="k", item="i"), NOW)


# GraphQL played on this machine


class Played:
    """Discussions with what is said below them, comments with their replies, under `said`."""

    def __init__(self, *nodes: Node) -> None:
        self.nodes = list(nodes)
        self.asked: list[dict[str, Any]] = []
        self.faults: list[bytes] = []
        self.errors: list[object] = []  # beside the data
        self.most = 1_000

    def serve(self, body: bytes) -> bytes:
        told = json.loads(body)
        asked, query = told["variables"], told["query"]
        assert set(re.findall(r"\$(\w+):", query)) >= set(asked)
        self.asked.append(asked)
        if self.faults:
            return self.faults.pop(0)
        data: object
        if "words" in asked:
            data = {"search": self.page(self.found(asked["words"])[: self.most], asked)}
        elif "id" in asked:
            (above,) = (c for n in self.nodes for c in n["said"] if c["id"] == asked["id"])
            data = {"node": {"replies": self.page(above["said"], asked)}}
        else:
            data, missing = self.below(asked)
            if missing:
                return said({"data": data, "errors": [missing]})
        return said({"data": data, **({"errors": self.errors} if self.errors else {})})

    def below(self, asked: Mapping[str, Any]) -> tuple[object, object]:
        assert (asked["owner"], asked["name"]) == ("acme", "tents")
        about = [node for node in self.nodes if node and node["number"] == asked["number"]]
        if not about:
            gone = {"type": "NOT_FOUND", "path": ["repository", "discussion"], "message": "Gone"}
            return {"repository": {"discussion": None}}, gone
        page = self.page(about[0]["said"], asked)
        for node in page["nodes"]:
            node["replies"] = self.page(node["said"], {**asked, "after": None})
        return {"repository": {"discussion": {"comments": page}}}, None

    def page(self, nodes: Sequence[Node], asked: Mapping[str, Any]) -> dict[str, Any]:
        size, start = asked["first"], int((asked["after"] or "after 0").split()[1])
        assert 1 <= size <= 50
        shown = nodes[start : start + size]
        end = start + len(shown)
        info = {"hasNextPage": end < len(nodes), "endCursor": f"after {end}" if shown else None}
        told = [dict(node) for node in shown]
        for node in told:
            if "title" in node:
                node["comments"] = {"totalCount": len(node["said"])}
        return {"nodes": told, "pageInfo": info}

    def found(self, words: str) -> list[Node]:
        assert len(words) <= 256
        assert {"is:discussion", "is:public", "sort:updated-desc"} <= set(words.split())
        span = re.search(r" updated:(?:>=(\S+)|(\S+)\.\.(\S+)) ", words)
        assert span
        since, until = span[1] or span[2], span[3] or "9"
        found = [node for node in self.nodes if since <= node["updatedAt"] <= until]
        return sorted(found, key=lambda node: str(node["updatedAt"]), reverse=True)

    @property
    def words(self) -> list[str]:
        return [asked["words"] for asked in self.asked if "words" in asked]


async def passes(
    played: Played,
    *,
    cursor: Mapping[str, str] | None = None,
    watch: Watch | None = None,
    rest: Callable[[str], bytes] = lambda _: answer(500),
    times: int = 1,
    **options: Any,
) -> list[Batch]:
    watch = watch or Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0

        def answered(path: str) -> bytes:
            request = site.requests[-1]
            return played.serve(request.body) if path.endswith("/graphql") else rest(path)

        site.pages = Pages(answered)
        base, brands = site.url(options.pop("base", "")), options.pop("brands", {})
        told: dict[str, Any] = {"queries": ("tent",), "token": TOKEN, "what": ("discussions",)}
        told |= options
        tools = Tools(fetcher=fetcher, clock=watch, queries=brands)
        collector = GitHub(GitHub.Options(base_url=base, private=True, **told), tools)
        found: list[Batch] = []
        for _ in range(times):
            start = found[-1].cursor if found else cursor or {}
            found += [batch async for batch in collector.collect(start)]
        assert {"/graphql", "/api/graphql", "/search/issues"} >= {
            path.partition("?")[0] for path in site.paths if "/repos/" not in path
        }
        return found


async def test_the_question() -> None:
    played = Played(discussion(12))
    assert items(await passes(played)) == ["discussion:12"]
    week = stamp(NOW - timedelta(days=7))
    words = f'"tent" is:discussion is:public updated:>={week} sort:updated-desc'
    assert played.asked == [{"words": words, "first": 50, "after": None}]


async def test_an_enterprise_server_has_it_beside_its_api() -> None:
    played = Played(discussion(12))
    assert len(items(await passes(played, base="/api/v3"))) == 1


async def test_with_a_token_everything_is_searched_and_discussions_last() -> None:
    played, rest = Played(discussion(12)), Rest(issue(7))
    found = await passes(played, rest=rest.answer, what=None)
    assert items(found) == ["issue:7", "discussion:12"]
    rest.asked.clear()
    played.asked.clear()
    await passes(played, rest=rest.answer, what=None, token=None)
    assert (len(rest.asked), played.asked) == (2, [])


def test_without_a_token_discussions_cannot_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="discussions need a token") as raised:
        GitHub.Options.model_validate({"what": ["discussions"]})
    assert "settings/personal-access-tokens" in str(raised.value)


async def test_each_alternative_is_a_search_of_its_own() -> None:
    """That OR works among discussions is not documented."""
    played = Played()
    brands = {"D": parse('decathlon OR "wet tent" NOT sale'), "Q": parse("quechua AND poles")}
    await passes(played, queries=(), brands=brands, repos=("acme/tents",))
    asked = sorted(words.split(" is:public")[0] for words in played.words)
    assert asked == sorted(
        f"{words} is:discussion repo:acme/tents"
        for words in ('"decathlon"', '"wet tent" NOT "sale"', '"quechua" "poles"')
    )


async def test_a_search_is_never_longer_than_allowed() -> None:
    """The platform played here refuses others; NOT is an operator, too."""
    played, words = Played(), " ".join(f"word{n:02}-that-is-long" for n in range(30))
    await passes(played, queries=(), brands={"B": parse(words)}, repos=("a" * 39 + "/b",))
    assert played.words


async def test_what_does_not_say_it_itself_is_left_out() -> None:
    assert items(await passes(Played(discussion(12, title="Else", body="So")))) == []


async def test_what_is_private_is_left_out() -> None:
    """The search is told so; an answer that holds it all the same is not given on."""
    place = {"nameWithOwner": "acme/tents", "isPrivate": True}
    played = Played(discussion(12, repository=place, said=[comment(5)]), discussion(13))
    found = await passes(played, comments=True)
    assert items(found) == ["discussion:13"]
    assert sum(batch.skipped for batch in found) == 0


async def test_an_old_discussion_is_no_news_because_somebody_answered() -> None:
    below = [comment(5, timedelta(0)), comment(6, timedelta(days=20))]
    old = discussion(12, timedelta(days=30), updatedAt=stamp(NOW), said=below)
    assert items(await passes(Played(old))) == []
    assert items(await passes(Played(old), comments=True)) == ["discussion_comment:5"]


async def test_an_edit_is_seen() -> None:
    played, watch = Played(discussion(12, timedelta(days=3))), Watch()
    first = await passes(played, watch=watch)
    watch.time += timedelta(days=10)
    played.nodes[0] |= {"body": "A dry tent", "updatedAt": stamp(watch.time)}
    later = await passes(played, watch=watch, cursor=first[-1].cursor)
    assert [post.text for batch in later for post in batch.posts] == ["A dry tent"]


# Comments


async def test_comments_and_replies() -> None:
    reply = comment(7, body="Wet tent? No")
    above = comment(5, said=[reply, comment(8, body="Else")])
    found = await passes(Played(discussion(12, said=[above, comment(6)])), comments=True)
    posts = {post.item: post for batch in found for post in batch.posts}
    assert sorted(posts) == ["discussion:12", *(f"discussion_comment:{n}" for n in (5, 6, 7))]
    parents = {post.item: (post.parent, post.root) for post in posts.values()}
    root = posts["discussion:12"].key
    assert parents["discussion_comment:5"] == parents["discussion_comment:6"] == (root, root)
    assert parents["discussion_comment:7"] == (posts["discussion_comment:5"].key, root)
    said = posts["discussion_comment:5"]
    assert (said.title, said.outlet, said.engagement) == (None, "acme/tents", Engagement(likes=3))


async def test_many_comments_and_many_replies() -> None:
    many = [comment(n, said=[comment(1_000 * n + r) for r in range(n)]) for n in range(1, 121)]
    many[60]["said"] = [comment(61_000 + r) for r in range(130)]
    found = await passes(Played(discussion(12, said=many)), comments=True)
    told = items(found)
    assert len(told) == len(set(told)) == 1 + sum(1 + len(one["said"]) for one in many)


async def test_comments_are_read_again_when_there_is_news_only() -> None:
    played, watch = Played(discussion(12, said=[comment(5)])), Watch()
    first = await passes(played, comments=True, watch=watch)
    played.asked.clear()
    later = await passes(played, comments=True, watch=watch, cursor=first[-1].cursor)
    assert len(played.asked) == 1
    played.nodes[0] |= {"updatedAt": stamp(NOW), "said": [comment(8, timedelta(0))]}
    later = await passes(played, comments=True, watch=watch, cursor=later[-1].cursor)
    assert "discussion_comment:8" in items(later)


async def test_comments_of_a_discussion_that_is_gone() -> None:
    played = Played(discussion(12, said=[comment(5)]), discussion(13, said=[comment(6)]))
    serve = played.serve

    def gone(body: bytes) -> bytes:
        if '"number": 12' in body.decode():
            played.nodes[0]["number"] = 99
        return serve(body)

    played.serve = gone  # type: ignore[method-assign]
    found = await passes(played, comments=True)
    assert items(found) == ["discussion:12", "discussion:13", "discussion_comment:6"]


async def test_comments_that_are_cut_short_are_asked_again() -> None:
    played = Played(discussion(12, said=[comment(5)]))
    first = Played(*played.nodes)
    serve = first.serve

    def cut(body: bytes) -> bytes:
        first.errors = [] if b"words" in body else [{"type": "RESOURCE_LIMITS_EXCEEDED"}]
        return serve(body)

    first.serve = cut  # type: ignore[method-assign]
    with pytest.raises(FetchError):
        await passes(first, comments=True)
    assert "discussion_comment:5" in items(await passes(played, comments=True))


# What goes wrong


async def test_what_is_cut_short_is_a_doubt_and_moves_no_cursor() -> None:
    played = Played(discussion(12))
    played.errors = [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits exceeded"}]
    found = await passes(played)
    assert items(found) == ["discussion:12"]
    assert (set(found[-1].cursor), found[-1].doubt is not None) == ({"wanted"}, True)
    played.errors = []
    later = await passes(played, cursor=found[-1].cursor)
    assert items(later) == ["discussion:12"]
    assert (later[-1].cursor != {}, later[-1].doubt) == (True, None)


async def test_what_only_members_of_an_organization_may_see_stops_nothing() -> None:
    played = Played(discussion(12), discussion(13))
    page = played.page

    def hidden(nodes: Sequence[Node], asked: Mapping[str, Any]) -> dict[str, Any]:
        told = page(nodes, asked)
        told["nodes"][0] = None
        return told

    played.page = hidden  # type: ignore[method-assign]
    where = ["search", "nodes", 0]
    played.errors = [{"type": "FORBIDDEN", "path": where, "message": "SAML enforcement"}]
    found = await passes(played)
    assert items(found) == ["discussion:13"]
    assert sum(batch.skipped for batch in found) == 1
    assert (found[-1].cursor != {}, found[-1].doubt) == (True, None)


SCOPES = "Your token has not been granted the required scopes"
NOTHING = {"search": None}


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({"data": None, "errors": [{"type": "RATE_LIMITED"}]}, RateLimited, "graphql"),
        ({"errors": [{"message": "API rate limit exceeded"}]}, RateLimited, "limit exceeded"),
        ({"message": "You have exceeded a secondary rate limit"}, RateLimited, "secondary"),
        ({"data": NOTHING, "errors": [{"type": "INSUFFICIENT_SCOPES", "message": SCOPES}]},
         AccessDenied, f'{SCOPES}; discussions can be left out with what = \\["issues"'),
        ({"data": None, "errors": [{"type": "FORBIDDEN", "message": "Not accessible"}]},
         AccessDenied, "Not accessible; discussions can be left out"),
        ({"errors": [{"message": "No such type Discussion"}]}, SourceError, "No such type"),
        ({"data": None, "errors": [{"message": "Something went wrong"}]}, FetchError, "wrong"),
        ({"data": None}, FetchError, "does not say why"),
        ({"data": NOTHING}, ParseError, "holds nothing"),
        ({"data": {"search": {"nodes": [], "pageInfo": {"hasNextPage": True}}}},
         ParseError, "where it goes on"),
        ({"hits": []}, ParseError, "no answer"),
        ([], ParseError, "no answer"),
    ],
)  # fmt: skip
async def test_two_hundred_is_no_success(body: object, kind: type[Exception], words: str) -> None:
    played = Played(discussion(12))
    played.faults = [said(body)]
    with pytest.raises(kind, match=words):
        await passes(played)


@settings(max_examples=15, deadline=None)
@given(ANY | st.dictionaries(st.sampled_from(["data", "errors", "message"]), ANY))
async def test_any_answer_is_told_or_read(body: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        played = Played()
        played.faults = [said(body)]
        with suppress(SourceError):
            assert items(await passes(played)) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (said({"message": "Bad credentials"}, 401), AccessDenied),
        (said({"message": "You have exceeded a secondary rate limit"}, 403, Retry_After="60"),
         RateLimited),
        (said({"message": "You have exceeded a secondary rate limit"}, 429), RateLimited),
        (said({"data": None, "errors": [{"message": "in time"}]}, 502), FetchError),
        (answer(200, b"<html></html>"), ParseError),
        (answer(302, Location="/elsewhere"), FetchError),
    ],
)  # fmt: skip
async def test_refusals(fault: bytes, kind: type[SourceError]) -> None:
    played = Played(discussion(12))
    played.faults = [fault]
    with pytest.raises(kind) as raised:
        await passes(played)
    assert type(raised.value) is kind
    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r}"


async def test_points_that_are_used_up_leave_the_other_searches_alone() -> None:
    watch, played, rest = Watch(), Played(discussion(12)), Rest(issue(7))
    spent = {"data": None, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit"}]}
    reset = str(int((NOW + HOUR).timestamp()))
    played.faults = [said(spent, X_RateLimit_Remaining="0", X_RateLimit_Reset=reset)]
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        site.pages = Pages(
            lambda path: (
                played.serve(site.requests[-1].body) if path == "/graphql" else rest.answer(path)
            )
        )
        token: Any = TOKEN
        options = GitHub.Options(
            base_url=site.url(""), private=True, token=token, queries=("tent",)
        )
        collector = GitHub(options, Tools(fetcher=fetcher, clock=watch))
        for _ in range(2):  # the second is not even sent
            heard: list[str] = []
            with pytest.raises(QuotaSpent) as raised:  # noqa: PT012
                async for batch in collector.collect({}):
                    heard += [post.item for post in batch.posts]
            assert heard == ["issue:7"]
            assert raised.value.retry_after == HOUR
        assert site.paths.count("/graphql") == 1
        watch.time += HOUR + timedelta(seconds=1)
        found = [batch async for batch in collector.collect({})]
    assert items(found) == ["issue:7", "discussion:12"]


async def test_the_token_is_sent_and_a_redirect_is_not_followed() -> None:
    watch = Watch()
    async with local_site() as site, Fetcher(contact=None, clock=watch) as fetcher:
        site.pages["/graphql"] = answer(307, Location=site.url("/elsewhere"))
        options = GitHub.Options.model_validate(
            {"token": TOKEN, "base_url": site.url(""), "private": True, "queries": ["tent"],
             "what": ["discussions"]}
        )  # fmt: skip
        with pytest.raises(FetchError, match="redirects"):
            async for _ in GitHub(options, Tools(fetcher=fetcher, clock=watch)).collect({}):
                pass
    (request,) = site.requests
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in request.body.decode()


# The way through time


async def test_a_busy_week_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many stand in one second: within it, it is asked for the next page."""
    monkeypatch.setattr(github, "REACH", Reach(page=4, hits=1000))
    nodes = [discussion(n, timedelta(seconds=n // 10)) for n in range(1, 40)]
    played = Played(*nodes)
    batches = await passes(played)
    assert sorted(items(batches)) == sorted(f"discussion:{n}" for n in range(1, 40))
    assert any(asked["after"] for asked in played.asked)


async def test_of_one_second_no_more_is_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "REACH", Reach(page=4, hits=8))
    tied = [discussion(n) for n in range(1, 13)]
    played = Played(*tied, *(discussion(n, 2 * HOUR) for n in range(20, 26)))
    played.most = 8
    heard = items(await passes(played))
    assert len({*heard}) == 8 + 6


async def test_hits_that_are_not_sorted_move_no_cursor() -> None:
    """By relevance the oldest can stand first: what stands behind would never be heard."""
    nodes = [discussion(n, timedelta(minutes=n * 37 % 101)) for n in range(1, 101)]
    played = Played(*nodes)
    played.found = lambda words: nodes  # type: ignore[method-assign]
    with pytest.raises(ParseError, match="not in the order"):
        await passes(played)
    nodes[:] = nodes[:50]  # all there is: the order makes no difference
    assert len(items(await passes(played))) == 50


# Nothing is lost


class Site:
    """Discussions, six on a page."""

    refusals: Sequence[bytes] = (
        said({"data": None, "errors": [{"type": "RATE_LIMITED", "message": "rate limit"}]}),
        said({"message": "You have exceeded a secondary rate limit"}, 403, Retry_After="60"),
        said({"data": {"search": {"nodes": [], "pageInfo": {}}}, "errors": [{"message": "Hm"}]}),
        said({"data": None, "errors": [{"message": "Something went wrong"}]}, 502),
    )
    lag = timedelta(minutes=10)

    def collector(self, url: str, tools: Tools) -> GitHub:
        token: Any = TOKEN
        options = GitHub.Options(
            base_url=url, private=True, token=token, queries=("tent",), what=("discussions",)
        )
        return GitHub(options, tools)

    def key(self, item: Item) -> str:
        return f"github:discussion:{item.number}"

    def answer(self, question: Question, shown: Sequence[Item], now: datetime) -> bytes:
        made = [
            discussion(item.number, createdAt=stamp(item.at), updatedAt=stamp(item.at))
            for item in shown
        ]
        return Played(*made).serve(question.body)


@settings(max_examples=20, deadline=None)
@given(EVENTS, st.sampled_from([-90, 0, 90]))
async def test_nothing_is_lost(events: list[Event], skew: int) -> None:
    def small(cursor: Mapping[str, str]) -> None:
        assert sum(map(len, [*cursor, *cursor.values()])) < 400

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        patch.setattr(github, "REACH", Reach(page=6, hits=1000))
        patch.setattr(github, "Reader", lambda host: READER)
        await survives(Site(), events, skew=timedelta(seconds=skew), check=small)
