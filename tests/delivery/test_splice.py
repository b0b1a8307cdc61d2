"""However a mail is cut into pieces, the reader gets the text: what is encoded once and what is encoded for one mail."""

from __future__ import annotations

import email
import email.policy
import quopri

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.delivery.mime import mail_bytes
from engine.delivery.render import Rendered, render
from engine.delivery.splice import Spliced, encoded, quoted
from engine.delivery.templates import Templates
from tests.delivery.mails import SHIPPED, context
from tests.delivery.test_mime import ENVELOPE

WORDS = ("Anna", "Zażółć gęślą jaźń", "Дякуємо, Олено!", "👓", "=", "==3D", " ", "\t", "  \n", "\n", ".", "..", "From ",
         "Fr", "om ", "\nFrom me", "a" * 74, "b" * 75, "c" * 76, "d" * 77, "ż" * 13, "<a href=\"https://x.example/?a=1\">",
         "\n.\n", "x" * 300, "\x00", "\ud800")  # fmt: skip
PIECES = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=90)), max_size=12)


def _read(raw: bytes) -> str:
    return quopri.decodestring(raw).decode("utf-8").replace("\r\n", "\n")


def _sent(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")


@given(PIECES, st.sets(st.integers(0, 11)))
@example(["a" * 75, "=", "b"], {0})
@example(["a" * 76, "b"], {0, 1})
@example(["a" * 73 + "=", "b" * 75], set())
@example(["word ", "\n", " ", "x"], {0, 2})
@example(["Zażółć\r", "\ngęślą"], {0})
@settings(max_examples=400, deadline=None)
def test_any_pieces_come_back_as_the_text_that_they_are_of(pieces: list[str], fixed: set[int]) -> None:
    text = Spliced.of(
        pieces, {piece: encoded(piece) for n, piece in enumerate(pieces) if n in fixed and "\r" not in piece}
    )
    raw = quoted(text)
    assert _read(raw) == _sent("".join(pieces)) == _read(quoted("".join(pieces)))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.endswith((b" ", b"\t"))


@given(st.text(max_size=400), st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_a_whole_mail_says_what_was_written_whatever_was_written(html: str, subject: str) -> None:
    pieces = [html[start : start + 37] for start in range(0, len(html), 37)]
    subject = " ".join(subject.encode("utf-8", "replace").decode("utf-8").split()) or "x"
    subject = "".join(letter for letter in subject if letter.isprintable()) or "x"
    raw = mail_bytes(ENVELOPE, Rendered(subject, Spliced.of(pieces, {}), "t\n", "pl"))
    read = email.message_from_bytes(raw, policy=email.policy.default)
    part = list(read.iter_parts())[1]
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode("utf-8").replace("\r\n", "\n") == _sent(html)


def test_a_line_that_old_mailboxes_would_change_is_written_another_way() -> None:
    raw = quoted("From Anna\nFrom Borys, with love and a very long sentence that goes on and on and on\n")
    assert b"\nFrom " not in b"\n" + raw
    assert _read(raw).startswith("From Anna\nFrom Borys")


def test_what_a_template_says_to_everybody_is_encoded_once_and_is_in_the_mail_as_it_is() -> None:
    templates = Templates(SHIPPED)
    for language in ("pl", "uk", "ru", "en"):
        rendered = render(context("thank-you", (language,)), templates)
        assert isinstance(rendered.html, Spliced)
        fixed = sum(len(piece) for piece in rendered.html.pieces if piece in rendered.html.fixed)
        assert fixed > len(rendered.html) * 0.8
        spliced = mail_bytes(ENVELOPE, rendered)
        plain = mail_bytes(ENVELOPE, Rendered(rendered.subject, str(rendered.html), rendered.text, language))
        for raw in (spliced, plain):
            html = list(email.message_from_bytes(raw, policy=email.policy.default).iter_parts())[1]
            assert html.get_content().replace("\r\n", "\n") == _sent(rendered.html)


def test_a_rewritten_text_is_not_sent_as_it_was_before() -> None:
    text = Spliced.of(["<a href='https://shop.example'>", "Anna"], {"Anna": encoded("Anna")})
    assert (
        _read(quoted(text.replace("shop.example", "counted.example")))
        == "<a href='https://counted.example'>Anna"
    )
