"""What becomes of an address when a mail to it comes back: one policy, whoever told of it.

| what came back | what is done |
|---|---|
| hard: there is nobody (5.1.1, 5.1.2, 5.1.10) | the address gets no mail at all any more |
| soft: full, or in trouble | the third in a row, 14 days or more after the first, pauses the address |
| policy: 5.7.x | nothing to the address: it is our standing, and the rule's refusals are counted |
| a spam report | consent to every purpose but orders is withdrawn; about a mail on an order: no mail at all any more |
| unsubscribed at the mail service | as the link in the mail: its purpose is withdrawn |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from peewee import fn

from engine import bulk
from engine.clock import DAY
from engine.config import Config
from engine.consent.bounce_kinds import Kind, bounce_kind, first_code
from engine.consent.locking import lock_concerned
from engine.consent.suppression import HARD, SOFT, SPAM, let_go_at, suppress
from engine.consent.withdrawal import tell, withdraw
from engine.store import Store
from models import Customer, Feedback, Message, Shop

log = structlog.get_logger()
IN_A_ROW, OVER = 3, 14 * DAY
TAKEN_AFTER = 5 * DAY  # a mail that has not come back by then was taken: servers try no longer
LONGEST_SAID = 500
ADDRESS = re.compile(r"[^\s@<>\"'=;,]+@[^\s@<>\"'=;,]+")
UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")
RANK = ("soft", "policy", "hard", "spam_report")  # the graver word stays
TRANSACTIONAL = "transactional"


@dataclass(frozen=True, slots=True)
class CameBack:
    """One thing that came back of one mail; `said` is the other server's own words."""

    kind: Kind
    source: str
    status: str | None = None
    said: str = ""


def without_addresses(text: str) -> str:
    """Returns another server's words as they may be kept: one line of at most 500 characters that names nobody."""
    plain = " ".join(UNKEEPABLE.sub(" ", text[: 4 * LONGEST_SAID]).split())
    return ADDRESS.sub("…@…", plain)[:LONGEST_SAID]


def note(store: Store, config: Config, message_id: int, back: CameBack, now: int) -> bool:
    """Keeps what came back and acts on it, all in one transaction; says whether it was news.

    The same kind of the same mail again is none, whichever way it comes, so that nothing counts twice.
    """
    fresh = bulk.in_transaction(store, lambda: _note(store, config, message_id, back, now))
    if fresh:
        log.info("came_back", kind=back.kind, source=back.source, status=back.status, message=message_id)
    return fresh


def _note(store: Store, config: Config, message_id: int, back: CameBack, now: int) -> bool:
    row = Message.get_or_none(Message.id == message_id)
    if row is None:
        return False
    lock_concerned(store, row.shop_id, row.address_id, row.customer_id)
    known = (Feedback.message == message_id) & (Feedback.kind == back.kind)
    if Feedback.select().where(known).exists() or _erased(row.customer_id):
        return False
    Feedback.create(
        shop=row.shop_id, customer=row.customer_id, address=row.address_id, message=message_id, kind=back.kind,
        status=back.status, said=without_addresses(back.said) or None, source=back.source, at=now,
    )  # fmt: skip
    if back.kind in RANK and (row.returned is None or RANK.index(back.kind) > RANK.index(row.returned)):
        Message.update(returned=back.kind, returned_at=now).where(Message.id == message_id).execute()
    _act(store, config, row, back, now)
    tell(store, row.shop_id, [row.customer_id], now)
    return True


def _erased(customer_id: int) -> bool:
    found = Customer.select().where((Customer.id == customer_id) & Customer.erased_at.is_null(False))
    return bool(found.exists())


def _act(store: Store, config: Config, row: Any, back: CameBack, now: int) -> None:
    if back.kind == "hard":
        suppress(store, row.address_id, HARD, now, message_id=row.id)
    elif back.kind == "soft" and _too_often(row.address_id, now):
        until = now + config.feedback.pause_days * DAY
        suppress(store, row.address_id, SOFT, now, until=until, message_id=row.id)
    elif back.kind == "spam_report":
        _withdraw(store, config, row, back, now, everything=True)
        if row.purpose == TRANSACTIONAL:
            suppress(store, row.address_id, SPAM, now, message_id=row.id)
    elif back.kind == "unsubscribed":
        _withdraw(store, config, row, back, now, everything=row.purpose == TRANSACTIONAL)


def _withdraw(store: Store, config: Config, row: Any, back: CameBack, now: int, everything: bool) -> None:
    """Withdraws with its evidence: which mail, and who told of it."""
    purposes = (
        [each for each in config.all_purposes() if each != TRANSACTIONAL] if everything else [row.purpose]
    )
    evidence = f"{back.kind} of {row.message_id}, told by {back.source}"
    source = "spam_report" if back.kind == "spam_report" else "unsubscribe"
    withdraw(store, row.shop_id, row.address_id, purposes, now, source, evidence, customer_id=row.customer_id)


def _too_often(address_id: int, now: int) -> bool:
    """Says whether the third soft bounce in a row came, 14 days or more after the first of them."""
    since = max(let_go_at(address_id), _taken_at(address_id, now))
    soft = (Feedback.address == address_id) & (Feedback.kind == "soft") & (Feedback.at > since)
    count, first = Feedback.select(fn.COUNT(1), fn.MIN(Feedback.at)).where(soft).scalar(as_tuple=True)
    return bool(count >= IN_A_ROW and now - first >= OVER)


def _taken_at(address_id: int, now: int) -> int:
    """Returns when the latest mail was handed over that has not come back since: the mailbox took it; 0: there is none."""
    sent = (Message.address == address_id) & (Message.state == "sent") & Message.returned.is_null()
    sent &= Message.settled_at < now - TAKEN_AFTER
    return int(Message.select(fn.COALESCE(fn.MAX(Message.settled_at), 0)).where(sent).scalar())


# --- what the relay itself refused ----------------------------------------------------------------------

OF_THE_RELAY = ("hard_bounce", "refused_by_relay", "refused_by_policy", "deferred_too_long")


def note_refused(store: Store, config: Config, messages: Sequence[int], now: int) -> int:
    """Keeps what the relay said of messages that it refused for good, as of any other bounce; says of how many.

    What is known already changes nothing, so it may be asked again of the same ones, as housekeeping does after a crash.
    """
    refused = (Message.state == "refused") & (Message.reason << OF_THE_RELAY) & Message.returned.is_null()
    columns = (Message.id, Message.reason, Message.reply)
    rows = (
        list(Message.select(*columns).where((Message.id << list(messages)) & refused).tuples())
        if messages
        else []
    )
    return sum(note(store, config, key, _of_relay(reason, reply or ""), now) for key, reason, reply in rows)


def _of_relay(reason: str, reply: str) -> CameBack:
    """Reads a refusal again of which only the beginning was kept: where that differs, what spares the address counts."""
    kind: Kind = "policy" if reason == "refused_by_policy" else bounce_kind(None, reply)
    if kind == "hard" and reason != "hard_bounce":
        kind = "soft"
    return CameBack(kind, "relay", first_code(None, reply), reply)


def lately_refused(now: int) -> list[int]:
    """Lists messages that a relay refused within a day and of which nothing was kept, perhaps because of a crash."""
    refused = (Message.state == "refused") & (Message.reason << OF_THE_RELAY) & Message.returned.is_null()
    found: list[int] = []
    for (shop,) in (
        Shop.select(Shop.id).order_by(Shop.id).tuples()
    ):  # the index of what was settled is by shop
        young = (Message.shop == shop) & (Message.settled_at > now - DAY) & (Message.settled_at <= now)
        found += [key for (key,) in Message.select(Message.id).where(young & refused).limit(500).tuples()]
    return found
