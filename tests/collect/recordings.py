"""Answers that platforms really gave, kept beside the repository because they are others'.

Each kind of source replays those of the endpoints that it calls. `USED` says of every recording of
the platforms that have a kind which test replays it, or why none does; `python -m
tests.collect.recordings` prints it as a table. Where the recordings are absent, tests skip.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local_site import answer

ROOT = Path(__file__).resolve().parents[2] / "../shared/recordings"
_OURS = ("content-length", "content-encoding", "transfer-encoding", "connection", "status")


@dataclass(frozen=True, slots=True)
class Recording:
    url: str
    status: int
    headers: Mapping[str, str]
    body: Any  # a string, or parsed JSON
    note: str

    @property
    def raw(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()

    def answer(self) -> bytes:
        """Return it as an HTTP answer of this machine, as it was sent."""
        kept = {n: str(v) for n, v in self.headers.items() if n.lower() not in _OURS}
        return answer(self.status, self.raw, **{n.replace("-", "_"): v for n, v in kept.items()})


def load(name: str) -> Recording:
    """Return a recording by "platform/file"; skips the test where it is absent."""
    path = ROOT / f"{name}.json"
    if not path.exists():
        pytest.skip(f"recordings absent: {name}")
    kept = json.loads(path.read_text(encoding="utf-8"))
    response = kept["response"]
    return Recording(
        url=kept["request"]["url"],
        status=response["status"],
        headers=response.get("headers") or {},
        body=response["body"],
        note=kept.get("note") or "",
    )


# platform -> recording -> (the test that replays it, or None; what it shows or why it is not used)
USED: dict[str, dict[str, tuple[str | None, str]]] = {
    "bluesky": {
        "atproto_get_follows": (None, "an endpoint that needs an account, or is not called"),
        "atproto_thread_view_post_with_embed_media": (
            None,
            "an endpoint that needs an account, or is not called",
        ),
        "author_feed": (None, "an endpoint that needs an account, or is not called"),
        "error_400_expired_token": (None, "an endpoint that needs an account, or is not called"),
        "error_401_auth_missing": (
            "test_jetstream::test_recorded_refusals",
            "a second look is refused",
        ),
        "error_403_public_appview_html": (
            "test_jetstream::test_recorded_refusals",
            "a second look is refused",
        ),
        "error_429": ("test_jetstream::test_recorded_refusals", "a second look is refused"),
        "get_posts": (
            "test_jetstream::test_recorded_profiles_and_posts",
            "counts of now, a second look",
        ),
        "notifications": (None, "an endpoint that needs an account, or is not called"),
        "profiles": (
            "test_jetstream::test_recorded_profiles_and_posts",
            "handle, name and followers of a DID",
        ),
        "search_posts": (None, "an endpoint that needs an account, or is not called"),
        "session_created": (None, "an endpoint that needs an account, or is not called"),
    },
    "appstore": {
        "no_entries": ("test_appstore_recordings", "nothing, which need not mean no reviews"),
        "reviews": ("test_appstore_recordings", "two reviews"),
        "single_entry_is_object": ("test_appstore_recordings", "one review, which is no list"),
    },
    "mastodon": {
        "error_401": ("test_mastodon_recordings", "a token that is not accepted"),
        "error_422_public_feed_needs_login": ("test_mastodon_recordings", "a closed instance"),
        "error_429": ("test_mastodon_recordings", "throttled until a time written in ISO 8601"),
        "notifications_mentions": ("test_mastodon_recordings", "mentions, their statuses cut out"),
        "public_timeline_anonymous": (None, "everything an instance sees: too much, not asked"),
        "search_v2_no_statuses": ("test_mastodon_recordings", "200 and nothing"),
        "status_context": (None, "a thread costs a request each; parents are asked for together"),
        "status_single": ("test_mastodon_recordings", "looked at again, alone"),
        "tag_timeline_anonymous": ("test_mastodon_recordings", "a hashtag, and where it goes on"),
        "tag_timeline_min_id_empty": ("test_mastodon_recordings", "an empty list has no link"),
        "tag_timeline_page1": ("test_mastodon_recordings", "a hashtag's last page, with answers"),
    },
    "discourse": {
        "error_429": ("test_discourse_recordings", "throttled, with the wait in header and body"),
        "latest_posts_api_gem": ("test_discourse_recordings", "an old forum's newest posts"),
        "latest_topics": (None, "topics without texts; posts.json gives these with less asking"),
        "posts_latest": ("test_discourse_recordings", "the newest posts, with quotes"),
        "posts_rss": (None, "the same posts as a feed, for the kind `feed`: no counts, no answers"),
        "search": (None, "gives beginnings of texts only; all posts are read instead"),
        "topic_posts": ("test_discourse_recordings", "posts of a topic, looked at again"),
        "topic_posts_post_number": ("test_discourse_recordings", "the same, in another place"),
    },
    "google_feeds": {
        "alerts_atom": ("test_google_alerts_recordings", "an alert's feed with its 20 newest"),
        "news_search_rss": ("test_google_alerts_recordings", "Google News, by the kind `feed`"),
    },
    "reddit": {
        **dict.fromkeys(
            (
                "comments_before_cursor",
                "comments_before_empty",
                "comments_newest_page",
                "search_page",
                "search_page_2016",
                "submissions_before_cursor",
            ),
            (None, "JSON for apps with a key; the kind reddit_feed reads the keyless feeds"),
        ),
        "error_401_invalid_token": ("test_reddit_feed_recordings", "refused, as JSON"),
        "error_403_forbidden": ("test_reddit_feed_recordings", "refused, as JSON without a reason"),
        "error_403_quarantined": ("test_reddit_feed_recordings", "a quarantined subreddit"),
        "error_404": ("test_reddit_feed_recordings", "not there"),
        "error_429_retry_after": ("test_reddit_feed_recordings", "throttled, as HTML with a wait"),
        "error_429_token_no_retry_after": (
            "test_reddit_feed_recordings",
            "throttled, unsaid how long",
        ),
        "error_500_json": ("test_reddit_feed_recordings", "broken"),
        "search_rss_atom_2026": ("test_reddit_feed_recordings", "the feed of a search"),
    },
    "telegram": {
        "channel_preview_html": (
            "test_telegram_recordings",
            "two messages of a channel; documented, not captured, and shortened",
        ),
        **dict.fromkeys(
            (
                "error_400_chat_not_found",
                "error_401",
                "error_429",
                "get_me",
                "get_updates",
                "get_updates_empty",
                "send_message_ok",
            ),
            (
                None,
                "the Bot API, which sees only chats that a bot is in; telegram_channel"
                " reads the web preview",
            ),
        ),
    },
    "github": {
        "error_403_rate_limit": (
            "test_github_recordings",
            "nothing left, unsaid until when; of /users, which is not called",
        ),
        "error_403_secondary_limit_retry_after": (
            "test_github_recordings",
            "too much at once; of a search in code, which is not called",
        ),
        "error_422_missing_type": (
            "test_github_recordings",
            "a search for issues and pull requests at once is refused",
        ),
        "error_422_validation": (
            "test_github_recordings",
            "the form of refusals; of labels, which are not called",
        ),
        "octokit_paginate_issues_page5": (
            None,
            "all issues of a repository; they are searched instead",
        ),
        "octokit_search_issues": ("test_github_recordings", "hits with reactions"),
        "search_incomplete_results_2026": (
            "test_github_recordings",
            "GitHub gave up; of a search in code, which is not called",
        ),
        "search_issues_octokit": ("test_github_recordings", "hits of 2014"),
        "search_issues_page1": ("test_github_recordings", "hits of 2014, and a next page"),
    },
    "lemmy": {
        "v3_community_list": (None, "communities are named by the operator, not looked for"),
        "v3_error_not_found": ("test_lemmy_recordings", "what is not there needs a person"),
        "v3_error_rate_limit": ("test_lemmy_recordings", "throttled without a word for how long"),
        "v3_post_list": ("test_lemmy_recordings", "a community's newest post"),
        "v3_site": ("test_lemmy_recordings", "which API it speaks, without its languages"),
        "v4_search_shape": (
            "test_lemmy_recordings",
            "a comment found by 1.0; documented, not captured",
        ),
    },
    "stackexchange": {
        "error_throttle_violation": (
            "test_stackexchange_recordings",
            "throttled for 67,194 s, said in a sentence",
        ),
        "info_no_key": ("test_stackexchange_recordings", "the quota, as every answer tells it"),
        "questions_page": ("test_stackexchange_recordings", "a question, looked at again"),
        "questions_page2": ("test_stackexchange_recordings", "another"),
        "search_advanced_shape": (
            "test_stackexchange_recordings",
            "a question with its body, as documented; the search itself is /search/excerpts, which"
            " finds answers too",
        ),
        "users_associated": (None, "accounts of a person on other sites are nobody's business"),
    },
    "gdelt": {
        "artlist": ("test_gdelt_recordings", "articles, their titles in pieces"),
        "artlist_single": ("test_gdelt_recordings", "one article"),
        "bad_query_200": ("test_gdelt_recordings", "a search it refuses, as text with 200"),
        "empty": ("test_gdelt_recordings", "an empty object: no hits, or a failure"),
        "throttled_200": ("test_gdelt_recordings", "throttled, as text with 200"),
        "throttled_429": ("test_gdelt_recordings", "throttled"),
        "timelinevolraw": (None, "counts by day; articles are what is listened for"),
    },
}


def unsaid() -> Iterator[str]:
    """Yield recordings of platforms with a kind that the table leaves out, and the reverse."""
    for platform, rows in USED.items():
        there = {path.stem for path in (ROOT / platform).glob("*.json")}
        yield from (f"{platform}/{name}" for name in sorted(there ^ rows.keys()))


def main() -> None:
    lines = [
        "| recording | replayed by | what it shows, or why it is not used |",
        "| --- | --- | --- |",
    ]
    for platform, rows in sorted(USED.items()):
        lines += [f"| {platform}/{n} | {test or '-'} | {why} |" for n, (test, why) in rows.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
