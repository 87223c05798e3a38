from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from pydantic import BaseModel, ValidationError

from listener.errors import DeliveryError
from listener.messages import Message
from listener.notify.mime import Sender, mail
from tests.notify.samples import ANA, CHART, REPORT, message

SENDER = "Veille <veille@example.org>"


def parsed(sent: Message) -> EmailMessage:
    found = message_from_bytes(mail(sent, SENDER).content, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def test_headers() -> None:
    read = parsed(message())

    assert read["From"] == SENDER
    assert read["To"] == "Ana Lefèvre <ana@example.org>"
    assert read["Subject"] == message().subject
    assert read["Date"].datetime == message().created
    assert read["Message-ID"].endswith("@example.org>")
    assert read["Auto-Submitted"] == "auto-generated"


def test_list_unsubscribe_is_one_plain_line() -> None:
    """Mail programs do not look for encoded words in an address."""
    line = f"List-Unsubscribe: <{message().unsubscribe}>\r\n".encode()

    assert line in mail(message(), SENDER).content
    assert b"List-Unsubscribe" not in mail(message(unsubscribe=None), SENDER).content


def test_a_retry_is_the_same_to_the_byte() -> None:
    whole = message(attachments=(CHART, REPORT))

    assert mail(whole, SENDER) == mail(whole, SENDER)
    assert parsed(whole)["Message-ID"] != parsed(replace(whole, key="other"))["Message-ID"]


def test_text_and_html_are_alternatives_the_better_one_last() -> None:
    read = parsed(message())

    assert read.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == message().text
    assert html.get_content().strip() == message().html


def test_pictures_are_beside_the_html_and_files_attached() -> None:
    read = parsed(message(attachments=(CHART, REPORT)))

    types = [part.get_content_type() for part in read.walk()]
    assert types == [
        "multipart/mixed", "multipart/alternative", "text/plain",
        "multipart/related", "text/html", "image/png", "text/html",
    ]  # fmt: skip
    picture = next(part for part in read.walk() if part.get_content_type() == "image/png")
    assert picture["Content-ID"] == "<chart.png>"
    assert picture["Content-Disposition"].startswith("inline")
    assert picture.get_content() == CHART.content
    (file,) = read.iter_attachments()
    assert file.get_filename() == "report.html"
    assert file.get_content() == "<p>é</p>"


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\u2028b"])
def test_no_text_can_add_a_header(bad: str) -> None:
    read = parsed(message(subject=bad, person=replace(ANA, name=bad)))

    assert read["Bcc"] is None
    assert "\n" not in read["Subject"]
    assert read["To"].addresses[0].addr_spec == "ana@example.org"


def test_typographic_spaces_stay() -> None:
    assert "\u202f: 12" in parsed(message())["Subject"]


@pytest.mark.parametrize("email", [None, "", "nobody", "@example.org", "a@", "a b@\r\nc", "a@.b"])
def test_a_person_without_a_usable_address_is_named(email: str | None) -> None:
    with pytest.raises(DeliveryError, match="Ana Lefèvre") as caught:
        mail(message(person=replace(ANA, email=email)), SENDER)
    assert caught.value.permanent


def test_international_addresses() -> None:
    domain = mail(message(person=replace(ANA, email="ana@exämple.org")), SENDER)
    local = mail(message(person=replace(ANA, email="anaïs@example.org")), SENDER)

    assert (domain.recipient, domain.international) == ("ana@xn--exmple-cua.org", False)
    assert (local.recipient, local.international) == ("anaïs@example.org", True)
    assert "anaïs@example.org".encode() in local.content


@pytest.mark.parametrize(
    ("sender", "good"),
    [
        ("Veille <veille@example.org>", True),
        ("veille@example.org", True),
        ("Veille", False),
        ("", False),
        ("Veille <veille@>", False),
        ("Veille <veillé@example.org>", False),
        ("a@example.org, b@example.org", False),
    ],
)
def test_senders(sender: str, good: bool) -> None:
    class Options(BaseModel):
        sender: Sender

    if good:
        assert Options(sender=sender).sender == sender
    else:
        with pytest.raises(ValidationError, match="write a sender like"):
            Options(sender=sender)
