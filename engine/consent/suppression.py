"""Suppression: an address that gets no mail at all any more, whatever its purpose or shop; and how it came to that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine import audit, bulk
from engine.consent.erasure import ERASED
from engine.consent.locking import cancel_queued, lock_addresses
from engine.consent.withdrawal import tell
from engine.consent.withdrawals import note_mailbox
from engine.errors import UsageError
from engine.store import Store
from models import Address, Customer, Suppression

HARD, SOFT, SPAM, BY_HAND = "hard_bounce", "soft_bounces", "spam_report", "by_hand"
LEAST_NOTE = 10  # characters: less than that is no reason
AT_ONCE = 500


def suppress(
    store: Store,
    address_id: int,
    reason: str,
    now: int,
    *,
    until: int | None = None,
    author: str | None = None,
    note: str | None = None,
    message_id: int | None = None,
) -> bool:
    """Suppresses the address and cancels everything queued for it; says whether it was not suppressed before.

    `reason` is a short word: hard_bounce, soft_bounces, spam_report, erased, by_hand. With `until` it is only a pause; what is
    said for good takes a pause's place.
    """
    line: dict[str, Any] = {
        "reason": reason,
        "until_at": until,
        "author": author,
        "note": note,
        "message": message_id,
    }
    return bulk.in_transaction(store, lambda: _suppress(store, address_id, line, now))


def _suppress(store: Store, address_id: int, line: dict[str, Any], now: int) -> bool:
    lock_addresses(store, [address_id])
    free = Address.suppressed_at.is_null()
    if line["until_at"] is None:
        free |= Address.suppressed_until_at.is_null(False)
    new = {"suppressed_at": now, "suppressed_reason": line["reason"], "suppressed_until_at": line["until_at"]}
    changed = int(Address.update(new).where((Address.id == address_id) & free).execute())
    cancel_queued(store, [address_id], "suppressed", now)
    if changed:
        act = "suppressed" if line["until_at"] is None else "paused"
        Suppression.create(address=address_id, at=now, act=act, **line)
        if act == "suppressed":
            note_mailbox(store, address_id, line["reason"], now)
    return changed == 1


def suppress_by_hand(
    store: Store, address_id: int, author: str, note: str | None, now: int, channel: audit.Channel
) -> bool:
    """Suppresses an address because a person says so, and writes down who; says whether it was not suppressed before."""

    def work() -> bool:
        done = suppress(store, address_id, BY_HAND, now, author=author, note=note)
        if done:
            audit.write_down(author, "suppress", BY_HAND, now, channel=channel, customer=_number(address_id))
        return done

    return bulk.in_transaction(store, work)


def lift(
    store: Store, address_id: int, author: str, note: str | None, now: int, channel: audit.Channel
) -> str | None:
    """Lets mail go to an address again, and writes down who did it and why; returns what it was suppressed for.

    None where it was not suppressed. Whoever reported spam said so themselves: letting go of that needs a written reason,
    else UsageError, and brings back no consent. Whoever was erased stays so.
    """
    said = (note or "").strip()

    def work() -> str | None:
        lock_addresses(store, [address_id])
        row = Address.get_by_id(address_id)
        if row.suppressed_at is None:
            return None
        reason = str(row.suppressed_reason or BY_HAND)
        demand_reason(reason, said)
        _let_go([address_id])
        Suppression.create(
            address=address_id, at=now, act="lifted", reason=reason, author=author, note=said or None
        )
        note_mailbox(store, address_id, None, now)
        number = _number(address_id)
        audit.write_down(author, "lift suppression", reason, now, channel=channel, customer=number)
        for shop, customer in Customer.select(Customer.shop, Customer.id).where(
            Customer.address == address_id
        ).tuples():  # fmt: skip
            tell(store, shop, [customer], now)
        return reason

    return bulk.in_transaction(store, work)


def demand_reason(reason: str, note: str) -> None:
    """Raises UsageError where a suppression cannot be lifted so."""
    if reason == ERASED:
        raise UsageError("this address belongs to somebody who was erased", remedy="it stays suppressed")
    if reason == SPAM and len(note) < LEAST_NOTE:
        raise UsageError(
            "this customer reported a mail about an order as spam",
            remedy=f"say why mail may go there again, in {LEAST_NOTE} characters or more",
        )


def end_pauses(store: Store, now: int) -> int:
    """Lets go of addresses whose pause is over; returns how many that were."""
    over = Address.suppressed_until_at.is_null(False) & (Address.suppressed_until_at <= now)
    rows = Address.select(Address.id, Address.suppressed_reason).where(over).limit(AT_ONCE)
    return sum(_end(store, key, str(reason), now) for key, reason in list(rows.tuples()))


def _end(store: Store, address_id: int, reason: str, now: int) -> int:
    """Ends one pause, unless something else has come in its place."""

    def work() -> int:
        lock_addresses(store, [address_id])
        over = (Address.suppressed_until_at <= now) & (Address.id == address_id)
        if not Address.select().where(over).exists():
            return 0
        _let_go([address_id])
        Suppression.create(address=address_id, at=now, act="lifted", reason=reason)
        return 1

    return bulk.in_transaction(store, work)


def _let_go(addresses: Sequence[int]) -> None:
    empty = {"suppressed_at": None, "suppressed_reason": None, "suppressed_until_at": None}
    Address.update(empty).where(Address.id << list(addresses)).execute()


def _number(address_id: int) -> int | None:
    """Returns the number of a customer of the address, which names nobody, for the audit log."""
    row = Customer.select(Customer.id).where(Customer.address == address_id).order_by(Customer.id).first()
    return None if row is None else int(row.id)


def story(address_id: int | None, most: int = 50) -> list[Suppression]:
    """Lists what became of an address, the newest first."""
    mine = Suppression.address == address_id
    return list(
        Suppression.select().where(mine).order_by(Suppression.at.desc(), Suppression.id.desc()).limit(most)
    )


def let_go_at(address_id: int) -> int:
    """Returns when a person last let mail go to the address again; 0 where nobody did. What came back before is forgiven."""
    lifted = (
        (Suppression.address == address_id)
        & (Suppression.act == "lifted")
        & Suppression.author.is_null(False)
    )
    newest = Suppression.select(Suppression.at).where(lifted).order_by(Suppression.at.desc()).first()
    return 0 if newest is None else int(newest.at)
