"""Forums that run Discourse, by the list of their newest posts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from listener.collect.descent import Depth, Descent, Entry, below
from listener.collect.discourse_posts import Forum, Raw, is_taken_back
from listener.collect.fields import name, number, plain_line
from listener.collect.tools import Tools
from listener.errors import AccessDenied, FetchError, ParseError
from listener.fetch import Budget, shown
from listener.model import Batch, Gap, Post, Second

# Authors may edit for five minutes without a trace; a page is fifty posts anyway.
DEPTH = Depth(overlap=timedelta(minutes=30), pages=400)
# Old forums give the posts of the fifty ids up to the one asked for, without those one may not
# see; newer ones fifty posts, whatever their ids (app/controllers/posts_controller.rb, `latest`).
WINDOW = 50
# Some forums translate by machine what is not in their own language. What was really written is
# given to who asks for it, as a reader's browser does (lib/content_localization.rb): by the first
# cookie since 2026, by the second before.
_AS_WRITTEN = "automatically_translate=false; content-localization-show-original=true"
_AT_ONCE = 20  # posts of a topic that the forum's own pages ask for at once
_MINUTE = timedelta(minutes=1)
_LOGIN = "the forum asks for a login: give api_key and api_username, if you have them"
_NOTHING = "the forum shows no posts: it is empty, or its categories ask for a login"


class Discourse:
    """Every public post of a forum; which of them concern a brand is decided here.

    The cursor holds a `Descent`, and whether the forum is an old one that goes by windows of ids.
    """

    class Options(BaseModel):
        """What a source of kind `discourse` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        url: str = Field(
            pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
            description="Address of the forum, as its front page has it.",
        )
        api_key: SecretStr | None = Field(
            None, description="API key, for a forum that asks for a login: env:NAME or file:PATH"
        )
        api_username: str | None = Field(
            None, min_length=1, description="Name of the user in whose name the key asks."
        )
        language: str | None = Field(
            None,
            pattern="^[a-z]{2}$",
            description="Language of the forum (ISO 639-1), if it has just one.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @model_validator(mode="after")
        def _both(self) -> Self:
            if (self.api_key is None) != (self.api_username is None):
                raise ValueError("api_key and api_username belong together: give both or none")
            return self

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._url = options.url.rstrip("/")
        self._fetcher, self._clock = tools.fetcher, tools.clock
        self._forum = Forum(options.url, options.language)
        self._headers = {"Accept": "application/json", "Cookie": _AS_WRITTEN}
        if options.api_key and options.api_username:
            self._headers["Api-Key"] = options.api_key.get_secret_value()
            self._headers["Api-Username"] = options.api_username
        self._budget = _budget(options)

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each page, newest first, each post once in a pass."""
        same = cursor.get("forum") == self._forum.site
        walk = _resumed(cursor.get("walk", "") if same else "", self._clock.now())
        windows = same and cursor.get("windows") == "True"
        told: set[str] = set()
        left = 1 if walk.at is None else 2  # what was cut short is ended first
        while left:
            top, raw = walk.at is None, await self._latest(walk.at)
            now = self._clock.now()
            entries = self._forum.entries(raw, now)
            windows = windows or walk.at in {entry.id for entry in entries}
            walk, gaps = _on(walk, entries, now, windows=windows)
            left -= walk.at is None
            posts, skipped = await asyncio.to_thread(self._forum.posts, raw, now)
            fresh = tuple(post for post in posts if post.item not in told)
            told |= {post.item for post in fresh}
            doubt = _NOTHING if top and not entries else None
            kept = {"forum": self._forum.site, "walk": walk.kept(), "windows": str(windows)}
            yield Batch(posts=fresh, cursor=kept, skipped=skipped, gaps=gaps, doubt=doubt)

    async def refresh(self, posts: Sequence[Post]) -> AsyncIterator[Second]:
        """Ask for the posts of each topic together; who is not among them is asked for alone.

        A post that was moved to another topic is missing without being gone.
        """
        for topic, given in self._topics(posts):
            for start in range(0, len(given), _AT_ONCE):
                some = given[start : start + _AT_ONCE]
                found = await self._together(topic, some)
                yield self._second(some, found)
                for post in some:
                    if post.item not in {number(one.get("id")) for one in found}:
                        yield await self._alone(post)

    def _topics(self, posts: Sequence[Post]) -> Iterable[tuple[str, list[Post]]]:
        topics: dict[str, list[Post]] = {}
        for post in posts:
            if topic := self._forum.topic(post):
                topics.setdefault(topic, []).append(post)
        return topics.items()

    async def _together(self, topic: str, posts: Sequence[Post]) -> list[Raw]:
        asked = urlencode([("post_ids[]", post.item) for post in posts])
        answer = await self._unless_gone(f"t/{topic}/posts.json?{asked}")
        stream = answer.get("post_stream") if answer else None
        found = stream.get("posts") if isinstance(stream, Mapping) else None
        return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []

    async def _alone(self, post: Post) -> Second:
        found = await self._unless_gone(f"posts/{post.item}.json")
        return Second(gone=(post.key,)) if found is None else self._second((post,), (found,))

    def _second(self, given: Sequence[Post], found: Sequence[Raw]) -> Second:
        """Return what was found as the posts that they were given as; hidden ones stay as they are.

        Neither the topic's title nor, often, the post answered is told again.
        """
        before = {post.item: post for post in given}
        posts, _ = self._forum.posts(found, self._clock.now())
        gone = {number(one.get("id")) for one in found if is_taken_back(one)}
        return Second(
            posts=tuple(
                replace(
                    post,
                    key=before[post.item].key,
                    title=post.title or before[post.item].title,
                    parent=post.parent or before[post.item].parent,
                )
                for post in posts
                if post.item in before
            ),
            gone=tuple(post.key for post in given if post.item in gone),
        )

    async def _latest(self, before: str | None) -> list[object]:
        path = "posts.json" if before is None else f"posts.json?before={before}"
        posts = (await self._ask(path)).get("latest_posts")
        if not isinstance(posts, list):
            raise ParseError(f"could not read {shown(self._address(path))}: it holds no posts")
        return posts

    async def _unless_gone(self, path: str) -> Raw | None:
        """Return an answer; None when what is asked for is deleted or no longer public.

        That a page is not found in words of somebody else's, of a forum that moved or is being
        repaired, says nothing of the post.
        """
        try:
            return await self._ask(path)
        except FetchError as exc:
            if exc.status in (404, 410):
                return {} if _said(exc.body) is None else None
            raise
        except AccessDenied as exc:
            if _problem(exc.body)[0] == "invalid_access":
                return None
            raise

    async def _ask(self, path: str) -> Raw:
        url = self._address(path)
        try:
            response = await self._fetcher.get(
                url, headers=self._headers, private=self._options.private, budget=self._budget
            )
        except AccessDenied as exc:
            if (denied := self._denied(url, exc)) is None:
                raise
            raise denied from exc
        if not urlsplit(response.url).path.endswith(".json"):
            raise AccessDenied(f"could not read {shown(url)}: {_LOGIN}")
        answer = await asyncio.to_thread(response.json)
        if not isinstance(answer, Mapping):
            raise ParseError(f"could not read {shown(url)}: it is JSON, but no answer of Discourse")
        return answer

    def _address(self, path: str) -> str:
        return f"{self._url}/{path}"

    def _denied(self, url: str, refused: AccessDenied) -> AccessDenied | None:
        """Return the refusal in the forum's words, or in ours when it wants to know who asks."""
        kind, words = _problem(refused.body)
        why = _LOGIN if kind == "not_logged_in" else words
        if why is None:
            return None
        denied = AccessDenied(f"could not read {shown(url)}: {why}")
        denied.status, denied.body = refused.status, refused.body
        return denied


def _resumed(text: str, now: datetime) -> Descent:
    walk = Descent.read(text, now, DEPTH)
    ids = [id for id in (walk.floor, walk.at, walk.next) if id is not None]
    return walk if all(map(number, ids)) else Descent.anew(now, DEPTH)


def _on(
    walk: Descent, entries: Sequence[Entry], now: datetime, *, windows: bool
) -> tuple[Descent, tuple[Gap, ...]]:
    """Return where a page leads: an old forum's empty window need not be the end."""
    if windows and walk.at is not None and not any(below(one.id, walk.at) for one in entries):
        onward = int(walk.at) - WINDOW + 1
        if onward > 0:
            return walk.past(str(onward), now)
    return walk.after(entries, now)


def _problem(body: bytes) -> tuple[str | None, str | None]:
    """Return the kind of a refusal, and the first of its errors in words."""
    answer = _said(body) or {}
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return name(answer.get("error_type")), plain_line(first)


def _said(body: bytes) -> Raw | None:
    """Return what a refusal by the forum itself says; None for one by somebody else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _budget(options: Discourse.Options) -> Budget:
    """Return the forum's limits, a little less: 200 a minute from one address, 60 with a key.

    Discourse also allows 50 in ten seconds; the fetcher asks a host once a second.
    """
    host = urlsplit(options.url).netloc.rpartition("@")[2].lower()
    if options.api_username is None:
        return Budget(name=f"Discourse {host}", requests=180, per=_MINUTE)
    return Budget(name=f"Discourse {host}, {options.api_username}", requests=55, per=_MINUTE)
