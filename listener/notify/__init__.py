"""The seam for messages: what a channel is, and the table of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from listener.messages import Message
from listener.notify.folder import Folder
from listener.notify.slack import Slack
from listener.notify.smtp import Smtp


class Channel(Protocol):
    """Carries a message to one person."""

    def parts(self, message: Message) -> tuple[Message, ...]:
        """Return what is sent, and repeated after a crash, one by one."""
        ...

    async def send(self, message: Message) -> None:
        """Deliver, or raise DeliveryError."""
        ...


CHANNELS: Mapping[str, type[Channel]] = {"smtp": Smtp, "slack": Slack, "folder": Folder}
