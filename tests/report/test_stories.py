from __future__ import annotations

from datetime import timedelta

from listener.model import Copy, PostKind, Reason
from listener.report.stories import copies, dangers, top
from tests.report.samples import HOSTILE, SOURCES, START, mention, risk

HERE = START + timedelta(days=1)


def test_a_copy_listed_twice_counts_once_and_a_mention_is_no_copy() -> None:
    wire = [
        Copy(outlet="A", url="https://a.example/1"),
        Copy(outlet="B", url="https://b.example/1"),
    ]
    itself = Copy(outlet="C", url="https://c.example/1")
    story = [
        mention(1, HERE, story=1, copies=wire),
        mention(2, HERE, story=1, copies=[*wire, itself], url="https://c.example/1"),
    ]
    assert copies(story) == 2
    (told,) = top(story)
    assert (told.mentions, told.copies) == (2, 2)


def test_stories_are_ranked_by_how_often_they_were_told() -> None:
    wire = [Copy(outlet=str(n), url=None) for n in range(3)]
    found = [
        mention(1, HERE, likes=900),
        mention(2, HERE, story=2, title="first of two"),
        mention(3, HERE + timedelta(hours=1), story=2),
        mention(4, HERE, copies=wire, title="copied"),
        mention(5, HERE),
    ]
    told = top(found)
    assert [story.first.title for story in told[:2]] == ["copied", "first of two"]
    assert told[2].engagement == 900
    assert told[3].engagement is None


def test_a_story_tells_its_way_and_who_told_it_to_most() -> None:
    later = HERE + timedelta(hours=1)
    found = [
        mention(1, HERE, story=1, source=4, followers=90),
        mention(2, later, story=1, source=2),
        mention(3, later + timedelta(hours=1), story=1, source=4, followers=8_000),
        mention(4, later, source=2),
    ]
    spread, other = top(found)
    assert spread.path == (PostKind.SOCIAL, PostKind.DISCUSSION)
    assert (spread.loudest, spread.followers) == (SOURCES[4], 8_000)
    assert (other.path, other.loudest, other.followers) == ((PostKind.DISCUSSION,), None, None)


def test_the_worst_of_a_story_stands_for_it() -> None:
    found = [
        mention(1, HERE, story=1, danger=risk(40)),
        mention(2, HERE, story=1, danger=risk(90)),
        mention(3, HERE, danger=risk(35)),
        mention(4, HERE, danger=risk(29)),
    ]
    assert [(d.risk.score, d.others) for d in dangers(found)] == [(90, 1), (35, 0)]


def test_foreign_text_is_one_bounded_line() -> None:
    for text in HOSTILE:
        reason = Reason(points=95, text="%(words)s", facts={"words": text})
        (danger,) = dangers([mention(1, HERE, title=text, danger=risk(95, reason))])
        for shown in (danger.item.title, str(danger.risk.reasons[0].facts["words"])):
            assert len(shown) <= 160
            assert shown.isprintable()


def test_only_web_links_are_kept() -> None:
    for url, kept in (("javascript:alert(1)", None), ("https://a.example", "https://a.example")):
        (told,) = top([mention(1, HERE, url=url)])
        assert told.first.url == kept


def test_a_post_without_words_is_named_by_its_address() -> None:
    untitled = mention(1, HERE, title=" \n")
    assert top([untitled])[0].first.title == untitled.post.url
