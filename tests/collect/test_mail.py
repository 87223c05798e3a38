from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collect.google_alerts_mail import alert_entries
from listener.collect.mail import read_mail
from listener.collect.mail_posts import Reading, joined, posts_of_mail
from listener.errors import ParseError
from listener.model import Author, Post, PostKind

DATA = Path(__file__).resolve().parents[1] / "data" / "imap"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
READING = Reading(publishes=PostKind.WEB, language=None, now=NOW)


def posts(raw: bytes, reading: Reading = READING) -> tuple[Post, ...]:
    return posts_of_mail(read_mail(raw), reading)


def only(raw: bytes) -> Post:
    (post,) = posts(raw)
    return post


def mail(body: str = "<p>Corps</p>", kind: str = "text/html", **headers: str) -> bytes:
    fields = {"From": "a@b.example", "Subject": "S", "Message_ID": "<1@b.example>"} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return f"{head}Content-Type: {kind}; charset=utf-8\n\n{body}".encode()


# Newsletters


def test_a_newsletter() -> None:
    post = only((DATA / "newsletter.eml").read_bytes())
    assert post == Post(
        key=post.key,
        item=post.item,
        url="https://courrier.example/lettres/tentes-rappel",
        title="Rappel : « la tente 2 secondes » prend l'eau",
        text="Voir dans le navigateur\nLa tente qui fuit\nTrois familles racontent."
        " Plus sur courrier.example/tentes.\nEnvoyé à ... par Le Courrier.",
        author=Author(name="Le Courrier – Conso", handle="lettre@courrier.example"),
        published=datetime(2026, 11, 19, 8, 30, tzinfo=UTC),
        language="fr",
    )
    assert post.key.startswith("mail:")
    assert "ana" not in repr(post).casefold()


def test_plain_text_keeps_no_tracking_links() -> None:
    text = "Lisez <https://t.example/c/eyJhbGciOi?u=12> ou https://courrier.example/a maintenant"
    assert only(mail(text, "text/plain")).text == ("Lisez ou https://courrier.example/a maintenant")


@pytest.mark.parametrize("at", ["@", "%40"])
def test_whom_it_was_sent_to_stands_nowhere(at: str) -> None:
    text = f"Leave: https://n.example/u/Ana{at}b.example or write to ana@b.example."
    post = only(mail(text, "text/plain", To="Ana <ana@b.example>"))
    assert post.text == "Leave: https://n.example/u/... or write to ...."


@pytest.mark.parametrize(
    ("headers", "link", "url"),
    [
        ({}, "https://n.example/lettres/12", "https://n.example/lettres/12"),
        ({}, "https://n.example/l/12?utm_source=mail", "https://n.example/l/12"),
        ({}, "https://n.example/l/12?subscriber=77", None),
        ({}, "https://n.example/l/eyJhbGciOiJIUzI1NiIsInR5cCI6", None),
        ({}, "https://mailchi.mp/a/titre?e=0123456789", "https://mailchi.mp/a/titre"),
        (
            {},
            "https://us1.campaign-archive.com/?u=aa&amp;id=bb&amp;e=cc",
            "https://us1.campaign-archive.com/?u=aa&id=bb",
        ),
        ({}, "javascript:alert(1)", None),
        (
            {"List_Archive": "<https://lists.example/a/>"},
            "https://n.example/l/12?subscriber=77",
            "https://lists.example/a/",
        ),
        (
            {"Archived_At": "<https://lists.example/a/7>", "List_Archive": "<https://l.example/>"},
            "",
            "https://lists.example/a/7",
        ),
        ({"List_Archive": "<mailto:archive@lists.example>"}, "", None),
        (
            {"Archived_At": "<https://l.example/list/a@l.example/message/2BVKVBZL7XHKJ5Q3N4M6O2>"},
            "",
            "https://l.example/list/a@l.example/message/2BVKVBZL7XHKJ5Q3N4M6O2",
        ),
        ({"To": "Ana@b.example"}, "https://n.example/view/ana%40b.example/12", None),
        ({"Archived_At": "<https://l.example/7?to=ana>"}, "", None),
    ],
)
def test_where_it_can_be_read(headers: dict[str, str], link: str, url: str | None) -> None:
    body = f'<p>Texte</p><a class="x" href="{link}"> <b>View this email</b>\nin your browser!</a>'
    assert only(mail(body, **headers)).url == url


@pytest.mark.parametrize(
    ("caption", "marked"),
    [
        ("Voir dans le navigateur", True),
        ("Version en ligne", True),
        ("Lire en ligne", True),
        ("Read online", True),
        ("Shop online", False),
        ("View our products online", False),
        ("Unsubscribe", False),
    ],
)
def test_only_what_is_clearly_marked_is_its_page(caption: str, marked: bool) -> None:
    post = only(mail(f'Hi <a href="https://n.example/x">{caption}</a>'))
    assert post.url == ("https://n.example/x" if marked else None)


def test_the_page_does_not_make_its_identity() -> None:
    link = '<a href="https://n.example/x">Read online</a>'
    assert only(mail(link)).key == only(mail(link, Subject="Other", To="x@y.example")).key
    assert only(mail(link)).key != only(mail(link, Message_ID="<2@b.example>")).key


def test_ids_that_a_sender_uses_again_do_not_join_mails() -> None:
    first, second = only(mail()), only(mail(Subject="Next week's"))
    assert first.item != second.item
    assert "b.example" not in first.key + first.item


def test_without_a_message_id_it_is_its_content() -> None:
    first, again, other = (
        only(mail(body).replace(b"Message-ID: <1@b.example>\n", b"")) for body in ("A", "A", "B")
    )
    assert first == again
    assert first.key != other.key


def test_an_answer_knows_its_thread() -> None:
    first, second = only(mail()), only(mail(Message_ID="<2@b.example>"))
    third = only(
        mail(
            Message_ID="<3@b.example>",
            In_Reply_To="<2@b.example>",
            References="<1@b.example> <2@b.example>",
        )
    )
    assert (third.parent, third.root) == (second.key, first.key)
    assert (first.parent, first.root) == (None, None)


def test_what_is_not_said_is_not_known() -> None:
    post = only(b"\nOnly a text")
    assert (post.text, post.title, post.author, post.published) == ("Only a text", None, None, None)
    assert posts(b"From: a@b.example\n\n") == ()
    assert only(mail(Date="Mon, 1 Jan 1980 00:00:00 +0000")).published is None
    assert only(mail(Date="tomorrow")).published is None
    assert posts(mail(), replace(READING, language="fr"))[0].language == "fr"


# MIME


def test_alternatives_attachments_and_mails_within() -> None:
    whole = EmailMessage()
    whole["From"], whole["Subject"] = "a@b.example", "S"
    whole.set_content("The plain text")
    whole.add_alternative("<p>The <b>HTML</b></p>", subtype="html")
    whole.add_attachment("attached", filename="a.txt")
    inner = EmailMessage()
    inner.set_content("forwarded")
    whole.add_attachment(inner)
    assert only(whole.as_bytes()).text == "The HTML"

    pictures = EmailMessage()
    pictures["From"], pictures["Subject"] = "a@b.example", "S"
    pictures.set_content("Said in words")
    pictures.add_alternative('<img src="https://t.example/p.gif">', subtype="html")
    assert only(pictures.as_bytes()).text == "Said in words"


def mixed(plain: str, html: str) -> bytes:
    parts = (("plain", plain), ("html", html))
    inner = "".join(f"--x\nContent-Type: text/{kind}\n\n{body}\n" for kind, body in parts)
    return f"Subject: S\nContent-Type: multipart/mixed; boundary=x\n\n{inner}--x--".encode()


def test_parts_that_are_no_alternatives_are_all_read() -> None:
    notice = "<p>This mail is confidential</p>"
    post = only(mixed("Acme recalls the tent", notice))
    assert post.text == "Acme recalls the tent\nThis mail is confidential"
    assert only(mixed("The tent leaks (https://a.example/1)", "<p>The tent leaks</p>")).text == (
        "The tent leaks"
    ), "some senders forget to say that they are"


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-1", b"\x80 20, \xe9t\xe9", "€ 20, été"),
        ("utf-8", b"\xe9t\xe9", "été"),
        ("us-ascii", "été".encode(), "été"),
        ("nonsense", "été".encode(), "été"),
        (
            "utf-8",
            "Intermarché rappelle".encode() + b" la tente \xc3...",
            "Intermarché rappelle la tente \ufffd...",
        ),
        ("windows-1252", b"l\x92\xe9t\xe9 \x81", "l’été \ufffd"),
        ("gb2312", "朱镕基".encode("gbk"), "朱镕基"),
        ("shift_jis", "①高".encode("cp932"), "①高"),
        ("idna", b"abc", "abc"),
        ("rot13", b"abc", "abc"),
        ('"', b"abc", "abc"),
    ],
)
def test_charsets(charset: str, body: bytes, text: str) -> None:
    head = f"Subject: S\nContent-Type: text/plain; charset={charset}\n\n".encode()
    assert only(head + body).text == text


def test_subjects_as_they_come() -> None:
    encoded = mail(Subject="=?utf-8?q?La_tente?= =?iso-8859-1?b?IPpsdGltYQ==?=  et plus")
    assert only(encoded).title == "La tente última et plus"
    assert only(mail(Subject="=?nope?q?a?= =?utf-8?b?!!!?=")).title
    assert only(mail(Subject="Brut : été\n folded")).title == "Brut : été folded"
    assert only(b"Subject: \xe9t\xe9\n\nx").title == "été"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: message/rfc822\n\n" * 5000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(2000)
        ),
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"\n--x\n\nA" * 50_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"\r--x\r\rA" * 100_000,
        b"Subject: S\n\n" + b"\n" * 1_000_000,
    ],
)
def test_what_breaks_parsers_is_an_error_of_ours(raw: bytes) -> None:
    with pytest.raises(ParseError):
        read_mail(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain" + b";a=b" * 1_000_000 + b"\n\nhi",
        b"Subject: " + b"=?utf-8?q?a?= " * 300_000 + b"\n\nhi",
        b"From: " + b"(" * 3_000_000 + b"\n\nhi",
        b"To: " + b"a@" * 1_000_000 + b"\n\nhi",
        b"Subject: a\n" + b" b\n" * 190_000 + b"\nhi",
        mail("<a href=" * 500_000),
        mail('<a href="https://n.example/x">' * 100_000),
    ],
)
def test_hostile_mails_do_not_keep_us_for_hours(raw: bytes) -> None:
    try:
        found = posts(raw)
    except ParseError:
        return
    assert len(found) == 1


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"\n", b"\r\n", b"--x", b"--x--", b"\n\n", b"Content-Type: ", b"multipart/mixed",
                b"; boundary=x", b"text/html", b"; charset=", b"message/rfc822", b"From: ", b"To: ",
                b"Subject: ", b"=?utf-8?b?", b"?=", b"Date: ", b"Message-ID: <", b">", b"a@b.c",
                b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"x-uuencode",
                b"begin 644 x", b"\xff\xfe", b"<a href=", b"<div", b"utf-16",
                b"Content-Disposition:",
                b" attachment", b"; filename*0*=", b"List-Archive: <https://", b"%%", b"=E9",
            ]
        )
        | st.binary(max_size=12),
        max_size=60,
    ).map(b"".join)
)  # fmt: skip
def test_any_bytes_are_posts_or_an_error_of_ours(raw: bytes) -> None:
    try:
        found = posts(raw)
    except ParseError:
        return
    for post in found:
        f"{post}".encode()  # no surrogates: the store could not keep them
        assert post.key.startswith("mail:")
        assert post.published is None or post.published.tzinfo is UTC


# Google Alerts


def test_a_mail_of_google_alerts() -> None:
    first, second = posts((DATA / "alert.eml").read_bytes())
    assert first == Post(
        key="url:https://journal.example/tente-fuit",
        item=first.item,
        url="https://journal.example/tente-fuit/",
        title="La tente qui fuit - Le Journal",
        text="Trois familles ont vu leur tente prendre l'eau ...\n"
        "La marque se tait sur ses tentes.",
        outlet="journal.example",
        published=datetime(2026, 11, 19, 20, 0, tzinfo=UTC),
    )
    assert (second.title, second.url, second.outlet) == (
        "Tentes & bâches",
        "https://blog.example/?p=12&page=2",
        "blog.example",
    )
    assert "ana@" not in repr((first, second))


def test_it_takes_the_sender_and_the_structure_to_be_an_alert() -> None:
    raw = (DATA / "alert.eml").read_bytes()
    forwarded = only(raw.replace(b"googlealerts-noreply@google.com", b"ana@example.org"))
    assert forwarded.key.startswith("mail:")
    with pytest.raises(ParseError, match="without results"):
        posts(raw.replace(b"schema.org/Article", b"schema.org/Other"))


def test_one_page_of_several_alerts_is_one_post() -> None:
    (post,) = joined([replace(p, text=t) for t in ("A.", "B.", "A.") for p in [only(mail())]])
    assert post.text == "A.\nB."


def item(link: str, title: str = "T") -> str:
    return (
        f'<tr itemscope itemtype="http://schema.org/Article"><td><a href="{link}" itemprop="url">'
        f'<span itemprop="name">{title}</span></a></td></tr>'
    )


def test_the_publishers_name_is_not_the_title() -> None:
    publisher = '<div itemprop="publisher"><a href="https://p.example/" itemprop="url">'
    publisher += '<span itemprop="name">P</span></a></div>'
    html = item("https://a.example/1").replace("<td>", f"<td>{publisher}")
    (entry,) = alert_entries(html, None)
    assert (entry.link, entry.title) == ("https://a.example/1", "T")


def test_hostile_items() -> None:
    html = (
        item("javascript:alert(1)")
        + item("https://a.example/1", "<script>x</script>Gut")
        + item("")
    )
    (entry,) = alert_entries(html, None)
    assert (entry.link, entry.title, entry.texts) == ("https://a.example/1", "Gut", ("",))
    assert (
        len(alert_entries("".join(item(f"https://a.example/{n}") for n in range(3000)), None))
        == 1000
    )


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.integers(0, 200))
def test_any_html_of_an_alert(noise: str, at: int) -> None:
    html = item("https://a.example/1")
    for entry in alert_entries(html[:at] + noise + html[at:], None):
        assert entry.link
