"""One mail that came back, read: a delivery report (RFC 3464), a spam report (RFC 5965), or what older servers write."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.message import Message as Mail
from email.policy import compat32

from engine.feedback.delivery_status import read_status
from engine.feedback.older import read_older
from engine.feedback.parts import parts
from engine.feedback.report import IGNORED, UNREADABLE, Report
from engine.feedback.spam import read_spam

LARGEST = 262_144  # bytes that are read: what counts stands at the front, before the copy of our mail
STATUS = ("message/delivery-status", "message/global-delivery-status")
SPAM = "message/feedback-report"
DAEMON = re.compile(r"\b(?:mailer-daemon|postmaster)@", re.IGNORECASE)
ADDRESSED = (
    "To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-Rcpt-To", "Received",
)  # fmt: skip


def read_mail(raw: bytes, to: str | None = None) -> Report:
    """Reads the bytes of one mail, whatever they are; `to` is the envelope's recipient where it is known.

    It never raises: the standard library and old heuristics meet bytes from strangers here.
    """
    try:
        return _read(email.message_from_bytes(raw[:LARGEST], policy=compat32), to)
    except Exception:  # noqa: BLE001 - parsers of mail fail in ways that nobody can list
        return UNREADABLE


def _read(mail: Mail, to: str | None) -> Report:
    texts = tuple(_addressed(mail, to))
    for part in parts(mail):
        kind = part.get_content_type()
        if kind == SPAM:
            return read_spam(part, mail, texts)
        if kind in STATUS:
            return read_status(part, texts)
    return IGNORED if _from_a_person(mail) else read_older(mail, texts)


def _from_a_person(mail: Mail) -> bool:
    """Says whether this is a note of absence, which is no bounce; Exim calls its bounces an automatic reply too."""
    replied = str(mail.get("Auto-Submitted", "")).strip().lower().startswith("auto-replied")
    daemon = DAEMON.search(str(mail.get("From", "")))
    return replied and daemon is None and mail.get("X-Failed-Recipients") is None


def _addressed(mail: Mail, to: str | None) -> Iterator[str]:
    """Yields where the address that the report was sent to may stand."""
    if to:
        yield to
    for name in ADDRESSED:
        for value in mail.get_all(name, ()):
            yield str(value)
