"""A small program built for tests: real parts, scripted sources, a mailbox, a clock that is set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from listener import app as parts
from listener.app import App
from listener.config import load
from listener.delivery import Courier
from listener.digest.compose import Composer
from listener.errors import SourceError
from listener.fetch import Fetcher
from listener.intake import Pass
from listener.model import Batch, Post
from listener.report.weekly import Reporter
from listener.store import Store
from tests.fakes import MONDAY, FakeClock, FakeCollector, Mailbox

CONFIG = """
[listener]
timezone = "Europe/Paris"
contact = "ops@example.org"

[[brands]]
name = "Acme"
query = "acme"
accounts = ["@acme", "acme.example"]
matches = ["Acme"]

[[brands]]
name = "Rival"
role = "competitor"
query = "rival"

[[sources]]
name = "Gazette"
kind = "feed"
url = "https://gazette.example/feed"

[[sources]]
name = "Herald"
kind = "feed"
url = "https://herald.example/feed"
{more}
[[people]]
name = "Ana"
email = "ana@example.org"
{hours}

[[channels]]
name = "mail"
kind = "folder"

[[subscriptions]]
person = "Ana"
channel = "mail"
when = "{when}"

[report]
when = "weekly mon 07:00"
channel = "mail"
"""


@dataclass
class Newsroom:
    app: App
    clock: FakeClock
    mailbox: Mailbox
    collectors: dict[str, FakeCollector]

    async def pass_over(self, name: str, *posts: Post | SourceError) -> Pass:
        """Let a source say these posts (or fail so), and poll it."""
        if posts and isinstance(posts[0], SourceError):
            self.collectors[name].passes.append(posts[0])
        else:
            told = tuple(post for post in posts if isinstance(post, Post))
            self.collectors[name].passes.append([Batch(posts=told, cursor={"seen": "1"})])
        source = next(s for s in self.app.config.tables.sources if s.name == name)
        return await self.app.pipeline.poll(source)

    async def hear_once(self) -> None:
        """Make the quiet first pass over every source, after which news is news."""
        for name in self.collectors:
            await self.pass_over(name)

    async def tell(self) -> list[str]:
        """Compose and deliver what is due; return the subjects that arrived."""
        before = len(self.mailbox.messages)
        self.app.composer.compose()
        await self.app.courier.deliver_all()
        return [message.subject for message in self.mailbox.messages[before:]]


def newsroom(
    folder: Path, store: Store, when: str = "at once", hours: str = "", more: str = ""
) -> Newsroom:
    path = folder / "sources.toml"
    path.write_text(CONFIG.format(when=when, hours=hours, more=more), encoding="utf-8")
    config, clock, mailbox = load(path), FakeClock(MONDAY), Mailbox()
    built = parts.build(config, store, Fetcher(contact=None, clock=clock), clock)
    collectors = {source.name: FakeCollector() for source in config.tables.sources}
    built.pipeline.__dict__["_collectors"] = collectors
    channels = {channel.name: mailbox for channel in config.tables.channels}
    for part in (built.composer, built.courier, built.reporter):
        assert isinstance(part, Composer | Courier | Reporter)
        part.__dict__["_channels"] = channels
    return Newsroom(built, clock, mailbox, collectors)


def post(item: str, title: str = "Acme news", **changes: object) -> Post:
    fields: dict[str, object] = {
        "key": f"url:https://gazette.example/{item}",
        "item": item,
        "url": f"https://gazette.example/{item}",
        "title": title,
        "text": f"Text of {item}.",
        "published": MONDAY,
    }
    return Post(**(fields | changes))  # type: ignore[arg-type]
