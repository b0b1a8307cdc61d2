"""The bytes of a mail: multipart/alternative, text first, 7-bit, CRLF; headers in a form that relays keep."""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from engine.clock import SECOND, moment
from engine.delivery import headers
from engine.delivery.render import Rendered
from engine.delivery.splice import quoted

WIDTH = 57  # bytes that make a line of 76 characters in base64
TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
LONGEST_URI = 70  # a longer one is folded or encoded by relays, and one-click unsubscribing dies silently
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, and what a mailbox provider may know of the kind of mail."""

    sender_name: str
    sender: str
    reply_to: str | None
    to_name: str | None
    to: str
    message_id: str  # with its angle brackets
    at: int
    unsubscribe: str | None  # None for transactional mail
    list_name: str  # shop and purpose, for List-Id
    feedback_id: str  # rule:purpose:shop, never a person


def mail_bytes(envelope: Envelope, rendered: Rendered) -> bytes:
    """Builds the mail as it goes over the wire; raises ValueError where a header could be broken out of."""
    boundary = "=_" + hashlib.sha256(envelope.message_id.encode("ascii")).hexdigest()[:32]
    head = b"".join(_head(envelope, rendered.subject, boundary))
    mark = f"--{boundary}".encode("ascii")
    return b"".join((
        head, b"\r\n",
        mark, b"\r\n", TEXT, _base64(rendered.text),
        mark, b"\r\n", HTML, quoted(rendered.html), b"\r\n",
        mark, b"--\r\n",
    ))  # fmt: skip


def _head(envelope: Envelope, subject: str, boundary: str) -> list[bytes]:
    line, of_kind = headers.line, _lines_of(envelope.sender_name, envelope.sender, envelope.reply_to)
    listed = _list_lines(envelope, envelope.unsubscribe) if envelope.unsubscribe else ()
    return [
        of_kind[0],
        line("To", headers.mailbox(envelope.to_name, envelope.to)),
        line("Subject", headers.text(subject)),
        line("Date", _date_of_second(envelope.at // SECOND)),
        line("Message-ID", envelope.message_id),
        *of_kind[1:],
        *listed,
        line("Auto-Submitted", "auto-generated"),
        line("Feedback-ID", envelope.feedback_id),
        line("MIME-Version", "1.0"),
        line("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]


@lru_cache(maxsize=256)
def _lines_of(name: str, sender: str, reply_to: str | None) -> tuple[bytes, ...]:
    """Writes what is the same in all mails of a shop: From, and Reply-To where there is one."""
    found = [headers.line("From", headers.mailbox(name, sender))]
    if reply_to:
        found.append(headers.line("Reply-To", headers.domain_as_ascii(reply_to)))
    return tuple(found)


@lru_cache(maxsize=16)
def _date_of_second(second: int) -> str:
    return mail_date(moment(second * SECOND))


def _list_lines(envelope: Envelope, uri: str) -> tuple[bytes, ...]:
    """RFC 8058's one-click unsubscribing, and RFC 2919's name of the list."""
    if len(uri) > LONGEST_URI:
        raise ValueError(
            f"the unsubscribe link has {len(uri)} characters, more than {LONGEST_URI}: shorten public_url"
        )
    return (
        headers.line("List-Unsubscribe", f"<{uri}>"),
        headers.line("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        _list_id(envelope.list_name, envelope.sender), headers.line("Precedence", "bulk"),
    )  # fmt: skip


@lru_cache(maxsize=256)
def _list_id(name: str, sender: str) -> bytes:
    domain = headers.domain_as_ascii("list@" + sender.rpartition("@")[2])[5:]
    return headers.line("List-Id", f"<{name}.{domain}>")


def _base64(body: str) -> bytes:
    """Encodes the text, which for readers of Cyrillic would be twice as long in quoted-printable."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    return b"".join(
        [b2a_base64(text[i : i + WIDTH], newline=False) + b"\r\n" for i in range(0, len(text), WIDTH)]
    )


def mail_date(at: datetime) -> str:
    """Writes RFC 5322's date in UTC, with English names whatever the machine's language."""
    return f"{DAYS[at.weekday()]}, {at.day:02d} {MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} +0000"
