"""What is known of one customer: facts as RULES.md lists them, worked out from what a case gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.rehearsal.cases import Given
from tests.reference.moments import DAY

BEGINNING = 2 * DAY
RATES = {"PLN": Decimal(1), "EUR": Decimal("4.00"), "UAH": Decimal("0.10")}
STATUSES = ("ordered", "reinstated", "delivered", "cancelled")  # the later wins between equal moments
GOODS = ("product", "category", "brand", "price", "quantity")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: what its filters see, and what ties it to others."""

    kind: str
    at: int
    known_at: int
    source: tuple[Any, ...]
    values: dict[str, Any]
    order: str | None = None
    goods: tuple[dict[str, Any], ...] = ()  # of orders and refunds: their products


@dataclass(slots=True)
class Order:
    """An order as its reports make it."""

    id: str
    at: int
    known_at: int
    lines: list[dict[str, Any]]
    total: int
    currency: str
    coupon: str | None
    channel: str | None
    cancelled: Given | None = None  # while it is
    delivered: list[Given] = field(default_factory=list)
    refunds: list[tuple[Given, int, dict[str, int]]] = field(
        default_factory=list
    )  # amount, pieces by product
    returned: int | None = None  # when everything had been refunded

    @property
    def void(self) -> bool:
        """Counts as never having happened."""
        return self.cancelled is not None or self.returned is not None

    @property
    def net(self) -> int:
        """What it comes to, less refunds."""
        return self.total - sum(amount for _, amount, _ in self.refunds)

    def kept_lines(self) -> list[dict[str, Any]]:
        """The products that were not refunded whole."""
        back: dict[str, int] = {}
        for _, _, pieces in self.refunds:
            for product, count in pieces.items():
                back[product] = back.get(product, 0) + count
        return [line for line in self.lines if back.get(line["product"], 0) < line["quantity"]]


def minor(said: Any, currency: str | None = None) -> int:
    """An amount in hundredths of a złoty."""
    amount, _, named = str(said).partition(" ")
    return int(Decimal(amount) * RATES[named or currency or "PLN"] * 100)


def learned_at(item: Given) -> int:
    """When the server hears of something."""
    return BEGINNING if item.learned_at is None else item.learned_at


def reaches(item: Given) -> int:
    """The earliest due moment whose answer may change by learning this: any, where it re-dates or takes away."""
    return (
        0 if item.kind in ("customer", "cancelled", "reinstated", "refunded", "delivered") else item.at or 0
    )


def orders_of(items: Iterable[Given]) -> list[Order]:
    """The customer's orders, from all that is known, in the order of their moments."""
    known = sorted(items, key=learned_at)
    found: dict[str, Order] = {}
    for item in known:
        if item.kind == "ordered":
            found.setdefault(item.keys["id"], _order(item))
    for order in found.values():
        mine = [i for i in known if i.keys.get("order") == order.id]
        versions = sorted(
            (i for i in mine if i.kind in STATUSES), key=lambda i: (i.at, STATUSES.index(i.kind))
        )
        if versions and versions[-1].kind == "cancelled":
            order.cancelled = _first_of_run(versions)
        order.delivered = [i for i in versions if i.kind == "delivered"]
        for refund in sorted((i for i in mine if i.kind == "refunded"), key=lambda i: i.at or 0):
            _refund(order, refund)
    return sorted(found.values(), key=lambda order: (order.at, order.known_at))


def _first_of_run(versions: list[Given]) -> Given:
    first = versions[-1]
    for version in reversed(versions):
        if version.kind != "cancelled":
            break
        first = version
    return first


def _order(item: Given) -> Order:
    keys, lines = item.keys, {}
    currency = keys.get("currency") or "PLN"
    for line in keys.get("lines", ()):
        one = lines.setdefault(
            line["product"], {**line, "quantity": 0, "price": minor(line["price"], currency)}
        )
        one["quantity"] += line.get("quantity", 1)
    total = sum(line["price"] * line["quantity"] for line in lines.values())
    if "total" in keys:
        total = minor(keys["total"], currency)
    return Order(keys["id"], item.at or 0, learned_at(item), list(lines.values()), total, currency,
                 keys.get("coupon"), keys.get("channel"))  # fmt: skip


def _refund(order: Order, item: Given) -> None:
    pieces: dict[str, int] = {}
    left = order.net
    if "amount" in item.keys:
        amount = minor(item.keys["amount"])  # bare amounts are in the shop's currency, whatever the order's
    elif "lines" in item.keys:
        prices = {line["product"]: line["price"] for line in order.lines}
        for line in item.keys["lines"]:
            pieces[line["product"]] = pieces.get(line["product"], 0) + line.get("quantity", 1)
        amount = sum(prices[product] * count for product, count in pieces.items())
    else:
        amount = left
        pieces = {line["product"]: line["quantity"] for line in order.lines}
    order.refunds.append((item, min(amount, left), pieces))
    everything = "amount" not in item.keys and "lines" not in item.keys
    if order.returned is None and (everything or order.net <= 0 or (order.lines and not order.kept_lines())):
        order.returned = item.at


def order_facts(orders: list[Order]) -> list[Fact]:
    """Everything that orders and refunds are facts of; what counts as never having happened is left out."""
    found: list[Fact] = []
    number = 0
    for order in orders:
        if not order.void:
            number += 1
        place = number + 1 if order.void else number  # a cancelled order is the one that it would have been
        values = {"total": order.total, "number": place, "currency": order.currency, "coupon": order.coupon,
                  "channel": order.channel}  # fmt: skip
        goods = tuple(order.kept_lines())
        if not order.void:
            found.append(
                Fact("ordered", order.at, order.known_at, ("order", order.id), values, order.id, goods)
            )
            for line in goods:
                seen = {name: line.get(name) for name in GOODS}
                source = ("line", order.id, line["product"])
                found.append(Fact("bought", order.at, order.known_at, source, seen, order.id, (line,)))
            for item in order.delivered[:1]:
                known = learned_at(item)
                found.append(
                    Fact("delivered", item.at or 0, known, ("delivered", order.id), values, order.id, goods)
                )
        if order.cancelled is not None:
            at, known = order.cancelled.at or 0, learned_at(order.cancelled)
            found.append(
                Fact("cancelled", at, known, ("cancelled", order.id), values, order.id, tuple(order.lines))
            )
        found += [_refunded(order, *refund) for refund in order.refunds]
    return found


def _refunded(order: Order, item: Given, amount: int, pieces: dict[str, int]) -> Fact:
    if not pieces:  # a refund that names no product is of all of them
        pieces = {line["product"]: line["quantity"] for line in order.lines}
    back = tuple(
        {**line, "quantity": pieces[line["product"]]} for line in order.lines if line["product"] in pieces
    )
    source = ("refund", order.id, item.at, item.keys.get("id"))
    return Fact("refunded", item.at or 0, learned_at(item), source, {"amount": amount}, order.id, back)


def event_facts(items: Iterable[Given]) -> list[Fact]:
    """What was seen, said and done besides orders."""
    found = []
    for item in items:
        values = {name: value for name, value in item.keys.items() if name not in ("customer", "id", "order")}
        if "price" in values:
            values["price"] = minor(values["price"])
        source = ("event", item.kind, item.keys.get("id"), item.at)
        goods = ({name: values.get(name) for name in GOODS},) if values.get("product") else ()
        found.append(
            Fact(item.kind, item.at or 0, learned_at(item), source, values, item.keys.get("order"), goods)
        )
    return found
