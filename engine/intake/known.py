"""Orders as the store knows them: rows, versions, lines and refunds, read for many orders at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine import bulk
from engine.intake.accepting import Intake, unique
from engine.intake.person import Person
from engine.intake.settle import GivenBack, Piece, Version, newest
from engine.intake.supplies import Supply
from models import Line, Order, OrderVersion, Refund, RefundLine

CONTENT = ("at", "updated_at", "status", "currency", "total_minor", "reported_minor", "coupon", "channel")
SETTLED = (
    "shipped_at", "delivered_at", "delivered_recorded_at", "cancelled_at", "cancelled_recorded_at", "void_at",
    "void_recorded_at",
)  # fmt: skip
GOODS = ("product", "name", "category", "brand", "price_minor", "quantity", "url", "image")
FATE = ("refunded_quantity", "void_at", "void_recorded_at")
SUPPLY = ("runs_out_at", "runs_out_recorded_at")
DELETED = (
    "order_deleted"  # the word that an order was deleted: as an event, and in place of its version's digest
)
ARRIVING = 2**62  # numbers of versions that have no row yet: later than any that has
Row = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class KnownLine:
    """A line of an order as its row says: the reported goods, their fate, when they run out, and the order's own."""

    id: int
    customer_id: int
    at: int
    recorded_at: int
    goods: Row
    fate: Row
    supply: Supply


@dataclass(slots=True, eq=False)
class Known:
    """An order: what the store says of it, and beside it what this request adds."""

    external_id: str
    id: int = 0
    customer_id: int = 0
    recorded_at: int = 0
    content: Row = ()
    settled: Row = (None,) * len(SETTLED)
    versions: list[Version] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)  # beside versions
    lines: dict[str, KnownLine] = field(default_factory=dict)
    refunds: list[GivenBack] = field(default_factory=list)
    refund_ids: dict[str, int] = field(default_factory=dict)
    refunds_joined: Row = ()  # (order_id, customer_id, amount_minor) of each refund, as its row says
    new: bool = False
    stored_versions: int = 0
    # what the newest version of this request says, where it is the newest of all
    fresh_content: Row | None = None
    fresh_goods: dict[str, Row] | None = None
    buyer: Person | None = None
    lasting: dict[str, int] = field(default_factory=dict)  # days that a piece of these products lasts

    @property
    def total_minor(self) -> int:
        """Returns what the order comes to in the shop's currency."""
        return int((self.fresh_content or self.content)[4])

    def pieces(self) -> dict[str, Piece]:
        """Returns the lines as settling sees them."""
        goods = (
            self.fresh_goods
            if self.fresh_goods is not None
            else {p: line.goods for p, line in self.lines.items()}
        )
        return {product: Piece(row[5], row[4]) for product, row in goods.items()}

    def stands(self, version: Version, goods: dict[str, Row], buyer: Person) -> bool:
        """Says whether a version of the same content tells nothing more: the same goods, buyer and moments.

        So an order that was read from the API and is sent back changes nothing, though its text is another.
        """
        said = (version.shipped_at, version.delivered_at, version.cancelled_at)
        known = (self.settled[0], self.settled[1], self.settled[3])
        return (
            self.fresh_content is None
            and buyer.true.id == self.customer_id
            and all(new in (None, old) for new, old in zip(said, known, strict=True))
            and goods == {product: line.goods for product, line in self.lines.items()}
        )

    def told_last(self) -> Version:
        """Returns the version whose content the order has; that it was deleted says nothing of its content."""
        if DELETED not in self.digests:
            return newest(self.versions)
        return newest([v for v, said in zip(self.versions, self.digests, strict=True) if said != DELETED])

    def is_gone(self) -> bool:
        """Says whether the newest of all words is that the shop has deleted the order."""
        return DELETED in self.digests and newest(self.versions) is self.versions[self.digests.index(DELETED)]

    def mark(self, at: int, recorded_at: int) -> None:
        """Adds a version without content: deleted."""
        self.versions.append(Version(at, "cancelled", None, None, None, recorded_at, ARRIVING))
        self.digests.append(DELETED)

    def unmark(self) -> None:
        """Takes the version that says deleted away, where there is one."""
        while DELETED in self.digests:
            place = self.digests.index(DELETED)
            self.stored_versions -= place < self.stored_versions
            del self.versions[place], self.digests[place]

    def stamped(self, content: Row) -> Row:
        """Returns content with the moment and the status of the newest version."""
        if not self.versions:
            return content
        last = newest(self.versions)
        return (content[0], last.updated_at, last.status, *content[3:])

    def forget(self, version: Version) -> None:
        """Takes a version back that was added last for its digest."""
        place = self.versions.index(version)
        del self.versions[place], self.digests[place]


def load(intake: Intake, external_ids: Iterable[str]) -> dict[str, Known]:
    """Reads and locks the orders of these ids, and what was refunded of them even before they were known."""
    wanted = unique(external_ids)
    columns = ("id", "external_id", "customer_id", "recorded_at", *CONTENT, *SETTLED)
    rows = bulk.fetch(intake.store, Order, columns, "external_id", wanted, intake.shop_id, lock=True)
    end = 4 + len(CONTENT)
    known = {r[1]: Known(r[1], r[0], r[2], r[3], r[4:end], r[end:]) for r in rows}
    by_number = {order.id: order for order in known.values()}
    _load_versions(intake, by_number)
    _load_lines(intake, by_number)
    return known


def _load_versions(intake: Intake, orders: dict[int, Known]) -> None:
    columns = (
        "order_id",
        "digest",
        "updated_at",
        "status",
        "shipped_at",
        "delivered_at",
        "cancelled_at",
        "recorded_at",
        "id",
    )
    for row in bulk.fetch(intake.store, OrderVersion, columns, "order_id", orders):
        order = orders[row[0]]
        order.versions.append(Version(*row[2:]))
        order.digests.append(row[1])
        order.stored_versions += 1


def _load_lines(intake: Intake, orders: dict[int, Known]) -> None:
    columns = ("order_id", "id", "customer_id", "at", "recorded_at", *GOODS, *FATE, *SUPPLY)
    end, fate = 5 + len(GOODS), 5 + len(GOODS) + len(FATE)
    for row in bulk.fetch(intake.store, Line, columns, "order_id", orders):
        orders[row[0]].lines[row[5]] = KnownLine(
            row[1], row[2], row[3], row[4], row[5:end], row[end:fate], row[fate:]
        )


REFUND = (
    "id",
    "external_id",
    "external_order",
    "at",
    "recorded_at",
    "whole",
    "amount_minor",
    "currency",
    "order_id",
    "customer_id",
)


def load_refunds(intake: Intake, orders: dict[str, Known]) -> None:
    """Reads the refunds that name these orders; an amount without a currency was worked out, not said."""
    rows = bulk.fetch(intake.store, Refund, REFUND, "external_order", orders, intake.shop_id)
    pieces: dict[int, dict[str, int]] = {row[0]: {} for row in rows}
    for refund, product, quantity in bulk.fetch(
        intake.store, RefundLine, ("refund_id", "product", "quantity"), "refund_id", pieces
    ):
        pieces[refund][product] = quantity
    for number, external_id, order_id, at, recorded_at, whole, amount, currency, *joined in rows:
        order = orders[order_id]
        said = amount if currency else None
        order.refunds.append(GivenBack(external_id, at, recorded_at, bool(whole), said, pieces[number]))
        order.refund_ids[external_id] = number
        order.refunds_joined += ((external_id, *joined, amount),)
