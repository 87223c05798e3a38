"""One connection to a mailbox: opened with care, read without a trace."""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError

from listener.collect.imap_errors import needs_person, refused
from listener.fetch.guard import PrivateAddress, public

_CONNECT = 10.0  # seconds for each address, so that a dead one leaves time for the next
_NAMED = 20  # folders

Security = Literal["tls", "starttls", "none"]

# It logs every line: passwords and mails.
logging.getLogger("imapclient").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a mailbox is, and how it is reached.

    private  its address may be of this machine or of the local network
    timeout  seconds to wait for each answer
    """

    host: str
    port: int
    security: Security
    private: bool
    timeout: float
    context: ssl.SSLContext = field(repr=False)

    @property
    def shown(self) -> str:
        return f"imap{'s' if self.security == 'tls' else ''}://{self.host}:{self.port}"


class Session:
    """Blocks: belongs into a thread. Only `abort` may be called from another one.

    Network trouble is raised as it is, what the server says as the library's IMAPClientError.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: _Client | None = None
        self.validity = 0  # of the UIDs: another one, and they mean other mails
        self.next: int | None = None  # no mail had this UID or a higher one when we came

    def open(self, user: str, password: str) -> None:
        """Connect and log in; the password crosses no network in clear."""
        client = self._client = _Client(self._server)
        if self._server.security == "starttls":
            client.starttls(self._server.context)
        if client.has_capability("AUTH=PLAIN"):  # takes any character
            client.plain_login(user, password)
        else:
            client.login(user, password)

    def select(self, folder: str, *, readonly: bool) -> None:
        """Enter a folder; `readonly` so that nothing at all can change there (EXAMINE)."""
        self._exists(folder)
        answer = self._opened.select_folder(folder, readonly=readonly)
        self.validity = int(answer.get(b"UIDVALIDITY", 0))
        self.next = int(answer[b"UIDNEXT"]) if b"UIDNEXT" in answer else None

    def can_move(self, folder: str) -> None:
        """Raise an error for the operator unless mails can be moved to this folder."""
        if not self._opened.has_capability("MOVE"):
            raise CapabilityError("the server cannot move mails (RFC 6851): leave out move_to")
        self._exists(folder)

    def uids(self, after: int, since: date | None) -> list[int]:
        """Return the UIDs above `after`, of mails that arrived on that day or later, ascending."""
        criteria: list[object] = ["UID", f"{after + 1}:*"]  # `*` is the last one, even if below
        if since is not None:
            criteria += ["SINCE", since]
        return sorted(uid for uid in self._opened.search(criteria) if uid > after)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the sizes in bytes; what was deleted meanwhile is missing."""
        answer = self._opened.fetch(uids, ["RFC822.SIZE"])
        return {uid: _size(answer[uid]) for uid in uids if uid in answer}

    def mails(self, uids: Sequence[int], most: int) -> dict[int, bytes | None]:
        """Return the mails, `most` bytes of each; they stay unread (PEEK).

        None for one that the server cannot give, while it gives others: Exchange says so of mails
        that it cannot convert, and would say so of all that are asked for together, for ever.
        """
        try:
            return self._fetched(uids, most)
        except IMAPClientError as exc:
            found = self._one_by_one(uids, most) if refused(exc) else {}
            if all(raw is None for raw in found.values()):
                raise
            return found

    def _one_by_one(self, uids: Sequence[int], most: int) -> dict[int, bytes | None]:
        found: dict[int, bytes | None] = {}
        for uid in uids:
            try:
                found |= self._fetched([uid], most)
            except IMAPClientError as exc:
                if not refused(exc):
                    raise
                found[uid] = None
        return found

    def _fetched(self, uids: Sequence[int], most: int) -> dict[int, bytes | None]:
        answer = self._opened.fetch(uids, [f"BODY.PEEK[]<0.{most}>"])
        found = {uid: _body(answer[uid]) for uid in uids if uid in answer}
        return {uid: raw for uid, raw in found.items() if raw is not None}

    def mark(self, uids: Sequence[int], *, seen: bool, move_to: str | None) -> None:
        """Do to these mails what the operator asked for; those that are gone do not matter."""
        if seen:
            self._opened.add_flags(uids, [b"\\Seen"], silent=True)
        if move_to is not None:
            self._opened.move(uids, move_to)

    def close(self) -> None:
        """Say goodbye and close the connection; whether that is heard does not matter."""
        if self._client is not None:
            try:
                self._client.logout()
            except (IMAPClientError, OSError, ValueError):
                with suppress(IMAPClientError, OSError, ValueError):
                    self._client.shutdown()

    def abort(self) -> None:
        """Cut the connection: who waits for an answer gets an error. From any thread."""
        if self._client is not None:
            with suppress(OSError):
                self._client.socket().shutdown(socket.SHUT_RDWR)

    @property
    def _opened(self) -> _Client:
        if self._client is None:
            raise IMAPClientAbortError("not connected")
        return self._client

    def _exists(self, folder: str) -> None:
        if folder.upper() == "INBOX" or self._opened.folder_exists(folder):
            return
        names = [name for _, _, name in self._opened.list_folders()]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise needs_person(
            f"could not read {self._server.shown}: there is no folder {folder!r};"
            f" there are {', '.join(map(repr, names[:_NAMED]))}{more}"
        )


def _size(answer: Mapping[bytes, object]) -> int:
    size = answer.get(b"RFC822.SIZE")
    return size if isinstance(size, int) else 0


def _body(answer: Mapping[bytes, object]) -> bytes | None:
    """Return a mail; not all servers repeat where the part that was asked for begins."""
    raw = answer.get(b"BODY[]<0>", answer.get(b"BODY[]"))
    return raw if isinstance(raw, bytes) else None


class _Client(IMAPClient):  # type: ignore[misc]  # it has no types
    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__(
            server.host,
            server.port,
            ssl=server.security == "tls",
            ssl_context=server.context,
            timeout=server.timeout,
        )

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  (its name in the library)
        return _Connection(self._server)


class _Connection(imaplib.IMAP4):
    """Connects to exactly the addresses that were checked; names cannot change in between."""

    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__(server.host, server.port, server.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        server = self._server
        connected = _connected(server)
        connected.settimeout(timeout)
        if server.security != "tls":
            return connected
        try:
            return server.context.wrap_socket(connected, server_hostname=server.host)
        except BaseException:
            connected.close()
            raise


def _connected(server: Server) -> socket.socket:
    found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(info[4][0]) for info in found)
    allowed = [address for address in addresses if server.private or public(address)]
    error: OSError | None = None
    for address in allowed:
        try:
            return socket.create_connection((address, server.port), min(_CONNECT, server.timeout))
        except OSError as exc:
            error = exc
    raise error or PrivateAddress(server.host)
