"""A report is believed only where it names a mail of ours by a word that we have signed; then the policy acts on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from engine.clock import DAY
from engine.config import Config
from engine.consent.bounce_kinds import Kind, bounce_kind, first_code
from engine.consent.returned import CameBack, note
from engine.delivery.verp import messages_in
from engine.feedback.counting import add
from engine.feedback.known import known_taken
from engine.feedback.report import Report
from engine.intake.reading import mailbox
from engine.outbox.refusals import pause_refused
from engine.store import Store
from models import Address, Message

FRESH = 30 * DAY  # servers try for five days: what tells of an older mail is a replay, or of no use any more


def take(store: Store, config: Config, report: Report, source: str, now: int) -> str:
    """Believes a report or not, acts on it, counts it, and returns the word by which it was counted.

    Words: hard, soft, policy, spam_report, unsubscribed, delivered; repeated; delayed, ignored, unreadable; and forged, for
    what names no mail of ours that has left within 30 days.
    """
    (word,) = take_all(store, config, [report], source, now)
    return word


def take_all(store: Store, config: Config, reports: Iterable[Report], source: str, now: int) -> Counter[str]:
    """Does the same with several, each by itself, and counts them together."""
    words = Counter(_take(store, config, report, source, now) for report in reports)
    add(store, source, words, now)
    return words


def _take(store: Store, config: Config, report: Report, source: str, now: int) -> str:
    if report.what in ("delayed", "ignored", "unreadable"):
        return report.what
    row = message_of(store, report, now)
    if report.what == "delivered":
        if row is not None:
            known_taken(store, row.id, "told by the mail service", now)
        return "delivered"
    if row is None:
        return "forged"
    known_taken(store, row.id, f"known by what came back ({source})", now)
    kind = _kind(report)
    back = CameBack(kind, source, first_code(report.status, report.said), report.said)
    if not note(store, config, row.id, back, now):
        return "repeated"
    if kind == "policy":
        pause_refused(store, [row.id], config.rules.refusals, now)
    return kind


def _kind(report: Report) -> Kind:
    if report.what == "spam_report" or report.what == "unsubscribed":
        return report.what
    kind = bounce_kind(report.status, report.said, report.said_hard is True)
    return "soft" if kind == "hard" and report.said_hard is False else kind


def message_of(store: Store, report: Report, now: int) -> Any | None:
    """Returns the mail that a report names for sure, or None; two different ones are none."""
    named = messages_in(store.secret, report.texts) if store.secret else set()
    if len(named) == 1:
        row = Message.get_or_none(Message.id == named.pop())
    elif not named and report.message_ids:
        row = Message.get_or_none(Message.message_id << list(_in_brackets(report.message_ids)))
    else:
        row = None
    if row is None or row.sending_at is None or not 0 <= now - row.sending_at <= FRESH:
        return None
    return row if _concerns(report, row) else None


def _in_brackets(given: Iterable[str]) -> Iterable[str]:
    """Yields message ids as ours are written; services leave the brackets out as they please."""
    for text in given:
        yield f"<{text.strip().removeprefix('<').removesuffix('>')}>"


def _concerns(report: Report, row: Any) -> bool:
    """Says whether the report is about the mailbox that the mail went to; one that names nobody is."""
    if not report.recipients:
        return True
    ours = Address.select(Address.email).where(Address.id == row.address_id).scalar()
    return any(_plain(each) == ours for each in report.recipients)


def _plain(said: str) -> str:
    try:
        return mailbox(said.strip().strip("<>"))
    except ValueError:
        return ""
