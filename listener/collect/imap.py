"""Newsletters and alert mails in a folder of a mailbox, over IMAP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Literal, ParamSpec, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from listener.collect.feed_entries import UNEXPECTED
from listener.collect.feed_posts import digest
from listener.collect.imap_cursor import Place
from listener.collect.imap_errors import told
from listener.collect.imap_session import Security, Server, Session
from listener.collect.mail import read_mail
from listener.collect.mail_posts import Reading, joined, posts_of_mail
from listener.collect.tools import Tools
from listener.errors import ParseError, RateLimited
from listener.fetch.answers import translated
from listener.fetch.limits import Limit
from listener.model import Batch, Post, PostKind

LARGEST = 5_000_000  # bytes of a mail; newsletters have a tenth, more is attachments
AT_ONCE = 25  # mails in a batch,
_BATCH = 5_000_000  # with so many bytes together
_ASKED = 200  # mails whose sizes are asked for at once
BACK = timedelta(days=7)
_PORTS: Mapping[Security, int] = {"tls": 993, "starttls": 143, "none": 143}
_STEP = 300  # seconds for one request with its whole answer
_GOODBYE = 5  # seconds for the server to let us go

_LINE = r"^[^\x00-\x1f\x7f]+$"

P = ParamSpec("P")
T = TypeVar("T")


class Imap:
    """One folder of a mailbox, read in the order of arrival; nothing changes unless told to."""

    class Options(BaseModel):
        """What a source of kind `imap` can say."""

        model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

        host: str = Field(
            pattern=r"^[^\s/@]+$", max_length=253, description="Name of the mail server."
        )
        port: int | None = Field(
            None, gt=0, lt=65536, description="993 with tls, 143 with starttls and none."
        )
        security: Security = Field(
            "tls", description="`tls`, `starttls`, or `none`: only with `private`."
        )
        user: str = Field(pattern=_LINE, max_length=300, description="To log in with.", repr=False)
        password: SecretStr = Field(
            description="`env:NAME` or `file:PATH`. For Gmail and its kin an app password."
        )
        folder: str = Field(
            "INBOX", pattern=_LINE, max_length=300, description="The folder that is read."
        )
        since: date | None = Field(
            None,
            description="The first pass reads what arrived on this day or later; the last seven"
            " days, if left out.",
        )
        mark: Literal["nothing", "seen"] = Field(
            "nothing", description="`seen`: mark mails as read once they are stored."
        )
        move_to: str | None = Field(
            None,
            pattern=_LINE,
            max_length=300,
            description="A folder to move mails to once they are stored.",
        )
        publishes: PostKind = Field(
            PostKind.WEB,
            description="What the mails are: news, blog, discussion ... Digests are grouped by it.",
        )
        language: str | None = Field(
            None, pattern="^[a-z]{2}$", description="Language of the mails (ISO 639-1: fr, en)."
        )
        private: bool = Field(
            False, description="Allow an address of this machine or of the local network."
        )

        @model_validator(mode="after")
        def _is_safe(self) -> Self:
            if self.security == "none" and not self.private:
                raise ValueError("security = none would send the password in clear: private only")
            if self.move_to is not None and _same(self.move_to, self.folder):
                raise ValueError("move_to is the folder that is read")
            return self

    def __init__(
        self,
        options: Options,
        tools: Tools,
        *,
        context: ssl.SSLContext | None = None,
        timeout: float = 30,
    ) -> None:
        self._options = options
        self._clock = tools.clock
        self._pacing = tools.fetcher.pacing
        self._server = Server(
            host=options.host,
            port=options.port or _PORTS[options.security],
            security=options.security,
            private=options.private,
            timeout=timeout,
            context=context or ssl.create_default_context(),
        )
        account = "\n".join((options.host, str(self._server.port), options.user))
        self._account = f"{options.host} ({digest(account)[:6]})"  # is told to people
        self._source = digest("\n".join((account, options.folder, str(options.since))))

    async def collect(self, cursor: Mapping[str, str]) -> AsyncIterator[Batch]:
        """Yield what arrived since the last pass, a few mails at a time, oldest first."""
        options, today = self._options, self._clock.now().date()
        async with self._mailbox() as mailbox:
            session = mailbox.session
            place = Place.read(cursor, self._source) or Place.at_first(
                options.since or today - BACK
            )
            place = place.within(session.validity, BACK)
            if place.unmarked:
                await self._mark(mailbox, place.unmarked)
            since = place.since if place.catching_up else None
            uids = await mailbox.run(session.uids, place.uid, since)
            for some in _portions(uids, _ASKED):
                sizes = await mailbox.run(session.sizes, some)
                for group in _groups(some, sizes):
                    batch, place = await self._batch(mailbox, group, place)
                    yield batch
                    await self._mark(mailbox, place.unmarked)
            done = place.caught_up(session.next, today)
            yield Batch(posts=(), cursor=done.cursor(self._source))

    async def _batch(self, mailbox: _Mailbox, group: _Group, place: Place) -> tuple[Batch, Place]:
        mails = await mailbox.run(mailbox.session.mails, group.readable, LARGEST)
        reading = Reading(
            publishes=self._options.publishes,
            language=self._options.language,
            now=self._clock.now(),
        )
        read = await mailbox.run(_read, mails, reading)
        wanted = self._options.mark == "seen" or self._options.move_to is not None
        place = replace(place, uid=group.last, unmarked=tuple(read.uids) if wanted else ())
        return Batch(
            posts=joined(read.posts),
            cursor=place.cursor(self._source),
            skipped=len(mails) - len(read.uids) + group.too_large,
        ), place

    async def _mark(self, mailbox: _Mailbox, uids: Sequence[int]) -> None:
        """Only what is stored is marked; what a crash left unmarked, the next pass marks."""
        if uids:
            seen, to = self._options.mark == "seen", self._options.move_to
            await mailbox.run(mailbox.session.mark, uids, seen=seen, move_to=to)

    @asynccontextmanager
    async def _mailbox(self) -> AsyncIterator[_Mailbox]:
        """Open the folder; all sources of one account take turns."""
        options = self._options
        async with self._pacing.turn(self._account):
            mailbox = _Mailbox(self._server, options.password.get_secret_value())
            try:
                await self._enter(mailbox)
                yield mailbox
            except BaseException as exc:
                mailbox.session.abort()  # else its thread may go on waiting
                if isinstance(exc, RateLimited):
                    limit = Limit(remaining=0, wait=exc.retry_after)
                    self._pacing.heed(self._account, None, limit, refused=True)
                raise
            finally:
                mailbox.leave()

    async def _enter(self, mailbox: _Mailbox) -> None:
        options, session = self._options, mailbox.session
        await mailbox.run(session.open, options.user, options.password.get_secret_value())
        changes = options.mark == "seen" or options.move_to is not None
        await mailbox.run(session.select, options.folder, readonly=not changes)
        if options.move_to is not None:
            await mailbox.run(session.can_move, options.move_to)


class _Mailbox:
    """A session in a thread of its own: a server that stalls holds up nothing else."""

    def __init__(self, server: Server, secret: str) -> None:
        self.session = Session(server)
        self._server = server
        self._secret = secret
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it there; raises SourceError and its kin."""

        def told_of() -> T:
            with told(self._server.shown, self._secret):
                return work(*args, **kwargs)

        loop = asyncio.get_running_loop()
        with translated(self._server.shown, self._server.timeout):
            async with asyncio.timeout(_STEP):
                return await loop.run_in_executor(self._thread, told_of)

    def leave(self) -> None:
        """Say goodbye, without waiting for it."""
        self._thread.submit(self.session.close)
        self._thread.shutdown(wait=False)
        asyncio.get_running_loop().call_later(_GOODBYE, self.session.abort)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    posts: list[Post]
    uids: list[int]  # of mails that could be read


def _read(mails: Mapping[int, bytes | None], reading: Reading) -> _Read:
    read = _Read(posts=[], uids=[])
    for uid, raw in mails.items():
        if raw is None:
            continue
        try:
            read.posts.extend(posts_of_mail(read_mail(raw), reading))
        except (ParseError, *UNEXPECTED):
            continue  # one bad mail does not lose the batch
        read.uids.append(uid)
    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Mails for one batch: `readable` of those up to UID `last`."""

    readable: list[int]
    last: int
    too_large: int


def _groups(uids: Sequence[int], sizes: Mapping[int, int]) -> Iterator[_Group]:
    """Split so that a batch is soon stored, and takes little memory."""
    readable: list[int] = []
    held = too_large = 0
    for uid in uids:
        size = sizes.get(uid)
        if size is not None and size > LARGEST:
            too_large += 1
        elif size is not None:
            if readable and (len(readable) == AT_ONCE or held + size > _BATCH):
                yield _Group(readable=readable, last=uid - 1, too_large=too_large)
                readable, held, too_large = [], 0, 0
            readable.append(uid)
            held += size
    if uids:
        yield _Group(readable=readable, last=uids[-1], too_large=too_large)


def _same(folder: str, other: str) -> bool:
    """Tell whether two names are of one folder: INBOX has no case (RFC 3501, 5.1)."""
    return folder == other or folder.upper() == other.upper() == "INBOX"


def _portions(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    them = iter(uids)
    while some := list(islice(them, size)):
        yield some
