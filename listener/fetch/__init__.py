"""The only HTTP reader: identity, conditional requests, size and time caps, pacing per host."""

from __future__ import annotations

from listener.fetch.client import Fetcher, Response
from listener.fetch.limits import Limit
from listener.fetch.names import shown
from listener.fetch.pacing import Budget

__all__ = ["Budget", "Fetcher", "Limit", "Response", "shown"]
