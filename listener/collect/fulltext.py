"""The articles behind a feed's teasers, each given once: what is told twice reads like an edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from listener.analysis.urls import is_identity, site
from listener.collect.articles import Articles
from listener.collect.conditional import unconditional
from listener.collect.ledger import MOST, Ledger
from listener.collect.tools import Tools
from listener.errors import ParseError, RateLimited, SourceError
from listener.fetch import shown
from listener.model import Author, Batch, Post

AT_ONCE = 20  # articles of one pass
FULL, TEASER = "f", "t"  # what was given, for good
ONCE = {FULL: "F", TEASER: "T"}  # the same, and the article could not be read once since
_UNDATED = datetime.max.replace(tzinfo=UTC)
_CLOSED = ("news.google.com",)  # its addresses lead to a page for browsers


class FullText:
    """Completes what a feed gave. The cursor holds a `Ledger` of its entries as `full`.

    An entry whose article was given is left out while the feed says the same of it. Entries past
    the newest `MOST` are given by the first pass only: nothing is remembered of them.
    """

    def __init__(self, tools: Tools, feed: str, *, private: bool) -> None:
        self._articles = Articles(tools, feed, private=private)

    def asked(self, cursor: Mapping[str, str]) -> Mapping[str, str]:
        """Return the cursor to ask the feed with: what knows of no articles yet knows nothing."""
        return cursor if "full" in cursor else unconditional(cursor)

    async def complete(self, batch: Batch, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield the entries that stay as the feed has them, then each other with its article."""
        if "full" in batch.cursor:
            yield batch  # nothing has changed
            return
        first, ledger = "full" not in cursor, Ledger.read(cursor.get("full", ""))
        listed, rest = _newest(batch.posts)
        ledger.listed(post.item for post in listed)
        asked, later, plain = _sorted(listed, ledger, first=first)
        given = [*plain, *later, *(rest if first else ())]
        given = [post for post in given if _given(post, ledger) != FULL]
        yield replace(batch, posts=tuple(given), cursor=_cursor(batch, ledger, settled=False))
        for post in asked:
            try:
                found = await self._found(post, ledger)
            except RateLimited:  # its host wants to be left alone: it comes with a later pass
                later.append(post)
                found = None if _given(post, ledger) == FULL else post
            posts = (found,) if found else ()
            yield Batch(posts=posts, cursor=_cursor(batch, ledger, settled=False))
        settled = not later and not any(_letter(p, ledger) in ONCE.values() for p in listed)
        yield replace(batch, posts=(), skipped=0, cursor=_cursor(batch, ledger, settled=settled))

    async def _found(self, post: Post, ledger: Ledger) -> Post | None:
        """Return the post with its article, else as the feed has it; None when told before.

        An article shorter than its teaser is a paywall, or a question for consent.
        """
        before, failed = _given(post, ledger), _letter(post, ledger) in ONCE.values()
        try:
            full = await self._read(post)
        except RateLimited:
            raise
        except SourceError:
            _note(post, before if failed else ONCE[before], ledger)
        else:
            if full is not None:
                _note(post, FULL, ledger)
                return full
            _note(post, before, ledger)
        return None if before == FULL else post

    async def _read(self, post: Post) -> Post | None:
        assert post.url is not None
        article, _ = await self._articles.read(post.url)
        if not article.text:
            raise ParseError(f"could not read {shown(post.url)}: it has no text")
        if len(article.text) <= len(post.text):
            return None
        author = Author(name=article.author) if article.author else None
        return replace(
            post,
            text=article.text,
            author=post.author or author,
            published=post.published or article.published,
            language=post.language or article.language,
        )


def _newest(posts: Sequence[Post]) -> tuple[list[Post], list[Post]]:
    ordered = sorted(posts, key=lambda post: post.published or _UNDATED, reverse=True)
    return ordered[:MOST], ordered[MOST:]


def _sorted(
    posts: Sequence[Post], ledger: Ledger, *, first: bool
) -> tuple[list[Post], list[Post], list[Post]]:
    """Return whose articles are fetched now, whose later, and who stays as the feed has it."""
    wanted: list[Post] = []
    plain: list[Post] = []
    pages = Counter(_page(post) for post in posts)
    for post in posts:
        letter = _letter(post, ledger)
        if letter == TEASER or not _has_article(post) or pages[_page(post)] > 1:
            _note(post, TEASER, ledger)
            plain.append(post)
        elif letter != FULL:
            wanted.append(post)
    now, later = wanted[:AT_ONCE], wanted[AT_ONCE:]
    if first:  # they are old already, and would come as news
        for post in later:
            _note(post, TEASER, ledger)
        return now, [], plain + later
    return now, later, plain


def _has_article(post: Post) -> bool:
    return post.url is not None and is_identity(post.url) and site(post.url) not in _CLOSED


def _page(post: Post) -> str:
    """Return the page that holds a post; one that entries share (a change log) is no article."""
    return (post.url or "").partition("#")[0]


def _letter(post: Post, ledger: Ledger) -> str:
    return ledger.of(post.item, _content(post))


def _note(post: Post, letter: str, ledger: Ledger) -> None:
    ledger.note(post.item, letter, _content(post))


def _given(post: Post, ledger: Ledger) -> str:
    """Return what was given of an entry before, whatever the feed said of it then."""
    return FULL if ledger.before(post.item) in (FULL, ONCE[FULL]) else TEASER


def _content(post: Post) -> str:
    return repr((post.title, post.text, post.url))


def _cursor(batch: Batch, ledger: Ledger, *, settled: bool) -> dict[str, str]:
    """Return the batch's cursor; while articles are missing, the feed is asked in full again."""
    kept = batch.cursor if settled else unconditional(batch.cursor)
    return {**kept, "full": ledger.kept()}
