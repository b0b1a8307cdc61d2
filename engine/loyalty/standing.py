"""How coupons stand: used, withdrawn, over or good - worked out from orders, mails and the clock, so never out of date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from peewee import fn

from engine.loyalty.codes import folded
from models import Coupon, Customer, Message, Order

Status = Literal["active", "redeemed", "revoked", "expired"]
WITHDRAWN = ("cancelled", "expired", "refused")  # mails that nobody got
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The order that used a coupon: the first that named it and has not been taken back."""

    order: str  # the shop's id
    at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One coupon with all that a shop needs to know of it."""

    coupon: Any
    status: Status
    customer: str | None  # the shop's id
    redeemed: Redeemed | None = None


def redemptions(shop: int, codes: Iterable[str]) -> dict[str, Redeemed]:
    """Returns, by folded code, the order that used it; a cancelled or wholly refunded order frees the code."""
    found: dict[str, Redeemed] = {}
    for some in _pieces(sorted(set(codes))):
        named = (Order.shop == shop) & Order.coupon.is_null(False) & (fn.UPPER(Order.coupon) << some)
        rows = Order.select(fn.UPPER(Order.coupon), Order.external_id, Order.at)
        for code, order, at in (
            rows.where(named & Order.void_at.is_null()).order_by(Order.at.desc(), Order.id.desc()).tuples()
        ):
            found[code] = Redeemed(order, at)
    return found


def standings(shop: int, coupons: Sequence[Any], now: int) -> list[Standing]:
    """Returns how some coupons of a shop stand now, in order."""
    used = redemptions(shop, (coupon.folded for coupon in coupons))
    states = _looked_up(Message, Message.state, (coupon.message_id for coupon in coupons))
    names = _looked_up(Customer, Customer.external_id, (coupon.customer_id for coupon in coupons))
    return [
        Standing(
            coupon, _status(coupon, used.get(coupon.folded), states.get(coupon.message_id), now),
            names.get(coupon.customer_id), used.get(coupon.folded),
        )
        for coupon in coupons
    ]  # fmt: skip


def _status(coupon: Any, used: Redeemed | None, mail: str | None, now: int) -> Status:
    if used is not None:
        return "redeemed"
    if mail in WITHDRAWN:
        return "revoked"
    return "active" if now < coupon.expires_at else "expired"


def issued_after(shop: int, after: int, limit: int) -> list[Any]:
    """Lists coupons of a shop in the order in which they were issued, those after a number."""
    mine = (Coupon.shop == shop) & (Coupon.id > after)
    return list(Coupon.select().where(mine).order_by(Coupon.id).limit(limit))


def coupon_of_code(shop: int, code: str) -> Any:
    """Returns the coupon with this code, however it is spelt, or None."""
    if "\0" in code:
        return None  # a text that PostgreSQL cannot even be asked for
    return Coupon.get_or_none((Coupon.shop == shop) & (Coupon.folded == folded(code)))


def _looked_up(table: Any, column: Any, keys: Iterable[int | None]) -> dict[int | None, Any]:
    found: dict[int | None, Any] = {}
    for some in _pieces(sorted({key for key in keys if key is not None})):
        found |= dict(table.select(table.id, column).where(table.id << some).tuples())
    return found


def _pieces(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
