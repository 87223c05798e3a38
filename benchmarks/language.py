"""Identify the language of labelled texts, whole and cut short, and print how often that is right.

    python -m benchmarks.language DIR

DIR holds TSV files with the columns text and lang (ISO 639-1).
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.labelled import rows
from listener.analysis.language import identify


def main() -> int:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    identify("The model is loaded before the clock starts.", declared=None)
    print("| file | language | words | texts | answered % | of these right % | texts/s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in sorted(Path(sys.argv[1]).glob("*.tsv")):
        by_language: dict[str, list[str]] = defaultdict(list)
        for row in rows(path):
            by_language[row["lang"]].append(row["text"])
        for language, texts in sorted(by_language.items()):
            for words in (None, 5):
                print(measure(path.stem, language, texts, words))
    return 0


def measure(name: str, language: str, texts: Sequence[str], words: int | None) -> str:
    cut = [" ".join(text.split()[:words]) for text in texts]
    start = time.process_time()
    said = [identify(text, declared=None) for text in cut]
    seconds = time.process_time() - start
    answered = [answer for answer in said if answer]
    right = 100 * answered.count(language) / len(answered) if answered else 0.0
    return (
        f"| {name} | {language} | {words or 'all'} | {len(texts)} "
        f"| {100 * len(answered) / len(texts):.1f} | {right:.1f} | {len(texts) / seconds:,.0f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
