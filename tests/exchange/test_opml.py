"""Lists of feeds, as readers write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.errors import ListenerError
from listener.exchange.opml import Feed, Feeds, read_feeds, write_feeds

LIST = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE opml>
<opml version="1.1"><head/><body>
<outline text="Presse &#233;conomique">
  <outline title="Les &lt;A&gt;" xmlUrl="https://a.example/feed?x=1&amp;y=2"/>
  <outline text="deeper"><OUTLINE text="B" xmlUrl="feed://b.example/rss"/></outline>
</outline>
<outline text="B" xmlUrl="https://b2.example/rss"/>
<outline text="again" xmlUrl="http://www.a.example/feed?y=2&amp;x=1"/>
<outline text="ours" xmlUrl="https://ours.example/"/>
<outline text="local" xmlUrl="file:///etc/passwd"/>
<outline xmlUrl="https://c.example/atom"/>
</body></opml>"""


def test_folders_are_opened_and_nothing_is_listed_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.opml"
    path.write_text(LIST, encoding="latin-1")
    assert read_feeds(path, ["https://ours.example/"], ["ours", "B"]) == Feeds(
        feeds=(
            Feed("Les <A>", "https://a.example/feed?x=1&y=2"),
            Feed("B 2", "https://b.example/rss"),
            Feed("B 3", "https://b2.example/rss"),
            Feed("https://c.example/atom", "https://c.example/atom"),
        ),
        left_out=(
            "line 9: again is listed already",
            "line 10: ours is listed already",
            "line 11: local has no http or https address",
        ),
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    feeds = (Feed('A & "B" <C>', "https://a.example/?x=1&y='2'"), Feed("é", "https://b.example/"))
    path = tmp_path / "a.opml"
    path.write_text(write_feeds(feeds), encoding="utf-8")
    assert read_feeds(path, [], []) == Feeds(feeds=feeds, left_out=())


BOMB = (
    '<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><o><outline xmlUrl="&b;"/></o>'
)
FILE = '<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><o>&a;</o>'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "declares entities"),
        (FILE, "declares entities"),
        ("<a>", "is no XML"),
        ("", "no XML"),
        ('<?xml version="1.0" encoding="shift_jis"?><opml/>', "is no XML: multi-byte encodings"),
        ('<?xml version="1.0" encoding="nonsense"?><opml/>', "is no XML: unknown encoding"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "a.opml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ListenerError, match=why):
        read_feeds(path, [], [])
