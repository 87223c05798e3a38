"""Pages and sitemaps of sites that have no feed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from listener.analysis.urls import canonical, site
from listener.collect.article import Article
from listener.collect.articles import ACCEPT, Articles
from listener.collect.conditional import conditions, validators
from listener.collect.feed_posts import digest
from listener.collect.fields import without_user
from listener.collect.ledger import MOST, Ledger
from listener.collect.page_listing import Listing, Listings
from listener.collect.sitemap import Link
from listener.collect.tools import Tools
from listener.errors import ParseError, RateLimited, SourceError
from listener.fetch import Response, shown
from listener.model import Author, Batch, Post, PostKind

FIRST = timedelta(days=7)  # how far the first pass looks back, where it is said what is how old
SEEN, ONCE = "s", "o"  # read, or given up; it could not be read once
_LONGEST_ITEM = 500  # characters


class Page:
    """What is new on a page or in a sitemap, or what changes on one page.

    The cursor holds `source` (of what question it is), `etag`, `modified`, `body` (a fingerprint),
    `since` (Unix seconds: nothing older is read) and `seen` (a `Ledger` of the links).
    """

    class Options(BaseModel):
        """What a source of kind `page` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        url: str = Field(
            repr=False,
            pattern=r"^https?://[^\s]+$",
            description="Address of a page that lists articles, of a sitemap (also an index, also"
            " packed), or of the page to watch.",
        )
        watch: Literal["articles", "changes"] = Field(
            "articles",
            description="What is listened for: new articles that the page links to, or changes of"
            " the page's own text.",
        )
        links: tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] = Field(
            (),
            description="Which links are articles: paths on the same site, or whole addresses;"
            " * stands for anything. Left out, what looks like an article.",
        )
        most: int = Field(20, ge=1, le=100, description="Articles that are read in one pass.")
        publishes: PostKind = Field(
            PostKind.WEB,
            description="What its posts are: news, blog, discussion, social, video, review or web.",
        )
        language: str | None = Field(
            None,
            pattern="^[a-z]{2}$",
            description="Language of the site (ISO 639-1), when its pages declare none or a wrong"
            " one.",
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

    def __init__(self, options: Options, tools: Tools) -> None:
        self._options = options
        self._clock = tools.clock
        self._articles = Articles(tools, options.url, private=options.private)
        self._listings = Listings(self._articles, tools.clock, options.links)
        self._source = digest("\n".join((options.watch, options.url, *options.links)))

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield a batch for each article, newest first; an empty one when nothing changed."""
        if cursor.get("source") != self._source:
            cursor = {}
        asked = {"Accept": ACCEPT} | conditions(cursor)
        response = await self._articles.get(self._options.url, asked)
        body = digest(response.body)
        if response.status == 304 or body == cursor.get("body"):
            yield Batch(posts=(), cursor=cursor)
            return
        answered = {"source": self._source, "body": body} | validators(response)
        if self._options.watch == "changes":
            yield Batch(posts=(await self._watched(response),), cursor=answered)
            return
        listing = await self._listings.read(response)
        async for batch in self._new(listing, cursor, answered):
            yield batch

    async def _watched(self, response: Response) -> Post:
        article = await self._articles.article(response, whole=True)
        if not article.text:
            raise ParseError(f"could not read {shown(response.url)}: it has no text")
        url = without_user(self._options.url)
        return self._post(Link(url=url), replace(article, url=url), url)

    async def _new(
        self, listing: Listing, cursor: Mapping[str, str], answered: Mapping[str, str]
    ) -> AsyncIterator[Batch]:
        """Read what is new of a listing; what fails is tried once more by the next pass."""
        since = _since(cursor, self._clock.now())
        ledger = Ledger.read(cursor.get("seen", ""))
        recent = (link for link in listing.links if link.when is None or link.when >= since)
        links = list(recent)[:MOST]
        ledger.listed(_item(link) for link in links)
        new = [link for link in links if ledger.of(_item(link)) != SEEN]
        if "seen" not in cursor:
            _pass_over(new[self._options.most :], ledger)
        source = {"source": self._source, "since": str(int(since.timestamp()))}
        failures: list[SourceError] = []
        for link in new[: self._options.most]:
            post, failure = await self._try(link, ledger)
            failures += [failure] if failure else []
            lost = failure is not None and post is None and ledger.of(_item(link)) == SEEN
            kept = source | {"seen": ledger.kept()}
            yield Batch(posts=(post,) if post else (), cursor=kept, skipped=int(lost))
        # Else it is asked for again, in full.
        whole = listing.links and listing.whole
        settled = whole and all(ledger.of(_item(link)) == SEEN for link in links)
        yield Batch(
            posts=(),
            cursor={**(answered if settled else {}), **source, "seen": ledger.kept()},
            skipped=listing.skipped,
            doubt=listing.doubt or _unread(failures, len(new[: self._options.most])),
        )

    async def _try(self, link: Link, ledger: Ledger) -> tuple[Post | None, SourceError | None]:
        """Return a link as a post; and what went wrong, if it could not be read."""
        item = _item(link)
        try:
            article, url = await self._articles.read(link.url)
            if not (article.title or article.text):
                raise ParseError(f"could not read {shown(link.url)}: it has no text")
        except SourceError as exc:
            if isinstance(exc, RateLimited) and site(link.url) == site(self._options.url):
                raise  # another site's wish to be left alone keeps nothing else back
            failed = ledger.of(item) == ONCE
            ledger.note(item, SEEN if failed else ONCE)
            told = self._post(link, Article(), link.url) if failed and link.title else None
            return told, exc
        ledger.note(item, SEEN)
        return self._post(link, article, url), None

    def _post(self, link: Link, article: Article, url: str) -> Post:
        address = article.url or url
        return Post(
            key=f"url:{canonical(address)}",
            item=_item(link),
            kind=self._options.publishes,
            url=address,
            title=link.title or article.title,
            text=article.text,
            author=Author(name=article.author) if article.author else None,
            published=link.published or article.published,
            language=self._options.language or article.language,
        )


def _unread(failures: Sequence[SourceError], tried: int) -> str | None:
    """Say so when the list can be read, and nothing on it."""
    if not failures or len(failures) < tried:
        return None
    return f"nothing that is new on it could be read: {failures[-1]}"


def _item(link: Link) -> str:
    form = canonical(link.url) or link.url
    return form if len(form) <= _LONGEST_ITEM else digest(form)


def _since(cursor: Mapping[str, str], now: datetime) -> datetime:
    try:
        since = datetime.fromtimestamp(int(cursor["since"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return now - FIRST
    return min(since, now)


def _pass_over(links: Sequence[Link], ledger: Ledger) -> None:
    """Leave alone what the first pass found beyond its most, and may be of any age."""
    for link in links:
        if link.when is None:
            ledger.note(_item(link), SEEN)
