"""What sites ask of programs in their robots.txt (RFC 9309)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from listener.clock import Clock
from listener.collect.robots_rules import Rules, read_rules
from listener.errors import AccessDenied, FetchError, Gone, RateLimited
from listener.fetch import Budget, Fetcher, shown

AGENT = "listener"
_FRESH = timedelta(days=1)
_REMEMBERED = 200  # hosts
_READ = 500_000  # bytes: section 2.5
_LONGEST_DELAY = 60  # seconds between two requests


@dataclass(frozen=True, slots=True)
class _Read:
    at: datetime
    rules: Rules


class Robots:
    """Asks each host for its rules at most once a day."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._known: dict[str, _Read] = {}

    async def check(self, url: str, *, private: bool = False) -> Budget | None:
        """Return the pace that a host asks for, if it asks for one.

        Raises AccessDenied for an address that programs are asked to leave alone, and FetchError
        while the rules cannot be had.
        """
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
        origin = f"{parts.scheme}://{host}"
        known = self._known.get(origin)
        if known is None or self._clock.now() - known.at > _FRESH:
            known = _Read(self._clock.now(), await self._read(origin, private=private))
            self._known.pop(origin, None)
            self._known[origin] = known
            while len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
        if not known.rules.allow(url):
            raise AccessDenied(f"could not read {shown(url)}: its robots.txt asks programs not to")
        delay = min(known.rules.delay or 0, _LONGEST_DELAY)
        if delay <= 1:
            return None  # the fetcher asks no host more often
        return Budget(name=f"{host} (robots.txt)", requests=1, per=timedelta(seconds=delay))

    async def _read(self, origin: str, *, private: bool) -> Rules:
        try:
            answer = await self._fetcher.get(f"{origin}/robots.txt", private=private)
        except RateLimited:
            raise
        except (AccessDenied, Gone):
            return Rules()
        except FetchError as exc:
            if exc.status is None or not 400 <= exc.status < 500:
                raise
            return Rules()  # without rules everything is allowed: section 2.3.1.3
        return read_rules(answer.body[:_READ].decode("utf-8", "replace"), AGENT)
