"""BaseLinker: its orders as our items. Source: its API reference, `getOrders`.

Ids are numbers, moments are seconds since 1970, prices are fractions with tax. An order says nothing of when it was changed:
its versions count by the moment at which they were asked for. Orders of marketplaces are of people who are the marketplace's
customers and have agreed to nothing with the shop: they are left out unless the operator names their source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine.clock import SECOND, moment
from engine.config_shops import PullBaseLinker
from engine.intake.connectors.told import (
    LARGEST,
    Item,
    Told,
    amount,
    country,
    listed,
    number_of,
    refused,
    said,
    text,
    whole,
)
from engine.intake.reading import precision

GONE = "order.gone"  # the journal names it, and it cannot be had any more: removed, or merged into another
STATUS_NAME = (
    "status_name"  # put beside the order's own fields: only the shop knows what its numbers are called
)
# What a status is called where config.yaml does not say what it is here; a word that denies is left to the operator.
NOT = re.compile(r"\bnie|\bnot\b|\bun|\bне\s?")
NAMED = (
    ("cancelled", re.compile(r"\banulowan|\bcancell?ed\b|\bскасован|\bотменен")),
    ("delivered", re.compile(
        r"\b(dostarcz|doręcz|odebr|zakończ|zrealizow)an[eoay]\b|\b(dostarczon|doręczon|zakończon)[eoay]\b|\bdelivered\b|\bcompleted\b"
        r"|\bдоставлен|\bвиконан|\bвыполнен"
    )),
    ("shipped", re.compile(r"\b(wysłan|nadan)[eoay]\b|\bshipped\b|\bsent\b|\bdispatched\b|\bвідправлен|\bотправлен")),
)  # fmt: skip


def told(topic: str, sent: Mapping[str, Any], settings: PullBaseLinker) -> Told:
    """Returns what one order says; raises IntakeError with the field that cannot be read."""
    number = number_of(sent.get("order_id"), "/order_id")
    if topic == GONE:
        return Told(gone_order=number)
    source = text(sent.get("order_source"), 64) or "shop"
    if source not in settings.sources:
        return Told(ignored=f"an order of {source}, which pull.baselinker.sources does not name")
    if sent.get("confirmed") in (False, "0", 0):
        return Told(ignored="an order that nobody has confirmed yet")
    buyer = _buyer(sent)
    if "email" not in buyer:
        return Told(ignored="an order of nobody who could get mail")
    currency = text(sent.get("currency")) or ""
    lines = _lines(sent, currency)
    total = sum((Decimal(line["price"]) * line["quantity"] for line in lines), Decimal(0))
    total += money(sent.get("delivery_price") or 0, "/delivery_price", currency)
    status, since = _status(sent, total, settings.statuses), _moment(sent, "date_in_status")
    return Told(orders=[said(
        id=number, placed_at=_moment(sent, "date_add") or _moment(sent, "date_confirmed"), status=status, currency=currency,
        total=str(total), channel=source, customer=buyer, lines=lines,
        shipped_at=since if status == "shipped" else None, delivered_at=since if status == "delivered" else None,
        cancelled_at=since if status == "cancelled" else None,
    )])  # fmt: skip


def status_by_name(name: str) -> str | None:
    """Returns what a status surely is by what it is called, or None where that is for the operator to say."""
    called = name.casefold()
    if NOT.search(called):
        return None
    return next((ours for ours, word in NAMED if word.search(called)), None)


def status_of(number: str, name: str, statuses: Mapping[str, str]) -> str | None:
    """Returns which of our statuses one of theirs is: as config.yaml says of its number or name, else by its name."""
    names = {key.strip().casefold(): ours for key, ours in statuses.items()}
    return names.get(number) or names.get(name.strip().casefold()) or status_by_name(name)


def _status(sent: Mapping[str, Any], total: Decimal, statuses: Mapping[str, str]) -> str:
    number = number_of(sent.get("order_status_id"), "/order_status_id")
    found = status_of(number, text(sent.get(STATUS_NAME)) or "", statuses)
    if found is not None:
        return found
    if str(sent.get("payment_method_cod")) == "1":
        return "pending"  # paid to the courier: until it is delivered, nobody has paid
    return "paid" if amount(sent.get("payment_done") or 0, "/payment_done") >= total else "pending"


def money(value: Any, pointer: str, currency: str) -> Decimal:
    """Returns an amount to the last minor unit: what a fraction in binary has added to it is no money."""
    try:
        unit = Decimal(1).scaleb(-precision(currency))
    except (LookupError, ValueError):
        raise refused("/currency", "a currency such as PLN is expected here") from None
    found = amount(value, pointer)
    return min(max(found, Decimal(0)), LARGEST).quantize(unit, ROUND_HALF_UP)


def _moment(sent: Mapping[str, Any], name: str) -> str | None:
    """Returns a moment as we write it; 0 is none."""
    seconds = whole(sent.get(name) or 0, f"/{name}", 10**15)
    if not seconds:
        return None
    if not 0 < seconds < 10**10:
        raise refused(f"/{name}", "seconds since 1970 are expected here")
    return moment(seconds * SECOND).isoformat()


def _buyer(sent: Mapping[str, Any]) -> Item:
    name = (text(sent.get("delivery_fullname")) or text(sent.get("invoice_fullname")) or "").split()
    return said(
        email=text(sent.get("email"), 320), first_name=" ".join(name[:-1]) or (name[0] if name else None),
        last_name=name[-1] if len(name) > 1 else None, phone=text(sent.get("phone"), 32),
        city=text(sent.get("delivery_city")) or text(sent.get("invoice_city")), region=text(sent.get("delivery_state")),
        country=country(sent.get("delivery_country_code")) or country(sent.get("invoice_country_code")),
    )  # fmt: skip


def _lines(sent: Mapping[str, Any], currency: str) -> list[Item]:
    found = []
    for place, line in enumerate(listed(sent.get("products"), "/products")):
        at = f"/products/{place}"
        quantity = whole(line.get("quantity"), f"{at}/quantity")
        if quantity < 1:
            continue
        names = (text(line.get(field), 128) for field in ("product_id", "sku", "ean", "name"))
        product = next((name for name in names if name and name != "0"), None)
        found.append(said(
            product=number_of(product, f"{at}/product_id"), name=text(line.get("name")), quantity=quantity,
            price=str(money(line.get("price_brutto"), f"{at}/price_brutto", currency)),
        ))  # fmt: skip
    return found
