"""The mail that asks a mailbox whether it was its owner who agreed: one for each consent that waits, once.

Whoever moves before they answer is asked again, in the new mailbox: the old one can confirm nothing for them any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from peewee import Cast, Value, fn

from engine import bulk
from engine.clock import DAY, instant
from engine.config import ShopConfig
from engine.consent.confirmation import KIND, RULE, TEMPLATE
from engine.consent.kinds import PENDING, kind_of
from engine.consent.standing import Standing, standings
from engine.outbox.draft import Draft
from engine.outbox.enqueue import enqueue
from engine.store import Store
from models import Address, ConsentChange, Customer, Settlement

SETTLED = ("shop_id", "rule", "customer_id", "anchor", "outcome", "at", "message_id")
MOST = 500  # mails of one transaction


def ask_to_confirm(store: Store, shop: ShopConfig, shop_id: int, now: int) -> int:
    """Queues a mail for each customer whose consent waits and who was not asked yet; returns how many.

    In the caller's transaction: a line is asked about once in one mailbox, ever, by the same key that forbids a second decision.
    """
    lines = _unasked(shop, shop_id, now)
    waits = standings(sorted({line.customer_id for line in lines}), now)
    lines = [line for line in lines if _waits(line, waits[line.customer_id])]
    of_customer: dict[int, list[ConsentChange]] = defaultdict(list)
    for line in lines:
        of_customer[line.customer_id].append(line)
    drafts = [_draft(shop_id, mine, now) for mine in of_customer.values()]
    keys = enqueue(store, shop_id, drafts, now) if drafts else []
    rows = [
        (shop_id, RULE, line.customer_id, f"{PENDING}{line.id}:{line.customer.address_id}", "send", now, key)
        for key, mine in zip(keys, of_customer.values(), strict=True) for line in mine
    ]  # fmt: skip
    bulk.insert(store, Settlement, SETTLED, rows)
    return len(keys)


def _waits(line: ConsentChange, said: Standing) -> bool:
    """Says that a line is neither taken back, too old nor confirmed, perhaps from a former mailbox."""
    return kind_of(str(line.purpose))[1] in said.pending - said.consents


def _unasked(shop: ShopConfig, shop_id: int, now: int) -> list[ConsentChange]:
    """Lists the lines that wait, of customers who can be written to, and that no mail to their mailbox has asked about."""
    c, since = ConsentChange, now - shop.consent.confirm_within_days * DAY
    waiting = c.purpose.in_([PENDING + purpose for purpose in shop.consent.double_opt_in])
    mine = (c.shop == shop_id) & (c.granted == True) & (c.at > since) & (c.at <= now) & waiting  # noqa: E712
    reached = Customer.erased_at.is_null() & Address.suppressed_at.is_null()
    mine &= ~fn.EXISTS(_asked(c))
    rows = c.select(c, Customer).join(Customer).join(Address).where(mine & reached).order_by(c.id)
    return list(rows.limit(MOST))


def _asked(line: Any) -> Any:
    """Finds the key that is left of a line once a mail has asked about it where the customer is now."""
    asked = Value(PENDING).concat(Cast(line.id, "varchar"))
    anchor = asked.concat(":").concat(Cast(Customer.address, "varchar"))
    mine = (Settlement.customer == line.customer) & (Settlement.rule == RULE) & (Settlement.anchor == anchor)
    return Settlement.select(Settlement.id).where(mine)


def _draft(shop_id: int, lines: Sequence[ConsentChange], now: int) -> Draft:
    anchors = tuple(
        {"kind": KIND, "at": line.at, "line": line.id, "name": kind_of(str(line.purpose))[1]}
        for line in sorted(lines, key=lambda line: (-line.at, line.id))
    )
    until_at = max(instant(datetime.fromisoformat(str(line.detail))) for line in lines)
    customer = lines[0].customer
    return Draft(
        shop_id, customer.id, customer.address_id, RULE, "transactional", TEMPLATE, anchors, now, now, until_at,
        title=RULE,
    )  # fmt: skip
