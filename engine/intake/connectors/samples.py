"""A message of each source as it would send one, of nobody, to try the way that orders take."""

from __future__ import annotations

from typing import Any

from engine.clock import moment

NOBODY = "test-event@example.invalid"
NUMBER = 999_999_999_999


def sample(source: str, currency: str, now: int) -> tuple[str, dict[str, Any]]:
    """Returns the topic and the message of an order that was placed just now."""
    others = {"native": _native, "baselinker": _baselinker, "horoshop": _horoshop}
    if source in others:
        return others[source](currency, now)
    return _woocommerce(currency, now) if source == "woocommerce" else _shopify(currency, now)


def _native(currency: str, now: int) -> tuple[str, dict[str, Any]]:
    at, line = (
        moment(now).isoformat(),
        {"product": str(NUMBER), "name": "Test", "quantity": 1, "price": "1.00"},
    )
    return "order.created", {"type": "order.created", "timestamp": at, "data": {
        "id": str(NUMBER), "placed_at": at, "updated_at": at, "status": "paid", "currency": currency, "total": "1.00",
        "customer": {"email": NOBODY, "first_name": "Test"}, "lines": [line],
    }}  # fmt: skip


def _baselinker(currency: str, now: int) -> tuple[str, dict[str, Any]]:
    line = {"product_id": str(NUMBER), "name": "Test", "quantity": 1, "price_brutto": 1.0}
    return "order", {
        "order_id": NUMBER, "order_source": "shop", "order_status_id": 0, "confirmed": True, "date_add": now // 1_000_000,
        "currency": currency, "email": NOBODY, "delivery_fullname": "Test", "payment_done": 1, "products": [line],
    }  # fmt: skip


def _horoshop(currency: str, now: int) -> tuple[str, dict[str, Any]]:
    line = {"article": str(NUMBER), "title": "Test", "quantity": 1, "price": 1, "total_price": 1}
    return "order_created", {
        "order_id": NUMBER, "stat_created": moment(now).isoformat(), "stat_status": 1, "payed": 1, "currency": currency,
        "total_sum": 1, "delivery_name": "Test", "delivery_email": NOBODY, "products": [line],
    }  # fmt: skip


def _woocommerce(currency: str, now: int) -> tuple[str, dict[str, Any]]:
    at = f"{moment(now):%Y-%m-%dT%H:%M:%S}"
    line = {
        "product_id": NUMBER,
        "name": "Test",
        "quantity": 1,
        "total": "1.00",
        "total_tax": "0.00",
        "sku": "",
    }
    return "order.created", {
        "id": NUMBER, "status": "processing", "currency": currency, "date_created_gmt": at, "date_modified_gmt": at,
        "total": "1.00", "customer_id": 0, "billing": {"first_name": "Test", "email": NOBODY}, "payment_method": "test",
        "created_via": "test", "meta_data": [], "line_items": [line], "coupon_lines": [], "refunds": [],
    }  # fmt: skip


def _shopify(currency: str, now: int) -> tuple[str, dict[str, Any]]:
    at = f"{moment(now):%Y-%m-%dT%H:%M:%S}+00:00"
    line = {"product_id": NUMBER, "title": "Test", "quantity": 1, "price": "1.00", "total_discount": "0.00"}
    return "orders/create", {
        "id": NUMBER, "created_at": at, "updated_at": at, "currency": currency, "total_price": "1.00", "email": NOBODY,
        "financial_status": "paid", "source_name": "web", "customer": {"id": NUMBER, "email": NOBODY, "first_name": "Test"},
        "line_items": [line], "discount_codes": [], "refunds": [],
    }  # fmt: skip
