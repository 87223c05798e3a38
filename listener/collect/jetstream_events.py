"""Events of Jetstream as posts. Of what is not a public post nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from listener.collect.feed_posts import declared_language
from listener.collect.fields import moment, name, plain_line, plain_prose, web
from listener.model import Author, Post, PostKind

COLLECTION = "app.bsky.feed.post"
SITE = "https://bsky.app"
_OPENED = datetime(2022, 11, 1, tzinfo=UTC)
_BACKDATED = timedelta(days=1)  # imported posts say an earlier time: it may well be true


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """time  when Jetstream saw it, in Unix microseconds; did: whose it is; post: None if no post"""

    time: int
    did: str
    post: Post | None = None
    deleted: bool = False


def read_event(text: str) -> Event | None:
    """Read one message; None for one that is not known, which costs nothing."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    time, did = message.get("time_us"), name(message.get("did"))
    if not isinstance(time, int) or isinstance(time, bool) or not did or not 0 < time < 2**53:
        return None
    commit = message.get("commit")
    if not isinstance(commit, dict) or commit.get("collection") != COLLECTION:
        return Event(time=time, did=did)
    if commit.get("operation") == "delete":
        return Event(time=time, did=did, deleted=True)
    return Event(
        time=time, did=did, post=_post(did, commit, datetime.fromtimestamp(time / 1e6, UTC))
    )


def post_of(uri: str, record: object, seen: datetime) -> Post | None:
    """Return a post's record as a post; `seen` is when the network first saw it."""
    parts = uri.removeprefix("at://").split("/")
    if not isinstance(record, dict) or len(parts) != 3 or not all(map(name, parts)):
        return None
    reply = record.get("reply")
    return Post(
        key=uri,
        item=uri,
        kind=PostKind.SOCIAL,
        url=f"{SITE}/profile/{parts[0]}/post/{parts[2]}",
        text=_text(record),
        author=Author(url=f"{SITE}/profile/{parts[0]}"),
        published=_published(record.get("createdAt"), seen),
        language=_language(record.get("langs")),
        parent=_ref(reply, "parent"),
        root=_ref(reply, "root"),
    )


def with_authors(events: Sequence[Event], authors: Mapping[str, Author]) -> Iterator[Post]:
    for event in events:
        if event.post is not None:
            known = authors.get(event.did)
            yield replace(event.post, author=known) if known else event.post


def _post(did: str, commit: Mapping[str, object], seen: datetime) -> Post | None:
    key = name(commit.get("rkey"))
    if key is None or "/" in key:
        return None
    return post_of(f"at://{did}/{COLLECTION}/{key}", commit.get("record"), seen)


def _text(record: Mapping[str, object]) -> str:
    """Return what was written, then the pages it links to: links are shown cut short."""
    written = plain_prose(record.get("text"))
    links = [link for link in dict.fromkeys(_links(record)) if link not in written]
    return "\n".join([written, *links] if written else links)


def _links(record: Mapping[str, object]) -> Iterator[str]:
    facets, embed = record.get("facets"), record.get("embed")
    for facet in facets if isinstance(facets, list) else []:
        features = facet.get("features") if isinstance(facet, dict) else None
        for feature in features if isinstance(features, list) else []:
            if isinstance(feature, dict) and (link := web(feature.get("uri"))):
                yield link
    external = embed.get("external") if isinstance(embed, dict) else None
    if isinstance(external, dict) and (link := web(external.get("uri"))):
        yield link


def _published(created: object, seen: datetime) -> datetime:
    """Return when it was written: the author's clock says so, and may say anything."""
    said = moment(created, seen, opened=_OPENED)
    if said is None or said > seen or seen - said < _BACKDATED:
        return min(said or seen, seen)
    return said


def _language(langs: object) -> str | None:
    """Return the language if one is declared; several say nothing about the words."""
    listed = langs if isinstance(langs, list) else []
    known = {declared_language(plain_line(lang)) for lang in listed}
    return known.pop() if len(known) == 1 else None


def _ref(reply: object, which: str) -> str | None:
    ref = reply.get(which) if isinstance(reply, dict) else None
    uri = name(ref.get("uri")) if isinstance(ref, dict) else None
    return uri if uri and uri.startswith("at://") else None
