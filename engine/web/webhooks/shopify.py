"""POST /webhooks/SHOP/shopify. Shopify tries again for hours, repeats itself, and keeps no order among its messages."""

from __future__ import annotations

from flask import Response, request

from engine.intake.connectors.shopify import told
from engine.web.api.problems import Problem
from engine.web.webhooks.receiving import Message, receive, shop_called
from engine.web.webhooks.signed import by_body


def shopify(shop_key: str) -> Response:
    """Takes one message of a Shopify shop; newer ones have headers without the X."""
    config, shop = shop_called(shop_key)
    settings = config.webhooks.shopify
    if settings is None:
        raise Problem(404, "config.yaml names no webhooks.shopify for this shop")
    message = Message("shopify", _header("Topic") or "", by_body(_header("Hmac-Sha256"), settings.secrets))
    return receive(shop, message, told)


def _header(name: str) -> str | None:
    return request.headers.get(f"X-Shopify-{name}") or request.headers.get(f"Shopify-{name}")
