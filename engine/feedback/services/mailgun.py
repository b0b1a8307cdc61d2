"""Mailgun: one event a request, with a signature inside it. Source: documentation.mailgun.com, "Securing webhooks".

The signature is of a moment and a token, not of the event: whoever catches one could put it beside another event. So a token
counts once, and an event only where it names a mail by our own signed word or by the Message-ID that nobody can guess.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from engine.clock import SECOND
from engine.feedback.report import IGNORED, Report
from engine.feedback.services.values import text, texts


def moment_of(value: Any) -> int | None:
    """Returns when a request says that it was signed, in microseconds."""
    said = text(value, "signature", "timestamp").partition(".")[0]
    return int(said) * SECOND if said.isascii() and said.isdigit() and len(said) <= 12 else None


def token_of(value: Any) -> str:
    """Returns the word that counts once."""
    return text(value, "signature", "token")


def signed(value: Any, keys: Sequence[str]) -> bool:
    """Says whether the signature is hex(HMAC-SHA256(one of the keys, timestamp + token))."""
    said, token = text(value, "signature", "timestamp"), token_of(value)
    given = text(value, "signature", "signature").encode("utf-8", "replace")
    body = (said + token).encode("utf-8", "replace")
    wanted = [hmac.new(key.encode(), body, hashlib.sha256).hexdigest().encode() for key in keys]
    right = sum(hmac.compare_digest(given, each) for each in wanted)  # all are compared, whichever is right
    return bool(said and token) and right > 0


def read(value: Any) -> list[Report]:
    """Returns what the event says."""
    event = value.get("event-data") if isinstance(value, dict) else None
    return [_event(event)] if isinstance(event, dict) else [IGNORED]


def _event(event: dict[str, Any]) -> Report:
    kind = text(event, "event")
    words = (*texts(event, "user-variables", "regulars"), *texts(event, "envelope", "sender"))
    ids, whom = texts(event, "message", "headers", "message-id"), texts(event, "recipient")
    if kind == "failed":
        return _failed(event, words, ids, whom)
    if kind == "complained":
        return Report("spam_report", words, ids, whom)
    if kind == "unsubscribed":
        return Report("unsubscribed", words, ids, whom)
    return Report("delivered", words, ids, whom) if kind == "delivered" else IGNORED


def _failed(event: Any, words: tuple[str, ...], ids: tuple[str, ...], whom: tuple[str, ...]) -> Report:
    reason = text(event, "reason")
    if text(event, "severity") != "permanent":
        return Report("delayed")
    if reason == "suppress-complaint":
        return Report("spam_report", words, ids, whom)
    if reason == "suppress-unsubscribe":
        return Report("unsubscribed", words, ids, whom)
    told = [text(event, "delivery-status", name) for name in ("code", "message", "description")]
    status = text(event, "delivery-status", "enhanced-code") or None
    hard = True if reason == "suppress-bounce" else None
    return Report("bounce", words, ids, whom, status, "\n".join(told), hard)
