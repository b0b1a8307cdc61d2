"""Abuse reports: a mailbox provider tells that somebody called our mail spam (ARF, RFC 5965)."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message as Mail
from email.parser import HeaderParser
from email.policy import compat32

from engine.feedback.parts import parts
from engine.feedback.report import IGNORED, Report

SPAM = ("abuse", "fraud", "complaint")
OPTED_OUT = ("opt-out", "opt-out-list")  # RFC 5965's former words, still in use
OF_OUR_MAIL = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


def read_spam(part: Mail, whole: Mail, texts: tuple[str, ...]) -> Report:
    """Returns a spam report; `not-spam`, `auth-failure` and other kinds are none.

    The return path stands in the report's own field, or where the receiver wrote it into the copy of our mail.
    """
    fields = _fields_of(part)
    kind = str(fields.get("Feedback-Type", "")).strip().lower()
    what = "spam_report" if kind in SPAM else "unsubscribed" if kind in OPTED_OUT else None
    if what is None:
        return IGNORED
    found = [str(value) for value in fields.get_all("Original-Mail-From", ())]
    found += [path for copy in _copies(whole) for path in copy]
    said = " ".join(str(fields.get(name, "")) for name in ("User-Agent", "Source-IP", "Reported-Domain"))
    return Report(
        "spam_report" if what == "spam_report" else "unsubscribed", (*texts, *found), said=f"{kind} {said}"
    )


def _fields_of(part: Mail) -> Mail:
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], Mail):
        return inner[0]
    return _headers(inner if isinstance(inner, str) else "")


def _copies(whole: Mail) -> Iterator[list[str]]:
    """Yields the return paths of the mails that the report holds."""
    for part in parts(whole):
        if part.get_content_type() not in OF_OUR_MAIL:
            continue
        inner = part.get_payload()
        copy = (
            inner[0]
            if isinstance(inner, list) and inner
            else _headers(inner if isinstance(inner, str) else "")
        )
        if isinstance(copy, Mail):
            yield [str(value) for value in copy.get_all("Return-Path", ())[:3]]


def _headers(text: str) -> Mail:
    return HeaderParser(policy=compat32).parsestr(text)
