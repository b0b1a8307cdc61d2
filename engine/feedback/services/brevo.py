"""Brevo: events without a number or a signature, proven by user and password. Source: developers.brevo.com, "Webhooks"."""

from __future__ import annotations

from typing import Any

from engine.feedback.report import IGNORED, Report
from engine.feedback.services.values import each, text, texts

HARD = ("hard_bounce", "invalid_email")


def read(value: Any) -> list[Report]:
    """Returns what each event says; the four kinds of opening it has are none of our business."""
    return [_event(event) for event in each(value)]


def _event(event: dict[str, Any]) -> Report:
    kind, said = text(event, "event"), text(event, "reason")
    words, ids, whom = texts(event, "X-Mailin-custom"), texts(event, "message-id"), texts(event, "email")
    if kind in HARD:
        return Report("bounce", words, ids, whom, said=said, said_hard=True)
    if kind == "soft_bounce":
        return Report("bounce", words, ids, whom, said=said, said_hard=False)
    if kind in ("spam", "complaint"):
        return Report("spam_report", words, ids, whom)
    if kind == "unsubscribed":
        return Report("unsubscribed", words, ids, whom)
    if kind == "delivered":
        return Report("delivered", words, ids, whom)
    return Report("delayed") if kind == "deferred" else IGNORED
