"""Match posts against 10 to 10,000 queries and print what a post costs.

    python -m benchmarks.matching [--posts N] [--runs N] [--feeds DIR]

Posts are made up (words by Zipf's law, French and English accents, now and then a brand), or read
from the feed files in DIR. Queries are of the shapes people write. Beside it, in the same run, a
loop that tries each query's words with `re`: no accents, no operators, so less work than ours; it
is measured on as many posts as fit in about two seconds.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median

import feedparser

from listener.analysis.match import Matcher
from listener.analysis.query import parse
from listener.model import Post

SYLLABLES = re.findall(
    r"\w+", "ka lo mi té von dar ba ri tec no sol ve la mar qui zen fo pla rê çon"
)
AMOUNTS = (10, 100, 1_000, 10_000)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--posts", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--feeds", type=Path, help="folder of feed files")
    asked = options.parse_args()
    chance = Random(1)
    vocabulary = sorted({name(chance, 1, 4) for _ in range(30_000)})
    brands = list(dict.fromkeys(name(chance, 3, 6) for _ in range(3 * max(AMOUNTS))))
    if asked.feeds:
        posts = list(islice(cycle(read(asked.feeds)), asked.posts))
        vocabulary = sorted({word for post in posts for word in re.findall(r"\w+", post.text)})
    else:
        posts = [invent(chance, vocabulary, brands) for _ in range(asked.posts)]
    size = sum(len(post.text) for post in posts) // len(posts)
    print(f"{len(posts):,} posts of {size:,} characters, median of {asked.runs} runs\n")
    print(
        "| queries | compile s | us a post | to 10 queries | matches | re us a post | re / ours |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    first = None
    for amount in AMOUNTS:
        queries = {brand: query(chance, brand, vocabulary) for brand in brands[:amount]}
        ours, line = measure(queries, posts, asked.runs, first)
        first = first or ours
        print(line, flush=True)
    return 0


def measure(
    queries: dict[str, str], posts: Sequence[Post], runs: int, first: float | None
) -> tuple[float, str]:
    start = time.process_time()
    matcher = Matcher({brand: parse(query) for brand, query in queries.items()})
    compiled = time.process_time() - start
    found = 0

    def match() -> None:
        nonlocal found
        found = sum(len(matcher.match(post)) for post in posts)

    ours = cost(match, runs) / len(posts)
    expressions = [naive(query) for query in queries.values()]
    few = posts[: max(10, min(len(posts), 400_000 // len(queries)))]
    loop = cost(lambda: [e.search(post.text) for post in few for e in expressions], 1) / len(few)
    return ours, (
        f"| {len(queries):,} | {compiled:.2f} | {ours * 1e6:.0f} | {ours / (first or ours):.1f} "
        f"| {found:,} | {loop * 1e6:,.0f} | {loop / ours:,.0f} |"
    )


def naive(query: str) -> re.Pattern[str]:
    """Compile a query's words, which are in small letters, as somebody in a hurry would."""
    words = "|".join(re.findall(r"[^\W\dA-Z]{3,}", query))
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def cost(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return median(times)


def name(chance: Random, shortest: int, longest: int) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(shortest, longest)))


def query(chance: Random, brand: str, vocabulary: Sequence[str]) -> str:
    """Make a query for a brand; one in twenty is an ordinary word, as Orange and Carrefour are."""
    if chance.random() < 0.05:
        brand = chance.choice(vocabulary)
    a, b, c = chance.choices(vocabulary, k=3)
    return chance.choice(
        [
            f'"{brand}"',
            f'"{brand} {a}" OR #{brand}{a}',
            f'("{brand}" OR @{brand}_fr OR #{brand}) NOT ("{a}" OR "{b} {c}")',
            f'"{brand}" NEAR/8 ("{a}" OR "{b}")',
            f'"{brand}" "{a}" -site:example.org',
            f"{brand}* -lang:de",
        ]
    )


def invent(chance: Random, vocabulary: Sequence[str], brands: Sequence[str]) -> Post:
    words = [
        vocabulary[min(int(chance.paretovariate(0.8)), len(vocabulary)) - 1]
        for _ in range(min(600, int(chance.lognormvariate(4.3, 0.8)) + 5))
    ]
    if chance.random() < 0.3:
        words[chance.randrange(len(words))] = chance.choice(brands).capitalize()
    key = f"invented:{chance.random()}"
    return Post(key=key, item=key, title=" ".join(words[:8]), text=" ".join(words))


def read(folder: Path) -> list[Post]:
    posts: list[Post] = []
    for path in sorted(folder.iterdir()):
        for entry in feedparser.parse(path.read_bytes()).entries:
            text = re.sub(r"<[^>]*>", " ", str(entry.get("summary", "")))
            key = f"{path.name}:{len(posts)}"
            posts.append(Post(key=key, item=key, title=str(entry.get("title", "")), text=text))
    return posts


if __name__ == "__main__":
    sys.exit(main())
