"""The bytes of a mail, as another program reads them."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace

import pytest

from engine.delivery.mime import Envelope, mail_bytes
from engine.delivery.render import Rendered

URI = "https://optyk.example/u/AAAAAAAAAAAAAAAAAAAAAA"
ENVELOPE = Envelope("Optyk Zielińska", "sklep@optyk.example", None, "Anna Żak", "anna@example.com",
                    "<m1@optyk.example>", 1_772_355_600_000_000, URI, "marketing.optyk",
                    "refill:marketing:optyk")  # fmt: skip
RENDERED = Rendered(
    "Soczewki się kończą 👓", "<p>Zażółć gęślą jaźń</p>\n.\n", "Zażółć gęślą jaźń\n.\nFrom here\n", "pl"
)


def _read(envelope: Envelope = ENVELOPE, rendered: Rendered = RENDERED) -> email.message.EmailMessage:
    return email.message_from_bytes(mail_bytes(envelope, rendered), policy=email.policy.default)  # type: ignore[return-value]


def test_text_comes_first_and_html_after_it_and_both_are_what_was_written() -> None:
    parts = list(_read().iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content().replace("\r\n", "\n") == RENDERED.text
    assert parts[1].get_content().replace("\r\n", "\n") == RENDERED.html


def test_the_bytes_are_seven_bit_lines_that_end_in_crlf_and_are_short() -> None:
    raw = mail_bytes(ENVELOPE, RENDERED)
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78


def test_one_click_unsubscribing_stands_on_one_line_unencoded() -> None:
    raw = mail_bytes(ENVELOPE, RENDERED)
    assert f"\r\nList-Unsubscribe: <{URI}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    assert b"\r\nList-Id: <marketing.optyk.optyk.example>\r\n" in raw


def test_a_transactional_mail_is_no_list() -> None:
    read = _read(replace(ENVELOPE, unsubscribe=None))
    assert not [name for name in read if name.startswith("List-") or name == "Precedence"]
    assert read["Auto-Submitted"] == "auto-generated"


def test_the_headers_say_who_writes_to_whom_and_when() -> None:
    read = _read(replace(ENVELOPE, reply_to="pomoc@optyk.example"))
    assert str(read["From"]) == "Optyk Zielińska <sklep@optyk.example>"
    assert str(read["To"]) == "Anna Żak <anna@example.com>"
    assert read["Reply-To"] == "pomoc@optyk.example"
    assert read["Subject"] == RENDERED.subject
    assert read["Message-ID"] == "<m1@optyk.example>"
    assert read["Date"] == "Sun, 01 Mar 2026 09:00:00 +0000"
    assert read["Feedback-ID"] == "refill:marketing:optyk"


def test_a_link_that_relays_would_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="shorten public_url"):
        mail_bytes(replace(ENVELOPE, unsubscribe="https://" + "x" * 70), RENDERED)


def test_a_line_break_in_any_header_is_refused() -> None:
    for name in (
        "sender_name",
        "to_name",
        "to",
        "message_id",
        "reply_to",
        "list_name",
        "feedback_id",
        "unsubscribe",
    ):
        with pytest.raises(ValueError):
            mail_bytes(replace(ENVELOPE, **{name: "x@example.com\r\nBcc: y@example.com"}), RENDERED)


def test_equal_mails_have_equal_bytes_so_that_a_repetition_is_the_same_mail() -> None:
    assert mail_bytes(ENVELOPE, RENDERED) == mail_bytes(ENVELOPE, RENDERED)
