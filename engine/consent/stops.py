"""Stopping just that: somebody wants no more mails of one rule, and keeps the rest.

It is a line of the ledger like any other, with `rule:ID` for a purpose: who said it, when and where stays for good, it moves
along when two customers turn out to be one, and a rehearsal of the past sees it from its moment on.
"""

from __future__ import annotations

from engine import bulk
from engine.consent.kinds import RULE
from engine.consent.ledger import Entry, append
from engine.consent.locking import cancel_queued, lock_concerned
from engine.consent.withdrawal import tell
from engine.store import Store
from models import ConsentChange

PREFIX = RULE


def stop_of(rule: str) -> str:
    """Returns what stands in the ledger for one rule's mails."""
    return PREFIX + rule


def rule_stopped(purpose: str) -> str | None:
    """Returns the rule that a line of the ledger is about, or None where it is about a purpose."""
    return purpose.removeprefix(PREFIX) if purpose.startswith(PREFIX) else None


def stop_rule(
    store: Store, shop_id: int, address_id: int, rule: str, now: int, source: str, customer_id: int | None = None
) -> int:  # fmt: skip
    """Stops a rule's mails for every customer of the shop who shares an address; says for how many that is new.

    `customer_id` is whom the mail was for: they are meant too, whatever their address is by now. What waits in the outbox is
    cancelled in the same transaction; repeating it changes nothing.
    """
    return _say(store, shop_id, address_id, rule, now, source, False, customer_id)


def allow_rule(
    store: Store, shop_id: int, address_id: int, rule: str, now: int, source: str, customer_id: int | None = None
) -> int:  # fmt: skip
    """Lets the mails of a stopped rule come again to the same customers; says for how many that is new."""
    return _say(store, shop_id, address_id, rule, now, source, True, customer_id)


def _say(
    store: Store, shop_id: int, address_id: int, rule: str, now: int, source: str, granted: bool, customer_id: int | None
) -> int:  # fmt: skip
    def work() -> int:
        customers = lock_concerned(store, shop_id, address_id, customer_id)
        if granted:  # there is nothing to let come again where nothing was stopped
            customers = [customer for customer in customers if stopped_at(customer, rule, now) is not None]
        entries = [Entry(customer, stop_of(rule), granted, now, now, source) for customer in customers]
        written = append(store, shop_id, entries, now)
        if not granted:
            cancel_queued(
                store, [address_id], "withdrawn", now, shop_id=shop_id, rule=rule, customers=customers
            )
        fresh = [customer for customer, new in zip(customers, written, strict=True) if new]
        tell(store, shop_id, fresh, now)
        return len(fresh)

    return bulk.in_transaction(store, work)


def stopped_at(customer_id: int, rule: str, at: int) -> int | None:
    """Returns since when the customer wants no mails of the rule, as known at `at`; None where they may come."""
    asked = (ConsentChange.customer == customer_id) & (ConsentChange.purpose == stop_of(rule))
    known = (ConsentChange.at <= at) & (ConsentChange.recorded_at <= at)
    newest = (ConsentChange.at.desc(), ConsentChange.recorded_at.desc(), ConsentChange.id.desc())
    change = ConsentChange.select().where(asked & known).order_by(*newest).first()
    return None if change is None or change.granted else int(change.at)
