"""The tables, as append-only migrations. Times are integers, UTC seconds.

Order is important: add new migrations at the end, never change one that was released.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database, Migrations

from listener.store.schema_changes import (
    ESCALATIONS,
    FULL_TEXT,
    LANGUAGES,
    QUOTAS,
    RISK_SIGNALS,
    SAME_EVENTS,
    SECOND_LOOKS,
    SPIKES,
    STILL_LISTED,
    STORY_EVIDENCE,
)

migrations = Migrations("listener")

FIRST = (
    # what was published; title and text are the newest we know, and `source` gave them
    """
    CREATE TABLE posts (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        url TEXT,
        title TEXT,
        text TEXT NOT NULL,
        author_name TEXT,
        author_handle TEXT,
        author_url TEXT,
        followers INTEGER,
        outlet TEXT,
        published INTEGER,
        language TEXT,
        rating REAL,
        parent TEXT,
        root TEXT,
        first_seen INTEGER NOT NULL,
        source TEXT NOT NULL,
        by_brand TEXT,
        story INTEGER REFERENCES stories(id),
        gone INTEGER
    )""",
    "CREATE INDEX posts_story ON posts(story) WHERE story IS NOT NULL",
    "CREATE INDEX posts_first_seen ON posts(first_seen)",
    # each text that was replaced by an edit, and when
    """
    CREATE TABLE revisions (
        post INTEGER NOT NULL REFERENCES posts(id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        title TEXT,
        text TEXT NOT NULL
    )""",
    "CREATE INDEX revisions_post ON revisions(post)",
    # a post seen at a source: what that source calls it, and a hash of what it said last
    """
    CREATE TABLE sightings (
        post INTEGER NOT NULL REFERENCES posts(id) ON DELETE CASCADE,
        source TEXT NOT NULL,
        item TEXT NOT NULL,
        hash BLOB NOT NULL,
        seen INTEGER NOT NULL,
        PRIMARY KEY (post, source)
    ) WITHOUT ROWID""",
    "CREATE INDEX sightings_item ON sightings(source, item)",
    # a series, never overwritten
    """
    CREATE TABLE engagement (
        post INTEGER NOT NULL REFERENCES posts(id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        likes INTEGER,
        shares INTEGER,
        comments INTEGER,
        views INTEGER,
        PRIMARY KEY (post, at)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE stories (
        id INTEGER PRIMARY KEY,
        first_seen INTEGER NOT NULL
    )""",
    # what copies of one text share
    """
    CREATE TABLE story_keys (
        key TEXT NOT NULL,
        story INTEGER NOT NULL REFERENCES stories(id) ON DELETE CASCADE,
        seen INTEGER NOT NULL,
        PRIMARY KEY (key, story)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE mentions (
        id INTEGER PRIMARY KEY,
        post INTEGER NOT NULL REFERENCES posts(id) ON DELETE CASCADE,
        brand TEXT NOT NULL,
        spans TEXT NOT NULL,
        clause TEXT NOT NULL,
        found INTEGER NOT NULL,
        source TEXT NOT NULL,
        first_pass INTEGER NOT NULL,
        language TEXT,
        score INTEGER,
        UNIQUE (post, brand)
    )""",
    "CREATE INDEX mentions_found ON mentions(brand, found)",
    # every judgement; mentions.score names the one that counts, the older explain
    """
    CREATE TABLE scores (
        id INTEGER PRIMARY KEY,
        mention INTEGER NOT NULL REFERENCES mentions(id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        sentiment REAL,
        label TEXT,
        engine TEXT,
        evidence TEXT NOT NULL,
        risk INTEGER NOT NULL,
        level TEXT NOT NULL,
        reasons TEXT NOT NULL,
        version TEXT NOT NULL
    )""",
    "CREATE INDEX scores_mention ON scores(mention)",
    """
    CREATE TABLE sources (
        name TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        cursor TEXT NOT NULL,
        failures INTEGER NOT NULL,
        error TEXT,
        needs_person INTEGER NOT NULL,
        polled_at INTEGER,
        heard_at INTEGER,
        first_heard INTEGER,
        newest INTEGER,
        posts INTEGER NOT NULL,
        mentions INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """
    CREATE TABLE coverage (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        state TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,
        why TEXT
    )""",
    "CREATE INDEX coverage_source ON coverage(source, until)",
    # what somebody is owed: "mention:ID" or "alert:ID"; message is the outbox row it went into
    """
    CREATE TABLE owed (
        subject TEXT NOT NULL,
        subscription TEXT NOT NULL,
        why TEXT NOT NULL,
        at INTEGER NOT NULL,
        message INTEGER REFERENCES outbox(id) ON DELETE SET NULL,
        PRIMARY KEY (subject, subscription)
    ) WITHOUT ROWID""",
    "CREATE INDEX owed_open ON owed(subscription, why, at) WHERE message IS NULL",
    # frozen messages
    """
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        subscription TEXT NOT NULL,
        channel TEXT NOT NULL,
        person TEXT NOT NULL,
        subject TEXT NOT NULL,
        message BLOB,
        created INTEGER NOT NULL,
        next_at INTEGER NOT NULL,
        lease_until INTEGER,
        attempts INTEGER NOT NULL,
        error TEXT,
        permanent INTEGER NOT NULL,
        sent_at INTEGER
    )""",
    "CREATE INDEX outbox_pending ON outbox(channel, next_at) WHERE sent_at IS NULL",
    """
    CREATE TABLE alerts (
        id INTEGER PRIMARY KEY,
        rule TEXT NOT NULL,
        brand TEXT NOT NULL,
        mention INTEGER NOT NULL REFERENCES mentions(id) ON DELETE CASCADE,
        story INTEGER NOT NULL,
        at INTEGER NOT NULL,
        UNIQUE (rule, brand, story)
    )""",
    # counts without personal data; they outlive retention
    """
    CREATE TABLE daily (
        brand TEXT NOT NULL,
        day TEXT NOT NULL,
        kind TEXT NOT NULL,
        language TEXT NOT NULL,
        label TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (brand, day, kind, language, label)
    ) WITHOUT ROWID""",
    # the snapshot each report was made from
    """
    CREATE TABLE figures (
        week TEXT PRIMARY KEY,
        made_at INTEGER NOT NULL,
        report TEXT NOT NULL
    ) WITHOUT ROWID""",
    # the last slot of everything that has a schedule
    """
    CREATE TABLE runs (
        job TEXT PRIMARY KEY,
        slot INTEGER NOT NULL
    ) WITHOUT ROWID""",
    # queries as they were when the archive was last searched with them
    """
    CREATE TABLE brands (
        name TEXT PRIMARY KEY,
        query TEXT NOT NULL
    ) WITHOUT ROWID""",
    # keyed hashes of what was erased, for ever, or purged while a source may still list it
    """
    CREATE TABLE tombstones (
        hash BLOB PRIMARY KEY,
        at INTEGER NOT NULL,
        erased INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) WITHOUT ROWID""",
    "INSERT INTO settings VALUES ('tombstone_key', randomblob(32))",
)


def _add(name: str, statements: Sequence[str]) -> None:
    @migrations(name=name)
    def change(db: Database) -> None:
        for statement in statements:
            db.execute(statement)


for _name, _statements in {
    "first_release": FIRST,
    "full_text": FULL_TEXT,
    "second_looks": SECOND_LOOKS,
    "same_events": SAME_EVENTS,
    "spikes": SPIKES,
    "languages": LANGUAGES,
    "risk_signals": RISK_SIGNALS,
    "escalations": ESCALATIONS,
    "story_evidence": STORY_EVIDENCE,
    "quotas": QUOTAS,
    "still_listed": STILL_LISTED,
}.items():
    _add(_name, _statements)
