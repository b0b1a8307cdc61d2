"""The bytes of a mail: multipart/alternative, text first, 7-bit, CRLF; headers in a form that relays keep."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from engine.clock import moment
from engine.delivery import headers
from engine.delivery.render import Rendered

LINE = 76
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
        mark, b"\r\n", _part("plain", rendered.text),
        mark, b"\r\n", _part("html", rendered.html),
        mark, b"--\r\n",
    ))  # fmt: skip


def _head(envelope: Envelope, subject: str, boundary: str) -> list[bytes]:
    line = headers.line
    found = [
        line("From", headers.mailbox(envelope.sender_name, envelope.sender)),
        line("To", headers.mailbox(envelope.to_name, envelope.to)),
        line("Subject", headers.text(subject)),
        line("Date", mail_date(moment(envelope.at))),
        line("Message-ID", envelope.message_id),
    ]
    if envelope.reply_to:
        found.append(line("Reply-To", headers.domain_as_ascii(envelope.reply_to)))
    if envelope.unsubscribe:
        found += _list_lines(envelope, envelope.unsubscribe)
    found += [
        line("Auto-Submitted", "auto-generated"),
        line("Feedback-ID", envelope.feedback_id),
        line("MIME-Version", "1.0"),
        line("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]
    return found


def _list_lines(envelope: Envelope, uri: str) -> list[bytes]:
    """RFC 8058's one-click unsubscribing, and RFC 2919's name of the list."""
    if len(uri) > LONGEST_URI:
        raise ValueError(
            f"the unsubscribe link has {len(uri)} characters, more than {LONGEST_URI}: shorten public_url"
        )
    domain = envelope.sender.rpartition("@")[2]
    name = f"<{envelope.list_name}.{headers.domain_as_ascii('list@' + domain)[5:]}>"
    return [
        headers.line("List-Unsubscribe", f"<{uri}>"),
        headers.line("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        headers.line("List-Id", name), headers.line("Precedence", "bulk"),
    ]  # fmt: skip


def _part(kind: str, body: str) -> bytes:
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    encoded = b64encode(text)
    lines = b"\r\n".join(encoded[i : i + LINE] for i in range(0, len(encoded), LINE))
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode(
            "ascii"
        )
        + lines
        + b"\r\n"
    )


def mail_date(at: datetime) -> str:
    """Writes RFC 5322's date in UTC, with English names whatever the machine's language."""
    return f"{DAYS[at.weekday()]}, {at.day:02d} {MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} +0000"
