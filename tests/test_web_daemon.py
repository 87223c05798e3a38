"""Webhooks into the daemon as a process of its own, sent as docs/collectors/webhook.md says."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from listener.collect.pushed_posts import PushedPost
from listener.store import open_store
from tests.pages import ROOT, blocks

PAGE = ROOT / "docs/collectors/webhook.md"
SECRET = "0123456789abcdef0123456789abcdef"


@dataclass
class Running:
    folder: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def log(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8")

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + 90
        while text not in self.log():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=90, check=False
        )


def start(folder: Path, port: int) -> Running:
    (toml,) = blocks("toml", PAGE)
    brand = '[[brands]]\nname = "Decathlon"\nquery = "decathlon"\nmatches = ["Decathlon"]\n'
    text = brand + toml.text.replace("8787", str(port))
    (folder / "sources.toml").write_text(text, encoding="utf-8")
    environment = os.environ | {"SHOP_SECRET": SECRET, "no_proxy": "*"}
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "listener", "run"], cwd=folder, env=environment, stderr=log
        )
    return Running(folder, port, environment, process)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = start(tmp_path, port)
    yield started
    started.process.kill()
    started.process.wait()


def test_the_examples_of_the_page_work(daemon: Running) -> None:
    daemon.wait_for("webhooks are taken at")
    (shell,), (python,) = blocks("bash", PAGE), blocks("python", PAGE)
    here = f"127.0.0.1:{daemon.port}"
    curl = daemon.run("bash", "-ec", shell.text.replace("127.0.0.1:8787", here))
    assert json.loads(curl.stdout) == {"stored": 1, "mentions": 1}, curl.stderr
    script = daemon.run(sys.executable, "-c", python.text.replace("127.0.0.1:8787", here))
    assert json.loads(script.stdout) == {"stored": 1, "mentions": 1}, script.stderr
    # what was answered is there, however the daemon ends
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait(90)
    store = open_store(daemon.folder / "var/listener.db")
    texts = [row["text"] for row in store.rows("SELECT text FROM posts ORDER BY id")]
    store.close()
    assert texts == ["The Decathlon tent leaks.", "Great Decathlon shoes"]
    assert SECRET not in daemon.log()


def test_it_stops_in_time_and_a_change_of_address_waits(daemon: Running) -> None:
    daemon.wait_for("webhooks are taken at")
    path = daemon.folder / "sources.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(str(daemon.port), "1"), encoding="utf-8")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for("web: restart to listen somewhere else")
    with socket.create_connection(
        ("127.0.0.1", daemon.port)
    ):  # says nothing, and is not waited for
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(90) == 0
    assert "Traceback" not in daemon.log()


def test_a_busy_port_ends_it_with_a_reason(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        daemon = start(tmp_path, busy.getsockname()[1])
        assert daemon.process.wait(90) == 1
    last = daemon.log().splitlines()[-1]
    assert re.match(rf"\[web\] cannot listen on 127\.0\.0\.1:{daemon.port}: .*in use", last)


def test_every_field_is_told_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    part = text.partition("\n## A post\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(PushedPost.model_fields)
