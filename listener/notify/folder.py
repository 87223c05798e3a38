"""Files instead of messages: something to open before SMTP and Slack are set up."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from listener.errors import DeliveryError
from listener.messages import Message
from listener.notify.mime import Sender, mail

_NOBODY = "nobody@localhost.invalid"  # RFC 2606: never a mailbox


class Folder:
    """Writes each message as `.eml`, `.html` and, if it has one, `.slack.json`."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)

        path: Path = Field(Path("messages"), description="where to write, under data_dir")
        sender: Sender = Field("Listener <listener@localhost>", description="as in smtp")

    def __init__(self, options: Options) -> None:
        self._options = options

    def parts(self, message: Message) -> tuple[Message, ...]:
        return (message,)

    async def send(self, message: Message) -> None:
        """Write the files; the same message writes the same ones again."""
        await asyncio.to_thread(self._write, message)

    def _write(self, message: Message) -> None:
        name = _name(message)
        try:
            self._options.path.mkdir(parents=True, exist_ok=True)
            for suffix, content in self._files(message).items():
                _replace(self._options.path / (name + suffix), content)
        except OSError as exc:
            raise DeliveryError(f"{self._options.path}: cannot be written: {exc}") from exc

    def _files(self, message: Message) -> Mapping[str, bytes]:
        """The mail goes last: where it lies, the message is whole."""
        files = {".html": message.html.encode()}
        if message.slack:
            files[".slack.json"] = json.dumps(message.slack, ensure_ascii=False, indent=2).encode()
        addressed = replace(message.person, email=message.person.email or _NOBODY)
        files[".eml"] = mail(replace(message, person=addressed), self._options.sender).content
        return files


def _name(message: Message) -> str:
    """Sortable, readable, and one for each key: a retry overwrites its own files."""
    slug = re.sub(r"[^a-z0-9]+", "-", message.key.lower()).strip("-")[:60]
    mark = hashlib.sha256(message.key.encode()).hexdigest()[:8]
    return f"{message.created:%Y-%m-%d-%H%M}-{slug}-{mark}"


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
