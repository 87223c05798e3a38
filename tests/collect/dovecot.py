"""A real mail server: Dovecot, on a port of this machine, with one mailbox in a folder."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient

from tests.local_site import Watch

USER, PASSWORD = "ana@example.org", "s3cret-geheimé"
PROGRAM = Path("/usr/sbin/dovecot")
_NOBODY = 65534

_CONFIG = """
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal}
default_login_user = {login}
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {uid}
mail_gid = {gid}
mail_location = maildir:{base}/mail
mail_max_userip_connections = {connections}
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = {ssl}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail
}}
service anvil {{
  chroot = {empty}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot = {login_root}
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    base: Path
    port: int
    tls_port: int
    clients: list[IMAPClient] = field(default_factory=list)

    @contextmanager
    def entered(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """Another program of the mailbox's owner."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10) as client:
            client.plain_login(USER, PASSWORD)
            client.select_folder(folder)
            yield client

    def deliver(
        self, *mails: bytes, folder: str = "INBOX", arrived: datetime | None = None
    ) -> list[int]:
        with self.entered(folder) as client:
            for mail in mails:
                client.append(folder, mail, msg_time=arrived or Watch().now())
            client.noop()
            uids: list[int] = client.search("ALL")
        return uids[-len(mails) :]

    def flags(self, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        with self.entered(folder) as client:
            answer = client.fetch("1:*", ["FLAGS"]) if client.search("ALL") else {}
        return {
            uid: tuple(flag for flag in got[b"FLAGS"] if flag != b"\\Recent")
            for uid, got in answer.items()
        }


@contextmanager
def dovecot(certificate: Sequence[Path] = (), connections: int = 20) -> Iterator[Dovecot]:
    """Run it for a test; skips the test where it is missing."""
    if not PROGRAM.exists():
        pytest.skip("dovecot absent")
    # pytest's own folders are closed to other users, and Dovecot serves nobody's mail as root
    with (
        tempfile.TemporaryDirectory(prefix="dovecot-") as folder,
        _running(Path(folder), certificate, connections) as running,
    ):
        yield running


@contextmanager
def _running(base: Path, certificate: Sequence[Path], connections: int) -> Iterator[Dovecot]:
    (base / "mail").mkdir()
    (base / "run").mkdir()
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        uid = gid = _NOBODY
        base.chmod(0o711)
        os.chown(base / "mail", uid, gid)
    port, tls_port = _free(2)
    tls = "yes\nssl_cert = <{}\nssl_key = <{}".format(*certificate) if certificate else "no"
    config, root = base / "dovecot.conf", os.getuid() == 0
    config.write_text(
        _CONFIG.format(
            base=base,
            internal="dovecot" if root else getpass.getuser(),
            login="dovenull" if root else getpass.getuser(),  # it refuses to log in as root
            login_root="login" if root else "",
            empty="empty" if root else "",
            uid=uid,
            gid=gid,
            password=PASSWORD,
            port=port,
            tls_port=tls_port,
            ssl=tls,
            connections=connections,
        ),
        encoding="utf-8",
    )
    process = subprocess.Popen([PROGRAM, "-F", "-c", config], start_new_session=True)
    try:
        _answers(port, process, base / "dovecot.log")
        yield Dovecot(base, port, tls_port)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # of its own; asked politely it takes seconds
        process.wait(timeout=10)


def newsletter(number: int = 1, **headers: str) -> bytes:
    """Write a mail with a text of its own."""
    mail = EmailMessage()
    mail["From"] = "Le Courrier <lettre@courrier.example>"
    mail["To"] = f"Ana <{USER}>"
    mail["Subject"] = f"Lettre {number}"
    mail["Date"] = format_datetime(
        datetime(2026, 11, 19, 8, tzinfo=UTC) + timedelta(minutes=number)
    )
    mail["Message-ID"] = f"<{number}@courrier.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(f"La tente {number} fuit.")
    return mail.as_bytes()


def _free(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def _answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 2) as there:
                if there.recv(100).startswith(b"* OK"):
                    return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8") if log.exists() else "it does not start")
