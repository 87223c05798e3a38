"""Kills the daemon again and again, and checks that nothing is lost and nothing said twice.

`python -m tests.kill.campaign --kills 200`
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.kill.world import World

STEP = timedelta(hours=7)  # the clock moves on between two lives
PATIENCE = 12.0  # seconds to wait for the moment to kill at
CALM = 60.0  # seconds that a life may take to finish


@dataclass
class Campaign:
    folder: Path
    seed: int
    world: World = field(default_factory=World)
    moments: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.path = self.folder / "sources.toml"
        self.path.write_text(self.world.config(), encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {"KILL_TEST_SLACK": f"http://127.0.0.1:{self.world.port}/hook"}
        ahead = str(self.world.ahead.total_seconds())
        with (self.folder / "daemon.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.kill.daemon", str(self.path), ahead],
                env=environment,
                stderr=log,
            )

    def life(self) -> None:
        """Start the daemon and kill it at a random moment: of time, or of what it does."""
        self.world.ahead += STEP
        self.world.grow()
        how = self.random.choices(("event", "time", "start"), (5, 4, 1))[0]
        countdown = self.random.randint(1, 12) if how == "event" else 1
        reached = threading.Event()

        def event() -> None:
            nonlocal countdown
            countdown -= 1
            if countdown > 0 or reached.is_set():
                return
            if how == "event":
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGKILL)  # before the answer goes out
            reached.set()

        self.world.on_event = event
        process = self.start()
        if how == "start":
            time.sleep(self.random.uniform(0, 1.5))
        elif reached.wait(PATIENCE) and how == "time":
            time.sleep(self.random.uniform(0, 4))
        process.kill()
        process.wait()
        self.moments[how if reached.is_set() else "start"] += 1
        self.world.on_event = lambda: None

    def calm(self) -> None:
        """Let the daemon finish what it owes: past every retry, every digest, the next report."""
        for days in (1, 2, 8):
            self.world.ahead += timedelta(days=days)
            self._live()

    def _live(self) -> None:
        """Run until nothing is left to do, then stop politely."""
        process = self.start()
        end = time.monotonic() + CALM
        while time.monotonic() < end and not self._quiet():
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(CALM) == 0

    def _quiet(self) -> bool:
        try:
            return self._nothing_left()
        except sqlite3.OperationalError:  # the daemon has not made it yet
            return False

    def _nothing_left(self) -> bool:
        with contextlib.closing(sqlite3.connect(self.folder / "var/listener.db")) as db:
            now = time.time() + self.world.ahead.total_seconds()
            (due,) = db.execute("SELECT count(*) FROM sources WHERE due_at <= ?", (now,)).fetchone()
            (waiting,) = db.execute("SELECT count(*) FROM outbox WHERE sent_at IS NULL").fetchone()
            (ran,) = db.execute("SELECT min(slot) FROM runs").fetchone()
        return bool(due == waiting == 0 and ran is not None and now - ran < 9 * 86_400)

    def verdict(self, kills: int) -> list[str]:
        """Return what went wrong; nothing is best."""
        wrong = []
        with contextlib.closing(sqlite3.connect(self.folder / "var/listener.db")) as db:
            stored = Counter(item for (item,) in db.execute("SELECT item FROM sightings"))
            (posts,) = db.execute("SELECT count(*) FROM posts").fetchone()
        served = {name for items in self.world.items.values() for name, _ in items}
        if set(stored) != served or set(stored.values()) != {1} or posts != len(served):
            wrong.append(f"stored {posts} posts of {len(served)}")
        told = self.world.told()
        for subscription in ("ana@example.org", "bob@example.org", "slack"):
            counts = told[subscription]
            lost = self.world.mentions() - set(counts)
            twice = {name: n for name, n in counts.items() if n != 1}
            if lost or twice:
                some = f"lost {sorted(lost)[:5]}, told twice {sorted(twice)[:5]}"
                wrong.append(f"{subscription}: {len(lost)} lost, {len(twice)} twice: {some}")
        if set(told["reports"].values()) - {1}:
            wrong.append(f"reports: {told['reports']}")
        again = self.repeats()
        if again > 2 * kills:  # one in flight for each of two channels
            wrong.append(f"{again} messages were repeated in {kills} kills")
        ids = {message_id for message_id, _, _ in self.world.mails}
        if len(ids) != len({content for _, _, content in self.world.mails}):
            wrong.append("a repeated mail was not the same to the byte")
        return wrong

    def repeats(self) -> int:
        mails, slacks = self.world.mails, self.world.slacks
        return len(mails) - len(set(mails)) + len(slacks) - len(set(slacks))

    def run(self, kills: int) -> list[str]:
        try:
            self.world.grow()
            self._live()  # the first pass over a source is told in a way of its own
            for n in range(kills):
                self.life()
                if sys.stderr.isatty():
                    print(f"\r{n + 1} of {kills} kills", end="", file=sys.stderr)
            self.calm()
            return self.verdict(kills)
        finally:
            self.world.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(Path(folder), options.seed)
        wrong = campaign.run(options.kills)
        world = campaign.world
        print(f"seed {options.seed}: {options.kills} kills, {dict(campaign.moments)}")
        print(f"{sum(map(len, world.items.values()))} items, {len(world.mentions())} mentions")
        print(f"{len(world.mails)} mails, {len(world.slacks)} Slack messages")
        print(f"{campaign.repeats()} of them repeated, the same to the byte")
        print("\n".join(wrong) or "nothing lost, nothing told twice")
        sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
