"""Takes back again, in a backup that was brought back, what was taken back after it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path

from engine.consent import beside
from engine.consent.ledger import Entry, append
from engine.consent.suppression import suppress
from engine.consent.withdrawals import NAME, digests_of
from engine.store import Store
from models import Address, Customer, Shop

SOURCE = "taken back after the backup that was restored"
AT_ONCE = 2_000  # customers


def withdraw_again(home: Path, store: Store, now: int) -> tuple[int, int]:
    """Takes back again what was taken back before and stands again; returns for how many customers, and mailboxes."""
    lines = beside.read(home, NAME)
    of_customer: dict[str, list[beside.Line]] = defaultdict(list)
    for line in lines:
        for name in beside.names_in(line):
            of_customer[name].append(line)
    reasons = {line["mailbox"]: line["reason"] for line in lines if "mailbox" in line}
    return _customers(store, of_customer, now), _mailboxes(store, reasons, now)


def _customers(store: Store, said: dict[str, list[beside.Line]], now: int) -> int:
    done = 0
    for shop in Shop.select() if said else ():
        for number, digest in _everybody(store, shop):
            entries = [
                Entry(
                    number,
                    line["purpose"],
                    line.get("granted", False),
                    line["at"],
                    now,
                    SOURCE,
                    detail=line.get("detail"),
                )
                for line in sorted(said.get(digest, ()), key=itemgetter("at"))
            ]
            done += any(append(store, shop.id, entries, now)) if entries else 0
    return done


def _everybody(store: Store, shop: Shop) -> Iterable[tuple[int, str]]:
    here = Customer.select(Customer.id).where(Customer.shop == shop.id, Customer.erased_at.is_null())
    numbers: Sequence[int] = [number for (number,) in here.tuples()]
    for start in range(0, len(numbers), AT_ONCE):
        yield from digests_of(store, shop.id, numbers[start : start + AT_ONCE]).items()


def _mailboxes(store: Store, reasons: dict[str, str | None], now: int) -> int:
    if not reasons:
        return 0
    free = Address.select(Address.id, Address.email).where(Address.suppressed_at.is_null()).tuples()
    again = [
        (number, reason)
        for number, email in list(free)
        if (reason := reasons.get(beside.digest_of_mailbox(store, email)))
    ]
    for number, reason in again:
        suppress(store, number, reason, now)
    return len(again)
