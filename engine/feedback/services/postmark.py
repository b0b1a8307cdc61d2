"""Postmark: one event a request, proven by user and password. Source: postmarkapp.com/developer/webhooks."""

from __future__ import annotations

from typing import Any

from engine.feedback.report import IGNORED, Report
from engine.feedback.services.values import each, text

HARD = ("HardBounce", "BadEmailAddress")
POLICY = ("Blocked", "SpamNotification", "DMARCPolicy")
SOFT = ("SoftBounce", "DnsError", "Unknown")


def read(value: Any) -> list[Report]:
    """Returns what each event says."""
    return [_event(event) for event in each(value)]


def _event(event: dict[str, Any]) -> Report:
    kind = text(event, "RecordType")
    words = (text(event, "Metadata", "regulars"),)
    whom = tuple(filter(None, (text(event, "Email") or text(event, "Recipient"),)))
    if kind == "Bounce":
        return _bounce(
            text(event, "Type"), words, whom, f"{text(event, 'Details')}\n{text(event, 'Description')}"
        )
    if kind == "SpamComplaint":
        return Report("spam_report", words, recipients=whom)
    if kind == "SubscriptionChange" and event.get("SuppressSending") is True:
        return _suppressed(event, words, whom)
    return Report("delivered", words, recipients=whom) if kind == "Delivery" else IGNORED


def _bounce(kind: str, words: tuple[str, ...], whom: tuple[str, ...], said: str) -> Report:
    if kind in HARD:
        return Report("bounce", words, recipients=whom, said=said, said_hard=True)
    if kind in POLICY:
        return Report("bounce", words, recipients=whom, status="5.7.0", said=said)
    if kind in SOFT:
        return Report("bounce", words, recipients=whom, said=said, said_hard=False)
    if kind == "SpamComplaint":
        return Report("spam_report", words, recipients=whom)
    if kind == "Unsubscribe":
        return Report("unsubscribed", words, recipients=whom)
    return Report("delayed") if kind == "Transient" else IGNORED


def _suppressed(event: dict[str, Any], words: tuple[str, ...], whom: tuple[str, ...]) -> Report:
    """Reads why Postmark sends no more to somebody; what our own people did there is none of the customer's words."""
    reason = text(event, "SuppressionReason")
    if reason == "HardBounce":
        return Report("bounce", words, recipients=whom, said="suppressed by Postmark", said_hard=True)
    if reason == "SpamComplaint":
        return Report("spam_report", words, recipients=whom)
    if text(event, "Origin") == "Recipient":
        return Report("unsubscribed", words, recipients=whom)
    return IGNORED
