"""SendGrid: many events a request, signed over moment and body. Source: twilio.com/docs/sendgrid, "Event Webhook"."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from engine.clock import SECOND
from engine.feedback.report import IGNORED, Report
from engine.feedback.services.values import each, text, texts

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
DROPPED = {
    "Bounced Address": "hard", "Invalid": "hard", "Spam Reporting Address": "spam_report",
    "Unsubscribed Address": "unsubscribed",
}  # fmt: skip


def moment_of(timestamp: str) -> int | None:
    """Returns when a request says that it was signed, in microseconds."""
    right = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    return int(timestamp) * SECOND if right else None


def signed(body: bytes, timestamp: str, signature: str, keys: Sequence[str]) -> bool:
    """Says whether one of the public keys proves the signature, ECDSA with SHA-256 over timestamp and body."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_proves(key, given, timestamp.encode("utf-8", "replace") + body) for key in keys)


def _proves(key: str, signature: bytes, what: bytes) -> bool:
    found = load_der_public_key(base64.b64decode(key))
    assert isinstance(found, EllipticCurvePublicKey)  # config.yaml was read so
    try:
        found.verify(signature, what, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def read(value: Any) -> list[Report]:
    """Returns what each event says."""
    return [_event(event) for event in each(value)]


def _event(event: dict[str, Any]) -> Report:
    kind, reason = text(event, "event"), text(event, "reason")
    words, ids, whom = texts(event, "regulars"), texts(event, "smtp-id"), texts(event, "email")
    if kind == "bounce":
        hard = True if text(event, "bounce_classification") == "Invalid Address" else None
        return Report("bounce", words, ids, whom, text(event, "status") or None, reason, hard)
    if kind == "dropped":
        return _dropped(DROPPED.get(reason), words, ids, whom, reason)
    if kind == "spamreport":
        return Report("spam_report", words, ids, whom)
    if kind in ("unsubscribe", "group_unsubscribe"):
        return Report("unsubscribed", words, ids, whom)
    if kind == "delivered":
        return Report("delivered", words, ids, whom)
    return Report("delayed") if kind == "deferred" else IGNORED


def _dropped(
    why: str | None, words: tuple[str, ...], ids: tuple[str, ...], whom: tuple[str, ...], said: str
) -> Report:
    """Reads why SendGrid did not even try: its own list has the address."""
    if why == "hard":
        return Report("bounce", words, ids, whom, said=said, said_hard=True)
    if why == "spam_report":
        return Report("spam_report", words, ids, whom)
    return Report("unsubscribed", words, ids, whom) if why == "unsubscribed" else IGNORED
