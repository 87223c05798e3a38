"""What later releases changed in the tables, in order; each becomes a migration in `schema`."""

from __future__ import annotations

_AUTHOR = "coalesce({0}.author_name, '') || char(10) || coalesce({0}.author_handle, '')"
_NEW, _OLD = (
    f"{row}.id, words({row}.title), words({row}.text), words({_AUTHOR.format(row)})"
    for row in ("new", "old")
)
_INDEX = f"INSERT INTO post_words (rowid, title, text, author) VALUES ({_NEW});"
_FORGET = (
    f"INSERT INTO post_words (post_words, rowid, title, text, author) VALUES ('delete', {_OLD});"
)
FULL_TEXT = (
    # the words of posts as queries read them (`words` is store.search.words): an index alone,
    # without a second copy of the texts; a word is what stands between two spaces
    """
    CREATE VIRTUAL TABLE post_words USING fts5 (
        title, text, author, content = '',
        tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
    )""",
    f"CREATE TRIGGER post_words_add AFTER INSERT ON posts BEGIN {_INDEX} END",
    f"CREATE TRIGGER post_words_remove AFTER DELETE ON posts BEGIN {_FORGET} END",
    "CREATE TRIGGER post_words_edit AFTER UPDATE OF title, text, author_name, author_handle"
    f" ON posts BEGIN {_FORGET} {_INDEX} END",
    "INSERT INTO post_words (rowid, title, text, author)"
    f" SELECT {_NEW.replace('new.', 'p.')} FROM posts p",
)

SECOND_LOOKS = (
    # posts that are looked at again, and when next
    """
    CREATE TABLE looks (
        post INTEGER PRIMARY KEY REFERENCES posts(id) ON DELETE CASCADE,
        source TEXT NOT NULL,
        due_at INTEGER NOT NULL
    )""",
    "CREATE INDEX looks_due ON looks(source, due_at)",
    # answers are found from what they answer
    "CREATE INDEX posts_parent ON posts(parent) WHERE parent IS NOT NULL AND by_brand IS NOT NULL",
    "CREATE INDEX posts_root ON posts(root) WHERE root IS NOT NULL AND by_brand IS NOT NULL",
)

SAME_EVENTS = (
    # the story that took this one in: it tells for both
    "ALTER TABLE stories ADD COLUMN survivor INTEGER REFERENCES stories(id) ON DELETE CASCADE",
    "CREATE INDEX stories_survivor ON stories(survivor) WHERE survivor IS NOT NULL",
    # the first post with the same text: copies share it, posts of one story need not
    "ALTER TABLE posts ADD COLUMN original INTEGER",
    "UPDATE posts SET original = (SELECT min(p.id) FROM posts p WHERE p.story = posts.story)"
    " WHERE story IS NOT NULL",
    # from what a post says (hashes) to the stories that say it
    "DROP TABLE story_keys",
    """
    CREATE TABLE story_keys (
        key INTEGER NOT NULL,
        story INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        PRIMARY KEY (key, story)
    ) WITHOUT ROWID""",
    # the posts of the last days as stories see them
    """
    CREATE TABLE signatures (
        post INTEGER PRIMARY KEY REFERENCES posts(id) ON DELETE CASCADE,
        story INTEGER NOT NULL,
        at INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        mass REAL NOT NULL,
        text INTEGER,
        title INTEGER,
        page TEXT,
        said TEXT NOT NULL
    )""",
    "CREATE INDEX signatures_story ON signatures(story)",
    # why a post belongs to the story of another one
    """
    CREATE TABLE story_joins (
        post INTEGER PRIMARY KEY REFERENCES posts(id) ON DELETE CASCADE,
        story INTEGER NOT NULL,
        other INTEGER NOT NULL,
        why TEXT NOT NULL,
        at INTEGER NOT NULL
    )""",
    "CREATE INDEX story_joins_story ON story_joins(story)",
)


SPIKES = (
    # what the detectors of a brand's series remember, up to the end of a bucket
    """
    CREATE TABLE detectors (
        brand TEXT PRIMARY KEY,
        bucket INTEGER NOT NULL,
        sources TEXT NOT NULL,
        states TEXT NOT NULL
    ) WITHOUT ROWID""",
    # what they noticed; `said` is the words of it, `event` what was planned for that day
    """
    CREATE TABLE spikes (
        id INTEGER PRIMARY KEY,
        brand TEXT NOT NULL,
        series TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        minutes INTEGER NOT NULL,
        said TEXT NOT NULL,
        event TEXT,
        UNIQUE (brand, series, at)
    )""",
)

LANGUAGES = (
    # what a source is usually written in
    "CREATE INDEX mentions_source ON mentions(source, language)",
)

RISK_SIGNALS = (
    # mentions of which something is known that their last score did not know
    """
    CREATE TABLE stirred (
        mention INTEGER PRIMARY KEY REFERENCES mentions(id) ON DELETE CASCADE
    )""",
    # what changed lately, and what an author said before
    "CREATE INDEX engagement_at ON engagement(at)",
    "CREATE INDEX revisions_at ON revisions(at)",
    "CREATE INDEX posts_gone ON posts(gone) WHERE gone IS NOT NULL",
    "CREATE INDEX posts_author ON posts(coalesce(author_url, author_handle))"
    " WHERE coalesce(author_url, author_handle) IS NOT NULL",
)

ESCALATIONS = (
    # a story is told once more when it becomes critical; of what was told before, all was told
    """
    CREATE TABLE alerts_and_more (
        id INTEGER PRIMARY KEY,
        rule TEXT NOT NULL,
        brand TEXT NOT NULL,
        mention INTEGER NOT NULL REFERENCES mentions(id) ON DELETE CASCADE,
        story INTEGER NOT NULL,
        at INTEGER NOT NULL,
        critical INTEGER NOT NULL,
        UNIQUE (rule, brand, story, critical)
    )""",
    "INSERT INTO alerts_and_more SELECT id, rule, brand, mention, story, at, 1 FROM alerts",
    "DROP TABLE alerts",
    "ALTER TABLE alerts_and_more RENAME TO alerts",
    "CREATE INDEX alerts_mention ON alerts(mention)",
)

STORY_EVIDENCE = (
    # what is kept of posts has come to say more; of those of the last days, what is not known
    """
    UPDATE signatures SET said = json_array(
        json_extract(said, '$[0]'), json_extract(said, '$[1]'), json_extract(said, '$[2]'),
        json_extract(said, '$[3]'), json_extract(said, '$[4]'), json_extract(said, '$[5]'),
        (SELECT json_group_array(json_array(
            json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
            json(iif(json_extract(value, '$[3]'), 'true', 'false')),
            json('false'), json('false'), NULL))
         FROM json_each(signatures.said, '$[6]')),
        NULL,
        json(iif((SELECT title FROM posts WHERE id = signatures.post) IS NULL, 'false', 'true')),
        json('false'))""",
)

QUOTAS = (
    # when something was asked in the name of an account, and until when that counts
    """
    CREATE TABLE asked (
        account TEXT NOT NULL,
        at INTEGER NOT NULL,
        until INTEGER NOT NULL
    )""",
    "CREATE INDEX asked_account ON asked(account, at)",
    # hosts and accounts that want to be left alone, or asked for a pause
    """
    CREATE TABLE pauses (
        name TEXT PRIMARY KEY,
        closed INTEGER NOT NULL,
        free INTEGER NOT NULL
    ) WITHOUT ROWID""",
)

STILL_LISTED = (
    # when a source was last seen to list what was purged
    "ALTER TABLE tombstones ADD COLUMN listed INTEGER",
)
