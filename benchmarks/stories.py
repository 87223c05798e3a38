"""Place labelled posts into stories, as the program does, and print how well events are found.

    python -m benchmarks.stories DIR [--confusions 5] [--texts]

DIR holds JSON lines: {"id", "event", "published", "outlet", "url", "title", "text", "links"}, one
file for each language or set. Posts are stored one after the other, by the time of publication.
B-cubed (Bagga and Baldwin, 1998): of each post, which share of its story tells of its event
(precision), and which share of its event is in its story (recall); F1 of the two means.

A file names no brands. Capital words that one post in eight says, and on half of the days, are
taken for what was asked for. Confusions of independent files are told only with --texts: who writes
the rules must not learn from them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from listener.analysis.story_signature import Signature, signature
from listener.model import Post
from listener.store import Store, open_store

INDEPENDENT = "independent."
ASKED = 0.125  # of the posts name what was asked for
OFTEN = 0.5  # of the days: a single large event does not


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A post, and the event it tells of."""

    id: str
    event: str
    post: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--confusions", type=int, default=5)
    options.add_argument("--texts", action="store_true", help="confusions of independent files too")
    asked = options.parse_args()
    paths = sorted(asked.folder.glob("*.jsonl"))
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    print("| file | posts | events | stories | precision | recall | B-cubed F1 | ms/post |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    notes: list[str] = []
    for path in paths:
        posts = read(path)
        start = time.process_time()
        placed, why = place(posts)
        spent = 1000 * (time.process_time() - start) / len(posts)
        score = b_cubed(posts, placed)
        print(
            f"| {path.stem} | {len(posts)} | {len({p.event for p in posts})} "
            f"| {len(set(placed.values()))} | {score.precision:.3f} | {score.recall:.3f} "
            f"| {score.f1:.3f} | {spent:.2f} |"
        )
        if asked.texts or not path.stem.startswith(INDEPENDENT):
            notes += [f"\n{path.stem}", *confusions(posts, placed, why)[: asked.confusions]]
    print("\n".join(notes))
    return 0


def read(path: Path) -> list[Labelled]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [labelled(row) for row in sorted(rows, key=lambda row: (row["published"], row["id"]))]


def labelled(row: Mapping[str, object]) -> Labelled:
    links = row.get("links") or []
    assert isinstance(links, list)
    return Labelled(
        id=str(row["id"]),
        event=str(row["event"]),
        post=Post(
            key=str(row["id"]),
            item=str(row["id"]),
            url=str(row["url"]) if row.get("url") else None,
            title=str(row["title"]) if row.get("title") else None,
            text="\n".join([str(row["text"]), *map(str, links)]),
            published=datetime.fromisoformat(str(row["published"])),
        ),
    )


def place(posts: Sequence[Labelled]) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
    """Return each post's story, and the post that it joined with the reason."""
    asked = asked_for(posts)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "listener.db")
        ids = {}
        with store.transaction():
            for one in posts:
                ids[add(store, one.post, asked)] = one.id
        rows = store.rows("SELECT id, story FROM posts")
        joins = store.rows("SELECT post, other, why FROM story_joins")
        store.close()
    placed = {ids[row["id"]]: int(row["story"]) for row in rows}
    return placed, {ids[row["post"]]: (ids[row["other"]], row["why"]) for row in joins}


def add(store: Store, post: Post, asked: Sequence[str]) -> int:
    stored = put(store, post)
    now, signed = sign(post, asked)
    store.stories.place(stored, signed, post.published, now)
    return stored


def put(store: Store, post: Post) -> int:
    """Store a post, and return its id."""
    assert post.published is not None
    stored = store.posts.add("labelled", post, int(post.published.timestamp()))
    assert stored is not None
    return stored.id


def sign(post: Post, asked: Sequence[str]) -> tuple[int, Signature]:
    """Return when a post was published, and its signature."""
    assert post.published is not None
    said = f"{post.title or ''} {post.text}".casefold()
    about = [word for word in asked if word.casefold() in said]
    return int(post.published.timestamp()), signature(post.title, post.text, post.url, about)


def asked_for(posts: Sequence[Labelled]) -> list[str]:
    """Return the names that posts are about: said by many of them, and on most days."""
    said: dict[str, list[datetime]] = defaultdict(list)
    for one in posts:
        assert one.post.published is not None
        found = re.findall(r"[^\W\d_]{3,}", f"{one.post.title or ''} {one.post.text}")
        for word in {word for word in found if word[0].isupper()}:
            said[word].append(one.post.published)
    days = len({one.post.published.date() for one in posts if one.post.published})
    return [
        word
        for word, times in said.items()
        if len(times) >= ASKED * len(posts) and len({at.date() for at in times}) >= OFTEN * days
    ]


def b_cubed(posts: Sequence[Labelled], placed: Mapping[str, int]) -> Score:
    stories: dict[int, Counter[str]] = defaultdict(Counter)
    events = Counter(one.event for one in posts)
    for one in posts:
        stories[placed[one.id]][one.event] += 1
    precision = recall = 0.0
    for one in posts:
        story = stories[placed[one.id]]
        precision += story[one.event] / story.total()
        recall += story[one.event] / events[one.event]
    return Score(precision=precision / len(posts), recall=recall / len(posts))


def confusions(
    posts: Sequence[Labelled], placed: Mapping[str, int], why: Mapping[str, tuple[str, str]]
) -> list[str]:
    """Tell of wrong joins first, then of posts that opened a story of an event we had one of."""
    known = {one.id: one for one in posts}
    told: dict[str, int] = {}
    wrong, missed = [], []
    for one in posts:
        other, reason = why.get(one.id, (None, ""))
        if other and known[other].event != one.event:
            wrong.append(f"  {one.id} ({one.event}) joined {known[other].event}: {reason}")
        elif other is None and one.event in told:
            missed.append(f"  {one.id} ({one.event}) joined nothing: {one.post.title or '-'}")
        told.setdefault(one.event, placed[one.id])
    return wrong + missed


if __name__ == "__main__":
    sys.exit(main())
