"""Learn from labelled posts how much each kind of evidence counts for "tells of the same event".

    python -m benchmarks.stories_weights DIR [--crossed]

DIR holds files as `python -m benchmarks.stories` reads them; independent ones are left out. Each
post is held against the stories that the program would compare it with, which are the labelled
events so far; copies and links, which need no weights, are left out. A logistic regression over
these pairs (evidence scaled to a standard deviation of 1, with a ridge penalty) gives the table
`WEIGHTS` of `listener.analysis.story_likeness`.

With --crossed, each set (the name before the language) is scored with weights that were learned
from the others, and each language with those of the other one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from benchmarks.stories import (
    INDEPENDENT,
    Labelled,
    asked_for,
    b_cubed,
    place,
    put,
    read,
    sign,
)
from listener.analysis import story_likeness
from listener.analysis.story_likeness import WEIGHTS, compare
from listener.analysis.story_match import joins
from listener.store import Store, open_store
from listener.store.story_index import View

RIDGE = 10.0  # penalty on the squared weights; a third or twice as much changes little
STEPS = 25  # of Newton's method: it stands still after ten


class Pair(NamedTuple):
    """A post held against a story: what speaks for and against, and whether it is its event."""

    evidence: Mapping[str, float]
    same: bool


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--crossed", action="store_true", help="score each set by the others")
    asked = options.parse_args()
    files = [p for p in sorted(asked.folder.glob("*.jsonl")) if not p.stem.startswith(INDEPENDENT)]
    if not files:
        print(__doc__, file=sys.stderr)
        return 2
    posts = {path.stem: read(path) for path in files}
    known = {name: list(pairs(some)) for name, some in posts.items()}
    if asked.crossed:
        crossed(posts, known)
        return 0
    every = [pair for some in known.values() for pair in some]
    print(f"# {len(every)} pairs, {sum(pair.same for pair in every)} of them of one event")
    for name, weight in learn(every).items():
        print(f'    "{name}": {weight:.2f},')
    return 0


def pairs(posts: Sequence[Labelled]) -> Iterator[Pair]:
    """Yield each post with each story it may belong to, all before it being where they belong."""
    asked = asked_for(posts)
    stories: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "listener.db")
        with store.transaction():
            for one in posts:
                now, signed = sign(one.post, asked)
                view = store.stories.index.view(signed, now, now)
                if one.event not in stories:
                    stories[one.event] = store.stories.begin(now)
                yield from _held(store, view, stories[one.event])
                store.stories.keep(put(store, one.post), stories[one.event], view, now)
        store.close()


def _held(store: Store, view: View, story: int) -> Iterator[Pair]:
    found = []
    for other in view.likely():
        posts = store.stories.index.posts(other, view.told.signature)
        around = view.around(other)
        joined = joins(view.told, posts, around)
        if joined is None or joined[1].how == "event":
            held = compare(view.told, tuple(posts.values()), around)
            found.append(Pair(held.evidence, other == story))
        elif other == story:
            return
    yield from found


def learn(known: Sequence[Pair]) -> dict[str, float]:
    """Return the weight of each kind of evidence."""
    names = [name for name in WEIGHTS if name != "always"]
    values = np.array([[pair.evidence[name] for name in names] for pair in known])
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = 1.0
    scaled = np.column_stack([np.ones(len(known)), (values - mean) / scale])
    fitted = _regression(scaled, np.array([float(pair.same) for pair in known]))
    weights = fitted[1:] / scale
    return {"always": float(fitted[0] - weights @ mean), **dict(zip(names, weights, strict=True))}


def _regression(
    values: npt.NDArray[np.float64], same: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Fit a logistic regression by Newton's method; the constant, which comes first, is free."""
    penalty = np.full(values.shape[1], RIDGE)
    penalty[0] = 0.0
    weights = np.zeros(values.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-values @ weights))
        slope = values.T @ (likely - same) + penalty * weights
        bend = (values.T * (likely * (1 - likely))) @ values + np.diag(penalty)
        weights -= np.linalg.solve(bend, slope)
    return weights


def crossed(posts: Mapping[str, Sequence[Labelled]], known: Mapping[str, Sequence[Pair]]) -> None:
    print("| learned without | file | precision | recall | B-cubed F1 |")
    print("| --- | --- | --- | --- | --- |")
    for part in (0, 1):
        for left_out in sorted({name.split(".")[part] for name in posts}):
            rest = [n for n in posts if n.split(".")[part] != left_out]
            weights = learn([pair for name in rest for pair in known[name]])
            with patch.object(story_likeness, "WEIGHTS", weights):
                for name in posts:
                    if name not in rest:
                        score = b_cubed(posts[name], place(posts[name])[0])
                        print(
                            f"| {left_out} | {name} | {score.precision:.3f} | {score.recall:.3f} "
                            f"| {score.f1:.3f} |"
                        )


if __name__ == "__main__":
    sys.exit(main())
