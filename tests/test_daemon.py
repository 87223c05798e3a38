"""The daemon as a process of its own: real feeds, a real SMTP server, real signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from listener.config import load
from listener.daemon import plan
from tests.kill.campaign import Campaign
from tests.kill.world import World

PATIENCE = 90  # seconds, on a machine that has much else to do


class Service:
    """`listener run` in a folder."""

    def __init__(self, folder: Path, world: World, *arguments: str, **more: str) -> None:
        self.folder = folder
        self.log = folder / "log.txt"
        path = folder / "sources.toml"
        if not path.exists():
            path.write_text(world.config(), encoding="utf-8")
        environment = os.environ | {"KILL_TEST_SLACK": f"http://127.0.0.1:{world.port}/hook"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "listener", "run", "--config", str(path), *arguments],
                env=environment | more,
                stderr=log,
            )

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def wait_for(self, text: str, count: int = 1, seconds: float = PATIENCE) -> None:
        self.wait_until(lambda: sum(text in line for line in self.lines()) >= count, seconds)

    def wait_until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, "\n".join(self.lines())
            assert time.monotonic() < end, "\n".join(self.lines())
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.grow()
    yield made
    made.close()


@pytest.fixture
def service(tmp_path: Path, world: World) -> Iterator[Service]:
    started = Service(tmp_path, world)
    yield started
    started.process.kill()
    started.process.wait()


def test_it_listens_tells_and_stops_in_time(service: Service, world: World) -> None:
    service.wait_for("heard Feed", count=4)
    service.wait_for("sent ")
    started = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - started < 10
    assert any("welcome" in line or "mention" in line for line in service.lines())
    assert not any("Traceback" in line for line in service.lines())


def test_a_mail_server_that_never_answers_does_not_hold_it(tmp_path: Path, world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        text = world.config().replace(
            f"port = {world.smtp_port}", f"port = {deaf.getsockname()[1]}"
        )
        (tmp_path / "sources.toml").write_text(text, encoding="utf-8")
        service = Service(tmp_path, world)
        deaf.settimeout(30)
        connection, _ = deaf.accept()
        service.wait_until(lambda: bool(world.slacks))
        assert service.stop() == 0
        connection.close()
    assert any("did not finish in time" in line for line in service.lines())


def test_a_second_one_says_who_holds_the_store(
    service: Service, tmp_path: Path, world: World
) -> None:
    service.wait_for("listening to")
    second = Service(tmp_path, world)
    assert second.process.wait(PATIENCE) == 3
    assert any(f"in use by process {service.process.pid}" in line for line in service.lines())
    assert service.process.poll() is None


def test_hangup_reads_the_configuration_again(
    service: Service, tmp_path: Path, world: World
) -> None:
    service.wait_for("listening to 4 sources for Acme")
    path = tmp_path / "sources.toml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace('every = "30m"', 'evry = "30m"', 1), encoding="utf-8")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("going on with the old one")
    assert any('did you mean "every"?' in line for line in service.lines())
    more = '\n[[brands]]\nname = "Sunny"\nquery = "sunny"\nmatches = ["sunny"]\n'
    path.write_text(good + more, encoding="utf-8")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("listening to 4 sources for Acme, Sunny")
    assert service.stop() == 0


def test_it_tells_systemd(tmp_path: Path, world: World) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        address = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        service = Service(tmp_path, world, "--log-format", "json", **address)
        said = [systemd.recv(100).decode() for _ in range(4)]
        assert service.stop() == 0
        said.append(systemd.recv(100).decode())
    assert "READY=1" in said
    assert said.count("WATCHDOG=1") >= 2
    for line in service.lines():
        assert {"time", "level", "message"} <= json.loads(line).keys()


def test_a_wrong_configuration_stops_it_before_anything_is_opened(
    tmp_path: Path, world: World
) -> None:
    (tmp_path / "sources.toml").write_text("[listner]\n", encoding="utf-8")
    service = Service(tmp_path, world)
    assert service.process.wait(PATIENCE) == 2
    assert 'did you mean "listener"?' in service.lines()[0]
    assert not (tmp_path / "var").exists()


def test_every_channel_has_a_job_of_its_own(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILL_TEST_SLACK", "https://hooks.example/x")
    path = tmp_path / "sources.toml"
    path.write_text(world.config(), encoding="utf-8")
    names = [job.name for job in plan(load(path))]
    assert [name for name in names if name.startswith("deliver ")] == [
        "deliver mail",
        "deliver slack",
    ]
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_killed_at_random_nothing_is_lost_and_nothing_said_twice(tmp_path: Path) -> None:
    kills = int(os.environ.get("LISTENER_KILLS", "8"))
    campaign = Campaign(tmp_path, seed=int(os.environ.get("LISTENER_SEED", "7")))
    assert campaign.run(kills) == []
    assert len(campaign.world.mails) >= 3
    assert len(campaign.world.slacks) >= 1
