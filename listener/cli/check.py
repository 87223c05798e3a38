"""Builds everything offline, so that the daemon never meets a mistake of the operator's first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from listener.app import make_channels, make_engines, read_rules
from listener.config import Config
from listener.content import Content
from listener.digest.render import render_alert, render_digest, render_spike
from listener.errors import ConfigError, TemplateError
from listener.messages import Alert, Digest, Person
from listener.model import (
    Coverage,
    Heard,
    Label,
    Level,
    Mention,
    Post,
    PostKind,
    Reason,
    Risk,
    Sentiment,
    Span,
    Word,
)
from listener.report import figures
from listener.report.model import BrandInfo
from listener.report.render import index, index_entry, page, summary
from listener.store.spikes import Spike

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def check_everything(config: Config) -> None:
    """Build what the configuration names and render every template. Raises ConfigError."""
    content = Content(config.folder)
    read_rules(content)
    make_channels(config)
    make_engines(config)
    problems = []
    for language in ("en", "fr"):
        person = Person(name="Ana", email="ana@example.org", language=language, timezone="UTC")
        for render in (_digest, _alert, _spike, _report):
            try:
                render(content, person)
            except TemplateError as exc:
                problems.append(str(exc))
    if problems:
        raise ConfigError(sorted(set(problems)))


def _digest(content: Content, person: Person) -> None:
    for mentions in ((), (_mention(),)):
        digest = Digest(
            subscription="Ana by mail",
            person=person,
            brands=("Brand",),
            cadence="daily",
            start=NOON - timedelta(days=1),
            end=NOON,
            mentions=mentions,
            coverage=tuple(
                Coverage(source=state.value, state=state, since=NOON, until=NOON, why="because")
                for state in Heard
            ),
            welcome=("feed",) if mentions else (),
        )
        render_digest(content, digest, key="check", now=NOON, contact="a@example.org")


def _alert(content: Content, person: Person) -> None:
    alert = Alert(id=1, rule="high-risk", brand="Brand", mention=_mention(), at=NOON)
    render_alert(content, alert, person, subscription="Ana by mail", key="check", now=NOON)


def _spike(content: Content, person: Person) -> None:
    for kind, mentions in (("burst", (_mention(),)), ("drop", ())):
        spike = Spike(
            id=1,
            brand="Brand",
            series=("all", "negative", "kind news"),
            kind=kind,
            at=NOON,
            minutes=15,
            said=(Reason(points=0, text="said so"),),
            event=None,
        )
        render_spike(
            content, spike, mentions, person, subscription="Ana by mail", key="check", now=NOON
        )


def _report(content: Content, person: Person) -> None:
    report = figures.weekly(
        brands=[BrandInfo(name="Brand")],
        now_mentions=[_mention()],
        before_mentions=[],
        coverage=[Coverage(source="feed", state=Heard.HEARD, since=NOON, until=NOON)],
        coverage_before=[],
        start=NOON - timedelta(days=7),
        end=NOON,
        timezone="UTC",
    )
    html = page(content, report, person.language)
    summary(content, report, person, key="check", now=NOON, page_html=html)
    entry = index_entry(content, report, person.language, "week.html")
    index(content, [entry], person.language)


def _mention() -> Mention:
    reason = Reason(points=70, text="said so", facts={})
    return Mention(
        id=1,
        post=Post(
            key="check",
            item="check",
            kind=PostKind.NEWS,
            url="https://example.org/",
            title="Brand recalls",
            text="Brand recalls its product.",
            published=NOON - timedelta(hours=1),
        ),
        brand="Brand",
        spans=(Span("title", 0, 5),),
        clause="Brand",
        found=NOON,
        source="feed",
        story=1,
        sentiment=Sentiment(
            score=-0.5, label=Label.NEGATIVE, engine="check", evidence=(Word("recalls", -1.0),)
        ),
        risk=Risk(score=70, level=Level.HIGH, reasons=(reason,), version="check"),
        language="en",
    )
