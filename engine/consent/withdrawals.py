"""Who took something back, kept beside the store, so that a backup from before is told of it when it is brought back.

A withdrawal, an objection, a stopped rule, a pause, a wish for fewer mails, a suppression: whoever asked for one
must not get mail again because a disk died.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import structlog

from engine import bulk
from engine.afterwards import after_commit
from engine.consent import beside
from engine.consent.kinds import PROFILING, RULE, WISHES, kind_of
from engine.store import Store
from models import Address, Customer, CustomerVersion, Shop

NAME = "withdrawals.ndjson"
log = structlog.get_logger()
# By which customer, what stands in the ledger for it, whether as granted, when, and a wish's value.
Said = tuple[int, str, bool, int, str | None]


def note_taken_back(store: Store, shop_id: int, said: Iterable[Said]) -> None:
    """Appends what of this keeps mails away, as soon as the caller's transaction is committed; wishes with their end."""
    counting = [each for each in said if _counts(each[1], each[2])]
    home = store.home
    if not counting or home is None:
        return
    who = _names(store, shop_id, {each[0] for each in counting})
    lines = [
        {"at": at, **who[customer], "purpose": what}
        | ({"granted": granted, "detail": detail} if what in WISHES else {})
        for customer, what, granted, at, detail in counting
    ]
    after_commit(lambda: _keep(home, lines))


def _keep(home: Path, lines: list[beside.Line]) -> None:
    """Keeps what is committed already: whoever withdraws must not be told that it failed because the list cannot be written."""
    try:
        beside.append(home, NAME, lines)
    except OSError as error:
        log.error("withdrawals_not_listed", reason=str(error), count=len(lines))


def _counts(what: str, granted: bool) -> bool:
    return what in WISHES or (not granted and (what == PROFILING or kind_of(what)[0] in ("", RULE)))


def _names(store: Store, shop_id: int, customers: Iterable[int]) -> dict[int, beside.Line]:
    """Returns how a line calls each customer: as now, and as a guest at each mailbox that they have had."""
    shop, now = Shop.get_by_id(shop_id).key, digests_of(store, shop_id, customers)
    boxes = bulk.fetch(store, Customer, ("id", "address_id"), "id", now)
    boxes += bulk.fetch(store, CustomerVersion, ("customer_id", "address_id"), "customer_id", now)
    emails: dict[int, str] = dict(
        bulk.fetch(store, Address, ("id", "email"), "id", {box for _, box in boxes if box})
    )
    had: dict[int, set[str]] = {number: set() for number in now}
    for number, box in boxes:
        had[number] |= {emails[box]} if box else set()
    also = {number: beside.digests_of_guest(store, shop, had[number]) for number in now}
    return {
        number: {"customer": name, "also": [each for each in also[number] if each != name]}
        for number, name in now.items()
    }


def digests_of(store: Store, shop_id: int, customers: Iterable[int]) -> dict[int, str]:
    """Returns what stands for each of the customers in a list beside the store."""
    shop = Shop.get_by_id(shop_id).key
    rows = bulk.fetch(store, Customer, ("id", "external_id", "address_id"), "id", customers)
    guests = [address for _, external_id, address in rows if external_id is None and address is not None]
    mails: dict[int | None, str] = dict(bulk.fetch(store, Address, ("id", "email"), "id", guests))
    return {
        number: beside.digest_of_customer(store, shop, number, external_id, mails.get(address))
        for number, external_id, address in rows
    }


def note_mailbox(store: Store, address_id: int, reason: str | None, now: int) -> None:
    """Appends that a mailbox was suppressed, or with no reason let go of, as soon as the transaction is committed."""
    home = store.home
    if home is None:
        return
    line = {"at": now, "mailbox": beside.digest_of_mailbox(store, Address.get_by_id(address_id).email)}
    after_commit(lambda: _keep(home, [line | {"reason": reason}]))


def take_over(home: Path, file: Path) -> int:
    """Adds the withdrawals of another home to this one's list; raises UsageError where the file holds none."""
    return beside.take_over(home, NAME, file, _proper)


def _proper(said: beside.Line) -> beside.Line:
    if "mailbox" in said:
        reason = said["reason"]
        return {"at": int(said["at"]), "mailbox": str(said["mailbox"]), "reason": reason and str(reason)}
    line = {"at": int(said["at"]), "customer": str(said["customer"]), "purpose": str(said["purpose"])}
    if "also" in said:
        line["also"] = [str(each) for each in said["also"]]
    if "granted" in said:
        line |= {"granted": bool(said["granted"]), "detail": said["detail"] and str(said["detail"])}
    return line
