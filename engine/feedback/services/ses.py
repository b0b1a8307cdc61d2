"""Amazon SES: what a notification or an event says, once SNS has brought it.

Source: docs.aws.amazon.com/ses, "Amazon SNS notification contents" and "Examples of event data".
"""

from __future__ import annotations

from typing import Any

from engine.feedback.report import IGNORED, Report
from engine.feedback.services.values import at, each, text, texts

NOT_SPAM = "not-spam"


def read(value: Any) -> list[Report]:
    """Returns what the notification says of each recipient."""
    if not isinstance(value, dict):
        return [IGNORED]
    kind = text(value, "notificationType") or text(value, "eventType")
    words, ids = _words(value), texts(value, "mail", "commonHeaders", "messageId")
    if kind == "Bounce":
        found = [
            _bounce(value, each_one, words, ids)
            for each_one in each(at(value, "bounce", "bouncedRecipients"))
        ]
        return found or [IGNORED]
    if kind == "Complaint":
        return _complaint(value, words, ids)
    if kind == "Delivery":
        return [Report("delivered", words, ids)]
    if kind == "Subscription":
        return [Report("unsubscribed", words, ids)]
    return [Report("delayed") if kind == "DeliveryDelay" else IGNORED]


def _words(value: Any) -> tuple[str, ...]:
    """Returns where our signed word may stand: the envelope's sender, which SES calls the source, and our tag."""
    return (*texts(value, "mail", "source"), *texts(value, "mail", "tags", "regulars"))


def _bounce(value: Any, one: dict[str, Any], words: tuple[str, ...], ids: tuple[str, ...]) -> Report:
    status, said, whom = text(one, "status") or None, text(one, "diagnosticCode"), texts(one, "emailAddress")
    kind = text(value, "bounce", "bounceType")
    if kind == "Permanent":
        return Report("bounce", words, ids, whom, status, said, said_hard=True)
    if not status and not said:  # SES calls notes of absence a transient bounce, without a code
        return IGNORED
    return Report("bounce", words, ids, whom, status, said, said_hard=False)


def _complaint(value: Any, words: tuple[str, ...], ids: tuple[str, ...]) -> list[Report]:
    kind = text(value, "complaint", "complaintFeedbackType")
    if kind == NOT_SPAM:
        return [IGNORED]
    whom = [texts(one, "emailAddress") for one in each(at(value, "complaint", "complainedRecipients"))]
    return [Report("spam_report", words, ids, each_one, said=kind) for each_one in whom or [()]]
