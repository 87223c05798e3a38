"""The only HTTP reader: identity, conditional requests, size and time caps, pacing per host."""

from __future__ import annotations

from listener.fetch.client import Fetcher, Response
from listener.fetch.names import shown

__all__ = ["Fetcher", "Response", "shown"]
