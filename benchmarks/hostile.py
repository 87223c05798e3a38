"""The whole judgement of a post - match, language, tone, risk, story - on texts made to be slow.

`python -m benchmarks.hostile` prints the median time of each; no text should take over 50 ms.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator

from listener.analysis.query import parse
from listener.app import read_rules
from listener.config.shape import Brand
from listener.content import Content
from listener.judge import Judge
from listener.model import Post, PostKind

BRANDS = (
    Brand(name="Acme", query='acme NOT (roadrunner OR "road runner")'),
    Brand(name="Rival", role="competitor", query="rival"),
)
EMOJI = "😀😡👍🚀🤬😭💥🔥⚠🇫🇷❤️👍🏽👨‍👩‍👧"
PROSE = "this terrible helmet broke and nobody answered our complaint about the safety recall"


def texts() -> Iterator[tuple[str, str]]:
    """Yield names and texts: 100 KB in UTF-8 where nothing else is said."""
    dice = random.Random(2026)
    repeated = {
        "emoji": "😀",
        "flags": "🇫🇷",
        "skin tones": "👍🏽",
        "joined emoji": "👨‍👩‍👧‍👦",
        "right to left": "مرحبا بالعالم ",
        "turned to the left": "\u202eשלום ",
        "nulls": "\0",
        "the brand": "acme! ",
        "letters": "a b ",
        "accents apart": "e\u0301",
        "ligatures": "ﷺ",
        "Chinese": "危険な製品",
        "handles": "@bob ",
        "links": "https://e.org/a ",
        "quotes": '"a" ',
        "negations": "not ",
        "line ends": "\n",
    }
    for name, piece in repeated.items():
        yield name, piece * (100_000 // len(piece.encode()))
    yield "mixed emoji", "".join(dice.choices(EMOJI, k=25_000))
    yield "a million !", "!" * 1_000_000
    yield "sentences", " ".join(_sentence(dice) for _ in range(1_700))


def _sentence(dice: random.Random) -> str:
    return f"Acme {' '.join(dice.choices(PROSE.split(), k=8))}."


def make_judge() -> Judge:
    queries = {brand.name: parse(brand.query) for brand in BRANDS}
    return Judge(BRANDS, queries, read_rules(Content()).risk)


def post(text: str) -> Post:
    return Post(key="1", item="1", kind=PostKind.SOCIAL, title="Acme", text=f"acme {text}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--times", type=int, default=7, help="judge each text so often")
    times = arguments.parse_args().times
    judge = make_judge()
    judge.judge(post("the first one loads vocabularies and models"), "here", "feed", {"Acme"})
    print("| text | characters | ms |")
    print("| --- | --- | --- |")
    for name, text in texts():
        took = []
        for _ in range(times):
            begun = time.process_time()
            judge.judge(post(text), "here", "feed", {"Acme", "Rival"})
            took.append(time.process_time() - begun)
        print(f"| {name} | {len(text):,} | {1000 * statistics.median(took):.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
