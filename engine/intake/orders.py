"""Orders: every version is kept, and an order is what the set of its versions and refunds makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from typing import Any

from engine import bulk
from engine.config import Config
from engine.intake.accepting import Accepted, Intake, announce, begin, digest_of
from engine.intake.checking import ORDERS
from engine.intake.consent_marks import write_marks
from engine.intake.known import ARRIVING, GOODS, Known, Row, load, load_refunds
from engine.intake.order_rows import write_orders
from engine.intake.people import Sighting, see
from engine.intake.people_rows import give_ids, write_people
from engine.intake.person import Person
from engine.intake.products import SAID, TEXTS, Shelf, learn_from_line, shelf_of, write_shelf
from engine.intake.reading import minor
from engine.intake.settle import Version
from engine.intake.shapes import OrderIn
from engine.intake.visits.giving import tie_buyers
from engine.store import Store
from models import Shop

PLACES = itemgetter(*(GOODS.index(name) for name in TEXTS))
NOTHING = (0, Decimal(0))


def accept_orders(
    store: Store,
    config: Config,
    shop_row: Shop,
    orders: Sequence[Any],
    now: int,
    history: bool = False,
    in_list: bool = True,
) -> Accepted:
    """Keeps the versions of the orders; raises IntakeError with every problem and writes nothing then.

    `orders` are JSON objects as dicts; `history` takes them as learned when they happened and wakes no rule.
    """
    intake = begin(store, config, shop_row, now, history)
    items = ORDERS.check_all(orders, intake.reading, in_list)
    return bulk.in_transaction(store, lambda: write(intake, items, orders))


def write(intake: Intake, items: Sequence[OrderIn], raws: Sequence[Any]) -> Accepted:
    """Writes checked orders, inside a transaction."""
    intake.changes.clear()
    intake.joined.clear()
    bulk.lock_shop(intake.store, intake.shop_id, bulk.SHARED, len(items))
    orders = load(intake, [item.id for item in items])
    for item in items:
        if item.id not in orders:
            orders[item.id] = Known(item.id, new=True)
    told = [
        _told(intake, orders[item.id], item, digest_of(raw), i)
        for i, (item, raw) in enumerate(zip(items, raws, strict=True))
    ]
    fresh = [(item, version) for item, version in zip(items, told, strict=True) if version is not None]
    news = iter(_write_fresh(intake, orders, fresh) if fresh else ())
    return Accepted(
        tuple("accepted" if version is not None and next(news) else "unchanged" for version in told)
    )


def _told(intake: Intake, order: Known, item: OrderIn, digest: str, number: int) -> Version | None:
    """Adds the version to the order, or returns None where the order has it already.

    Without updated_at a repeat is one only of the newest version: the order may have come back to an older text.
    """
    if order.versions:
        known = order.digests if item.updated_at is not None else [order.digests[_newest_index(order)]]
        if digest in known:
            return None
    version = Version(
        _version_of(intake, item), item.status, item.shipped_at, item.delivered_at, item.cancelled_at,
        intake.learned(_version_of(intake, item)), ARRIVING + number,
    )  # fmt: skip
    order.versions.append(version)
    order.digests.append(digest)
    return version


def _newest_index(order: Known) -> int:
    return max(range(len(order.versions)), key=lambda i: order.versions[i].age)


def _version_of(intake: Intake, item: OrderIn) -> int:
    if item.updated_at is not None:
        return item.updated_at
    return item.placed_at if intake.history else intake.now


def _write_fresh(
    intake: Intake, orders: dict[str, Known], fresh: Sequence[tuple[OrderIn, Version]]
) -> list[bool]:
    """Writes what these versions bring; says of each whether it brought anything."""
    touched = {item.id: orders[item.id] for item, _ in fresh}
    load_refunds(intake, touched)
    people, buyers = see(intake, [_sighting(item, version) for item, version in fresh])
    shelf = shelf_of(intake, [line.product for item, _ in fresh for line in item.lines])
    news = [
        _apply(intake, touched[item.id], item, version, buyer, shelf)
        for (item, version), buyer in zip(fresh, buyers, strict=True)
    ]
    give_ids(people)
    write_people(people)
    write_shelf(intake, shelf)
    write_orders(
        intake, list(touched.values()), {guest.id: person.true.id for guest, person in people.merges}
    )
    marked = write_marks(
        intake,
        [(buyer.true, item.customer, item.placed_at) for (item, _), buyer in zip(fresh, buyers, strict=True)],
        sold=True,
    )
    tie_buyers(
        intake, [(item.visitor, buyer.true.id) for (item, _), buyer in zip(fresh, buyers, strict=True)]
    )
    announce(intake)
    told = zip(news, marked, buyers, strict=True)
    return [new or mark or buyer.true.touched for new, mark, buyer in told]


def _sighting(item: OrderIn, version: Version) -> Sighting:
    said = item.customer.updated_at
    return Sighting(
        item.customer, version.updated_at if said is None else said, item.placed_at, said or item.updated_at
    )


def _apply(
    intake: Intake, order: Known, item: OrderIn, version: Version, buyer: Person, shelf: Shelf
) -> bool:
    """Takes the content from this version if it is the newest, and learns products from its lines in any case.

    Says whether it is a version at all, and not the order as it stands in other words, which is forgotten.
    """
    currency = item.currency or intake.shop.currency
    goods, total = _goods(intake, item, currency, shelf)
    if order.told_last() is not version:
        return True
    said = total if item.total is None else item.total
    in_shop = intake.config.convert(said, currency, intake.shop)
    content = (
        item.placed_at, version.updated_at, item.status, currency, minor(in_shop, intake.shop.currency),
        minor(said, currency), item.coupon or None, item.channel or None,
    )  # fmt: skip
    if content == order.content and order.stands(version, goods, buyer):
        order.forget(version)
        return False
    order.fresh_content = content
    order.fresh_goods, order.buyer = goods, buyer
    order.lasting = {product: days for product in goods if (days := shelf[product].fields["lasts_days"])}
    if order.new and not order.recorded_at:
        order.recorded_at = intake.learned(item.placed_at)
    return True


def _goods(intake: Intake, item: OrderIn, currency: str, shelf: Shelf) -> tuple[dict[str, Row], Decimal]:
    """Sums lines of one product, the price a piece being their mean; the product fills what a line does not say."""
    sums: dict[str, tuple[int, Decimal]] = {}
    total = Decimal(0)
    goods: dict[str, Row] = {}
    for line in item.lines:
        quantity, paid = sums.get(line.product, NOTHING)
        worth = line.price * line.quantity
        total += worth
        sums[line.product] = quantity, paid = quantity + line.quantity, paid + worth
        mean = paid / quantity if line.quantity != quantity else line.price
        price = intake.config.convert(mean, currency, intake.shop)
        price_minor = minor(price, intake.shop.currency)
        known = learn_from_line(shelf, line, price_minor, intake.learned(item.placed_at))
        before = goods.get(line.product)
        if before is not None:
            known = tuple(earlier or late for earlier, late in zip(PLACES(before), known, strict=True))
        texts = [said or late for said, late in zip(SAID(line), known, strict=True)]
        goods[line.product] = (line.product, *texts[:3], price_minor, quantity, *texts[3:])
    return goods, total.quantize(Decimal("0.000001"), ROUND_HALF_UP)
