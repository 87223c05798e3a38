"""What the daemon is killed in: feeds that grow, an SMTP server, a Slack receiver; all real."""

from __future__ import annotations

import hashlib
import http.server
import json
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

FEEDS = 4
CONFIG = """
[listener]
language = "en"
timezone = "Europe/Paris"
contact = "ops@example.org"

[[brands]]
name = "Acme"
query = "acme"
matches = ["Acme"]
{sources}
[[people]]
name = "Ana"
email = "ana@example.org"

[[people]]
name = "Bob"
email = "bob@example.org"
language = "fr"

[[channels]]
name = "mail"
kind = "smtp"
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "Listener <listener@example.org>"

[[channels]]
name = "slack"
kind = "slack"
url = "env:KILL_TEST_SLACK"

[[subscriptions]]
person = "Ana"
channel = "mail"
when = "at once"

[[subscriptions]]
person = "Bob"
channel = "mail"
when = "daily 08:00"
alerts = false

[[subscriptions]]
person = "Bob"
channel = "slack"
when = "hourly"
alerts = false

[report]
when = "weekly mon 07:00"
channel = "mail"
people = ["Ana"]

[keep]
unmatched = "400d"
"""
SOURCE = """
[[sources]]
name = "Feed {n}"
kind = "feed"
url = "http://127.0.0.1:{port}/feed/{n}"
private = true
every = "30m"
"""


def free_port() -> int:
    """aiosmtpd connects to the port it was given, so that it cannot be 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class World:
    """Serves, receives, remembers; calls `on_event` at every moment worth dying at."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.on_event: Callable[[], None] = lambda: None
        self.items: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
        self.mails: list[tuple[str, str, bytes]] = []  # Message-ID, recipient, bytes
        self.slacks: list[bytes] = []
        self._lock = threading.Lock()
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self._smtp = Controller(self, hostname="127.0.0.1", port=free_port())
        self._smtp.start()

    def close(self) -> None:
        self._smtp.stop()
        self._http.shutdown()
        self._http.server_close()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def smtp_port(self) -> int:
        return int(self._smtp.port)

    def config(self) -> str:
        sources = "".join(SOURCE.format(n=n, port=self.port) for n in range(FEEDS))
        return CONFIG.format(sources=sources, smtp=self.smtp_port)

    def grow(self) -> None:
        """Publish one item in each feed; every fifth mentions a recall, every third another."""
        now = datetime.now(UTC) + self.ahead
        for n in range(FEEDS):
            self.items[n].append((f"item{n:02}x{len(self.items[n]):04}", now))

    @staticmethod
    def text(name: str) -> tuple[str, str]:
        number = int(name.rpartition("x")[2])
        if number % 3 == 1:
            return f"Weather report {name}", "Sunny with a chance of rain in the afternoon."
        if number % 5 == 0:
            return f"Acme recalls product {name}", (
                f"Acme recalls {name} after two deaths and a fire; a lawsuit for fraud follows."
            )
        return f"Acme opens shop {name}", f"A new shop called {name} opens its doors today."

    def mentions(self) -> set[str]:
        """Return the names of all items that mention the brand."""
        names = {name for items in self.items.values() for name, _ in items}
        return {name for name in names if "Acme" in self.text(name)[0]}

    def _feed(self, n: int) -> bytes:
        entries = []
        for name, published in self.items[n]:
            title, text = self.text(name)
            entries.append(
                f"<item><guid isPermaLink='false'>{name}</guid><title>{title}</title>"
                f"<link>https://shop.example/{name}</link><description>{text}</description>"
                f"<pubDate>{published:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            )
        body = f"<rss version='2.0'><channel><title>F{n}</title>{''.join(entries)}</channel></rss>"
        return body.encode()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                world.on_event()
                body = world._feed(int(self.path.rpartition("/")[2]))
                etag = f'"{hashlib.sha256(body).hexdigest()}"'
                known = self.headers.get("If-None-Match") == etag
                self.send_response(304 if known else 200)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(0 if known else len(body)))
                self.end_headers()
                if not known:
                    self.wfile.write(body)

            def do_POST(self) -> None:
                world.on_event()
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # who was killed half way has sent nothing
                with world._lock:
                    world.slacks.append(body)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
                world.on_event()

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the other side was killed

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        self.on_event()
        content = envelope.content
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=policy.default)
        with self._lock:
            self.mails.append((str(found["Message-ID"]), envelope.rcpt_tos[0], content))
        self.on_event()
        return "250 OK"

    def told(self) -> dict[str, Counter[str]]:
        """Return for each subscription how many different messages told of each item."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for recipient, content in {(to, content) for _, to, content in self.mails}:
            mail = message_from_bytes(content, policy=policy.default)
            if any((part.get_filename() or "").startswith("report") for part in mail.walk()):
                counts["reports"][str(mail["Subject"])] += 1
                continue
            body = mail.get_body(("plain",))
            assert body is not None
            self._count(counts[recipient], body.get_content())
        for content in set(self.slacks):
            self._count(counts["slack"], json.dumps(json.loads(content)["blocks"]))
        return counts

    def _count(self, counter: Counter[str], text: str) -> None:
        counter.update(name for name in self.mentions() if f"product {name}" in text
                       or f"shop {name}" in text)  # fmt: skip
