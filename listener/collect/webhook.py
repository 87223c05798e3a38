"""Sources that push their posts to the daemon's HTTP server, signed with a shared secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from pydantic import Field, SecretStr, field_validator

from listener.collect.pushed import Pushed

HEADER = "X-Listener-Signature"
TOLERANCE = timedelta(minutes=5)  # clocks differ, and requests wait; as Stripe and others have it
SHORTEST_SECRET = 16  # characters
_SIGNATURES = 5  # of one request: while a secret is changed, a sender signs with both


class Webhook(Pushed):
    class Options(Pushed.Options):
        """What a source of kind `webhook` can say."""

        secret: SecretStr = Field(description="What requests are signed with.")

        @field_validator("secret")
        @classmethod
        def _long(cls, secret: SecretStr) -> SecretStr:
            if len(secret.get_secret_value()) < SHORTEST_SECRET:
                raise ValueError(f"must have at least {SHORTEST_SECRET} characters")
            return secret


def sign(secret: str, body: bytes, moment: datetime) -> str:
    """Return the header of a body that is sent at `moment`: `t=<Unix seconds>,v1=<hex>`.

    v1 is the HMAC-SHA256 of "<t>.<body>", so that neither can be changed: Stripe's scheme.
    """
    seconds = int(moment.timestamp())
    return f"t={seconds},v1={_digest(secret, seconds, body)}"


def _digest(secret: str, seconds: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()


def doubt_of(header: str, now: datetime) -> str | None:
    """Return why a header cannot be right whatever the body is, before the body is read."""
    if not header:
        return f"{HEADER} is missing"
    said = _read(header)
    if said is None:
        return f"{HEADER} must be written t=<Unix seconds>,v1=<64 hex digits>"
    if abs(said[0] - now.timestamp()) > TOLERANCE.total_seconds():
        return f"{HEADER} is not of the last five minutes by this machine's clock"
    return None


def is_signed(header: str, secret: str, body: bytes) -> bool:
    """Tell whether one of the header's signatures fits, in a time that tells nothing of it."""
    said = _read(header)
    if said is None:
        return False
    seconds, signatures = said
    expected = _digest(secret, seconds, body)
    return any(hmac.compare_digest(expected, signature) for signature in signatures)


def _read(header: str) -> tuple[int, list[str]] | None:
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    signatures = [value.lower() for name, value in pairs if name == "v1"]
    fine = (
        len(times) == 1
        and re.fullmatch(r"[0-9]{1,12}", times[0])
        and 1 <= len(signatures) <= _SIGNATURES
        and all(re.fullmatch("[0-9a-f]{64}", signature) for signature in signatures)
    )
    return (int(times[0]), signatures) if fine else None
