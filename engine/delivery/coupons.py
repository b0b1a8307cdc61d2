"""The coupon of a mail: issued when the mail is made to be sent, and made up wherever a mail is only looked at.

Not when it is decided: a mail may be held up for days, and the customer's days of grace would pass in the queue. Not
later either: the code is committed before the first byte leaves, so that no customer has a code that nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from engine.failpoint import failpoint
from engine.loyalty.codes import EXAMPLE
from engine.loyalty.coupons import Wanted, issue, last_day
from engine.store import Store
from models import Coupon, Customer, Message

NO_COUPON = "no_coupon"  # the reason of a mail that had to go without its code, and so did not go


def issue_coupons(store: Store, rows: Sequence[Message], key: bytes, now: int) -> list[tuple[int, str, str]]:
    """Issues what claimed mails promise; returns those that must not go: (id, reason, what is wrong)."""
    promising = [row for row in rows if _offer(row)]
    if not promising:
        return []
    zones = _zones(row.customer_id for row in promising)
    wanted = [_wanted(row, zones[row.customer_id], now) for row in promising]
    issued = issue(store, wanted, key, now)
    failpoint("coupons.committed")
    return [
        (each.message, NO_COUPON, f"the pool {each.pool!r} has no code left; server.py coupons add {each.pool} FILE")
        for each in wanted if each.message not in issued
    ]  # fmt: skip


def _offer(mail: Any) -> dict[str, Any] | None:
    """Returns what the rule's `with` says of a coupon."""
    offers: dict[str, Any] = mail.extra or {}
    return offers.get("coupon")


def _wanted(row: Message, zone: str, now: int) -> Wanted:
    offer = row.extra["coupon"]
    return Wanted(
        row.id, row.token, row.shop_id, row.customer_id, row.rule, int(offer["percent"]),
        _last_day(offer, now, zone), zone, offer.get("pool"),
    )  # fmt: skip


def _last_day(offer: Mapping[str, Any], now: int, zone: str) -> date:
    """Reads how long a coupon is valid, as a rule holds it or as the outbox keeps it: `14 days`."""
    amount, unit = str(offer["valid"]).split()
    return last_day(now, int(amount), unit if unit.endswith("s") else f"{unit}s", zone)


def _zones(customers: Iterable[int]) -> dict[int, str]:
    keys = sorted(set(customers))
    return dict(Customer.select(Customer.id, Customer.zone).where(Customer.id << keys).tuples())


def issued_to(mails: Iterable[Any]) -> dict[str, Coupon]:
    """Returns the coupons that some mails have been given, by the mail's token; drafts have none."""
    tokens = sorted({mail.token for mail in mails if _offer(mail)})
    if not tokens:
        return {}
    rows = Coupon.select(Coupon, Message.token).join(Message).where(Message.token << tokens)
    return {row.message.token: row for row in rows}


def coupon_of(mail: Any, issued: Mapping[str, Coupon], zone: str, now: int) -> dict[str, Any] | None:
    """Returns what a template may say of a mail's coupon; one that was never issued shows an example."""
    offer = _offer(mail)
    if not offer:
        return None
    row = issued.get(mail.token)
    if row is None:
        return {"code": EXAMPLE, "percent": int(offer["percent"]), "valid_until": _last_day(offer, now, zone)}
    return {"code": row.code, "percent": row.percent, "valid_until": date.fromisoformat(row.valid_until)}
