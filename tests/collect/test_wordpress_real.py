"""What a real WordPress answers, through the real collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listener.collect import wordpress as kind
from listener.collect.feed import Feed
from listener.collect.tools import Tools
from listener.collect.wordpress import WordPress
from listener.errors import AccessDenied, SourceError
from listener.fetch import Fetcher
from listener.model import Author, Batch, Post, PostKind, Second
from tests.collect.wordpress import Site, wordpress
from tests.local_site import Watch

pytestmark = [pytest.mark.anyio, pytest.mark.system]
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")  # where the site is: it compares times in its own
EMPTY = (
    "foreach (get_posts(['numberposts' => -1, 'post_status' => 'any']) as $post)"
    " wp_delete_post($post->ID, true);"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with wordpress(tmp_path_factory.mktemp("wp")) as site:
        yield site


@pytest.fixture
def site(installed: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("no_proxy", "*")
    installed.run(EMPTY)
    return installed


def small_pages(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(kind, "_PAGE", size)
    monkeypatch.setattr(kind, "REACH", replace(kind.REACH, page=size))
    monkeypatch.setattr(kind, "_EDITS", replace(kind._EDITS, page=size))


def stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}"


def insert(title: str, when: datetime, content: str = "<p>It leaks.</p>", **more: str) -> str:
    """Write PHP that publishes a post; `$id` is it."""
    fields = {
        "post_title": title, "post_content": content, "post_status": "publish",
        "post_author": "1", "post_date_gmt": stamp(when),
        "post_date": stamp(when.astimezone(PARIS)), **more,
    }  # fmt: skip
    return f"$id = wp_insert_post({_php(fields)});"


def remark(text: str, when: datetime, post: str = "$id", parent: str = "0") -> str:
    fields = {
        "comment_content": text, "comment_author": "Bob", "comment_approved": "1",
        "comment_date_gmt": stamp(when), "comment_date": stamp(when.astimezone(PARIS)),
    }  # fmt: skip
    whose = f"['comment_post_ID' => {post}, 'comment_parent' => {parent}]"
    return f"$said = wp_insert_comment({_php(fields)} + {whose});"


def _php(fields: Mapping[str, str]) -> str:
    quoted = {name: value.replace("'", "\\'") for name, value in fields.items()}
    return "[" + ", ".join(f"'{name}' => '{value}'" for name, value in quoted.items()) + "]"


async def heard(
    site: Site, cursor: Mapping[str, str] | None = None, **options: object
) -> list[Batch]:
    watch = Watch()
    watch.time = datetime.now(UTC)
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        asked = WordPress.Options.model_validate({"url": site.url, "private": True, **options})
        collector = WordPress(asked, Tools(fetcher=fetcher, clock=watch))
        return [batch async for batch in collector.collect(cursor or {})]


async def looked_again(site: Site, posts: Sequence[Post]) -> list[Second]:
    watch = Watch()
    watch.time = datetime.now(UTC)
    async with Fetcher(contact=None, clock=watch) as fetcher:
        fetcher.pacing.interval = 0
        asked = WordPress.Options(url=site.url, private=True)
        collector = WordPress(asked, Tools(fetcher=fetcher, clock=watch))
        return [second async for second in collector.refresh(posts)]


def posts_of(batches: Sequence[Batch]) -> list[Post]:
    return [post for batch in batches for post in batch.posts]


def titles(batches: Sequence[Batch]) -> list[str | None]:
    return [post.title for post in posts_of(batches)]


async def test_a_post_and_what_is_said_below_it(site: Site) -> None:
    site.run(
        insert('A tent & a "bag"', NOW - 3 * HOUR, "<p>It <b>leaks</b>.</p><p>A &lt; B</p>")
        + remark("Mine <b>too</b> & more", NOW - 2 * HOUR)
        + remark("Not mine", NOW - HOUR, parent="$said")
    )
    post, answer, comment = posts_of(await heard(site))
    here = site.url.removeprefix("http://")
    key = f"url:https://{here}/{post.published and post.published.astimezone(PARIS).year}"
    assert post == Post(
        key=f"{key}/a-tent-a-bag",
        item=post.item,
        kind=PostKind.BLOG,
        url=f"http{key.removeprefix('url:https')}/a-tent-a-bag/",
        title="A tent & a “bag”",
        text="It leaks.\nA < B",
        author=Author(name="ana", handle="ana", url=f"{site.url}/author/ana/"),
        published=NOW - 3 * HOUR,
    )
    assert comment == Post(
        key=f"wordpress:{here}:{comment.item.replace('comments/', 'comment:')}",
        item=comment.item,
        kind=PostKind.DISCUSSION,
        url=f"{post.url}#{comment.item.replace('comments/', 'comment-')}",
        text="Mine too & more",
        author=Author(name="Bob"),
        published=NOW - 2 * HOUR,
        parent=post.key,
        root=post.key,
    )
    assert (answer.text, answer.parent, answer.root) == ("Not mine", comment.key, post.key)


async def test_the_sites_feed_gives_the_same_posts(site: Site) -> None:
    site.run(insert("One", NOW - HOUR) + insert("Dos: ¿qué?", NOW - 2 * HOUR))
    watch = Watch()
    async with Fetcher(contact=None, clock=watch) as fetcher:
        feed = Feed(
            Feed.Options(url=f"{site.url}/feed/", private=True),
            Tools(fetcher=fetcher, clock=watch),
        )
        fed = [batch async for batch in feed.collect({})]
    assert {post.key for post in posts_of(fed)} == {
        post.key for post in posts_of(await heard(site))
    }
    assert len(posts_of(fed)) == 2


async def test_a_site_without_readable_addresses(site: Site) -> None:
    site.run(insert("One", NOW - HOUR))
    with site.having(permalink_structure="''", rewrite_rules="''"):
        batches = await heard(site)
        again = await heard(site, batches[-1].cursor)
    assert titles(batches) == titles(again) == ["One"]
    assert "rest_route=" in batches[-1].cursor["api"]
    assert posts_of(batches)[0].key.startswith(f"url:https://{site.url[7:]}/?p=")
    assert titles(await heard(site, batches[-1].cursor)) == ["One"]  # it is somewhere else again


@pytest.mark.parametrize("seconds", [1, 0])
async def test_every_page_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    small_pages(monkeypatch, 10)
    site.run(
        "wp_defer_term_counting(true);"
        + insert("first", NOW - 4 * HOUR)
        + "".join(
            insert(f"p{n}", NOW - 2 * HOUR + n * timedelta(seconds=seconds)) for n in range(25)
        )
    )
    batches = await heard(site)
    assert sorted(map(str, titles(batches))) == ["first", *sorted(f"p{n}" for n in range(25))]
    assert max(len(batch.posts) for batch in batches) <= 10
    cut = next(batch for batch in batches if len(batch.cursor["posts"].split()) == 4)
    rest = await heard(site, cut.cursor)
    assert {*titles(rest), *(post.title for post in cut.posts)} == set(titles(batches))


async def test_dates_do_not_hide_a_post(site: Site) -> None:
    """One was written days ago for now, another only now with the date of an earlier day."""
    before = await heard(site)
    site.run(insert("fresh", NOW))
    first = await heard(site, before[-1].cursor)
    site.run(
        insert("planned", NOW)
        + f"$wpdb->update($wpdb->posts, ['post_modified' => '{stamp(NOW - 300 * HOUR)}',"
        f" 'post_modified_gmt' => '{stamp(NOW - 300 * HOUR)}'], ['ID' => $id]);"
        + insert("dated back", NOW - 150 * HOUR, post_status="draft")
        + "wp_publish_post($id); wp_update_post(['ID' => $id]);"
        + insert("of long ago", NOW - 1000 * HOUR, post_status="draft")
        + "wp_publish_post($id); wp_update_post(['ID' => $id]);"
    )
    assert titles(first) == ["fresh"]
    assert {*titles(await heard(site, first[-1].cursor))} == {"fresh", "planned", "dated back"}


async def test_changes_and_deletions_are_seen(site: Site) -> None:
    site.run(
        insert("kept", NOW - HOUR)
        + remark("kept", NOW)
        + remark("rude", NOW)
        + insert("deleted", NOW - HOUR)
        + insert("made private", NOW - HOUR)
    )
    given = posts_of(await heard(site))
    site.run(
        "foreach (get_posts(['numberposts' => -1]) as $post) {"
        " if ($post->post_title == 'kept') wp_update_post(['ID' => $post->ID,"
        "   'post_content' => 'It is dry.', 'post_name' => 'elsewhere']);"
        " if ($post->post_title == 'deleted') wp_trash_post($post->ID);"
        " if ($post->post_title == 'made private') wp_update_post(['ID' => $post->ID,"
        "   'post_status' => 'private']); }"
        "foreach (get_comments() as $one)"
        " if ($one->comment_content == 'rude') wp_spam_comment($one->comment_ID);"
    )
    seconds = await looked_again(site, given)
    key = {post.title or post.text: post.key for post in given}
    now = {post.key: post for second in seconds for post in second.posts}
    assert {key for second in seconds for key in second.gone} == {
        key["deleted"], key["made private"], key["rude"],
    }  # fmt: skip
    assert now.keys() == {post.key for post in given if (post.title or post.text) == "kept"}
    assert {post.text for post in now.values()} == {"It is dry.", "kept"}


async def test_what_not_everybody_may_see(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of comments can be empty, and still not be the last."""
    small_pages(monkeypatch, 5)
    site.run(
        insert("secret", NOW - 3 * HOUR, post_password="sesame")
        + insert("public", NOW - 3 * HOUR)
        + remark("heard", NOW - 2 * HOUR)
        + insert("private", NOW - 3 * HOUR, post_status="private")
        + "".join(remark(f"unheard {n}", NOW - HOUR + n * timedelta(seconds=1)) for n in range(12))
    )
    posts = {post.title or post.text: post for post in posts_of(await heard(site))}
    assert posts.keys() == {"secret", "public", "heard"}
    assert posts["secret"].text == ""


async def test_a_closed_api_is_said_in_the_sites_words(site: Site) -> None:
    with (
        site.having(api_closed="1"),
        pytest.raises(AccessDenied, match="Only signed-in users may use the REST API"),
    ):
        await heard(site)


async def test_an_api_without_comments(site: Site) -> None:
    site.run(insert("One", NOW - HOUR))
    with site.having(api_without="['/wp/v2/comments']"):
        with pytest.raises(SourceError, match="its REST API gives no comments") as caught:
            await heard(site)
        assert caught.value.needs_person
        assert titles(await heard(site, what=["posts"])) == ["One"]


async def test_authors_that_are_not_shown_are_not_known(site: Site) -> None:
    site.run(insert("One", NOW - HOUR))
    with site.having(api_without="['/wp/v2/users']"):
        (post,) = posts_of(await heard(site))
    assert (post.title, post.author) == ("One", None)
