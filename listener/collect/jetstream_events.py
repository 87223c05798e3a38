"""Events of Jetstream as posts. Of what is not a public post nothing is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from listener.collect.feed_posts import declared_language
from listener.collect.fields import moment, name, plain_line, plain_prose, web
from listener.model import Author, Post, PostKind

COLLECTION = "app.bsky.feed.post"
SITE = "https://bsky.app"
# https://atproto.com/specs/did and /specs/record-key: nobody can be asked for what is neither.
_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]{0,250}[a-zA-Z0-9._-]")
_KEY = re.compile(r"(?!\.{1,2}\Z)[a-zA-Z0-9._:~-]{1,512}")


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
    key = commit.get("rkey")
    if not isinstance(key, str) or not _KEY.fullmatch(key) or not _DID.fullmatch(did):
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
    media = embed.get("media") if isinstance(embed, dict) else None  # beside a post quoted
    for holder in (embed, media):
        external = holder.get("external") if isinstance(holder, dict) else None
        if isinstance(external, dict) and (link := web(external.get("uri"))):
            yield link


def _published(created: object, seen: datetime) -> datetime:
    """Return when it was written, as its author says, but no later than it was seen.

    Posts that were brought along from elsewhere say an earlier time, and that is true.
    """
    return min(moment(created, seen) or seen, seen)


def _language(langs: object) -> str | None:
    """Return the language if one is declared; several say nothing about the words."""
    listed = langs if isinstance(langs, list) else []
    known = {declared_language(plain_line(lang)) for lang in listed}
    return known.pop() if len(known) == 1 else None


def _ref(reply: object, which: str) -> str | None:
    ref = reply.get(which) if isinstance(reply, dict) else None
    uri = name(ref.get("uri")) if isinstance(ref, dict) else None
    return uri if uri and uri.startswith("at://") else None
