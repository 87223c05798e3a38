from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from listener.errors import DeliveryError
from listener.notify.folder import Folder
from listener.notify.mime import mail
from tests.notify.samples import ANA, message

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(Folder.Options(path=tmp_path / "out"))


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out").iterdir())


async def test_a_message_is_something_to_open(folder: Folder, tmp_path: Path) -> None:
    sent = message(slack=({"text": "é"},))

    await folder.send(sent)

    eml, html, slack = names(tmp_path)
    assert eml.startswith("2025-11-21-0700-digest-ana-by-mail-2025-11-21-")
    assert (tmp_path / "out" / eml).read_bytes() == mail(
        sent, "Listener <listener@localhost>"
    ).content
    assert (tmp_path / "out" / html).read_text(encoding="utf-8") == sent.html
    assert json.loads((tmp_path / "out" / slack).read_text(encoding="utf-8")) == [{"text": "é"}]


async def test_a_retry_overwrites_and_another_message_does_not(
    folder: Folder, tmp_path: Path
) -> None:
    await folder.send(message())
    await folder.send(message())
    assert len(names(tmp_path)) == 2

    await folder.send(message(key="digest: Ana by mail/2025-11-21"))  # the same words, another key
    assert len(names(tmp_path)) == 4


async def test_a_person_without_an_address_gets_files_too(folder: Folder, tmp_path: Path) -> None:
    await folder.send(message(person=replace(ANA, email=None)))

    assert len(names(tmp_path)) == 2


async def test_a_folder_that_cannot_be_written_is_said_and_passes(
    folder: Folder, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("in the way")

    with pytest.raises(DeliveryError, match="cannot be written") as caught:
        await folder.send(message())
    assert not caught.value.permanent


async def test_a_write_that_fails_leaves_nothing_half_done(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await folder.send(message())
    before = {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path)}

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DeliveryError, match="no space left"):
        await folder.send(message(html="<p>changed</p>"))

    assert {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path)} == before


async def test_one_message_is_one_part(folder: Folder) -> None:
    assert folder.parts(message()) == (message(),)
