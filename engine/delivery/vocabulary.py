"""The variables that a template may use, so that `check` finds a wrong one before a customer does."""

from __future__ import annotations

from typing import Any, TypeAlias

Shape: TypeAlias = dict[str, Any]

VALUE = "value"  # text, a number, a date: nothing below it
ANYTHING = "anything"  # a mapping whose names only the shop knows

OF_A_PRODUCT = ("id", "name", "brand", "category", "price", "lowest_30_days", "url", "image")
PRODUCT: Shape = dict.fromkeys(OF_A_PRODUCT, VALUE)
LINE: Shape = {**PRODUCT, "quantity": VALUE, "total": VALUE}
ORDER: Shape = {
    "id": VALUE,
    "total": VALUE,
    "currency": VALUE,
    "placed_at": VALUE,
    "delivered_at": VALUE,
    "lines": [LINE],
}
ANCHOR: Shape = {
    "kind": VALUE, "at": VALUE, "date": VALUE, "years": VALUE, "name": VALUE, "order": ORDER, "product": PRODUCT,
    "properties": ANYTHING,
}  # fmt: skip
CUSTOMER: Shape = {
    **dict.fromkeys(("first_name", "last_name", "gender", "city", "country", "language"), VALUE),
    "attributes": ANYTHING,
}  # fmt: skip

VARIABLES: dict[str, Any] = {
    "shop": dict.fromkeys(("name", "website", "postal", "currency"), VALUE),
    "customer": CUSTOMER,
    "anchors": [ANCHOR],
    "anchor": ANCHOR,
    "order": ORDER,
    "products": [PRODUCT],
    "recommend": [PRODUCT],
    "coupon": {"code": VALUE, "percent": VALUE, "valid_until": VALUE},
    "link": dict.fromkeys(("unsubscribe", "preferences", "why", "confirm"), VALUE),
    "confirm": {"purposes": [VALUE], "asked_at": VALUE},
    "title": VALUE,
    "note": VALUE,
    "rule": VALUE,
    "purpose": VALUE,
    "transactional": VALUE,
    "language": VALUE,
}
LOOP: Shape = dict.fromkeys(("index", "index0", "revindex", "first", "last", "length"), VALUE)
DATE_PARTS = ("year", "month", "day", "hour", "minute")
