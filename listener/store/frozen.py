"""Messages as bytes: what is retried is what was written, to the byte."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import asdict, replace
from datetime import datetime

from listener.messages import Attachment, Message, Person


def freeze(message: Message) -> bytes:
    fields = asdict(message) | {
        "created": message.created.isoformat(),
        "attachments": [
            asdict(a) | {"content": base64.b64encode(a.content).decode()}
            for a in message.attachments
        ],
    }
    return zlib.compress(json.dumps(fields, ensure_ascii=False).encode(errors="surrogatepass"))


def thaw(frozen: bytes) -> Message:
    fields = json.loads(zlib.decompress(frozen))
    attachments = tuple(
        Attachment(**(a | {"content": base64.b64decode(a["content"])}))
        for a in fields.pop("attachments")
    )
    return Message(
        **fields
        | {
            "created": datetime.fromisoformat(fields["created"]),
            "person": Person(**fields["person"]),
            "slack": tuple(fields["slack"]),
            "attachments": attachments,
        }
    )


def readdressed(frozen: bytes, email: str | None) -> bytes | None:
    """Return the message for another address of its reader; None when it is the same."""
    message = thaw(frozen)
    if message.person.email == email:
        return None
    return freeze(replace(message, person=replace(message.person, email=email)))
