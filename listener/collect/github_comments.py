"""Comments below issues, pull requests and discussions, a request for each that has news."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from listener.collect.github_api import Api
from listener.collect.github_graphql import Discussions
from listener.collect.github_posts import Issue, Reader
from listener.collect.ledger import Ledger
from listener.collect.tools import Tools
from listener.collect.walk import Page
from listener.errors import FetchError

_AT_ONCE = 100
_REMEMBERED = 1_100  # characters of the ledger: a hundred issues
_PAGES = 100  # of one issue in one pass
_READ = "r"


class Comments:
    """Reads comments, and remembers below which issues, as they were then, it did."""

    def __init__(
        self, api: Api, discussions: Discussions, reader: Reader, tools: Tools, kept: str
    ) -> None:
        self._api, self._reader, self._tools = api, reader, tools
        self._discussions = discussions
        self._ledger = Ledger.read(kept)

    async def read(
        self, issues: Sequence[Issue | None], since: int, kept: dict[str, str]
    ) -> AsyncIterator[Page]:
        """Yield comments written or changed since, issue by issue; what was read goes in `kept`."""
        for issue in issues:
            if issue is None or not self._has_news(issue, since):
                continue
            below = self._discussions.below if issue.discussion else self._below
            async for page in below(issue, since):
                yield page
            self._ledger.note(issue.post.item, _READ, str(issue.updated))
            kept["comments"] = self._ledger.kept()[-_REMEMBERED:]
            yield Page()

    def _has_news(self, issue: Issue, since: int) -> bool:
        if issue.repo is None or issue.number is None or issue.comments == 0 or not issue.public:
            return False
        changed = issue.updated is None or issue.updated >= since
        return changed and not self._ledger.of(issue.post.item, str(issue.updated))

    async def _below(self, issue: Issue, since: int) -> AsyncIterator[Page]:
        path = f"repos/{issue.repo}/issues/{issue.number}/comments"
        start = f"{datetime.fromtimestamp(since, UTC):%Y-%m-%dT%H:%M:%SZ}"
        for number in range(1, _PAGES + 1):
            try:
                answer = await self._api.list(
                    path, {"since": start, "per_page": _AT_ONCE, "page": number}
                )
            except FetchError as exc:
                if exc.status in (404, 410):
                    return  # deleted, or moved to where nobody may look, since it was found
                raise
            now = self._tools.clock.now()
            posts, skipped = self._reader.comments(answer.items, issue.post, now)
            yield Page(posts=posts, size=len(answer.items), skipped=skipped)
            if not answer.more:
                return
