"""Shopify: its webhooks as our items. Source: Shopify's webhook schemas of 2025-04 to 2026-04.

Ids are numbers, money is text in the shop's currency, moments have an offset. Orders that a test made are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.intake.connectors.told import (
    Item,
    Told,
    Whom,
    amount,
    country,
    link,
    listed,
    mapping,
    number_of,
    piece,
    refused,
    said,
    text,
    whole,
)

PAID = ("paid", "partially_paid", "partially_refunded", "refunded")
VOIDED = (
    "voided"  # the money that was promised is let go: nothing was bought, as the sheets of orders say it too
)
SUBSCRIBED, LEFT = "subscribed", ("unsubscribed", "not_subscribed", "redacted", "invalid")
PURPOSE = "marketing"
# Only these carry the thing itself: orders/edited, for one, tells of the edit and comes with an orders/updated.
MADE = ("create", "update", "updated")
EVENTS = {
    "orders": (*MADE, "paid", "cancelled", "fulfilled", "partially_fulfilled"), "customers": (*MADE, "enable", "disable"),
    "products": MADE, "checkouts": MADE, "carts": MADE,
}  # fmt: skip


def told(topic: str, sent: Mapping[str, Any]) -> Told:
    """Returns what one webhook says; raises IntakeError with the field that cannot be read."""
    if sent.get("test") is True:
        return Told(ignored="an order that a test made is none")
    resource, _, event = topic.partition("/")
    if topic == "customers/redact":
        return Told(erase=_whom(sent, "orders_to_redact"))
    if topic == "customers/data_request":
        return Told(export=_whom(sent, "orders_requested"))
    if topic == "shop/redact":
        return Told(forget_shop=True)
    if event == "delete" and resource in ("orders", "products"):
        number = number_of(sent.get("id"), "/id")
        return Told(gone_order=number) if resource == "orders" else Told(gone_product=number)
    if topic == "refunds/create":
        return Told(refunds=[_refund(sent, "")])
    if topic == "customers_email_marketing_consent/update":
        return Told(consents=_consents(sent))
    makers = {
        "orders": _order,
        "customers": _customer,
        "products": _product,
        "checkouts": _checkout,
        "carts": _cart,
    }
    if event not in EVENTS.get(resource, ()):
        return Told(ignored=f"nothing is done about {topic}")
    return makers[resource](sent)


def _whom(sent: Mapping[str, Any], orders: str) -> Whom:
    """Whoever only bought as a guest, or left a cart, is known here by the address alone."""
    person, listed_orders = mapping(sent.get("customer"), "/customer"), sent.get(orders) or []
    number, email = person.get("id"), text(person.get("email"), 320)
    named = number is not None or email is None  # without either, the error names the id
    if not isinstance(listed_orders, list):
        raise refused(f"/{orders}", "a list is expected here")
    return Whom(
        number_of(number, "/customer/id") if named else None, email,
        tuple(number_of(each, f"/{orders}/{place}") for place, each in enumerate(listed_orders)),
    )  # fmt: skip


def _order(sent: Mapping[str, Any]) -> Told:
    number, discounts = (
        number_of(sent.get("id"), "/id"),
        listed(sent.get("discount_codes"), "/discount_codes"),
    )
    status, delivered_at = _status(sent)
    buyer = _buyer(sent)
    if not buyer.keys() & {"id", "email"}:
        return Told(ignored="an order of nobody who could get mail")
    item = said(
        id=number, placed_at=text(sent.get("created_at")), updated_at=text(sent.get("updated_at")), status=status,
        currency=text(sent.get("currency")), total=str(amount(sent.get("total_price"), "/total_price")),
        coupon=text(discounts[0].get("code"), 64) if discounts else None, channel=text(sent.get("source_name"), 64),
        cancelled_at=text(sent.get("cancelled_at")), delivered_at=delivered_at, customer=buyer, lines=_lines(sent),
    )  # fmt: skip
    refunds = listed(sent.get("refunds"), "/refunds")
    return Told(
        orders=[item], refunds=[_refund(each, f"/refunds/{n}", number) for n, each in enumerate(refunds)]
    )


def _status(sent: Mapping[str, Any]) -> tuple[str, str | None]:
    """Returns the status and, where a carrier said so, when everything was delivered."""
    if sent.get("cancelled_at") or sent.get("financial_status") == VOIDED:
        return "cancelled", None
    if sent.get("fulfillment_status") == "fulfilled":
        parcels = listed(sent.get("fulfillments"), "/fulfillments")
        if parcels and all(parcel.get("shipment_status") == "delivered" for parcel in parcels):
            return "delivered", max(
                (text(parcel.get("updated_at")) or "" for parcel in parcels), default=""
            ) or None
        return "shipped", None
    return ("paid" if sent.get("financial_status") in PAID else "pending"), None


def _buyer(sent: Mapping[str, Any]) -> Item:
    customer = mapping(sent.get("customer"), "/customer")
    home = (
        mapping(customer.get("default_address"), "/customer/default_address")
        or mapping(sent.get("billing_address"), "/billing_address")
        or mapping(sent.get("shipping_address"), "/shipping_address")
    )
    person = _person(customer, home)
    person["email"] = person.get("email") or text(sent.get("email") or sent.get("contact_email"), 320)
    if sent.get("buyer_accepts_marketing") is True and "consent" not in person:
        person["consent"] = {PURPOSE: said(granted=True, at=text(sent.get("created_at")), source="checkout")}
    return said(**person)


def _person(customer: Mapping[str, Any], home: Mapping[str, Any]) -> Item:
    number, tags = customer.get("id"), (text(customer.get("tags"), 5000) or "").split(",")
    consent = _consent(mapping(customer.get("email_marketing_consent"), "/customer/email_marketing_consent"))
    return said(
        id=None if number is None else number_of(number, "/customer/id"), email=text(customer.get("email"), 320),
        first_name=text(customer.get("first_name") or home.get("first_name")),
        last_name=text(customer.get("last_name") or home.get("last_name")),
        phone=text(customer.get("phone") or home.get("phone"), 32), city=text(home.get("city")),
        region=text(home.get("province")), country=country(home.get("country_code")),
        tags=[tag.strip()[:64] for tag in tags if tag.strip()][:100] or None,
        consent={PURPOSE: consent} if consent else None,
    )  # fmt: skip


def _consent(state: Mapping[str, Any]) -> Item | None:
    """A consent that waits to be confirmed is none yet; one that nobody ever gave is no withdrawal."""
    changed = text(state.get("consent_updated_at"))
    if state.get("state") == SUBSCRIBED:
        return said(granted=True, at=changed, source="shopify")
    return (
        said(granted=False, at=changed, source="shopify") if state.get("state") in LEFT and changed else None
    )


def _consents(sent: Mapping[str, Any]) -> list[Item]:
    state = _consent(mapping(sent.get("email_marketing_consent"), "/email_marketing_consent"))
    if state is None:
        return []
    who = said(id=text(sent.get("customer_id")), email=text(sent.get("email_address"), 320))
    return [{"customer": who, "purpose": PURPOSE, **state}]


def _lines(sent: Mapping[str, Any]) -> list[Item]:
    found = []
    for place, line in enumerate(listed(sent.get("line_items"), "/line_items")):
        at = f"/line_items/{place}"
        quantity = whole(line.get("quantity"), f"{at}/quantity")
        if quantity < 1:
            continue
        price, off = (
            amount(line.get("price"), f"{at}/price"),
            amount(line.get("total_discount") or 0, f"{at}/total_discount"),
        )
        found.append(said(
            product=_product_of(line, at), name=text(line.get("title")), brand=text(line.get("vendor")), quantity=quantity,
            price=piece(price * quantity - off, quantity),
        ))  # fmt: skip
    return found


def _product_of(line: Mapping[str, Any], at: str) -> str:
    """Names what was bought: a line that was typed in by hand has no product of its own."""
    return number_of(line.get("product_id") or line.get("sku") or line.get("title"), f"{at}/product_id")[:128]


def _refund(sent: Mapping[str, Any], at: str, order: str | None = None) -> Item:
    lines = [
        said(
            product=_product_of(mapping(each.get("line_item"), f"{at}/refund_line_items/{n}/line_item"), at),
            quantity=whole(each.get("quantity"), f"{at}/refund_line_items/{n}/quantity"),
        )
        for n, each in enumerate(listed(sent.get("refund_line_items"), f"{at}/refund_line_items"))
    ]  # fmt: skip
    moves = listed(sent.get("transactions"), f"{at}/transactions")
    paid = [
        amount(each.get("amount"), f"{at}/transactions/{n}/amount") for n, each in enumerate(moves)
        if each.get("kind") in ("refund", "void") and each.get("status") in ("success", None)
    ]  # fmt: skip
    return said(
        id=number_of(sent.get("id"), f"{at}/id"), order=order or number_of(sent.get("order_id"), f"{at}/order_id"),
        at=text(sent.get("created_at")), lines=lines or None, amount=str(sum(paid, Decimal(0))) if paid or not lines else None,
        currency=next((text(each.get("currency")) for each in moves if each.get("currency")), None) if paid else None,
    )  # fmt: skip


def _customer(sent: Mapping[str, Any]) -> Told:
    person = _person(sent, mapping(sent.get("default_address"), "/default_address"))
    moments = {"signed_up_at": text(sent.get("created_at")), "updated_at": text(sent.get("updated_at"))}
    return Told(customers=[said(**person, **moments, source="shopify")])


def _product(sent: Mapping[str, Any]) -> Told:
    variants = listed(sent.get("variants"), "/variants")
    prices = [
        amount(each.get("price"), f"/variants/{n}/price")
        for n, each in enumerate(variants)
        if each.get("price")
    ]
    kept = [each for each in variants if each.get("inventory_management")]
    stock = (
        sum(whole(each.get("inventory_quantity") or 0, "/variants") for each in kept)
        if kept and kept == variants
        else None
    )
    image = mapping(sent.get("image"), "/image")
    return Told(products=[said(
        id=number_of(sent.get("id"), "/id"), name=text(sent.get("title")), brand=text(sent.get("vendor")),
        category=text(sent.get("product_type")), price=str(min(prices)) if prices else None, stock=stock,
        image=link(image.get("src")), updated_at=text(sent.get("updated_at")),
    )])  # fmt: skip


def _checkout(sent: Mapping[str, Any]) -> Told:
    """A checkout that was begun says what lies in the cart and whose it is; a finished one is an order and says so itself."""
    email, cart = text(sent.get("email"), 320), text(sent.get("cart_token"), 128)
    if not email or sent.get("completed_at"):
        return Told(ignored="a checkout without an address, or one that became an order, says nothing new")
    token = number_of(sent.get("token") or sent.get("id"), "/token")
    return Told(carts=[_in_cart(sent, cart or f"checkout:{token}", email)])


def _cart(sent: Mapping[str, Any]) -> Told:
    """A cart names nobody: its token waits for the checkout that does."""
    return Told(carts=[_in_cart(sent, number_of(sent.get("token") or sent.get("id"), "/token"), None)])


def _in_cart(sent: Mapping[str, Any], token: str, email: str | None) -> Item:
    lines = [
        said(
            product=_product_of(line, f"/line_items/{n}"), brand=text(line.get("vendor")),
            quantity=whole(line.get("quantity"), f"/line_items/{n}/quantity"),
        )
        for n, line in enumerate(listed(sent.get("line_items"), "/line_items"))
    ]  # fmt: skip
    at = text(sent.get("updated_at")) or text(sent.get("created_at"))
    return said(token=token[:128], email=email, at=at, lines=[line for line in lines if line["quantity"] > 0])
