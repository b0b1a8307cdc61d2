"""Who was erased, kept beside the store, so that a backup from before is told of it when it is brought back.

A backup may know somebody by less than we did: a guest who got an id after it, an address that they had then. So there is a line
for each of their names, and for each mailbox that is suppressed for good.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.consent import beside
from engine.consent.called import (
    Called,
    Somebody,
    digest_of,
    digests_of,
    erase_called,
    everybody_called,
    sought,
)
from engine.consent.erasure import ERASED, digest_of_address, erase, put_digest, put_on_list
from engine.consent.suppression import suppress
from engine.consent.traces import PREFIX
from engine.store import Store
from models import Address, Customer, Shop

NAME = "erasures.ndjson"


def note(home: Path, store: Store, whose: Somebody, now: int) -> None:
    """Appends one erasure, on disk when this returns: a line for each name and each mailbox that is theirs."""
    names = [{"at": now, "customer": digest} for digest in _names(store, whose)]
    beside.append(home, NAME, names + [{"at": now, "mailbox": digest} for digest in _mailboxes(store, whose)])


def _names(store: Store, whose: Somebody) -> list[str]:
    """Leaves out the mailbox that another of the shop has too: whoever was its guest before may be that one."""
    first, *others = digests_of(store, whose)
    named = sought(whose)
    both = beside.digests_of_guest(store, whose.shop.key, (named.mailboxes[key] for key in named.shared_here))
    return [first, *(digest for digest in others if digest not in both)]


def _mailboxes(store: Store, whose: Somebody) -> list[str]:
    named = sought(whose)
    boxes = set(named.own.values())
    if isinstance(whose, Called) and whose.mailbox and whose.mailbox not in named.mailboxes.values():
        boxes.add(whose.mailbox)  # it gets its row only to be suppressed
    return [digest_of_address(store.secret, box) for box in sorted(boxes)]


def take_over(home: Path, file: Path) -> int:
    """Adds the erasures of another home to this one's list; raises UsageError where the file holds none."""
    return beside.take_over(home, NAME, file, _proper)


def _proper(said: beside.Line) -> beside.Line:
    kind = "mailbox" if "mailbox" in said else "customer"
    return {"at": int(said["at"]), kind: str(said[kind])}


def erase_again(home: Path, store: Store, now: int) -> int:
    """Erases whoever was erased before and is there again, customer or not; returns how many that were.

    Their mailboxes are suppressed once more, whether the backup knows them or not.
    """
    lines = beside.read(home, NAME)
    erased = {line["customer"] for line in lines if "customer" in line}
    if not erased:
        return 0
    there = Customer.select(Customer, Shop).join(Shop).where(Customer.erased_at.is_null()).iterator()
    again = [customer.id for customer in there if digest_of(store, customer) in erased]
    for number in again:
        erase(store, Customer.get_by_id(number), now)
    count = len(again) + sum(_called_again(store, shop, erased, now) for shop in Shop.select())
    _suppress_again(store, {line["mailbox"] for line in lines if "mailbox" in line}, now)
    return count


def _called_again(store: Store, shop: Shop, erased: set[str], now: int) -> int:
    again: list[Called] = [
        called for called in everybody_called(shop) if not erased.isdisjoint(digests_of(store, called))
    ]
    for called in again:
        erase_called(store, called, now)
    return len(again)


def _suppress_again(store: Store, digests: Collection[str], now: int) -> None:
    """Puts each mailbox on the list once more, also one that the backup has not or that somebody else had then."""
    clear = Address.select(Address.id, Address.email).where(~Address.email.startswith(PREFIX))
    for key, email in list(clear.tuples()) if digests else ():
        if digest_of_address(store.secret, email) not in digests:
            continue
        if Customer.select().where(Customer.address == key, Customer.erased_at.is_null()).exists():
            suppress(store, key, ERASED, now)
        else:
            put_digest(store, key, email, now)
    listed = Address.select(Address.email).where(Address.email.startswith(PREFIX))
    for digest in sorted(set(digests) - {email for (email,) in listed.tuples()}):
        put_on_list(digest, now)
