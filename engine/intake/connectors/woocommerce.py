"""WooCommerce: its webhooks (`wc/v3`) as our items. Source: WooCommerce's REST API reference, versions 3.9 to 10.

Times without a zone are the shop's; those called `…_gmt` are UTC, and only they are read. Lines are net with their tax beside;
customers pay both. A guest has the customer id 0 and is known by address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.intake.connectors.told import (
    Item,
    Told,
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

# WooCommerce's statuses and ours; a shop's config may add its own and overrule these.
STATUSES = {
    "pending": "pending", "on-hold": "pending", "processing": "paid", "completed": "delivered", "refunded": "paid",
    "cancelled": "cancelled", "failed": "failed", "trash": "cancelled",
}  # fmt: skip
DETAILS = (
    "refund_details"  # the refunds' own resources, which the poll puts beside what the order says of them
)
NOT_YET = ("checkout-draft", "auto-draft", "draft", "new")
ON_DELIVERY = ("cod",)  # paid to the courier: until it is delivered, nobody has paid
BRANDS = ("brand", "marka", "producent", "бренд", "виробник", "производитель")
ANONYMISED = (
    "deleted@site.invalid"  # what WordPress leaves of an address when somebody's data are erased there
)
TRUE = ("1", "yes", "true", "on", "tak", "так")


def told(
    topic: str, sent: Mapping[str, Any], statuses: Mapping[str, str], consents: Mapping[str, str]
) -> Told:
    """Returns what one webhook says; raises IntakeError with the field that cannot be read.

    `statuses` are the shop's own words for ours, `consents` maps fields of an order's meta data to purposes.
    """
    resource, _, event = topic.partition(".")
    if resource == "order" and event == "deleted":
        return Told(gone_order=number_of(sent.get("id"), "/id"))
    if resource == "product" and event == "deleted":
        return Told(gone_product=number_of(sent.get("id"), "/id"))
    if resource == "product" and sent.get("type") == "variation":
        return Told(ignored="lines name the product, not its variation")
    if event == "deleted" or resource not in ("order", "customer", "product"):
        return Told(ignored=f"nothing is done about {topic}")
    if resource == "order":
        found = _order(sent, statuses, consents)
        return (
            replace(found, back_order=found.orders[0]["id"])
            if event == "restored" and found.orders
            else found
        )
    if resource == "customer":
        return Told(customers=[_customer(sent)])
    return Told(products=[_product(sent)])


def _order(sent: Mapping[str, Any], statuses: Mapping[str, str], consents: Mapping[str, str]) -> Told:
    word = (text(sent.get("status"), 64) or "").removeprefix("wc-")
    if word in NOT_YET:
        return Told(ignored=f"an order that is a {word} is none yet")
    ours = {**STATUSES, **statuses}
    status = ours.get(word)
    if status is None:
        raise refused("/status", f"unknown status {word!r}; say in config.yaml which of ours it is")
    if word == "processing" and sent.get("payment_method") in ON_DELIVERY and "processing" not in statuses:
        status = "pending"
    buyer = _buyer(sent, consents)
    if buyer.get("email") == ANONYMISED:
        return Told(ignored="the shop has made its buyer unknown")
    if not buyer.keys() & {"id", "email"}:
        return Told(ignored="an order of nobody who could get mail")
    number, changed = number_of(sent.get("id"), "/id"), _utc(sent, "date_modified", "date_created")
    coupons = listed(sent.get("coupon_lines"), "/coupon_lines")
    item = said(
        id=number, placed_at=_utc(sent, "date_created", "date_modified"), updated_at=changed, status=status,
        currency=text(sent.get("currency")), total=str(amount(sent.get("total"), "/total")),
        coupon=text(coupons[0].get("code"), 64) if coupons else None, channel=text(sent.get("created_via"), 64),
        delivered_at=_utc(sent, "date_completed") if "delivered" in (status, ours["completed"]) else None,
        customer=buyer, lines=_lines(sent),
    )  # fmt: skip
    refunds = _refunds(sent, number, word, changed)
    exact = [
        _exact(each, number, place) for place, each in enumerate(listed(sent.get(DETAILS), f"/{DETAILS}"))
    ]
    return Told(orders=[item], refunds=[] if exact else refunds, exact_refunds=exact)


def _exact(sent: Mapping[str, Any], order: str, place: int) -> Item:
    """Reads a refund's own resource, which says when it was made and what came back."""
    at, lines = f"/{DETAILS}/{place}", []
    for n, line in enumerate(listed(sent.get("line_items"), f"{at}/line_items")):
        back = abs(whole(line.get("quantity"), f"{at}/line_items/{n}/quantity"))
        if back:
            lines.append({"product": _product_of(line, f"{at}/line_items/{n}"), "quantity": back})
    return said(
        id=number_of(sent.get("id"), f"{at}/id"), order=order, at=_utc(sent, "date_created"), lines=lines or None,
        amount=str(abs(amount(sent.get("amount"), f"{at}/amount"))), currency=text(sent.get("currency")),
    )  # fmt: skip


def _utc(sent: Mapping[str, Any], *names: str) -> str | None:
    """Returns the first of these moments that is said, as UTC."""
    for name in names:
        found = text(sent.get(f"{name}_gmt"))
        if found:
            return found if found.endswith("Z") or "+" in found else f"{found}Z"
    return None


def _buyer(sent: Mapping[str, Any], consents: Mapping[str, str]) -> Item:
    billing, number = mapping(sent.get("billing"), "/billing"), sent.get("customer_id") or None
    meta = {text(each.get("key")): each.get("value") for each in listed(sent.get("meta_data"), "/meta_data")}
    agreed = {
        purpose: {"granted": True, "at": _utc(sent, "date_created"), "source": "checkout"}
        for name, purpose in consents.items() if str(meta.get(name)).strip().lower() in TRUE
    }  # fmt: skip
    return said(
        id=None if number is None else number_of(number, "/customer_id"), email=text(billing.get("email"), 320),
        first_name=text(billing.get("first_name")), last_name=text(billing.get("last_name")),
        phone=text(billing.get("phone"), 32), city=text(billing.get("city")), region=text(billing.get("state")),
        country=country(billing.get("country")), consent=agreed or None,
    )  # fmt: skip


def _lines(sent: Mapping[str, Any]) -> list[Item]:
    found = []
    for place, line in enumerate(listed(sent.get("line_items"), "/line_items")):
        at = f"/line_items/{place}"
        quantity = whole(line.get("quantity"), f"{at}/quantity")
        if quantity < 1:
            continue  # returned already
        paid = amount(line.get("total"), f"{at}/total") + amount(
            line.get("total_tax") or 0, f"{at}/total_tax"
        )
        found.append(said(
            product=_product_of(line, at), name=text(line.get("name")), quantity=quantity,
            price=piece(paid, quantity), image=link(mapping(line.get("image"), f"{at}/image").get("src")),
        ))  # fmt: skip
    return found


def _product_of(line: Mapping[str, Any], at: str) -> str:
    product = line.get("product_id") or text(line.get("sku")) or f"line-{line.get('name')}"
    return number_of(product, f"{at}/product_id")[:128]


def _refunds(sent: Mapping[str, Any], order: str, word: str, changed: str | None) -> list[Item]:
    """WooCommerce says when an order changed, not when each refund was: the first word of it counts."""
    found = [
        said(
            id=number_of(each.get("id"), f"/refunds/{place}/id"), order=order, at=changed, currency=text(sent.get("currency")),
            amount=str(abs(amount(each.get("total"), f"/refunds/{place}/total"))),
        )
        for place, each in enumerate(listed(sent.get("refunds"), "/refunds"))
    ]  # fmt: skip
    whole_order = said(id=f"{order}-whole", order=order, at=changed)
    return [*found, whole_order] if word == "refunded" and not found else found


def _customer(sent: Mapping[str, Any]) -> Item:
    billing = mapping(sent.get("billing"), "/billing")
    return said(
        id=number_of(sent.get("id"), "/id"), email=text(sent.get("email") or billing.get("email"), 320),
        first_name=text(sent.get("first_name")), last_name=text(sent.get("last_name")),
        phone=text(billing.get("phone"), 32), city=text(billing.get("city")), region=text(billing.get("state")),
        country=country(billing.get("country")), signed_up_at=_utc(sent, "date_created"),
        updated_at=_utc(sent, "date_modified", "date_created"), source="woocommerce",
    )  # fmt: skip


def _product(sent: Mapping[str, Any]) -> Item:
    categories, images = listed(sent.get("categories"), "/categories"), listed(sent.get("images"), "/images")
    price = sent.get("price")
    return said(
        id=number_of(sent.get("id"), "/id"), name=text(sent.get("name")), brand=_brand(sent), stock=_stock(sent),
        category=text(categories[0].get("slug") or categories[0].get("name")) if categories else None,
        price=None if price in (None, "") else str(max(Decimal(0), amount(price, "/price"))),
        url=link(sent.get("permalink")), image=link(images[0].get("src")) if images else None,
        updated_at=_utc(sent, "date_modified", "date_created"),
    )  # fmt: skip


def _brand(sent: Mapping[str, Any]) -> str | None:
    for each in listed(sent.get("brands"), "/brands"):
        return text(each.get("name"))
    for each in listed(sent.get("attributes"), "/attributes"):
        options = each.get("options")
        if (text(each.get("name")) or "").lower() in BRANDS and isinstance(options, list) and options:
            return text(options[0])
    return None


def _stock(sent: Mapping[str, Any]) -> int | None:
    if sent.get("manage_stock") is True and sent.get("stock_quantity") is not None:
        return whole(sent["stock_quantity"], "/stock_quantity")
    return 0 if sent.get("stock_status") == "outofstock" else None
