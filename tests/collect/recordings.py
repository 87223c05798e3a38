"""Answers that platforms really gave, kept beside the repository because they are others'.

Each kind of source replays those of the endpoints that it calls. `USED` says of every recording of
the platforms that have a kind which test replays it, or why none does; `python -m
tests.collect.recordings` prints it as a table. Where the recordings are absent, tests skip.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local_site import answer

ROOT = Path(__file__).resolve().parents[2] / "../shared/recordings"
_OURS = ("content-length", "content-encoding", "transfer-encoding", "connection")


@dataclass(frozen=True, slots=True)
class Recording:
    url: str
    status: int
    headers: Mapping[str, str]
    body: Any  # a string, or parsed JSON
    note: str

    @property
    def raw(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()

    def answer(self) -> bytes:
        """Return it as an HTTP answer of this machine, as it was sent."""
        kept = {n: str(v) for n, v in self.headers.items() if n.lower() not in _OURS}
        return answer(self.status, self.raw, **{n.replace("-", "_"): v for n, v in kept.items()})


def load(name: str) -> Recording:
    """Return a recording by "platform/file"; skips the test where it is absent."""
    path = ROOT / f"{name}.json"
    if not path.exists():
        pytest.skip(f"recordings absent: {name}")
    kept = json.loads(path.read_text(encoding="utf-8"))
    response = kept["response"]
    return Recording(
        url=kept["request"]["url"],
        status=response["status"],
        headers=response.get("headers") or {},
        body=response["body"],
        note=kept.get("note") or "",
    )


# platform -> recording -> (the test that replays it, or None; what it shows or why it is not used)
USED: dict[str, dict[str, tuple[str | None, str]]] = {}


def unsaid() -> Iterator[str]:
    """Yield recordings of platforms with a kind that the table does not mention, and the reverse."""
    for platform, rows in USED.items():
        there = {path.stem for path in (ROOT / platform).glob("*.json")}
        yield from (f"{platform}/{name}" for name in sorted(there ^ rows.keys()))


def main() -> None:
    print("| recording | replayed by | what it shows, or why it is not used |\n| --- | --- | --- |")
    for platform, rows in sorted(USED.items()):
        for name, (test, why) in sorted(rows.items()):
            print(f"| {platform}/{name} | {test or '-'} | {why} |")


if __name__ == "__main__":
    main()
