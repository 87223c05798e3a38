"""What a collector works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from listener.analysis.query import Node
from listener.clock import Clock
from listener.fetch import Fetcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The network, the time, and what is listened for at this source.

    queries  of the brands that are listened for here, by name: what to ask a search for
    """

    fetcher: Fetcher
    clock: Clock
    queries: Mapping[str, Node] = field(default_factory=dict)
