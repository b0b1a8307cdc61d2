"""Decisions and the states of mails as plain sentences: why somebody did or did not get it."""

from __future__ import annotations

from typing import Any

from engine.matching.gone import ORDER_VOID
from engine.reports.voice import Voice

CANCELLED = "cancelled"
OUTCOMES = ("send", "hold", "refuse", "expire")
STATES = ("queued", "claimed", "sending", "deferred", "sent", "unknown", "refused", "cancelled", "expired")


def reason_words(reason: str | None, because_of: str | None, voice: Voice) -> str:
    """Names a reason, with the house rule, cap or group that it comes from, or what it was that cancelled."""
    if not reason:
        return ""
    if reason == CANCELLED and because_of:
        return voice.known(f"reason.{because_of}", voice(f"reason.{CANCELLED}"))
    if because_of and voice.words.has(voice.language, f"because.{reason}"):
        return voice(f"because.{reason}", because=because_of)
    return voice.known(f"reason.{reason}", reason)


def decision_sentence(decision: Any, voice: Voice) -> str:
    """Says what was decided and why: `held until 12 Mar, 08:00: quiet hours`."""
    why = reason_words(decision.reason, decision.because_of, voice)
    if decision.outcome == "hold" and decision.until_at is not None:
        said = voice("decided.hold_until", until=voice.when(decision.until_at), why=why)
    else:
        said = voice(f"decided.{decision.outcome}", why=why)
    return said + (f" {voice('decided.taken_by', rule=decision.taken_by)}" if decision.taken_by else "")


def returned_words(kind: str | None, voice: Voice) -> str:
    """Says what came back of a mail that a server had taken: `it came back: the mailbox does not exist`."""
    return voice.known(f"returned.{kind}", kind) if kind else ""


def stop_words(reason: str | None, voice: Voice) -> str:
    """Names why a mail did not go; `cancelled` is always its order's then: a rule that goes says so itself."""
    return reason_words(reason, ORDER_VOID if reason == CANCELLED else None, voice)


def message_sentence(message: Any, voice: Voice) -> str:
    """Says where a mail is and why: `cancelled: the customer unsubscribed`."""
    state = message.state
    if state == "deferred" or (state == "queued" and message.not_before_at > voice.now):
        return voice("mail.later", until=voice.when(message.not_before_at))
    if state == "sent":
        said = voice("mail.sent", at=voice.when(message.settled_at))
        return f"{said}; {returned_words(message.returned, voice)}" if message.returned else said
    said = voice(f"mail.{state}")
    # the reason of an unknown mail only counts how often that has happened; that of an expired one repeats its state
    telling = message.reason and not message.reason.startswith(("unknown", "expired"))
    return f"{said}: {stop_words(message.reason, voice)}" if telling else said
