"""A test shop is emptied: everything that test keys have sent, and everything that came of it."""

from __future__ import annotations

from typing import Any

from engine import bulk
from engine.config_testing import is_apart, is_test, plain
from engine.store import Store
from models import (
    TABLES,
    Address,
    ApiKey,
    Caught,
    Cursor,
    Customer,
    CustomerVersion,
    Message,
    RuleState,
    Shop,
    ZoneInUse,
)

STAYS = (ApiKey, Cursor, RuleState, ZoneInUse)  # by which the shop goes on being sent to, and ticked
AT_ONCE = 1_000


def empty_test_shop(store: Store, shop: Shop) -> dict[str, int]:
    """Deletes what a test shop has, and returns how many rows of which table; keys stay, and so do the rules that act.

    A thousand rows a transaction, so that nobody waits long; what comes in meanwhile may stay. Raises ValueError where
    the shop is a real one.
    """
    if not is_test(shop.key):
        raise ValueError(f"{shop.key} is no test shop")
    boxes = _mailboxes(shop)
    found = {}
    for table in reversed(TABLES):
        if "shop" in table._meta.fields and table not in STAYS:
            found[table._meta.table_name] = _delete(store, table, table.shop == shop.id)
    found["caught"] = _forget(store, boxes)
    return {name: rows for name, rows in found.items() if rows}


def _mailboxes(shop: Shop) -> dict[int, str]:
    """Finds the mailboxes that customers or mails of the shop name."""
    found = Address.select(Address.id, Address.email).where(
        Address.id.in_(Customer.select(Customer.address).where(Customer.shop == shop.id))
        | Address.id.in_(Message.select(Message.address).where(Message.shop == shop.id))
        | Address.id.in_(
            CustomerVersion.select(CustomerVersion.address).join(Customer).where(Customer.shop == shop.id)
        )
    )
    return {key: email for key, email in found.tuples() if is_apart(email)}


def _forget(store: Store, boxes: dict[int, str]) -> int:
    """Deletes mailboxes that no other test shop knows, and the mails that the catcher has kept for them."""
    mails = 0
    for key, email in boxes.items():
        with store.transaction():
            mails += Caught.delete().where(Caught.to == plain(email), Caught.test == True).execute()  # noqa: E712 - a column
            if not Customer.select(Customer.id).where(Customer.address == key).exists():
                Address.delete().where(Address.id == key).execute()
    return mails


def _delete(store: Store, table: Any, theirs: Any) -> int:
    rows = 0
    while keys := [key for (key,) in table.select(table.id).where(theirs).limit(AT_ONCE).tuples()]:
        with store.transaction():
            bulk.delete(store, table, "id", keys)
        rows += len(keys)
    return rows
