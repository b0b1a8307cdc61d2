"""Facts of a rule test that no shop reports: the server makes them itself, and here they are written as it writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import bulk
from engine.errors import IntakeError
from engine.intake.accepting import Intake, announce
from engine.intake.checking import PRODUCTS
from engine.intake.offers import News, tell
from engine.intake.products import put_on_shelf, said_of, shelf_of
from engine.rehearsal.cases import Given
from engine.rehearsal.naming import amount_of, iso
from models import Address, Customer, Event, Message, Shop


def was_sent(intake: Intake, shop: Shop, item: Given) -> None:
    """Writes a message that went out before the test began to look."""
    customer, at = _customer(shop, item), item.at or intake.now
    address = customer.address_id or Address.create(email=f"{customer.id}@unknown.example", created_at=at).id
    unique = f"given-{Message.select().count()}"
    Message.create(
        shop=shop, customer=customer, address=address, rule=item.keys.get("rule", "unknown"), purpose="marketing",
        template="plain", state="sent", message_id=unique, token=unique, decided_at=at, counted_at=at, due_at=at,
        expires_at=at, not_before_at=at, settled_at=at,
    )  # fmt: skip


def clicked(intake: Intake, shop: Shop, item: Given) -> None:
    """Writes that somebody followed a link of a message."""
    customer, properties = _customer(shop, item), {"rule": item.keys.get("rule")}
    Event.create(
        shop=shop,
        customer=customer,
        kind="clicked",
        at=item.at,
        recorded_at=intake.now,
        properties=properties,
    )


def offer(intake: Intake, shop: Shop, item: Given) -> None:
    """Writes what a product's price or stock told one customer, and puts the product on the shelf as it then is.

    What the test does not say of the product is as the shop has said it. Nobody else hears of it.
    """
    customer, at = _customer(shop, item), item.at or intake.now
    (product,) = PRODUCTS.check_all([_as_product(intake, item, at)], intake.reading)
    percent = item.keys.get("percent")
    known_as = None if percent is None else float(str(percent).split()[0].rstrip("%"))

    def write() -> None:
        put_on_shelf(intake, [product])
        on_shelf = shelf_of(intake, [product.id])[product.id]
        fields = on_shelf.fields | said_of(intake, product)
        tell(intake, News(item.kind, on_shelf.id, product.id, at, fields, known_as), [customer.id])
        announce(intake)

    bulk.in_transaction(intake.store, write)


MADE_HERE: dict[str, Callable[[Intake, Shop, Given], None]] = {
    "was_sent": was_sent, "clicked": clicked, "price_dropped": offer, "back_in_stock": offer,
}  # fmt: skip


def _as_product(intake: Intake, item: Given, at: int) -> dict[str, Any]:
    """Returns the product as a shop would report it in that moment; one that is back is no longer out of stock."""
    id_ = str(item.keys["product"])
    body: dict[str, Any] = {"id": id_, "updated_at": iso(at)}
    body |= {key: item.keys[key] for key in ("category", "brand") if item.keys.get(key) is not None}
    if item.keys.get("price") is not None:
        body["price"], currency = amount_of(item.keys["price"])
        body |= {"currency": currency} if currency else {}
    stock = [each.fields["stock"] for each in shelf_of(intake, [id_]).values()]
    if item.kind == "back_in_stock" and stock and stock[0] is not None:
        body["stock"] = max(stock[0], 1)
    return body


def _customer(shop: Shop, item: Given) -> Customer:
    """Returns whom a fact is about; raises IntakeError where they come only later."""
    name = str(item.keys["customer"])
    found: Customer | None = Customer.get_or_none((Customer.shop == shop) & (Customer.external_id == name))
    if found is None:
        raise IntakeError(f"{name} is not known by then; let them sign up before {item.kind}", [])
    return found
